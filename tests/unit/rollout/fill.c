#include "rollout/fill.h"

#include <string.h>

#include "unit.h"

static const struct gm_tmpl_var vars[] = {
	{ "name", "shop" }, { "flag", "true" }, { "count", "3" },
	{ "none", NULL },   { "empty", "" },    { "evil", "x\n- y: [1" },
	{ "word", "on" },   { NULL, NULL },
};
static const struct gm_tmpl_var first[] = { { "item", "a" }, { NULL, NULL } };
static const struct gm_tmpl_var second[] = { { "item", "b" },
					     { "name", "inner" },
					     { NULL, NULL } };
static const struct gm_fill_row rows[] = { { first }, { second } };
static const struct gm_fill_list lists[] = { { "items", rows, 2 },
					     { "nothing", NULL, 0 },
					     { NULL, NULL, 0 } };
static const struct gm_fill fill = { vars, lists };

static struct gm_yaml *template_of(struct gm_arena *a, const char *text)
{
	struct gm_yaml_docs docs = { 0 };
	struct gm_err err = GM_ERR_INIT;

	assert_ok(gm_yaml_read(&docs, a, "t.yaml", gm_str(text), &err));
	assert_int_equal(docs.n, 1);
	return docs.items[0];
}

static void gives(const char *text, const char *want)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct gm_buf out = gm_buf(&a);
	struct gm_yaml *n = NULL;

	assert_ok(
		gm_fill(&n, &a, "t.yaml", template_of(&a, text), &fill, &err));
	if (!want) {
		assert_null(n);
		return;
	}
	assert_ok(gm_yaml_write(&out, n, &err));
	assert_string_equal(out.ptr, want);
}

static void fails(const char *text, size_t line, size_t column,
		  const char *message)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct gm_yaml *n = NULL;

	assert_int_equal(
		gm_fill(&n, &a, "t.yaml", template_of(&a, text), &fill, &err),
		-1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_string_equal(err.msg, message);
	assert_string_equal(err.path, "t.yaml");
	assert_int_equal(err.line, line);
	assert_int_equal(err.column, column);
	assert_null(n);
}

static void test_values(void **state)
{
	(void)state;
	gives("a: '{{name}}'\nb: 'x {{ name }}-{{count}} y'\n",
	      "a: \"shop\"\nb: \"x shop-3 y\"\n");
	gives("{'{{name}}/k': v}\n", "shop/k: v\n");
	gives("a: '{{empty}}'\nb: '<{{none}}>'\n", "a: \"\"\nb: \"<>\"\n");
	gives("a: 'one { brace } {'\n", "a: \"one { brace } {\"\n");
}

/* Whatever a value holds, it stays one scalar. */
static void test_structure(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct gm_buf out = gm_buf(&a);
	struct gm_yaml *n;

	(void)state;
	assert_ok(gm_fill(&n, &a, "t.yaml",
			  template_of(&a, "a: ['{{evil}}', \"{{word}}\"]\n"),
			  &fill, &err));
	assert_ok(gm_yaml_write(&out, n, &err));
	n = template_of(&a, out.ptr);
	assert_int_equal(gm_yaml_get(n, "a")->n, 2);
	assert_string_equal(gm_yaml_text(&a, gm_yaml_get(n, "a")->items[0]),
			    "x\n- y: [1");
}

static void test_types(void **state)
{
	(void)state;
	gives("a: !bool '{{flag}}'\nb: !int '{{count}}'\nc: '{{word}}'\n"
	      "d: false\ne: 5\n",
	      "a: true\nb: 3\nc: \"on\"\nd: false\ne: 5\n");
	gives("a: !int '1{{count}}'\n", "a: 13\n");
	fails("a: !bool '{{word}}'\n", 1, 4, "no true or false: 'on'");
	fails("a: !int '{{name}}'\n", 1, 4, "no whole number: 'shop'");
	fails("a: !int '0{{count}}'\n", 1, 4, "no whole number: '03'");
}

static void test_left_out(void **state)
{
	(void)state;
	gives("a: '{{none}}'\nb: 1\n", "b: 1\n");
	gives("a: ['{{none}}', x]\n", "a:\n- x\n");
	gives("a: !int '{{none}}'\nb: 1\n", "b: 1\n");
	gives("'{{none}}'", NULL);
	gives("a: !if:name {b: 1}\nc: !if:none {b: 1}\nd: !if:empty [1]\n",
	      "a:\n  b: 1\n");
}

static void test_lists(void **state)
{
	(void)state;
	gives("a: !each:items [{k: '{{item}}', o: '{{name}}'}]\n",
	      "a:\n- k: \"a\"\n  o: \"shop\"\n- k: \"b\"\n  o: \"inner\"\n");
	gives("a: !each:nothing ['{{item}}']\nb: 1\n", "b: 1\n");
	gives("a: []\n", "a: []\n");
	fails("a: !each:items ['{{item}}', x]\n", 1, 4,
	      "there is to be one item to repeat for 'items'");
	fails("a: !each:gone [x]\n", 1, 4,
	      "the template asks for an unknown list 'gone'");
}

static void test_mistakes(void **state)
{
	(void)state;
	fails("a:\n  b: '{{nam}}'\n", 2, 6,
	      "the template asks for an unknown value 'nam'");
	fails("a: '{{name'\n", 1, 4, "'{{' without '}}' in '{{name'");
	fails("a: !what x\n", 1, 4, "no tag of templates: '!what'");
	fails("a: !what {b: 1}\n", 1, 4, "no tag of templates: '!what'");
	fails("a: !if:nam {b: 1}\n", 1, 4,
	      "the template asks for an unknown value 'nam'");
	fails("a: !each:items {b: 1}\n", 1, 4,
	      "no tag of templates: '!each:items'");
}

GM_UNIT_MAIN(cmocka_unit_test(test_values), cmocka_unit_test(test_structure),
	     cmocka_unit_test(test_types), cmocka_unit_test(test_left_out),
	     cmocka_unit_test(test_lists), cmocka_unit_test(test_mistakes))
