#!/bin/sh
test_description='git migrate apply is killed, cut off and lost at each step

Each case breaks every GM_FAULT_STEP-th request of an apply in one way, and
has the next apply finish it.  With GM_FAULT_STEP=1 that is all of them.'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/pg.sh"

if ! command -v python3 >/dev/null; then
	skip_all='python3 is needed for the proxy'
	test_done
fi
gm_pg
: "${GM_FAULT_STEP:=6}"

gm_up() {
	gm_write "migrations/$1/up.sql" && gm_commit "Add $1"
}

# gm_break <scenario> <when> <what>
gm_break() {
	( cd "$SHARNESS_TRASH_DIRECTORY/$1" && python3 "$gm_e2e/faults.py" "$@" "$GM_FAULT_STEP" ) >log
	gm_result=$?
	sed -n 's/ points of .*//p' log >>"$SHARNESS_TRASH_DIRECTORY/points"
	sed 's/^/# /' log
	return $gm_result
}

test_expect_success 'migrations that are transactions' '
	cd "$SHARNESS_TRASH_DIRECTORY" && gm_repo transactional && cd transactional &&
	gm_sql "CREATE DATABASE transactional" &&
	PGDATABASE=transactional gm_sql "CREATE TABLE counter (n int);
		INSERT INTO counter VALUES (0)" &&
	echo "CREATE TABLE a (id int PRIMARY KEY);
		UPDATE counter SET n = n + 1;" | gm_up 1_a &&
	echo "SELECT 1 / count(*) FROM counter;" |
		gm_write migrations/2_b/verify.sql &&
	echo "CREATE TABLE b (id int REFERENCES a);
		UPDATE counter SET n = n + 2;" | gm_up 2_b
'

test_expect_success 'a migration in steps' '
	cd "$SHARNESS_TRASH_DIRECTORY" && gm_repo stepwise && cd stepwise &&
	gm_sql "CREATE DATABASE stepwise" &&
	PGDATABASE=stepwise gm_sql "CREATE TABLE counter (n int);
		INSERT INTO counter VALUES (0); CREATE TABLE a (id int, b int);
		INSERT INTO a SELECT i, i FROM generate_series(1, 100) i;
		CREATE INDEX old ON a (id, b);
		CREATE TYPE t AS ENUM (\$\$x\$\$); CREATE TABLE e (v t)" &&
	cat <<-\SQL | gm_up 1_a
	-- migrate: steps a test of them
	CREATE UNIQUE INDEX CONCURRENTLY i ON a (id);
	UPDATE counter SET n = n + 1;
	CREATE INDEX CONCURRENTLY IF NOT EXISTS j ON a (lower(b::text)) WHERE b > 3;
	DROP INDEX CONCURRENTLY old;
	ALTER TYPE t ADD VALUE '\''new'\'';
	INSERT INTO e VALUES ('\''new'\'');
	REINDEX TABLE CONCURRENTLY a;
	UPDATE counter SET n = n + 1;
	CREATE INDEX CONCURRENTLY k ON a (b);
	SQL
'

test_expect_success 'a backfill' '
	cd "$SHARNESS_TRASH_DIRECTORY" && gm_repo backfill && cd backfill &&
	gm_sql "CREATE DATABASE backfill" &&
	PGDATABASE=backfill gm_sql "
		CREATE TABLE a (id int PRIMARY KEY, n int NOT NULL);
		INSERT INTO a SELECT i, 0 FROM generate_series(1, 5000) i;
		CREATE TABLE old (id int PRIMARY KEY);
		INSERT INTO old SELECT generate_series(1, 3000);
		CREATE TABLE copy (id int)" &&
	printf "%s\n" "-- Migration-Phase: backfill" \
		"UPDATE a SET n = n + 1;" \
		"INSERT INTO copy SELECT id FROM a;" \
		"DELETE FROM old WHERE id % 2 = 0;" | gm_up 1_a
'

for gm_scenario in transactional stepwise backfill; do
	for gm_when in before after; do
		for gm_what in client server cut; do
			test_expect_success "$gm_scenario: $gm_what, $gm_when" "
				gm_break $gm_scenario $gm_when $gm_what
			"
		done
	done
done

test_expect_success 'that was enough' '
	test "$(awk "{ n += \$1 } END { print n }" \
		"$SHARNESS_TRASH_DIRECTORY/points")" -ge \
		$((1200 / GM_FAULT_STEP))
'

test_done
