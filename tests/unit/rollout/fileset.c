#include "rollout/fileset.h"

#include "unit.h"

static void test_fileset(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_fileset t = { 0 };

	(void)state;
	gm_fileset_sort(&t);
	assert_null(gm_fileset_find(&t, "a"));
	gm_fileset_add(&t, &a, "b", GM_STR("1"));
	gm_fileset_add(&t, &a, "a/b", GM_STR("2"));
	gm_fileset_add(&t, &a, "a", GM_STR("3"));
	gm_fileset_sort(&t);
	assert_string_equal(t.items[0].path, "a");
	assert_string_equal(t.items[1].path, "a/b");
	assert_str(gm_fileset_find(&t, "b")->content, "1");
	assert_null(gm_fileset_find(&t, "c"));
}

GM_UNIT_MAIN(cmocka_unit_test(test_fileset))
