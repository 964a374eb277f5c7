#include "report/apply.h"

#include <jansson.h>

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static struct gm_apply_unit units[] = {
	{ .id = "1_a",
	  .path = "m/1_a/up.sql",
	  .digest = "sha256:1",
	  .state = GM_APPLY_DONE },
	{ .id = "2_b",
	  .path = "m/2_b/up.sql",
	  .digest = "sha256:2",
	  .state = GM_APPLY_APPLIED,
	  .class_ = GM_CLASS_EXPAND,
	  .ms = 1500 },
	{ .id = "3\x1b[m",
	  .path = "m/3_c/up.sql",
	  .digest = "sha256:3",
	  .state = GM_APPLY_PENDING,
	  .class_ = GM_CLASS_CONTRACT },
	{ .id = "4_d",
	  .path = "m/4_d/up.sql",
	  .digest = "sha256:4",
	  .state = GM_APPLY_REFUSED },
};

static struct gm_apply_refusal refusal = { .id = "4_d",
					   .path = "m/4_d/up.sql",
					   .line = 2,
					   .column = 3,
					   .why = "no",
					   .hint = "Say yes." };

static const char *print(struct gm_apply_options *o, int answer, bool json)
{
	struct gm_apply_result result = { .applied = 1, .database = "shop" };
	struct gm_buf out = gm_buf(&arena);
	struct gm_err err = GM_ERR_INIT;
	struct gm_report_apply r = { .units = units,
				     .n = GM_COUNT(units),
				     .result = &result,
				     .options = o,
				     .answer = answer,
				     .err = &err };

	result.refused.items = &refusal;
	result.refused.n = 1;
	gm_fail(&err, GM_EDB, "broken");
	if (json)
		gm_report_apply_json(&out, &r);
	else
		gm_report_apply(&out, &r);
	return out.ptr;
}

static void test_human(void **state)
{
	struct gm_apply_options o = { .dry_run = false };
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	assert_ok(gm_steps_read(&units[2].steps, &arena,
				GM_STR("SET x.y = 1; CREATE INDEX CONCURRENTLY"
				       " i ON a (b); VACUUM FULL a;"),
				GM_PHASE_NONE, false, &err));
	assert_string_equal(print(&o, 1, false),
			    "applied 2_b (expand) in 1.5 s\n"
			    "m/4_d/up.sql:2:3: refused: 4_d: no\n"
			    "    hint: Say yes.\n"
			    "shop: 1 migration applied, 1 before, 2 pending\n");
	o.dry_run = true;
	assert_string_equal(print(&o, 0, false),
			    "applied 2_b (expand) in 1.5 s\n"
			    "would apply 3\\e[m (contract)\n"
			    "    line 1: CREATE INDEX in no transaction\n"
			    "    line 1: VACUUM in no transaction, blocks"
			    " everybody\n"
			    "m/4_d/up.sql:2:3: refused: 4_d: no\n"
			    "    hint: Say yes.\n"
			    "shop: 1 migration applied, 1 before, 2 pending\n");
	assert_null(strstr(print(&o, -1, false), "before"));
}

static void test_json(void **state)
{
	struct gm_apply_options o = { .env = "staging" };
	json_t *root, *list;

	(void)state;
	root = json_loads(print(&o, -1, true), 0, NULL);
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root, "answer")),
			    "error");
	list = json_object_get(root, "migrations");
	assert_int_equal(json_array_size(list), 4);
	list = json_object_get(json_array_get(list, 2), "steps");
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(list, 1), "blocks")),
			    "everybody");
	json_decref(root);
	root = json_loads(print(&o, 0, true), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(root, "answer")),
			    "done");
	assert_true(json_is_null(json_object_get(root, "error")));
	json_decref(root);
}

static void test_news(void **state)
{
	struct gm_news n = { .kind = GM_NEWS_PROGRESS,
			     .unit = &units[1],
			     .step = 1,
			     .walked = 50,
			     .total = 200,
			     .rate = 10,
			     .left_s = 15 };

	(void)state;
	assert_string_equal(gm_report_news(&arena, &n),
			    "2_b: step 1: 50 of 200 rows (25 %), 10/s, 15"
			    " seconds left");
	n.total = 0;
	n.left_s = -1;
	assert_string_equal(gm_report_news(&arena, &n),
			    "2_b: step 1: 50 rows, 10/s");
	n = (struct gm_news){ .kind = GM_NEWS_NOTE, .text = "x\n" };
	assert_string_equal(gm_report_news(&arena, &n), "note: x\\n");
	n.unit = &units[1];
	assert_string_equal(gm_report_news(&arena, &n), "note: 2_b: x\\n");
	n.kind = GM_NEWS_BLOCKED;
	assert_string_equal(gm_report_news(&arena, &n), "blocked: 2_b: x\\n");
	n.kind = GM_NEWS_WAIT;
	assert_non_null(strstr(gm_report_news(&arena, &n), "another apply"));
	n.kind = GM_NEWS_STEP;
	assert_string_equal(gm_report_news(&arena, &n), "");
	n.unit = &units[2];
	n.step = 2;
	assert_non_null(strstr(gm_report_news(&arena, &n), "step 2 of 2"));
	n.kind = GM_NEWS_DONE;
	assert_string_equal(gm_report_news(&arena, &n), "");
}

static void test_ms(void **state)
{
	(void)state;
	assert_string_equal(gm_report_ms(&arena, 12), "12 ms");
	assert_string_equal(gm_report_ms(&arena, 1250), "1.2 s");
	assert_string_equal(gm_report_ms(&arena, 185000), "3 min 5 s");
}

GM_UNIT_MAIN(cmocka_unit_test(test_human), cmocka_unit_test(test_json),
	     cmocka_unit_test(test_news),
	     cmocka_unit_test_teardown(test_ms, finish))
