#include "unit/report/sample.h"

#include "unit/report/loaded.h"

/* Follow keys, and indices as "#0", separated by blanks. */
static json_t *at(json_t *from, const char *way)
{
	struct gm_str rest = gm_str(way), step;
	struct gm_arena a = GM_ARENA_INIT;
	uint64_t index;

	while (from && gm_str_split(&step, &rest, ' ')) {
		if (gm_str_starts(step, GM_STR("#"))) {
			assert_true(gm_str_uint(&index,
						gm_str_sub(step, 1, step.len)));
			from = json_array_get(from, index);
		} else {
			from = json_object_get(from, gm_str_dup(&a, step));
		}
	}
	gm_arena_done(&a);
	return from;
}

static const char *string(json_t *from, const char *way)
{
	return json_string_value(at(from, way));
}

static json_int_t integer(json_t *from, const char *way)
{
	return json_integer_value(at(from, way));
}

static json_t *written(struct sample *s)
{
	return loaded(sample_write(s, "sarif"));
}

static void test_tool(void **state)
{
	struct sample s;
	json_t *root, *rules;

	(void)state;
	sample_start(&s);
	root = written(&s);
	assert_string_equal(string(root, "version"), "2.1.0");
	assert_non_null(strstr(string(root, "$schema"), "sarif-2.1.0.json"));
	assert_string_equal(string(root, "runs #0 tool driver name"),
			    "git-migrate");
	assert_string_equal(string(root, "runs #0 tool driver version"),
			    gm_version);
	assert_string_equal(string(root, "runs #0 columnKind"),
			    "unicodeCodePoints");
	assert_true(json_is_array(at(root, "runs #0 results")));
	assert_int_equal(json_array_size(at(root, "runs #0 results")), 0);
	rules = at(root, "runs #0 tool driver rules");
	assert_int_equal(json_array_size(rules), GM_RULE_COUNT);
	for (size_t i = 0; i < GM_RULE_COUNT; i++) {
		const struct gm_rule_info *info = gm_rule_info((enum gm_rule)i);
		json_t *rule = json_array_get(rules, i);

		assert_string_equal(string(rule, "id"), info->name);
		assert_string_equal(string(rule, "shortDescription text"),
				    info->title);
		assert_non_null(string(rule, "defaultConfiguration level"));
	}
	json_decref(root);
	sample_done(&s);
}

static void test_results(void **state)
{
	struct sample s;
	json_t *root, *r;

	(void)state;
	sample_start(&s);
	sample_error(&s);
	sample_warning(&s);
	sample_ref(&s);
	root = written(&s);
	r = at(root, "runs #0 results #0");
	assert_string_equal(string(r, "ruleId"), "mixed-destructive");
	assert_int_equal(integer(r, "ruleIndex"), GM_RULE_MIXED_DESTRUCTIVE);
	assert_string_equal(string(r, "level"), "error");
	assert_string_equal(string(r, "message text"),
			    "drops column users.phone. Split it.");
	assert_string_equal(string(r, "properties commit"), SAMPLE_COMMIT);
	r = at(r, "locations #0 physicalLocation");
	assert_string_equal(string(r, "artifactLocation uri"), SAMPLE_PATH);
	assert_int_equal(integer(r, "region startLine"), 2);
	assert_int_equal(integer(r, "region startColumn"), 19);
	/* 18 bytes, of which two are one character. */
	assert_int_equal(integer(r, "region endColumn"), 36);

	r = at(root, "runs #0 results #1");
	assert_string_equal(string(r, "level"), "warning");
	assert_non_null(at(r, "locations #0 physicalLocation"));
	assert_null(at(r, "locations #0 physicalLocation region"));
	r = at(root, "runs #0 results #2");
	assert_null(at(r, "locations"));
	assert_string_equal(string(r, "properties ref"),
			    "refs/notes/migrate/landed");
	json_decref(root);
	sample_done(&s);
}

static void test_uris(void **state)
{
	static const char *const paths[][2] = {
		{ "a b/c%d.sql", "a%20b/c%25d.sql" },
		{ "a:b/c", "./a:b/c" },
		{ "a/b:c", "a/b:c" },
		{ "/tmp/x.sql", "file:///tmp/x.sql" },
		{ "\xc3\xa9#?\"\n", "%C3%A9%23%3F%22%0A" },
		{ "-", "-" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(paths); i++) {
		struct sample s;
		json_t *root;

		sample_start(&s);
		sample_warning(&s)->path = gm_str(paths[i][0]);
		root = written(&s);
		assert_string_equal(
			string(root, "runs #0 results #0 locations #0 "
				     "physicalLocation artifactLocation uri"),
			paths[i][1]);
		json_decref(root);
		sample_done(&s);
	}
}

static void test_line_alone(void **state)
{
	struct sample s;
	json_t *root, *region;

	(void)state;
	sample_start(&s);
	sample_warning(&s)->line = 4;
	root = written(&s);
	region = at(root, "runs #0 results #0 locations #0 physicalLocation "
			  "region");
	assert_int_equal(integer(region, "startLine"), 4);
	assert_null(at(region, "startColumn"));
	json_decref(root);
	sample_done(&s);
}

static void test_evil(void **state)
{
	struct sample s;
	json_t *root;

	(void)state;
	sample_start(&s);
	sample_evil(&s);
	gm_find(&s.result.findings, GM_RULE_BAD_TRAILER, "a {0} b\n\"");
	root = written(&s);
	assert_string_equal(string(root, "runs #0 results #2 message text"),
			    "a {{0}} b\n\"");
	json_decref(root);
	sample_done(&s);
}

GM_UNIT_MAIN(cmocka_unit_test(test_tool), cmocka_unit_test(test_results),
	     cmocka_unit_test(test_uris), cmocka_unit_test(test_line_alone),
	     cmocka_unit_test(test_evil))
