#include "unit.h"

#include "sql/deparse.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static PgQuery__RawStmt *parse(const char *sql)
{
	struct gm_tree tree;

	gm_tree_parse(&tree, &arena, gm_str(sql));
	if (tree.error)
		fail_msg("%s: %s", sql, tree.error);
	return tree.items[0];
}

static bool same(const char *one, const char *two)
{
	return gm_tree_same(&parse(one)->stmt->base, &parse(two)->stmt->base);
}

static void test_same(void **state)
{
	(void)state;
	assert_true(same("SELECT 1", "select  /* x */ 1"));
	assert_false(same("SELECT 1", "SELECT 2"));
	assert_false(same("SELECT 1", "SELECT 1, 2"));
	assert_false(same("SELECT 1", "DELETE FROM a"));
	assert_false(same("SELECT a", "SELECT b"));
	assert_false(same("SELECT a", "SELECT 'a'"));
	assert_false(same("SELECT a FROM b WHERE c", "SELECT a FROM b"));
	assert_true(same("SELECT a IN (1, 2)", "SELECT a  IN (1,  2)"));
	assert_true(same("SELECT (a AND b) AND c", "SELECT a AND (b AND c)"));
	assert_true(same("SELECT x BETWEEN 1 AND 2 OR (b OR (c AND (d AND e)))",
			 "SELECT (x BETWEEN 1 AND 2 OR b) OR (c AND d AND e)"));
	assert_false(same("SELECT a AND (b OR c)", "SELECT (a AND b) OR c"));
	assert_false(same("SELECT a AND b AND c", "SELECT a AND c AND b"));
	assert_false(same("SELECT a AND b", "SELECT a AND b AND b"));
	assert_false(same("SELECT NOT a", "SELECT NOT NOT a"));
	assert_false(same("SELECT a AND b", "SELECT a OR b"));
	assert_false(same("SELECT a AND b", "SELECT a"));
	assert_true(gm_tree_same(NULL, NULL));
	assert_false(gm_tree_same(NULL, &parse("SELECT 1")->base));
}

static void test_text(void **state)
{
	(void)state;
	assert_string_equal(gm_tree_text(&arena, parse("select  1 from a")),
			    "SELECT 1 FROM a");
	assert_string_equal(gm_quote_name(&arena, "a\"b"), "\"a\"\"b\"");
}

GM_UNIT_MAIN(cmocka_unit_test(test_same),
	     cmocka_unit_test_teardown(test_text, finish))
