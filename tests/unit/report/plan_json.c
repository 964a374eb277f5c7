#include <jansson.h>

#include "unit/report/planned.h"

static const char *at(json_t *root, const char *list, size_t i, const char *key)
{
	const char *text = json_string_value(json_object_get(
		json_array_get(json_object_get(root, list), i), key));

	return text ? text : "(null)";
}

static void test_json(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_plan p = planned(&a);
	struct gm_buf out = gm_buf(&a);
	json_t *root, *stages;

	(void)state;
	gm_report_plan_json(&out, &p);
	root = json_loads(out.ptr, 0, NULL);
	assert_non_null(root);
	assert_int_equal(json_integer_value(json_object_get(root, "version")),
			 1);
	assert_string_equal(json_string_value(json_object_get(root, "id")),
			    "1_add");
	assert_string_equal(at(root, "migrations", 0, "review"),
			    "missing 1 dba");
	assert_string_equal(
		json_string_value(json_array_get(
			json_object_get(
				json_array_get(
					json_object_get(
						json_array_get(
							json_object_get(
								root,
								"migrations"),
							0),
						"statements"),
					0),
				"hazards"),
			0)),
		"index-not-concurrent");
	assert_string_equal(at(root, "environments", 0, "missing"),
			    "there is no cluster");
	assert_string_equal(at(root, "environments", 1, "after"), "develop");
	stages = json_object_get(
		json_array_get(json_object_get(root, "environments"), 1),
		"stages");
	assert_int_equal(json_array_size(stages), 3);
	assert_true(json_is_null(
		json_object_get(json_array_get(stages, 1), "directory")));
	assert_int_equal(json_array_size(json_object_get(root, "no_go")), 1);
	assert_string_equal(at(root, "ladder", 0, "missing"), "there is none");
	assert_string_equal(at(root, "ladder", 1, "loses"), "all");
	assert_string_equal(at(root, "ladder", 1, "rpo"), "then");
	assert_string_equal(at(root, "ladder", 1, "rto"), "an hour");
	json_decref(root);
}

GM_UNIT_MAIN(cmocka_unit_test(test_json))
