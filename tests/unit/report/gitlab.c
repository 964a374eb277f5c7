#include "unit/report/sample.h"

#include "unit/report/loaded.h"

static json_t *written(struct sample *s)
{
	json_t *root = loaded(sample_write(s, "gitlab"));

	assert_true(json_is_array(root));
	return root;
}

static const char *string(json_t *list, size_t i, const char *key)
{
	return json_string_value(json_object_get(json_array_get(list, i), key));
}

static void check_location(json_t *list, size_t i, const char *path, int line)
{
	json_t *location = json_object_get(json_array_get(list, i), "location");
	json_t *lines = json_object_get(location, "lines");

	assert_string_equal(
		json_string_value(json_object_get(location, "path")), path);
	assert_int_equal(json_integer_value(json_object_get(lines, "begin")),
			 line);
}

static void test_all(void **state)
{
	struct sample s;
	json_t *root;

	(void)state;
	sample_start(&s);
	sample_error(&s);
	sample_warning(&s);
	sample_ref(&s);
	gm_find(&s.result.findings, GM_RULE_INDEX_NOT_CONCURRENT, "locks");
	s.result.findings.items[3].severity = GM_SEV_ERROR;
	root = written(&s);
	assert_int_equal(json_array_size(root), 4);
	assert_string_equal(string(root, 0, "description"),
			    "drops column users.phone. Split it.");
	assert_string_equal(string(root, 0, "check_name"), "mixed-destructive");
	assert_string_equal(string(root, 0, "severity"), "blocker");
	check_location(root, 0, SAMPLE_PATH, 2);
	assert_string_equal(string(root, 1, "description"), "no way back");
	assert_string_equal(string(root, 1, "severity"), "minor");
	check_location(root, 1, SAMPLE_PATH, 1);
	check_location(root, 2, ".", 1);
	assert_string_equal(string(root, 3, "severity"), "major");
	json_decref(root);
	sample_done(&s);
}

/* The fingerprint of the last of `n` equal errors with another place. */
static void fingerprint(char *out, size_t n, size_t line, const char *commit,
			const char *path)
{
	struct sample s;
	json_t *root;

	sample_start(&s);
	for (size_t i = 0; i < n; i++) {
		struct gm_finding *f = sample_error(&s);

		f->line = line;
		f->commit = commit;
		f->path = gm_str(path);
	}
	root = written(&s);
	assert_int_equal(strlen(string(root, n - 1, "fingerprint")), 64);
	memcpy(out, string(root, n - 1, "fingerprint"), 65);
	json_decref(root);
	sample_done(&s);
}

static void test_fingerprints(void **state)
{
	char one[65], other[65];

	(void)state;
	fingerprint(one, 1, 2, SAMPLE_COMMIT, "a");
	fingerprint(other, 1, 99, "ff", "a");
	assert_string_equal(one, other);
	fingerprint(other, 1, 2, SAMPLE_COMMIT, "b");
	assert_string_not_equal(one, other);
	fingerprint(other, 2, 2, SAMPLE_COMMIT, "a");
	assert_string_not_equal(one, other);
}

static void test_evil(void **state)
{
	struct sample s;
	json_t *root;

	(void)state;
	sample_start(&s);
	sample_evil(&s);
	root = written(&s);
	assert_int_equal(json_array_size(root), 2);
	assert_non_null(strstr(string(root, 0, "description"), "]]>"));
	json_decref(root);
	sample_done(&s);
	sample_start(&s);
	assert_string_equal(sample_write(&s, "gitlab"), "[]\n");
	sample_done(&s);
}

GM_UNIT_MAIN(cmocka_unit_test(test_all), cmocka_unit_test(test_fingerprints),
	     cmocka_unit_test(test_evil))
