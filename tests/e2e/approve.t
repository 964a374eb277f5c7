#!/bin/sh
test_description='git migrate approve'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"

drop=20261120_drop_mail
notes=refs/notes/migrate/approvals

# lines <dir> <ref>: how many records are there?
lines() {
	git -C "$1" ls-tree -r "$2" | while read -r gm_mode gm_type gm_blob gm_path; do
		git -C "$1" cat-file blob "$gm_blob"
	done | grep -c "^gm1 "
}

# id_of <dir> <words>: the id of the one record there that has these words.
id_of() {
	git -C "$1" ls-tree -r "$notes" | while read -r gm_mode gm_type gm_blob gm_path; do
		git -C "$1" cat-file blob "$gm_blob"
	done | grep -e "$2" | tr -d '\n' | sha256sum | cut -c 1-64
}

test_expect_success 'a contract under review' '
	gm_shop &&
	( cd eve && git checkout -q -b topic &&
	as eve gm_contract $drop 20261101_add_email \
		"ALTER TABLE users DROP mail;" &&
	as eve git push -q origin topic ) &&
	for who in ann bob cem dan root; do
		at $who git fetch -q || return 1
	done
'

test_expect_success 'the server refuses it, and says what is missing' '
	gm_status 1 at eve git push --no-verify origin topic:main 2>err &&
	gm_says "unapproved" err &&
	gm_says "git migrate approve $drop" err
'

test_expect_success 'it shows what is signed, with statements and classes' '
	at ann git migrate approve $drop --at origin/topic --yes \
		-m "no locks" >out 2>err &&
	test_must_be_empty err &&
	gm_says "1:1     contract  ALTER TABLE: drops column users.mail" out &&
	gm_says "ALTER TABLE users DROP mail;" out &&
	gm_says "role       dba" out &&
	gm_says "until      20" out &&
	gm_says "why        no locks" out &&
	gm_says "$drop: missing 1 app-owner" out &&
	gm_says "To push it: git push origin $notes" out &&
	sed -n "s/^    \(gm1 approve .*\)/\1/p" out >shown &&
	git -C ann notes --ref=migrate/approvals \
		show origin/topic:migrations/$drop/up.sql >note &&
	sed "s/ sig=.*//" note >want &&
	test_cmp want shown &&
	grep " role=dba signer=ann@example.com at=.* until=.* nonce=[0-9a-f]\{32\} why=no%20locks sig=ssh:" note
'

test_expect_success 'with --push it is at the server' '
	at bob git migrate approve $drop --at=origin/topic -y --push >out &&
	gm_says "Pushed to origin." out &&
	test "$(lines server.git $notes)" = 1 &&
	at ann git migrate approve --push >out &&
	gm_says "Pushed $notes to origin." out &&
	test "$(lines server.git $notes)" = 2 &&
	git -C ann rev-parse $notes >want &&
	git -C ann rev-parse refs/notes/remotes/origin/migrate/approvals >got &&
	test_cmp want got
'

test_expect_success 'and then it lands' '
	at eve git fetch -q &&
	at eve git push -q origin topic:main &&
	at ann git fetch -q &&
	gm_status 128 at ann git migrate approve $drop --at=origin/topic \
		--yes 2>err &&
	gm_says "has landed on '\''refs/heads/main'\'' already" err
'

test_expect_success 'without a terminal it needs --yes' '
	( cd eve && as eve gm_contract 20261121_drop_fax 20261101_add_email \
		"ALTER TABLE users DROP fax;" && as eve git push -q origin topic ) &&
	for who in ann cem root; do at $who git fetch -q || return 1; done &&
	gm_status 128 at ann git migrate approve 20261121 --at=origin/topic \
		</dev/null >out 2>err &&
	gm_says "no terminal" err && gm_says "--yes" err &&
	gm_says "ALTER TABLE users DROP fax;" out &&
	test "$(lines ann $notes)" = 2
'

# typed <answer> <command>...: run it on a terminal of its own.
cat >typed.py <<\EOF
import os, pty, sys
pid, fd = pty.fork()
if not pid:
    os.execvp(sys.argv[2], sys.argv[2:])
out = b''
asked = False
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    out += data
    if b'[y/N]' in out and not asked:
        asked = True
        os.write(fd, sys.argv[1].encode() + b'\n')
sys.stdout.write(out.decode(errors='replace').replace('\r\n', '\n'))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
EOF

test_expect_success 'on a terminal it asks, and no is no' '
	for answer in "" n nonsense; do
		gm_status 1 at ann python3 ../typed.py "$answer" \
			git migrate approve 20261121 --at=origin/topic >out ||
			return 1
		gm_says "Approve of this? [y/N]" out &&
		gm_says "Not signed." out || return 1
	done &&
	test "$(lines ann $notes)" = 2 &&
	at ann python3 ../typed.py y \
		git migrate approve 20261121 --at=origin/topic --push >out &&
	gm_says "Recorded approve" out &&
	test "$(lines ann $notes)" = 3
'

test_expect_success 'nothing in a file or a reason speaks to the terminal' '
	( cd eve && git checkout -q -b evil &&
	printf "ALTER TABLE users DROP a; -- \033]0;x\007\n" |
	gm_write migrations/20261122_evil/up.sql &&
	as eve gm_commit "Evil

Migration-Phase: contract" --no-verify &&
	as eve git push -q --no-verify origin evil ) &&
	at ann git fetch -q &&
	at ann git migrate approve 20261122 --at=origin/evil --yes --push \
		-m "$(printf "a\033[2Jb\nc")" >out &&
	gm_says "\\e]0;x" out && gm_says "a\\e[2Jb\\nc" out &&
	! grep "$(printf "\033")" out
'

test_expect_success 'an author is told before' '
	( cd dan && as dan git checkout -q -b own &&
	as dan gm_contract 20261123_drop_own 20261101_add_email \
		"ALTER TABLE users DROP own;" ) &&
	at dan git migrate approve 20261123 -y >out 2>err &&
	gm_says "you are an author" err &&
	gm_says "it does not count: its signer is an author" err &&
	gm_says "missing 1 dba, 1 app-owner" out &&
	gm_says "is not known to have" err &&
	at dan git push -q --no-verify origin own &&
	at dan git migrate approve --push
'

test_expect_success 'who has no role, or no key, is told what to do' '
	gm_status 128 at cem git migrate approve 20261121 --at=origin/topic \
		-y 2>err &&
	gm_status 128 at root git migrate approve 20261121_drop_fax \
		--at=origin/topic -y 2>err &&
	gm_says "has none of the roles" err && gm_says "dba, app-owner" err &&
	gm_status 128 at root git migrate approve 20261121_drop_fax \
		--at=origin/topic -y --role dba 2>err &&
	gm_says "has not the role" err &&
	gm_status 128 at root git migrate approve 20261121_drop_fax \
		--at=origin/topic -y --role dbs 2>err &&
	gm_says "Did you mean '\''dba'\''?" err &&
	gm_status 128 at eve git migrate approve 20261121_drop_fax -y 2>err &&
	gm_says "your key is not in .migrate/allowed_signers of origin/main" err &&
	gm_says "$(gm_signer eve)" err
'

test_expect_success 'several roles: one has to be chosen' '
	( cd first && git fetch -q && git reset -q --hard origin/main &&
	sed -e "s/^version: 1/version: 2/" \
		-e "s/app-owner: .bob@example.com/&, ann@example.com/" \
		.migrate/policy.yaml >p && mv p .migrate/policy.yaml &&
	gm_commit "Give ann another role" && git push -q origin HEAD:policy ) &&
	at root git fetch -q &&
	# Nothing that is set up in the clone hides what is signed.
	git -C root config diff.relative true &&
	git -C root replace origin/policy:.migrate/policy.yaml \
		origin/main:.migrate/policy.yaml &&
	( cd root/migrations && gm_status 128 as root git migrate approve \
		--policy origin/policy </dev/null >../../out 2>&1 ) &&
	gm_says "+version: 2" out &&
	git -C root replace -d "$(git -C root rev-parse \
		origin/policy:.migrate/policy.yaml)" &&
	at root git migrate approve --policy origin/policy -y --push >out &&
	gm_says "+version: 2" out && gm_says "phase      policy" out &&
	gm_says ".migrate/policy.yaml: approved 1 of 1" out &&
	git -C first push -q origin HEAD:main &&
	at dan git fetch -q && at ann git fetch -q &&
	gm_status 128 at dan git migrate approve nothing -y 2>err &&
	gm_says "there is no migration" err &&
	at ann git migrate approve --revoke $(id_of ann drop_fax) -y \
		--push >out &&
	gm_status 128 at ann git migrate approve 20261121 --at=origin/topic \
		-y 2>err &&
	gm_says "as what: dba, app-owner?" err && gm_says "--role" err &&
	at ann git migrate approve 20261121 --at=origin/topic -y \
		--role app-owner --push >out &&
	gm_says "missing 1 dba" out
'

test_expect_success 'a policy that could not be used is not approved' '
	( cd first && sed "s/^version: 2/version: 3/" .migrate/policy.yaml \
		>p && echo "nonsense: 1" >>p && mv p .migrate/policy.yaml &&
	gm_commit "Break it" --no-verify && git push -q origin HEAD:broken ) &&
	at root git fetch -q &&
	gm_status 128 at root git migrate approve --policy origin/broken -y 2>err &&
	gm_says "unknown key" err &&
	( cd first && git reset -q --hard origin/main &&
	echo "# more" >>.migrate/policy.yaml && gm_commit "Forget" --no-verify &&
	git push -q origin HEAD:forgot ) && at root git fetch -q &&
	gm_status 128 at root git migrate approve --policy origin/forgot -y 2>err &&
	gm_says "version: 3" err &&
	gm_status 128 at root git migrate approve --policy origin/main -y 2>err &&
	gm_says "does not change the policy" err
'

test_expect_success 'a rejection stops it, and only some can take it back' '
	( cd eve && as eve git fetch -q && git checkout -q -b third origin/main &&
	as eve gm_contract 20261124_drop_c 20261101_add_email \
		"ALTER TABLE users DROP c;" && as eve git push -q origin third ) &&
	for who in ann bob dan root; do at $who git fetch -q; done
	at dan git migrate approve 20261124_drop_c --at=origin/third -y --push &&
	at bob git migrate approve 20261124_drop_c --at=origin/third -y --push >out &&
	gm_says "approved 2 of 2" out &&
	at ann git migrate approve 20261124_drop_c --at=origin/third -y --push \
		--reject -m "c is still read" >out &&
	gm_says "20261124_drop_c: rejected by ann@example.com" out &&
	gm_status 1 at eve git push --no-verify origin third:main 2>err &&
	gm_says "rejected by ann@example.com" err &&
	id=$(id_of ann "^gm1 reject") &&
	at dan git migrate approve 20261124_drop_c --at=origin/third -y --push \
		2>err >out &&
	gm_says "ann@example.com rejects it" err &&
	at bob git fetch -q &&
	gm_status 128 at bob git migrate approve --revoke $id -y 2>err &&
	gm_says "cannot take back" err &&
	at ann git migrate approve --revoke "$(echo $id | cut -c 1-12)" -y --push \
		-m "not any more" >out &&
	gm_says "Taken back will be the reject by ann@example.com" out &&
	gm_says "c is still read" out &&
	gm_status 128 at ann git migrate approve -y \
		--revoke $(id_of ann "^gm1 revoke .*target=$id") 2>err &&
	gm_says "that is final" err &&
	at eve git fetch -q && at eve git push -q origin third:main
'

test_expect_success 'several at a time lose nothing' '
	( cd eve && git checkout -q -b fourth origin/main &&
	as eve gm_contract 20261125_drop_d 20261101_add_email \
		"ALTER TABLE users DROP d;" && as eve git push -q origin fourth ) &&
	for who in ann bob dan; do at $who git fetch -q || return 1; done &&
	before=$(lines server.git $notes) &&
	for round in 1 2 3; do
		for who in ann bob dan; do
			at $who git migrate approve 20261125_drop_d -y --push \
				--at=origin/fourth $(test $who = ann &&
				echo --role=dba) >$who.out 2>&1 &
			echo $! >$who.pid
		done
		for who in ann bob dan; do
			wait "$(cat $who.pid)" || { cat $who.out; return 1; }
		done
	done &&
	test "$(lines server.git $notes)" = $((before + 9)) &&
	at bob git fetch -q && at bob git migrate verify 20261125_drop_d \
		--at=origin/fourth >out &&
	gm_says "approved 2 of 2" out
'

test_expect_success 'an environment is approved apart' '
	at ann git fetch -q &&
	gm_status 128 at ann git migrate approve $drop --at=origin/main -y \
		--env productoin --role dba 2>err &&
	gm_says "Did you mean '\''production'\''?" err &&
	at ann git migrate approve $drop --at=origin/main -y --env production \
		--role dba --push >out &&
	gm_says "env        production" out
'

test_expect_success 'records that were fetched are joined before one is added' '
	git -C ann update-ref refs/notes/remotes/origin/migrate/approvals \
		"$(git -C server.git rev-parse $notes)" &&
	git -C ann update-ref -d $notes &&
	at ann git migrate approve 20261121_drop_fax --at=origin/topic -y \
		--role dba >out &&
	at ann git push -q origin $notes
'

# specs: what ann fetches of the notes.
specs() {
	git -C ann config --get-all remote.origin.fetch | grep notes
}

test_expect_success 'records that wait make no fetch fail, and are not lost' '
	echo "refs/notes/migrate/*:refs/notes/migrate/*" >direct &&
	at ann git migrate approve --push >out && specs >got &&
	test_cmp direct got &&
	at ann git migrate approve 20261121_drop_fax --at=origin/topic -y \
		--role dba >out &&
	at bob git fetch -q &&
	at bob git migrate approve 20261121_drop_fax --at=origin/topic -y \
		--push -m "from bob" >out &&
	ours=$(git -C ann rev-parse $notes) &&
	at ann git fetch && at ann git fetch -q origin &&
	test "$(git -C ann rev-parse $notes)" = "$ours" &&
	git -C ann rev-parse refs/notes/migrate/landed >got &&
	git -C server.git rev-parse refs/notes/migrate/landed >want &&
	test_cmp want got && test_might_fail at ann git migrate verify \
		20261121_drop_fax --at=origin/topic >out &&
	gm_says "approve by bob@example.com" out &&
	specs >before && at ann git migrate init >out && specs >got &&
	test_cmp before got &&
	at ann git migrate approve --push >out && specs >got &&
	test_cmp direct got && at ann git fetch &&
	git -C ann rev-parse $notes >got &&
	git -C server.git rev-parse $notes >want && test_cmp want got &&
	git -C ann merge-base --is-ancestor "$ours" $notes
'

test_expect_success 'a program that never signs is ended' '
	printf "#!/bin/sh\necho \$\$ >%s/hung\nexec sleep 999\n" "$PWD" >hang &&
	chmod +x hang && git -C ann rev-parse $notes >before &&
	gm_status 128 at ann git -c gpg.ssh.program="$PWD/hang" \
		-c migrate.signTimeout=1s migrate approve 20261121_drop_fax \
		--at=origin/topic -y --role dba --push >out 2>err &&
	gm_says "did not end within" err && gm_says "migrate.signTimeout" err &&
	gm_silent "Recorded" out && test_must_fail kill -0 "$(cat hung)" &&
	git -C ann rev-parse $notes >after && test_cmp before after
'

test_expect_success 'wrong usage' '
	for words in "" "--reject --revoke 0123456789 x" "--revoke 0123456789 x" \
		"--policy --env staging" "--policy --revoke 0123456789" \
		"--policy --at=main main" "--revoke 123" "--revoke ABCDEF0123" ; do
		gm_status 129 at ann git migrate approve $words 2>err || return 1
	done &&
	gm_status 128 at ann git migrate approve --revoke 00000000 2>err &&
	gm_says "there is no record" err &&
	gm_status 128 at ann git migrate approve x --remote orign 2>err &&
	gm_says "Did you mean '\''origin'\''?" err &&
	gm_status 128 at ann git migrate approve x --ref other 2>err &&
	gm_says "does not protect '\''refs/heads/other'\''" err &&
	gm_repo empty && ( cd empty && echo x >x && gm_commit x ) &&
	gm_status 128 git -C empty migrate approve x 2>err &&
	gm_says "there is no .migrate/policy.yaml" err
'

test_expect_success 'a line that is no record stops it all' '
	git -C ann notes --ref=migrate/approvals append -m "gm1 reject nonsense" \
		"$(git -C ann rev-parse origin/topic:migrations/20261121_drop_fax/up.sql)" &&
	gm_status 128 at ann git migrate approve 20261121_drop_fax \
		--at=origin/topic -y --role dba 2>err &&
	gm_says "is no record" err
'

test_done
