#include "rollout/yaml.h"

#include <string.h>

#include "rollout/trees.h"

static void fails(const char *text, size_t line, size_t column,
		  const char *message)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct gm_yaml_docs docs = { 0 };

	assert_int_equal(gm_yaml_read(&docs, &a, "x.yaml", gm_str(text), &err),
			 -1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_non_null(strstr(err.msg, message));
	assert_string_equal(err.path, "x.yaml");
	assert_int_equal(err.line, line);
	assert_int_equal(err.column, column);
	assert_int_equal(docs.n, 0);
}

static void test_documents(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_yaml_docs docs;

	(void)state;
	assert_int_equal(read_ok(&a, "").n, 0);
	assert_int_equal(read_ok(&a, "# nothing\n---\n---\n# more\n").n, 0);
	docs = read_ok(&a, "\xef\xbb\xbf"
			   "a: 1\r\nb: 2\r\n");
	assert_int_equal(docs.items[0]->n, 2);
	assert_string_equal(gm_yaml_text(&a, gm_yaml_get(docs.items[0], "a")),
			    "1");
	docs = read_ok(&a, "a: 1\n---\nb:\n  - 'x'\n  - y\n...\n");
	assert_int_equal(docs.n, 2);
	assert_string_equal(gm_yaml_text(&a, gm_yaml_get(docs.items[0], "a")),
			    "1");
	assert_int_equal(gm_yaml_get(docs.items[1], "b")->n, 2);
	assert_int_equal(gm_yaml_get(docs.items[1], "b")->items[0]->style,
			 GM_YAML_QUOTED);
	assert_int_equal(gm_yaml_get(docs.items[1], "b")->items[1]->style,
			 GM_YAML_PLAIN);
	assert_int_equal(gm_yaml_get(docs.items[1], "b")->items[1]->line, 5);
	assert_int_equal(gm_yaml_get(docs.items[1], "b")->items[1]->column, 5);
}

static void test_look(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_yaml *doc;

	(void)state;
	doc = read_ok(&a, "spec: {on: Yes, q: \"true\", deep: {er: [1]}}\n")
		      .items[0];
	assert_true(gm_yaml_true(gm_yaml_at(doc, "spec/on")));
	assert_false(gm_yaml_true(gm_yaml_at(doc, "spec/q")));
	assert_false(gm_yaml_true(NULL));
	assert_int_equal(gm_yaml_at(doc, "spec/deep/er")->kind, GM_YAML_LIST);
	assert_null(gm_yaml_at(doc, "spec/deep/er/more"));
	assert_null(gm_yaml_at(doc, "none/at/all"));
	assert_null(gm_yaml_text(&a, gm_yaml_get(doc, "spec")));
	assert_null(gm_yaml_get(gm_yaml_at(doc, "spec/on"), "x"));
}

static void test_aliases(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_yaml *doc;

	(void)state;
	doc = read_ok(&a, "a: &x {k: v}\nb: *x\n").items[0];
	assert_ptr_equal(gm_yaml_get(doc, "a"), gm_yaml_get(doc, "b"));
	fails("a: &x\n  b: *x\n", 2, 6, "its own anchor");
	fails("b: *x\na: &x 1\n", 1, 4, "without an anchor");
	/* An anchor may be used again; it is gone with its document. */
	doc = read_ok(&a, "a: &x 1\nb: *x\nc: &x 2\nd: *x\n").items[0];
	assert_string_equal(gm_yaml_text(&a, gm_yaml_get(doc, "b")), "1");
	assert_string_equal(gm_yaml_text(&a, gm_yaml_get(doc, "d")), "2");
	fails("a: &x 1\n---\nb: *x\n", 3, 4, "without an anchor");
}

/* They are shared in memory, but who walks the tree meets all of them. */
static void test_bombs(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_buf wide = gm_buf(&a), deep = gm_buf(&a);

	(void)state;
	gm_buf_puts(&wide, "l0: &l0 [x]\n");
	for (int i = 1; i < 10; i++)
		gm_buf_printf(&wide,
			      "l%d: &l%d [*l%d, *l%d, *l%d, *l%d, *l%d]\n", i,
			      i, i - 1, i - 1, i - 1, i - 1, i - 1);
	fails(wide.ptr, 8, 30, "too many values");
	gm_buf_puts(&deep, "l0: &l0 [x]\n");
	for (int i = 1; i < GM_YAML_DEPTH - 1; i++)
		gm_buf_printf(&deep, "l%d: &l%d [*l%d]\n", i, i, i - 1);
	fails(deep.ptr, GM_YAML_DEPTH - 1, 12, "nested too deeply");
}

static void test_merged(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_yaml *doc, *n;

	(void)state;
	doc = read_ok(&a, "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\n"
			  "one: {<<: *x, a: 5}\n"
			  "two: {<<: [*x, *y]}\n"
			  "no: {'<<': *x}\n")
		      .items[0];
	n = gm_yaml_get(doc, "one");
	assert_int_equal(n->n, 2);
	assert_string_equal(gm_yaml_text(&a, gm_yaml_get(n, "a")), "5");
	assert_string_equal(gm_yaml_text(&a, gm_yaml_get(n, "b")), "2");
	n = gm_yaml_get(doc, "two");
	assert_int_equal(n->n, 3);
	assert_string_equal(gm_yaml_text(&a, gm_yaml_get(n, "b")), "2");
	assert_string_equal(gm_yaml_text(&a, gm_yaml_get(n, "c")), "4");
	assert_int_equal(gm_yaml_get(doc, "no")->n, 1);
	fails("a: {<<: 5}\n", 1, 4, "without a mapping");
	fails("a: {<<: [5]}\n", 1, 4, "without a mapping");
}

static void test_refused(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_buf deep = gm_buf(&a);

	(void)state;
	fails("a: 1\nb: 2\na: 3\n", 3, 1, "'a' stands twice");
	fails("? [a]\n: 1\n", 1, 3, "a key that is no word");
	fails("a: [1\n", 2, 1, "not valid YAML");
	fails("a: \xff\n", 1, 1, "not valid YAML");
	for (int i = 0; i < GM_YAML_DEPTH + 1; i++)
		gm_buf_putc(&deep, '[');
	for (int i = 0; i < GM_YAML_DEPTH + 1; i++)
		gm_buf_putc(&deep, ']');
	fails(deep.ptr, 1, GM_YAML_DEPTH + 1, "nested too deeply");
}

static void test_tags(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_yaml *doc;

	(void)state;
	doc = read_ok(&a, "a: !if:x {b: 1}\nc: !!str 5\nd: !int \"7\"\n")
		      .items[0];
	assert_string_equal(gm_yaml_get(doc, "a")->tag, "!if:x");
	assert_null(gm_yaml_get(doc, "c")->tag);
	assert_string_equal(gm_yaml_get(doc, "d")->tag, "!int");
}

static void test_named(void **state)
{
	(void)state;
	assert_true(gm_yaml_named("a/b.yaml") && gm_yaml_named("b.yml"));
	assert_false(gm_yaml_named("yaml") || gm_yaml_named("b.yaml~"));
}

GM_UNIT_MAIN(cmocka_unit_test(test_named), cmocka_unit_test(test_documents),
	     cmocka_unit_test(test_look), cmocka_unit_test(test_aliases),
	     cmocka_unit_test(test_bombs), cmocka_unit_test(test_merged),
	     cmocka_unit_test(test_refused), cmocka_unit_test(test_tags))
