#include "db/regex.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static const char *sample(const char *regex, unsigned turn)
{
	const char *s = gm_regex_sample(&arena, gm_str(regex), turn);

	return s ? s : "(none)";
}

static void plain_ones(void **state)
{
	static const char *const cases[][2] = {
		{ "^abc$", "abc" },
		{ "", "" },
		{ "^[A-Z]{2}$", "AA" },
		{ "^[a-z]+$", "a" },
		{ "^\\d{3}-\\d{4}$", "111-1111" },
		{ "^[^@]+@[^@]+\\.[a-z]{2,}$", "a@a.aa" },
		{ "^(a|b)c$", "ac" },
		{ "^(?:foo|bar)?$", "" },
		{ "^#[0-9a-fA-F]{6}$", "#aaaaaa" },
		{ "^[[:upper:]][[:alnum:]_]*$", "A" },
		{ "^[\\w.]+$", "a" },
		{ "^\\w\\s\\S\\D\\W$", "a aa-" },
		{ "^\\mx\\M", "x" },
		{ "^a.c", "aac" },
		{ "[]a]", "a" },
		{ "[^a-zA-Z0-9]", "_" },
		{ "^x{3}?$", "xxx" },
		{ "\\t\\n", "\t\n" },
		{ "[;-]", "-" },
		{ "[%&]", "%" },
		{ "[\\d]", "1" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_string_equal(sample(cases[i][0], 0), cases[i][1]);
}

static void other_choices(void **state)
{
	(void)state;
	assert_string_equal(sample("^(a|b|c)$", 1), "b");
	assert_string_equal(sample("^(a|b|c)$", 7), "c");
	assert_string_equal(sample("^[A-Z]{2,4}$", 1), "BBB");
	assert_string_equal(sample("^x*y?$", 1), "xy");
	assert_string_equal(sample("^x+$", 2), "xxx");
	assert_string_equal(sample("^.\\d\\w$", 2), "c3c");
}

static void not_so_plain(void **state)
{
	static const char *const cases[] = {
		"(?=a)b",  "(a",        "a)",      "[a",
		"a{2",     "a{3,2}",    "a{9999}", "*a",
		"\\1",     "[[:nix:]]", "a{,3}b)", "\\",
		"[[.a.]]", "a{2}{,}",   "(?<n>a)", "[^\\x01-\\x7f",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_string_equal(sample(cases[i], 0), "(none)");
	assert_null(gm_regex_sample(&arena, GM_STR("a\0b"), 0));
}

static void not_too_much(void **state)
{
	char deep[201];

	(void)state;
	assert_string_equal(sample("((a{200}){200}){200}", 0), "(none)");
	memset(deep, '(', 100);
	memset(deep + 100, ')', 100);
	deep[200] = '\0';
	assert_string_equal(sample(deep, 0), "(none)");
}

GM_UNIT_MAIN(cmocka_unit_test(plain_ones), cmocka_unit_test(other_choices),
	     cmocka_unit_test(not_so_plain),
	     cmocka_unit_test_teardown(not_too_much, done))
