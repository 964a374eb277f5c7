#include "unit.h"

#include "policy/node.h"

static int read_text(struct gm_node *n, struct gm_arena *a, struct gm_str text,
		     struct gm_err *err)
{
	*err = (struct gm_err)GM_ERR_INIT;
	return gm_node_read(n, a, "p.yaml", text, err);
}

struct bad {
	const char *text;
	size_t line, column;
	const char *says;
};

/* clang-format off */
static const struct bad bads[] = {
	{ "", 1, 1, "empty" },
	{ "# nothing\n\n", 1, 1, "empty" },
	{ "a: &x 1\n", 1, 4, "anchors" },
	{ "&x a: 1\n", 1, 1, "anchors" },
	{ "b: 1\na: &x [1]\n", 2, 4, "anchors" },
	{ "a: &x {b: 1}\n", 1, 4, "anchors" },
	{ "a: *x\n", 1, 4, "aliases" },
	{ "*x : 1\n", 1, 1, "aliases" },
	{ "a: [b, *x]\n", 1, 8, "aliases" },
	{ "a: !!str 1\n", 1, 4, "tags" },
	{ "a: ! 1\n", 1, 4, "tags" },
	{ "a: !x [1]\n", 1, 4, "tags" },
	{ "a: !x {b: c}\n", 1, 4, "tags" },
	{ "!!map\na: 1\n", 1, 1, "tags" },
	{ "<<: {a: 1}\n", 1, 1, "merge keys" },
	{ "b: 1\nc:\n  <<: {a: 1}\n", 3, 3, "merge keys" },
	{ "a: 1\n---\nb: 1\n", 2, 1, "second document" },
	{ "a: 1\n...\n---\nb: 1\n", 3, 1, "second document" },
	{ "---\n---\na: 1\n", 2, 1, "second document" },
	{ "%YAML 1.1\n---\na: 1\n", 1, 1, "directives" },
	{ "%TAG ! tag:x,2000:\n---\na: 1\n", 1, 1, "directives" },
	{ "a: 1\nb: 2\na: 3\n", 3, 1, "duplicate key 'a'" },
	{ "a: {b: 1, c: 2, 'b': 3}\n", 1, 17, "duplicate key 'b'" },
	{ "[a]: 1\n", 1, 1, "a key must be a word" },
	{ "? {a: 1}\n: 2\n", 1, 3, "a key must be a word" },
	{ "a: \x01\n", 1, 4, "control character: U+0001" },
	{ "a: \x7f\n", 1, 4, "control character: U+007F" },
	{ "a: \x1b[31m\n", 1, 4, "control character: U+001B" },
	{ "a: 1\n# \xff\n", 2, 3, "not UTF-8: 0xFF" },
	{ "a: 1\nb: \xc0\xaf\n", 2, 4, "not UTF-8: 0xC0" },
	{ "a: \xed\xa0\x80\n", 1, 4, "not UTF-8" },
	{ "a: \xc3", 1, 4, "not UTF-8" },
	{ "\xef\xbb\xbf" "a: 1\n", 1, 1, "cannot be seen: U+FEFF" },
	{ "a: 1 # \xe2\x80\xae\n", 1, 8, "cannot be seen: U+202E" },
	{ "a: \xe2\x80\xa8\n", 1, 4, "cannot be seen: U+2028" },
	{ "a: \xc2\x85\n", 1, 4, "cannot be seen: U+0085" },
	{ "a: 1\rb: 2\n", 1, 5, "ends no line" },
	{ "a: 1\r", 1, 5, "ends no line" },
	{ "a: \"x\\0y\"\n", 1, 4, "NUL byte in quotes" },
	{ "a: \"x\\u202ey\"\n", 1, 4, "cannot be seen in quotes" },
	{ "a: \"\\e\"\n", 1, 4, "control character in quotes" },
	{ "\"\\0\": 1\n", 1, 1, "NUL byte in quotes" },
	{ "a: [1, 2\n", 2, 1, "not valid YAML" },
	{ "a: {b: 1\n", 2, 1, "not valid YAML" },
	{ "a: \"b\n", 2, 1, "not valid YAML" },
	{ "a: 'b", 1, 6, "not valid YAML" },
	{ "a\nb: 1\n", 2, 2, "not valid YAML" },
	{ "a: b: c\n", 1, 5, "not valid YAML" },
	{ "a:\n\tb: 1\n", 2, 1, "not valid YAML" },
	{ "a: 1\n  b: 2\n", 2, 4, "not valid YAML" },
	{ "a: @b\n", 1, 4, "not valid YAML" },
	{ "a: `b`\n", 1, 4, "not valid YAML" },
	{ "a: \"\\q\"\n", 1, 5, "not valid YAML" },
	{ "a: [[[[[[[[1]]]]]]]]\n", 1, 11, "nested too deeply" },
	{ "[[[[[[[[[", 1, 9, "nested too deeply" },
	{ "\xc3\xa9: &x 1\n", 1, 5, "anchors" },
	{ "a: \"\xc3\xa9\xe2\x82\xac\": 1\n", 1, 11, "not valid YAML" },
};
/* clang-format on */

static void test_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < GM_COUNT(bads); i++) {
		const struct bad *b = &bads[i];
		struct gm_arena a = GM_ARENA_INIT;
		struct gm_node n = { .n = 77 };
		struct gm_err err;

		if (read_text(&n, &a, gm_str(b->text), &err) == 0)
			fail_msg("accepted: %s", b->text);
		if (err.line != b->line || err.column != b->column ||
		    !strstr(err.msg, b->says))
			fail_msg("%s: %zu:%zu: %s", b->text, err.line,
				 err.column, err.msg);
		assert_int_equal(err.code, GM_EPOLICY);
		assert_string_equal(err.path, "p.yaml");
		assert_true(err.hint[0]);
		assert_int_equal(n.n, 77);
		gm_arena_done(&a);
	}
}

static void test_nul(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_node n;
	struct gm_err err;

	(void)state;
	assert_int_equal(read_text(&n, &a, GM_STR("a: 1\nb\0: 2\n"), &err), -1);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 2);
	assert_non_null(strstr(err.msg, "a NUL byte"));
	assert_int_equal(read_text(&n, &a, GM_STR("\0"), &err), -1);
	assert_int_equal(err.column, 1);
	/* UTF-16, which libyaml would read. */
	assert_int_equal(read_text(&n, &a,
				   GM_STR("\xff\xfe"
					  "a\0:\0"),
				   &err),
			 -1);
	gm_arena_done(&a);
}

static void test_tree(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_node n;
	struct gm_err err;

	(void)state;
	assert_ok(read_text(&n, &a,
			    GM_STR("---\r\n"
				   "a: 1 # one\r\n"
				   "'b':\n"
				   "  - \"x\\ty\"\n"
				   "  - {c: }\n"
				   "d: |\n"
				   "  two\n"
				   "  lines\n"
				   "...\n"),
			    &err));
	assert_int_equal(n.kind, GM_NODE_MAP);
	assert_int_equal(n.n, 3);
	assert_str(n.keys[0].text, "a");
	assert_true(n.keys[0].plain);
	assert_str(n.items[0].text, "1");
	assert_str(n.keys[1].text, "b");
	assert_false(n.keys[1].plain);
	assert_int_equal(n.keys[1].line, 2);
	assert_int_equal(n.items[1].kind, GM_NODE_LIST);
	assert_int_equal(n.items[1].n, 2);
	assert_str(n.items[1].items[0].text, "x\ty");
	assert_false(n.items[1].items[0].plain);
	assert_int_equal(n.items[1].items[1].kind, GM_NODE_MAP);
	assert_str(n.items[1].items[1].keys[0].text, "c");
	assert_str(n.items[1].items[1].items[0].text, "");
	assert_str(n.items[2].text, "two\nlines\n");
	assert_false(n.items[2].plain);
	gm_arena_done(&a);
}

static void test_scalar_root(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_node n;
	struct gm_err err;

	(void)state;
	assert_ok(read_text(&n, &a, GM_STR("auto"), &err));
	assert_int_equal(n.kind, GM_NODE_SCALAR);
	assert_str(n.text, "auto");
	assert_ok(read_text(&n, &a, GM_STR("[[[[[[[[]]]]]]]]"), &err));
	gm_arena_done(&a);
}

static void test_entries(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	char *text = gm_alloc(&a, 8 * GM_NODE_ENTRIES);
	struct gm_node n;
	struct gm_err err;
	size_t len = 0;

	(void)state;
	for (int i = 0; i < GM_NODE_ENTRIES; i++) {
		memcpy(text + len, "- a\n", 4);
		len += 4;
	}
	assert_ok(read_text(&n, &a, (struct gm_str){ text, len }, &err));
	assert_int_equal(n.n, GM_NODE_ENTRIES);
	memcpy(text + len, "- a\n", 4);
	len += 4;
	assert_int_equal(read_text(&n, &a, (struct gm_str){ text, len }, &err),
			 -1);
	assert_int_equal(err.line, GM_NODE_ENTRIES + 1);
	assert_int_equal(err.column, 3);
	assert_string_equal(err.msg, "too many entries");
	gm_arena_done(&a);
}

/* Nothing here may take more than a moment. */
static void test_bombs(void **state)
{
	static const char *const units[] = { "[",    "{",      "? ", "- ",
					     "{a: ", "a: b\n", "\"", "[a, ",
					     "!",    "&a " };
	const size_t len = 256 << 10;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(units); i++) {
		struct gm_arena a = GM_ARENA_INIT;
		char *text = gm_alloc(&a, len);
		size_t unit = strlen(units[i]);
		struct gm_node n;
		struct gm_err err;

		for (size_t at = 0; at + unit <= len; at += unit)
			memcpy(text + at, units[i], unit);
		for (size_t at = 0; at < len; at++)
			if (!text[at])
				text[at] = '\n';
		assert_int_equal(
			read_text(&n, &a, (struct gm_str){ text, len }, &err),
			-1);
		assert_true(err.line > 0);
		gm_arena_done(&a);
	}
}

static void test_place(void **state)
{
	struct gm_node n = { .line = 1, .column = 3 };
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	gm_node_at(&err, "x", GM_STR("a\n\xc3\xa9\xc3\xa9zz\n"), &n);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 6);
	/* Past the end: the end. */
	n.line = 9;
	gm_node_at(&err, "x", GM_STR("a\n"), &n);
	assert_int_equal(err.line, 10);
	assert_int_equal(err.column, 1);
}

GM_UNIT_MAIN(cmocka_unit_test(test_refuses), cmocka_unit_test(test_nul),
	     cmocka_unit_test(test_tree), cmocka_unit_test(test_scalar_root),
	     cmocka_unit_test(test_entries), cmocka_unit_test(test_bombs),
	     cmocka_unit_test(test_place))
