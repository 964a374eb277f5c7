#!/bin/sh
test_description='git migrate apply, status and drill on PostgreSQL 18

GM_PG18 names the directory of its programs.'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/pg.sh"

GM_PG_BIN=${GM_PG18:-/usr/lib/postgresql/18/bin}
if ! test -x "$GM_PG_BIN/initdb"; then
	skip_all='there is no PostgreSQL 18: GM_PG18 names no directory with it'
	test_done
fi
gm_pg

gm_up() {
	gm_write "migrations/$1/up.sql" && gm_commit "Add $1"
}

# gm_is <value> <query>
gm_is() {
	gm_value=$(gm_sql "$2")
	test "$gm_value" = "$1" || { echo "'$gm_value' from $2" && return 1; }
}

test_expect_success 'it is that one' '
	gm_is t "SELECT current_setting(\$\$server_version_num\$\$)::int >= 180000"
'

test_expect_success 'a transaction, with verify SQL' '
	gm_repo shop && cd shop &&
	echo "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL,
		c int GENERATED ALWAYS AS (b * 2));
		INSERT INTO a (id, b) SELECT i, i FROM generate_series(1, 5000) i;" |
		gm_up 1_a &&
	echo "SELECT 1 / count(*) FROM a;" | gm_write migrations/1_a/verify.sql &&
	git add -A && git commit -q --amend --no-edit &&
	git migrate apply -n >out && gm_says "would apply 1_a (" out &&
	git migrate apply >out && gm_says "applied 1_a (" out
'

test_expect_success 'a concurrent index' '
	echo "CREATE INDEX CONCURRENTLY i ON a (b);" | gm_up 2_i &&
	git migrate apply &&
	gm_is t "SELECT indisvalid FROM pg_index
		WHERE indexrelid = \$\$i\$\$::regclass"
'

test_expect_success 'a step that failed, and --resume' '
	gm_sql "INSERT INTO a (id, b) VALUES (5001, 1)" &&
	echo "CREATE UNIQUE INDEX CONCURRENTLY u ON a (b);" | gm_up 3_u &&
	gm_status 128 git migrate apply 2>err &&
	gm_says "git migrate apply --resume" err &&
	gm_is t "SELECT to_regclass(\$\$u\$\$) IS NULL" &&
	gm_sql "DELETE FROM a WHERE id = 5001" &&
	git migrate apply --resume
'

test_expect_success 'a backfill' '
	printf "%s\n" "-- Migration-Phase: backfill" "UPDATE a SET b = b + 5000;" |
		gm_up 4_f &&
	git migrate apply &&
	gm_is "5000 5001 10000" \
		"SELECT count(*) || \$\$ \$\$ || min(b) || \$\$ \$\$ || max(b) FROM a"
'

test_expect_success 'time-outs of the database cut nothing' '
	gm_sql "ALTER DATABASE postgres SET transaction_timeout = 2000" &&
	test_when_finished "gm_sql \"ALTER DATABASE postgres RESET transaction_timeout\"" &&
	printf "%s\n" "CREATE TABLE t (id int);" "SELECT pg_sleep(2.5);" |
		gm_up 5_t &&
	printf "%s\n" "-- migrate: steps for the time" "SELECT pg_sleep(2.5);" \
		"CREATE INDEX CONCURRENTLY j ON t (id);" | gm_up 6_s &&
	git migrate apply
'

test_expect_success 'one that the file sets is a failure, and not tried again' '
	printf "%s\n" "SET LOCAL transaction_timeout = 200;" \
		"CREATE TABLE v (id int);" "SELECT pg_sleep(60);" | gm_up 7_v &&
	gm_status 128 git migrate apply 2>err &&
	gm_says "transaction timeout" err &&
	gm_silent "connecting again" err &&
	gm_is 1 "SELECT count(*) FROM git_migrate.event
		WHERE migration = \$\$7_v\$\$ AND kind = \$\$failed\$\$" &&
	git reset -q --hard HEAD^
'

test_expect_success 'status, and drift' '
	git migrate status --db "" >out && gm_says "4_f" out &&
	gm_silent "Changed since the last apply" out &&
	gm_sql "ALTER TABLE t ADD u int" &&
	git migrate status --db "" >out &&
	gm_says "column public.t.u  added" out
'

test_expect_success 'a drill' '
	git migrate drill 1_a --pg-bin "$GM_PG_BIN" >out &&
	gm_says "18." out
'

test_done
