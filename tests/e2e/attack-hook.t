#!/bin/sh
# The numbers are those of the list of threats, part F.
test_description='attacks on the hook and its server'
. "$(dirname "$0")/attack.sh"

# as_server <command>...: a command where and as git runs its hooks.
as_server() {
	(cd "$server" && GIT_DIR=. "$@")
}

# hook: the hook, with standard input.
hook() {
	as_server hooks/pre-receive
}

# over_ssh <variable=value>... -- [<refspec>...]: a push whose other end has
# these in its environment.
over_ssh() {
	over='env'
	while test "$1" != --; do
		over="$over '$1'"
		shift
	done
	shift
	test $# -gt 0 || set -- HEAD:refs/heads/main
	git push --receive-pack="$over git-receive-pack" origin "$@"
}

# wrapped <line>...: from now on git-migrate is a script that runs these lines
# first; see with_wrapper.
wrapped() {
	{
		echo '#!/bin/sh'
		printf '%s\n' "$@"
		echo "exec '$gm_program' \"\$@\""
	} | gm_hook "$gm_base/wrapper/git-migrate"
}

with_wrapper() {
	PATH="$gm_base/wrapper:$PATH" "$@"
}

# fake <program>...: programs that leave a mark when somebody runs them.
fake() {
	for program; do
		printf '#!/bin/sh\necho "%s $*" >>"%s"\nexit 0\n' "$program" \
			"$gm_base/mark" | gm_hook "$gm_base/fake/$program"
	done
	rm -f "$gm_base/mark"
}

strace -o /dev/null true 2>/dev/null && test_set_prereq STRACE
if test_have_prereq ROOT && chmod 711 "$gm_base" &&
	setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$gm_program" help >/dev/null 2>&1; then
	test_set_prereq OTHER
fi

test_expect_success 'a server with two landed migrations' '
	gm_attack_setup
'

test_expect_success 'controls: the hook judges, by itself too' '
	gm_case && gm_bad_commit && bad=$(git rev-parse HEAD) &&
	gm_refused mixed-destructive gm_push &&
	gm_case && gm_expand 20260201_more && gm_commit "Add more" &&
	good=$(git rev-parse HEAD) && gm_taken gm_push &&
	gm_push "$bad:refs/heads/bad" "$good:refs/heads/good" &&
	echo "$base $bad refs/heads/main" >"$gm_base/bad" &&
	echo "$base $good refs/heads/main" >"$gm_base/good" &&
	gm_kept=$(gm_refs) &&
	gm_status 1 hook <"$gm_base/bad" 2>out &&
	gm_says mixed-destructive out &&
	gm_status 0 hook <"$gm_base/good"
'

# found: does the audit find what got past the hook, and is the server then
# as before?
found() {
	test "$(gm_tip "$server" refs/heads/main)" = "$bad" &&
		gm_status 1 git -C "$server" migrate check "$base..main" >out &&
		gm_says mixed-destructive out && gm_restore
}

test_expect_success 'threat 79: the hook is put out of order' '
	gm_case && chmod -x "$server/hooks/pre-receive" &&
	git push -q origin "$bad:refs/heads/main" &&
	test_must_fail git -C "$server" migrate doctor --server >out &&
	gm_says pre-receive out && found &&
	chmod +x "$server/hooks/pre-receive" &&
	cp "$server/hooks/pre-receive" "$gm_base/hook" &&
	printf "#!/bin/sh\nexit 0\n" | gm_hook "$server/hooks/pre-receive" &&
	git push -q origin "$bad:refs/heads/main" &&
	test_must_fail git -C "$server" migrate doctor --server >out &&
	gm_says pre-receive out && found &&
	cp "$gm_base/hook" "$server/hooks/pre-receive" &&
	git -C "$server" config core.hooksPath /nonexistent &&
	git push -q origin "$bad:refs/heads/main" &&
	test_must_fail git -C "$server" migrate doctor --server >out &&
	found &&
	rm "$server/hooks/pre-receive" &&
	git -C "$server" migrate init --server >out &&
	gm_refused mixed-destructive gm_push "$bad:refs/heads/main" &&
	gm_says "$(cat "$gm_base/hook")" "$server/hooks/pre-receive"
'

test_expect_success 'threat 80: the program is missing' '
	gm_case && mkdir -p "$gm_base/only" &&
	for program in git git-receive-pack git-upload-pack sh dirname cat
	do
		ln -sf "$(command -v $program)" "$gm_base/only/" || return 1
	done &&
	gm_refused "git-migrate is not on the server" env \
		"PATH=$gm_base/only" git push origin "$good:refs/heads/main"
'

# slow_history: on branch "many", commits that each edit a long migration.
slow_history() {
	gm_head expand >"$gm_base/head"
	awk -v base="$base" -v head="$(cat "$gm_base/head")" 'BEGIN {
		for (i = 0; i < 20000; i++)
			sql = sql "SELECT 1, 2, 3 WHERE 1 = 2;\n"
		for (i = 0; i < 40; i++) {
			print "commit refs/heads/many"
			print "committer A <a@example.com>", 1795300000 + i, "+0000"
			print "data 2\nx"
			if (!i)
				print "from " base
			print "M 100644 inline migrations/20260301_slow/up.sql"
			text = head "\n-- " i "\n" sql
			print "data " length(text)
			print text
		}
	}' | git fast-import --quiet --force
}

# slow [<commit>]: a push that takes many seconds to judge.
slow() {
	gm_push "${1-many}:refs/heads/main"
}

test_expect_success 'threat 80: signals end the judgement' '
	gm_case && slow_history && gm_taken slow many~39 &&
	gm_push many:refs/heads/many && gm_kept=$(gm_refs) &&
	wrapped "echo \$\$ >$gm_base/pid" &&
	for child in "" -c
	do
		# Those that no caller of the tests has ignored.
		for signal in KILL SEGV TERM ABRT ALRM
		do
			rm -f "$gm_base/pid"
			killhook $child $signal "$gm_base/pid" &
			killer=$!
			gm_refused "" with_wrapper slow && wait "$killer" || {
				echo "child: $child, signal: $signal"
				return 1
			}
			test -z "$child" || test "$signal" = ALRM ||
				! test_have_prereq PLAIN ||
				gm_says "ended by signal" "$gm_base/out" ||
				return 1
		done
	done
'

test_expect_success PLAIN 'threat 80: limits of the process' '
	gm_case && for limit in "-v 20000" "-v 60000" "-d 1000" "-f 0" "-n 3" \
		"-n 6" "-t 0" "-s 64"
	do
		wrapped "ulimit $limit || exit 1" &&
		gm_refused "" with_wrapper gm_push "$bad:refs/heads/main" || {
			echo "limit: $limit"
			return 1
		}
	done &&
	wrapped "ulimit -v 1000000 || exit 1" &&
	gm_taken with_wrapper gm_push "$good:refs/heads/main"
'

test_expect_success 'threat 81: the deadline' '
	gm_case && git -C "$server" config migrate.deadline 100 &&
	gm_refused "migrate.deadline" slow &&
	gm_says "could not be judged in time" "$gm_base/out" &&
	# Not even ignored signals help.
	wrapped "trap \"\" ALRM CHLD TERM" &&
	gm_refused "migrate.deadline" with_wrapper slow &&
	for value in 0 -1 99 1e9 99999999999999999999 never ""
	do
		git -C "$server" config migrate.deadline "$value" &&
		gm_refused migrate.deadline gm_push "$good:refs/heads/main" ||
			return 1
	done &&
	gm_case && gm_taken slow many~39
'

test_expect_success 'threat 82: output that nobody takes' '
	gm_case && gm_status 1 hook <"$gm_base/bad" >&- &&
	gm_status 1 hook <"$gm_base/bad" 2>&- &&
	gm_status 1 hook <"$gm_base/bad" >&- 2>&- &&
	gm_status 1 hook <"$gm_base/bad" >/dev/full 2>/dev/full &&
	{ hook <"$gm_base/bad" 2>&1; echo $? >"$gm_base/status"; } | : &&
	test "$(cat "$gm_base/status")" != 0 &&
	{ sleep 0.1; hook <"$gm_base/bad" 2>&1; echo $? >"$gm_base/status"; } |
		: && test "$(cat "$gm_base/status")" != 0 &&
	gm_status 0 hook <"$gm_base/good" >/dev/null &&
	git -C "$server" fsck --strict
'

test_expect_success 'threat 82: input that is not whole' '
	gm_case && test_must_fail hook <&- &&
	test_must_fail hook </dev/null &&
	for size in 1 40 41 81 82 96 97
	do
		head -c "$size" "$gm_base/good" >"$gm_base/part" &&
		test_must_fail hook <"$gm_base/part" || return 1
	done &&
	printf "%s" "$(cat "$gm_base/good")" >"$gm_base/part" &&
	test_must_fail hook <"$gm_base/part" &&
	{ cat "$gm_base/good"; echo; } | test_must_fail hook &&
	{ cat "$gm_base/good"; printf "\0"; } | test_must_fail hook &&
	{ echo; cat "$gm_base/good"; } | test_must_fail hook &&
	sed "s/\$/\r/" "$gm_base/good" | test_must_fail hook &&
	tr a-f A-F <"$gm_base/good" | test_must_fail hook &&
	head -c 17000000 /dev/zero | test_must_fail hook &&
	# The bad line last, after many good ones.
	{ seq 2000 | sed "s|.*|$zero $base refs/heads/b&|"; cat "$gm_base/bad"
	} >"$gm_base/part" && test_must_fail hook <"$gm_base/part" &&
	gm_status 0 hook <"$gm_base/good"
'

test_expect_success 'threat 82: the hook update' '
	gm_case && update() {
		as_server git-migrate hook update "$@"
	} &&
	gm_status 0 update refs/heads/main "$base" "$good" &&
	gm_status 1 update refs/heads/main "$base" "$bad" 2>out &&
	gm_says mixed-destructive out &&
	test_must_fail update refs/heads/main "$base" &&
	test_must_fail update refs/heads/main "$base" "$good" more &&
	test_must_fail update "refs/heads/main
$base $good refs/heads/x" "$base" "$good" &&
	test_must_fail update refs/heads/main "$base $good" "$good" &&
	test_must_fail update refs/heads/main "$base" "" &&
	test_must_fail update "" "$base" "$good"
'

test_expect_success 'threat 83: configuration of the client' '
	gm_case && git checkout -q "$bad" &&
	gm_refused GIT_CONFIG_COUNT over_ssh GIT_CONFIG_COUNT=1 \
		GIT_CONFIG_KEY_0=migrate.enforce GIT_CONFIG_VALUE_0=warn -- &&
	gm_refused GIT_CONFIG_COUNT over_ssh GIT_CONFIG_COUNT=0 -- &&
	printf "[migrate]\n\tenforce = warn\n\tpolicyRef = refs/heads/x\n" \
		>"$gm_base/hostile" &&
	printf "[alias]\n\tmigrate = !true\n" >>"$gm_base/hostile" &&
	mkdir -p "$gm_base/evil/git" &&
	cp "$gm_base/hostile" "$gm_base/evil/.gitconfig" &&
	cp "$gm_base/hostile" "$gm_base/evil/git/config" &&
	gm_refused mixed-destructive over_ssh "HOME=$gm_base/evil" -- &&
	gm_refused mixed-destructive over_ssh "XDG_CONFIG_HOME=$gm_base/evil" -- &&
	for name in GLOBAL SYSTEM
	do
		gm_refused mixed-destructive over_ssh \
			"GIT_CONFIG_$name=$gm_base/hostile" -- || return 1
	done &&
	gm_refused mixed-destructive over_ssh "GIT_CONFIG=$gm_base/hostile" -- &&
	# What a program of the server sets for itself counts.
	git -C "$server" config migrate.enforce warn &&
	gm_taken over_ssh -- && gm_says "accepted all the same" "$gm_base/out"
'

test_expect_success 'threat 83: GIT_CONFIG_PARAMETERS' '
	gm_case && sed "s/.*/env \"GIT_CONFIG_PARAMETERS=&\" git-receive-pack/" \
		>"$gm_base/parameters" <<-\EOF &&
	'\''migrate.enforce=warn'\''
	'\''migrate.enforce'\''='\''warn'\''
	EOF
	while read -r pack
	do
		gm_refused GIT_CONFIG_PARAMETERS git push \
			--receive-pack="$pack" origin "$bad:refs/heads/main" ||
			return 1
	done <"$gm_base/parameters"
'

test_expect_success 'threat 83: other variables' '
	gm_case && git checkout -q "$bad" && for variable in \
		GIT_MIGRATE_NOW=2036-01-01T00:00:00Z GIT_MIGRATE_NOW=x \
		GIT_REPLACE_REF_BASE=refs/heads/ GIT_NO_REPLACE_OBJECTS=1 \
		"GIT_GRAFT_FILE=$gm_base/hostile" GIT_TRACE=1 GIT_TRACE_SETUP=2 \
		"GIT_TRACE2_EVENT=$gm_base/trace" GIT_FLUSH=0 \
		GIT_WORK_TREE=/ "GIT_CEILING_DIRECTORIES=/" GIT_EDITOR=false \
		"GIT_TEMPLATE_DIR=$gm_base" GNUPGHOME=/nonexistent \
		LANGUAGE=xx LC_ALL=xx "TMPDIR=/nonexistent" NO_COLOR= \
		"TERM=xterm" "COLUMNS=1" "HOME=" "HOME=/nonexistent" \
		GIT_CONFIG_NOSYSTEM=0 "GIT_ATTR_SOURCE=HEAD" \
		"ENV=$gm_base/hostile" "BASH_ENV=$gm_base/hostile"
	do
		gm_refused mixed-destructive over_ssh "$variable" -- || {
			echo "variable: $variable"
			return 1
		}
	done &&
	git checkout -q "$good" && gm_taken over_ssh HOME=/nonexistent --
'

test_expect_success 'threat 83: the time is that of the server' '
	gm_case && gm_expand 20260301_more "ALTER TABLE users ADD more int;" &&
	gm_commit "Add more" && gm_push &&
	{ gm_head contract 20260301_more
	echo "ALTER TABLE users DROP COLUMN more;"; } |
		gm_write migrations/20260401_drop/up.sql && gm_commit "Drop" &&
	gm_refused contract-too-early gm_push &&
	gm_refused contract-too-early over_ssh \
		GIT_MIGRATE_NOW=2099-01-01T00:00:00Z -- &&
	gm_age "$server" && gm_taken over_ssh \
		GIT_MIGRATE_NOW=2001-01-01T00:00:00Z --
'

test_expect_success 'threat 84: programs in the configuration' '
	gm_case && fake gpg ssh-keygen key && for setting in gpg.program \
		gpg.openpgp.program gpg.x509.program gpg.ssh.program \
		gpg.ssh.defaultKeyCommand core.fsmonitor core.pager core.editor \
		core.sshCommand diff.external credential.helper
	do
		git -C "$server" config "$setting" "$gm_base/fake/gpg" ||
			return 1
	done &&
	git -C "$server" config filter.x.clean "$gm_base/fake/gpg" &&
	git -C "$server" config diff.x.textconv "$gm_base/fake/gpg" &&
	{ git cat-file commit "$bad" | sed "/^committer/a gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
	} >signed && signed=$(git hash-object --literally -t commit -w signed) &&
	gm_refused mixed-destructive gm_push "$signed:refs/heads/main" &&
	test ! -e "$gm_base/mark" &&
	# The mark would have told.
	gm_push "$signed:refs/heads/bad2" && { git -C "$server" verify-commit \
		"$signed" || true; } && test -e "$gm_base/mark"
'

test_expect_success 'threat 85: nothing is run by its name' '
	gm_case && fake git ssh-keygen gpg gpgv gpg2 sh env less cat psql &&
	wrapped "PATH=$gm_base/fake" &&
	gm_refused mixed-destructive with_wrapper gm_push \
		"$bad:refs/heads/main" &&
	gm_taken with_wrapper gm_push "$good:refs/heads/main" &&
	wrapped "PATH=" && gm_taken with_wrapper gm_push \
		"$good:refs/heads/main" &&
	test ! -e "$gm_base/mark"
'

test_expect_success 'threat 86: names that look like options' '
	gm_case && gm_mixed && echo x >./-rf && mkdir -p -- --help &&
	echo x >./--help/--version && gm_commit "Drop" &&
	gm_refused mixed-destructive gm_push &&
	gm_says "app: --help/--version" "$gm_base/out" &&
	gm_refused mixed-destructive gm_push HEAD:refs/heads/release/-x &&
	gm_case && expand=migrations/--help && mkdir -p -- "$expand" &&
	echo "DROP TABLE users;" >"$expand/up.sql" && gm_commit "Drop" &&
	gm_refused git-migrate gm_push &&
	gm_case && gm_taken gm_push "$good:refs/heads/-x"
'

test_expect_success 'threat 87: no temporary files' '
	gm_case && wrapped "TMPDIR=/nonexistent; export TMPDIR" &&
	gm_refused mixed-destructive with_wrapper gm_push \
		"$bad:refs/heads/main" &&
	gm_taken with_wrapper gm_push "$good:refs/heads/main"
'

test_expect_success STRACE,PLAIN 'threat 87: nothing is written at all' '
	gm_case && for input in bad good
	do
		as_server strace -f -o "$gm_base/trace" \
			-e trace=file,memfd_create "$gm_program" hook \
			pre-receive <"$gm_base/$input"
		grep "refs/heads/main.*O_RDONLY" "$gm_base/trace" &&
		! grep -e O_CREAT -e O_WRONLY -e O_TMPFILE -e memfd_create \
			-e mkdir -e rename -e unlink -e "symlink(" \
			"$gm_base/trace" || return 1
	done
'

test_expect_success 'threat 88: no keyring is used' '
	gm_case && find "$HOME" | sort >"$gm_base/home-before" &&
	gm_refused mixed-destructive over_ssh "GNUPGHOME=$gm_base/keys" -- \
		"$bad:refs/heads/main" &&
	gm_taken over_ssh "GNUPGHOME=$gm_base/keys" -- \
		"$good:refs/heads/main" &&
	test ! -e "$gm_base/keys" && find "$HOME" | sort >"$gm_base/home-after" &&
	test_cmp "$gm_base/home-before" "$gm_base/home-after"
'

test_expect_success 'threat 89: what a terminal would act on' '
	gm_case && mkdir -p migrations/20260301_mixed && {
		gm_head expand
		printf "DROP TABLE users /* \033]0;pwned\007 \033[2J \302\233 2J */;"
		printf "\rSELECT 1; -- \342\200\256 \177\n"
	} >migrations/20260301_mixed/up.sql &&
	printf x >"$(printf "app\033[2J\r\302\233.py")" && git add -A &&
	printf "Drop \033[31mall\r \302\233 \342\200\256\n\nMigration-Phase: \033[1m\n" |
		git commit -q --cleanup=verbatim -F - \
		--author="$(printf "E\033[2Jve <e\033[1m@x>")" &&
	gm_refused phase-mismatch gm_push &&
	gm_says "Drop \\e[31mall\\r" "$gm_base/out" &&
	gm_says "app\\e[2J" "$gm_base/out" &&
	gm_says "commit " "$gm_base/out" &&
	for bytes in "\302\233" "\342\200\256"
	do
		gm_silent "$(printf "$bytes")" "$gm_base/out" || return 1
	done
'

test_expect_success 'threat 89: a flood of findings' '
	gm_case && { gm_head expand; seq 3000 | sed "s/.*/DROP TABLE t&;/"
	} >"$gm_base/flood" &&
	for number in 1 2 3 4 5 6 7 8 9
	do
		gm_write "migrations/2026020${number}_more/up.sql" \
			<"$gm_base/flood" || return 1
	done && seq 3000 | sed "s/.*/src&.py/" | xargs touch &&
	gm_commit "Drop all" && gm_refused mixed-destructive gm_push &&
	test "$(wc -l <"$gm_base/out")" -lt 200 &&
	{ gm_head expand; printf "DROP TABLE "; head -c 200000 /dev/zero |
		tr "\0" x; echo ";"; } >"$gm_base/long" &&
	gm_case && gm_write migrations/20260201_more/up.sql <"$gm_base/long" &&
	gm_commit "Drop" && gm_refused phase-mismatch gm_push &&
	test "$(wc -c <"$gm_base/out")" -lt 20000
'

test_expect_success 'threat 90: what is nobody elses business' '
	secret=hunter2 && gm_case &&
	git -C "$server" config remote.origin.url "postgres://u:$secret@db/x" &&
	git -C "$server" config migrate.db "postgres://u:$secret@db/x" &&
	private() {
		gm_silent "$secret" "$gm_base/out" &&
			gm_silent "$server/" "$gm_base/out"
	} &&
	gm_refused mixed-destructive gm_push "$bad:refs/heads/main" && private &&
	git checkout -q "$bad" &&
	gm_refused "" over_ssh GIT_CONFIG_COUNT=0 -- && private &&
	echo x >.migrate/policy.yaml && gm_commit "Break the policy" &&
	gm_refused policy-change gm_push && private &&
	gm_push HEAD:refs/heads/broken &&
	git -C "$server" config migrate.policyRef refs/heads/broken &&
	gm_refused "" gm_push && private &&
	git -C "$server" config migrate.policyRef refs/heads/none &&
	gm_refused policy gm_push "$good:refs/heads/main" && private
'

# survives <name>: SQL on standard input, with DROP TABLE in it, is judged.
survives() {
	gm_case && { gm_head expand; cat; } |
		gm_write migrations/20260301_more/up.sql &&
		gm_commit "Add $1" && gm_refused phase-mismatch gm_push &&
		gm_silent "ended by signal" "$gm_base/out" && return
	echo "the SQL had many $1"
	return 1
}

# repeat <n> <text>
repeat() {
	awk -v n="$1" -v text="$2" 'BEGIN { while (n-- > 0) printf "%s", text }'
}

test_expect_success 'threat 91: input that parsers do not like' '
	for n in 1000 100000
	do
		{ echo "DROP TABLE users;"; printf "SELECT "; repeat $n "("
		printf 1; repeat $n ")"; echo ";"; } | survives parentheses &&
		{ echo "DROP TABLE users;"; printf "SELECT 1"; repeat $n "+1"
		echo ";"; } | survives sums &&
		{ echo "DROP TABLE users;"; printf "SELECT "; repeat $n "-  "
		echo "1;"; } | survives signs &&
		{ echo "DROP TABLE users;"; printf "SELECT "; repeat $n "NOT "
		echo "true;"; } | survives negations || return 1
	done &&
	{ printf "DROP TABLE users; SELECT 1"; repeat 20000 " UNION SELECT 1"
	echo ";"; } | survives unions &&
	{ printf "DROP TABLE users; SELECT "; repeat 5000 "CASE WHEN "
	echo ";"; } | survives cases &&
	{ printf "DROP TABLE users; DO \$\$ "; repeat 5000 "BEGIN "
	repeat 5000 "END; "; echo "\$\$;"; } | survives blocks &&
	{ printf "DROP TABLE users; SELECT "; repeat 2000 "(SELECT "; printf 1
	repeat 2000 ")"; echo ";"; } | survives queries &&
	{ echo "DROP TABLE users;"; repeat 5000 "/*"; } | survives comments &&
	{ echo "DROP TABLE users;"; seq 20000 | sed "s/.*/SELECT &;/"
	} | survives statements &&
	printf "DROP TABLE users; SELECT U\&\"\\\\D800\" ; SELECT E\"\\\\" |
		survives escapes
'

test_expect_success 'threat 92: what came another way is found' '
	gm_case && git -C "$server" update-ref refs/heads/main "$bad" && found &&
	git -C "$server" fetch -q "$client" "+$bad:refs/heads/main" && found &&
	gm_push "$bad:refs/heads/feature2" &&
	git -C "$server" fetch -q "$server" +feature2:main && found &&
	# The next push does not pass for that, and the records say nothing
	# of what did not come through the hook.
	git -C "$server" update-ref refs/heads/main "$good" &&
	gm_status 0 git -C "$server" migrate check "$base..main"
'

test_expect_success OTHER 'threat 93: the repository of another user' '
	gm_case && chmod -R a+rX "$server" && as_nobody() {
		as_server setpriv --reuid=65534 --regid=65534 --clear-groups \
			"$gm_program" hook pre-receive
	} &&
	gm_status 1 as_nobody <"$gm_base/bad" 2>out &&
	gm_says safe.directory out && gm_silent "*" out &&
	gm_status 1 as_nobody <"$gm_base/good" 2>out &&
	gm_says safe.directory out &&
	cp -R "$server" "$gm_base/theirs.git" &&
	chown -R 65534 "$gm_base/theirs.git" &&
	kept=$server && server=$gm_base/theirs.git &&
	gm_status 0 as_nobody <"$gm_base/good" &&
	gm_status 1 as_nobody <"$gm_base/bad" && server=$kept
'

test_done
