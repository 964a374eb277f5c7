#include "cmd/gating.h"

#include <string.h>

#include "base/clock.h"
#include "cmd/rollouts.h"

int gm_gating_policy(struct gm_gating *q, struct gm_err *err)
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

	if (gm_gating_policy(q, err) < 0 ||
	    gm_rev_commit(&tip, cx->repo, at ? at : "HEAD", err) < 0 ||
	    gm_review_people(&q->review, cx->arena, cx->repo, &tip, err) < 0 ||
	    gm_overview_read_by(&q->overview, cx->arena, cx->repo, at,
				&q->review.policy, err) < 0 ||
	    gm_cmd_owners(&q->owners, cx, &q->overview, err) < 0)
		return -1;
	return gm_approvals_follow_ups(&q->open, q->review.approvals,
				       q->review.ref, &q->review.landed, err);
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

static bool closes(const struct gm_overview_item *item, const char *id)
{
	return item->contracts && !strcmp(item->contracts, id);
}

/* Of an expand, the contract that closes it, where there is one. */
static bool find_closing(size_t *at, const struct gm_gating *q)
{
	const struct gm_overview *o = &q->overview;
	const char *id = o->items[*at].id;

	if (gm_overview_contract(&o->items[*at]))
		return true;
	for (size_t i = 0; i < o->n; i++)
		if (closes(&o->items[i], id)) {
			*at = i;
			return true;
		}
	return false;
}

static int find_contract(size_t *at, const struct gm_gating *q,
			 struct gm_err *err)
{
	if (find_closing(at, q))
		return 0;
	gm_fail(err, GM_EINPUT, "'%s' is no contract, and none closes it",
		q->overview.items[*at].id);
	return gm_hint(err, "Name the contract, or another --stage.");
}

/* The expand of a rollout; o->n when there is none. */
static size_t find_expand(const struct gm_gating *q, size_t at)
{
	const struct gm_overview *o = &q->overview;
	const char *id = o->items[at].contracts;

	if (gm_overview_expand(&o->items[q->owners[at]]))
		return q->owners[at];
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

/* What is asked about, with the rollout around it. */
struct asked {
	struct gm_gate_from from;
	struct gm_gate_part expand;
};

static int add_part(struct gm_gate_part *out, struct gm_gating *q, size_t at,
		    const char *env, bool judge, struct gm_err *err)
{
	struct gm_review_item *item = gm_alloc(q->cx->arena, sizeof(*item));

	*out = (struct gm_gate_part){ &q->overview.items[at], item };
	if (judge)
		return gm_gating_judge(item, q, at, env, err);
	return gm_review_migration(item, q->cx->arena, q->cx->repo, &q->review,
				   &q->overview, at, err);
}

static bool is_backfill(const struct gm_overview_item *item)
{
	return !gm_overview_contract(item) && !gm_overview_expand(item);
}

/* The backfills of an expand, and its contracts: all that name it. */
static int add_others(struct asked *out, struct gm_gating *q, size_t owner,
		      struct gm_err *err)
{
	size_t n = q->overview.n, n_backfills = 0, n_contracts = 0;
	struct gm_gate_part *backfills =
		gm_alloc_n(q->cx->arena, n, sizeof(*backfills));
	struct gm_gate_part *contracts =
		gm_alloc_n(q->cx->arena, n, sizeof(*contracts));

	for (size_t i = 0; i < n; i++) {
		const struct gm_overview_item *item = &q->overview.items[i];
		struct gm_gate_part *part = NULL;

		if (closes(item, q->overview.items[owner].id))
			part = &contracts[n_contracts++];
		else if (i != owner && q->owners[i] == owner &&
			 is_backfill(item))
			part = &backfills[n_backfills++];
		if (part && add_part(part, q, i, out->from.env, false, err) < 0)
			return -1;
	}
	out->from.backfills = backfills;
	out->from.n_backfills = n_backfills;
	out->from.contracts = contracts;
	out->from.n_contracts = n_contracts;
	return 0;
}

static int make(struct asked *out, struct gm_gating *q, size_t at,
		const char *env, enum gm_stage stage, struct gm_err *err)
{
	size_t of = find_expand(q, at);

	out->from = (struct gm_gate_from){
		.repo = q->cx->repo,
		.approvals = q->review.approvals,
		.policy = &q->review.policy,
		.ref = q->review.ref,
		.now = q->review.now,
		.env = env,
		.stage = stage,
		.open = &q->open,
		.remotes = !gm_repo_is_bare(q->cx->repo),
	};
	if (add_part(&out->from.part, q, at, env, true, err) < 0)
		return -1;
	if (of == q->overview.n)
		return 0;
	if (add_part(&out->expand, q, of, env, false, err) < 0)
		return -1;
	out->from.expand = &out->expand;
	return add_others(out, q, of, err);
}

int gm_gating_ask(struct gm_gate *out, struct gm_gating *q, size_t at,
		  const char *env, const char *name, struct gm_err *err)
{
	enum gm_stage stage = find_stage(q, at, name);
	struct asked asked = { 0 };

	if (stage == GM_STAGE_CONTRACT && find_contract(&at, q, err) < 0)
		return -1;
	/* How it ends, or ends early, is a matter of its contract. */
	if (stage == GM_STAGE_CLOSE || stage == GM_STAGE_ROLLBACK)
		find_closing(&at, q);
	if (make(&asked, q, at, env, stage, err) < 0)
		return -1;
	return gm_gate(out, q->cx->arena, &asked.from, err);
}

int gm_gating_promotion(struct gm_gate *out, struct gm_gating *q, size_t at,
			const char *env, struct gm_err *err)
{
	struct asked asked = { 0 };

	if (make(&asked, q, at, env, GM_STAGE_DEPLOY, err) < 0)
		return -1;
	return gm_gate_promotion(out, q->cx->arena, &asked.from, err);
}
