#!/bin/sh
test_description='git migrate apply asks for approvals again'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/pg.sh"

gm_pg
drop=20261120_drop_mail

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

test_expect_success 'it waits for those of an environment' '
	( cd deploy && gm_status 1 git migrate apply >../out 2>../err ) &&
	gm_says "applied 20261101_add_email" out &&
	gm_says "refused: $drop: the policy asks for approvals to run it" out &&
	( cd deploy && gm_status 1 git migrate apply -n --env staging >../out ) &&
	gm_says "asks for approvals to run it in staging: missing 1 dba, 1 app-owner" out &&
	gm_says "git migrate approve $drop --env staging" out &&
	test "$(gm_sql "SELECT count(*) FROM pg_attribute WHERE attname = \$\$mail\$\$")" = 1
'

test_expect_success 'an environment that is not in the policy' '
	( cd deploy && gm_status 128 git migrate apply --env stagin 2>../err ) &&
	gm_says "there is no environment '\''stagin'\''" err &&
	gm_says "Did you mean '\''staging'\''?" err
'

test_expect_success 'those of another environment do not count' '
	for who in ann bob; do
		at $who git fetch -q &&
		at $who git migrate approve $drop --at origin/main -y \
			--env production --push >out || return 1
	done &&
	( cd deploy && git fetch -q && gm_status 1 git migrate apply \
		--env staging >../out ) &&
	gm_says "missing 1 dba, 1 app-owner" out
'

test_expect_success 'with them it runs' '
	for who in ann bob; do
		at $who git migrate approve $drop --at origin/main -y \
			--env staging --push >out || return 1
	done &&
	( cd deploy && git fetch -q && git migrate apply --env staging >../out ) &&
	gm_says "applied $drop (contract)" out &&
	test "$(gm_sql "SELECT count(*) FROM pg_attribute WHERE attname = \$\$mail\$\$")" = 0 &&
	test "$(gm_sql "SELECT env FROM git_migrate.migration WHERE id = \$\$$drop\$\$")" = staging
'

test_done
