#include "base/str.h"

#include "unit.h"

static void slices(void **state)
{
	struct gm_str s = GM_STR("abcdef");

	(void)state;
	assert_int_equal(gm_str(NULL).len, 0);
	assert_int_equal(gm_str("abc").len, 3);
	assert_str(gm_str_sub(s, 1, 3), "bc");
	assert_str(gm_str_sub(s, 4, 99), "ef");
	assert_str(gm_str_sub(s, 99, 100), "");
	assert_str(gm_str_sub(s, 3, 1), "");
	assert_int_equal(gm_str_sub(GM_STR_NONE, 1, 2).len, 0);
}

static void equality(void **state)
{
	(void)state;
	assert_true(gm_str_eq(GM_STR("a\0b"), GM_STR("a\0b")));
	assert_false(gm_str_eq(GM_STR("a\0b"), GM_STR("a\0c")));
	assert_false(gm_str_eq(GM_STR("a"), GM_STR("ab")));
	assert_true(gm_str_eq(GM_STR_NONE, GM_STR("")));
	assert_true(gm_str_is(GM_STR("a"), "a"));
	assert_false(gm_str_is(GM_STR("a\0"), "a"));
	assert_true(gm_str_ieq(GM_STR("Key-A"), GM_STR("kEY-a")));
	assert_false(gm_str_ieq(GM_STR("Key"), GM_STR("Kez")));
	assert_false(gm_str_ieq(GM_STR("Key"), GM_STR("Keys")));
	assert_true(gm_str_ieq(GM_STR_NONE, GM_STR_NONE));
}

static void begin_and_end(void **state)
{
	(void)state;
	assert_true(gm_str_starts(GM_STR("abc"), GM_STR("ab")));
	assert_true(gm_str_starts(GM_STR("abc"), GM_STR_NONE));
	assert_false(gm_str_starts(GM_STR("abc"), GM_STR("b")));
	assert_false(gm_str_starts(GM_STR("ab"), GM_STR("abc")));
	assert_true(gm_str_ends(GM_STR("a.sql"), GM_STR(".sql")));
	assert_false(gm_str_ends(GM_STR("a.sql"), GM_STR(".sq")));
	assert_false(gm_str_ends(GM_STR("sql"), GM_STR(".sql")));
}

static void order(void **state)
{
	(void)state;
	assert_true(gm_str_cmp(GM_STR("a"), GM_STR("b")) < 0);
	assert_true(gm_str_cmp(GM_STR("b"), GM_STR("a")) > 0);
	assert_true(gm_str_cmp(GM_STR("a"), GM_STR("ab")) < 0);
	assert_true(gm_str_cmp(GM_STR("ab"), GM_STR("a")) > 0);
	assert_int_equal(gm_str_cmp(GM_STR("a"), GM_STR("a")), 0);
	assert_true(gm_str_cmp(GM_STR("\xff"), GM_STR("a")) > 0);
	assert_int_equal(gm_str_cmp(GM_STR_NONE, GM_STR("")), 0);
}

static void trimming(void **state)
{
	(void)state;
	assert_str(gm_str_trim(GM_STR(" \t\n\v\f\ra b\r\n ")), "a b");
	assert_str(gm_str_trim(GM_STR(" \n ")), "");
	assert_int_equal(gm_str_trim(GM_STR_NONE).len, 0);
}

static void finding(void **state)
{
	(void)state;
	assert_int_equal(gm_str_find(GM_STR("a=b=c"), '='), 1);
	assert_int_equal(gm_str_find(GM_STR("abc"), '='), 3);
	assert_int_equal(gm_str_find(GM_STR_NONE, '='), 0);
}

static void iholds(void **state)
{
	(void)state;
	assert_true(
		gm_str_iholds(GM_STR("xBreak-GLASS"), GM_STR("break-glass")));
	assert_true(
		gm_str_iholds(GM_STR("break-glass: 1"), GM_STR("break-glass")));
	assert_true(gm_str_iholds(GM_STR("aab"), GM_STR("ab")));
	assert_false(
		gm_str_iholds(GM_STR("break-glas"), GM_STR("break-glass")));
	assert_false(gm_str_iholds(GM_STR_NONE, GM_STR("a")));
}

static void lines(void **state)
{
	struct gm_str rest = GM_STR("one\r\n\nthree"), line;

	(void)state;
	assert_true(gm_str_line(&line, &rest));
	assert_str(line, "one\r");
	assert_true(gm_str_line(&line, &rest));
	assert_str(line, "");
	assert_true(gm_str_line(&line, &rest));
	assert_str(line, "three");
	assert_false(gm_str_line(&line, &rest));
	rest = GM_STR("end\n");
	assert_true(gm_str_line(&line, &rest));
	assert_false(gm_str_line(&line, &rest));
}

static void splitting(void **state)
{
	struct gm_str rest = GM_STR("a//b"), part;

	(void)state;
	assert_true(gm_str_split(&part, &rest, '/'));
	assert_str(part, "a");
	assert_true(gm_str_split(&part, &rest, '/'));
	assert_str(part, "");
	assert_true(gm_str_split(&part, &rest, '/'));
	assert_str(part, "b");
	assert_false(gm_str_split(&part, &rest, '/'));
}

static void numbers(void **state)
{
	static const char *const bad[] = { "",
					   " 1",
					   "1 ",
					   "-1",
					   "+1",
					   "1a",
					   "0x1",
					   "18446744073709551616",
					   "99999999999999999999" };
	uint64_t n = 7;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++)
		if (gm_str_uint(&n, gm_str(bad[i])))
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(n, 7);
	assert_true(gm_str_uint(&n, GM_STR("0")));
	assert_int_equal(n, 0);
	assert_true(gm_str_uint(&n, GM_STR("18446744073709551615")));
	assert_true(n == UINT64_MAX);
}

static void copies(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_str part = gm_str_sub(GM_STR("abcdef"), 2, 4);

	(void)state;
	assert_string_equal(gm_str_dup(&a, part), "cd");
	assert_string_equal(gm_str_dup(&a, GM_STR_NONE), "");
}

static void where(size_t offset, size_t line, size_t column)
{
	size_t l, c;

	gm_str_where(GM_STR("ab\n\ncd\n"), offset, &l, &c);
	assert_int_equal(l, line);
	assert_int_equal(c, column);
}

static void places(void **state)
{
	(void)state;
	where(0, 1, 1);
	where(2, 1, 3);
	where(3, 2, 1);
	where(4, 3, 1);
	where(5, 3, 2);
	where(7, 4, 1);
	where(99, 4, 1);
}

GM_UNIT_MAIN(cmocka_unit_test(slices), cmocka_unit_test(equality),
	     cmocka_unit_test(begin_and_end), cmocka_unit_test(order),
	     cmocka_unit_test(trimming), cmocka_unit_test(finding),
	     cmocka_unit_test(iholds), cmocka_unit_test(lines),
	     cmocka_unit_test(splitting), cmocka_unit_test(numbers),
	     cmocka_unit_test(copies), cmocka_unit_test(places))
