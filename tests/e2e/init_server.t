#!/bin/sh
test_description='git migrate init --server'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/recorder.sh"

# A clone with a policy and one migration, pushed to up.git.
test_expect_success 'setup' '
	gm_server up.git &&
	gm_repo clone &&
	(
		cd clone &&
		git remote add origin "$PWD/../up.git" &&
		gm_policy </dev/null && gm_commit "Add the migration policy" &&
		echo "CREATE TABLE phone (n text);" |
		gm_write migrations/20261101000000_phone/up.sql &&
		gm_commit "Add phones" &&
		git push -q origin main
	)
'

test_expect_success 'it installs, pins and records' '
	git -C up.git migrate init --server >out &&
	gm_says "set      migrate.policyRef refs/heads/main" out &&
	gm_says "set      migrate.project shop" out &&
	gm_says "set      receive.fsckObjects true" out &&
	gm_says "wrote    hooks/pre-receive" out &&
	gm_says "wrote    hooks/post-receive" out &&
	gm_says "recorded what has landed on refs/heads/main" out &&
	test -x up.git/hooks/pre-receive &&
	test -x up.git/hooks/post-receive &&
	! test -e up.git/hooks/pre-commit &&
	test "$(git -C up.git config --local migrate.policyRef)" = refs/heads/main &&
	git -C up.git notes --ref=migrate/landed show \
		main:migrations/20261101000000_phone/up.sql >note &&
	gm_says "gm1 landed project=shop path=migrations/20261101000000_phone/up.sql" note
'

test_expect_success 'once more changes nothing' '
	cp -R up.git before.git &&
	git -C up.git migrate init --server >out &&
	gm_says "kept     migrate.policyRef" out &&
	gm_says "kept     hooks/pre-receive" out &&
	gm_silent wrote out &&
	gm_silent "set  " out &&
	diff -r before.git up.git
'

test_expect_success 'the hooks get the input of a push' '
	(cd clone && gm_commit "Nothing" --allow-empty &&
	 recorded git push -q origin main) &&
	gm_says "ours: hook pre-receive" "$LOG" &&
	gm_says "ours: hook post-receive" "$LOG" &&
	grep "ours got: .* refs/heads/main$" "$LOG"
'

test_expect_success 'the answer of the hook counts' '
	tip=$(gm_tip up.git main) &&
	(cd clone && gm_commit "Refused" --allow-empty &&
	 OURS_SAYS=1 && export OURS_SAYS &&
	 test_must_fail recorded git push -q origin main) &&
	test "$tip" = "$(gm_tip up.git main)"
'

test_expect_success 'without the program nothing can be pushed' '
	mkdir no-program &&
	for tool in git sh cat dirname env sed git-receive-pack
	do
		ln -s "$(command -v $tool)" no-program/ || return 1
	done &&
	tip=$(gm_tip up.git main) &&
	(cd clone && PATH="$PWD/../no-program" &&
	 test_must_fail git push -q origin main 2>../err) &&
	gm_says "not on the server" err &&
	test "$tip" = "$(gm_tip up.git main)"
'

test_expect_success 'a hook that was there runs first, on the same input' '
	gm_server chain.git &&
	gm_hook chain.git/hooks/pre-receive <<-\HOOK &&
	#!/bin/sh
	sed "s/^/theirs got: /" >>"$LOG"
	exit "${THEIRS_SAYS:-0}"
	HOOK
	gm_hook chain.git/hooks/post-receive <<-\HOOK &&
	#!/bin/sh
	echo "theirs post" >>"$LOG"
	exit 1
	HOOK
	git -C chain.git migrate init --server >out &&
	gm_says "chained  hooks/pre-receive" out &&
	gm_says "chained  hooks/post-receive" out &&
	git -C clone remote add chain "$PWD/chain.git" &&
	(cd clone && recorded git push -q chain main main:b) &&
	grep "theirs got: .* refs/heads/main" "$LOG" &&
	grep "theirs got: .* refs/heads/b" "$LOG" &&
	grep "ours got: .* refs/heads/main" "$LOG" &&
	grep "ours got: .* refs/heads/b" "$LOG"
'

test_expect_success 'what has landed is recorded though another hook fails' '
	gm_says "theirs post" "$LOG" &&
	gm_says "ours: hook post-receive" "$LOG"
'

test_expect_success 'the refusal of the other hook wins' '
	(cd clone && THEIRS_SAYS=1 && export THEIRS_SAYS &&
	 test_must_fail recorded git push -q chain main:refused) &&
	gm_silent ours "$LOG" &&
	test "$(gm_tip chain.git refused)" = none
'

test_expect_success 'many refs go through whole' '
	(
		cd clone &&
		i=0 &&
		while test $i -lt 500
		do
			i=$((i + 1)) && echo "create refs/heads/many/$i main" ||
			return 1
		done | git update-ref --stdin &&
		recorded git push -q chain "refs/heads/many/*:refs/heads/many/*"
	) &&
	grep -c "theirs got: " "$LOG" >theirs &&
	test "$(cat theirs)" = 500 &&
	sed -n "/^ours: hook pre-receive/,/^theirs post/p" "$LOG" |
	grep -c "ours got: " >ours &&
	test "$(cat ours)" = 500
'

test_expect_success 'a dispatcher gets a file in its directory' '
	gm_server gitea.git &&
	for hook in pre-receive post-receive
	do
		gm_hook gitea.git/hooks/$hook <<-\HOOK &&
		#!/usr/bin/env bash
		data=$(cat)
		hookname=$(basename "$0")
		for hook in "hooks/$hookname.d"/*; do
			test -x "$hook" || continue
			echo "$data" | "$hook" || exit
		done
		HOOK
		printf "#!/bin/sh\nexit 0\n" |
		gm_hook gitea.git/hooks/$hook.d/gitea || return 1
	done &&
	cp gitea.git/hooks/pre-receive theirs &&
	git -C gitea.git migrate init --server >out &&
	gm_says "wrote    hooks/pre-receive.d/git-migrate" out &&
	test_cmp theirs gitea.git/hooks/pre-receive &&
	git -C clone remote add gitea "$PWD/gitea.git" &&
	(cd clone && recorded git push -q gitea main) &&
	grep "ours got: .* refs/heads/main" "$LOG" &&
	git -C gitea.git migrate init --server >out &&
	gm_says "kept     hooks/pre-receive.d/git-migrate" out
'

test_expect_success 'a hook that has to be added by hand: status 1' '
	gm_server left.git &&
	gm_hook left.git/hooks/pre-receive <<-\HOOK &&
	#!/bin/sh
	exec dispatch "${0##*/}"
	HOOK
	cp left.git/hooks/pre-receive theirs &&
	gm_status 1 git -C left.git migrate init --server >out 2>err &&
	gm_says "left     hooks/pre-receive" out &&
	gm_says "git migrate hook pre-receive" out &&
	gm_says "not judged until" err &&
	test_cmp theirs left.git/hooks/pre-receive
'

test_expect_success 'the policy ref can be chosen' '
	gm_server ref.git &&
	git -C ref.git migrate init --server --policy-ref=trunk &&
	test "$(git -C ref.git config migrate.policyRef)" = refs/heads/trunk &&
	git -C ref.git migrate init --server >out &&
	gm_says "kept     migrate.policyRef refs/heads/trunk" out &&
	gm_status 129 git -C ref.git migrate init --server \
		--policy-ref=refs/tags/v1 2>err &&
	gm_status 129 git -C ref.git migrate init --server \
		--policy-ref="refs/heads/a..b"
'

test_expect_success 'an empty repository is told to have no policy' '
	gm_server empty.git &&
	git -C empty.git migrate init --server 2>err &&
	gm_says "holds no policy yet" err &&
	gm_says "no project is pinned" err &&
	test_must_fail git -C empty.git config migrate.project &&
	git -C empty.git migrate init --server --project=till 2>err &&
	gm_silent "no project" err &&
	test "$(git -C empty.git config migrate.project)" = till
'

test_expect_success 'the project of the first policy is pinned afterwards' '
	gm_server first.git &&
	git -C first.git migrate init --server &&
	(cd clone && recorded git push -q ../first.git main) &&
	git -C first.git migrate init --server >out &&
	gm_says "set      migrate.project shop" out
'

test_expect_success 'the project has to be that of the policy' '
	gm_status 128 git -C up.git migrate init --server --project=other 2>err &&
	gm_says "--project=shop" err &&
	gm_server bad.git &&
	gm_status 129 git -C bad.git migrate init --server --project="A b" 2>err
'

test_expect_success 'a policy that does not read stops it before a change' '
	gm_server broken.git &&
	gm_repo breaker &&
	(
		cd breaker && echo "version: x" | gm_write .migrate/policy.yaml &&
		gm_commit "Break" && git push -q ../broken.git main
	) &&
	gm_status 128 git -C broken.git migrate init --server 2>err &&
	gm_says "policy.yaml:1" err &&
	! test -e broken.git/hooks/pre-receive &&
	test_must_fail git -C broken.git config migrate.policyRef
'

test_expect_success 'an existing fsckObjects is kept' '
	gm_server fsck.git &&
	git -C fsck.git config receive.fsckObjects false &&
	git -C fsck.git migrate init --server >out &&
	gm_says "kept     receive.fsckObjects false" out
'

test_done
