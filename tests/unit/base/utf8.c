#include "base/utf8.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static void decodes(void **state)
{
	static const struct {
		const char *bytes;
		uint32_t c;
	} cases[] = {
		{ "A", 'A' },
		{ "\x7f", 0x7f },
		{ "\xc2\x80", 0x80 },
		{ "\xdf\xbf", 0x7ff },
		{ "\xe0\xa0\x80", 0x800 },
		{ "\xed\x9f\xbf", 0xd7ff },
		{ "\xee\x80\x80", 0xe000 },
		{ "\xef\xbf\xbf", 0xffff },
		{ "\xf0\x90\x80\x80", 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 0x10ffff },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_str s = gm_str(cases[i].bytes);
		size_t at = 0;

		assert_int_equal(gm_utf8_next(s, &at), cases[i].c);
		assert_int_equal(at, s.len);
		assert_true(gm_utf8_valid(s, NULL));
	}
}

static void refuses_what_is_invalid(void **state)
{
	static const char *const bad[] = { "\x80",
					   "\xbf",
					   "\xc0\x80",
					   "\xc1\xbf",
					   "\xe0\x9f\xbf",
					   "\xf0\x8f\xbf\xbf",
					   "\xed\xa0\x80",
					   "\xed\xbf\xbf",
					   "\xf4\x90\x80\x80",
					   "\xf5\x80\x80\x80",
					   "\xff",
					   "\xc3",
					   "\xe2\x82",
					   "\xf0\x9f\x98",
					   "\xe2(\xa1",
					   "\xc3(" };

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++) {
		size_t at = 0;

		assert_int_equal(gm_utf8_next(gm_str(bad[i]), &at), UINT32_MAX);
		assert_int_equal(at, 1);
		assert_false(gm_utf8_valid(gm_str(bad[i]), NULL));
	}
}

static void never_reads_past_the_end(void **state)
{
	/* The slice ends in the middle of a character. */
	struct gm_str s = gm_str_sub(GM_STR("a\xe2\x82\xac"), 0, 3);
	size_t bad = 99;

	(void)state;
	assert_false(gm_utf8_valid(s, &bad));
	assert_int_equal(bad, 1);
}

static void first_bad_offset(void **state)
{
	size_t bad = 99;

	(void)state;
	assert_true(gm_utf8_valid(GM_STR_NONE, &bad));
	assert_true(gm_utf8_valid(GM_STR("0123456789abcdef\0x"), &bad));
	assert_true(
		gm_utf8_valid(GM_STR("0123456789 \u00fc 0123456789"), &bad));
	assert_int_equal(bad, 99);
	assert_false(gm_utf8_valid(GM_STR("0123456789\xff"), &bad));
	assert_int_equal(bad, 10);
	assert_false(gm_utf8_valid(GM_STR("\u00fc0123456789\xff"), &bad));
	assert_int_equal(bad, 12);
}

static void what_deceives(void **state)
{
	static const uint32_t yes[] = {
		0x80,   0x85,   0x9f,   0xad,    0x61c,    0x180e,  0x200b,
		0x200d, 0x200e, 0x200f, 0x2028,  0x2029,   0x202a,  0x202e,
		0x2060, 0x2066, 0x2069, 0x3164,  0xfdd0,   0xfeff,  0xfff9,
		0xfffb, 0xfffe, 0xffff, 0x1fffe, 0x10ffff, 0xe0001, 0xe007f,
	};
	static const uint32_t no[] = {
		'a',    '\n',   0x7f,   0xa0,   0xe9,    0x301,   0x4e2d,
		0x200a, 0x2010, 0xfffd, 0xfe0f, 0x1f600, 0xe0100,
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(yes); i++)
		if (!gm_utf8_deceives(yes[i]))
			fail_msg("U+%04X", (unsigned)yes[i]);
	for (size_t i = 0; i < GM_COUNT(no); i++)
		if (gm_utf8_deceives(no[i]))
			fail_msg("U+%04X", (unsigned)no[i]);
}

static void what_mimics(void **state)
{
	static const struct {
		uint32_t c;
		char ascii;
	} cases[] = {
		{ 0xa0, ' ' },     { 0x3000, ' ' },  { 0x202f, ' ' },
		{ 0xff01, '!' },   { 0xff1b, ';' },  { 0xff5e, '~' },
		{ 0xff0f, '/' },   { 0x2044, '/' },  { 0x37e, ';' },
		{ 0x2019, '\'' },  { 0x201c, '"' },  { 0x2bc, '\'' },
		{ 0x2010, '-' },   { 0x2212, '-' },  { 0x430, 'a' },
		{ 0x421, 'C' },    { 0x391, 'A' },   { 0x3bf, 'o' },
		{ 0x585, 'o' },    { 0x212a, 'K' },  { 0x1d400, 'A' },
		{ 0x1d6a3, 'z' },  { 0x1d7ce, '0' }, { 0x1d7ff, '9' },
		{ 0xfe6b, '@' },   { 'a', 0 },       { ';', 0 },
		{ 0x7f, 0 },       { 0xe9, 0 },      { 0xdf, 0 },
		{ 0x131, 0 },      { 0x416, 0 },     { 0x4e2d, 0 },
		{ 0x1f600, 0 },    { 0xff00, 0 },    { 0xff5f, 0 },
		{ UINT32_MAX, 0 },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		if (gm_utf8_mimics(cases[i].c) != cases[i].ascii)
			fail_msg("U+%04X", (unsigned)cases[i].c);
}

static void every_mimic_is_ascii(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		char ascii = gm_utf8_mimics(c);

		if (ascii && (c < 0x80 || ascii < ' ' || ascii == 0x7f))
			fail_msg("U+%04X", (unsigned)c);
	}
}

static void normal_forms(void **state)
{
	(void)state;
	assert_true(gm_utf8_is_nfc(GM_STR_NONE));
	assert_true(gm_utf8_is_nfc(GM_STR("plain")));
	assert_true(gm_utf8_is_nfc(GM_STR("\u00e9t\u00e9")));
	assert_true(gm_utf8_is_nfc(GM_STR("\u65e5\u672c\u8a9e")));
	assert_true(gm_utf8_is_nfc(GM_STR("x\u0301")));
	assert_false(gm_utf8_is_nfc(GM_STR("e\u0301")));
	assert_false(gm_utf8_is_nfc(GM_STR("\u212b")));
	assert_false(gm_utf8_is_nfc(GM_STR("a\u0301\u0327")));
	assert_false(gm_utf8_is_nfc(GM_STR("\xff")));
}

static void same(const char *path, const char *folded)
{
	struct gm_str got = gm_path_fold(&arena, gm_str(path)), again;

	assert_str(got, folded);
	assert_int_equal(got.ptr[got.len], 0);
	again = gm_path_fold(&arena, got);
	assert_true(gm_str_eq(got, again));
}

static void folds_ascii(void **state)
{
	(void)state;
	same("", "");
	same("Migrations/1_A/UP.sql", "migrations/1_a/up.sql");
	same("a\\b", "a/b");
	same("a. /b.. ./c", "a/b/c");
	same("a.b/.c", "a.b/.c");
	same("a b.c ", "a b.c");
	same("...", "");
	same("a/../b", "a//b");
}

static void folds_the_rest(void **state)
{
	(void)state;
	same("e\u0301", "\u00e9");
	same("\u00c9", "\u00e9");
	same("Stra\u00dfe", "strasse");
	same("\u212aelvin", "kelvin");
	same("\uff35\uff30\uff0fx", "up/x");
	same("a\u200bb\ufeff.", "ab");
	same("u\ufe0fp", "up");
	same("\u2460", "1");
	/* Cyrillic a, and one that mimics in upper case only. */
	same("\u0430\u0412", "ab");
	/* A capital whose small letter mimics. */
	same("\u0500", "d");
	/* A mimic with an accent, in both forms. */
	same("\u03ac", "\u00e1");
	same("\u03b1\u0301", "\u00e1");
	same("up\u2024sql\u2024", "up.sql");
}

static void keeps_invalid_bytes(void **state)
{
	(void)state;
	same("\xff"
	     "A\xc3"
	     "B",
	     "\xff"
	     "a\xc3"
	     "b");
	same("\u00c9\xff\u00c9", "\u00e9\xff\u00e9");
}

static void cuts_between_characters(void **state)
{
	struct gm_str s = GM_STR("a\xc3\xa4\xe2\x82\xac");

	(void)state;
	assert_str(gm_utf8_cut(s, 9), "a\xc3\xa4\xe2\x82\xac");
	assert_str(gm_utf8_cut(s, 5), "a\xc3\xa4");
	assert_str(gm_utf8_cut(s, 3), "a\xc3\xa4");
	assert_str(gm_utf8_cut(s, 2), "a");
	assert_str(gm_utf8_cut(s, 0), "");
	assert_str(gm_utf8_cut(GM_STR("\xa4\xa4"), 1), "");
}

GM_UNIT_MAIN(cmocka_unit_test(cuts_between_characters),
	     cmocka_unit_test(decodes),
	     cmocka_unit_test(refuses_what_is_invalid),
	     cmocka_unit_test(never_reads_past_the_end),
	     cmocka_unit_test(first_bad_offset),
	     cmocka_unit_test(what_deceives), cmocka_unit_test(what_mimics),
	     cmocka_unit_test(every_mimic_is_ascii),
	     cmocka_unit_test(normal_forms),
	     cmocka_unit_test_teardown(folds_ascii, done),
	     cmocka_unit_test_teardown(folds_the_rest, done),
	     cmocka_unit_test_teardown(keeps_invalid_bytes, done))
