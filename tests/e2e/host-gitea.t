#!/bin/sh
test_description='a host: Gitea and Forgejo, as they call hooks'
. "$(dirname "$0")/host_calls.sh"

# What the forge writes into each repository: a dispatcher that keeps the
# input, passes over what is not executable, and reports the first failure.
test_expect_success 'setup: a repository as the forge makes it' '
	git init -q --bare root/team/shop.git &&
	for hook in pre-receive post-receive
	do
		gm_hook root/team/shop.git/hooks/$hook <<-\HOOK &&
		#!/usr/bin/env bash
		input=$(cat)
		results=
		name=$(basename $0)
		GIT_DIR=${GIT_DIR:-$(dirname $0)/..}
		for part in ${GIT_DIR}/hooks/${name}.d/*; do
			test -x "${part}" && test -f "${part}" || continue
			echo "${input}" | "${part}"
			results="${results} $?"
		done
		for result in ${results}; do
			[ ${result} -eq 0 ] || exit ${result}
		done
		HOOK
		gm_hook root/team/shop.git/hooks/$hook.d/gitea <<-\HOOK || return 1
		#!/bin/sh
		test -n "$SSH_ORIGINAL_COMMAND"
		HOOK
	done &&
	ln -s root/team/shop.git shop.git
'

test_expect_success 'it is guarded' '
	"$hosts/gitea/install" --root "$PWD/root" Team/Shop=shop >out &&
	gm_says "kept     hooks/pre-receive.d/git-migrate" out &&
	gm_silent "^fail" out &&
	cp shop.git/config config &&
	"$hosts/gitea/install" --root "$PWD/root" Team/Shop=shop >out &&
	test_cmp config shop.git/config &&
	gm_status 129 "$hosts/gitea/install" 2>err &&
	gm_says usage: err &&
	git init -q --bare root/team/bare.git &&
	test_must_fail "$hosts/gitea/install" --root "$PWD/root" team/bare
'

# gm_as <user> <command>...: a push of that user, as over http; `git -c` is
# what some versions of the forge do.
gm_as() {
	gm_name=$1
	shift
	cat >"$gm_base/receive" <<-SCRIPT &&
	#!/bin/sh
	SSH_ORIGINAL_COMMAND=receive-pack GITEA_REPO_USER_NAME=team
	GITEA_REPO_NAME=shop GITEA_REPO_ID=1 GITEA_REPO_IS_WIKI=false
	GITEA_ROOT_URL=https://git.example.com/ GITEA_PUSHER_ID=2
	GITEA_PUSHER_NAME=$gm_name GIT_CONFIG_NOSYSTEM=1
	GIT_NO_REPLACE_OBJECTS=1
	export SSH_ORIGINAL_COMMAND GITEA_REPO_USER_NAME GITEA_REPO_NAME \\
		GITEA_REPO_ID GITEA_REPO_IS_WIKI GITEA_ROOT_URL \\
		GITEA_PUSHER_ID GITEA_PUSHER_NAME GIT_CONFIG_NOSYSTEM \\
		GIT_NO_REPLACE_OBJECTS
	$gm_more
	exec git -c protocol.version=2 -c credential.helper= receive-pack "\$@"
	SCRIPT
	chmod +x "$gm_base/receive" &&
	GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.receivepack \
		GIT_CONFIG_VALUE_0=$gm_base/receive "$@"
}
gm_more=

test_expect_success 'the first policy gets there' '
	gm_host_client "$PWD/shop.git"
'

gm_host_judges

test_expect_success 'pull requests: their heads pass, their merge is judged' '
	tip=$(gm_host_tip refs/heads/main) &&
	(
		cd "$client" && git checkout -q -b pull &&
		gm_host_sql 20261002000000_mixed contract "DROP TABLE fax;" &&
		echo "no fax" | gm_write app.c && gm_commit "Mixed" &&
		gm_as ann git push -q origin pull &&
		gm_as ann git push -q origin HEAD:refs/for/main/pull &&
		gm_as ann git push -q origin HEAD:refs/pull/1/head &&
		git checkout -q main && git merge -q --no-ff --no-edit pull &&
		gm_more="SSH_ORIGINAL_COMMAND=gitea-internal GITEA_PR_ID=1" &&
		gm_more="$gm_more GITEA_PUSH_TRIGGER=merge-pr-to-base" &&
		test_must_fail gm_as bob git push origin main &&
		git reset -q --hard origin/main
	) 2>err &&
	gm_says mixed-destructive err &&
	test "$tip" = "$(gm_host_tip refs/heads/main)"
'

test_expect_success 'a file that is not executable: doctor says what the forge does not' '
	chmod -x shop.git/hooks/pre-receive.d/git-migrate &&
	gm_status 1 git -C shop.git migrate doctor --server >out &&
	gm_says "not executable" out &&
	"$hosts/gitea/install" --root "$PWD/root" team/shop
'

test_done
