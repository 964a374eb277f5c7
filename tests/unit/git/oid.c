#include "git/oid.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

#define HEX "0123456789abcdef0123456789abcdefdeadbeef"

static void test_parse(void **state)
{
	struct gm_oid oid;

	(void)state;
	assert_true(gm_oid_parse(&oid, GM_STR(HEX)));
	assert_int_equal(oid.id[0], 0x01);
	assert_int_equal(oid.id[19], 0xef);
	assert_string_equal(gm_oid_hex(&arena, &oid), HEX);
	gm_arena_done(&arena);
}

static void test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"0123",
		"0123456789ABCDEF0123456789abcdefdeadbeef",
		"0123456789abcdef0123456789abcdefdeadbee",
		"0123456789abcdef0123456789abcdefdeadbeef0",
		"0123456789abcdef0123456789abcdefdeadbeeg",
		" 123456789abcdef0123456789abcdefdeadbeef",
		"0x23456789abcdef0123456789abcdefdeadbeef",
	};
	struct gm_oid oid = { { 7 } };

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++)
		assert_false(gm_oid_parse(&oid, gm_str(bad[i])));
	assert_int_equal(oid.id[0], 7);
}

static void test_compare(void **state)
{
	struct gm_oid zero = { { 0 } }, a = zero, b = zero;

	(void)state;
	a.id[19] = 1;
	b.id[0] = 1;
	assert_true(gm_oid_is_zero(&zero));
	assert_false(gm_oid_is_zero(&a));
	assert_true(gm_oid_eq(&a, &a));
	assert_false(gm_oid_eq(&a, &b));
	assert_true(gm_oid_cmp(&a, &b) < 0);
	assert_true(gm_oid_cmp(&b, &a) > 0);
	assert_int_equal(gm_oid_cmp(&b, &b), 0);
	assert_int_equal(gm_oid_key(&a).len, GM_OID_SIZE);
	assert_ptr_equal(gm_oid_key(&a).ptr, &a);
}

GM_UNIT_MAIN(cmocka_unit_test(test_parse), cmocka_unit_test(test_parse_refuses),
	     cmocka_unit_test(test_compare))
