/*
 * tests/unit/rollout: a contract, its expand, and records about both.
 */
#ifndef GM_TESTS_UNIT_ROLLOUT_GATE_H
#define GM_TESTS_UNIT_ROLLOUT_GATE_H

#include "unit/approval/records.h"

#include "approval/exhibit.h"
#include "rollout/gate.h"

#define EXPAND_UP "migrations/0_e/up.sql"

static struct gm_overview_item expand_item, item;
static struct gm_review_item expand_review, review;
static struct gm_gate_part expand;
static struct gm_gate_from from;
static struct gm_follow_ups open_ones;
static struct gm_policy_environment envs[2];
static struct gm_gate gate;

GM_UNUSED static int gate_setup(void **state)
{
	records_setup(state);
	expand_item = (struct gm_overview_item){
		.id = "0_e",
		.phase = "expand",
		.digest = DIGEST("e"),
		.class_ = GM_CLASS_EXPAND,
		.flag = "PHONE",
		.state = GM_STATE_LANDED,
		.landed_digest = DIGEST("e"),
		.landed_ref = MAIN,
	};
	item = (struct gm_overview_item){
		.id = "1_a",
		.phase = "contract",
		.digest = DIGEST("a"),
		.class_ = GM_CLASS_CONTRACT,
		.contracts = "0_e",
		.state = GM_STATE_LANDED,
		.landed_digest = DIGEST("a"),
		.landed_ref = MAIN,
		.allowed_at = NOW - DAY,
	};
	review = (struct gm_review_item){ .state = GM_REVIEW_APPROVED,
					  .on = up };
	review.subject = subject_of(DIGEST("a"));
	expand_review = (struct gm_review_item){ .state = GM_REVIEW_LANDED };
	expand_review.subject = subject_of(DIGEST("e"));
	expand_review.subject.path = EXPAND_UP;
	expand_review.on = a_blob("ALTER TABLE t ADD d int;\n");
	expand = (struct gm_gate_part){ &expand_item, &expand_review };
	open_ones = (struct gm_follow_ups){ 0 };
	envs[0] = (struct gm_policy_environment){ .name = "staging" };
	envs[1] = (struct gm_policy_environment){ .name = "production",
						  .after = "staging" };
	policy.environments = envs;
	policy.n_environments = 2;
	from = (struct gm_gate_from){
		.repo = repo,
		.policy = &policy,
		.ref = MAIN,
		.now = NOW,
		.env = "staging",
		.stage = GM_STAGE_CONTRACT,
		.part = { &item, &review },
		.expand = &expand,
		.open = &open_ones,
	};
	return 0;
}

#define GATE_TEST(name)                                                        \
	cmocka_unit_test_setup_teardown(name, gate_setup, place_done)

/* Evidence of the expand, in staging, so many seconds ago. */
GM_UNUSED static struct gm_record seen(const char *stage, const char *result,
				       int64_t ago)
{
	struct gm_record r = record_of(GM_RECORD_EVIDENCE, "ann", "dba");

	r.path = EXPAND_UP;
	r.digest = DIGEST("e");
	r.phase = r.class_ = "expand";
	r.on = expand_review.on;
	r.env = "staging";
	r.stage = stage;
	r.result = result;
	r.sha256 = "e3b0c44298fc1c149afbf4c8996fb924"
		   "27ae41e4649b934ca495991b7852b855";
	r.at = NOW - ago;
	return r;
}

GM_UNUSED static void ask(void)
{
	assert_ok(open_at(NOW, false));
	from.approvals = ap;
	gate = (struct gm_gate){ 0 };
	assert_ok(gm_gate(&gate, &arena, &from, &err));
}

GM_UNUSED static const struct gm_gate_line *line(const char *name)
{
	for (size_t i = 0; i < gate.n; i++)
		if (!strcmp(gate.items[i].name, name))
			return &gate.items[i];
	return NULL;
}

/* The answer, words of it, and the record that proves it (NULL: any). */
GM_UNUSED static void answers(const char *name, enum gm_gate_answer want,
			      const char *why, const char *id)
{
	const struct gm_gate_line *l;

	ask();
	l = line(name);
	assert_non_null(l);
	if (l->answer != want || !strstr(l->why, why))
		fail_msg("%s: %s, %s", name, gm_gate_answer_name(l->answer),
			 l->why);
	if (id) {
		assert_int_equal(l->records.n, 1);
		assert_string_equal(l->records.items[0], id);
	}
}

#endif
