#include "unit.h"

#include "check/review.h"
#include "unit/report/landed.h"
#include "unit/report/loaded.h"

static struct gm_arena arena;

static struct gm_overview_item items[3];

static struct gm_overview overview(void)
{
	items[0] = landed_expand("1_add");
	items[0].path = GM_STR("m/1_\xff/up.sql");
	items[0].owner = "Ann \"A\" Lee";
	items[0].flag = "MAIL";
	items[0].author = "Ann";
	items[1] = (struct gm_overview_item){
		.id = "2_drop",
		.class_ = GM_CLASS_OPAQUE,
		.digest = "sha256:bb",
		.unread = "it is not UTF-8",
		.blocked = "it names no expand",
	};
	items[2] = (struct gm_overview_item){
		.id = "3_drop",
		.class_ = GM_CLASS_CONTRACT,
		.digest = "sha256:cc",
		.contracts = "1_add",
		.allowed_at = NOW,
	};
	return (struct gm_overview){
		.items = items,
		.n = 3,
		.now = NOW,
		.branch = "refs/heads/main",
		.head = "fedcba9876543210fedcba9876543210fedcba98",
		.project = "shop",
	};
}

static json_t *load(const struct gm_buf *b)
{
	json_t *root = loaded(b->ptr);

	assert_int_equal(strlen(b->ptr), b->len);
	assert_int_equal(json_integer_value(json_object_get(root, "version")),
			 1);
	return root;
}

static const char *text(json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static json_t *item(json_t *root, const char *list, size_t at)
{
	return json_array_get(json_object_get(root, list), at);
}

static void test_log(void **state)
{
	struct gm_overview o = overview();
	struct gm_buf b = gm_buf(&arena);
	json_t *root, *m;

	(void)state;
	gm_report_log_json(&b, &o);
	root = load(&b);
	assert_string_equal(text(root, "branch"), "refs/heads/main");
	assert_string_equal(text(root, "project"), "shop");
	assert_int_equal(json_array_size(json_object_get(root, "migrations")),
			 3);
	m = item(root, "migrations", 0);
	assert_string_equal(text(m, "id"), "1_add");
	assert_string_equal(text(m, "path"), "m/1_\\xFF/up.sql");
	assert_string_equal(text(m, "owner"), "Ann \"A\" Lee");
	assert_string_equal(text(m, "window"), "2d");
	assert_string_equal(text(m, "state"), "landed");
	assert_string_equal(text(json_object_get(m, "landed"), "until"),
			    "2026-11-22T10:00:00Z");
	assert_string_equal(text(json_object_get(m, "introduced"), "at"),
			    "2026-11-19T10:00:00Z");
	assert_null(json_object_get(m, "allowed_at"));
	m = item(root, "migrations", 1);
	assert_true(json_is_null(json_object_get(m, "phase")));
	assert_true(json_is_null(json_object_get(m, "landed")));
	assert_true(json_is_null(json_object_get(m, "introduced")));
	assert_true(json_is_null(json_object_get(m, "window")));
	assert_string_equal(text(m, "class"), "opaque");
	assert_string_equal(text(m, "unread"), "it is not UTF-8");
	assert_string_equal(text(m, "blocked"), "it names no expand");
	json_decref(root);
}

static void test_log_empty(void **state)
{
	struct gm_overview o = { .branch = "refs/heads/main" };
	struct gm_buf b = gm_buf(&arena);
	json_t *root;

	(void)state;
	gm_report_log_json(&b, &o);
	root = load(&b);
	assert_true(json_is_null(json_object_get(root, "head")));
	assert_int_equal(json_array_size(json_object_get(root, "migrations")),
			 0);
	json_decref(root);
}

static void test_show(void **state)
{
	struct gm_overview o = overview();
	struct gm_overview_file files[] = {
		{ "up", GM_STR("m/1/up.sql"), "11", "22" },
		{ "down", GM_STR("m/1/down.sql"), "33", "" },
	};
	struct gm_overview_detail d = { .item = o.items,
					.files = files,
					.n_files = 2,
					.text = GM_STR("SELECT 1;\n") };
	struct gm_buf b = gm_buf(&arena);
	struct gm_sql_stmt *stmt = GM_PUSH(&arena, &d.sql);
	json_t *root, *s;

	(void)state;
	stmt->line = 3;
	stmt->column = 7;
	stmt->class_ = GM_CLASS_EXPAND;
	stmt->tag = "CREATE INDEX";
	GM_PUSH(&arena, &stmt->hazards)->rule = GM_RULE_INDEX_NOT_CONCURRENT;
	gm_report_show_json(&b, &d, false);
	root = load(&b);
	assert_string_equal(text(root, "id"), "1_add");
	assert_string_equal(text(item(root, "files", 0), "sha256"), "22");
	assert_true(json_is_null(
		json_object_get(item(root, "files", 1), "sha256")));
	s = item(root, "statements", 0);
	assert_int_equal(json_integer_value(json_object_get(s, "column")), 7);
	assert_string_equal(text(s, "tag"), "CREATE INDEX");
	assert_string_equal(json_string_value(item(s, "hazards", 0)),
			    "index-not-concurrent");
	assert_null(json_object_get(root, "sql"));
	json_decref(root);

	b = gm_buf(&arena);
	gm_report_show_json(&b, &d, true);
	root = load(&b);
	assert_string_equal(text(root, "sql"), "SELECT 1;\n");
	json_decref(root);
}

static void test_status(void **state)
{
	struct gm_overview o = overview();
	struct gm_buf b = gm_buf(&arena);
	json_t *root, *states;

	(void)state;
	gm_report_status_json(&b, &o);
	root = load(&b);
	states = json_object_get(root, "states");
	assert_int_equal(
		json_integer_value(json_object_get(root, "migrations")), 3);
	assert_int_equal(json_integer_value(json_object_get(states, "pending")),
			 2);
	assert_int_equal(json_integer_value(json_object_get(states, "landed")),
			 1);
	assert_string_equal(json_string_value(item(root, "pending", 0)),
			    "2_drop");
	assert_string_equal(text(item(root, "windows", 0), "id"), "1_add");
	assert_true(json_is_false(
		json_object_get(item(root, "contracts", 0), "allowed")));
	assert_true(json_is_true(
		json_object_get(item(root, "contracts", 1), "allowed")));
	assert_string_equal(text(item(root, "contracts", 1), "allowed_at"),
			    "2026-11-21T10:00:00Z");
	json_decref(root);
}

static void test_approvals(void **state)
{
	struct gm_record record = { .kind = GM_RECORD_APPROVE,
				    .signer = "ann@example.com",
				    .role = "dba" };
	struct gm_vote vote = { .record = &record };
	struct gm_review_item review = {
		.id = "2_drop",
		.kind = "contract",
		.state = GM_REVIEW_APPROVED,
		.have = 1,
		.want = 1,
		.tally = { .approved = true, .votes = &vote, .n = 1 },
	};
	struct gm_follow_ups open = { 0 };
	struct gm_overview o = overview();
	struct gm_overview_detail d = { .item = &items[1] };
	struct gm_buf b = gm_buf(&arena);
	json_t *root, *approval;

	(void)state;
	gm_report_status_json(&b, &o);
	root = load(&b);
	assert_true(json_is_null(json_object_get(root, "follow_ups")));
	json_decref(root);

	items[1].review = &review;
	o.open = &open;
	b = gm_buf(&arena);
	gm_report_status_json(&b, &o);
	root = load(&b);
	assert_true(json_is_array(json_object_get(root, "follow_ups")));
	assert_string_equal(text(item(root, "approvals", 0), "id"), "2_drop");
	assert_string_equal(text(item(root, "approvals", 0), "state"),
			    "approved");
	json_decref(root);

	b = gm_buf(&arena);
	gm_report_log_json(&b, &o);
	root = load(&b);
	assert_true(json_is_null(
		json_object_get(item(root, "migrations", 0), "approval")));
	approval = json_object_get(item(root, "migrations", 1), "approval");
	assert_string_equal(text(approval, "words"), "approved 1 of 1");
	json_decref(root);

	b = gm_buf(&arena);
	gm_report_show_json(&b, &d, false);
	root = load(&b);
	approval = json_object_get(root, "approval");
	assert_string_equal(text(item(approval, "records", 0), "signer"),
			    "ann@example.com");
	json_decref(root);
}

static int teardown(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

GM_UNIT_MAIN(TEST(test_log), TEST(test_log_empty), TEST(test_show),
	     TEST(test_status), TEST(test_approvals))
