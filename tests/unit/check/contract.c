/* check/contract: a contract waits for its expand. */
#include "check/fixture.h"
#include "check/puts.h"

#define CONTRACT(of)                                                           \
	"Drop it\n\nMigration-Phase: contract\nRollback-Window: 24h\n"         \
	"Rollback-Owner: Ann Lee <ann@example.com>\n"                          \
	"Migration-Contracts: " of "\n"

/* Judge a contract of `of`, `hours` after the expand 1_t landed. */
static void judge(struct fixture *f, const char *message, int64_t at,
		  int64_t window, int64_t now)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct gm_judged_commit c = { 0 };
	struct gm_set set = { 0 };
	struct gm_commit landed;
	struct gm_oid root, tip;
	struct gm_judge j;

	root = COMMIT(f, NULL, "Start\n", UP("1_t", "CREATE TABLE t (a int);"),
		      DOWN("1_t"), UP("2_b", "UPDATE t SET a = 1;"),
		      DOWN("2_b"));
	tip = COMMIT(f, &root, message, UP("3_d", "DROP TABLE t;"),
		     DOWN("3_d"));
	assert_ok(gm_context_roots_between(&f->cx.roots, &f->arena, f->repo,
					   &f->cx.policy, &root, &tip, &err));
	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	gm_judge_start(&j, &f->result, &f->arena, &scratch, f->repo, &f->cx);
	j.now = now;
	assert_ok(gm_commit_read(&landed, &f->arena, f->repo, &root, &err));
	assert_ok(gm_set_read(&set, &f->arena, f->repo, &landed.tree,
			      &f->cx.roots, &err));
	assert_int_equal(set.n, 2);
	gm_landing_add(&j, set.items[0], GM_PHASE_EXPAND, at, at + window);
	gm_landing_add(&j, set.items[1], GM_PHASE_BACKFILL, at, at);
	assert_ok(gm_commit_read(&c.commit, &f->arena, f->repo, &tip, &err));
	c.hex = gm_oid_hex(&f->arena, &tip);
	assert_ok(gm_diff_commit(&c.changes, &f->arena, f->repo, &c.commit,
				 &err));
	assert_ok(gm_judge_commit(&j, &c, &err));
}

static void windows(void **state)
{
	const int64_t day = 86400, at = 1000 * day;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	judge(&f, CONTRACT("1_t"), at, day, at + day - 1);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	judge(&f, CONTRACT("1_t"), at, day, at + day);
	assert_int_equal(f.result.findings.n, 0);
	/* The policy's minimum holds even where the expand said less. */
	judge(&f, CONTRACT("1_t"), at, 60, at + day - 1);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	/* And the expand's own window where it said more. */
	judge(&f, CONTRACT("1_t"), at, 3 * day, at + 2 * day);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	/* Not known when it landed: no guess. */
	judge(&f, CONTRACT("1_t"), 0, 0, at);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	fixture_done(&f);
}

static void targets(void **state)
{
	struct fixture f;

	(void)state;
	fixture_start(&f);
	judge(&f, CONTRACT("9_never"), 1, 0, INT64_MAX);
	assert_int_equal(found(&f, GM_RULE_UNKNOWN_EXPAND), 1);
	judge(&f, CONTRACT("2_b"), 1, 0, INT64_MAX);
	assert_int_equal(found(&f, GM_RULE_UNKNOWN_EXPAND), 1);
	judge(&f, CONTRACT("3_d"), 1, 0, INT64_MAX);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	judge(&f,
	      "Drop\n\nMigration-Phase: contract\nRollback-Window: 24h\n"
	      "Rollback-Owner: Ann Lee <ann@example.com>\n",
	      1, 0, INT64_MAX);
	assert_int_equal(found(&f, GM_RULE_MISSING_CONTRACTS), 1);
	fixture_done(&f);
}

/* What nobody said is an expand can have been one if it adds anything. */
static void without_phase(void **state)
{
	static const struct {
		const char *sql;
		size_t unknown;
	} cases[] = {
		{ "CREATE TABLE t (a int);", 0 },
		/* A baseline does this and that. */
		{ "CREATE TABLE t (a int); INSERT INTO t VALUES (1);"
		  " DROP TABLE u;",
		  0 },
		{ "SELECT mystery();", 0 },
		{ "", 0 },
		{ "SET a = 1;", 0 },
		{ "\xff", 0 },
		{ "DROP TABLE u;", 1 },
		{ "UPDATE t SET a = 1; DELETE FROM t;", 1 },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_err err = GM_ERR_INIT;
		struct gm_declared d = { 0 };
		struct gm_migration m = { .id = "3_d" };
		struct gm_sql_file sql = { 0 };
		struct gm_judged_commit c = { 0 };
		struct gm_landed_unit *unit;
		struct gm_oid root;
		struct gm_judge j;
		struct fixture f;

		fixture_start(&f);
		root = COMMIT(&f, NULL, "Start\n",
			      { "migrations/1_t/up.sql", cases[i].sql, 0 });
		fixture_judged(&f, &root);
		j = fixture_judgement(&f);
		j.now = INT64_MAX;
		assert_ok(gm_landing_load(&j, &root, &err));
		unit = gm_landed_named(&j, NULL, "1_t");
		unit->timed = true;
		unit->at = 1;
		m.root = &f.cx.roots.items[0];
		d.migration = &m;
		d.sql = &sql;
		d.meta.contracts = "1_t";
		assert_ok(gm_judge_contract(&j, &c, &d, &err));
		if (found(&f, GM_RULE_UNKNOWN_EXPAND) != cases[i].unknown)
			fail_msg("%s", cases[i].sql);
		assert_int_equal(f.result.findings.n, cases[i].unknown);
		/* A baseline by its name is one whatever it does. */
		unit->baseline = true;
		assert_ok(gm_judge_contract(&j, &c, &d, &err));
		assert_int_equal(f.result.findings.n, cases[i].unknown);
		fixture_done(&f);
	}
}

/* Nobody can tell from names alone, so it is a warning. */
static void apart(void **state)
{
	const int64_t day = 86400;
	const struct gm_finding *odd;
	struct gm_range range = { .now = INT64_MAX };
	struct gm_err err = GM_ERR_INIT;
	struct gm_landed l = {
		.project = "shop",
		.path = "migrations/1_new/up.sql",
		.phase = "expand",
		.class_ = "expand",
		.ref = "refs/heads/main",
		.at = day,
		.until = 2 * day,
	};
	struct gm_oid on;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	range.now = 9 * day;
	range.base = COMMIT(&f, NULL, "Start\n",
			    UP("1_new", "CREATE TABLE users_new (a int);"));
	range.tip = COMMIT(&f, &range.base, CONTRACT("1_new"),
			   UP("3_d", "DROP TABLE users_old;"), DOWN("3_d"));
	l.digest = gm_printf(&f.arena, "sha256:%064d", 1);
	on = fixture_at(&f, &range.base, "migrations/1_new/up.sql");
	assert_ok(gm_landed_append(f.repo, &l, &on, 1, &err));
	fixture_judged(&f, &range.tip);
	for (int severity = GM_SEV_OFF; severity <= GM_SEV_ERROR; severity++) {
		f.cx.policy.severity[GM_RULE_UNKNOWN_EXPAND] =
			(enum gm_severity)severity;
		f.result = (struct gm_result){
			.findings = gm_findings(&f.arena, f.cx.policy.severity)
		};
		assert_ok(gm_check_range(&f.result, &f.arena, f.repo, &f.cx,
					 &range, &err));
		assert_int_equal(f.result.findings.n, severity != GM_SEV_OFF);
		assert_int_equal(f.result.findings.warnings,
				 severity != GM_SEV_OFF);
		assert_int_equal(f.result.findings.errors, 0);
	}
	odd = finding(&f, GM_RULE_UNKNOWN_EXPAND);
	assert_int_equal(odd->severity, GM_SEV_WARNING);
	assert_non_null(strstr(odd->message, "nothing in common with '1_new'"));
	fixture_done(&f);
}

/* A contract of what was there before the tool. */
static void closes_none(void **state)
{
	static const char approved[] =
		POLICY "roles: {dba: [ann@example.com]}\n"
		       "approvals: {contract: {need: {dba: 1}}}\n";
	struct gm_err err = GM_ERR_INIT;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	judge(&f, CONTRACT("none: older than the tool"), 1, 0, INT64_MAX);
	assert_int_equal(f.result.findings.n, 1);
	assert_non_null(strstr(finding(&f, GM_RULE_MISSING_CONTRACTS)->message,
			       "the policy asks nobody to approve contracts"));
	assert_ok(gm_policy_read(&f.cx.policy, &f.arena, "policy",
				 gm_str(approved), &err));
	judge(&f, CONTRACT("none: older than the tool"), 1, 0, INT64_MAX);
	assert_int_equal(f.result.findings.n, 0);
	/* It needs a reason. */
	judge(&f, CONTRACT("none"), 1, 0, INT64_MAX);
	assert_int_equal(found(&f, GM_RULE_BAD_TRAILER), 1);
	assert_int_equal(found(&f, GM_RULE_MISSING_CONTRACTS), 0);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(without_phase), cmocka_unit_test(apart),
	     cmocka_unit_test(closes_none), cmocka_unit_test(windows),
	     cmocka_unit_test(targets))
