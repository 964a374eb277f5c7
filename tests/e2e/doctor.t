#!/bin/sh
test_description='git migrate doctor'
. "$(dirname "$0")/lib.sh"

# No sshd but the one that a test writes down.
sshd=--sshd-config=$gm_base/none
SQ="'"

# line <check> <status> <file>: the lines of that check that have that status.
line() {
	grep "^$2 *$1 " "$3" && return 0
	echo "no line '$2 $1' in $3:"
	cat "$3"
	return 1
}

test_expect_success 'a clone that is set up is well' '
	gm_server up.git && git clone -q up.git clone 2>/dev/null &&
	(
		cd clone && git migrate init >/dev/null &&
		echo "CREATE TABLE phone (n text);" |
		gm_write migrations/20261101000000_phone/up.sql &&
		gm_commit "Start" --no-verify
	) &&
	git -C clone migrate doctor >out &&
	for check in git program ssh-keygen gpgv repository policy migrations \
		hook notes
	do
		line $check ok out || return 1
	done &&
	gm_silent warn out &&
	gm_silent fail out &&
	gm_says "1 in migrations (directory)" out
'

test_expect_success 'one line a check, the same as JSON' '
	git -C clone migrate doctor --format=json >json &&
	python3 -c "
import json
d = json.load(open(\"json\"))
assert d[\"version\"] == 1 and d[\"ok\"] is True
assert {c[\"status\"] for c in d[\"checks\"]} == {\"ok\"}
assert all(set(c) == {\"check\", \"status\", \"message\", \"hint\"} for c in d[\"checks\"])
print(len(d[\"checks\"]))" >count &&
	wc -l <out >lines &&
	test $(cat count) = $(cat lines)
'

test_expect_success 'a fresh repository: what is missing, no failure' '
	gm_repo fresh &&
	git -C fresh migrate doctor >out &&
	line policy warn out &&
	line hook warn out &&
	gm_says "git migrate init" out
'

test_expect_success 'a policy that does not read fails' '
	cp -R clone broken && echo "nonsense: 1" >>broken/.migrate/policy.yaml &&
	gm_status 1 git -C broken migrate doctor >out &&
	line policy fail out &&
	gm_says ".migrate/policy.yaml:" out &&
	gm_status 1 git -C broken migrate doctor --format=json >json &&
	gm_says "\"ok\": false" json
'

test_expect_success 'hooks: foreign, switched off, elsewhere' '
	cp -R clone hooks &&
	printf "#!/bin/sh\nexit 0\n" | gm_hook hooks/.git/hooks/pre-commit &&
	chmod -x hooks/.git/hooks/commit-msg &&
	git -C hooks migrate doctor >out &&
	gm_says "pre-commit does not run git-migrate" out &&
	gm_says "commit-msg is not executable" out &&
	git -C hooks config core.hooksPath /nowhere &&
	git -C hooks migrate doctor >out &&
	gm_says "core.hooksPath leads outside" out
'

test_expect_success 'records that are not fetched, or with force' '
	cp -R clone remotes &&
	git -C remotes config --unset-all remote.origin.fetch "^refs/notes" &&
	git -C remotes migrate doctor >out &&
	line notes warn out &&
	git -C remotes config --add remote.origin.fetch \
		"+refs/notes/migrate/*:refs/notes/migrate/*" &&
	git -C remotes migrate doctor >out &&
	gm_says "can replace records" out
'

test_expect_success 'programs that are not there' '
	mkdir few &&
	for tool in git sh
	do
		ln -s "$(command -v $tool)" few/ || return 1
	done &&
	(PATH="$PWD/few" && gm_status 1 "$gm_program" -C clone doctor) >out &&
	line program fail out &&
	line ssh-keygen warn out &&
	line gpgv warn out
'

test_expect_success 'two migrations of one version fail' '
	cp -R clone twice &&
	(
		cd twice && echo "SELECT 1;" |
		gm_write migrations/20261101000000_fax/up.sql &&
		gm_commit "Twice" --no-verify
	) &&
	gm_status 1 git -C twice migrate doctor >out &&
	line migrations fail out
'

test_expect_success 'a repository that cannot be judged' '
	gm_status 1 git -C "$HOME" migrate doctor >out &&
	line repository fail out &&
	git init -q --object-format=sha256 sha256 &&
	gm_status 1 git -C sha256 migrate doctor >out &&
	line repository fail out &&
	grep -i sha.*256 out &&
	git clone -q --depth=1 "file://$PWD/clone" shallow &&
	gm_status 1 git -C shallow migrate doctor >out &&
	line repository fail out &&
	gm_says shallow out
'

test_expect_success 'a bare repository asks for --server' '
	gm_status 1 git -C up.git migrate doctor >out &&
	gm_says "doctor --server" out
'

test_expect_success 'a server that is not set up fails' '
	gm_status 1 git -C up.git migrate doctor --server $sshd >out &&
	line hook fail out &&
	line policyRef warn out &&
	line project warn out &&
	line fsckObjects warn out &&
	line policy warn out &&
	gm_says "all are refused" out &&
	gm_says "init --server" out
'

test_expect_success 'one that is set up is well' '
	ssh-keygen -q -t ed25519 -N "" -f key &&
	(
		cd clone &&
		cat >>.migrate/policy.yaml <<-\POLICY &&
		roles:
		  dba: [ann@example.com]
		  admin: [ann@example.com]
		approvals:
		  contract: {need: {dba: 1}}
		  policy: {need: {admin: 1}}
		POLICY
		echo "ann@example.com $(cut -d " " -f 1,2 ../key.pub)" \
			>.migrate/allowed_signers &&
		gm_commit "Ask for approvals" --no-verify
	) &&
	git -C clone push -q --no-verify origin main &&
	git -C up.git migrate init --server &&
	chmod -R go-w up.git &&
	git -C up.git migrate doctor --server $sshd >out &&
	gm_silent warn out &&
	gm_silent fail out &&
	line landed ok out &&
	line approvals ok out &&
	line signers ok out &&
	line writable ok out &&
	gm_says "/usr/bin/ssh-keygen" out &&
	gm_says "1 record" out &&
	gm_says "refs/heads/main: project up, version 1" out
'

test_expect_success 'what weakens it is told' '
	cp -R up.git weak.git &&
	git -C weak.git config migrate.enforce warn &&
	git -C weak.git config receive.fsckObjects false &&
	git -C weak.git migrate doctor --server $sshd >out &&
	line enforce warn out &&
	line fsckObjects warn out &&
	git -C weak.git config --unset migrate.enforce &&
	git -C weak.git config migrate.project other &&
	gm_status 1 git -C weak.git migrate doctor --server $sshd >out &&
	line policy fail out
'

test_expect_success 'a hook that is off, altered, replaced or elsewhere fails' '
	cp -R up.git off.git &&
	chmod -x off.git/hooks/pre-receive &&
	gm_status 1 git -C off.git migrate doctor --server $sshd >out &&
	line hook fail out &&
	gm_says "not executable" out &&
	chmod +x off.git/hooks/pre-receive &&
	sed "2a exit 0" off.git/hooks/pre-receive >h &&
	cat h >off.git/hooks/pre-receive &&
	gm_status 1 git -C off.git migrate doctor --server $sshd >out &&
	gm_says "not as init writes it" out &&
	cp "$gm_top/hooks/pre-receive" off.git/hooks/ &&
	git -C off.git migrate doctor --server $sshd >out &&
	printf "#!/bin/sh\nexit 0\n" | gm_hook off.git/hooks/pre-receive &&
	gm_status 1 git -C off.git migrate doctor --server $sshd >out &&
	gm_says "does not run git-migrate" out &&
	mkdir elsewhere &&
	git -C off.git config core.hooksPath "$PWD/elsewhere" &&
	gm_status 1 git -C off.git migrate doctor --server $sshd >out &&
	line hooksPath warn out
'

test_expect_success 'a policy that anybody can change, people without a key' '
	cp -R up.git open.git && git clone -q open.git opener 2>/dev/null &&
	(
		cd opener && sed -i "/policy: {need/d" .migrate/policy.yaml &&
		sed -i "s/^  dba: .*/  dba: [bob@example.com]/" \
			.migrate/policy.yaml &&
		gm_commit Open && git push -q \
			--receive-pack="git -c core.hooksPath=/nowhere receive-pack"
	) &&
	git -C open.git migrate doctor --server $sshd >out &&
	line approvals warn out &&
	gm_says "nobody has to approve a change of the policy" out &&
	line signers warn out &&
	gm_says "cannot sign: bob@example.com" out
'

test_expect_success 'who pushes is asked for, and not known' '
	(
		cd opener && sed -i "s/contract: {/&exclude_pusher: true, /" \
			.migrate/policy.yaml &&
		echo nonsense >.migrate/allowed_signers &&
		gm_commit Exclude && git push -q \
			--receive-pack="git -c core.hooksPath=/nowhere receive-pack"
	) &&
	gm_status 1 git -C open.git migrate doctor --server $sshd >out &&
	line pusher warn out &&
	gm_says "one approval more" out &&
	line signers fail out &&
	gm_says "allowed_signers:1" out &&
	git -C open.git config migrate.pusher http &&
	gm_status 1 git -C open.git migrate doctor --server $sshd >out &&
	line pusher ok out &&
	git -C open.git config migrate.pusher nobody &&
	gm_status 1 git -C open.git migrate doctor --server $sshd >out &&
	line policyRef fail out &&
	gm_says "migrate.pusher is" out
'

test_expect_success 'what others may write' '
	cp -R up.git shared.git && chmod -R go-w shared.git &&
	chmod o+w shared.git/hooks/pre-receive &&
	gm_status 1 git -C shared.git migrate doctor --server $sshd >out &&
	line writable fail out &&
	gm_says "hooks/pre-receive may be written by anybody" out &&
	chmod o+w shared.git/config shared.git/refs &&
	gm_status 1 git -C shared.git migrate doctor --server $sshd >out &&
	gm_says "more like it" out &&
	chmod -R go-w shared.git &&
	mkdir -m 777 loose && cp -R shared.git loose/ && chmod 777 loose &&
	gm_status 1 git -C loose/shared.git migrate doctor --server $sshd >out &&
	gm_says "/loose may be written by anybody" out &&
	chmod 1777 loose &&
	git -C loose/shared.git migrate doctor --server $sshd >out &&
	line writable ok out &&
	cp "$gm_top/hooks/pre-receive" loose/ && chmod 777 loose/pre-receive &&
	ln -sf "$PWD/loose/pre-receive" shared.git/hooks/pre-receive &&
	gm_status 1 git -C shared.git migrate doctor --server $sshd >out &&
	gm_says "/loose/pre-receive may be written by anybody" out
'

test "$(id -u)" = 0 && test_set_prereq ROOT
test_expect_success ROOT 'what a group and another user may write' '
	cp -R up.git group.git && chmod -R go-w group.git &&
	chgrp 1 group.git/config && chmod g+w group.git/config &&
	git -C group.git migrate doctor --server $sshd >out &&
	line writable warn out &&
	gm_says "config may be written by the group" out &&
	chmod g-w group.git/config && chown 1 group.git/hooks &&
	gm_status 1 git -C group.git migrate doctor --server $sshd >out &&
	gm_says "/hooks may be written by" out
'

test_expect_success 'the programs that verify' '
	cp -R up.git tools.git &&
	git -C tools.git config migrate.gpgv "$PWD/none" &&
	git -C tools.git migrate doctor --server $sshd >out &&
	line gpgv warn out &&
	cp /usr/bin/ssh-keygen . && chmod 777 ssh-keygen &&
	git -C tools.git config migrate.sshKeygen "$PWD/ssh-keygen" &&
	gm_status 1 git -C tools.git migrate doctor --server $sshd >out &&
	line ssh-keygen fail out &&
	git -C tools.git config migrate.sshKeygen ssh-keygen &&
	gm_status 1 git -C tools.git migrate doctor --server $sshd >out &&
	gm_says "no absolute path" out
'

test_expect_success 'variables that sshd takes from clients' '
	mkdir -p ssh/more &&
	cat >ssh/sshd_config <<-\CONFIG &&
	# AcceptEnv GIT_*
	Include more/*.conf
	acceptenv LANG LC_* GIT_PROTOCOL
	CONFIG
	git -C up.git migrate doctor --server --sshd-config=ssh/sshd_config >out &&
	gm_silent AcceptEnv out &&
	config=$PWD/ssh/sshd_config &&
	git -C up.git migrate doctor --server --sshd-config="$config" >out &&
	line AcceptEnv ok out &&
	printf "Match User git\n  AcceptEnv=LANG \"GIT_*\"\n" >ssh/more/git.conf &&
	gm_status 1 git -C up.git migrate doctor --server \
		--sshd-config="$config" >out &&
	line AcceptEnv fail out &&
	gm_says "more/git.conf:2: ${SQ}GIT_*${SQ} lets a client set GIT_CONFIG_COUNT" out &&
	echo "AcceptEnv REMOTE_USER" >ssh/more/git.conf &&
	gm_status 1 git -C up.git migrate doctor --server \
		--sshd-config="$config" >out &&
	gm_says "set REMOTE_USER" out &&
	echo "Include $PWD/ssh/sshd_config" >ssh/more/git.conf &&
	git -C up.git migrate doctor --server --sshd-config="$config" >out &&
	line AcceptEnv ok out &&
	gm_status 129 git -C clone migrate doctor --sshd-config="$config"
'

test_expect_success 'the hook reference-transaction, where it was asked for' '
	cp -R up.git second.git &&
	git -C second.git migrate init --server --transactions &&
	git -C second.git migrate doctor --server $sshd >out &&
	gm_says "hooks/reference-transaction" out &&
	chmod -x second.git/hooks/reference-transaction &&
	gm_status 1 git -C second.git migrate doctor --server $sshd >out &&
	gm_says "init --server --transactions" out
'

test_expect_success 'GitLab runs custom_hooks only' '
	cp -R up.git gitlab.git &&
	git -C gitlab.git config migrate.pusher gitlab &&
	gm_status 1 git -C gitlab.git migrate doctor --server $sshd >out &&
	line hook fail out &&
	gm_says "contrib/hosts/gitlab/install" out &&
	for hook in pre-receive post-receive
	do
		gm_hook gitlab.git/custom_hooks/$hook.d/$hook \
			<"$gm_top/contrib/hosts/gitlab/$hook" || return 1
	done &&
	git -C gitlab.git migrate doctor --server $sshd >out &&
	line hook ok out &&
	gm_silent fail out &&
	rm gitlab.git/custom_hooks/post-receive.d/post-receive &&
	gm_status 1 git -C gitlab.git migrate doctor --server $sshd >out &&
	gm_says "post-receive is not installed" out &&
	git -C gitlab.git config migrate.recorder robot &&
	git -C gitlab.git migrate doctor --server $sshd >out &&
	line recorder ok out &&
	mv gitlab.git/custom_hooks/pre-receive.d/pre-receive \
		gitlab.git/custom_hooks/pre-receive &&
	rmdir gitlab.git/custom_hooks/pre-receive.d &&
	chmod -x gitlab.git/custom_hooks/pre-receive &&
	gm_status 1 git -C gitlab.git migrate doctor --server $sshd >out &&
	gm_says "not executable" out
'

test_expect_success 'the hook update alone is enough' '
	cp -R up.git update.git &&
	mv update.git/hooks/pre-receive update.git/hooks/update &&
	sed "s/pre-receive/update/" update.git/hooks/update >u &&
	cat u >update.git/hooks/update &&
	git -C update.git migrate doctor --server $sshd >out &&
	gm_silent fail out
'

test_expect_success 'records that are damaged fail, missing ones are told' '
	cp -R up.git damaged.git &&
	git -C damaged.git update-ref -d refs/notes/migrate/landed &&
	git -C damaged.git migrate doctor --server $sshd >out &&
	line landed warn out &&
	gm_says "1 migration is on refs/heads/main without a record" out &&
	git -C damaged.git notes --ref=migrate/landed add -m nonsense \
		main:migrations/20261101000000_phone/up.sql &&
	gm_status 1 git -C damaged.git migrate doctor --server $sshd >out &&
	line landed fail out
'

test_expect_success 'a server whose branch is not there yet' '
	gm_server young.git && git -C young.git migrate init --server &&
	git -C young.git migrate doctor --server $sshd >out &&
	line policy warn out &&
	gm_says "does not exist yet" out &&
	line landed ok out
'

test_expect_success 'a server configuration that makes no sense' '
	cp -R up.git wrong.git &&
	git -C wrong.git config migrate.enforce sometimes &&
	gm_status 1 git -C wrong.git migrate doctor --server $sshd >out &&
	line policyRef fail out &&
	gm_says sometimes out
'

test_expect_success 'transfer.fsckObjects is as good' '
	cp -R up.git transfer.git &&
	git -C transfer.git config --unset receive.fsckObjects &&
	git -C transfer.git config transfer.fsckObjects true &&
	git -C transfer.git migrate doctor --server $sshd >out &&
	line fsckObjects ok out
'

test_expect_success 'a policy of the branch that does not read' '
	cp -R up.git unread.git && cp -R clone unreader &&
	(
		cd unreader && echo "nonsense: 1" >>.migrate/policy.yaml &&
		gm_commit Break --no-verify &&
		git fetch -q . HEAD && git push -q --no-verify \
			--receive-pack="git -c core.hooksPath=/nowhere receive-pack" \
			../unread.git main
	) &&
	gm_status 1 git -C unread.git migrate doctor --server $sshd >out &&
	line policy fail out &&
	line landed ok out
'

test_done
