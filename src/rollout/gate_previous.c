/* rollout/gate: the environment before, the way back, the end. */
#include <string.h>

#include "rollout/gate.h"

static const char *env_before(struct gm_gate_asker *q)
{
	const struct gm_policy *p = q->from->policy;

	for (size_t i = 0; i < p->n_environments; i++)
		if (!strcmp(p->environments[i].name, q->from->env))
			return p->environments[i].after;
	return NULL;
}

/* Of the environment before; its records go into `line` while all is well. */
struct before {
	struct gm_gate_asker *q;
	const char *env;
	struct gm_strings records;
	bool said; /* that something is not well */
};

static int see(struct before *b, const struct gm_gate_part *part,
	       const char *stage, bool asked)
{
	struct gm_gate_asker *q = b->q;
	const struct gm_record *r;
	struct gm_evidences all;

	if (b->said)
		return 0;
	if (gm_gate_look(&all, q, part, b->env, stage) < 0)
		return -1;
	r = gm_evidence_newest(&all);
	if (!r && !asked)
		return 0;
	if (r && gm_gate_passed(r)) {
		*GM_PUSH(q->arena, &b->records) = r->id;
		return 0;
	}
	b->said = true;
	if (r) {
		gm_gate_say_record(q, "previous", GM_GATE_NO, r,
				   gm_printf(q->arena,
					     "stage '%s' failed in %s", stage,
					     b->env));
		return 0;
	}
	gm_gate_say_none(q, "previous", GM_GATE_NO, &all,
			 gm_printf(q->arena,
				   "that stage '%s' of '%s' passed in %s",
				   stage, part->item->id, b->env));
	q->out->items[q->out->n - 1].hint =
		gm_gate_how_to(q, part->item->id, b->env, stage);
	return 0;
}

static int see_rolled_back(struct before *b)
{
	const struct gm_record *back;
	struct gm_evidences all;

	if (b->said)
		return 0;
	if (gm_gate_look(&all, b->q, b->q->from->expand, b->env, "expand") <
		    0 ||
	    gm_gate_rolled_back(&back, b->q, b->env, gm_evidence_newest(&all)) <
		    0)
		return -1;
	if (back) {
		b->said = true;
		gm_gate_say_record(b->q, "previous", GM_GATE_NO, back,
				   gm_printf(b->q->arena,
					     "it was rolled back in %s",
					     b->env));
	}
	return 0;
}

/* Applied, filled and, where the policy observes, observed. */
static int see_rollout(struct before *b)
{
	const struct gm_gate_from *from = b->q->from;
	const struct gm_policy_flux *flux = &from->policy->flux;
	bool observes = flux->observe.prometheus && flux->tool;

	if (see(b, from->expand, "expand", true) < 0 || see_rolled_back(b) < 0)
		return -1;
	for (size_t i = 0; i < from->n_backfills; i++)
		if (see(b, &from->backfills[i], "backfill", true) < 0)
			return -1;
	return see(b, from->expand, "observe", observes);
}

/* A contract follows the contract there, all else the rollout. */
int gm_gate_previous(struct gm_gate_asker *q)
{
	const struct gm_gate_from *from = q->from;
	struct before b = { .q = q, .env = env_before(q) };
	int done;

	if (!b.env) {
		gm_gate_say(q, "previous", GM_GATE_GO,
			    "'%s' is the first environment", from->env);
		return 0;
	}
	if (from->stage == GM_STAGE_CONTRACT)
		done = see(&b, &from->part, "contract", true);
	else if (from->expand)
		done = see_rollout(&b);
	else
		done = see(&b, &from->part,
			   gm_overview_contract(from->part.item) ? "contract"
								 : "backfill",
			   true);
	if (!done && !b.said)
		gm_gate_say(q, "previous", GM_GATE_GO, "it passed in %s", b.env)
			->records = b.records;
	return done;
}

/* --- the way back, and the end --- */

/* The old code does not run on what a contract has left. */
int gm_gate_contract(struct gm_gate_asker *q)
{
	const struct gm_gate_part *part = &q->from->part;
	const struct gm_record *failed = NULL;
	bool alone = !q->from->expand && gm_overview_contract(part->item);
	size_t n = alone ? 1 : q->from->n_contracts;

	for (size_t i = 0; i < n; i++) {
		const struct gm_record *r;
		struct gm_evidences all;

		if (!alone)
			part = &q->from->contracts[i];
		if (gm_gate_look(&all, q, part, q->from->env, "contract") < 0)
			return -1;
		r = gm_evidence_newest(&all);
		if (r && gm_gate_passed(r)) {
			gm_gate_say_record(q, "contract", GM_GATE_NO, r,
					   gm_printf(q->arena, "'%s' has run",
						     part->item->id))
				->hint = "The way back is a restore.";
			return 0;
		}
		/* Another one has a rollout of its own. */
		if (part->item == q->from->part.item)
			failed = r;
	}
	if (failed)
		gm_gate_say_record(q, "contract", GM_GATE_GO, failed,
				   "it failed");
	else
		gm_gate_say(q, "contract", GM_GATE_GO,
			    "no record says that a contract has run in %s",
			    q->from->env);
	return 0;
}

/*
 * Its contract has run, or it was rolled back; or the flag is on for everybody
 * and the contract comes later, as a rollout of its own.
 */
int gm_gate_done(struct gm_gate_asker *q)
{
	bool contract = gm_overview_contract(q->from->part.item);
	const struct gm_record *r = NULL, *back = NULL;
	struct gm_evidences all;

	if (contract) {
		if (gm_gate_look(&all, q, &q->from->part, q->from->env,
				 "contract") < 0)
			return -1;
		r = gm_evidence_newest(&all);
	}
	if (r) {
		gm_gate_say_record(q, "done",
				   gm_gate_passed(r) ? GM_GATE_GO : GM_GATE_NO,
				   r,
				   gm_gate_passed(r) ? "its contract has run"
						     : "its contract failed");
		return 0;
	}
	if (q->from->expand &&
	    gm_gate_rolled_back(&back, q, q->from->env, NULL) < 0)
		return -1;
	if (back) {
		gm_gate_say_record(q, "done", GM_GATE_GO, back,
				   "it was rolled back");
		return 0;
	}
	if (contract && !q->from->expand) {
		gm_gate_say_none(q, "done", GM_GATE_UNKNOWN, &all,
				 "that its contract has run");
		q->out->items[q->out->n - 1].hint = gm_gate_how_to(
			q, q->from->part.item->id, q->from->env, "contract");
		return 0;
	}
	return gm_gate_flag(q);
}
