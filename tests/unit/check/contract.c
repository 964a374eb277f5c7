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

GM_UNIT_MAIN(cmocka_unit_test(windows), cmocka_unit_test(targets))
