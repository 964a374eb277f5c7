#!/bin/sh
test_description='git migrate bundle, and apply --bundle'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/pg.sh"

gm_pg
expand=20261101_add_email
drop=20261120_drop_mail

# Where no repository is found.
away() (
	mkdir -p "$gm_base/away" && cd "$gm_base/away" && "$@"
)

test_expect_success 'a contract that has landed' '
	gm_shop &&
	gm_sql "CREATE TABLE users (id int PRIMARY KEY, mail text)" &&
	( cd eve && git checkout -q -b topic &&
	as eve gm_contract $drop 20261101_add_email \
		"ALTER TABLE users DROP mail;" &&
	as eve git push -q origin topic ) &&
	for who in ann bob; do
		at $who git fetch -q &&
		at $who git migrate approve $drop --at origin/topic -y \
			--push >out || return 1
	done &&
	at eve git push -q --no-verify origin topic:main 2>err &&
	git clone -q server.git deploy && (
	cd deploy &&
	git config --add remote.origin.fetch \
		"refs/notes/migrate/*:refs/notes/migrate/*" &&
	git fetch -q )
'

test_expect_success 'bundles are written' '
	( cd deploy && git migrate bundle $expand -o ../expand >../out &&
	git migrate bundle $drop -o ../drop ) &&
	gm_says "$expand sha256:" out &&
	test -f expand/up.sql && test -f expand/down.sql &&
	test -f drop/policy.yaml && test -f drop/allowed_signers &&
	grep -q "^gm1 approve " drop/records &&
	gm_says "after $expand" drop/manifest &&
	gm_status 129 git -C deploy migrate bundle $drop 2>err &&
	gm_status 128 git -C deploy migrate bundle none -o x 2>err
'

test_expect_success 'what stands before it comes first' '
	away gm_status 1 git migrate apply --bundle "$PWD/drop" \
		--env staging >out &&
	gm_says "'\''$expand'\'', which comes before it, is not applied" out &&
	away git migrate apply --bundle "$PWD/expand" --env staging >out &&
	gm_says "applied $expand" out
'

test_expect_success 'approvals to run it are in it, or not' '
	away gm_status 1 git migrate apply --bundle "$PWD/drop" >out &&
	gm_says "Say with --env" out &&
	away gm_status 1 git migrate apply --bundle "$PWD/drop" \
		--env staging >out &&
	gm_says "the policy of the bundle asks for approvals to run it in staging: missing 1 dba, 1 app-owner" out &&
	away gm_status 128 git migrate apply --bundle "$PWD/drop" \
		--env nowhere 2>err &&
	gm_says "there is no environment '\''nowhere'\''" err
'

test_expect_success 'one changed byte loses them' '
	cp -r drop changed && echo "-- x" >>changed/up.sql &&
	away gm_status 128 git migrate apply --bundle "$PWD/changed" \
		--env staging 2>err &&
	gm_says "not the file that was bundled" err &&
	cp -r drop changed2 && echo "garbage" >>changed2/records &&
	away gm_status 128 git migrate apply --bundle "$PWD/changed2" \
		--env staging 2>err &&
	away gm_status 128 git migrate apply --bundle "$PWD/none" 2>err &&
	gm_says "git migrate bundle <id> -o <dir>" err
'

test_expect_success 'with them it runs, without a repository' '
	for who in ann bob; do
		at $who git fetch -q &&
		at $who git migrate approve $drop --at origin/main -y \
			--env staging --push >out || return 1
	done &&
	( cd deploy && git fetch -q && git migrate bundle $drop -o ../drop ) &&
	away gm_status 129 git migrate apply --bundle "$PWD/drop" HEAD 2>err &&
	away git migrate apply --bundle "$PWD/drop" --env staging >out &&
	gm_says "applied $drop (contract)" out &&
	test "$(gm_sql "SELECT count(*) FROM pg_attribute WHERE attname = \$\$mail\$\$")" = 0 &&
	away git migrate apply --bundle "$PWD/drop" --env staging >out &&
	gm_says "0 migrations applied, 1 before" out
'

test_expect_success 'a signature that was forged does not count' '
	sed "s/role=dba/role=app-owner/" drop/records >forged &&
	cp -r drop bad && cp forged bad/records &&
	sha=$(sha256sum <bad/records | cut -d" " -f1) &&
	sed "s/^part [0-9a-f]* records/part $sha records/" \
		drop/manifest >bad/manifest &&
	gm_sql "DELETE FROM git_migrate.step; DELETE FROM
		git_migrate.migration WHERE id = \$\$$drop\$\$" &&
	away gm_status 1 git migrate apply -n --bundle "$PWD/bad" \
		--env staging >out &&
	gm_says "missing 1 dba" out
'

test_expect_success 'threat 94: the environment of a Job, changed by hand' '
	away gm_status 1 git migrate apply -n --bundle "$PWD/drop" \
		--env production >out &&
	gm_says "approvals to run it in production: missing 1 dba, 1 app-owner" out
'

test_done
