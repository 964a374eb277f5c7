#include "unit/rollout/gate.h"

static const char *all_good(void)
{
	add(seen("expand", "pass", 2 * DAY));
	add(seen("enable", "pass", 800));
	return add(seen("observe", "pass", 700));
}

static void test_go(void **state)
{
	(void)state;
	all_good();
	ask();
	assert_true(gate.go);
	assert_string_equal(gate.id, "1_a");
	assert_string_equal(gate.env, "staging");
	for (size_t i = 0; i < gate.n; i++)
		if (gate.items[i].answer != GM_GATE_GO)
			fail_msg("%s: %s", gate.items[i].name,
				 gate.items[i].why);
	assert_int_equal(gate.n, 12);
}

/* What is not known stops a contract, and nothing else. */
static void test_unknown(void **state)
{
	(void)state;
	ask();
	assert_int_equal(line("expand")->answer, GM_GATE_UNKNOWN);
	assert_false(gate.go);
	from.stage = GM_STAGE_DEPLOY;
	from.part = expand;
	ask();
	assert_int_equal(line("expand")->answer, GM_GATE_UNKNOWN);
	assert_true(gate.go);
	add(seen("expand", "fail", 900));
	ask();
	assert_false(gate.go);
}

static void test_classification(void **state)
{
	(void)state;
	answers("classification", GM_GATE_GO, "declared contract", NULL);
	item.unread = "no SQL";
	answers("classification", GM_GATE_NO, "cannot be read: no SQL", NULL);
	item.unread = NULL;
	item.phase = NULL;
	answers("classification", GM_GATE_UNKNOWN, "no phase", NULL);
	item.phase = "expand";
	answers("classification", GM_GATE_NO,
		"declared expand, and its SQL is contract", NULL);
	item.class_ = GM_CLASS_OPAQUE;
	answers("classification", GM_GATE_NO, "its SQL is opaque", NULL);
	item.class_ = GM_CLASS_EXPAND;
	answers("classification", GM_GATE_NO, "it is no contract", NULL);
	item.digest = NULL;
	answers("classification", GM_GATE_NO, "a file is missing", NULL);
}

static void test_landed(void **state)
{
	(void)state;
	land("refs/heads/release", DIGEST("a"), NOW - DAY);
	land(MAIN, DIGEST("b"), NOW - DAY);
	answers("landed", GM_GATE_GO, MAIN, NULL);
	assert_int_equal(line("landed")->records.n, 0);
	land(MAIN, DIGEST("a"), NOW - DAY);
	answers("landed", GM_GATE_GO, MAIN, NULL);
	assert_int_equal(line("landed")->records.n, 1);
	item.landed_digest = DIGEST("b");
	answers("landed", GM_GATE_NO, "other bytes", NULL);
	item.state = GM_STATE_UPSTREAM;
	answers("landed", GM_GATE_UNKNOWN, "upstream", NULL);
	item.state = GM_STATE_PENDING;
	answers("landed", GM_GATE_NO, "has not landed", NULL);
}

static void test_window(void **state)
{
	(void)state;
	item.allowed_at = NOW;
	answers("window", GM_GATE_GO, "over since 2026-11-21T10:00:00Z", NULL);
	item.allowed_at = NOW + 1;
	answers("window", GM_GATE_NO, "open until 2026-11-21T10:00:01Z", NULL);
	item.allowed_at = 0;
	answers("window", GM_GATE_UNKNOWN, "when it began", NULL);
	item.blocked = "there is no '0_e'";
	answers("window", GM_GATE_UNKNOWN, "there is no '0_e'", NULL);
}

static void test_approvals(void **state)
{
	struct gm_record yes = { .id = "yes" }, no = { .id = "no" };
	struct gm_vote votes[] = { { &yes, GM_VOTE_COUNTS, NULL },
				   { &no, GM_VOTE_BAD, "bad" } };

	(void)state;
	review.tally.votes = votes;
	review.tally.n = 2;
	answers("approvals", GM_GATE_GO, "", "yes");
	review.state = GM_REVIEW_NOT_NEEDED;
	answers("approvals", GM_GATE_GO, "", "yes");
	votes[0].state = GM_VOTE_REJECTS;
	review.tally.rejected_by = &yes;
	yes.signer = "ann";
	review.state = GM_REVIEW_REJECTED;
	answers("approvals", GM_GATE_NO, "rejected by ann", "yes");
	assert_non_null(strstr(line("approvals")->hint, "--env staging"));
	review.state = GM_REVIEW_MISSING;
	answers("approvals", GM_GATE_NO, "", "yes");
	review.state = GM_REVIEW_BAD;
	answers("approvals", GM_GATE_NO, "", "yes");
}

static void test_follow_ups(void **state)
{
	struct gm_record r = { .id = "0123456789abcdef",
			       .ticket = "INC-7",
			       .follow_up = "talk" };
	struct gm_follow_up open = { &r, NOW };

	(void)state;
	answers("follow-ups", GM_GATE_GO, "no follow-up", NULL);
	open_ones = (struct gm_follow_ups){ &open, 1, 1 };
	answers("follow-ups", GM_GATE_NO, "'INC-7' is open: talk",
		"0123456789abcdef");
	assert_false(gate.go);
}

static void test_stages(void **state)
{
	(void)state;
	from.stage = GM_STAGE_EXPAND;
	from.part = expand;
	ask();
	assert_non_null(line("landed"));
	assert_non_null(line("backup"));
	assert_null(line("flag"));
	assert_null(line("expand"));
	assert_true(gate.go);
	from.stage = GM_STAGE_RESTORE;
	ask();
	assert_int_equal(gate.n, 1);
	from.stage = GM_STAGE_ROLLBACK;
	ask();
	assert_non_null(line("contract"));
	assert_int_equal(gate.n, 1);
	from.stage = GM_STAGE_WIDEN;
	ask();
	assert_non_null(line("slo"));
	assert_null(line("flag"));
	assert_false(gate.go);
}

static void test_unknown_env(void **state)
{
	(void)state;
	from.env = "stagign";
	assert_ok(open_at(NOW, false));
	from.approvals = ap;
	assert_int_equal(gm_gate(&gate, &arena, &from, &err), -1);
	assert_int_equal(err.code, GM_ENOT_FOUND);
	assert_string_equal(err.hint, "Did you mean 'staging'?");
	from.env = "x";
	assert_int_equal(gm_gate(&gate, &arena, &from, &err), -1);
	assert_non_null(strstr(err.hint, "environments"));
}

static void test_no_record(void **state)
{
	const struct gm_note_line bad = { expand_review.on, "gm1 evidence" };

	(void)state;
	assert_ok(gm_notes_append(repo, GM_EVIDENCE_REF, &bad, 1, "x", &err));
	assert_ok(open_at(NOW, false));
	from.approvals = ap;
	assert_int_equal(gm_gate(&gate, &arena, &from, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
}

GM_UNIT_MAIN(GATE_TEST(test_go), GATE_TEST(test_unknown),
	     GATE_TEST(test_classification), GATE_TEST(test_landed),
	     GATE_TEST(test_window), GATE_TEST(test_approvals),
	     GATE_TEST(test_follow_ups), GATE_TEST(test_stages),
	     GATE_TEST(test_unknown_env), GATE_TEST(test_no_record))
