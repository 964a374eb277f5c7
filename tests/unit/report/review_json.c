#include "reviewed.h"

#include <jansson.h>

static json_t *at(json_t *list, size_t i)
{
	json_t *item = json_array_get(list, i);

	assert_non_null(item);
	return item;
}

static const char *text(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	assert_non_null(value);
	return json_string_value(value);
}

static json_t *load(struct sample *s)
{
	struct gm_buf out = gm_buf(&s->a);
	json_error_t error;
	json_t *root;

	gm_report_review_json(&out, &s->all);
	assert_int_equal(out.ptr[out.len - 1], '\n');
	root = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(root);
	return root;
}

static void test_document(void **state)
{
	static const char *const states[] = { "landed",   "not-needed",
					      "approved", "missing",
					      "rejected", "bad" };
	struct sample s;
	json_t *root, *list, *item, *record;

	(void)state;
	sample_start(&s);
	root = load(&s);
	assert_int_equal(json_integer_value(json_object_get(root, "version")),
			 1);
	assert_string_equal(text(root, "project"), "shop");
	assert_string_equal(text(root, "ref"), "refs/heads/main");
	assert_string_equal(text(root, "policy_of"), "origin/main");
	assert_true(json_is_false(json_object_get(root, "approved")));
	list = json_object_get(root, "migrations");
	assert_int_equal(json_array_size(list), GM_COUNT(states));
	for (size_t i = 0; i < GM_COUNT(states); i++) {
		item = at(list, i);
		assert_string_equal(text(item, "state"), states[i]);
		assert_int_equal(
			json_is_true(json_object_get(item, "approved")), i < 3);
	}
	record = at(json_object_get(at(list, 2), "records"), 0);
	assert_string_equal(text(record, "kind"), "approve");
	assert_string_equal(text(record, "state"), "counts");
	assert_null(text(record, "why"));
	assert_string_equal(text(record, "until"), "2026-11-21T11:00:00Z");
	assert_true(json_is_true(json_object_get(record, "pushed")));
	record = at(json_object_get(at(list, 3), "records"), 0);
	assert_true(json_is_false(json_object_get(record, "pushed")));
	assert_null(text(record, "until"));
	item = at(json_object_get(at(list, 3), "missing"), 0);
	assert_string_equal(text(item, "role"), "dba");
	assert_int_equal(json_array_size(json_object_get(item, "principals")),
			 2);
	item = at(json_object_get(at(list, 3), "overrides"), 0);
	assert_string_equal(text(item, "ticket"), "INC-1");
	assert_true(json_is_true(json_object_get(item, "in_force")));
	assert_string_equal(text(at(list, 4), "rejected_by"),
			    "dan@example.com");
	record = at(json_object_get(at(list, 4), "records"), 0);
	assert_string_equal(text(record, "message"), "no\033[m");
	assert_string_equal(text(record, "target"), "sha256:00");
	item = at(json_object_get(at(list, 5), "bad"), 0);
	assert_string_equal(text(item, "why"), "odd");
	item = json_object_get(root, "policy");
	assert_string_equal(text(item, "kind"), "policy");
	assert_null(text(item, "id"));
	item = at(json_object_get(root, "follow_ups"), 0);
	assert_string_equal(text(item, "follow_up"), "look");
	json_decref(root);
	gm_arena_done(&s.a);
}

static void test_all_is_there(void **state)
{
	struct sample s;
	json_t *root;

	(void)state;
	sample_start(&s);
	s.all.n = 3;
	s.all.open.n = 0;
	root = load(&s);
	assert_true(json_is_true(json_object_get(root, "approved")));
	assert_true(json_is_null(json_object_get(root, "policy")));
	assert_int_equal(json_array_size(json_object_get(root, "follow_ups")),
			 0);
	json_decref(root);
	gm_arena_done(&s.a);
}

GM_UNIT_MAIN(cmocka_unit_test(test_document),
	     cmocka_unit_test(test_all_is_there))
