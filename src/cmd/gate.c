/* git migrate gate: go or no-go. */
#include <string.h>

#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/pick.h"
#include "report/gate.h"

struct args {
	const char *env;
	const char *stage;
	const char *at;
	const char *ref;
	const char *remote;
	const char *format;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING(0, "env", struct args, env, "env", "the environment"),
	GM_OPT_WORD(0, "stage", struct args, stage, "stage", GM_STAGES,
		    "the stage that is to come: by default its own phase"),
	GM_OPT_STRING(0, "at", struct args, at, "rev",
		      "look at this commit instead of HEAD"),
	GM_OPT_STRING(0, "ref", struct args, ref, "ref",
		      "the protected ref it is on"),
	GM_OPT_STRING(0, "remote", struct args, remote, "remote",
		      "whose policy it is"),
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_REQUIRED("id", struct args, id, "the migration"),
	GM_OPT_END,
};

struct asker {
	struct gm_ctx *cx;
	const struct args *args;
	struct gm_review review;
	struct gm_overview overview;
	struct gm_review_item part, expand;
	struct gm_follow_ups open;
};

static int open_review(struct asker *q, struct gm_err *err)
{
	const struct gm_review_from from = {
		.remote = q->args->remote,
		.ref = q->args->ref,
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

static int read_repository(struct asker *q, struct gm_err *err)
{
	struct gm_ctx *cx = q->cx;
	const char *at = q->args->at;
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
static enum gm_stage find_stage(const struct asker *q, size_t at)
{
	const struct gm_overview_item *item = &q->overview.items[at];
	const char *phase =
		item->phase ? item->phase : gm_class_name(item->class_);
	enum gm_stage stage = GM_STAGE_CONTRACT;

	if (q->args->stage)
		phase = q->args->stage;
	if (!gm_stage_find(&stage, gm_str(phase)) && !strcmp(phase, "neutral"))
		stage = GM_STAGE_EXPAND;
	return stage;
}

/* Of an expand, the contract that closes it. */
static int find_contract(size_t *at, const struct asker *q, struct gm_err *err)
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

/*
 * What is to run in an environment is approved for that; other stages run
 * nothing that has not been approved to land.
 */
static int judge(struct gm_gate_part *part, struct gm_review_item *item,
		 struct asker *q, size_t at, struct gm_err *err)
{
	if (gm_review_migration(item, q->cx->arena, q->cx->repo, &q->review,
				&q->overview, at, err) < 0)
		return -1;
	if (gm_overview_contract(&q->overview.items[at])) {
		item->subject.env = q->args->env;
		item->landed = false;
	}
	part->item = &q->overview.items[at];
	part->review = item;
	return gm_review_judge(item, q->cx->arena, &q->review, err);
}

static int ask(struct gm_gate *out, struct asker *q, struct gm_err *err)
{
	struct gm_gate_from from = {
		.repo = q->cx->repo,
		.approvals = q->review.approvals,
		.policy = &q->review.policy,
		.ref = q->review.ref,
		.now = q->review.now,
		.env = q->args->env,
		.open = &q->open,
		.remotes = !gm_repo_is_bare(q->cx->repo),
	};
	struct gm_gate_part expand;
	size_t at = 0, of;

	if (gm_pick(&at, q->cx->arena, &q->overview, q->args->id, err) < 0)
		return -1;
	from.stage = find_stage(q, at);
	if (from.stage == GM_STAGE_CONTRACT && find_contract(&at, q, err) < 0)
		return -1;
	of = find_expand(&q->overview, at);
	if (judge(&from.part, &q->part, q, at, err) < 0)
		return -1;
	if (of < q->overview.n) {
		if (judge(&expand, &q->expand, q, of, err) < 0)
			return -1;
		from.expand = &expand;
	}
	return gm_gate(out, q->cx->arena, &from, err);
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	struct asker q = { .cx = cx, .args = argp };
	struct gm_buf out = gm_buf(cx->arena);
	struct gm_gate gate;

	if (!q.args->env) {
		gm_fail(err, GM_EUSAGE, "in which environment?");
		return gm_hint(err, "Name one of the policy: --env staging.");
	}
	if (read_repository(&q, err) < 0 || ask(&gate, &q, err) < 0)
		return -1;
	if (gm_str_is(gm_str(q.args->format), "json"))
		gm_report_gate_json(&out, &gate);
	else
		gm_report_gate(&out, &gate);
	fwrite(out.ptr, 1, out.len, cx->out);
	return gate.go ? 0 : 1;
}

const struct gm_cmd gm_cmd_gate = {
	.name = "gate",
	.summary = "say whether a stage may go ahead",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
