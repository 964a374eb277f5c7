#!/bin/sh
test_description='git migrate status'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/overview.sh"

test_expect_success 'a repository without commits' '
	gm_repo empty &&
	git -C empty migrate status >out 2>err &&
	test_must_be_empty err &&
	cat >want <<-\EOF &&
	On refs/heads/main, which has no commit yet
	0 migrations
	EOF
	test_cmp want out
'

test_expect_success 'counts, windows and contracts' '
	gm_shop shop &&
	git -C shop migrate status >out 2>err &&
	test_must_be_empty err &&
	cat >want <<-EOF &&
	On refs/heads/main at $(git -C shop rev-parse --short=8 HEAD), project shop
	3 migrations: 1 expand, 1 backfill, 1 contract, 0 neutral; 1 landed, 0 upstream, 2 pending

	Pending:
	    20261110_fill_email  backfill
	    20261120_drop_mail   contract

	Open rollback windows:
	    20261101_add_email   until 2026-11-22T10:00:00Z (1 day left)  Ann Lee <ann@example.com>

	Contracts:
	    20261120_drop_mail   allowed from 2026-11-22T10:00:00Z (closes 20261101_add_email)
	EOF
	test_cmp want out
'

test_expect_success 'a window ends' '
	GIT_MIGRATE_NOW=2026-11-22T10:00:00Z git -C shop migrate status >out &&
	gm_silent "Open rollback windows" out &&
	gm_says "allowed since 2026-11-22T10:00:00Z" out
'

test_expect_success 'json says the same' '
	git -C shop migrate status --format=json >out &&
	gm_says "\"pending\": 2" out &&
	gm_says "\"allowed\": false" out &&
	gm_says "\"allowed_at\": \"2026-11-22T10:00:00Z\"" out &&
	gm_says "\"owner\": \"Ann Lee <ann@example.com>\"" out
'

test_expect_success 'a contract whose expand has not landed is not allowed' '
	git clone -q shop clone &&
	( cd clone &&
	echo "ALTER TABLE a ADD b int;" | gm_write migrations/20261121_b/up.sql &&
	gm_commit "Add

Migration-Phase: expand" &&
	echo "ALTER TABLE a DROP c;" | gm_write migrations/20261122_c/up.sql &&
	gm_commit "Drop

Migration-Phase: contract
Migration-Contracts: 20261121_b" &&
	echo "ALTER TABLE a DROP d;" | gm_write migrations/20261123_d/up.sql &&
	gm_commit "Drop more

Migration-Phase: contract" &&
	echo "ALTER TABLE a DROP e;" | gm_write migrations/20261124_e/up.sql &&
	gm_commit "Drop even more

Migration-Phase: contract
Migration-Contracts: 20261101_nothing" &&
	echo "ALTER TABLE a DROP f;" | gm_write migrations/20261125_f/up.sql &&
	gm_commit "Drop all

Migration-Phase: contract
Migration-Contracts: 20261101_add_email" &&
	git migrate status ) >out 2>err &&
	grep "20261122_c  *not allowed: .20261121_b. has not landed" out &&
	grep "20261123_d  *not allowed: it names no expand" out &&
	grep "20261124_e  *not allowed: there is no .20261101_nothing." out &&
	grep "20261125_f  *not allowed: it is not known when .20261101_add_email. landed" out
'

test_expect_success 'a clone without records is told how to get them' '
	gm_says "git fetch" err &&
	gm_says "refs/notes/migrate/landed" err
'

test_expect_success 'bare, detached, and another commit' '
	git clone -q --mirror shop bare.git &&
	git -C bare.git migrate status >got &&
	git -C shop migrate status >want &&
	test_cmp want got &&
	git -C shop migrate status HEAD~1 >out &&
	gm_says "At $(git -C shop rev-parse --short=8 HEAD~1), project shop" out &&
	gm_says "2 migrations: " out &&
	git -C shop checkout -q --detach &&
	git -C shop migrate status >out &&
	gm_says "At $(git -C shop rev-parse --short=8 HEAD), project shop" out
'

test_expect_success 'damaged records are an error, not an answer' '
	git -C shop checkout -q main &&
	git -C shop notes --ref=migrate/landed append -m "gm1 landed nonsense" \
		HEAD:migrations/20261101_add_email/up.sql &&
	gm_status 128 git -C shop migrate status >out 2>err &&
	gm_says "error: " err
'

test_done
