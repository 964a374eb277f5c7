/* check/landing_end: both ends of a push. */
#include "check/fixture.h"

#define UP(id)                                                                 \
	{                                                                      \
		"migrations/" id "/up.sql", "CREATE TABLE t (a int);"          \
	}
#define DOWN(id)                                                               \
	{                                                                      \
		"migrations/" id "/down.sql", "SELECT 1;"                      \
	}

/* A judgement that knows what `base` has, and the tip compared with it. */
static struct gm_judge start(struct fixture *f, struct gm_judged_commit *tip,
			     const struct gm_oid *base,
			     const struct gm_oid *oid)
{
	struct gm_oid before = fixture_at(f, base, "");
	struct gm_err err = GM_ERR_INIT;
	struct gm_judge j;

	*tip = fixture_judged(f, oid);
	j = fixture_judgement(f);
	tip->changes = (struct gm_changes){ 0 };
	assert_ok(gm_diff_trees(&tip->changes, &f->arena, f->repo, &before,
				&tip->commit.tree, &err));
	assert_ok(gm_landing_load(&j, base, &err));
	return j;
}

static void lists(void **state)
{
	struct gm_ended_list ended = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_judged_commit c;
	struct gm_oid base, tip;
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	base = COMMIT(&f, NULL, "Start\n", UP("1_a"), DOWN("1_a"), UP("2_b"),
		      UP("3_c"));
	tip = COMMIT(&f, &base, "Tip\n\n" EXPAND, { "app", "1" },
		     { "migrations/1_a/up.sql", NULL },
		     { "migrations/1_a/down.sql", NULL },
		     { "migrations/2_b/up.sql", "SELECT 2;" }, UP("4_d"),
		     DOWN("4_d"));
	j = start(&f, &c, &base, &tip);
	/* Reported with its own commit, so not again. */
	gm_landed_named(&j, NULL, "2_b")->reported = true;
	j.result->commits = 1;
	assert_ok(gm_judge_end(&j, &c, &ended, &err));
	assert_int_equal(ended.n, 3);
	assert_string_equal(ended.items[0]->id, "1_a");
	assert_null(ended.items[0]->now_);
	assert_string_equal(ended.items[1]->id, "2_b");
	assert_string_equal(ended.items[1]->now_->id, "2_b");
	assert_string_equal(ended.items[2]->id, "4_d");
	assert_int_equal(found(&f, GM_RULE_DELETED_LANDED), 1);
	assert_string_equal(finding(&f, GM_RULE_DELETED_LANDED)->commit, c.hex);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 0);
	/* 4_d came with no commit: it is judged with the tip, and the app
	 * beside it; the tip is not counted twice. */
	assert_int_equal(f.result.n, 1);
	assert_string_equal(f.result.items[0].id, "4_d");
	assert_int_equal(found(&f, GM_RULE_MIXED_EXPAND), 1);
	assert_int_equal(f.result.commits, 1);
	fixture_done(&f);
}

/* What a commit brought has been judged with it. */
static void pending(void **state)
{
	struct gm_pending_unit unit = { .id = "2_b" };
	struct gm_ended_list ended = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_judged_commit c;
	struct gm_oid base, tip;
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	base = COMMIT(&f, NULL, "Start\n", UP("1_a"));
	tip = COMMIT(&f, &base, "Tip\n", { "app", "1" }, UP("2_b"));
	j = start(&f, &c, &base, &tip);
	gm_map_set(&j.pending,
		   gm_judge_key(&f.arena, &f.cx.roots.items[0], GM_STR("2_b")),
		   &unit);
	assert_ok(gm_judge_end(&j, &c, &ended, &err));
	assert_int_equal(ended.n, 1);
	assert_int_equal(f.result.n, 0);
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

/* Also where a file goes by another name than its migration. */
static void paired(void **state)
{
	static const char golang[] =
		"version: 1\nproject: shop\n"
		"migrations: [{path: migrations, layout: golang-migrate}]\n";
	struct gm_pending_unit unit = { .id = "2_b" };
	struct gm_ended_list ended = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_judged_commit c;
	struct gm_oid base, tip;
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, golang);
	base = COMMIT(&f, NULL, "Start\n", { "migrations/1_a.up.sql", "x" });
	tip = COMMIT(&f, &base, "Tip\n\nMigration: 2_b\n",
		     { "migrations/2_b.up.sql", "SELECT 1;" },
		     { "migrations/2_c.down.sql", "SELECT 1;" });
	j = start(&f, &c, &base, &tip);
	gm_map_set(&j.pending,
		   gm_judge_key(&f.arena, &f.cx.roots.items[0], GM_STR("2_b")),
		   &unit);
	assert_ok(gm_judge_end(&j, &c, &ended, &err));
	assert_int_equal(ended.n, 2);
	assert_string_equal(ended.items[1]->id, "2_b");
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

/* Nothing differs: nothing is listed, and nothing judged. */
static void nothing(void **state)
{
	struct gm_ended_list ended = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_judged_commit c;
	struct gm_oid base;
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	base = COMMIT(&f, NULL, "Start\n", UP("1_a"), DOWN("1_a"));
	j = start(&f, &c, &base, &base);
	assert_ok(gm_judge_end(&j, &c, &ended, &err));
	assert_int_equal(ended.n + f.result.n + f.result.findings.n, 0);
	fixture_done(&f);
}

static void damage(void **state)
{
	struct gm_ended_list ended = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_judged_commit c;
	struct gm_oid base, tip, lost;
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	base = COMMIT(&f, NULL, "Start\n", UP("1_a"));
	tip = COMMIT(&f, &base, "Tip\n", UP("2_b"));
	j = start(&f, &c, &base, &tip);
	lost = fixture_at(&f, &tip, "migrations/2_b");
	fixture_lose(&f, &lost);
	j.repo = f.repo;
	assert_int_equal(gm_judge_end(&j, &c, &ended, &err), -1);
	assert_int_equal(err.code, GM_EGIT);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(lists), cmocka_unit_test(pending),
	     cmocka_unit_test(paired), cmocka_unit_test(nothing),
	     cmocka_unit_test(damage))
