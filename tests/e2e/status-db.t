#!/bin/sh
test_description='git migrate status --db'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/pg.sh"

gm_pg

test_expect_success 'a repository and a database' '
	gm_repo shop && cd shop &&
	echo "CREATE TABLE a (b int);" | gm_write migrations/1_a/up.sql &&
	echo "CREATE TABLE c (d int);" | gm_write migrations/2_b/up.sql &&
	gm_commit "Add tables" &&
	git migrate status --db "" >out &&
	gm_says "no ledger yet; 0 applied, 2 pending, 0 half-done" out &&
	git migrate apply --to 1_a &&
	git migrate status --db "dbname=postgres" >out &&
	gm_says "1 applied, 1 pending, 0 half-done" out &&
	gm_says "2 migrations:" out
'

test_expect_success 'drift, by object' '
	gm_sql "ALTER TABLE a ADD hidden text" &&
	git migrate status --db "" >out &&
	gm_says "Changed since the last apply, by something else:" out &&
	gm_says "column public.a.hidden  added" out &&
	git migrate status --db "" --format=json >out &&
	python3 -c "
import json
d = json.load(open(\"out\"))[\"database\"]
assert d[\"drift\"] == [{\"object\": \"column public.a.hidden\", \"change\": \"added\"}], d
assert d[\"states\"][\"pending\"] == 1 and d[\"clean\"] is False, d
"
'

test_expect_success 'half-done steps, and what the catalog shows' '
	gm_sql "INSERT INTO a VALUES (1), (1)" &&
	echo "CREATE UNIQUE INDEX CONCURRENTLY i ON a (b);" |
		gm_write migrations/3_c/up.sql && gm_commit "Add an index" &&
	gm_status 128 git migrate apply &&
	git migrate status --db "" >out &&
	gm_says "3_c  failed since" out &&
	gm_says "step 1 of 1, line 1: CREATE INDEX failed: could not create" out &&
	gm_says "index i is not there" out &&
	gm_says "git migrate apply --resume" out
'

test_expect_success 'a changed migration, and one of another revision' '
	echo "CREATE TABLE a (b bigint);" | gm_write migrations/1_a/up.sql &&
	git rm -q -r migrations/2_b && gm_commit "Change things" &&
	git migrate status --db "" >out &&
	gm_says "Changed here since they were applied:" out &&
	gm_says "In the database, but not in this revision:" out
'

test_expect_success 'other tools, and no database' '
	gm_sql "CREATE TABLE __diesel_schema_migrations (version text,
		run_on timestamp)" &&
	git migrate status --db "" >out &&
	gm_says "Diesel  public.__diesel_schema_migrations: nothing" out &&
	gm_status 128 git migrate status --db "host=/nowhere" 2>err &&
	gm_says "cannot connect" err &&
	gm_status 128 git migrate status --env none 2>err &&
	gm_says "migrate.none.url is not set" err
'

test_done
