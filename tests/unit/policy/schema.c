#include "unit.h"

#include "policy/schema.h"
#include "policy/value.h"

/* A small schema of our own: what the engine does, not what a policy is. */
struct pair {
	const char *name;
	int weight;
};

struct thing {
	int small;
	int64_t big;
	bool on, strong;
	const char *word, *text;
	int64_t age;
	struct gm_strings tags;
	struct pair *pairs;
	size_t n_pairs;
	struct pair *by_name;
	size_t n_by_name;
};

/* clang-format off */
static const struct gm_field pair_fields[] = {
	{ .key = "name", .read = gm_read_text, .required = true,
	  GM_FIELD(struct pair, name), .check = gm_value_name, .like = "x" },
	{ .key = "weight", .read = gm_read_int, .otherwise = "7",
	  GM_FIELD(struct pair, weight), .max = 9, .like = "1" },
	{ .key = NULL },
};
static const struct gm_field pair = {
	.key = "pair", .read = gm_read_struct, .fields = pair_fields,
	.like = "{name: x}",
};
static const struct gm_field pair_name = {
	.key = "name", .read = gm_read_text,
	GM_FIELD(struct pair, name), .check = gm_value_name, .like = "x",
};
static const struct gm_field pair_weight = {
	.key = "weight", .read = gm_read_int, .none = "none",
	GM_FIELD(struct pair, weight), .max = 9, .like = "1",
};
static const struct gm_field inner_fields[] = {
	{ .key = "on", .read = gm_read_bool,
	  GM_FIELD(struct thing, on), .like = "true" },
	{ .key = "strong", .read = gm_read_either, .otherwise = "strong",
	  GM_FIELD(struct thing, strong), .words = "weak strong",
	  .like = "weak" },
	{ .key = NULL },
};
static const struct gm_field thing_fields[] = {
	{ .key = "small", .read = gm_read_int,
	  GM_FIELD(struct thing, small), .min = 1, .max = 99, .like = "5" },
	{ .key = "big", .read = gm_read_int,
	  GM_FIELD(struct thing, big), .max = INT64_MAX, .like = "5" },
	{ .key = "inner", .read = gm_read_struct, .fields = inner_fields,
	  .otherwise = "{on: true}", .none = "nothing", .like = "{on: true}" },
	{ .key = "word", .read = gm_read_word,
	  GM_FIELD(struct thing, word), .words = "red green", .like = "red" },
	{ .key = "text", .read = gm_read_text, .required = true,
	  GM_FIELD(struct thing, text), .check = gm_value_name, .like = "x" },
	{ .key = "age", .read = gm_read_duration,
	  GM_FIELD(struct thing, age), .none = "none", .like = "3d" },
	{ .key = "tags", .read = gm_read_texts, .min = 1,
	  GM_FIELD(struct thing, tags), .check = gm_value_principal,
	  .like = "[a]" },
	{ .key = "pairs", .read = gm_read_list, .min = 1, .none = "auto",
	  GM_FIELD_ARRAY(struct thing, pairs, n_pairs), .value = &pair,
	  .like = "[{name: x}]" },
	{ .key = "by_name", .read = gm_read_named,
	  GM_FIELD_ARRAY(struct thing, by_name, n_by_name),
	  .name = &pair_name, .value = &pair_weight, .like = "{x: 1}" },
	{ .key = NULL },
};
static const struct gm_field thing_field = {
	.key = "thing", .read = gm_read_struct, .fields = thing_fields,
	.like = "{text: x}",
};
/* clang-format on */

struct fixture {
	struct gm_arena arena;
	struct gm_err err;
	struct gm_reader reader;
	struct gm_node root;
	struct thing thing;
};

static int read_thing(struct fixture *f, const char *text)
{
	f->err = (struct gm_err)GM_ERR_INIT;
	f->thing = (struct thing){ 0 };
	f->reader = (struct gm_reader){ .arena = &f->arena,
					.name = "t.yaml",
					.text = gm_str(text),
					.err = &f->err };
	if (gm_node_read(&f->root, &f->arena, "t.yaml", gm_str(text), &f->err) <
	    0)
		fail_msg("%s: %s", text, f->err.msg);
	return thing_field.read(&f->reader, &thing_field, &f->root, &f->thing);
}

static void test_all(void **state)
{
	struct fixture f = { GM_ARENA_INIT };
	const struct gm_node *n;

	(void)state;
	assert_int_equal(read_thing(&f, "small: 99\n"
					"big: 9223372036854775807\n"
					"inner: {on: true, strong: weak}\n"
					"word: green\n"
					"text: \"1\"\n"
					"age: 2h\n"
					"tags: [b, 'a']\n"
					"pairs:\n"
					"- name: p\n"
					"- {name: q, weight: 0}\n"
					"by_name: {r: 9, s: none}\n"),
			 0);
	assert_int_equal(f.thing.small, 99);
	assert_true(f.thing.big == INT64_MAX);
	assert_true(f.thing.on);
	assert_false(f.thing.strong);
	assert_string_equal(f.thing.word, "green");
	assert_string_equal(f.thing.text, "1");
	assert_int_equal(f.thing.age, 7200);
	assert_int_equal(f.thing.tags.n, 2);
	assert_string_equal(f.thing.tags.items[0], "b");
	assert_string_equal(f.thing.tags.items[1], "a");
	assert_int_equal(f.thing.n_pairs, 2);
	assert_string_equal(f.thing.pairs[0].name, "p");
	assert_int_equal(f.thing.pairs[0].weight, 7);
	assert_int_equal(f.thing.pairs[1].weight, 0);
	assert_int_equal(f.thing.n_by_name, 2);
	assert_string_equal(f.thing.by_name[0].name, "r");
	assert_int_equal(f.thing.by_name[0].weight, 9);
	assert_int_equal(f.thing.by_name[1].weight, 0);

	n = gm_read_place(&f.reader, &f.thing.pairs[1].name);
	assert_non_null(n);
	assert_int_equal(n->line, 9);
	assert_int_equal(n->column, 9);
	assert_null(gm_read_place(&f.reader, &f.thing.pairs[0].weight));
	gm_arena_done(&f.arena);
}

static void test_defaults(void **state)
{
	struct fixture f = { GM_ARENA_INIT };

	(void)state;
	assert_int_equal(read_thing(&f, "text: x\n"), 0);
	assert_true(f.thing.on);
	assert_true(f.thing.strong);
	assert_int_equal(f.thing.small, 0);
	assert_null(f.thing.word);
	assert_int_equal(f.thing.n_pairs, 0);

	/* Absent keys of a key that is there. */
	assert_int_equal(read_thing(&f, "text: x\ninner: {}\n"), 0);
	assert_false(f.thing.on);
	assert_true(f.thing.strong);

	assert_int_equal(read_thing(&f, "text: x\ninner: nothing\nage: none\n"
					"pairs: auto\n"),
			 0);
	assert_false(f.thing.strong);
	assert_int_equal(f.thing.age, 0);
	assert_int_equal(f.thing.n_pairs, 0);
	gm_arena_done(&f.arena);
}

struct bad {
	const char *text;
	size_t line, column;
	const char *says, *hint;
};

/* clang-format off */
static const struct bad bads[] = {
	{ "x", 1, 1, "'thing' must be a mapping, not a single value", "text: x" },
	{ "[x]", 1, 1, "must be a mapping, not a list", "thing" },
	{ "{}", 1, 1, "'text' is missing", "text: x" },
	{ "texts: x\n", 1, 1, "unknown key 'texts'", "Did you mean 'text'" },
	{ "text: x\nqqqqqqq: 1\n", 2, 1, "unknown key", "The keys here are: small, big" },
	{ "text: x\nText: y\n", 2, 1, "unknown key 'Text'", "'text'" },
	{ "text:\n", 1, 6, "'text' has no value", "text: x" },
	{ "text: ''\n", 1, 7, "'text' has no value", "text: x" },
	{ "text: [a]\n", 1, 7, "must be a single value, not a list", "text: x" },
	{ "text: {a: b}\n", 1, 7, "must be a single value, not a mapping", "text: x" },
	{ "text: yes\n", 1, 7, "must be text", "\"yes\"" },
	{ "text: 12\n", 1, 7, "must be text", "\"12\"" },
	{ "text: ~\n", 1, 7, "must be text", "quotes" },
	{ "text: A\n", 1, 7, "'text' cannot be 'A': it must start", "text: x" },
	{ "small: 0\n", 1, 8, "out of range: 0", "from 1 to 99" },
	{ "small: 100\n", 1, 8, "out of range: 100", "from 1 to 99" },
	{ "small: -1\n", 1, 8, "not a whole decimal number", "small: 5" },
	{ "small: +1\n", 1, 8, "not a whole decimal number", "small: 5" },
	{ "small: 1.0\n", 1, 8, "not a whole decimal number", "small: 5" },
	{ "small: 1e1\n", 1, 8, "not a whole decimal number", "small: 5" },
	{ "small: 0x1\n", 1, 8, "not a whole decimal number", "small: 5" },
	{ "small: 010\n", 1, 8, "not a whole decimal number", "small: 5" },
	{ "small: 1_0\n", 1, 8, "not a whole decimal number", "small: 5" },
	{ "small: '10'\n", 1, 8, "a number has no quotes", "small: 5" },
	{ "small: true\n", 1, 8, "not a whole decimal number", "small: 5" },
	{ "small:\n", 1, 7, "has no value", "small: 5" },
	{ "small: [1]\n", 1, 8, "must be a single value", "small: 5" },
	{ "big: 9223372036854775808\n", 1, 6, "out of range", "from 0" },
	{ "big: 99999999999999999999\n", 1, 6, "not a whole", "big: 5" },
	{ "inner: {on: yes}\n", 1, 13, "only true and false", "on: true" },
	{ "inner: {on: on}\n", 1, 13, "only true and false", "on: true" },
	{ "inner: {on: True}\n", 1, 13, "only true and false", "on: true" },
	{ "inner: {on: 1}\n", 1, 13, "only true and false", "on: true" },
	{ "inner: {on: 'true'}\n", 1, 13, "only true and false", "on: true" },
	{ "inner: {on: }\n", 1, 13, "has no value", "on: true" },
	{ "inner: {strong: true}\n", 1, 17, "'strong' cannot be 'true'", "one of: weak, strong" },
	{ "inner: {strong: stron}\n", 1, 17, "cannot be 'stron'", "'strong'" },
	{ "inner: Nothing\n", 1, 8, "must be a mapping", "inner: {on: true}" },
	{ "inner: 'nothing'\n", 1, 8, "must be a mapping", "inner: {on: true}" },
	{ "inner:\n", 1, 7, "'inner' has no value", "inner: {on: true}" },
	{ "inner: {onn: true}\n", 1, 9, "unknown key 'onn'", "'on'" },
	{ "word: blue\n", 1, 7, "cannot be 'blue'", "red, green" },
	{ "word: Red\n", 1, 7, "cannot be 'Red'", "'red'" },
	{ "word: [red]\n", 1, 7, "must be a single value", "word: red" },
	{ "age: 5\n", 1, 6, "with one of s m h d w", "age: 3d" },
	{ "age: 0h\n", 1, 6, "with one of s m h d w", "age: 3d" },
	{ "age: -1h\n", 1, 6, "with one of s m h d w", "age: 3d" },
	{ "age: 1h30m\n", 1, 6, "with one of s m h d w", "age: 3d" },
	{ "age: 99999d\n", 1, 6, "to ten years", "age: 3d" },
	{ "age: 1 h\n", 1, 6, "with one of s m h d w", "age: 3d" },
	{ "age: [1h]\n", 1, 6, "must be a single value", "age: 3d" },
	{ "tags: a\n", 1, 7, "must be a list, not a single value", "tags: [a]" },
	{ "tags: []\n", 1, 7, "'tags' is empty", "tags: [a]" },
	{ "tags: [a, b, A]\n", 1, 14, "lists 'A' twice", "Remove one" },
	{ "tags: [a, [b]]\n", 1, 11, "must be a single value", "tags: [a]" },
	{ "tags: [a, no]\n", 1, 11, "must be text", "\"no\"" },
	{ "tags: {a: b}\n", 1, 7, "must be a list, not a mapping", "tags: [a]" },
	{ "pairs: {name: x}\n", 1, 8, "must be a list, not a mapping", "pairs: [" },
	{ "pairs: []\n", 1, 8, "'pairs' is empty", "pairs: [" },
	{ "pairs: [{}]\n", 1, 9, "'name' is missing", "name: x" },
	{ "pairs:\n- name: x\n- nam: y\n", 3, 3, "unknown key 'nam'", "'name'" },
	{ "pairs: [x]\n", 1, 9, "'pair' must be a mapping", "{name: x}" },
	{ "by_name: [x]\n", 1, 10, "must be a mapping, not a list", "by_name: {x: 1}" },
	{ "by_name: {X: 1}\n", 1, 11, "'name' cannot be 'X'", "name: x" },
	{ "by_name: {yes: 1}\n", 1, 11, "must be text", "\"yes\"" },
	{ "by_name: {x: 10}\n", 1, 14, "out of range", "from 0 to 9" },
	{ "by_name: {x: }\n", 1, 14, "'weight' has no value", "weight: 1" },
};
/* clang-format on */

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < GM_COUNT(bads); i++) {
		const struct bad *b = &bads[i];
		struct fixture f = { GM_ARENA_INIT };

		if (read_thing(&f, b->text) == 0)
			fail_msg("accepted: %s", b->text);
		if (f.err.line != b->line || f.err.column != b->column ||
		    !strstr(f.err.msg, b->says) || !strstr(f.err.hint, b->hint))
			fail_msg("%s: %zu:%zu: %s\n%s", b->text, f.err.line,
				 f.err.column, f.err.msg, f.err.hint);
		assert_int_equal(f.err.code, GM_EPOLICY);
		gm_arena_done(&f.arena);
	}
}

/* A long value does not push the reason out of the message. */
static void test_long(void **state)
{
	struct fixture f = { GM_ARENA_INIT };
	char text[900] = "text: A";

	(void)state;
	memset(text + 7, 'a', sizeof(text) - 8);
	assert_int_equal(read_thing(&f, text), -1);
	assert_non_null(strstr(f.err.msg, "longer than 63"));
	assert_true(strlen(f.err.msg) < 200);
	gm_arena_done(&f.arena);
}

static void test_suggest_none(void **state)
{
	struct fixture f = { GM_ARENA_INIT };

	(void)state;
	assert_int_equal(read_thing(&f, "text: x\n"), 0);
	assert_int_equal(gm_read_suggest(&f.reader, GM_STR("dba"),
					 "The roles here are", NULL, 0),
			 -1);
	assert_string_equal(f.err.hint, "The roles here are: none.");
	gm_arena_done(&f.arena);
}

GM_UNIT_MAIN(cmocka_unit_test(test_all), cmocka_unit_test(test_defaults),
	     cmocka_unit_test(test_bad), cmocka_unit_test(test_long),
	     cmocka_unit_test(test_suggest_none))
