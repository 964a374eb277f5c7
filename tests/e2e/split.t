#!/bin/sh
test_description='git migrate split'
. "$(dirname "$0")/lib.sh"

# shop <dir>: a repository with a policy and one landed commit, inside of it.
shop() {
	gm_repo "$1" && cd "$1" && gm_policy </dev/null &&
	gm_commit "Add the migration policy"
}

# expand <version>_<name>: an expand of its own; contract: the opposite.
expand() {
	echo "CREATE TABLE ${1#*_} (i int);" | gm_write "migrations/$1/up.sql" &&
	echo "DROP TABLE ${1#*_};" | gm_write "migrations/$1/down.sql"
}
contract() {
	echo "DROP TABLE ${1#*_};" | gm_write "migrations/$1/up.sql"
}

# app <text>: change the app.
app() {
	echo "$1" | gm_write app/main.c
}

# subjects <n>: of the last n commits, oldest first.
subjects() {
	git log --reverse --format=%s -n "$1"
}

test_expect_success 'an expand and the app: the migration comes first' '
	(
		shop basic &&
		expand 20261121090000_phone && app one && echo x >docs.md &&
		gm_commit "Keep phone numbers

People asked for it.

Migration-Phase: expand
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>
Feature-Flag: PHONE
Signed-off-by: Ann Lee <ann@example.com>" &&
		git rev-parse HEAD >../old &&
		git migrate split >../out 2>../err &&
		subjects 2
	) >got &&
	cat >want <<-\EOF &&
	Add expand migration 20261121090000_phone
	Keep phone numbers
	EOF
	test_cmp want got &&
	gm_says "Add expand migration 20261121090000_phone" out &&
	gm_says "git reset --soft ORIG_HEAD" out &&
	test_must_be_empty err
'

test_expect_success 'each has its files, and together the same tree' '
	(
		cd basic &&
		git diff-tree -r --no-commit-id --name-only HEAD~1 >../one &&
		git diff-tree -r --no-commit-id --name-only HEAD >../two &&
		git diff --exit-code "$(cat ../old)" HEAD &&
		git status --porcelain >../status &&
		git fsck --strict --no-dangling
	) &&
	printf "%s\n" migrations/20261121090000_phone/down.sql \
		migrations/20261121090000_phone/up.sql >want &&
	test_cmp want one &&
	printf "%s\n" app/main.c docs.md >want &&
	test_cmp want two &&
	test_must_be_empty status
'

test_expect_success 'trailers stand where they belong' '
	(
		cd basic &&
		git log -1 --format="%(trailers:only)" HEAD~1 >../one &&
		git log -1 --format="%(trailers:only)" HEAD >../two &&
		git log -1 --format=%B HEAD >../body
	) &&
	cat >want <<-\EOF &&
	Migration: 20261121090000_phone
	Migration-Phase: expand
	Rollback-Window: 24h
	Rollback-Owner: Ann Lee <ann@example.com>
	Feature-Flag: PHONE
	Signed-off-by: Ann Lee <ann@example.com>

	EOF
	test_cmp want one &&
	cat >want <<-\EOF &&
	Feature-Flag: PHONE
	Signed-off-by: Ann Lee <ann@example.com>
	Migration-Requires: 20261121090000_phone

	EOF
	test_cmp want two &&
	gm_says "People asked for it." body
'

test_expect_success 'the author and the date stay' '
	(
		cd basic &&
		git log -1 --format="%an %ae %ad" "$(cat ../old)" >../want &&
		git log -1 --format="%an %ae %ad" HEAD~1 >../one &&
		git log -1 --format="%an %ae %ad" HEAD >../two
	) &&
	test_cmp want one &&
	test_cmp want two
'

test_expect_success 'ORIG_HEAD brings the old commit back' '
	(
		cd basic &&
		test "$(git rev-parse ORIG_HEAD)" = "$(cat ../old)" &&
		git reflog -1 >../reflog &&
		git reset -q --soft ORIG_HEAD &&
		test "$(git rev-parse HEAD)" = "$(cat ../old)" &&
		git diff --cached --exit-code
	) &&
	gm_says "split:" reflog
'

test_expect_success 'a contract comes after the app, with a word' '
	(
		shop contract &&
		expand 20261121080000_fax && gm_commit "Add fax" &&
		contract 20261121090000_fax && app without-fax &&
		gm_commit "Drop fax

Migration-Phase: contract
Migration-Contracts: 20261121080000_fax
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>" &&
		git migrate split 2>../err &&
		subjects 2 >../got &&
		git log -1 --format="%(trailers:only)" HEAD >../trailers &&
		git log -1 --format=%B HEAD~1 >../app
	) &&
	printf "%s\n" "Drop fax" \
		"Add contract migration 20261121090000_fax" >want &&
	test_cmp want got &&
	gm_says "Migration-Contracts: 20261121080000_fax" trailers &&
	gm_silent Migration app &&
	gm_says "do not push the contract yet" err
'

test_expect_success 'the SQL decides, not the word of the author' '
	(
		shop sql &&
		contract 20261121090000_users && app x &&
		gm_commit "Clean up

Migration-Phase: expand" &&
		git migrate split && subjects 2 >../got
	) &&
	head -n 1 got >first &&
	echo "Clean up" >want &&
	test_cmp want first
'

test_expect_success 'the check is content with the parts of an expand' '
	(cd basic && git migrate split && git migrate check HEAD~2..HEAD)
'

test_expect_success 'expand, app and contract in one commit make three' '
	(
		shop three &&
		expand 20261121090000_new && contract 20261121090001_old &&
		app x &&
		gm_commit "Do it all

Migration: 20261121090000_new
Migration-Phase: expand
Feature-Flag: NEW
Migration: 20261121090001_old
Migration-Phase: contract
Migration-Contracts: 20261121000000_x" &&
		git migrate split && subjects 3 >../got &&
		git log -1 --format="%(trailers:only)" HEAD~2 >../one &&
		git log -1 --format="%(trailers:only)" HEAD >../third
	) &&
	cat >want <<-\EOF &&
	Add expand migration 20261121090000_new
	Do it all
	Add contract migration 20261121090001_old
	EOF
	test_cmp want got &&
	gm_says "Feature-Flag: NEW" one &&
	gm_silent contract one &&
	gm_says "Migration-Contracts: 20261121000000_x" third &&
	gm_silent NEW third
'

test_expect_success 'a change of the policy goes first, alone' '
	(
		shop policy &&
		echo "# more" >>.migrate/policy.yaml &&
		expand 20261121090000_x && app x &&
		gm_commit "Change everything" &&
		git migrate split && subjects 3 >../got &&
		git diff-tree -r --no-commit-id --name-only HEAD~2 >../one
	) &&
	echo .migrate/policy.yaml >want &&
	test_cmp want one &&
	head -n 1 got >first &&
	echo "Change what git-migrate enforces" >want &&
	test_cmp want first
'

test_expect_success 'documentation does not mix a commit' '
	(
		shop neutral && contract 20261121090000_x && echo x >README.md &&
		gm_commit "Drop x" && git rev-parse HEAD >../before &&
		gm_status 1 git migrate split 2>../err &&
		git rev-parse HEAD >../after
	) &&
	test_cmp before after &&
	gm_says "is not mixed" err
'

test_expect_success 'an app commit is not mixed' '
	(shop plain && app x && gm_commit "App" && gm_status 1 git migrate split)
'

test_expect_success 'a root commit can be split' '
	gm_repo root &&
	(
		cd root && expand 20261121090000_x && app x &&
		gm_commit "Start" && git rev-parse HEAD^{tree} >../before &&
		git migrate split && git rev-parse HEAD^{tree} >../after &&
		git rev-list --count HEAD >../count &&
		git fsck --strict --no-dangling
	) &&
	test_cmp before after &&
	test "$(cat count)" = 2
'

test_expect_success 'commits behind it are made again' '
	(
		shop later && expand 20261121090000_x && app x &&
		gm_commit "Mixed" && app y && gm_commit "Second

With a body." &&
		app z && gm_commit "Third" &&
		git rev-parse HEAD^{tree} HEAD~1^{tree} >../before &&
		git log --format="%an %ad %B" -2 >>../before &&
		git migrate split HEAD~2 >../out &&
		git rev-parse HEAD^{tree} HEAD~1^{tree} >../after &&
		git log --format="%an %ad %B" -2 >>../after &&
		subjects 4 >../got
	) &&
	test_cmp before after &&
	gm_says "2 later commits" out &&
	cat >want <<-\EOF &&
	Add expand migration 20261121090000_x
	Mixed
	Second
	Third
	EOF
	test_cmp want got
'

test_expect_success 'a merge is not split, nor what lies below one' '
	(
		shop merge && expand 20261121090000_x && app x &&
		gm_commit "Mixed" &&
		git checkout -q -b side HEAD~1 && echo s >side &&
		gm_commit "Side" && git checkout -q main && gm_tick &&
		git merge -q --no-edit side &&
		gm_status 128 git migrate split 2>../err &&
		gm_says "is a merge" ../err &&
		gm_status 128 git migrate split HEAD^1 2>../err &&
		gm_says "a merge" ../err
	)
'

test_expect_success 'what was pushed is not made again; HEAD is, with a word' '
	gm_server up.git &&
	(
		shop pushed && expand 20261121090000_x && app x &&
		gm_commit "Mixed" &&
		git remote add origin "$PWD/../up.git" &&
		git push -q origin main &&
		app y && gm_commit "Later" &&
		gm_status 128 git migrate split HEAD~1 2>../err &&
		gm_says "refs/remotes/origin/main" ../err &&
		git reset -q --hard HEAD~1 &&
		git migrate split 2>../err &&
		gm_says "force-with-lease" ../err
	)
'

test_expect_success 'a commit elsewhere is refused' '
	(
		cd later && git checkout -q --orphan other && gm_commit "Other" &&
		gm_status 128 git migrate split main &&
		gm_status 128 git migrate split no-such-commit
	)
'

test_expect_success 'on a detached HEAD' '
	(
		shop detached && expand 20261121090000_x && app x &&
		gm_commit "Mixed" && git rev-parse main >../before &&
		git checkout -q --detach && git migrate split &&
		git rev-parse main >../after &&
		git rev-list --count main..HEAD >../count &&
		test_must_fail git symbolic-ref -q HEAD
	) &&
	test_cmp before after &&
	test "$(cat count)" = 2
'

test_expect_success 'staged and unstaged changes stay as they are' '
	(
		shop dirty && expand 20261121090000_x && app x &&
		gm_commit "Mixed" &&
		echo staged >app/staged && git add app/staged &&
		echo unstaged >>app/main.c && echo new >app/untracked &&
		git status --porcelain >../before &&
		git migrate split && git status --porcelain >../after
	) &&
	test_cmp before after
'

test_expect_success 'modes, links, deletions and odd names survive' '
	(
		shop odd && mkdir app && echo a >app/gone && echo b >"app/a b" &&
		echo c >app/dir && gm_commit "Files" &&
		rm app/gone app/dir && mkdir app/dir && echo d >app/dir/file &&
		ln -s main.c app/link && app x && chmod +x app/main.c &&
		printf x >"app/$(printf "\303\251\"q")" &&
		expand 20261121090000_x && gm_commit "Mixed" &&
		git rev-parse HEAD^{tree} >../before &&
		git migrate split && git rev-parse HEAD^{tree} >../after &&
		git status --porcelain >../status
	) &&
	test_cmp before after &&
	test_must_be_empty status
'

test_expect_success 'a lost signature is told' '
	(
		shop signed &&
		ssh-keygen -q -t ed25519 -N "" -f ../key &&
		git config gpg.format ssh &&
		git config user.signingkey "$PWD/../key" &&
		expand 20261121090000_x && app x &&
		gm_commit "Mixed" -S &&
		git migrate split 2>../err
	) &&
	gm_says "1 of the old commits had a signature" err
'

test_expect_success 'an encoding stays' '
	(
		shop encoded && expand 20261121090000_x && app x &&
		git add -A && gm_tick &&
		git -c i18n.commitEncoding=ISO-8859-1 commit -q \
			-m "$(printf "Caf\351")" &&
		git migrate split &&
		git cat-file commit HEAD >../raw
	) &&
	gm_says "encoding ISO-8859-1" raw &&
	LC_ALL=C grep "$(printf "Caf\351")" raw
'

test_expect_success 'the words of the repository go first' '
	(
		shop words &&
		echo "db: {{ids}} ({{subject}})" |
		gm_write .migrate/templates/commit/migration.txt &&
		gm_commit "Word it" &&
		expand 20261121090000_x && app x && gm_commit "Mixed" &&
		git migrate split && subjects 2 >../got
	) &&
	printf "%s\n" "db: 20261121090000_x (Mixed)" Mixed >want &&
	test_cmp want got
'

test_expect_success 'an identity is needed' '
	(
		shop nobody && expand 20261121090000_x && app x &&
		gm_commit "Mixed" && git rev-parse HEAD >../before &&
		git config user.useConfigOnly true &&
		git config --global --unset user.email &&
		gm_status 128 git migrate split 2>../err
		git rev-parse HEAD >../after
	) &&
	git config --global user.email ann@example.com &&
	gm_says "user.email" err &&
	test_cmp before after
'

test_done
