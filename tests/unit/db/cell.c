#include "db/cell.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static void cells(void **state)
{
	struct gm_str values[] = {
		GM_STR("t"),    GM_STR("-12"),
		GM_STR_NONE,    GM_STR("f"),
		GM_STR("12x"),  GM_STR("9223372036854775807"),
		GM_STR("true"), GM_STR("99999999999999999999"),
		GM_STR("7")
	};
	struct gm_rows r = { .n = 3, .columns = 3, .cells = values };

	(void)state;
	assert_true(gm_cell_bool(&r, 0, 0));
	assert_false(gm_cell_bool(&r, 1, 0));
	assert_false(gm_cell_bool(&r, 2, 0));
	assert_false(gm_cell_bool(&r, 0, 2));
	assert_int_equal(gm_cell_int(&r, 0, 1), -12);
	assert_int_equal(gm_cell_int(&r, 1, 1), 0);
	assert_true(gm_cell_int(&r, 1, 2) == INT64_MAX);
	assert_int_equal(gm_cell_int(&r, 2, 1), 0);
	assert_int_equal(gm_cell_int(&r, 2, 2), 7);
	assert_true(gm_cell_null(&r, 0, 2));
	assert_false(gm_cell_null(&r, 0, 1));
	assert_string_equal(gm_cell(&r, 0, 2), "");
	assert_string_equal(gm_cell(&r, 1, 1), "12x");
}

static void words_of_sql(void **state)
{
	(void)state;
	assert_string_equal(gm_sql_ident(&arena, "a\"b"), "\"a\"\"b\"");
	assert_string_equal(gm_sql_ident(&arena, ""), "\"\"");
	assert_string_equal(gm_sql_ident2(&arena, "s", "User"),
			    "\"s\".\"User\"");
	assert_string_equal(gm_sql_literal(&arena, "it's"), "'it''s'");
	assert_string_equal(gm_sql_literal(&arena, "a\\'b"), "E'a\\\\''b'");
}

static void arrays(void **state)
{
	struct gm_strings list = { NULL };

	(void)state;
	gm_array_parse(&list, &arena, "");
	gm_array_parse(&list, &arena, "{}");
	assert_int_equal(list.n, 0);
	gm_array_parse(&list, &arena,
		       "{a,NULL,\"NULL\",\"\",\"c, \\\"d\\\\\",e}");
	assert_int_equal(list.n, 5);
	assert_string_equal(list.items[0], "a");
	assert_string_equal(list.items[1], "NULL");
	assert_string_equal(list.items[2], "");
	assert_string_equal(list.items[3], "c, \"d\\");
	assert_string_equal(list.items[4], "e");
	/* Cut short it ends. */
	gm_array_parse(&list, &arena, "{a,\"b");
	assert_int_equal(list.n, 7);
}

GM_UNIT_MAIN(cmocka_unit_test(cells), cmocka_unit_test(arrays),
	     cmocka_unit_test_teardown(words_of_sql, done))
