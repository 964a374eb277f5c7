#include <string.h>

#include "rollout/trees.h"

static void test_edit(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_yaml *map = gm_yaml_map(&a), *list = gm_yaml_list(&a);

	(void)state;
	gm_yaml_push(&a, list, gm_yaml_string(&a, "on"));
	gm_yaml_set(&a, map, "one", gm_yaml_word(&a, "1"));
	gm_yaml_set(&a, map, "two", list);
	gm_yaml_set(&a, map, "three", gm_yaml_map(&a));
	gm_yaml_set(&a, map, "one", gm_yaml_word(&a, "2"));
	gm_yaml_set(&a, map, "none", NULL);
	assert_string_equal(written(&a, map),
			    "one: 2\ntwo:\n- \"on\"\nthree: {}\n");
	gm_yaml_set(&a, map, "two", NULL);
	assert_string_equal(written(&a, map), "one: 2\nthree: {}\n");
}

/* What is written reads back to the same, and to the same bytes. */
static void test_round_trip(void **state)
{
	static const char *const values[] = {
		"",           "on",           "12345678",     "5e100000",
		"a: b",       "- x",          "# no comment", "${x} $$",
		"{{x}}",      "two\nlines\n", "no end\nhere", "  blanks\n",
		"tail \nx\n", "tab\tx",       "\"quoted\"",   "back\\slash",
		"\xc3\xa4",   "\n",           "*x",           "!tag",
	};
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(values); i++) {
		struct gm_yaml *map = gm_yaml_map(&a), *back;
		const char *text;

		gm_yaml_set(&a, map, "k", gm_yaml_string(&a, values[i]));
		if (*values[i])
			gm_yaml_set(&a, map, values[i],
				    gm_yaml_string(&a, "v"));
		text = written(&a, map);
		back = read_ok(&a, text).items[0];
		assert_string_equal(gm_yaml_text(&a, gm_yaml_get(back, "k")),
				    values[i]);
		assert_int_equal(gm_yaml_get(back, "k")->style, GM_YAML_QUOTED);
		assert_string_equal(written(&a, back), text);
	}
}

static void test_written_keys(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_yaml *map = gm_yaml_map(&a);

	(void)state;
	gm_yaml_set(&a, map, "on", gm_yaml_string(&a, "x\ny\n"));
	gm_yaml_set(&a, map, "1e5", gm_yaml_list(&a));
	gm_yaml_set(&a, map, "app.kubernetes.io/name",
		    gm_yaml_word(&a, "true"));
	assert_string_equal(written(&a, map), "\"on\": |\n  x\n  y\n"
					      "\"1e5\": []\n"
					      "app.kubernetes.io/name: true\n");
}

GM_UNIT_MAIN(cmocka_unit_test(test_edit), cmocka_unit_test(test_round_trip),
	     cmocka_unit_test(test_written_keys))
