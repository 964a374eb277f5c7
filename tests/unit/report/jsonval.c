#include "unit.h"

#include "report/jsonval.h"

static void test_strings(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	json_t *v;

	(void)state;
	v = gm_json_str(&a, GM_STR("a\0b\xc3\xa9"));
	assert_int_equal(json_string_length(v), 5);
	assert_memory_equal(json_string_value(v), "a\0b\xc3\xa9", 5);
	json_decref(v);
	v = gm_json_str(&a, GM_STR_NONE);
	assert_string_equal(json_string_value(v), "");
	json_decref(v);
	v = gm_json_str(&a, GM_STR("a\xff\\\n"));
	assert_string_equal(json_string_value(v), "a\\xFF\\\\\\n");
	json_decref(v);
	v = gm_json_text(&a, "x");
	assert_string_equal(json_string_value(v), "x");
	json_decref(v);
	v = gm_json_nonempty(&a, GM_STR("y"));
	assert_string_equal(json_string_value(v), "y");
	json_decref(v);
	assert_true(json_is_null(gm_json_text(&a, NULL)));
	assert_true(json_is_null(gm_json_nonempty(&a, GM_STR(""))));
	gm_arena_done(&a);
}

static void test_numbers(void **state)
{
	json_t *v;

	(void)state;
	v = gm_json_size(0);
	assert_int_equal(json_integer_value(v), 0);
	assert_true(json_is_integer(v));
	json_decref(v);
	v = gm_json_nonzero(7);
	assert_int_equal(json_integer_value(v), 7);
	json_decref(v);
	assert_true(json_is_null(gm_json_nonzero(0)));
}

static void test_document(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_buf out = gm_buf(&a);
	json_t *root = json_object(), *list = json_array();

	(void)state;
	gm_json_set(root, "z", gm_json_size(1));
	gm_json_set(root, "a", list);
	gm_json_push(list, gm_json_str(&a, GM_STR("\xe2\x80\xae\033")));
	gm_json_finish(&out, root);
	assert_string_equal(out.ptr, "{\n"
				     "  \"z\": 1,\n"
				     "  \"a\": [\n"
				     "    \"\\u202E\\u001B\"\n"
				     "  ]\n"
				     "}\n");
	gm_arena_done(&a);
}

static void test_quote(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_buf out = gm_buf(&a);

	(void)state;
	gm_json_quote(&out, GM_STR("a\"\n#\xc3\xa9"));
	assert_string_equal(out.ptr, "\"a\\\"\\n#\\u00E9\"");
	gm_arena_done(&a);
}

GM_UNIT_MAIN(cmocka_unit_test(test_strings), cmocka_unit_test(test_numbers),
	     cmocka_unit_test(test_document), cmocka_unit_test(test_quote))
