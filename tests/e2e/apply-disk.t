#!/bin/sh
test_description='git migrate apply when the disk of the server is full

Its files cannot grow beyond a limit, which is as good as a full disk.'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/pg.sh"

gm_pg

# gm_disk <blocks>: start it again with so much room for each file.
gm_disk() {
	gm_pg_stop && (ulimit -f "$1" && gm_pg_again)
}

gm_up() {
	gm_write "migrations/$1/up.sql" && gm_commit "Add $1"
}

test_expect_success 'a migration that is one transaction leaves nothing' '
	gm_repo shop && cd shop &&
	echo "CREATE TABLE a AS SELECT i, repeat(\$\$x\$\$, 100) AS t
		FROM generate_series(1, 300000) i;" | gm_up 1_a &&
	gm_disk 13000 &&
	gm_status 128 git migrate apply 2>err &&
	gm_says "could not extend file" err &&
	test "$(gm_sql "SELECT to_regclass(\$\$a\$\$) IS NULL")" = t &&
	test "$(gm_sql "SELECT count(*) FROM git_migrate.migration")" = 0 &&
	test "$(gm_sql "SELECT count(*) FROM git_migrate.event
		WHERE kind = \$\$failed\$\$")" = 1
'

test_expect_success 'a backfill keeps what it has done' '
	gm_sql "CREATE TABLE a (id int PRIMARY KEY, t text) WITH
		(autovacuum_enabled = off); INSERT INTO a
		SELECT i, repeat(\$\$x\$\$, 100) FROM generate_series(1, 40000) i" &&
	printf "%s\n" "-- Migration-Phase: backfill" \
		"UPDATE a SET t = repeat(t, 2);" | gm_up 1_a &&
	gm_status 128 git migrate apply 2>err &&
	gm_says "could not extend file" err &&
	gm_says "git migrate apply --resume" err &&
	test "$(gm_sql "SELECT rows > 0 AND rows < 40000 AND rows =
		(SELECT count(*) FROM a WHERE length(t) = 200)
		FROM git_migrate.backfill")" = t
'

test_expect_success 'and goes on when there is room' '
	gm_disk unlimited &&
	gm_status 1 git migrate apply >out &&
	gm_says "refused: 1_a: it failed: could not extend file" out &&
	git migrate apply --resume &&
	test "$(gm_sql "SELECT count(*) FROM a WHERE length(t) = 200")" = 40000
'

test_done
