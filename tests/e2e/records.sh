# tests/e2e/records.sh: records written by hand, and pushes that must not pass.
#
# Works in the shop of reviewers.sh: `eve` has a contract on her branch
# `topic`, which the server knows but has not landed.  `again` returns to that
# state; records are then planted at the server past all hooks, as if it had
# taken them, or hung into eve's notes and pushed.
# shellcheck shell=sh

id=20261120_drop
up=migrations/$id/up.sql
# Whatever is committed here, eve commits.
GIT_AUTHOR_NAME=eve GIT_AUTHOR_EMAIL=eve@example.com
GIT_COMMITTER_NAME=eve GIT_COMMITTER_EMAIL=eve@example.com
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

gm_forge_setup() {
	( cd eve && git checkout -q -b topic origin/main &&
		gm_contract $id 20261101_add_email \
			'ALTER TABLE users DROP COLUMN email;' &&
		as eve git push -q --no-verify origin topic && as eve git fetch -q
	) && topic=$(git -C eve rev-parse topic) &&
		git -C server.git config migrate.deadline 60000 &&
		gm_digest=$(digest_of) &&
		gm_kept=$(git -C server.git for-each-ref)
}

# past <command>...: git at the server, past all hooks.
past() {
	git -c core.hooksPath=/dev/null -C server.git "$@"
}

# The branches alone: what has landed goes back and forth here.
gm_fetch() {
	git -C eve fetch -q -p origin '+refs/heads/*:refs/remotes/origin/*'
}

again() {
	git -C server.git for-each-ref | sed -n 's/^.*	/delete /p' |
		past update-ref --no-deref --stdin &&
		printf '%s\n' "$gm_kept" |
		sed -n 's/^\([0-9a-f]*\) [a-z]*	\(.*\)/create \2 \1/p' |
			past update-ref --stdin &&
		gm_fetch &&
		git -C eve checkout -q -f -B topic "$topic" &&
		git -C eve update-ref -d refs/notes/migrate/approvals &&
		git -C eve update-ref -d refs/notes/migrate/evidence &&
		git -C eve update-ref -d refs/notes/migrate/overrides
}

# stamp <seconds>: that far from now, as records have it.
stamp() {
	date -u -d "@$(($(date +%s) + $1))" +%Y-%m-%dT%H:%M:%SZ
}

digest_of() {
	git -C eve migrate show "$id" --format=json |
		grep -o 'sha256:[0-9a-f]\{64\}' | head -n 1
}

# id_of <line>: the id of a record.
id_of() {
	printf '%s' "$1" | sha256sum | cut -c 1-64
}

# signature <key> <namespace>: what is on standard input, signed.
signature() {
	ssh-keygen -q -Y sign -n "$2" -f "$1" 2>/dev/null | sed '1d;$d' |
		tr -d '\n'
}

# forge <person> [<field>=<value>]...: a record signed by that person; kind,
# ns (the namespace), cert (the file to sign with), why and extra (what stands
# behind it all) are as good as fields.
forge() (
	who=$1
	shift
	kind=approve ns='' cert='' extra='' why=''
	project=shop path=$up phase=contract class=contract
	ref=refs/heads/main env='*' role=dba signer=$who@example.com
	at=$(stamp -60) until=$(stamp 3600) target='' digest=''
	nonce=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	ticket=INC-7 risk=none recovery=restore follow_up=talk
	for gm_field; do
		eval "${gm_field%%=*}=\${gm_field#*=}"
	done
	test -n "$digest" || digest=$gm_digest
	line="gm1 $kind project=$project path=$path digest=$digest phase=$phase"
	line="$line class=$class ref=$ref env=$env role=$role signer=$signer"
	line="$line at=$at until=$until nonce=$nonce"
	case $kind in
	reject | revoke | close)
		line="$line target=$target"
		;;
	override)
		line="$line ticket=$ticket risk=$risk recovery=$recovery"
		line="$line follow-up=$follow_up"
		: "${ns:=override@git-migrate}"
		;;
	esac
	line="$line${why:+ why=$why}${extra:+ $extra}"
	printf '%s sig=ssh:%s' "$line" "$(printf '%s' "$line" |
		signature "${cert:-$gm_base/$who/.ssh/id}" \
			"${ns:-approval@git-migrate}")"
)

# forge_again <person> <line>: the same, with another signature.
forge_again() {
	printf '%s sig=ssh:%s' "${2%% sig=*}" "$(printf '%s' "${2%% sig=*}" |
		signature "$gm_base/$1/.ssh/id" approval@git-migrate)"
}

override() (
	who=$1
	shift
	forge "$who" kind=override role=incident-owner "$@"
)

# note_in <dir> <records> <object> <file>: add the file's lines to its note.
note_in() {
	{
		git -C "$1" notes --ref="migrate/$2" show "$3" 2>/dev/null
		cat "$4"
	} >"$gm_base/note.new"
	git -c core.hooksPath=/dev/null -C "$1" notes --ref="migrate/$2" add -f -C "$(git -C "$1" \
		hash-object -w --stdin <"$gm_base/note.new")" "$3" 2>/dev/null
}

lines_to() {
	gm_file=$1
	shift
	printf '%s\n' "$@" >"$gm_file"
}

# plant <records> <line>...: on eve's up SQL, at the server.
plant() {
	gm_records=$1
	shift
	lines_to "$gm_base/lines" "$@" &&
		past fetch -q ../eve HEAD &&
		note_in server.git "$gm_records" \
			"$(git -C eve rev-parse "HEAD:$up")" "$gm_base/lines"
}

# plant_ref <ref>: what eve has there is what the server has.
plant_ref() {
	past fetch -q ../eve "+$1:$1"
}

hang() {
	gm_records=$1
	shift
	lines_to "$gm_base/lines" "$@" && hang_file "$gm_records" "$gm_base/lines"
}

hang_file() {
	note_in eve "$1" "$(git -C eve rev-parse "HEAD:$up")" "$2"
}

# as_refused <rule> <argument>...: eve's push is refused, nothing moves.
as_refused() {
	gm_rule=$1
	shift
	git -C server.git for-each-ref >before
	if at eve git push --no-verify origin "$@" >out 2>&1; then
		echo "accepted: $*"
		return 1
	fi
	git -C server.git for-each-ref >after
	test_cmp before after && gm_says 'pre-receive hook declined' out &&
		if test -n "$gm_rule"; then gm_says "[$gm_rule]" out; fi
}

push_refused() {
	gm_rule=$1
	shift
	test $# -gt 0 || set -- HEAD:main
	as_refused "$gm_rule" "$@"
}

push_taken() {
	at eve git push --no-verify origin HEAD:main >out 2>&1 || {
		cat out
		return 1
	}
}

# refused_with <rule> [<line>...]: these approvals do not do.
refused_with() {
	gm_rule=$1
	shift
	again && if test $# -gt 0; then plant approvals "$@"; fi &&
		push_refused "$gm_rule"
}

taken_with() {
	again && plant approvals "$@" && push_taken
}

# record_refused <rule> <records> <line>...: they cannot be pushed.
record_refused() {
	gm_wanted=$1
	gm_into=$2
	shift 2
	again && hang "$gm_into" "$@" &&
		as_refused "$gm_wanted" "refs/notes/migrate/$gm_into"
}

record_taken() {
	gm_into=$1
	shift
	again && hang "$gm_into" "$@" &&
		at eve git push -q --no-verify origin "refs/notes/migrate/$gm_into"
}

# on_main <commit message>: eve's work tree as main of the server, her branch
# on top of it.
on_main() {
	git -C eve add -A && at eve git commit -q --no-verify -m "$1" &&
		past fetch -q ../eve +HEAD:refs/heads/main &&
		git -C eve checkout -q -B topic && at eve git cherry-pick \
			"$topic" >/dev/null && gm_fetch
}

# as_policy <text> <text>: the second in the place of the first.
as_policy() {
	git -C eve checkout -q -B next origin/main &&
		sed "s/^version: 1/version: 2/" eve/.migrate/policy.yaml >p &&
		gm_from=$1 gm_to=$2 awk '{
			at = index($0, ENVIRON["gm_from"])
			if (at) $0 = substr($0, 1, at - 1) ENVIRON["gm_to"] \
				substr($0, at + length(ENVIRON["gm_from"]))
			print
		}' p >eve/.migrate/policy.yaml &&
		! cmp -s p eve/.migrate/policy.yaml && on_main 'Other roles'
}

# signers <line> [<person>]: that line too, in the place of that person's.
signers() {
	if test -n "${2-}"; then
		grep -v "^$2@" eve/.migrate/allowed_signers >s
	else
		cat eve/.migrate/allowed_signers >s
	fi
	printf '%s\n' "$1" >>s && mv s eve/.migrate/allowed_signers
}

as_signers() {
	git -C eve checkout -q -B next origin/main && signers "$@" &&
		on_main 'Other signers'
}

# policy_refused <line> [<person>]: a push that would bring these signers.
policy_refused() {
	again && git -C eve checkout -q -B next origin/main && signers "$@" &&
		sed "s/^version: 1/version: 2/" eve/.migrate/policy.yaml >p &&
		mv p eve/.migrate/policy.yaml && git -C eve add -A &&
		at eve git commit -q --no-verify -m Signers &&
		push_refused policy-change && gm_says 'cannot be used' out
}

# odd_notes <form>: approvals of $ann and $bob that git and libgit2 read
# differently.
# shellcheck disable=SC2154 # the test has forged them
odd_notes() (
	hang approvals "$ann" "$bob" && cd eve &&
		ref=refs/notes/migrate/approvals &&
		on=$(git rev-parse "HEAD:$up") &&
		note=$(git notes --ref=migrate/approvals list "$on") &&
		case $1 in
		upper)
			printf '100644 blob %s\t%s\n' "$note" \
				"$(echo "$on" | tr a-f A-F)"
			;;
		link)
			printf '120000 blob %s\t%s\n' "$note" "$on"
			;;
		twice)
			printf '100644 blob %s\t%s\n' "$note" "${on#??}" |
				git mktree >../tree
			printf '040000 tree %s\t%.2s\n' "$(cat ../tree)" "$on"
			printf '100644 blob %s\t%s\n' "$note" "$on"
			;;
		nul)
			printf '100644 blob %s\t%s\n' "$(
				printf '%s\0\n' "$ann" | git hash-object -w --stdin
			)" "$on"
			;;
		other)
			printf '100644 blob %s\t%s\n' "$note" "$on"
			printf '100644 blob %s\tREADME\n' "$note"
			;;
		tree)
			printf '100644 blob %s\t%s\n' "$note" "$on"
			;;
		esac >../entries && tree=$(git mktree <../entries) &&
		if test "$1" = tree; then
			git update-ref "$ref" "$tree"
		else
			git update-ref "$ref" "$(echo x | as eve git commit-tree "$tree")"
		fi
)

# glass <trailer>: eve's commit names a ticket.
glass() {
	{
		git -C eve log -1 --format=%B | sed '/^$/d;1a\
'
		echo "$1"
	} >message && at eve git commit -q --no-verify --amend -F ../message
}

# glass_refused <person> [<field>=<value>]...: this override does not do.
glass_refused() {
	again && glass "Break-Glass: INC-7" && plant overrides "$(override "$@")" &&
		push_refused ""
}

# glass_for <path>: an override of another file, on that file.
glass_for() {
	lines_to "$gm_base/lines" "$(override cem path="$1" phase=policy \
		class=policy)" && past fetch -q ../eve HEAD &&
		note_in server.git overrides \
			"$(git -C eve rev-parse "HEAD:$1")" "$gm_base/lines"
}
