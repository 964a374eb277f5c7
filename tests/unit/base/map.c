#include "base/map.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static int values[5000];

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static struct gm_str key(int i)
{
	return gm_str(gm_printf(&arena, "key-%d", i));
}

static void empty_map(void **state)
{
	struct gm_map m = gm_map(&arena);
	struct gm_str k;
	size_t at = 0;
	void *v;

	(void)state;
	assert_null(gm_map_get(&m, GM_STR("a")));
	assert_false(gm_map_del(&m, GM_STR("a")));
	assert_false(gm_map_next(&m, &at, &k, &v));
}

static void set_and_get(void **state)
{
	struct gm_map m = gm_map(&arena);

	(void)state;
	for (int i = 0; i < 5000; i++)
		gm_map_set(&m, key(i), &values[i]);
	assert_int_equal(m.n, 5000);
	for (int i = 0; i < 5000; i++)
		assert_ptr_equal(gm_map_get(&m, key(i)), &values[i]);
	assert_null(gm_map_get(&m, GM_STR("key-5000")));
	gm_map_set(&m, key(7), &values[8]);
	assert_int_equal(m.n, 5000);
	assert_ptr_equal(gm_map_get(&m, key(7)), &values[8]);
}

static void odd_keys(void **state)
{
	struct gm_map m = gm_map(&arena);

	(void)state;
	gm_map_set(&m, GM_STR(""), &values[0]);
	gm_map_set(&m, GM_STR("a\0b"), &values[1]);
	gm_map_set(&m, GM_STR("a\0c"), &values[2]);
	gm_map_set(&m, GM_STR("a"), &values[3]);
	assert_ptr_equal(gm_map_get(&m, GM_STR("")), &values[0]);
	assert_ptr_equal(gm_map_get(&m, GM_STR("a\0b")), &values[1]);
	assert_ptr_equal(gm_map_get(&m, GM_STR("a\0c")), &values[2]);
	assert_ptr_equal(gm_map_get(&m, GM_STR("a")), &values[3]);
	assert_null(gm_map_get(&m, GM_STR("a\0")));
}

/* Deleting must not lose what had stepped over the deleted slot. */
static void delete_keeps_the_rest(void **state)
{
	struct gm_map m = gm_map(&arena);

	(void)state;
	for (int i = 0; i < 2000; i++)
		gm_map_set(&m, key(i), &values[i]);
	for (int i = 0; i < 2000; i += 3) {
		assert_true(gm_map_del(&m, key(i)));
		assert_false(gm_map_del(&m, key(i)));
	}
	for (int i = 0; i < 2000; i++)
		assert_ptr_equal(gm_map_get(&m, key(i)),
				 i % 3 ? &values[i] : NULL);
	assert_int_equal(m.n, 2000 - 667);
	gm_map_set(&m, key(0), &values[1]);
	assert_ptr_equal(gm_map_get(&m, key(0)), &values[1]);
}

static void walk_sees_each_once(void **state)
{
	struct gm_map m = gm_map(&arena);
	char seen[300] = { 0 };
	struct gm_str k;
	size_t at = 0;
	void *v;
	int n = 0;

	(void)state;
	for (int i = 0; i < 300; i++)
		gm_map_set(&m, key(i), &values[i]);
	for (; gm_map_next(&m, &at, &k, &v); n++) {
		int i = (int)((int *)v - values);

		assert_true(gm_str_eq(k, key(i)));
		assert_int_equal(seen[i]++, 0);
	}
	assert_int_equal(n, 300);
}

GM_UNIT_MAIN(cmocka_unit_test_teardown(empty_map, done),
	     cmocka_unit_test_teardown(set_and_get, done),
	     cmocka_unit_test_teardown(odd_keys, done),
	     cmocka_unit_test_teardown(delete_keeps_the_rest, done),
	     cmocka_unit_test_teardown(walk_sees_each_once, done))
