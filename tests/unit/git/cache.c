#include "git/lib.h"

#include "base/buf.h"
#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static struct gm_oid oid_of(unsigned n)
{
	struct gm_oid oid = { { 0 } };

	/* Spread over the table, as real names are. */
	for (int i = 0; i < 5; i++, n = n * 2654435761u + 12345)
		memcpy(oid.id + 4 * i, &n, sizeof(n));
	return oid;
}

static void test_get_and_put(void **state)
{
	struct gm_cache *cache = gm_cache_new();
	struct gm_oid a = oid_of(1), b = oid_of(2);
	struct gm_str content = GM_STR("none");

	(void)state;
	assert_false(gm_cache_get(&content, cache, &a, GM_OBJECT_TREE));
	gm_cache_put(cache, &a, GM_OBJECT_TREE, GM_STR("tree"));
	gm_cache_put(cache, &b, GM_OBJECT_COMMIT, GM_STR(""));
	assert_true(gm_cache_get(&content, cache, &a, GM_OBJECT_TREE));
	assert_str(content, "tree");
	assert_true(gm_cache_get(&content, cache, &b, GM_OBJECT_COMMIT));
	assert_int_equal(content.len, 0);
	/* A tree is not served as a commit. */
	assert_false(gm_cache_get(&content, cache, &a, GM_OBJECT_COMMIT));
	gm_cache_free(cache);
}

static void test_none(void **state)
{
	struct gm_oid a = oid_of(1);
	struct gm_str content;

	(void)state;
	gm_cache_put(NULL, &a, GM_OBJECT_TREE, GM_STR("tree"));
	assert_false(gm_cache_get(&content, NULL, &a, GM_OBJECT_TREE));
	gm_cache_free(NULL);
}

static void test_large_objects_are_not_kept(void **state)
{
	const size_t size = (size_t)1 << 20;
	struct gm_cache *cache = gm_cache_new();
	struct gm_str large = { gm_alloc(&arena, size), size }, content;
	struct gm_oid a = oid_of(1);

	(void)state;
	gm_cache_put(cache, &a, GM_OBJECT_TREE, large);
	assert_false(gm_cache_get(&content, cache, &a, GM_OBJECT_TREE));
	gm_cache_free(cache);
	gm_arena_done(&arena);
}

/* The newest are there, the oldest gone, whatever the number. */
static void test_forgets(void **state)
{
	struct gm_cache *cache = gm_cache_new();
	struct gm_str text = { gm_alloc(&arena, 4096), 4096 }, content;
	struct gm_oid oid;
	const unsigned n = 4000;

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		oid = oid_of(i);
		gm_cache_put(cache, &oid, GM_OBJECT_COMMIT, text);
	}
	for (unsigned i = n - 1000; i < n; i++) {
		oid = oid_of(i);
		assert_true(
			gm_cache_get(&content, cache, &oid, GM_OBJECT_COMMIT));
	}
	for (unsigned i = 0; i < 100; i++) {
		oid = oid_of(i);
		assert_false(
			gm_cache_get(&content, cache, &oid, GM_OBJECT_COMMIT));
	}
	gm_cache_free(cache);
	gm_arena_done(&arena);
}

/* Names chosen to fall into one place find some room, then none. */
static void test_crowded(void **state)
{
	struct gm_cache *cache = gm_cache_new();
	struct gm_str content;
	struct gm_oid oid = { { 0 } };
	int there = 0;

	(void)state;
	for (int pass = 0; pass < 2; pass++) {
		for (unsigned char i = 1; i <= 40; i++) {
			oid.id[12] = i;
			if (!pass)
				gm_cache_put(cache, &oid, GM_OBJECT_TREE,
					     GM_STR("x"));
			else
				there += gm_cache_get(&content, cache, &oid,
						      GM_OBJECT_TREE);
		}
	}
	assert_in_range(there, 1, 20);
	gm_cache_free(cache);
}

GM_UNIT_MAIN(cmocka_unit_test(test_get_and_put), cmocka_unit_test(test_none),
	     cmocka_unit_test(test_large_objects_are_not_kept),
	     cmocka_unit_test(test_forgets), cmocka_unit_test(test_crowded))
