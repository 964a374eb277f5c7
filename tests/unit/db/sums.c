#include "db/sums.h"

#include "place.h"

static struct gm_conn *fresh(const char *name)
{
	struct gm_conn *c = place_connect("postgres");

	assert_script(c, gm_printf(&arena, "CREATE DATABASE %s", name));
	gm_conn_close(&c);
	return place_connect(name);
}

static struct gm_sums sums(struct gm_conn *c)
{
	struct gm_sums s;

	assert_ok(gm_sums_read(&s, &arena, c, "git_migrate", &err));
	return s;
}

/* What differs after `sql`, one a line. */
static const char *differ(struct gm_conn *c, const char *sql)
{
	struct gm_sums before = sums(c), after;
	struct gm_strings lines;
	const char *all = "";

	assert_script(c, sql);
	after = sums(c);
	gm_sums_compare(&lines, &arena, &before, &after);
	for (size_t i = 0; i < lines.n; i++)
		all = gm_printf(&arena, "%s%s\n", all, lines.items[i]);
	return all;
}

static void what_makes_no_difference(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = fresh("same");
	struct gm_sums s;

	(void)state;
	assert_script(c, "CREATE TABLE t (a int, b text, g int GENERATED"
			 " ALWAYS AS (a + 1) STORED);"
			 "INSERT INTO t SELECT i, NULLIF('x' || i, 'x7') FROM"
			 " generate_series(1, 50) i;"
			 "CREATE TABLE \"A b\" (\"c,d\" int, \"e\"\"f\" int);"
			 "INSERT INTO \"A b\" VALUES (1, 2);"
			 "CREATE TABLE nothing ();"
			 "INSERT INTO nothing DEFAULT VALUES;"
			 "CREATE SCHEMA git_migrate;"
			 "CREATE TABLE git_migrate.t (a int)");
	s = sums(c);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.items[0].table, "public.\"A b\"");
	assert_string_equal(s.items[0].columns[0].name, "\"c,d\"");
	assert_string_equal(s.items[0].columns[1].name, "\"e\"\"f\"");
	assert_int_equal(gm_sums_rows(&s), 52);
	assert_string_equal(differ(c, "SELECT 1"), "");
	/* Another order of rows; of columns; a new column; a new table. */
	assert_string_equal(differ(c,
				   "CREATE TEMP TABLE u AS SELECT a, b FROM t;"
				   " TRUNCATE t; INSERT INTO t SELECT * FROM u"
				   " ORDER BY a DESC"),
			    "");
	assert_string_equal(
		differ(c, "ALTER TABLE t DROP b; ALTER TABLE t ADD b text;"
			  " UPDATE t SET b = u.b FROM u WHERE u.a = t.a"),
		"");
	assert_string_equal(differ(c, "ALTER TABLE t ADD z int DEFAULT 3"), "");
	assert_string_equal(differ(c, "CREATE TABLE v AS SELECT 1"), "");
}

static void what_is_lost(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = fresh("lost");

	(void)state;
	assert_script(c, "CREATE TABLE t (a int, b text); INSERT INTO t"
			 " SELECT i, 'x' || i FROM generate_series(1, 50) i");
	assert_string_equal(differ(c, "UPDATE t SET b = 'y' WHERE a = 3"),
			    "public.t.b: the values are others\n");
	assert_string_equal(differ(c, "UPDATE t SET b = NULL WHERE a = 4"),
			    "public.t.b: the values are others\n");
	assert_string_equal(differ(c, "DELETE FROM t WHERE a = 5"),
			    "public.t: 49 rows instead of 50\n");
	/* Two values that change places. */
	assert_string_equal(
		differ(c, "UPDATE t SET b = CASE a WHEN 1 THEN 'x2' ELSE 'x1'"
			  " END WHERE a IN (1, 2)"),
		"public.t: the rows are others\n");
	assert_string_equal(
		differ(c, "ALTER TABLE t DROP b; ALTER TABLE t ADD b text"),
		"public.t.b: the values are others\n");
	assert_string_equal(differ(c, "ALTER TABLE t DROP b"),
			    "public.t.b: the column is gone\n");
	assert_string_equal(differ(c, "DROP TABLE t"),
			    "public.t: the table is gone\n");
}

static void only_what_can_be_read(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = fresh("closed");
	GM_AUTO(gm_conn_close) struct gm_conn *d = NULL;
	struct gm_sums s;

	(void)state;
	assert_script(c, "CREATE ROLE sums_nobody LOGIN;"
			 " CREATE TABLE t (a int)");
	assert_ok(gm_server_connect(&d, server, "sums_nobody", "closed", &err));
	assert_int_equal(gm_sums_read(&s, &arena, d, NULL, &err), -1);
	assert_non_null(strstr(err.msg, "cannot read the rows of public.t"));
}

GM_DB_MAIN(cmocka_unit_test(what_makes_no_difference),
	   cmocka_unit_test(what_is_lost),
	   cmocka_unit_test(only_what_can_be_read))
