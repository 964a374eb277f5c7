#!/bin/sh
test_description='git migrate apply'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/pg.sh"

gm_pg 'max_prepared_transactions = 5'

# gm_up <id>: standard input as the up SQL of a migration, committed.
gm_up() {
	gm_write "migrations/$1/up.sql" && gm_commit "Add $1"
}

# gm_fresh <dir>: an empty repository and an empty database, both entered.
gm_fresh() {
	cd "$SHARNESS_TRASH_DIRECTORY" && gm_repo "$1" && cd "$1" &&
		PGDATABASE=postgres gm_sql "CREATE DATABASE $1" &&
		PGDATABASE=$1 && export PGDATABASE
}

test_expect_success 'nothing to do in an empty repository' '
	gm_fresh empty &&
	git migrate apply >out 2>err &&
	gm_says "0 migrations applied, 0 before, 0 pending" out &&
	test "$(gm_sql "SELECT to_regnamespace(\$\$git_migrate\$\$) IS NULL")" = t
'

test_expect_success 'what is pending is applied, once' '
	gm_fresh plain &&
	echo "CREATE TABLE a (id bigint PRIMARY KEY, b text);" | gm_up 1_a &&
	echo "ALTER TABLE a ADD c int;" | gm_up 2_b &&
	git migrate apply -n >out &&
	gm_says "would apply 1_a (expand)" out &&
	gm_says "line 1: one transaction, blocks everybody" out &&
	git migrate apply >out 2>err &&
	gm_says "applied 1_a (expand) in" out &&
	gm_says "2 migrations applied, 0 before, 0 pending" out &&
	git migrate apply >out &&
	gm_says "0 migrations applied, 2 before, 0 pending" out &&
	test "$(gm_sql "SELECT string_agg(id || state, \$\$ \$\$ ORDER BY id)
		FROM git_migrate.migration")" = "1_aapplied 2_bapplied"
'

test_expect_success 'json' '
	echo "CREATE INDEX CONCURRENTLY a_b ON a (b);" | gm_up 3_c &&
	git migrate apply --env staging --format=json >out &&
	python3 -c "
import json, sys
r = json.load(open(\"out\"))
assert r[\"answer\"] == \"done\" and r[\"applied\"] == 1, r
assert r[\"env\"] == \"staging\"
m = r[\"migrations\"]
assert [x[\"state\"] for x in m] == [\"done\", \"done\", \"applied\"], m
assert m[2][\"steps\"][0][\"kind\"] == \"alone\", m
assert m[2][\"checkpoint\"][\"name\"].startswith(\"gm:3_c:expand:\"), m
"
'

test_expect_success '--to, and an id that is not there' '
	gm_fresh upto &&
	echo "CREATE TABLE a (id int);" | gm_up 1_a &&
	echo "CREATE TABLE b (id int);" | gm_up 2_b &&
	git migrate apply --to 1_a >out &&
	gm_says "1 migration applied, 0 before, 1 pending" out &&
	gm_status 128 git migrate apply --to 3_c 2>err &&
	gm_says "there is no migration '\''3_c'\''" err
'

test_expect_success 'a statement that fails leaves nothing' '
	gm_fresh fails &&
	printf "CREATE TABLE a (id int);\nSELECT 1 / 0;\n" | gm_up 1_a &&
	gm_status 128 git migrate apply 2>err &&
	gm_says "migrations/1_a/up.sql:2:" err &&
	gm_says "division by zero" err &&
	test "$(gm_sql "SELECT to_regclass(\$\$a\$\$) IS NULL")" = t &&
	test "$(gm_sql "SELECT count(*) FROM git_migrate.migration")" = 0
'

test_expect_success 'what no engine can run is refused before anything runs' '
	gm_fresh refuses &&
	echo "CREATE TABLE a (id int);" | gm_up 1_a &&
	echo "\\i other.sql" | gm_up 2_b &&
	printf "COPY a FROM STDIN;\n1\n\\\\.\n" | gm_up 3_c &&
	printf "SELECT 1;\nCOMMIT;\n" | gm_up 4_d &&
	gm_status 1 git migrate apply >out 2>err &&
	gm_says "migrations/2_b/up.sql:1:1: refused: 2_b: it holds a command of psql" out &&
	gm_says "refused: 3_c: COPY FROM STDIN" out &&
	gm_says "migrations/4_d/up.sql:2:1: refused: 4_d: transactions are" out &&
	test "$(gm_sql "SELECT to_regclass(\$\$a\$\$) IS NULL")" = t
'

test_expect_success 'a migration that was applied must not change' '
	gm_fresh edited &&
	echo "CREATE TABLE a (id int);" | gm_up 1_a &&
	git migrate apply &&
	echo "CREATE TABLE b (id int);" | gm_up 1_a &&
	gm_status 1 git migrate apply >out &&
	gm_says "refused: 1_a: its SQL changed after it was applied" out
'

test_expect_success 'one that comes before what is applied' '
	gm_fresh disorder &&
	echo "CREATE TABLE b (id int);" | gm_up 2_b &&
	git migrate apply &&
	echo "CREATE TABLE a (id int);" | gm_up 1_a &&
	gm_status 1 git migrate apply >out &&
	gm_says "refused: 1_a: '\''2_b'\'', which comes later, is applied" out &&
	git migrate apply --out-of-order
'

test_expect_success 'verify fails: rolled back' '
	gm_fresh verified &&
	echo "SELECT 1 / count(*) FROM a;" |
		gm_write migrations/1_a/verify.sql &&
	echo "CREATE TABLE a (id int);" | gm_up 1_a &&
	gm_status 1 git migrate apply >out &&
	gm_says "migrations/1_a/verify.sql:1:1: refused: 1_a: verify failed" out &&
	gm_says "nothing of the migration is left" out &&
	test "$(gm_sql "SELECT to_regclass(\$\$a\$\$) IS NULL")" = t
'

test_expect_success 'verify fails behind steps: named' '
	gm_fresh verifysteps &&
	gm_sql "CREATE TABLE a (id int)" &&
	echo "SELECT 1 / count(*) FROM a;" |
		gm_write migrations/1_a/verify.sql &&
	echo "CREATE INDEX CONCURRENTLY i ON a (id);" | gm_up 1_a &&
	gm_status 1 git migrate apply >out &&
	gm_says "Its steps stay" out &&
	test "$(gm_sql "SELECT state FROM git_migrate.migration")" = unverified &&
	gm_sql "INSERT INTO a VALUES (1)" &&
	git migrate apply &&
	test "$(gm_sql "SELECT state FROM git_migrate.migration")" = applied
'

test_expect_success 'a backfill' '
	gm_fresh backfills &&
	gm_sql "CREATE TABLE a (id int PRIMARY KEY, b int);
		INSERT INTO a SELECT generate_series(1, 30000)" &&
	printf "%s\n" "-- Migration-Phase: backfill" "UPDATE a SET b = id;" |
		gm_up 1_a &&
	git migrate apply >out 2>err &&
	gm_says "30000 of 30000 rows (100 %)" err &&
	test "$(gm_sql "SELECT count(*) FROM a WHERE b = id")" = 30000 &&
	test "$(gm_sql "SELECT batches > 2 FROM git_migrate.backfill")" = t
'

test_expect_success 'a backfill that cannot be cut, and one run whole' '
	gm_fresh whole &&
	gm_sql "CREATE TABLE a (id int PRIMARY KEY, b int)" &&
	printf "%s\n" "-- Migration-Phase: backfill" \
		"INSERT INTO a SELECT count(*), 1 FROM a;" | gm_up 1_a &&
	gm_status 1 git migrate apply >out &&
	gm_says "migrations/1_a/up.sql:2:1: refused: 1_a: this cannot be done in batches" out &&
	printf "%s\n" "-- Migration-Phase: backfill" \
		"-- migrate: whole one row" \
		"INSERT INTO a SELECT count(*), 1 FROM a;" | gm_up 1_a &&
	git migrate apply &&
	test "$(gm_sql "SELECT count(*) FROM a")" = 1
'

test_expect_success 'a step that failed, and --resume' '
	gm_fresh resumes &&
	gm_sql "CREATE TABLE a (id int); INSERT INTO a VALUES (1), (1)" &&
	echo "CREATE UNIQUE INDEX CONCURRENTLY i ON a (id);" | gm_up 1_a &&
	gm_status 128 git migrate apply 2>err &&
	gm_says "step 1 of 1 (CREATE INDEX)" err &&
	gm_says "git migrate apply --resume" err &&
	test "$(gm_sql "SELECT to_regclass(\$\$i\$\$) IS NULL")" = t &&
	gm_status 1 git migrate apply >out &&
	gm_says "refused: 1_a: it failed: could not create unique index" out &&
	gm_sql "DELETE FROM a" &&
	git migrate apply --resume
'

test_expect_success 'a broken index is not hidden by IF NOT EXISTS' '
	gm_fresh broken &&
	gm_sql "CREATE TABLE a (id int); CREATE INDEX i ON a (id);
		UPDATE pg_index SET indisvalid = false
		WHERE indexrelid = \$\$i\$\$::regclass" &&
	echo "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (id);" |
		gm_up 1_a &&
	git migrate apply 2>err &&
	gm_says "dropped the INVALID index public.i" err &&
	test "$(gm_sql "SELECT indisvalid FROM pg_index
		WHERE indexrelid = \$\$i\$\$::regclass")" = t
'

test_expect_success 'prepared transactions in the way' '
	gm_fresh prepared &&
	gm_sql "CREATE TABLE a (id int)" &&
	psql -X -q -c "BEGIN" -c "INSERT INTO a VALUES (1)" \
		-c "PREPARE TRANSACTION \$\$left\$\$" &&
	echo "ALTER TABLE a ADD b int;" | gm_up 1_a &&
	gm_status 1 git migrate apply >out &&
	gm_says "a prepared transaction, '\''left'\'' of postgres" out &&
	gm_sql "COMMIT PREPARED \$\$left\$\$" &&
	git migrate apply
'

test_expect_success 'a table that is locked: those in the way are named' '
	gm_fresh blocked &&
	gm_sql "CREATE TABLE a (id int)" &&
	echo "ALTER TABLE a ADD b int;" | gm_up 1_a &&
	mkfifo hold && {
		psql -X -q <hold >/dev/null &
	} && gm_held=$! && exec 9>hold &&
	echo "BEGIN; LOCK a IN ROW EXCLUSIVE MODE;" >&9 &&
	until test "$(gm_sql "SELECT count(*) FROM pg_locks
		WHERE mode = \$\$RowExclusiveLock\$\$ AND relation =
		\$\$a\$\$::regclass")" = 1; do :; done &&
	gm_status 128 git migrate apply --patience 1s 2>err &&
	gm_says "blocked: 1_a: process " err &&
	gm_says "LOCK a IN ROW EXCLUSIVE MODE" err &&
	gm_status 128 git migrate apply --patience 1s --redact 2>err &&
	gm_silent "LOCK a IN ROW EXCLUSIVE MODE" err &&
	exec 9>&- && wait $gm_held &&
	git migrate apply
'

test_expect_success 'a migration that hangs' '
	gm_fresh hangs &&
	echo "SELECT pg_sleep(1000);" | gm_up 1_a &&
	gm_status 128 git migrate apply --timeout 1s 2>err &&
	gm_says "statement timeout" err
'

test_expect_success 'a signal ends it cleanly' '
	gm_fresh signals &&
	echo "CREATE TABLE a (id int); SELECT pg_sleep(100);" | gm_up 1_a &&
	for gm_signal in INT TERM; do
		git-migrate apply >out 2>err &
		gm_pid=$! &&
		until test "$(gm_sql "SELECT count(*) FROM pg_stat_activity
			WHERE wait_event = \$\$PgSleep\$\$")" = 1; do :; done &&
		kill -$gm_signal $gm_pid && gm_status 128 wait $gm_pid &&
		gm_says "interrupted" err || return 1
	done &&
	test "$(gm_sql "SELECT to_regclass(\$\$a\$\$) IS NULL")" = t
'

test_expect_success 'WAL is held to a rate' '
	gm_fresh rate &&
	gm_sql "CREATE TABLE a (id int PRIMARY KEY, b int);
		INSERT INTO a SELECT generate_series(1, 40000)" &&
	printf "%s\n" "-- Migration-Phase: backfill" "UPDATE a SET b = id;" |
		gm_up 1_a &&
	gm_status 129 git migrate apply --wal-rate much 2>err &&
	git migrate apply --wal-rate 1 2>err &&
	gm_says "waiting: WAL is written faster than it may be" err
'

test_expect_success 'wrong URIs, and a server that is down' '
	gm_fresh wrong &&
	echo "CREATE TABLE a (id int);" | gm_up 1_a &&
	gm_status 128 git migrate apply --db "postgresql://x:secret@[bad" 2>err &&
	gm_silent secret err &&
	gm_status 128 git migrate apply --db "host=/nowhere" 2>err &&
	gm_says "cannot connect to the database" err &&
	gm_status 128 git migrate apply --db "dbname=missing" 2>err &&
	gm_says "does not exist" err &&
	gm_status 129 git migrate apply --wait soon 2>err
'

test_expect_success 'a server that is read-only' '
	gm_sql "ALTER DATABASE wrong SET default_transaction_read_only = on" &&
	gm_status 1 git migrate apply >out &&
	gm_says "the session is read-only" out &&
	PGDATABASE=postgres && gm_sql \
		"ALTER DATABASE wrong RESET default_transaction_read_only"
'

test_expect_success 'a role without rights' '
	PGDATABASE=wrong && gm_sql "CREATE ROLE poor LOGIN" &&
	gm_status 128 git migrate apply --db "user=poor" 2>err &&
	gm_says "connect as a role that may create it" err
'

test_expect_success 'no connection is left' '
	gm_fresh crowded &&
	echo "CREATE TABLE a (id int);" | gm_up 1_a &&
	gm_sql "ALTER ROLE poor CONNECTION LIMIT 0" &&
	gm_status 128 git migrate apply --db "user=poor" 2>err &&
	gm_says "too many connections" err
'

test_expect_success 'two to eight at once' '
	gm_fresh several &&
	for n in 1 2 3 4 5 6; do
		echo "CREATE TABLE t$n (id int); SELECT pg_sleep(0.1);" |
			gm_write migrations/${n}_t/up.sql || exit 1
	done && gm_commit "Add tables" &&
	pids= &&
	for i in 1 2 3 4 5 6 7 8; do
		{
			git migrate apply >out.$i 2>err.$i
			echo $? >status.$i
		} &
		pids="$pids $!"
	done && wait $pids &&
	cat status.* | sort -u >statuses && echo 0 >want &&
	test_cmp want statuses &&
	test "$(sed -n "s/.*: \([0-9]*\) migrations* applied,.*/\1/p" out.* |
		awk "{ n += \$1 } END { print n }")" = 6 &&
	cat err.* >all &&
	gm_says "waiting: another apply runs here: process" all
'

test_expect_success 'the configuration names the database of an environment' '
	gm_fresh configured &&
	echo "CREATE TABLE a (id int);" | gm_up 1_a &&
	git config migrate.staging.url "host=$PGHOST dbname=configured" &&
	PGDATABASE=none PGHOST=/nowhere git migrate apply --env staging &&
	test "$(gm_sql "SELECT env FROM git_migrate.migration")" = staging
'

test_done
