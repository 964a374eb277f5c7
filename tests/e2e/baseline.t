#!/bin/sh
test_description='git migrate baseline'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/pg.sh"

gm_pg

test_expect_success 'a repository in the layout of golang-migrate' '
	gm_repo shop && cd shop && mkdir migrations &&
	for n in 1 2 3; do
		echo "CREATE TABLE t$n (id int);" >migrations/00000${n}_t.up.sql &&
		echo "DROP TABLE t$n;" >migrations/00000${n}_t.down.sql || exit 1
	done && gm_commit "Add tables" &&
	gm_sql "CREATE TABLE t1 (id int); CREATE TABLE t2 (id int)"
'

test_expect_success 'without a word from anybody nothing is taken' '
	gm_status 1 git migrate baseline >out &&
	gm_says "the ledger of no other tool is found" out &&
	gm_status 129 git migrate baseline --to 000001_t --from goose 2>err
'

test_expect_success 'what golang-migrate has applied is taken' '
	gm_sql "CREATE TABLE schema_migrations (version bigint, dirty bool);
		INSERT INTO schema_migrations VALUES (2, false)" &&
	gm_status 1 git migrate apply >out &&
	gm_says "000001_t: golang-migrate has applied it, by its ledger" out &&
	gm_says "hint: Take over what it has applied with" out &&
	git migrate baseline -n >out &&
	gm_says "would take 000001_t" out &&
	git migrate baseline --env staging >out &&
	gm_says "by the ledger of golang-migrate, public.schema_migrations" out &&
	gm_says "took 000002_t" out &&
	gm_says "2 taken as applied, 0 before" out &&
	git migrate apply >out &&
	gm_says "applied 000003_t" out &&
	gm_says "1 migration applied, 2 before" out &&
	gm_sql "UPDATE schema_migrations SET version = 4, dirty = true" &&
	echo "CREATE TABLE t4 (id int);" >migrations/000004_t.up.sql &&
	gm_commit "Add t4" &&
	gm_status 1 git migrate apply >out &&
	gm_says "000004_t: golang-migrate failed at it, by its ledger" out &&
	git rm -q migrations/000004_t.up.sql && gm_commit "Drop it again"
'

test_expect_success '--to, and json' '
	git migrate baseline --to 000002_t --format=json >out &&
	gm_says "\"before\": [" out && gm_says "\"from\": null" out &&
	gm_status 128 git migrate baseline --to none 2>err &&
	gm_says "there is no migration" err
'

test_done
