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

/* A commit has brought the migration with this up SQL. */
static void bring(struct gm_judge *j, struct gm_pending_unit *unit,
		  const struct gm_oid *up, const struct gm_sql_file *sql)
{
	struct gm_str key = gm_judge_key(j->arena, &j->cx->roots.items[0],
					 gm_str(unit->id));

	unit->last = (struct gm_edition){ .up = *up, .sql = sql };
	*GM_PUSH(j->arena, &unit->editions) = unit->last;
	gm_map_set(&j->pending, key, unit);
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
	struct gm_oid base, tip, up;
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	base = COMMIT(&f, NULL, "Start\n", UP("1_a"));
	tip = COMMIT(&f, &base, "Tip\n", { "app", "1" }, UP("2_b"));
	j = start(&f, &c, &base, &tip);
	up = fixture_at(&f, &tip, "migrations/2_b/up.sql");
	bring(&j, &unit, &up, NULL);
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
	struct gm_oid base, tip, up;
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
	up = fixture_at(&f, &tip, "migrations/2_b.up.sql");
	bring(&j, &unit, &up, NULL);
	assert_ok(gm_judge_end(&j, &c, &ended, &err));
	assert_int_equal(ended.n, 2);
	assert_string_equal(ended.items[1]->id, "2_b");
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

/* A merge keeps what an earlier commit brought: that is what counts. */
static void kept(void **state)
{
	struct gm_sql_object a = {
		.kind = GM_SQL_TABLE, .schema = "", .name = "a", .column = ""
	};
	struct gm_sql_stmt drop = { .class_ = GM_CLASS_CONTRACT,
				    .tag = "DROP TABLE",
				    .why = "drops table a",
				    .line = 3,
				    .column = 1,
				    .objects = { .items = &a, .n = 1 } };
	const struct gm_sql_file first = { .items = &drop,
					   .n = 1,
					   .class_ = GM_CLASS_CONTRACT };
	const struct gm_sql_file second = { .class_ = GM_CLASS_EXPAND };
	struct gm_pending_unit unit = { .id = "2_b", .told = true };
	struct gm_oid base, tip, up, other = { { 1 } };
	struct gm_ended_list ended = { 0 };
	struct gm_err err = GM_ERR_INIT;
	const struct gm_finding *found_;
	struct gm_judged_commit c;
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	base = COMMIT(&f, NULL, "Start\n", UP("1_a"));
	tip = COMMIT(&f, &base, "Tip\n", { "app", "1" }, UP("2_b"));
	j = start(&f, &c, &base, &tip);
	up = fixture_at(&f, &tip, "migrations/2_b/up.sql");
	bring(&j, &unit, &up, &first);
	bring(&j, &unit, &other, &second);
	assert_ok(gm_judge_end(&j, &c, &ended, &err));
	assert_ptr_equal(unit.last.sql, &first);
	assert_int_equal(f.result.findings.n, 0);

	unit.meta.phase = GM_PHASE_EXPAND;
	unit.last = unit.editions.items[1];
	assert_ok(gm_judge_end(&j, &c, &ended, &err));
	assert_ptr_equal(unit.last.sql, &first);
	assert_int_equal(f.result.findings.n, 1);
	found_ = finding(&f, GM_RULE_PHASE_MISMATCH);
	assert_string_equal(found_->commit, c.hex);
	assert_int_equal(found_->line, 3);
	assert_str(found_->path, "migrations/2_b/up.sql");

	/* Another finding says all there is to say. */
	unit.settled = true;
	unit.last = unit.editions.items[1];
	assert_ok(gm_judge_end(&j, &c, &ended, &err));
	assert_int_equal(f.result.findings.n, 1);
	assert_int_equal(f.result.n, 0);
	fixture_done(&f);
}

/* It keeps what no commit at hand has brought, whatever they did bring. */
static void strange(void **state)
{
	struct gm_pending_unit unit = { .id = "2_b" };
	struct gm_oid base, tip, other = { { 1 } };
	struct gm_ended_list ended = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_judged_commit c;
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	base = COMMIT(&f, NULL, "Start\n", UP("1_a"));
	tip = COMMIT(&f, &base, "Tip\n\n" EXPAND, UP("2_b"), DOWN("2_b"));
	j = start(&f, &c, &base, &tip);
	bring(&j, &unit, &other, NULL);
	assert_ok(gm_judge_end(&j, &c, &ended, &err));
	assert_int_equal(f.result.n, 1);
	assert_string_equal(f.result.items[0].id, "2_b");
	assert_int_equal(unit.editions.n, 2);
	fixture_done(&f);
}

/* What has landed and may change does so with a commit, or with the tip. */
static void repeatable(void **state)
{
	static const char flyway[] =
		"version: 1\nproject: shop\n"
		"migrations: [{path: migrations, layout: flyway}]\n";
	struct gm_ended_list ended = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_judged_commit c;
	struct gm_oid base, tip;
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, flyway);
	base = COMMIT(&f, NULL, "Start\n",
		      { "migrations/R__a.sql", "SELECT 1;" },
		      { "migrations/V1__b.sql", "SELECT 1;" });
	tip = COMMIT(&f, &base, "Tip\n",
		     { "migrations/R__a.sql", "DROP VIEW a;" },
		     { "migrations/V1__b.sql", "SELECT 2;" });
	j = start(&f, &c, &base, &tip);
	assert_ok(gm_judge_end(&j, &c, &ended, &err));
	assert_int_equal(ended.n, 2);
	assert_int_equal(f.result.n, 1);
	assert_int_equal(f.result.items[0].sql.class_, GM_CLASS_CONTRACT);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 1);
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
	     cmocka_unit_test(paired), cmocka_unit_test(kept),
	     cmocka_unit_test(strange), cmocka_unit_test(repeatable),
	     cmocka_unit_test(nothing), cmocka_unit_test(damage))
