#include "db/observe.h"

#include "place.h"

struct place {
	struct gm_conn *worker, *control, *gate;
	struct gm_observer *observer;
	struct gm_seen seen[8];
};

static void open_place(struct place *p, const char *name, const char *sql)
{
	*p = (struct place){ .control = place_connect("postgres") };
	assert_script(p->control,
		      gm_printf(&arena, "CREATE DATABASE %s", name));
	p->worker = place_connect(name);
	p->gate = place_connect(name);
	assert_script(p->worker, sql);
	assert_ok(gm_observer_open(&p->observer, &arena, p->worker, p->control,
				   p->gate, &err));
}

static void close_place(struct place *p)
{
	gm_observer_close(&p->observer);
	gm_conn_close(&p->worker);
	gm_conn_close(&p->gate);
	gm_conn_close(&p->control);
}

static void run(struct place *p, size_t i, const char *sql)
{
	assert_ok(gm_observer_run(&p->seen[i], p->observer, sql, NULL, 0, 60000,
				  &err));
}

static const char *joined(const struct gm_strings *list)
{
	const char *all = "";

	for (size_t i = 0; i < list->n; i++)
		all = gm_printf(&arena, "%s%s;", all, list->items[i]);
	return all;
}

/* "relation mode;" of all locks stronger than those of readers. */
static const char *locks(const struct gm_seen *s)
{
	const char *all = "";

	for (size_t i = 0; i < s->locks.n; i++)
		if (s->locks.items[i].strength > 1)
			all = gm_printf(&arena, "%s%s %s;", all,
					s->locks.items[i].relation,
					s->locks.items[i].mode);
	return all;
}

static void inside_of_a_transaction(void **state)
{
	struct place p;
	struct gm_seen *all[3];

	(void)state;
	open_place(&p, "inside",
		   "CREATE TABLE t (a int, b text, c int);"
		   "INSERT INTO t SELECT i, 'x', i FROM"
		   " generate_series(1, 500) i; CREATE TABLE u (a int)");
	assert_script(p.worker, "BEGIN");
	run(&p, 0, "ALTER TABLE t ADD d int");
	assert_string_equal(locks(&p.seen[0]), "public.t ACCESS EXCLUSIVE;");
	assert_int_equal(p.seen[0].scans.n, 0);
	assert_string_equal(joined(&p.seen[0].rewritten), "");
	assert_true(p.seen[0].wal > 0);
	assert_int_equal(p.seen[0].locks.items[0].strength, GM_LOCK_STOPS_ALL);
	run(&p, 1, "ALTER TABLE t ALTER a TYPE bigint");
	assert_string_equal(joined(&p.seen[1].rewritten), "table public.t;");
	assert_string_equal(joined(&p.seen[1].retyped),
			    "column public.t.a from integer to bigint;");
	assert_int_equal(p.seen[1].scans.n, 1);
	assert_string_equal(p.seen[1].scans.items[0].relation, "public.t");
	assert_int_equal(p.seen[1].scans.items[0].rows, 500);
	run(&p, 2, "UPDATE u SET a = 1");
	assert_string_equal(locks(&p.seen[2]), "public.u ROW EXCLUSIVE;");
	assert_script(p.worker, "COMMIT");
	for (size_t i = 0; i < 3; i++)
		all[i] = &p.seen[i];
	gm_observer_ended(p.observer, all, 3);
	assert_true(p.seen[0].locks.items[0].held_us >=
		    p.seen[0].us + p.seen[1].us + p.seen[2].us);
	close_place(&p);
}

static void a_sequence_is_a_page(void **state)
{
	struct place p;

	(void)state;
	open_place(&p, "page", "CREATE SEQUENCE s AS int");
	run(&p, 0, "ALTER SEQUENCE s AS bigint");
	assert_string_equal(joined(&p.seen[0].rewritten), "");
	close_place(&p);
}

static void older_relations_come_first(void **state)
{
	struct place p;

	(void)state;
	open_place(&p, "older",
		   "CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE,"
		   " c int UNIQUE, d int UNIQUE)");
	assert_script(p.worker, "BEGIN");
	run(&p, 0, "TRUNCATE t");
	assert_string_equal(locks(&p.seen[0]),
			    "public.t ACCESS EXCLUSIVE;public.t SHARE;"
			    "public.t_pkey ACCESS EXCLUSIVE;"
			    "public.t_b_key ACCESS EXCLUSIVE;"
			    "public.t_c_key ACCESS EXCLUSIVE;"
			    "public.t_d_key ACCESS EXCLUSIVE;");
	close_place(&p);
}

static void what_is_taken_away(void **state)
{
	struct place p;

	(void)state;
	open_place(&p, "away",
		   "CREATE SCHEMA s; CREATE TABLE s.t (a int PRIMARY KEY,"
		   " b text DEFAULT 'x', c int CONSTRAINT pos CHECK (c > 0),"
		   " d int); CREATE VIEW v AS SELECT a FROM s.t;"
		   " CREATE TYPE mood AS ENUM ('sad');"
		   " CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS"
		   " 'SELECT 1'; CREATE TABLE gone (x int, y int)");
	assert_script(p.worker, "BEGIN");
	run(&p, 0,
	    "ALTER TABLE s.t DROP COLUMN d, DROP CONSTRAINT pos,"
	    " ALTER b DROP DEFAULT, ALTER c SET NOT NULL");
	assert_string_equal(joined(&p.seen[0].dropped),
			    "column s.t.d;default s.t.b;constraint pos of"
			    " s.t;");
	assert_string_equal(joined(&p.seen[0].narrowed), "column s.t.c;");
	run(&p, 1,
	    "DO $$ BEGIN DROP TABLE gone; DROP VIEW v;"
	    " DROP FUNCTION f(int); DROP TYPE mood; END $$");
	assert_string_equal(joined(&p.seen[1].dropped),
			    "function public.f(integer);view public.v;"
			    "table public.gone;type public.mood;");
	run(&p, 2, "ALTER TABLE s.t RENAME b TO bb");
	assert_string_equal(joined(&p.seen[2].renamed),
			    "column s.t.b to s.t.bb;");
	run(&p, 3, "ALTER TABLE s.t RENAME TO tt");
	assert_string_equal(joined(&p.seen[3].renamed), "table s.t to s.tt;");
	/* What is new is nobody's yet. */
	run(&p, 4, "CREATE TABLE n (a int)");
	assert_string_equal(joined(&p.seen[4].added), "table public.n;");
	assert_int_equal(p.seen[4].locks.n, 0);
	run(&p, 5, "DROP TABLE n");
	assert_string_equal(joined(&p.seen[5].dropped), "");
	run(&p, 6, "INSERT INTO s.tt VALUES (1, 'x', 2), (2, 'y', 3)");
	assert_int_equal(p.seen[6].affected, 2);
	assert_script(p.worker, "ROLLBACK");
	close_place(&p);
}

/* What is made anew under an old name is new. */
static void in_the_place_of_another(void **state)
{
	struct place p;

	(void)state;
	open_place(&p, "another", "CREATE TABLE t (a int, b int)");
	assert_script(p.worker, "BEGIN");
	run(&p, 0, "DROP TABLE t");
	assert_string_equal(joined(&p.seen[0].dropped), "table public.t;");
	run(&p, 1, "CREATE TABLE t (a int, b int)");
	run(&p, 2, "ALTER TABLE t ADD PRIMARY KEY (a)");
	assert_int_equal(p.seen[2].narrowed.n, 0);
	assert_int_equal(p.seen[2].locks.n, 0);
	run(&p, 3, "ALTER TABLE t ALTER b TYPE text");
	assert_int_equal(p.seen[3].rewritten.n, 0);
	run(&p, 4, "ALTER TABLE t DROP b");
	assert_int_equal(p.seen[4].dropped.n, 0);
	assert_script(p.worker, "ROLLBACK");
	close_place(&p);
}

static void outside_of_a_transaction(void **state)
{
	struct place p;

	(void)state;
	open_place(&p, "outside",
		   "CREATE TABLE t (a int, b int); INSERT INTO t SELECT i % 2,"
		   " i FROM generate_series(1, 20000) i;"
		   " CREATE INDEX old ON t (a)");
	run(&p, 0, "CREATE INDEX CONCURRENTLY i ON t (b)");
	assert_non_null(
		strstr(locks(&p.seen[0]), "public.t SHARE UPDATE EXCLUSIVE;"));
	assert_true(p.seen[0].locks.items[0].held_us > 0);
	assert_string_equal(joined(&p.seen[0].added), "index public.i;");
	assert_int_equal(p.seen[0].invalid.n, 0);
	if (gm_conn_version(p.worker) >= 150000) {
		assert_int_equal(p.seen[0].scans.n, 1);
		assert_int_equal(p.seen[0].scans.items[0].scans, 2);
	}
	run(&p, 1, "REINDEX INDEX CONCURRENTLY old");
	assert_string_equal(joined(&p.seen[1].dropped), "");
	run(&p, 2, "REINDEX INDEX i");
	run(&p, 3, "VACUUM FULL t");
	assert_string_equal(joined(&p.seen[3].rewritten), "table public.t;");
	/* A duplicate leaves an index that is not valid. */
	assert_int_equal(
		gm_observer_run(&p.seen[4], p.observer,
				"CREATE UNIQUE INDEX CONCURRENTLY u ON t (a)",
				NULL, 0, 60000, &err),
		-1);
	assert_true(gm_conn_failed_with(p.worker, "23505"));
	run(&p, 5, "SELECT 1");
	assert_string_equal(joined(&p.seen[5].invalid), "index public.u;");
	run(&p, 6, "DROP INDEX CONCURRENTLY old");
	assert_string_equal(joined(&p.seen[6].dropped), "index public.old;");
	close_place(&p);
}

/* That of the whole becomes valid with the last one of its partitions. */
static void partition_by_partition(void **state)
{
	struct place p;

	(void)state;
	open_place(&p, "parts",
		   "CREATE TABLE t (a int) PARTITION BY LIST (a);"
		   "CREATE TABLE t1 PARTITION OF t DEFAULT");
	run(&p, 0, "CREATE INDEX i ON ONLY t (a)");
	assert_string_equal(joined(&p.seen[0].added), "index public.i;");
	assert_string_equal(joined(&p.seen[0].invalid), "");
	close_place(&p);
}

static void not_for_ever(void **state)
{
	const char *const params[] = { "7" };
	struct place p;

	(void)state;
	open_place(&p, "ever", "CREATE TABLE t (a int)");
	assert_int_equal(gm_observer_run(&p.seen[0], p.observer,
					 "SELECT pg_sleep(60)", NULL, 0, 50,
					 &err),
			 -1);
	assert_true(gm_conn_failed_with(p.worker, GM_SQLSTATE_CANCELED));
	assert_true(p.seen[0].us > 40000);
	assert_ok(gm_observer_run(&p.seen[1], p.observer,
				  "INSERT INTO t VALUES ($1)", params, 1, 60000,
				  &err));
	assert_int_equal(p.seen[1].affected, 1);
	close_place(&p);
}

static void nobody_there(void **state)
{
	struct place p;

	(void)state;
	open_place(&p, "nobody", "SELECT 1");
	assert_int_equal(gm_conn_script(p.control,
					"SELECT pg_terminate_backend("
					"pg_backend_pid())",
					&err),
			 -1);
	assert_int_equal(gm_observer_run(&p.seen[0], p.observer, "SELECT 1",
					 NULL, 0, 60000, &err),
			 -1);
	close_place(&p);
}

GM_DB_MAIN(cmocka_unit_test(inside_of_a_transaction),
	   cmocka_unit_test(a_sequence_is_a_page),
	   cmocka_unit_test(older_relations_come_first),
	   cmocka_unit_test(what_is_taken_away),
	   cmocka_unit_test(in_the_place_of_another),
	   cmocka_unit_test(outside_of_a_transaction),
	   cmocka_unit_test(partition_by_partition),
	   cmocka_unit_test(not_for_ever), cmocka_unit_test(nobody_there))
