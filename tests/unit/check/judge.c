/* check/judge: the state of a judgement, and what it blames on whom. */
#include "check/fixture.h"

static void starts_empty(void **state)
{
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	j = fixture_judgement(&f);
	assert_ptr_equal(j.cx, &f.cx);
	assert_ptr_equal(j.result, &f.result);
	assert_true(j.metadata);
	assert_false(j.loaded);
	assert_null(j.ref);
	assert_int_equal(j.landed.n + j.pending.n, 0);
	fixture_done(&f);
}

/* What a finding says outlives what it was made of. */
static void findings(void **state)
{
	struct gm_judged_commit c = { .hex = "1234", .subject = "Add t" };
	struct gm_finding *found;
	char path[] = "migrations/1_x/up.sql";
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	j = fixture_judgement(&f);
	found = gm_judge_find(&j, &c, GM_RULE_BAD_TRAILER, gm_str(path),
			      "%d of %s", 2, "%s");
	path[0] = 'X';
	assert_ptr_equal(found, &f.result.findings.items[0]);
	assert_string_equal(found->message, "2 of %s");
	assert_str(found->path, "migrations/1_x/up.sql");
	assert_string_equal(found->commit, "1234");
	assert_string_equal(found->subject, "Add t");
	assert_int_equal(f.result.findings.errors, 1);
	/* The index is no commit, and a message has no path. */
	c = (struct gm_judged_commit){ 0 };
	found = gm_judge_find(&j, &c, GM_RULE_BAD_TRAILER, GM_STR_NONE, "x");
	assert_null(found->commit);
	assert_null(found->subject);
	assert_int_equal(found->path.len, 0);
	/* A rule that is off: something to fill in, and nothing found. */
	f.cx.policy.severity[GM_RULE_BAD_TRAILER] = GM_SEV_OFF;
	found = gm_judge_find(&j, &c, GM_RULE_BAD_TRAILER, GM_STR("a"), "x");
	assert_non_null(found);
	assert_int_equal(f.result.findings.n, 2);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(starts_empty), cmocka_unit_test(findings))
