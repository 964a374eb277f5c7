#include "base/tmpl.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;

static const struct gm_tmpl_var vars[] = {
	{ "name", "add_phone" }, { "empty", "" }, { "null", NULL },
	{ "odd", "{{name}}" },   { NULL, NULL },
};

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	memset(&err, 0, sizeof(err));
	return 0;
}

static void gives(const char *text, const char *want)
{
	struct gm_str out;

	assert_ok(gm_tmpl_fill(&out, &arena, "t", gm_str(text), vars, &err));
	assert_str(out, want);
}

static void refuses(const char *text, size_t line, size_t column,
		    const char *msg)
{
	struct gm_str out = GM_STR("untouched");

	if (gm_tmpl_fill(&out, &arena, "t.sql", gm_str(text), vars, &err) == 0)
		fail_msg("'%s' was taken", text);
	assert_int_equal(err.code, GM_EINPUT);
	assert_string_equal(err.msg, msg);
	assert_string_equal(err.path, "t.sql");
	assert_int_equal(err.line, line);
	assert_int_equal(err.column, column);
	assert_str(out, "untouched");
}

static void names(void **state)
{
	(void)state;
	gives("", "");
	gives("plain { } }} {x} text\n", "plain { } }} {x} text\n");
	gives("{{name}}", "add_phone");
	gives("-- {{name}}: {{name}}{{empty}}{{null}}.\nend",
	      "-- add_phone: add_phone.\nend");
	/* A value is never read as a template. */
	gives("{{odd}}\n", "{{name}}\n");
	gives("{ {{name}} }\n", "{ add_phone }\n");
	gives("{{name}}{", "add_phone{");
}

static void sections(void **state)
{
	(void)state;
	gives("a\n{{#if name}}\nb {{name}}\n{{/if}}\nc\n",
	      "a\nb add_phone\nc\n");
	gives("a\n{{#if empty}}\nb {{name}}\n{{/if}}\nc\n", "a\nc\n");
	gives("{{#if null}}\nb\n{{/if}}", "");
	gives(" \t{{#if name}} \nb\n  {{/if}}\r\nc", "b\nc");
	gives("{{#if name}}\n1\n{{#if empty}}\n2\n{{#if name}}\n3\n{{/if}}\n"
	      "4\n{{/if}}\n5\n{{/if}}\n6\n",
	      "1\n5\n6\n");
	gives("{{#if empty}}\n1\n{{#if empty}}\n2\n{{/if}}\n3\n{{/if}}\n4\n",
	      "4\n");
}

static void unknown_names(void **state)
{
	(void)state;
	refuses("a\nb {{nmae}}\n", 2, 3, "unknown name 'nmae' in a template");
	assert_string_equal(err.hint, "Did you mean 'name'?");
	refuses("{{ name }}", 1, 1, "unknown name ' name ' in a template");
	refuses("{{}}", 1, 1, "unknown name '' in a template");
	assert_string_equal(err.hint, "");
	refuses("x\n {{#if other}}\n{{/if}}\n", 2, 2,
		"unknown name 'other' in a template");
	/* Also where it would not show. */
	refuses("{{#if empty}}\n{{other}}\n{{/if}}\n", 2, 1,
		"unknown name 'other' in a template");
}

static void broken_marks(void **state)
{
	char deep[17 * 14 + 1];

	(void)state;
	refuses("a {{name\n}}", 1, 3, "'{{' without '}}'");
	refuses("{{", 1, 1, "'{{' without '}}'");
	refuses("{{name}", 1, 1, "'{{' without '}}'");
	refuses("x\n{{#if name}}\ny\n", 2, 1, "'{{#if}}' without an '{{/if}}'");
	refuses("x\n {{/if}}\n", 2, 2, "'{{/if}}' without an '{{#if}}'");
	refuses("x {{#if name}}\n{{/if}}\n", 1, 3,
		"'{{#if name}}' must stand alone on its line");
	refuses("{{#if name}}{{/if}}\n", 1, 1,
		"'{{#if name}}' must stand alone on its line");
	refuses("{{#each name}}\n", 1, 1,
		"unknown mark '{{#each name}}' in a template");
	refuses("{{/iff}}\n", 1, 1, "unknown mark '{{/iff}}' in a template");
	for (size_t i = 0; i < 17; i++)
		memcpy(deep + i * 13, "{{#if name}}\n", 13);
	deep[17 * 13] = '\0';
	refuses(deep, 17, 1, "'{{#if}}' nested too deeply");
}

GM_UNIT_MAIN(cmocka_unit_test_teardown(names, done),
	     cmocka_unit_test_teardown(sections, done),
	     cmocka_unit_test_teardown(unknown_names, done),
	     cmocka_unit_test_teardown(broken_marks, done))
