/* check/landing: what has landed stays as it is, and in order. */
#include "check/fixture.h"
#include "check/puts.h"

static void rules(void **state)
{
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n\n" EXPAND,
		      UP("5_a", "CREATE TABLE a (b int);"), DOWN("5_a"));
	tip = COMMIT(&f, &root, "Edit\n", UP("5_a", "CREATE TABLE a ();"));
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 1);
	tip = COMMIT(&f, &root, "Add\n",
		     { "migrations/5_a/verify.sql", "SELECT 1;" });
	fixture_judge(&f, &root, &tip);
	assert_string_equal(finding(&f, GM_RULE_EDITED_LANDED)->message,
			    "landed migration '5_a' has a new file");
	tip = COMMIT(&f, &root, "Lose\n", { "migrations/5_a/down.sql", NULL });
	fixture_judge(&f, &root, &tip);
	assert_string_equal(finding(&f, GM_RULE_EDITED_LANDED)->message,
			    "landed migration '5_a' has lost a file");
	tip = COMMIT(&f, &root, "Half\n", { "migrations/5_a/up.sql", NULL });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_DELETED_LANDED), 1);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 0);
	tip = COMMIT(&f, &root, "Remove\n", { "migrations/5_a/up.sql", NULL },
		     { "migrations/5_a/down.sql", NULL });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_DELETED_LANDED), 1);
	tip = COMMIT(&f, &root, "Late\n\n" EXPAND,
		     UP("4_b", "CREATE TABLE b (b int);"), DOWN("4_b"));
	fixture_judge(&f, &root, &tip);
	assert_string_equal(finding(&f, GM_RULE_OUT_OF_ORDER)->message,
			    "'4_b' sorts before '5_a', which has landed");
	tip = COMMIT(&f, &root, "Same\n\n" EXPAND,
		     UP("05_b", "CREATE TABLE b (b int);"), DOWN("05_b"));
	fixture_judge(&f, &root, &tip);
	assert_string_equal(finding(&f, GM_RULE_OUT_OF_ORDER)->message,
			    "'05_b' has the version of '5_a', which has"
			    " landed");
	tip = COMMIT(&f, &root, "Next\n\n" EXPAND,
		     UP("10_b", "CREATE TABLE b (b int);"), DOWN("10_b"));
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 0);
	/* The last of those that landed counts, not the first. */
	root = COMMIT(&f, &root, "More\n", UP("7_b", "SELECT 7;"));
	tip = COMMIT(&f, &root, "Between\n", UP("6_c", "SELECT 6;"));
	fixture_judge(&f, &root, &tip);
	assert_string_equal(finding(&f, GM_RULE_OUT_OF_ORDER)->message,
			    "'6_c' sorts before '7_b', which has landed");
	fixture_done(&f);
}

static void edited_and_back(void **state)
{
	struct gm_oid root, edit, back;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", UP("1_a", "CREATE TABLE a ();"),
		      DOWN("1_a"));
	edit = COMMIT(&f, &root, "Edit\n",
		      { "migrations/1_a/down.sql", "SELECT 2;" });
	back = COMMIT(&f, &edit, "Back\n", DOWN("1_a"));
	fixture_judge(&f, &root, &back);
	assert_int_equal(f.result.findings.n, 1);
	assert_string_equal(finding(&f, GM_RULE_EDITED_LANDED)->subject,
			    "Edit");
	fixture_done(&f);
}

/* What is repeatable may change, and what moves is another file. */
static void other_layouts(void **state)
{
	static const char flyway[] =
		"version: 1\nproject: shop\n"
		"migrations: [{path: sql, layout: flyway}]\n"
		"rollback_window: none\n"
		"rules: {missing-phase: off, missing-flag: off}\n";
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, flyway);
	root = COMMIT(&f, NULL, "Start\n",
		      { "sql/a/V1__a.sql", "CREATE TABLE a ();" },
		      { "sql/R__views.sql", "CREATE VIEW v AS SELECT 1;" });
	tip = COMMIT(&f, &root, "Repeat\n",
		     { "sql/R__views.sql", "CREATE VIEW w AS SELECT 2;" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 0);
	tip = COMMIT(&f, &root, "Move\n", { "sql/a/V1__a.sql", NULL },
		     { "sql/b/V1__a.sql", "CREATE TABLE a ();" });
	fixture_judge(&f, &root, &tip);
	assert_string_equal(finding(&f, GM_RULE_EDITED_LANDED)->message,
			    "landed migration 'V1__a' no longer has"
			    " 'sql/a/V1__a.sql'");
	/* A baseline stands for what has landed, and lands late. */
	tip = COMMIT(&f, &root, "Base\n",
		     { "sql/B1__base.sql", "CREATE TABLE a ();" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_OUT_OF_ORDER), 0);
	/* Nor does one that landed stand in the way of its own version. */
	root = COMMIT(&f, NULL, "Start\n",
		      { "sql/B1__base.sql", "CREATE TABLE a ();" });
	tip = COMMIT(&f, &root, "Beside\n",
		     { "sql/V1__a.sql", "CREATE TABLE a ();" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_OUT_OF_ORDER), 0);
	fixture_done(&f);
}

#define CONTRACT(of)                                                           \
	"Drop it\n\nMigration-Phase: contract\nRollback-Window: 24h\n"         \
	"Rollback-Owner: Ann Lee <ann@example.com>\n"                          \
	"Migration-Contracts: " of "\n"

/* A record that a migration landed `days` after 2026-01-01. */
static void land(struct fixture *f, const struct gm_oid *commit,
		 const char *path, const char *ref, const char *phase, int days)
{
	struct gm_oid on = fixture_at(f, commit, path);
	struct gm_landed l = {
		.project = "shop",
		.path = path,
		.digest = gm_printf(&f->arena, "sha256:%064d", days),
		.phase = phase,
		.class_ = "expand",
		.ref = ref,
	};
	struct gm_err err = GM_ERR_INIT;

	assert_true(gm_time_parse(&l.at, GM_STR("2026-01-01T00:00:00Z")));
	l.at += (int64_t)days * 86400;
	l.until = l.at + 86400;
	assert_ok(gm_landed_append(f->repo, &l, &on, 1, &err));
}

/* When did it land, and as what?  Never guessed to have been earlier. */
static void records(void **state)
{
	static const struct {
		const char *ref; /* where the contract goes; NULL: not known */
		const char *phase;
		int days; /* now */
		enum gm_rule rule;
		size_t findings;
		bool again; /* it landed on day 3, too */
	} cases[] = {
		{ "refs/heads/main", "expand", 2, 0, 0 },
		{ "refs/heads/main", "expand", 2, GM_RULE_CONTRACT_TOO_EARLY, 2,
		  true },
		{ "refs/heads/main", "expand", 4, 0, 0, true },
		{ "refs/heads/stable", "expand", 2, GM_RULE_CONTRACT_TOO_EARLY,
		  2 },
		{ "refs/heads/stable", "expand", 9, 0, 0 },
		{ "refs/heads/other", "expand", 9, GM_RULE_CONTRACT_TOO_EARLY,
		  2 },
		{ NULL, "expand", 2, GM_RULE_CONTRACT_TOO_EARLY, 2 },
		{ NULL, "expand", 9, 0, 0 },
		{ "refs/heads/main", "none", 2, 0, 0 },
		{ "refs/heads/main", "backfill", 2, GM_RULE_UNKNOWN_EXPAND, 2 },
		{ "refs/heads/main", "contract", 2, GM_RULE_UNKNOWN_EXPAND, 2 },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_range range = { .ref = cases[i].ref };
		struct gm_err err = GM_ERR_INIT;
		struct fixture f;

		fixture_start(&f);
		range.base =
			COMMIT(&f, NULL, "Start\n",
			       UP("5_a", "CREATE TABLE a ();"), DOWN("5_a"));
		/* Two of them, for one expand. */
		range.tip = COMMIT(&f, &range.base, CONTRACT("5_a"),
				   UP("6_b", "DROP TABLE a;"),
				   UP("7_c", "DROP TABLE b;"));
		fixture_judged(&f, &range.tip);
		land(&f, &range.base, "migrations/5_a/up.sql",
		     "refs/heads/main", cases[i].phase, 1);
		land(&f, &range.base, "migrations/5_a/up.sql",
		     "refs/heads/stable", "expand", 8);
		if (cases[i].again)
			land(&f, &range.base, "migrations/5_a/up.sql",
			     cases[i].ref, "expand", 3);
		/* Another one, later. */
		land(&f, &range.base, "migrations/5_a/down.sql",
		     "refs/heads/main", "expand", 20);
		assert_true(gm_time_parse(&range.now,
					  GM_STR("2026-01-01T00:00:00Z")));
		range.now += (int64_t)cases[i].days * 86400;
		assert_ok(gm_check_range(&f.result, &f.arena, f.repo, &f.cx,
					 &range, &err));
		if (found(&f, cases[i].rule) != cases[i].findings)
			fail_msg("%zu: %zu findings", i,
				 found(&f, cases[i].rule));
		fixture_done(&f);
	}
}

/* Records that cannot be read are no reason to let a contract pass. */
static void damaged_records(void **state)
{
	struct gm_range range = { .ref = "refs/heads/main", .now = INT64_MAX };
	struct gm_err err = GM_ERR_INIT;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	range.base = COMMIT(&f, NULL, "Start\n",
			    UP("5_a", "CREATE TABLE a ();"), DOWN("5_a"));
	range.tip = COMMIT(&f, &range.base, CONTRACT("5_a"),
			   UP("6_b", "DROP TABLE a;"));
	fixture_judged(&f, &range.tip);
	fixture_ref(&f, GM_LANDED_REF, &range.base);
	assert_int_equal(gm_check_range(&f.result, &f.arena, f.repo, &f.cx,
					&range, &err),
			 -1);
	assert_int_equal(err.code, GM_EINPUT);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(rules), cmocka_unit_test(edited_and_back),
	     cmocka_unit_test(other_layouts), cmocka_unit_test(records),
	     cmocka_unit_test(damaged_records))
