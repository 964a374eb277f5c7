#include "cmd/gating.h"

#include <string.h>

#include "base/clock.h"

static int open_review(struct gm_gating *q, struct gm_err *err)
{
	const struct gm_review_from from = {
		.remote = q->remote,
		.ref = q->ref,
		.now = gm_now(),
	};
	int found = gm_review_open(&q->review, q->cx->arena, q->cx->repo, &from,
				   err);

	if (found)
		return found < 0 ? -1 : 0;
	gm_fail(err, GM_ENOT_FOUND, "there is no %s to judge by",
		GM_POLICY_PATH);
	return gm_hint(err, "'git migrate init' writes one; 'git fetch' brings"
			    " the one of the server.");
}

int gm_gating_open(struct gm_gating *q, struct gm_err *err)
{
	struct gm_ctx *cx = q->cx;
	const char *at = q->at;
	struct gm_oid tip;

	if (open_review(q, err) < 0 ||
	    gm_rev_commit(&tip, cx->repo, at ? at : "HEAD", err) < 0 ||
	    gm_review_people(&q->review, cx->arena, cx->repo, &tip, err) < 0 ||
	    gm_overview_read_by(&q->overview, cx->arena, cx->repo, at,
				&q->review.policy, err) < 0)
		return -1;
	return gm_approvals_follow_ups(&q->open, q->review.approvals,
				       q->review.ref, err);
}

/* The stage that is asked for, else the one its phase names. */
static enum gm_stage find_stage(const struct gm_gating *q, size_t at,
				const char *asked)
{
	const struct gm_overview_item *item = &q->overview.items[at];
	const char *phase =
		item->phase ? item->phase : gm_class_name(item->class_);
	enum gm_stage stage = GM_STAGE_CONTRACT;

	if (asked)
		phase = asked;
	if (!gm_stage_find(&stage, gm_str(phase)) && !strcmp(phase, "neutral"))
		stage = GM_STAGE_EXPAND;
	return stage;
}

/* Of an expand, the contract that closes it. */
static int find_contract(size_t *at, const struct gm_gating *q,
			 struct gm_err *err)
{
	const struct gm_overview *o = &q->overview;
	const char *id = o->items[*at].id;

	if (gm_overview_contract(&o->items[*at]))
		return 0;
	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].contracts &&
		    !strcmp(o->items[i].contracts, id)) {
			*at = i;
			return 0;
		}
	gm_fail(err, GM_EINPUT, "'%s' is no contract, and none closes it", id);
	return gm_hint(err, "Name the contract, or another --stage.");
}

/* The expand of a rollout; o->n when there is none. */
static size_t find_expand(const struct gm_overview *o, size_t at)
{
	const char *id = o->items[at].contracts;

	if (gm_overview_expand(&o->items[at]))
		return at;
	for (size_t i = 0; id && i < o->n; i++)
		if (!strcmp(o->items[i].id, id))
			return i;
	return o->n;
}

/* Other stages run nothing that has not been approved to land. */
int gm_gating_judge(struct gm_review_item *item, struct gm_gating *q, size_t at,
		    const char *env, struct gm_err *err)
{
	if (gm_review_migration(item, q->cx->arena, q->cx->repo, &q->review,
				&q->overview, at, err) < 0)
		return -1;
	if (gm_overview_contract(&q->overview.items[at])) {
		item->subject.env = env;
		item->landed = false;
	}
	return gm_review_judge(item, q->cx->arena, &q->review, err);
}

int gm_gating_ask(struct gm_gate *out, struct gm_gating *q, size_t at,
		  const char *env, const char *stage, struct gm_err *err)
{
	struct gm_gate_from from = {
		.repo = q->cx->repo,
		.approvals = q->review.approvals,
		.policy = &q->review.policy,
		.ref = q->review.ref,
		.now = q->review.now,
		.env = env,
		.open = &q->open,
		.remotes = !gm_repo_is_bare(q->cx->repo),
	};
	struct gm_review_item part, other;
	struct gm_gate_part expand;
	size_t of;

	from.stage = find_stage(q, at, stage);
	if (from.stage == GM_STAGE_CONTRACT && find_contract(&at, q, err) < 0)
		return -1;
	of = find_expand(&q->overview, at);
	if (gm_gating_judge(&part, q, at, env, err) < 0)
		return -1;
	from.part = (struct gm_gate_part){ &q->overview.items[at], &part };
	if (of < q->overview.n) {
		if (gm_gating_judge(&other, q, of, env, err) < 0)
			return -1;
		expand =
			(struct gm_gate_part){ &q->overview.items[of], &other };
		from.expand = &expand;
	}
	return gm_gate(out, q->cx->arena, &from, err);
}
