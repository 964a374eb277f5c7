#include "unit.h"

#include "sql/lex.h"

#include <stdlib.h>

struct token_case {
	const char *text;
	enum gm_token_kind kind;
	const char *token; /* the first token */
};

static void test_first_token(void **state)
{
	static const struct token_case cases[] = {
		{ "", GM_TOKEN_END, "" },
		{ " \t\r\n\f ", GM_TOKEN_END, "" },
		{ "  DROP x", GM_TOKEN_WORD, "DROP" },
		{ "a1$b$ c", GM_TOKEN_WORD, "a1$b$" },
		{ "\xc3\xa4gypten;", GM_TOKEN_WORD, "\xc3\xa4gypten" },
		{ "\"a\"\"b\" c", GM_TOKEN_NAME, "\"a\"\"b\"" },
		{ "U&\"a\" c", GM_TOKEN_NAME, "U&\"a\"" },
		{ "U&'a' c", GM_TOKEN_STRING, "U&'a'" },
		{ "u & 'a'", GM_TOKEN_WORD, "u" },
		{ "'a''b' c", GM_TOKEN_STRING, "'a''b'" },
		{ "'a\\' b", GM_TOKEN_STRING, "'a\\'" },
		{ "E'a\\' b' c", GM_TOKEN_STRING, "E'a\\' b'" },
		{ "e'a\\\\' b", GM_TOKEN_STRING, "e'a\\\\'" },
		{ "E'a'\n'\\'' c", GM_TOKEN_STRING, "E'a'\n'\\''" },
		{ "E'a' -- b\n '\\'' c", GM_TOKEN_STRING, "E'a' -- b\n '\\''" },
		{ "E'a' '\\'", GM_TOKEN_STRING, "E'a'" },
		{ "xE'a\\'", GM_TOKEN_WORD, "xE" },
		{ "x'1F' c", GM_TOKEN_STRING, "x'1F'" },
		{ "B'01' c", GM_TOKEN_STRING, "B'01'" },
		{ "N'a' c", GM_TOKEN_STRING, "N'a'" },
		{ "$$a$$ c", GM_TOKEN_STRING, "$$a$$" },
		{ "$a$ $$ $b$ $a$ c", GM_TOKEN_STRING, "$a$ $$ $b$ $a$" },
		{ "$a1_$x$a1_$", GM_TOKEN_STRING, "$a1_$x$a1_$" },
		{ "$1 c", GM_TOKEN_NUMBER, "$1" },
		{ "$ c", GM_TOKEN_CHAR, "$" },
		{ "1.5e10 c", GM_TOKEN_NUMBER, "1.5e10" },
		{ "1..2", GM_TOKEN_NUMBER, "1" },
		{ "-- a\nb", GM_TOKEN_COMMENT, "-- a" },
		{ "-- a\rb", GM_TOKEN_COMMENT, "-- a" },
		{ "- - a", GM_TOKEN_CHAR, "-" },
		{ "/* a /* b */ c */ d", GM_TOKEN_BLOCK, "/* a /* b */ c */" },
		{ "/*/ */ d", GM_TOKEN_BLOCK, "/*/ */" },
		{ "/**/ d", GM_TOKEN_BLOCK, "/**/" },
		{ "(a)", GM_TOKEN_OPEN, "(" },
		{ "[a]", GM_TOKEN_OPEN, "[" },
		{ ")", GM_TOKEN_CLOSE, ")" },
		{ "\\x", GM_TOKEN_CHAR, "\\" },
		{ "'a", GM_TOKEN_BROKEN, "'a" },
		{ "E'a\\", GM_TOKEN_BROKEN, "E'a\\" },
		{ "E'a'\n'b", GM_TOKEN_BROKEN, "E'a'\n'b" },
		{ "\"a", GM_TOKEN_BROKEN, "\"a" },
		{ "$a$ b $$", GM_TOKEN_BROKEN, "$a$ b $$" },
		{ "/* /* */", GM_TOKEN_BROKEN, "/* /* */" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_str text = gm_str(cases[i].text);
		size_t at = 0;
		struct gm_token t = gm_lex(text, &at);

		if (t.kind != cases[i].kind)
			fail_msg("%s: kind %d", cases[i].text, (int)t.kind);
		assert_str(gm_token_text(text, t), cases[i].token);
		assert_int_equal(at, t.at + t.len);
	}
}

static void test_skip(void **state)
{
	struct gm_str text = GM_STR("-- a\n/* b */ Drop /* c */ ;");
	struct gm_token t;
	size_t at = 0;

	(void)state;
	t = gm_lex_skip(text, &at);
	assert_true(gm_token_is(text, t, "drop"));
	assert_false(gm_token_is(text, t, "drops"));
	t = gm_lex_skip(text, &at);
	assert_true(gm_token_is(text, t, ";"));
	assert_int_equal(gm_lex_skip(text, &at).kind, GM_TOKEN_END);
	text = GM_STR("\"drop\"");
	at = 0;
	assert_false(gm_token_is(text, gm_lex(text, &at), "\"drop\""));
}

static void test_width(void **state)
{
	struct gm_str text = GM_STR("users $$a\nb$$ ");

	(void)state;
	assert_int_equal(gm_token_width(text, 0), 5);
	assert_int_equal(gm_token_width(text, 5), 1);
	assert_int_equal(gm_token_width(text, 6), 3);
	assert_int_equal(gm_token_width(text, text.len), 0);
}

/* A before n times, then a middle, then b n times. */
static struct gm_str repeat(struct gm_arena *a, const char *head,
			    const char *left, const char *middle,
			    const char *right, size_t n)
{
	size_t l = strlen(left), r = strlen(right), h = strlen(head);
	size_t m = strlen(middle), len = h + m + n * (l + r);
	char *p = gm_alloc(a, len + 1), *at = p;

	memcpy(at, head, h);
	at += h;
	for (size_t i = 0; i < n; i++, at += l)
		memcpy(at, left, l);
	memcpy(at, middle, m);
	at += m;
	for (size_t i = 0; i < n; i++, at += r)
		memcpy(at, right, r);
	return (struct gm_str){ p, len };
}

static void test_depth(void **state)
{
	static const char *const deep[][4] = {
		{ "SELECT ", "(", "1", ")" },
		{ "SELECT ", "(", "1", "" },
		{ "SELECT ", "f(", "1", ")" },
		{ "SELECT ", "a[", "1", "]" },
		{ "SELECT 1", "+1", "", "" },
		{ "SELECT ", "+ ", "1", "" },
		{ "SELECT ", "+", "1", "" },
		{ "SELECT ", "NOT ", "a", "" },
		{ "SELECT a", " || b", "", "" },
		{ "SELECT a", " IS NULL", "", "" },
		{ "SELECT a", "::int", "", "" },
		{ "SELECT a", " COLLATE x", "", "" },
		{ "SELECT a ", "IS NULL BETWEEN 1 AND 2 ", "", "" },
		{ "SELECT ", "CASE WHEN a THEN ", "b", " END" },
		{ "SELECT ", "CASE x.end WHEN a THEN ", "b", " END" },
		{ "SELECT a, b", " UNION SELECT a, b", "", "" },
		{ "SELECT a FROM b", " JOIN c ON a AND b", "", "" },
		{ "SELECT ", "((1) + ", "1", "+ 1 + 1)" },
		{ "SELECT ", "(SELECT a, ", "1", ")" },
	};
	static const char *const flat[][4] = {
		{ "SELECT 1", ", 1", "", "" },
		{ "SELECT 1", ", -1 + 2", "", "" },
		{ "SELECT a", " OR a = 1", "", "" },
		{ "SELECT a", " AND a = 1", "", "" },
		{ "VALUES (1)", ", (1)", "", "" },
		{ "SELECT CASE", " WHEN a = 1 THEN 2 + 3", " END", "" },
		{ "SELECT a FROM b WHERE c", " AND d BETWEEN 1 AND 2", "", "" },
		{ "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1",
		  "; SELECT 1 UNION SELECT 2", "; END", "" },
	};
	struct gm_arena a = GM_ARENA_INIT;
	size_t at;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(deep); i++) {
		const char *const *d = deep[i];

		if (!gm_lex_unfit(repeat(&a, d[0], d[1], d[2], d[3], 1000), 500,
				  &at))
			fail_msg("%s%s is not deep", d[0], d[1]);
		if (gm_lex_unfit(repeat(&a, d[0], d[1], d[2], d[3], 50), 500,
				 NULL))
			fail_msg("%s%s is too deep", d[0], d[1]);
	}
	for (size_t i = 0; i < GM_COUNT(flat); i++) {
		const char *const *f = flat[i];
		const char *why = gm_lex_unfit(
			repeat(&a, f[0], f[1], f[2], f[3], 20000), 500, &at);

		/* Sets count on over a whole body; see below. */
		if (why && !strstr(f[1], "UNION"))
			fail_msg("%s%s: %s", f[0], f[1], why);
	}
	gm_arena_done(&a);
}

static void test_endless(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	size_t at;

	(void)state;
	assert_string_equal(gm_lex_unfit(GM_STR("a 'b"), 500, &at),
			    "unterminated quoted string");
	assert_int_equal(at, 2);
	assert_string_equal(gm_lex_unfit(GM_STR("\"b"), 500, &at),
			    "unterminated quoted name");
	assert_string_equal(gm_lex_unfit(GM_STR("a $b$ $$"), 500, &at),
			    "unterminated dollar-quoted string");
	assert_string_equal(gm_lex_unfit(GM_STR("a /* $$"), 500, &at),
			    "unterminated comment");
	assert_null(
		gm_lex_unfit(repeat(&a, "", "/*", " ", "*/", 50), 500, &at));
	assert_non_null(
		gm_lex_unfit(repeat(&a, "", "/*", " ", "*/", 5000), 500, &at));
	gm_arena_done(&a);
}

GM_UNIT_MAIN(cmocka_unit_test(test_first_token), cmocka_unit_test(test_skip),
	     cmocka_unit_test(test_width), cmocka_unit_test(test_depth),
	     cmocka_unit_test(test_endless))
