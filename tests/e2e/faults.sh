# tests/e2e/faults.sh: what the tests of broken applies share.
#
# gm_faults: a server, a repository and a database for each scenario of
# faults.py.
# gm_break <argument of faults.py>...: break it; the number of points goes into
# the file `points`.
# gm_enough <n>: were there at least so many?
# shellcheck shell=sh
. "$gm_e2e/pg.sh"

if ! command -v python3 >/dev/null; then
	skip_all='python3 is needed for the proxy'
	test_done
fi

# gm_scenario <name> <up SQL of 1_a>: and what its database holds before on
# standard input.
gm_scenario() {
	cd "$SHARNESS_TRASH_DIRECTORY" && gm_repo "$1" && cd "$1" &&
		gm_sql "CREATE DATABASE $1" && cat >setup.sql &&
		printf '%s\n' "$2" | gm_write migrations/1_a/up.sql
}

gm_transactional() {
	gm_scenario transactional 'CREATE TABLE a (id int PRIMARY KEY);
		UPDATE counter SET n = n + 1;' <<-\SQL &&
	CREATE TABLE counter (n int);
	INSERT INTO counter VALUES (0);
	SQL
		gm_write migrations/2_b/up.sql <<-\SQL &&
	CREATE TABLE b (id int REFERENCES a);
	UPDATE counter SET n = n + 2;
	SQL
		echo "SELECT 1 / count(*) FROM counter;" |
		gm_write migrations/2_b/verify.sql && gm_commit "Add tables"
}

gm_stepwise() {
	gm_scenario stepwise "-- migrate: steps a test of them
		CREATE UNIQUE INDEX CONCURRENTLY i ON a (id);
		UPDATE counter SET n = n + 1;
		CREATE INDEX CONCURRENTLY IF NOT EXISTS j ON a (lower(b::text))
			WHERE b > 3;
		DROP INDEX CONCURRENTLY old;
		ALTER TYPE t ADD VALUE 'new';
		INSERT INTO e VALUES ('new');
		REINDEX TABLE CONCURRENTLY a;
		UPDATE counter SET n = n + 1;
		CREATE INDEX CONCURRENTLY k ON a (b);" <<-\SQL &&
	CREATE TABLE counter (n int);
	INSERT INTO counter VALUES (0);
	CREATE TABLE a (id int, b int);
	INSERT INTO a SELECT i, i FROM generate_series(1, 100) i;
	CREATE INDEX old ON a (id, b);
	CREATE TYPE t AS ENUM ('x');
	CREATE TABLE e (v t);
	SQL
		gm_commit "Add steps"
}

gm_backfill() {
	gm_scenario backfill "-- Migration-Phase: backfill
UPDATE a SET n = n + 1;
INSERT INTO copy SELECT id FROM a;
DELETE FROM old WHERE id % 2 = 0;" <<-\SQL &&
	CREATE TABLE a (id int PRIMARY KEY, n int NOT NULL);
	INSERT INTO a SELECT i, 0 FROM generate_series(1, 5000) i;
	CREATE TABLE old (id int PRIMARY KEY);
	INSERT INTO old SELECT generate_series(1, 3000);
	CREATE TABLE copy (id int);
	SQL
		gm_commit "Add a backfill"
}

gm_faults() {
	gm_pg 'shared_buffers = 8MB' 'autovacuum = off' \
		'full_page_writes = off' &&
		gm_transactional && gm_stepwise && gm_backfill
}

gm_break() {
	( cd "$SHARNESS_TRASH_DIRECTORY" && python3 "$gm_e2e/faults.py" "$@" ) >log
	gm_result=$?
	sed -n 's/ points of .*//p' log >>"$SHARNESS_TRASH_DIRECTORY/points"
	sed 's/^/# /' log
	return $gm_result
}

gm_enough() {
	gm_points=$(awk '{ n += $1 } END { print n }' \
		"$SHARNESS_TRASH_DIRECTORY/points")
	echo "$gm_points points"
	test "$gm_points" -ge "$1"
}
