#include "unit/report/sample.h"

#include "unit/report/loaded.h"

static json_t *written(struct sample *s)
{
	return loaded(sample_write(s, "json"));
}

static const char *string(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static json_int_t integer(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* The keys, in their order, each followed by a blank. */
static void keys(char *out, size_t size, json_t *o)
{
	const char *key;
	json_t *value;
	size_t at = 0;

	json_object_foreach(o, key, value)
	{
		size_t len = strlen(key);

		assert_true(at + len + 2 < size);
		memcpy(out + at, key, len);
		at += len;
		out[at++] = ' ';
	}
	out[at] = '\0';
}

static void test_nothing(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	assert_string_equal(sample_write(&s, "json"),
			    "{\n"
			    "  \"version\": 1,\n"
			    "  \"verdict\": \"pass\",\n"
			    "  \"findings\": [],\n"
			    "  \"migrations\": []\n"
			    "}\n");
	sample_done(&s);
}

static void test_findings(void **state)
{
	struct sample s;
	json_t *root, *list, *f;
	char text[200];

	(void)state;
	sample_start(&s);
	sample_error(&s);
	sample_warning(&s);
	sample_ref(&s);
	root = written(&s);
	keys(text, sizeof(text), root);
	assert_string_equal(text, "version verdict findings migrations ");
	assert_int_equal(integer(root, "version"), 1);
	assert_string_equal(string(root, "verdict"), "refuse");
	list = json_object_get(root, "findings");
	assert_int_equal(json_array_size(list), 3);

	f = json_array_get(list, 0);
	keys(text, sizeof(text), f);
	assert_string_equal(
		text, "rule severity message commit path line column hint ");
	assert_string_equal(string(f, "rule"), "mixed-destructive");
	assert_string_equal(string(f, "severity"), "error");
	assert_string_equal(string(f, "message"), "drops column users.phone");
	assert_string_equal(string(f, "commit"), SAMPLE_COMMIT);
	assert_string_equal(string(f, "path"), SAMPLE_PATH);
	assert_int_equal(integer(f, "line"), 2);
	assert_int_equal(integer(f, "column"), 19);
	assert_string_equal(string(f, "hint"), "Split it.");

	f = json_array_get(list, 1);
	assert_string_equal(string(f, "severity"), "warning");
	assert_true(json_is_null(json_object_get(f, "line")));
	assert_true(json_is_null(json_object_get(f, "column")));
	assert_true(json_is_null(json_object_get(f, "hint")));
	f = json_array_get(list, 2);
	assert_true(json_is_null(json_object_get(f, "commit")));
	assert_true(json_is_null(json_object_get(f, "path")));
	json_decref(root);
	sample_done(&s);
}

static void test_migrations(void **state)
{
	struct sample s;
	json_t *root, *m, *list, *stmt, *hazards;
	char text[200];

	(void)state;
	sample_start(&s);
	sample_migration(&s);
	root = written(&s);
	assert_string_equal(string(root, "verdict"), "pass");
	m = json_array_get(json_object_get(root, "migrations"), 0);
	keys(text, sizeof(text), m);
	assert_string_equal(text, "id phase class digest path statements ");
	assert_string_equal(string(m, "id"), "1_phone");
	assert_string_equal(string(m, "phase"), "expand");
	assert_string_equal(string(m, "class"), "contract");
	assert_string_equal(string(m, "digest"), "sha256:00ff");
	assert_string_equal(string(m, "path"), SAMPLE_PATH);
	list = json_object_get(m, "statements");
	assert_int_equal(json_array_size(list), 2);
	stmt = json_array_get(list, 1);
	keys(text, sizeof(text), stmt);
	assert_string_equal(text, "line column class tag hazards ");
	assert_int_equal(integer(stmt, "line"), 3);
	assert_int_equal(integer(stmt, "column"), 1);
	assert_string_equal(string(stmt, "class"), "expand");
	assert_string_equal(string(stmt, "tag"), "CREATE INDEX");
	hazards = json_object_get(stmt, "hazards");
	assert_int_equal(json_array_size(hazards), 1);
	assert_string_equal(json_string_value(json_array_get(hazards, 0)),
			    "index-not-concurrent");
	json_decref(root);
	sample_done(&s);
}

static void test_evil(void **state)
{
	struct sample s;
	json_t *root, *f, *m;

	(void)state;
	sample_start(&s);
	sample_evil(&s);
	root = written(&s);
	f = json_array_get(json_object_get(root, "findings"), 0);
	/* Invalid UTF-8 is the one thing that cannot be told as it is. */
	assert_non_null(strstr(string(f, "message"), "\\xFF"));
	assert_non_null(strstr(string(f, "path"), "]]>"));
	m = json_array_get(json_object_get(root, "migrations"), 0);
	assert_true(json_is_null(json_object_get(m, "phase")));
	assert_true(json_is_null(json_object_get(m, "digest")));
	json_decref(root);

	sample_done(&s);
	sample_start(&s);
	gm_find(&s.result.findings, GM_RULE_BAD_TRAILER, "%s",
		"a\033\n\"\xe2\x80\xae");
	root = written(&s);
	f = json_array_get(json_object_get(root, "findings"), 0);
	assert_string_equal(string(f, "message"), "a\033\n\"\xe2\x80\xae");
	json_decref(root);
	sample_done(&s);
}

GM_UNIT_MAIN(cmocka_unit_test(test_nothing), cmocka_unit_test(test_findings),
	     cmocka_unit_test(test_migrations), cmocka_unit_test(test_evil))
