/* check/commit, check/landing: migrations that get another name. */
#include "check/fixture.h"
#include "check/puts.h"

#define GONE(id)                                                               \
	{ "migrations/" id "/up.sql", NULL, 0 },                               \
	{                                                                      \
		"migrations/" id "/down.sql", NULL, 0                          \
	}
#define T "CREATE TABLE t (a int);"

/* A landed migration, 5_a, and an app. */
static struct gm_oid start(struct fixture *f)
{
	fixture_start(f);
	return COMMIT(f, NULL, "Start\n", { "app/code", "1", 0 },
		      UP("5_a", "CREATE TABLE a ();"), DOWN("5_a"));
}

/* The hint of out-of-order, followed: a later commit gives it a version. */
static void renumbered(void **state)
{
	struct gm_oid root, late, renamed, edited, gone;
	struct fixture f;

	(void)state;
	root = start(&f);
	late = COMMIT(&f, &root, "Late\n\n" EXPAND, UP("4_t", T), DOWN("4_t"));
	fixture_judge(&f, &root, &late);
	assert_int_equal(f.result.findings.n, 1);
	assert_string_equal(finding(&f, GM_RULE_OUT_OF_ORDER)->subject, "Late");
	renamed = COMMIT(&f, &late, "Renumber\n", GONE("4_t"), UP("6_t", T),
			 DOWN("6_t"));
	fixture_judge(&f, &root, &renamed);
	assert_int_equal(f.result.findings.n, 0);
	assert_int_equal(f.result.n, 2);
	assert_string_equal(f.result.items[1].id, "6_t");
	assert_string_equal(f.result.items[1].phase, "expand");
	/* With words of its own, too. */
	renamed = COMMIT(&f, &late, "Renumber\n\n" EXPAND, GONE("4_t"),
			 UP("6_t", T), DOWN("6_t"));
	fixture_judge(&f, &root, &renamed);
	assert_int_equal(f.result.findings.n, 0);
	/* Edited on the way. */
	edited = COMMIT(&f, &late, "Renumber\n", GONE("4_t"),
			UP("6_t", "CREATE TABLE t (a bigint);"), DOWN("6_t"));
	fixture_judge(&f, &root, &edited);
	assert_int_equal(f.result.findings.n, 0);
	/* Another one is a new one. */
	edited = COMMIT(&f, &late, "Another\n", GONE("4_t"),
			UP("6_u", "CREATE TABLE u ();"), DOWN("6_u"));
	fixture_judge(&f, &root, &edited);
	assert_int_equal(found(&f, GM_RULE_MISSING_PHASE), 1);
	assert_int_equal(found(&f, GM_RULE_OUT_OF_ORDER), 0);
	/* Nor is what was taken away missed, or waited for. */
	gone = COMMIT(&f, &late, "Remove\n", GONE("4_t"));
	fixture_judge(&f, &root, &gone);
	assert_int_equal(f.result.findings.n, 0);
	gone = COMMIT(&f, &gone, "App\n\nMigration-Requires: 4_t\n",
		      { "app/code", "2", 0 });
	fixture_judge(&f, &root, &gone);
	assert_int_equal(found(&f, GM_RULE_BAD_TRAILER), 1);
	fixture_done(&f);
}

/* What was said before it went does not hold for what comes back. */
static void gone_and_back(void **state)
{
	struct gm_oid root, added, gone, back, merge;
	struct fixture f;

	(void)state;
	root = start(&f);
	added = COMMIT(&f, &root, "Add\n\n" EXPAND, UP("6_t", T), DOWN("6_t"));
	gone = COMMIT(&f, &added, "Remove\n", GONE("6_t"));
	back = COMMIT(&f, &gone, "Back\n", UP("6_t", T), DOWN("6_t"));
	fixture_judge(&f, &root, &back);
	assert_int_equal(found(&f, GM_RULE_MISSING_PHASE), 1);
	/* A merge that keeps it takes nothing back. */
	merge = fixture_commit(
		&f, (const struct gm_oid *const[]){ &gone, &added, NULL }, 1,
		"Merge\n",
		(const struct put[]){ UP("6_t", T), DOWN("6_t"), { 0 } });
	fixture_judge(&f, &root, &merge);
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

/* Nothing but the true finding, where a landed one is edited or renamed. */
static void landed(void **state)
{
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	root = start(&f);
	tip = COMMIT(&f, &root, "Edit\n", { "app/code", "2", 0 },
		     UP("5_a", "-- Migration-Phase: later\nDROP TABLE a;"));
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 1);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 1);
	assert_int_equal(f.result.n, 1);
	tip = COMMIT(&f, &root, "Verify\n",
		     { "migrations/5_a/verify.sql", "DROP TABLE a;", 0 });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 1);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 1);
	tip = COMMIT(&f, &root, "Rename\n", GONE("5_a"),
		     UP("4_a", "CREATE TABLE a ();"), DOWN("4_a"));
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 1);
	assert_int_equal(found(&f, GM_RULE_DELETED_LANDED), 1);
	/* Nor when it is edited afterwards. */
	tip = COMMIT(&f, &tip, "Edit\n", UP("4_a", "CREATE TABLE a (b int);"));
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 1);
	/* What is wrong with bytes is wrong all the same. */
	tip = COMMIT(&f, &root, "Edit\n", UP("5_a", "SELECT 1; -- \xff"));
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_UNSAFE_CONTENT), 1);
	/* Where the policy lets it pass, it is judged as a new one is. */
	f.cx.policy.severity[GM_RULE_DELETED_LANDED] = GM_SEV_WARNING;
	f.cx.policy.severity[GM_RULE_EDITED_LANDED] = GM_SEV_OFF;
	tip = COMMIT(&f, &root, "Rename\n", GONE("5_a"),
		     UP("6_a", "CREATE TABLE a ();"), DOWN("6_a"));
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_MISSING_PHASE), 1);
	tip = COMMIT(&f, &root, "Edit\n", UP("5_a", "DROP TABLE a;"));
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_MISSING_PHASE), 1);
	fixture_done(&f);
}

/* Judge what is staged on top of `head`, with a message or without one. */
static void stage(struct fixture *f, const struct gm_oid *base,
		  const struct gm_oid *head, const char *message,
		  const struct put *puts)
{
	struct gm_staged s = { .has_message = message != NULL,
			       .message = gm_str(message) };
	struct gm_err err = GM_ERR_INIT;
	struct gm_commit c;

	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	if (base)
		s.base = *base;
	assert_ok(gm_commit_read(&c, &f->arena, f->repo, head, &err));
	s.tree = fixture_tree(f, &c.tree, puts);
	*GM_PUSH(&f->arena, &s.parents) = *head;
	assert_ok(gm_context_roots(&f->cx.roots, &f->arena, f->repo,
				   &f->cx.policy, &c.tree, &s.tree, &err));
	assert_ok(gm_check_staged(&f->result, &f->arena, f->repo, &f->cx, &s,
				  &err));
	assert_int_equal(f->result.commits, 0);
}

#define STAGE(f, base, head, message, ...)                                     \
	stage((f), (base), (head), (message),                                  \
	      (const struct put[]){ __VA_ARGS__, { 0 } })

/* The hooks know what the commits before said. */
static void staged(void **state)
{
	static const char *const messages[] = { NULL, "Fix it\n" };
	struct gm_oid root, bad, added, merged;
	struct fixture f;

	(void)state;
	root = start(&f);
	/* What is wrong with earlier commits is not told again. */
	bad = COMMIT(&f, &root, "Bad\n", UP("6_b", "CREATE TABLE b ();"));
	added = COMMIT(&f, &bad, "Add\n\n" EXPAND, UP("7_t", T), DOWN("7_t"));
	for (size_t i = 0; i < GM_COUNT(messages); i++) {
		STAGE(&f, &root, &added, messages[i],
		      UP("7_t", "CREATE TABLE t (a bigint);"));
		assert_int_equal(f.result.findings.n, 0);
		assert_int_equal(f.result.n, 1);
		assert_string_equal(f.result.items[0].phase, "expand");
		STAGE(&f, &root, &added, messages[i], GONE("7_t"), UP("8_t", T),
		      DOWN("8_t"));
		assert_int_equal(f.result.findings.n, 0);
		/* Without an upstream, nothing has landed. */
		STAGE(&f, NULL, &added, messages[i],
		      UP("7_t", "CREATE TABLE t (a bigint);"));
		assert_int_equal(f.result.findings.n, 0);
		/* It is the commit at hand that slips it in. */
		STAGE(&f, &root, &added, messages[i], GONE("7_t"), UP("4_t", T),
		      DOWN("4_t"));
		assert_int_equal(f.result.findings.n, 1);
		assert_null(finding(&f, GM_RULE_OUT_OF_ORDER)->commit);
		/* What makes another phase of it is told. */
		STAGE(&f, &root, &added, messages[i],
		      UP("7_t", "DROP TABLE t;"));
		assert_int_equal(found(&f, GM_RULE_PHASE_MISMATCH), 1);
	}
	STAGE(&f, &root, &added, "App\n\nMigration-Requires: 7_t\n",
	      { "app/code", "2", 0 });
	assert_int_equal(f.result.findings.n, 0);
	/* Nothing is asked of a message that is not written yet. */
	STAGE(&f, &root, &root, NULL,
	      UP("6_t", "-- Migration-Phase: expand\n" T), DOWN("6_t"));
	assert_int_equal(f.result.findings.n, 0);
	STAGE(&f, &root, &root, NULL,
	      UP("6_t",
		 "-- Migration-Phase: expand\n-- Rollback-Window: 1h\n" T),
	      DOWN("6_t"));
	assert_int_equal(found(&f, GM_RULE_WINDOW_TOO_SHORT), 1);
	/* A merge has more than one line before it. */
	merged = fixture_commit(
		&f, (const struct gm_oid *const[]){ &root, &added, NULL }, 1,
		"Merge\n",
		(const struct put[]){ UP("6_b", "CREATE TABLE b ();"),
				      UP("7_t", T),
				      DOWN("7_t"),
				      { 0 } });
	STAGE(&f, &root, &merged, "Fix\n",
	      UP("7_t", "CREATE TABLE t (a bigint);"));
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

/* Where nothing is known to have landed, a hook does not guess. */
static void unsure(void **state)
{
	static const char contract[] =
		"Drop it\n\nMigration-Phase: contract\nRollback-Window: 24h\n"
		"Rollback-Owner: Ann Lee <ann@example.com>\n"
		"Migration-Contracts: 5_a\n";
	struct gm_oid root, other;
	struct fixture f;

	(void)state;
	root = start(&f);
	STAGE(&f, NULL, &root, contract, UP("6_d", "DROP TABLE a;"));
	assert_int_equal(f.result.findings.n, 0);
	/* What is not there at all is a slip of the pen. */
	other = COMMIT(&f, NULL, "Start\n", { "app/code", "1", 0 });
	STAGE(&f, NULL, &other, contract, UP("6_d", "DROP TABLE a;"));
	assert_int_equal(found(&f, GM_RULE_UNKNOWN_EXPAND), 1);
	/* Where it is known, what is not there comes with it. */
	STAGE(&f, &other, &root, contract, UP("6_d", "DROP TABLE a;"));
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	fixture_done(&f);
}

/* A merge that is yet to be made. */
static void staged_merge(void **state)
{
	struct gm_staged s = { .has_message = true,
			       .message = GM_STR("Merge\n") };
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid one, two, tip;
	struct fixture f;

	(void)state;
	s.base = start(&f);
	one = COMMIT(&f, &s.base, "One\n\n" EXPAND, UP("6_t", T), DOWN("6_t"));
	two = COMMIT(&f, &s.base, "Two\n\n" EXPAND,
		     UP("7_u", "CREATE TABLE u ();"), DOWN("7_u"));
	*GM_PUSH(&f.arena, &s.parents) = one;
	*GM_PUSH(&f.arena, &s.parents) = two;
	tip = COMMIT(&f, &one, "x\n", UP("7_u", "CREATE TABLE u (a int);"),
		     DOWN("7_u"));
	s.tree = fixture_at(&f, &tip, "");
	fixture_judged(&f, &tip);
	assert_ok(
		gm_check_staged(&f.result, &f.arena, f.repo, &f.cx, &s, &err));
	assert_int_equal(f.result.findings.n, 0);
	assert_int_equal(f.result.n, 1);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(renumbered), cmocka_unit_test(gone_and_back),
	     cmocka_unit_test(landed), cmocka_unit_test(staged),
	     cmocka_unit_test(unsure), cmocka_unit_test(staged_merge))
