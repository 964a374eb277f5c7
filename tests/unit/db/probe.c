#include "db/probe.h"

#include "fixture.h"

static struct fixture f;

static const struct gm_run_stmt *stmt_of(struct gm_steps *s, const char *sql)
{
	assert_ok(gm_steps_read(s, &arena, gm_str(sql), GM_PHASE_NONE, true,
				&err));
	return &s->file.items[0];
}

static int before(struct gm_probe *out, const char *sql, bool begun)
{
	const struct gm_run_stmt *stmt;
	struct gm_steps s;

	stmt = stmt_of(&s, sql);
	memset(&err, 0, sizeof(err));
	return gm_probe_before(out, &arena, f.look, &s, stmt, begun, &err);
}

static int after(const char *sql)
{
	const struct gm_run_stmt *stmt;
	struct gm_steps s;

	stmt = stmt_of(&s, sql);
	memset(&err, 0, sizeof(err));
	return gm_probe_after(&arena, f.look, &s, stmt, &err);
}

static void invalidate(const char *index)
{
	assert_script(f.look,
		      gm_printf(&arena,
				"UPDATE pg_index SET indisvalid = false WHERE"
				" indexrelid = '%s'::regclass",
				index));
}

#define INDEX "CREATE INDEX CONCURRENTLY a_b ON a (lower(b)) WHERE c > 1"

static void test_index(void **state)
{
	struct gm_probe p;

	(void)state;
	fixture_open(&f, "probes");
	assert_script(f.look, "CREATE TABLE a (id int PRIMARY KEY, b varchar,"
			      " c int); CREATE TABLE o (b text)");
	assert_ok(before(&p, INDEX, true));
	assert_false(p.done);
	assert_int_equal(after(INDEX), -1);
	assert_ok(gm_conn_exec(NULL, NULL, f.look, INDEX, NULL, 0, &err));
	assert_ok(after(INDEX));
	assert_ok(before(&p, INDEX, true));
	assert_true(p.done);
	/* The server is to refuse one that nobody of us has begun. */
	assert_ok(before(&p, INDEX, false));
	assert_false(p.done);
	invalidate("a_b");
	assert_int_equal(after(INDEX), -1);
	assert_ok(before(&p, INDEX, false));
	assert_false(p.done);
	assert_has(p.note, "dropped the INVALID index");
	assert_value(&f, "SELECT to_regclass('a_b') IS NULL", "t");
	fixture_close(&f);
}

static void test_other_index(void **state)
{
	static const char bare[] =
		"CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b)";
	struct gm_probe p;

	(void)state;
	fixture_open(&f, "others");
	assert_script(f.look, "CREATE TABLE a (b text, c int); CREATE TABLE o"
			      " (b text); CREATE UNIQUE INDEX i ON a (b);"
			      " CREATE INDEX j ON o (b)");
	assert_int_equal(before(&p, bare, false), -1);
	assert_has(err.msg, "with another definition: UNIQUE USING btree (b)");
	assert_int_equal(after(bare), -1);
	invalidate("i");
	assert_int_equal(before(&p, bare, true), -1);
	assert_has(err.msg, "INVALID");
	assert_value(&f, "SELECT to_regclass('i') IS NOT NULL", "t");
	assert_int_equal(
		before(&p, "CREATE INDEX CONCURRENTLY j ON a (b)", true), -1);
	assert_has(err.msg, "on another table");
	assert_int_equal(
		before(&p, "CREATE INDEX CONCURRENTLY i ON a (missing)", true),
		-1);
	assert_int_equal(gm_conn_tx(f.look), GM_TX_IDLE);
	fixture_close(&f);
}

static void test_clean(void **state)
{
	const struct gm_run_stmt *stmt;
	struct gm_steps s;

	(void)state;
	fixture_open(&f, "cleaning");
	assert_script(f.look, "CREATE TABLE a (b text); CREATE INDEX a_b ON a"
			      " (b); INSERT INTO a VALUES (1), (1)");
	stmt = stmt_of(&s, "CREATE UNIQUE INDEX CONCURRENTLY a_b ON a (b)");
	assert_int_equal(gm_probe_clean(&arena, f.look, stmt, &err), 0);
	invalidate("a_b");
	assert_int_equal(gm_probe_clean(&arena, f.look, stmt, &err), 1);
	assert_int_equal(gm_probe_clean(&arena, f.look, stmt, &err), 0);
	stmt = stmt_of(&s, "VACUUM a");
	assert_int_equal(gm_probe_clean(&arena, f.look, stmt, &err), 0);
	fixture_close(&f);
}

static void test_others(void **state)
{
	struct gm_probe p;

	(void)state;
	fixture_open(&f, "rest");
	assert_script(f.look, "CREATE TABLE a (b int); CREATE INDEX a_b ON a"
			      " (b); CREATE INDEX a_b_ccnew ON a (b);"
			      " CREATE TYPE t AS ENUM ('x')");
	invalidate("a_b_ccnew");
	assert_ok(before(&p, "DROP INDEX CONCURRENTLY a_b", true));
	assert_false(p.done);
	assert_ok(before(&p, "DROP INDEX CONCURRENTLY gone", true));
	assert_true(p.done);
	assert_ok(before(&p, "REINDEX INDEX CONCURRENTLY a_b", false));
	assert_null(p.note);
	assert_ok(before(&p, "REINDEX INDEX CONCURRENTLY a_b", true));
	assert_false(p.done);
	assert_has(p.note, "dropped 1 INVALID");
	assert_ok(before(&p, "REINDEX SCHEMA CONCURRENTLY public", true));
	assert_ok(before(&p, "ALTER TYPE t ADD VALUE 'x'; SELECT 'x'", true));
	assert_true(p.done);
	assert_ok(before(&p, "ALTER TYPE t ADD VALUE 'y'; SELECT 'y'", true));
	assert_false(p.done);
	assert_ok(before(&p, "CREATE DATABASE rest", true));
	assert_true(p.done);
	assert_ok(before(&p, "DROP DATABASE rest", true));
	assert_false(p.done);
	assert_ok(before(&p, "CREATE DATABASE rest", false));
	assert_false(p.done);
	assert_ok(before(&p, "VACUUM a", true));
	assert_false(p.done);
	fixture_close(&f);
}

static void leave_behind(const char *table, const char *index)
{
	assert_script(f.look, gm_printf(&arena, "CREATE INDEX %s ON %s (b)",
					index, table));
}

static const char *left(void)
{
	return value(&f, "SELECT coalesce(string_agg(relname, ',' ORDER BY"
			 " relname), '') FROM pg_class WHERE relname LIKE"
			 " '%\\_ccnew'");
}

/* What a rebuild left goes where it was, and nowhere else. */
static void test_leftovers(void **state)
{
	const struct gm_run_stmt *stmt;
	struct gm_probe p;
	struct gm_steps s;

	(void)state;
	fixture_open(&f, "leftovers");
	assert_script(f.look, "CREATE SCHEMA s; CREATE SCHEMA o; CREATE TABLE"
			      " s.a (b text); CREATE TABLE o.a (b int);"
			      " CREATE TABLE o.p (b int) PARTITION BY LIST (b);"
			      " CREATE TABLE o.q PARTITION OF o.p DEFAULT;"
			      " CREATE INDEX p_b ON o.p (b)");
	leave_behind("s.a", "a_ccnew");
	leave_behind("o.a", "b_ccnew");
	leave_behind("o.q", "c_ccnew");
	assert_script(f.look, "UPDATE pg_index SET indisvalid = false WHERE"
			      " indexrelid IN (SELECT oid FROM pg_class WHERE"
			      " relname LIKE '%\\_ccnew')");
	assert_ok(before(&p, "REINDEX SCHEMA CONCURRENTLY gone", true));
	assert_null(p.note);
	assert_ok(before(&p, "REINDEX SCHEMA CONCURRENTLY s", true));
	assert_has(p.note, "dropped 1 INVALID");
	assert_string_equal(left(), "b_ccnew,c_ccnew");
	assert_ok(before(&p, "REINDEX INDEX CONCURRENTLY o.p_b", true));
	assert_string_equal(left(), "b_ccnew");
	stmt = stmt_of(&s, "REINDEX DATABASE CONCURRENTLY leftovers");
	assert_int_equal(gm_probe_clean(&arena, f.look, stmt, &err), 1);
	assert_string_equal(left(), "");
	assert_int_equal(gm_probe_clean(&arena, f.look, stmt, &err), 0);
	/* Also the one behind what is too long for a row. */
	assert_script(
		f.look,
		"SET allow_system_table_mods = on;"
		"DO $$BEGIN EXECUTE (SELECT format('ALTER INDEX %s RENAME"
		" TO x_ccnew', indexrelid::regclass) FROM pg_index WHERE"
		" indrelid = (SELECT reltoastrelid FROM pg_class WHERE oid"
		" = 's.a'::regclass)); END$$;"
		"RESET allow_system_table_mods;"
		"UPDATE pg_index SET indisvalid = false WHERE indexrelid"
		" = 'pg_toast.x_ccnew'::regclass");
	assert_ok(before(&p, "REINDEX TABLE CONCURRENTLY s.a", true));
	assert_string_equal(left(), "");
	fixture_close(&f);
}

static void test_detach(void **state)
{
	static const char sql[] = "ALTER TABLE p DETACH PARTITION q"
				  " CONCURRENTLY";
	struct gm_conn *holder;
	struct gm_probe p;

	(void)state;
	fixture_open(&f, "detaching");
	assert_script(f.look, "CREATE TABLE p (a int) PARTITION BY LIST (a);"
			      " CREATE TABLE q PARTITION OF p FOR VALUES IN"
			      " (1)");
	assert_ok(before(&p, sql, true));
	assert_false(p.done);
	/* One that was cut off, while it waited for a reader. */
	holder = place_connect("detaching");
	assert_script(holder, "BEGIN; SELECT * FROM p");
	assert_script(f.look, "SET statement_timeout = '500ms'");
	assert_int_equal(gm_conn_exec(NULL, NULL, f.look, sql, NULL, 0, &err),
			 -1);
	gm_conn_close(&holder);
	assert_script(f.look, "SET statement_timeout = 0");
	assert_value(&f, "SELECT inhdetachpending FROM pg_inherits", "t");
	assert_ok(before(&p, sql, true));
	assert_true(p.done);
	assert_has(p.note, "finished");
	assert_value(&f, "SELECT count(*) FROM pg_inherits", "0");
	assert_ok(before(&p, sql, true));
	assert_true(p.done);
	assert_ok(before(&p, sql, false));
	assert_false(p.done);
	fixture_close(&f);
}

static int first(const char *sql)
{
	struct gm_steps s;
	const struct gm_run_stmt *stmt = stmt_of(&s, sql);

	return gm_probe_first(&arena, f.look, stmt, &err);
}

static void test_first(void **state)
{
	(void)state;
	fixture_open(&f, "first");
	assert_script(f.look, "CREATE TYPE t AS ENUM ('x')");
	assert_int_equal(first("CREATE DATABASE first"), -1);
	assert_string_equal(err.msg, "'first' is there already");
	assert_int_equal(err.code, GM_EINPUT);
	assert_ok(first("CREATE DATABASE second"));
	assert_ok(first("DROP DATABASE first"));
	assert_ok(first("VACUUM"));
	assert_int_equal(first("ALTER TYPE t ADD VALUE 'x'; SELECT 'x'"), -1);
	assert_ok(first("ALTER TYPE t ADD VALUE 'y'; SELECT 'y'"));
	assert_ok(first("ALTER TYPE t ADD VALUE IF NOT EXISTS 'x'; SELECT"
			" 'x'"));
	fixture_close(&f);
}

static void test_unknown(void **state)
{
	struct gm_probe p;

	(void)state;
	fixture_open(&f, "unknown");
	assert_ok(before(&p, "DO 'BEGIN COMMIT; END'", false));
	assert_false(p.done);
	assert_int_equal(before(&p, "DO 'BEGIN COMMIT; END'", true), -1);
	assert_has(err.msg, "how much of it is done cannot be known");
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_first), cmocka_unit_test(test_unknown),
	   cmocka_unit_test(test_index), cmocka_unit_test(test_other_index),
	   cmocka_unit_test(test_clean), cmocka_unit_test(test_others),
	   cmocka_unit_test(test_leftovers), cmocka_unit_test(test_detach))
