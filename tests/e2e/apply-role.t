#!/bin/sh
test_description='git migrate apply as a role that is no superuser'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/pg.sh"

gm_pg

gm_up() {
	gm_write "migrations/$1/up.sql" && gm_commit "Add $1"
}

gm_super() {
	PGUSER=postgres gm_sql "$1"
}

# gm_fresh <dir>: as the role deploy, which may make things, in a database.
gm_fresh() {
	cd "$SHARNESS_TRASH_DIRECTORY" && gm_repo "$1" && cd "$1" &&
		PGDATABASE=postgres gm_super "CREATE DATABASE $1" &&
		PGDATABASE=$1 PGUSER=deploy && export PGDATABASE PGUSER &&
		gm_super "GRANT CREATE ON DATABASE $1 TO deploy;
			REVOKE TEMP ON DATABASE $1 FROM PUBLIC;
			GRANT CREATE ON SCHEMA public TO deploy, owner"
}

test_expect_success 'roles' '
	gm_sql "CREATE ROLE owner; CREATE ROLE deploy LOGIN NOINHERIT
		IN ROLE owner"
'

test_expect_success 'indexes' '
	gm_fresh indexes &&
	echo "CREATE TABLE a (id int PRIMARY KEY);" | gm_up 1_a &&
	echo "CREATE INDEX i ON a (id);" | gm_up 2_b &&
	echo "CREATE INDEX CONCURRENTLY IF NOT EXISTS k ON a (id);" |
		gm_up 3_c &&
	git migrate apply >out 2>err &&
	gm_says "3 migrations applied" out &&
	gm_says "no restore point can be written: role deploy may not" err
'

test_expect_success 'a catalog that it may not read stops nobody' '
	gm_super "REVOKE SELECT ON pg_cast FROM PUBLIC" &&
	echo "CREATE TABLE d (id int);" | gm_up 4_d &&
	git migrate apply >out 2>err &&
	gm_says "1 migration applied" out &&
	gm_says "note: what was changed since the last apply cannot be seen" err
'

test_expect_success 'no policy hides rows, unless the file wants it' '
	gm_fresh policies &&
	gm_sql "CREATE TABLE a (id int PRIMARY KEY, b int);
		INSERT INTO a SELECT generate_series(1, 10);
		ALTER TABLE a ENABLE ROW LEVEL SECURITY;
		ALTER TABLE a FORCE ROW LEVEL SECURITY;
		CREATE POLICY p ON a USING (id > 5)" &&
	printf "%s\n" "-- Migration-Phase: backfill" "UPDATE a SET b = id;" |
		gm_up 1_a &&
	gm_status 128 git migrate apply 2>err &&
	gm_says "affected by row-level security policy for table \"a\"" err &&
	printf "%s\n" "-- Migration-Phase: backfill" \
		"SET row_security = on;" "UPDATE a SET b = id;" | gm_up 1_a &&
	git migrate apply --resume &&
	test "$(gm_super "SELECT count(*) FROM a WHERE b = id")" = 5
'

test_expect_success 'a backfill beside somebody who receives WAL' '
	gm_fresh received &&
	gm_sql "CREATE TABLE a (id int PRIMARY KEY, b int);
		INSERT INTO a SELECT generate_series(1, 3000)" &&
	printf "%s\n" "-- Migration-Phase: backfill" "UPDATE a SET b = id;" |
		gm_up 1_a &&
	mkdir wal &&
	{ "$gm_pg_bin/pg_receivewal" -D wal -U postgres >receiver 2>&1 & } &&
	gm_receiver=$! &&
	test_when_finished "kill $gm_receiver; wait $gm_receiver || :" &&
	until test "$(gm_super "SELECT state FROM pg_stat_replication")" = \
		streaming
	do
		kill -0 $gm_receiver || return 1
		sleep 0.1
	done &&
	timeout 60 git migrate apply 2>err &&
	gm_says "role deploy may not see how far standbys are behind" err &&
	test "$(gm_sql "SELECT count(*) FROM a WHERE b = id")" = 3000
'

test_done
