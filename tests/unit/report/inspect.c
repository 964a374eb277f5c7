#include "report/inspect.h"

#include <jansson.h>

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static struct gm_ledger_row rows[] = {
	{ .id = "1_a",
	  .state = GM_LEDGER_APPLIED,
	  .digest = "sha256:1",
	  .phase = "expand",
	  .class_ = "expand",
	  .env = "",
	  .revision = "",
	  .applied_by = "ann",
	  .started_at = "2026",
	  .finished_at = "2027",
	  .note = "",
	  .checkpoint = "" },
	{ .id = "2_b",
	  .state = GM_LEDGER_FAILED,
	  .digest = "sha256:1",
	  .phase = "expand",
	  .class_ = "expand",
	  .env = "",
	  .revision = "",
	  .applied_by = "ann",
	  .started_at = "2026",
	  .finished_at = "",
	  .note = "no\x1b",
	  .checkpoint = "",
	  .steps = 2 },
};

static struct gm_ledger_step steps[] = {
	{ .ordinal = 1,
	  .line = 3,
	  .kind = "alone",
	  .tag = "CREATE INDEX",
	  .state = "failed",
	  .outcome = "no" },
};

static const char *found[] = { "index i is there and INVALID" };

static struct gm_object object = { "column", "public.a.b", "", "" };

static struct gm_foreign_row theirs[] = {
	{ "3", "", GM_FOREIGN_FAILED },
};

static void fill(struct gm_inspect *i)
{
	static struct gm_inspect_item items[] = {
		{ .id = "1_a", .state = GM_INSPECT_APPLIED, .row = &rows[0] },
		{ .id = "2_b", .state = GM_INSPECT_HALF, .row = &rows[1] },
		{ .id = "3_c",
		  .state = GM_INSPECT_PENDING,
		  .theirs = GM_FOREIGN_APPLIED },
		{ .id = "4_d", .state = GM_INSPECT_CHANGED, .row = &rows[0] },
		{ .id = "5_e", .state = GM_INSPECT_STRANGER, .row = &rows[0] },
	};
	static struct gm_change change = { .after = &object };
	static struct gm_foreign foreign[] = {
		{ .tool = "golang-migrate",
		  .table = "public.s",
		  .through = true,
		  .items = theirs,
		  .n = 1 },
		{ .tool = "goose", .table = "public.g" },
	};

	items[1].steps.items = steps;
	items[1].steps.n = 1;
	items[1].found.items = found;
	items[1].found.n = 1;
	*i = (struct gm_inspect){ .database = "shop",
				  .present = true,
				  .version = 1,
				  .drift_known = true };
	i->items = items;
	i->n = GM_COUNT(items);
	for (size_t k = 0; k < i->n; k++)
		i->count[items[k].state]++;
	i->drift.items = &change;
	i->drift.n = 1;
	i->foreign.items = foreign;
	i->foreign.n = 2;
	i->ledger.n = 2;
}

static void test_human(void **state)
{
	struct gm_buf out = gm_buf(&arena);
	struct gm_inspect i;

	(void)state;
	fill(&i);
	gm_report_inspect(&out, &i);
	assert_string_equal(
		out.ptr,
		"\nDatabase shop: 1 applied, 1 pending, 1 half-done\n"
		"\nHalf-done:\n"
		"    2_b  failed since 2026: no\\e\n"
		"        step 1 of 2, line 3: CREATE INDEX failed: no\n"
		"        index i is there and INVALID\n"
		"        finish it with 'git migrate apply --resume'\n"
		"\nPending in the database:\n"
		"    3_c  applied by another tool\n"
		"\nChanged here since they were applied:\n"
		"    4_d  applied 2027\n"
		"\nIn the database, but not in this revision:\n"
		"    5_e  applied\n"
		"\nChanged since the last apply, by something else:\n"
		"    column public.a.b  added\n"
		"\nLedgers of other tools:\n"
		"    golang-migrate  public.s: up to 3, which failed or is not"
		" finished\n"
		"    goose  public.g: nothing applied\n");
	out = gm_buf(&arena);
	i = (struct gm_inspect){ .database = "shop" };
	gm_report_inspect(&out, &i);
	assert_string_equal(out.ptr, "\nDatabase shop: no ledger yet; 0"
				     " applied, 0 pending, 0 half-done\n");
	out = gm_buf(&arena);
	i.present = true;
	i.ledger.n = 1;
	gm_report_inspect(&out, &i);
	assert_non_null(strstr(out.ptr, "is not known"));
}

static void test_json(void **state)
{
	struct gm_buf out = gm_buf(&arena);
	struct gm_inspect i;
	json_t *root, *db;

	(void)state;
	fill(&i);
	gm_report_inspect_json(&out, GM_STR("{\"version\": 1}"), &i);
	root = json_loads(out.ptr, 0, NULL);
	assert_non_null(root);
	assert_int_equal(json_integer_value(json_object_get(root, "version")),
			 1);
	db = json_object_get(root, "database");
	assert_true(json_is_false(json_object_get(db, "clean")));
	assert_int_equal(json_array_size(json_object_get(db, "migrations")), 5);
	assert_int_equal(json_array_size(json_object_get(db, "drift")), 1);
	assert_int_equal(json_array_size(json_object_get(db, "foreign")), 2);
	json_decref(root);
	out = gm_buf(&arena);
	i = (struct gm_inspect){ .database = "shop" };
	gm_report_inspect_json(&out, GM_STR("{}"), &i);
	root = json_loads(out.ptr, 0, NULL);
	db = json_object_get(root, "database");
	assert_true(json_is_true(json_object_get(db, "clean")));
	assert_true(json_is_null(json_object_get(db, "ledger")));
	assert_true(json_is_null(json_object_get(db, "drift")));
	json_decref(root);
}

GM_UNIT_MAIN(cmocka_unit_test(test_human),
	     cmocka_unit_test_teardown(test_json, finish))
