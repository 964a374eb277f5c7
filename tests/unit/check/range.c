/* check/range: the commits of a range, and both of its ends. */
#include "check/fixture.h"

#define UP(id)                                                                 \
	{                                                                      \
		"migrations/" id "/up.sql", "CREATE TABLE t" id " (a int);"    \
	}
#define DOWN(id)                                                               \
	{                                                                      \
		"migrations/" id "/down.sql", "SELECT 1;"                      \
	}

static void an_evil_merge(void **state)
{
	struct gm_oid root, left, right, merge;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	left = COMMIT(&f, &root, "Left\n", { "app/left", "1" });
	right = COMMIT(&f, &root, "Right\n", { "app/right", "1" });
	merge = fixture_commit(
		&f, (const struct gm_oid *const[]){ &left, &right, NULL }, 1,
		"Merge\n",
		(const struct put[]){
			{ "app/right", "1", 0 },
			{ "app/evil", "1", 0 },
			{ "migrations/1_x/up.sql", "DROP TABLE users;", 0 },
			{ 0 } });
	fixture_judge(&f, &left, &merge);
	assert_int_equal(found(&f, GM_RULE_MIXED_DESTRUCTIVE), 1);
	fixture_done(&f);
}

/* `-s ours` drops what the other side landed: no commit shows it. */
static void a_merge_that_drops(void **state)
{
	struct gm_oid root, landed, side, merge;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	landed = COMMIT(&f, &root, "Add\n\n" EXPAND, UP("1_x"), DOWN("1_x"));
	side = COMMIT(&f, &root, "Side\n", { "app/code", "2" });
	merge = fixture_commit(
		&f, (const struct gm_oid *const[]){ &side, &landed, NULL }, 1,
		"Merge\n", (const struct put[]){ { 0 } });
	fixture_judge(&f, &landed, &merge);
	assert_int_equal(found(&f, GM_RULE_DELETED_LANDED), 1);
	fixture_done(&f);
}

/* A merge can bring a migration back that no commit of the range adds. */
static void a_merge_that_brings_back(void **state)
{
	struct gm_oid root, added, removed, merge;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	added = COMMIT(&f, &root, "Add\n\n" EXPAND,
		       { "migrations/1_x/up.sql", "DROP TABLE users;" },
		       DOWN("1_x"));
	removed = COMMIT(&f, &added, "Remove\n",
			 { "migrations/1_x/up.sql", NULL },
			 { "migrations/1_x/down.sql", NULL });
	merge = fixture_commit(
		&f, (const struct gm_oid *const[]){ &added, &removed, NULL }, 1,
		"Merge\n",
		(const struct put[]){ { "app/code", "2", 0 }, { 0 } });
	fixture_judge(&f, &removed, &merge);
	assert_int_equal(found(&f, GM_RULE_MIXED_DESTRUCTIVE), 1);
	fixture_done(&f);
}

/* Attributes that change what is deployed, and what they are judged for. */
static void attributes(void **state)
{
	static const struct {
		const char *path, *text; /* of a change of its own */
		size_t landed, brought;  /* files found wrong */
	} cases[] = {
		{ ".gitattributes", "*.sql filter=evil\n", 2, 2 },
		{ "migrations/.gitattributes", "*.sql filter=evil\n", 2, 2 },
		{ "migrations/1_x/.gitattributes", "* filter=evil\n", 2, 0 },
		{ "migrations/2_y/.gitattributes", "* filter=evil\n", 0, 2 },
		{ "migrations/.gitattributes", "*.sql diff\n", 0, 0 },
		{ "app/.gitattributes", "*.sql filter=evil\n", 0, 0 },
	};
	struct gm_oid landed, alone, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	landed = COMMIT(&f, NULL, "Start\n", UP("1_x"), DOWN("1_x"));
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		alone = COMMIT(&f, &landed, "Attributes\n",
			       { cases[i].path, cases[i].text });
		fixture_judge(&f, &landed, &alone);
		if (found(&f, GM_RULE_UNSAFE_CONTENT) != cases[i].landed)
			fail_msg("%zu: %zu", i,
				 found(&f, GM_RULE_UNSAFE_CONTENT));
		tip = COMMIT(&f, &alone, "Add\n\n" EXPAND, UP("2_y"),
			     DOWN("2_y"));
		fixture_judge(&f, &landed, &tip);
		if (found(&f, GM_RULE_UNSAFE_CONTENT) !=
		    cases[i].landed + cases[i].brought)
			fail_msg("%zu, both: %zu", i,
				 found(&f, GM_RULE_UNSAFE_CONTENT));
		/* What had them before is not blamed on who comes after. */
		fixture_judge(&f, &alone, &tip);
		if (found(&f, GM_RULE_UNSAFE_CONTENT) != cases[i].brought)
			fail_msg("%zu, after: %zu", i,
				 found(&f, GM_RULE_UNSAFE_CONTENT));
	}
	fixture_done(&f);
}

/* Those above a directory that lies deeper. */
static void attributes_above(void **state)
{
	static const char deep[] =
		"version: 1\nproject: shop\n"
		"migrations: [{path: a/b/sql, layout: directory}]\n";
	static const struct {
		const char *path;
		size_t found;
	} cases[] = {
		{ ".gitattributes", 1 },     { "a/.gitattributes", 1 },
		{ "a/b/.gitattributes", 1 }, { "a/b/sql/.gitattributes", 1 },
		{ "b/.gitattributes", 0 },   { "a/sql/.gitattributes", 0 },
	};
	struct gm_oid landed, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, deep);
	landed = COMMIT(&f, NULL, "Start\n",
			{ "a/b/sql/1_x/up.sql", "SELECT 1;" });
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		tip = COMMIT(&f, &landed, "Attributes\n",
			     { cases[i].path, "*.sql ident\n" });
		fixture_judge(&f, &landed, &tip);
		if (found(&f, GM_RULE_UNSAFE_CONTENT) != cases[i].found)
			fail_msg("%s", cases[i].path);
	}
	fixture_done(&f);
}

static void staged(void **state)
{
	struct gm_staged s = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct fixture f;
	struct gm_oid root;
	struct gm_commit c;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	assert_ok(gm_commit_read(&c, &f.arena, f.repo, &root, &err));
	s.tree = fixture_tree(&f, &c.tree,
			      (const struct put[]){ { "app/code", "2", 0 },
						    { "migrations/1_x/up.sql",
						      "DROP TABLE t;", 0 },
						    { 0 } });
	*GM_PUSH(&f.arena, &s.parents) = root;
	assert_ok(gm_context_roots(&f.cx.roots, &f.arena, f.repo, &f.cx.policy,
				   &c.tree, &s.tree, &err));
	assert_ok(
		gm_check_staged(&f.result, &f.arena, f.repo, &f.cx, &s, &err));
	assert_int_equal(found(&f, GM_RULE_MIXED_DESTRUCTIVE), 1);
	assert_null(finding(&f, GM_RULE_MIXED_DESTRUCTIVE)->commit);
	/* Nothing is asked of a message that is not written. */
	assert_int_equal(found(&f, GM_RULE_MISSING_PHASE), 0);
	assert_int_equal(f.result.commits, 0);
	s.has_message = true;
	s.message = GM_STR("Drop t\n");
	assert_ok(
		gm_check_staged(&f.result, &f.arena, f.repo, &f.cx, &s, &err));
	assert_int_equal(found(&f, GM_RULE_MISSING_PHASE), 1);
	fixture_done(&f);
}

static void limits(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_range range = { .max_commits = 1 };
	struct fixture f;
	struct gm_oid root;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	range.tip = COMMIT(&f, &root, "More\n", { "app/code", "2" });
	assert_int_equal(gm_check_range(&f.result, &f.arena, f.repo, &f.cx,
					&range, &err),
			 -1);
	assert_int_equal(err.code, GM_ELIMIT);
	fixture_done(&f);
}

struct ends {
	struct gm_oid base, tip;
};

static int judge_range(struct fixture *f, void *data, struct gm_err *err)
{
	const struct ends *ends = data;
	struct gm_range range = { .base = ends->base,
				  .tip = ends->tip,
				  .policy_ref = true };

	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	if (gm_context_roots_between(&f->cx.roots, &f->arena, f->repo,
				     &f->cx.policy, &range.base, &range.tip,
				     err) < 0 ||
	    gm_check_range(&f->result, &f->arena, f->repo, &f->cx, &range,
			   err) < 0)
		return -1;
	return (int)f->result.findings.n;
}

/* A range with a bit of everything, in a damaged repository. */
static void damage(void **state)
{
	static const char open_[] = "version: 1\nproject: shop\n"
				    "migrations:\n"
				    "  - {path: db/sql, layout: auto}\n";
	struct gm_oid side, merge;
	struct ends ends;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, open_);
	ends.base =
		COMMIT(&f, NULL, "Start\n", { ".gitattributes", "* -text\n" },
		       { "db/.gitattributes", "* -text\n" },
		       { "db/other/file", "x" }, { GM_POLICY_PATH, open_ },
		       { "db/sql/1_a/up.sql", "CREATE TABLE a (b int);" },
		       { "db/sql/1_a/down.sql", "DROP TABLE a;" });
	side = COMMIT(&f, &ends.base, "Side\n\n" EXPAND, { "app/side", "1" },
		      { "db/sql/2_b/up.sql", "CREATE TABLE b (c int);" });
	ends.tip =
		COMMIT(&f, &ends.base, "Policy\n", { GM_POLICY_PATH, POLICY });
	merge = fixture_commit(
		&f, (const struct gm_oid *const[]){ &ends.tip, &side, NULL }, 1,
		"Merge\n",
		(const struct put[]){
			{ "app/side", "1", 0 },
			{ "db/sql/2_b/up.sql", "CREATE TABLE b (c int);", 0 },
			{ 0 } });
	ends.tip = COMMIT(&f, &merge, "Edit\n",
			  { "db/.gitattributes", "*.sql text\n" },
			  { "db/sql/1_a/down.sql", "SELECT 1;" },
			  { "db/sql/2_b/down.sql", "SELECT 1;" });
	fixture_sweep(&f, judge_range, &ends);
	fixture_done(&f);
}

static int judge_staged(struct fixture *f, void *data, struct gm_err *err)
{
	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	if (gm_check_staged(&f->result, &f->arena, f->repo, &f->cx, data, err) <
	    0)
		return -1;
	return (int)f->result.findings.n;
}

static void staged_damage(void **state)
{
	struct gm_staged s = { .has_message = true,
			       .message = GM_STR("Do it\n\n" EXPAND) };
	struct gm_oid tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	s.base = COMMIT(&f, NULL, "Start\n", UP("1_a"), DOWN("1_a"));
	tip = COMMIT(&f, &s.base, "Next\n", UP("2_b"), DOWN("2_b"));
	s.tree = fixture_at(&f, &tip, "");
	*GM_PUSH(&f.arena, &s.parents) = s.base;
	fixture_judged(&f, &tip);
	fixture_sweep(&f, judge_staged, &s);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(an_evil_merge),
	     cmocka_unit_test(a_merge_that_drops),
	     cmocka_unit_test(a_merge_that_brings_back),
	     cmocka_unit_test(attributes), cmocka_unit_test(attributes_above),
	     cmocka_unit_test(staged), cmocka_unit_test(limits),
	     cmocka_unit_test(damage), cmocka_unit_test(staged_damage))
