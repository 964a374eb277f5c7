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
	struct gm_buf bomb = gm_buf(&a);

	(void)state;
	doc = read_ok(&a, "a: &x {k: v}\nb: *x\n").items[0];
	assert_ptr_equal(gm_yaml_get(doc, "a"), gm_yaml_get(doc, "b"));
	fails("a: &x\n  b: *x\n", 1, 4, "its own anchor");
	/* Shared, not copied: nine levels of nine stay small. */
	gm_buf_puts(&bomb, "l0: &l0 [x]\n");
	for (int i = 1; i < 10; i++)
		gm_buf_printf(&bomb,
			      "l%d: &l%d [*l%d, *l%d, *l%d, *l%d, *l%d]\n", i,
			      i, i - 1, i - 1, i - 1, i - 1, i - 1);
	assert_int_equal(read_ok(&a, bomb.ptr).items[0]->n, 10);
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

GM_UNIT_MAIN(cmocka_unit_test(test_documents), cmocka_unit_test(test_look),
	     cmocka_unit_test(test_aliases), cmocka_unit_test(test_refused),
	     cmocka_unit_test(test_tags))
