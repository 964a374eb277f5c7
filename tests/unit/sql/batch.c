#include "unit.h"

#include "sql/batch.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static struct gm_batch look(const char *sql)
{
	struct gm_batch b;

	gm_batch_read(&b, &arena, gm_str(sql));
	return b;
}

static const char *cut(const char *sql)
{
	static const char *const key[] = { "id" };
	struct gm_batch b = look(sql);
	const char *text;

	if (b.refused)
		fail_msg("%s: %s", sql, b.refused);
	text = gm_batch_sql(&arena, &b, key, 1);
	return text ? text : "nothing";
}

static void test_plain(void **state)
{
	static const char *const key[] = { "b", "a\"" };
	struct gm_batch b = look("UPDATE t SET c = 1");

	(void)state;
	assert_string_equal(cut("UPDATE t SET c = 1"),
			    "UPDATE t SET c = 1 WHERE t.id >= $1 AND t.id <="
			    " $2");
	assert_string_equal(cut("UPDATE ONLY s.t AS x SET c = 1 WHERE c IS"
				" NULL AND d"),
			    "UPDATE ONLY s.t x SET c = 1 WHERE c IS NULL AND d"
			    " AND x.id >= $1 AND x.id <= $2");
	assert_string_equal(cut("DELETE FROM t WHERE a OR b"),
			    "DELETE FROM t WHERE (a OR b) AND t.id >= $1 AND"
			    " t.id <= $2");
	assert_string_equal(cut("UPDATE t SET c = o.c FROM o WHERE o.id ="
				" t.id"),
			    "UPDATE t SET c = o.c FROM o WHERE o.id = t.id AND"
			    " t.id >= $1 AND t.id <= $2");
	assert_string_equal(cut("INSERT INTO d (a) SELECT lower(a) FROM t ON"
				" CONFLICT DO NOTHING"),
			    "INSERT INTO d (a) SELECT lower(a) FROM t WHERE"
			    " t.id >= $1 AND t.id <= $2 ON CONFLICT DO"
			    " NOTHING");
	assert_string_equal(b.table.name, "t");
	assert_string_equal(b.sets.items[0], "c");
	assert_string_equal(gm_batch_sql(&arena, &b, key, 2),
			    "UPDATE t SET c = 1 WHERE (t.b, t.\"a\"\"\") >="
			    " ($1, $2) AND (t.b, t.\"a\"\"\") <= ($3, $4)");
}

static void test_counted(void **state)
{
	static const char *const key[] = { "a", "b" };
	struct gm_batch b = look("UPDATE t AS x SET c = 1");

	(void)state;
	assert_string_equal(gm_batch_counted(&arena, &b, key, 2),
			    "WITH written (behind) AS (UPDATE t x SET c = 1"
			    " WHERE (x.a, x.b) >= ($1, $2) AND (x.a, x.b) <="
			    " ($3, $4) RETURNING (\"x\".\"a\", \"x\".\"b\") >"
			    " ($3, $4)) SELECT"
			    " pg_catalog.count(*), pg_catalog.count(*) FILTER"
			    " (WHERE behind) FROM written");
	b = look("UPDATE t SET c = 1 WHERE id BETWEEN $1 AND $2");
	assert_true(b.updates);
	b = look("UPDATE t SET c = 1 FROM o WHERE o.id BETWEEN $1 AND $2");
	assert_false(b.updates);
	b = look("UPDATE t SET c = 1 WHERE id BETWEEN $1 AND $2 RETURNING c");
	assert_false(b.updates);
	b = look("DELETE FROM t");
	assert_false(b.updates);
	assert_null(gm_batch_counted(&arena, &b, key, 2));
}

static void test_calls(void **state)
{
	struct gm_batch b = look("INSERT INTO d SELECT s.f(a), (SELECT max(x)"
				 " FROM o) FROM t WHERE g(b)");

	(void)state;
	assert_null(b.refused);
	assert_int_equal(b.calls.n, 3);
	assert_int_equal(b.rows.n, 1);
	assert_string_equal(b.rows.items[0].schema, "s");
	assert_string_equal(b.rows.items[0].name, "f");
}

static void test_placed(void **state)
{
	(void)state;
	assert_string_equal(cut("UPDATE t SET c = 1 WHERE id BETWEEN $1 AND"
				" $2"),
			    "UPDATE t SET c = 1 WHERE id BETWEEN $1 AND $2");
	assert_string_equal(cut("UPDATE t SET c = 1 WHERE id > $1 AND id <="
				" $2::bigint"),
			    "UPDATE t SET c = 1 WHERE id >= $1 AND id <="
			    " $2::bigint");
	assert_string_equal(cut("UPDATE t SET c = 1 WHERE $1 <= id AND $2 >"
				" id"),
			    "UPDATE t SET c = 1 WHERE id >= $1 AND id <= $2");
	assert_string_equal(
		cut("WITH x AS (SELECT a, count(*) AS n FROM s.t AS y WHERE"
		    " y.k BETWEEN $1 AND $2 GROUP BY a) INSERT INTO d SELECT"
		    " a, n FROM x"),
		"WITH x AS (SELECT a, count(*) AS n FROM s.t y WHERE y.k"
		" BETWEEN $1 AND $2 GROUP BY a) INSERT INTO d SELECT a, n FROM"
		" x");
	assert_string_equal(look("UPDATE t SET c = 1 FROM o WHERE t.id BETWEEN"
				 " $1 AND $2")
				    .table.name,
			    "t");
	assert_string_equal(look("UPDATE t SET c = 1 WHERE k BETWEEN $1 AND"
				 " $2")
				    .column,
			    "k");
}

static void test_refused(void **state)
{
	static const char *const cases[] = {
		"SELECT 1",
		"garbage",
		"TRUNCATE t",
		"INSERT INTO d VALUES (1)",
		"INSERT INTO d DEFAULT VALUES",
		"INSERT INTO d SELECT a FROM t, u",
		"INSERT INTO d SELECT a FROM t UNION SELECT b FROM u",
		"INSERT INTO d SELECT DISTINCT a FROM t",
		"INSERT INTO d SELECT a FROM t GROUP BY a",
		"INSERT INTO d SELECT count(*) FROM t",
		"INSERT INTO d SELECT row_number() OVER (ORDER BY a) FROM t",
		"INSERT INTO d SELECT a FROM t LIMIT 10",
		"INSERT INTO t SELECT a FROM t",
		"INSERT INTO d SELECT a FROM t WHERE NOT EXISTS (SELECT FROM"
		" d WHERE d.a = t.a)",
		"INSERT INTO d SELECT a FROM t ON CONFLICT (a) DO UPDATE SET b"
		" = 1",
		"INSERT INTO d SELECT a FROM t RETURNING a",
		"UPDATE t SET a = 1 RETURNING a",
		"UPDATE t SET a = 1 WHERE CURRENT OF c",
		"UPDATE t SET a = (SELECT max(a) FROM t)",
		"UPDATE t SET a = 1 FROM t AS u WHERE u.b = t.b",
		"WITH x AS (SELECT 1) UPDATE t SET a = 1",
		"UPDATE t SET a = 1 WHERE b IN (WITH x AS (SELECT 1) SELECT *"
		" FROM x)",
		"DELETE FROM t USING t AS u",
		"UPDATE t SET a = $1 WHERE id > $2",
		"UPDATE t SET a = 1 WHERE id > $1",
		"UPDATE t SET a = 1 WHERE id > $1 AND k < $2",
		"UPDATE t SET a = 1 WHERE id > $1 AND id < $3",
		"UPDATE t SET a = 1 FROM o WHERE id BETWEEN $1 AND $2",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_batch b = look(cases[i]);

		if (!b.refused)
			fail_msg("%s", cases[i]);
		assert_null(gm_batch_sql(&arena, &b, NULL, 0));
	}
}

GM_UNIT_MAIN(cmocka_unit_test(test_plain), cmocka_unit_test(test_counted),
	     cmocka_unit_test(test_calls), cmocka_unit_test(test_placed),
	     cmocka_unit_test_teardown(test_refused, finish))
