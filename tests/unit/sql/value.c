#include "unit.h"

#include "sql/value.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static const char *shown(struct gm_value v)
{
	switch (v.kind) {
	case GM_VALUE_NULL:
		return "null";
	case GM_VALUE_ANY:
		return "any";
	case GM_VALUE_SOME:
		return "some";
	case GM_VALUE_BOOL:
		return v.truth ? "true" : "false";
	case GM_VALUE_NUMBER:
		return gm_printf(&arena, "%g", v.number);
	default:
		return gm_printf(&arena, "%s'%s'", v.loose ? "~" : "", v.text);
	}
}

static struct gm_value text(const char *s)
{
	return gm_value_text(s, false);
}

static struct gm_value as(struct gm_value v, const char *type)
{
	return gm_value_as(&arena, v, type);
}

static void test_numbers(void **state)
{
	(void)state;
	assert_string_equal(shown(gm_value_parse("12")), "12");
	assert_string_equal(shown(gm_value_parse("-1.5")), "-1.5");
	assert_string_equal(shown(gm_value_parse("")), "some");
	assert_string_equal(shown(gm_value_parse("1e5")), "some");
	assert_string_equal(shown(gm_value_parse("1-2")), "some");
	assert_string_equal(shown(gm_value_parse("1.2.3")), "some");
	assert_string_equal(shown(gm_value_parse("1234567890123456")), "some");
	assert_string_equal(shown(gm_value_number(2e15)), "some");
}

static void test_types(void **state)
{
	static const struct {
		const char *text, *type, *want;
	} cases[] = {
		{ "5", "pg_catalog.int4", "5" },
		{ "5.5", "pg_catalog.int4", "some" },
		{ "x", "pg_catalog.int8", "some" },
		{ "5.5", "pg_catalog.numeric", "5.5" },
		{ "5.5", "pg_catalog.numeric(3,1)", "some" },
		{ "5", "pg_catalog.numeric(3,?)", "some" },
		{ "5", "pg_catalog.numeric(3,0)", "5" },
		{ "5", "pg_catalog.float4", "5" },
		{ "20000000", "pg_catalog.float4", "some" },
		{ "20000000", "pg_catalog.float8", "2e+07" },
		{ "t", "pg_catalog.bool", "true" },
		{ "OFF", "pg_catalog.bool", "false" },
		{ "x", "pg_catalog.bool", "some" },
		{ "a", "text", "'a'" },
		{ "a ", "pg_catalog.varchar(5)", "some" },
		{ "a", "pg_catalog.varchar(5)", "'a'" },
		{ "a ", "pg_catalog.bpchar(5)", "~'a '" },
		{ "{}", "text[]", "~'{}'" },
		{ "a", "mood", "~'a'" },
		{ "a", "t.c%type", "~'a'" },
		{ "a", "pg_catalog.timestamp(3)", "some" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_string_equal(
			shown(as(text(cases[i].text), cases[i].type)),
			cases[i].want);
	assert_string_equal(shown(as(gm_value_number(5), "text")), "'5'");
	assert_string_equal(shown(as(gm_value_number(5.5), "text")), "some");
	assert_string_equal(shown(as(gm_value_bool(true), "text")), "some");
	assert_string_equal(shown(as(gm_value_bool(true), "pg_catalog.bool")),
			    "true");
	assert_string_equal(shown(as(gm_value_bool(true), "pg_catalog.int4")),
			    "some");
	assert_string_equal(shown(as(gm_value_number(5), "pg_catalog.bool")),
			    "some");
	assert_string_equal(shown(as(gm_value_number(5), "mood")), "some");
	assert_string_equal(shown(as(GM_VALUE(NULL), "text")), "null");
	assert_string_equal(shown(as(GM_VALUE(ANY), "text")), "any");
}

static void test_refused(void **state)
{
	struct gm_value n = gm_value_number(100000);

	(void)state;
	assert_true(gm_value_refused(n, "pg_catalog.int2"));
	assert_false(gm_value_refused(n, "pg_catalog.int4"));
	assert_true(gm_value_refused(gm_value_number(3e9), "pg_catalog.int4"));
	assert_false(gm_value_refused(gm_value_number(3e9), "pg_catalog.int8"));
	assert_true(gm_value_refused(n, "pg_catalog.numeric(4)"));
	assert_true(gm_value_refused(n, "pg_catalog.numeric(6,2)"));
	assert_false(gm_value_refused(n, "pg_catalog.numeric(8,2)"));
	assert_false(gm_value_refused(n, "pg_catalog.numeric"));
	assert_true(gm_value_refused(n, "pg_catalog.varchar(5)"));
	assert_false(gm_value_refused(n, "pg_catalog.varchar(6)"));
	assert_false(gm_value_refused(n, "text"));
	assert_true(gm_value_refused(text("abcd"), "pg_catalog.bpchar(3)"));
	assert_false(gm_value_refused(text("abc"), "pg_catalog.bpchar(3)"));
	assert_false(gm_value_refused(text("abc"), "mood"));
	assert_false(gm_value_refused(GM_VALUE(NULL), "pg_catalog.int2"));
}

static void test_equal(void **state)
{
	struct gm_value one = gm_value_number(1), loose;

	(void)state;
	loose = gm_value_text("a", true);
#define EQUAL(a, b) shown(gm_value_equal(a, b))
	assert_string_equal(EQUAL(one, one), "true");
	assert_string_equal(EQUAL(one, text("1.0")), "true");
	assert_string_equal(EQUAL(text("2"), one), "false");
	assert_string_equal(EQUAL(text("x"), one), "some");
	assert_string_equal(EQUAL(text("a"), text("a")), "true");
	assert_string_equal(EQUAL(text("a"), text("b")), "false");
	assert_string_equal(EQUAL(loose, text("a")), "true");
	assert_string_equal(EQUAL(loose, text("b")), "some");
	assert_string_equal(EQUAL(loose, one), "some");
	assert_string_equal(EQUAL(gm_value_bool(true), gm_value_bool(false)),
			    "false");
	assert_string_equal(EQUAL(gm_value_bool(true), one), "some");
	assert_string_equal(EQUAL(GM_VALUE(NULL), GM_VALUE(ANY)), "null");
	assert_string_equal(EQUAL(GM_VALUE(ANY), one), "any");
}

static void test_order(void **state)
{
	struct gm_value one = gm_value_number(1), two = gm_value_number(2);

	(void)state;
#define ORDER(op, a, b) shown(gm_value_order(op, a, b))
	assert_string_equal(ORDER("<", one, two), "true");
	assert_string_equal(ORDER("<", one, one), "false");
	assert_string_equal(ORDER("<=", one, one), "true");
	assert_string_equal(ORDER(">=", one, two), "false");
	assert_string_equal(ORDER(">", two, one), "true");
	assert_string_equal(ORDER(">", text("b"), text("a")), "some");
	assert_string_equal(ORDER(">=", text("a"), text("a")), "true");
	assert_string_equal(ORDER(">", GM_VALUE(NULL), one), "null");
	assert_string_equal(ORDER(">", GM_VALUE(ANY), one), "any");
}

static void test_logic(void **state)
{
	struct gm_value yes = gm_value_bool(true), no = gm_value_bool(false);
	struct gm_value null = GM_VALUE(NULL), some = GM_VALUE(SOME);

	(void)state;
#define AND(a, b) shown(gm_value_and(a, b))
	assert_string_equal(AND(yes, yes), "true");
	assert_string_equal(AND(yes, null), "null");
	assert_string_equal(AND(null, yes), "null");
	assert_string_equal(AND(null, null), "null");
	assert_string_equal(AND(some, no), "false");
	assert_string_equal(AND(no, null), "false");
	assert_string_equal(AND(some, null), "any");
	assert_string_equal(AND(some, yes), "some");
	assert_string_equal(shown(gm_value_not(yes)), "false");
	assert_string_equal(shown(gm_value_not(null)), "null");
#define OR_ELSE(a, b) shown(gm_value_or_else(a, b))
	assert_string_equal(OR_ELSE(yes, yes), "true");
	assert_string_equal(OR_ELSE(yes, no), "some");
	assert_string_equal(OR_ELSE(null, null), "null");
	assert_string_equal(OR_ELSE(yes, null), "any");
	assert_string_equal(OR_ELSE(some, text("a")), "some");
}

static void test_compute(void **state)
{
	struct gm_value six = gm_value_number(6), seven = gm_value_number(7);

	(void)state;
	assert_string_equal(shown(gm_value_compute("+", six, seven)), "13");
	assert_string_equal(shown(gm_value_compute("-", six, seven)), "-1");
	assert_string_equal(shown(gm_value_compute("*", six, seven)), "42");
	assert_string_equal(shown(gm_value_compute("/", six, seven)), "some");
	assert_string_equal(shown(gm_value_compute("+", six, text("a"))),
			    "some");
	assert_string_equal(
		shown(gm_value_compute("*", six, gm_value_number(0.5))),
		"some");
}

GM_UNIT_MAIN(cmocka_unit_test(test_numbers),
	     cmocka_unit_test_teardown(test_types, finish),
	     cmocka_unit_test(test_refused), cmocka_unit_test(test_equal),
	     cmocka_unit_test(test_order), cmocka_unit_test(test_logic),
	     cmocka_unit_test_teardown(test_compute, finish))
