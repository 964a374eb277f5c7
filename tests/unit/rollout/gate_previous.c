#include "unit/rollout/gate.h"

/* The same about the contract. */
static struct gm_record of_contract(const char *result, int64_t ago)
{
	struct gm_record r = seen("contract", result, ago);

	r.path = UP;
	r.digest = DIGEST("a");
	r.on = up;
	return r;
}

static void test_contract(void **state)
{
	const char *id;

	(void)state;
	answers("previous", GM_GATE_GO, "first environment", NULL);
	from.env = "production";
	answers("previous", GM_GATE_NO, "passed in staging", NULL);
	add(seen("expand", "pass", 200));
	answers("previous", GM_GATE_NO, "passed in staging", NULL);
	id = add(of_contract("pass", 100));
	answers("previous", GM_GATE_GO, "it passed in staging", id);
	id = add(of_contract("fail", 99));
	answers("previous", GM_GATE_NO, "'contract' failed in staging", id);
}

/* Applied, not rolled back, filled, observed. */
static void test_rollout(void **state)
{
	struct gm_record r = seen("backfill", "pass", 150);
	struct gm_gate_part fill = { &item, &review };
	const char *id;

	(void)state;
	from.env = "production";
	from.stage = GM_STAGE_EXPAND;
	from.part = expand;
	answers("previous", GM_GATE_NO, "'expand' of '0_e'", NULL);
	assert_non_null(strstr(line("previous")->hint,
			       "record 0_e --env staging --stage expand"));
	id = add(seen("expand", "pass", 200));
	answers("previous", GM_GATE_GO, "it passed in staging", id);
	from.backfills = &fill;
	from.n_backfills = 1;
	answers("previous", GM_GATE_NO, "'backfill' of '1_a'", NULL);
	r.path = UP;
	r.digest = DIGEST("a");
	r.on = up;
	add(r);
	answers("previous", GM_GATE_GO, "it passed in staging", NULL);
	assert_int_equal(line("previous")->records.n, 2);
	policy.flux.observe.prometheus = "http://prometheus";
	answers("previous", GM_GATE_GO, "it passed in staging", NULL);
	policy.flux.tool = "git-migrate:1";
	answers("previous", GM_GATE_NO, "'observe' of '0_e'", NULL);
	id = add(seen("observe", "fail", 90));
	answers("previous", GM_GATE_NO, "'observe' failed in staging", id);
	policy.flux.tool = NULL;
	answers("previous", GM_GATE_NO, "'observe' failed in staging", id);
	add(seen("observe", "pass", 80));
	answers("previous", GM_GATE_GO, "it passed in staging", NULL);
	assert_int_equal(line("previous")->records.n, 3);
	id = add(seen("rollback", "pass", 70));
	answers("previous", GM_GATE_NO, "rolled back in staging", id);
}

/* What belongs to no expand follows itself. */
static void test_alone(void **state)
{
	(void)state;
	from.env = "production";
	from.stage = GM_STAGE_BACKFILL;
	from.expand = NULL;
	item.phase = "backfill";
	answers("previous", GM_GATE_NO, "'backfill' of '1_a'", NULL);
	item.phase = "contract";
	answers("previous", GM_GATE_NO, "'contract' of '1_a'", NULL);
}

static void test_promotion(void **state)
{
	(void)state;
	from.env = "production";
	from.stage = GM_STAGE_DEPLOY;
	assert_ok(open_at(NOW, false));
	from.approvals = ap;
	assert_ok(gm_gate_promotion(&gate, &arena, &from, &err));
	assert_false(gate.go);
	assert_int_equal(gate.n, 1);
	add(seen("expand", "pass", 200));
	assert_ok(open_at(NOW, false));
	from.approvals = ap;
	assert_ok(gm_gate_promotion(&gate, &arena, &from, &err));
	assert_true(gate.go);
	assert_int_equal(gate.n, 1);
	from.env = "productoin";
	assert_int_equal(gm_gate_promotion(&gate, &arena, &from, &err), -1);
	assert_int_equal(err.code, GM_ENOT_FOUND);
}

static void test_way_back(void **state)
{
	struct gm_gate_part contract = from.part;
	const char *id;

	(void)state;
	from.stage = GM_STAGE_ROLLBACK;
	from.contracts = &contract;
	from.n_contracts = 1;
	answers("contract", GM_GATE_GO, "no record says", NULL);
	assert_true(gate.go);
	id = add(of_contract("fail", 200));
	answers("contract", GM_GATE_GO, "it failed", id);
	id = add(of_contract("pass", 100));
	answers("contract", GM_GATE_NO, "'1_a' has run", id);
	/* So it is for the expand, whichever of its contracts it was. */
	from.part = expand;
	answers("contract", GM_GATE_NO, "'1_a' has run", id);
	from.n_contracts = 0;
	answers("contract", GM_GATE_GO, "no record says", NULL);
	from.part = contract;
	from.expand = NULL;
	answers("contract", GM_GATE_NO, "'1_a' has run", id);
}

static void test_done(void **state)
{
	const char *id;

	(void)state;
	from.stage = GM_STAGE_CLOSE;
	ask();
	assert_int_equal(line("flag")->answer, GM_GATE_UNKNOWN);
	assert_false(gate.go);
	id = add(seen("enable", "pass", 300));
	answers("flag", GM_GATE_GO, "for everybody", id);
	assert_true(gate.go);
	id = add(seen("rollback", "pass", 200));
	answers("done", GM_GATE_GO, "rolled back", id);
	id = add(of_contract("fail", 100));
	answers("done", GM_GATE_NO, "its contract failed", id);
	id = add(of_contract("pass", 90));
	answers("done", GM_GATE_GO, "its contract has run", id);
	from.part = expand;
	answers("done", GM_GATE_GO, "rolled back", NULL);
}

static void test_done_alone(void **state)
{
	(void)state;
	from.stage = GM_STAGE_CLOSE;
	from.expand = NULL;
	answers("done", GM_GATE_UNKNOWN, "its contract has run", NULL);
	assert_non_null(strstr(line("done")->hint, "--stage contract"));
}

GM_UNIT_MAIN(GATE_TEST(test_contract), GATE_TEST(test_rollout),
	     GATE_TEST(test_alone), GATE_TEST(test_promotion),
	     GATE_TEST(test_way_back), GATE_TEST(test_done),
	     GATE_TEST(test_done_alone))
