#include "base/escape.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static const char *escaped(const char *s)
{
	return gm_escaped(&arena, gm_str(s));
}

static void what_is_printable_stays(void **state)
{
	(void)state;
	assert_string_equal(escaped(""), "");
	assert_string_equal(escaped("SELECT 1; -- \"x\" '~'"),
			    "SELECT 1; -- \"x\" '~'");
	assert_string_equal(escaped("gr\u00fc\u00dfe \u65e5\u672c \U0001f600"),
			    "gr\u00fc\u00dfe \u65e5\u672c \U0001f600");
}

static void control_bytes(void **state)
{
	(void)state;
	assert_string_equal(escaped("a\nb\tc\rd\033[31m"),
			    "a\\nb\\tc\\rd\\e[31m");
	assert_string_equal(escaped("\001\177\b"), "\\x01\\x7F\\x08");
	assert_string_equal(gm_escaped(&arena, GM_STR("a\0b")), "a\\x00b");
	assert_string_equal(escaped("a\\b"), "a\\\\b");
}

static void invalid_utf8(void **state)
{
	(void)state;
	assert_string_equal(escaped("\xff\xfe"), "\\xFF\\xFE");
	assert_string_equal(escaped("\xc0\xaf"), "\\xC0\\xAF");
	assert_string_equal(escaped("x\xe2\x82"), "x\\xE2\\x82");
	assert_string_equal(escaped("\xed\xa0\x80"), "\\xED\\xA0\\x80");
}

static void what_deceives(void **state)
{
	(void)state;
	assert_string_equal(escaped("\xc2\x9b"
				    "31m"),
			    "\\u{9B}31m");
	assert_string_equal(escaped("a\u202eb"), "a\\u{202E}b");
	assert_string_equal(escaped("a\u200bb\ufeff"), "a\\u{200B}b\\u{FEFF}");
	assert_string_equal(escaped("\u2028\u2029"), "\\u{2028}\\u{2029}");
	assert_string_equal(escaped("\U000e0041"), "\\u{E0041}");
	/* A format character (Cf) that is on no list of deceivers. */
	assert_string_equal(escaped("\u0600"), "\\u{600}");
}

static void source(const char *s, size_t column, const char *text,
		   size_t on_screen)
{
	struct gm_buf out = gm_buf(&arena);

	gm_escape_source(&out, gm_str(s), column ? &column : NULL);
	assert_string_equal(out.ptr, text);
	assert_int_equal(column, on_screen);
}

static void source_lines(void **state)
{
	(void)state;
	source("\tDROP\tx", 2, "        DROP    x", 9);
	source("\tDROP\tx", 7, "        DROP    x", 17);
	source("E'\\n'", 4, "E'\\n'", 4);
	source("\033x", 2, "\\ex", 3);
	source("\u00fc x", 4, "\u00fc x", 3);
	source("\u65e5x", 4, "\u65e5x", 3);
	/* In the middle of a character: that character. */
	source("a\u65e5x", 3, "a\u65e5x", 2);
	source("ab", 3, "ab", 3);
	source("ab", 99, "ab", 3);
	source("", 1, "", 1);
	source("a\tb", 0, "a       b", 0);
}

static void source_column_zero(void **state)
{
	struct gm_buf out = gm_buf(&arena);
	size_t column = 0;

	(void)state;
	gm_escape_source(&out, GM_STR("abc"), &column);
	assert_int_equal(column, 0);
}

static const char *path(const char *s)
{
	return gm_escape_path(&arena, gm_str(s));
}

static void paths(void **state)
{
	(void)state;
	assert_string_equal(path("migrations/1_a/up.sql"),
			    "migrations/1_a/up.sql");
	assert_string_equal(path("\u00fc.sql"), "\u00fc.sql");
	assert_string_equal(path("a b"), "\"a b\"");
	assert_string_equal(path("a\"b"), "\"a\\\"b\"");
	assert_string_equal(path("a\nb"), "\"a\\nb\"");
	assert_string_equal(path("a\\b"), "\"a\\\\b\"");
}

static const char *xml(struct gm_str s)
{
	struct gm_buf out = gm_buf(&arena);

	gm_escape_xml(&out, s);
	return out.ptr;
}

static void in_xml(void **state)
{
	(void)state;
	assert_string_equal(xml(GM_STR("<a b=\"c\">'&'</a>")),
			    "&lt;a b=&quot;c&quot;&gt;&apos;&amp;&apos;"
			    "&lt;/a&gt;");
	assert_string_equal(xml(GM_STR("]]>")), "]]&gt;");
	assert_string_equal(xml(GM_STR("a\n\tb\r\\")), "a\n\tb&#xD;\\");
	assert_string_equal(xml(GM_STR("\033\0\xff\uffff")),
			    "\\x1B\\x00\\xFF\\xEF\\xBF\\xBF");
	assert_string_equal(xml(GM_STR("\u202e\177\u00fc")),
			    "&#x202E;&#x7F;\u00fc");
}

static const char *encoded(struct gm_str s)
{
	struct gm_buf out = gm_buf(&arena);

	gm_percent_encode(&out, s);
	return out.ptr;
}

static void shell_words(void **state)
{
	(void)state;
	assert_string_equal(gm_shell_word(&arena, "/srv/a-b_c.git"),
			    "/srv/a-b_c.git");
	assert_string_equal(gm_shell_word(&arena, "a b"), "'a b'");
	assert_string_equal(gm_shell_word(&arena, ""), "''");
	assert_string_equal(gm_shell_word(&arena, "it's $HOME"),
			    "'it'\"'\"'s $HOME'");
	assert_string_equal(gm_shell_word(&arena, "~x"), "'~x'");
	assert_string_equal(gm_shell_word(&arena, "\xc3\xa9"), "'\xc3\xa9'");
}

static void percent_encoding(void **state)
{
	(void)state;
	assert_string_equal(encoded(GM_STR("aZ09-._~/@:*+,=")),
			    "aZ09-._~/@:*+,=");
	assert_string_equal(encoded(GM_STR("a b%\n\0\xff")),
			    "a%20b%25%0A%00%FF");
}

static void percent_decoding_inverts(void **state)
{
	char all[256];
	struct gm_str bytes = { all, sizeof(all) };
	struct gm_buf out = gm_buf(&arena);

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	assert_true(gm_percent_decode(&out, gm_str(encoded(bytes))));
	assert_true(gm_str_eq(gm_buf_view(&out), bytes));
}

static void percent_decoding_is_strict(void **state)
{
	static const char *const wrong[] = { "%",   "%2",  "a%4",  "%2g",
					     " ",   "%41", "%2f",  "%0a",
					     "a b", "%%",  "\xff", "%2D" };
	struct gm_buf out = gm_buf(&arena);

	(void)state;
	gm_buf_puts(&out, "kept");
	for (size_t i = 0; i < GM_COUNT(wrong); i++) {
		struct gm_buf s = gm_buf(&arena);

		gm_buf_printf(&s, "ok%s", wrong[i]);
		if (gm_percent_decode(&out, gm_buf_view(&s)))
			fail_msg("'%s' was taken", wrong[i]);
		assert_string_equal(out.ptr, "kept");
		assert_int_equal(out.len, 4);
	}
}

GM_UNIT_MAIN(cmocka_unit_test_teardown(what_is_printable_stays, done),
	     cmocka_unit_test_teardown(control_bytes, done),
	     cmocka_unit_test_teardown(invalid_utf8, done),
	     cmocka_unit_test_teardown(what_deceives, done),
	     cmocka_unit_test_teardown(source_lines, done),
	     cmocka_unit_test_teardown(source_column_zero, done),
	     cmocka_unit_test_teardown(paths, done),
	     cmocka_unit_test_teardown(shell_words, done),
	     cmocka_unit_test_teardown(in_xml, done),
	     cmocka_unit_test_teardown(percent_encoding, done),
	     cmocka_unit_test_teardown(percent_decoding_inverts, done),
	     cmocka_unit_test_teardown(percent_decoding_is_strict, done))
