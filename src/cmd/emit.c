/* git migrate emit: manifests for Flux. */
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "check/context.h"
#include "cmd/delivery.h"
#include "cmd/gating.h"
#include "cmd/pick.h"
#include "cmd/rollouts.h"
#include "report/gate.h"
#include "rollout/emit.h"

struct args {
	const char *at;
	const char *stage;
	struct gm_strings envs;
	const char *out;
	const char *commit;
	const char *lsn;
	bool all, force;
	struct gm_strings ids;
};

static const struct gm_opt opts[] = {
	GM_OPT_FLAG('a', "all", struct args, all, "all migrations there are"),
	GM_OPT_LIST(0, "env", struct args, envs, "env",
		    "for this environment; may be given more than once"),
	GM_OPT_WORD(0, "stage", struct args, stage, "stage", GM_STAGES,
		    "bring the rollout to this stage"),
	GM_OPT_STRING('o', "output", struct args, out, "dir",
		      "write below this directory"),
	GM_OPT_STRING(0, "commit", struct args, commit, "branch",
		      "write as a commit on this branch"),
	GM_OPT_STRING(0, "lsn", struct args, lsn, "lsn",
		      "the place that a restore goes to"),
	GM_OPT_FLAG(0, "force", struct args, force,
		    "also over files that were changed by hand"),
	GM_OPT_STRING(0, "at", struct args, at, "rev",
		      "the migrations of this commit instead of HEAD"),
	GM_OPT_OPERANDS("id", struct args, ids, "the migrations"),
	GM_OPT_END,
};

struct emitter {
	struct gm_ctx *cx;
	const struct args *args;
	struct gm_commit source; /* whose migrations are emitted */
	struct gm_context context;
	struct gm_rollouts rollouts;
	struct gm_templates templates;
	struct gm_delivery delivery;
	struct gm_buf said;
};

static int check_args(const struct args *args, struct gm_err *err)
{
	if (!args->all == !args->ids.n) {
		gm_fail(err, GM_EUSAGE, "name migrations, or give --all");
		return gm_hint(err, "'git migrate log' lists them.");
	}
	if (!args->envs.n) {
		gm_fail(err, GM_EUSAGE, "no environment is named");
		return gm_hint(err, "Give one of the policy: --env staging.");
	}
	if (args->lsn && !gm_lsn_valid(gm_str(args->lsn))) {
		gm_fail(err, GM_EUSAGE, "'%s' is no place in a write-ahead log",
			args->lsn);
		return gm_hint(err, "Give one such as 0/3000060.");
	}
	return 0;
}

static int read_source(struct emitter *e, struct gm_err *err)
{
	struct gm_ctx *cx = e->cx;
	struct gm_overview o;
	struct gm_oid tip;

	if (gm_rev_commit(&tip, cx->repo, e->args->at ? e->args->at : "HEAD",
			  err) < 0 ||
	    gm_commit_read(&e->source, cx->arena, cx->repo, &tip, err) < 0 ||
	    gm_context_local(&e->context, cx->arena, cx->repo, &tip, err) < 0 ||
	    gm_overview_read(&o, cx->arena, cx->repo,
			     gm_oid_hex(cx->arena, &tip), err) < 0)
		return -1;
	e->templates = gm_templates(cx->arena, cx->repo, &e->source.tree);
	return gm_cmd_rollouts(&e->rollouts, cx, &o, &e->context.policy.flux,
			       &e->args->ids, err);
}

static void say(struct emitter *e, const struct gm_rollout *r,
		const struct gm_target *t, const struct gm_slots *slots)
{
	gm_buf_printf(&e->said, "%s: %s\n", t->env, r->id);
	for (size_t i = 0; i < slots->n; i++) {
		const struct gm_slot *slot = &slots->items[i];

		if (slot->shown || slot->state == GM_SLOT_REMOVED)
			gm_buf_printf(&e->said, "  %-18s %-10s %s\n", slot->dir,
				      gm_slot_state_name(slot->state),
				      slot->job      ? slot->job
				      : slot->backup ? slot->backup
						     : "");
	}
}

/* What is left out is told once, not for each environment. */
static void tell_missing(struct emitter *e, const struct gm_rollout *r,
			 const struct gm_slots *slots)
{
	for (size_t i = 0; i < slots->missing.n; i++)
		gm_cmd_note(e->cx, "%s: no stage '%s': %s", r->id,
			    gm_stage_name(slots->missing.items[i].stage),
			    slots->missing.items[i].why);
}

static int emit_env(struct emitter *e, const char *env, bool first,
		    struct gm_err *err)
{
	struct gm_arena *a = e->cx->arena;
	const struct gm_emit emit = {
		.place = &e->delivery.place,
		.templates = &e->templates,
		.stage = e->args->stage,
		.lsn = e->args->lsn,
		.force = e->args->force,
	};
	const struct gm_place source = { .repo = e->cx->repo,
					 .tree = e->source.tree };
	struct gm_strings names = { 0 };
	struct gm_target t;

	if (gm_target_find(&t, a, &e->context.policy, env, err) < 0 ||
	    gm_emit_discover(&t, a, &e->delivery.place, &source, err) < 0)
		return -1;
	for (size_t i = 0; i < e->rollouts.n; i++) {
		const struct gm_rollout *r = &e->rollouts.items[i];
		struct gm_slots slots;

		if (gm_emit(&e->delivery.update, &slots, a, r, &t, &emit, err) <
		    0)
			return gm_fail_in(err, "%s", r->id);
		*GM_PUSH(a, &names) = r->name;
		say(e, r, &t, &slots);
		if (first)
			tell_missing(e, r, &slots);
	}
	return gm_emit_index(&e->delivery.update, a, &names, &t, &emit, err);
}

static int plan(struct emitter *e, bool first, struct gm_err *err)
{
	for (size_t i = 0; i < e->args->envs.n; i++)
		if (emit_env(e, e->args->envs.items[i], first && i == 0, err) <
		    0)
			return -1;
	return 0;
}

static const char *message(struct emitter *e)
{
	struct gm_buf text = gm_buf(e->cx->arena);

	if (e->rollouts.n == 1)
		gm_buf_printf(&text, "Emit %s", e->rollouts.items[0].id);
	else
		gm_buf_printf(&text, "Emit %zu rollouts", e->rollouts.n);
	for (size_t i = 0; i < e->args->envs.n; i++)
		gm_buf_printf(&text, "%s%s", i ? ", " : " for ",
			      e->args->envs.items[i]);
	gm_buf_printf(&text, "\n\n%sFrom commit %s.\n", e->said.ptr,
		      gm_oid_hex(e->cx->arena, &e->source.oid));
	return text.ptr;
}

static bool goes_back(const char *stage)
{
	return stage &&
	       (!strcmp(stage, "rollback") || !strcmp(stage, "restore"));
}

static bool is_first(const struct gm_policy *p, const char *env)
{
	for (size_t i = 0; i < p->n_environments; i++)
		if (!strcmp(p->environments[i].name, env))
			return !p->environments[i].after;
	return false;
}

/* Has an environment that one before, and can anybody say what passed? */
static bool is_promotion(const struct emitter *e, const struct gm_policy *p)
{
	for (size_t i = 0; p->n_roles && i < e->args->envs.n; i++)
		if (!is_first(p, e->args->envs.items[i]))
			return true;
	return false;
}

/* 1, and why, when one of them is not done in the environment before. */
static int check_promotion(struct emitter *e, struct gm_err *err)
{
	struct gm_gating q = { .cx = e->cx, .at = e->args->at };
	struct gm_buf out = gm_buf(e->cx->arena);
	bool refused = false;

	if (goes_back(e->args->stage))
		return 0;
	/* What the policy of this commit says does not count yet. */
	if (gm_gating_policy(&q, err) < 0)
		return -1;
	if (!is_promotion(e, &q.review.policy))
		return 0;
	if (gm_gating_open(&q, err) < 0)
		return -1;
	for (size_t i = 0; i < e->args->envs.n * e->rollouts.n; i++) {
		const char *env = e->args->envs.items[i / e->rollouts.n];
		struct gm_gate gate;
		size_t at = 0;

		if (gm_pick(&at, e->cx->arena, &q.overview,
			    e->rollouts.items[i % e->rollouts.n].id, err) < 0 ||
		    gm_gating_promotion(&gate, &q, at, env, err) < 0)
			return -1;
		if (gate.go)
			continue;
		refused = true;
		gm_report_gate(&out, &gate);
	}
	if (!refused)
		return 0;
	fputs(out.ptr, e->cx->err);
	fputs("error: the environment before is not done\n"
	      "hint: Record what passed there, or fetch the records;"
	      " nothing was written.\n",
	      e->cx->err);
	return 1;
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct emitter e = { .cx = cx, .args = args };
	int done;

	e.delivery = (struct gm_delivery){ .cx = cx,
					   .dir = args->out,
					   .commit = args->commit,
					   .log = "migrate emit" };
	if (check_args(args, err) < 0 ||
	    gm_delivery_find(&e.delivery, err) < 0 || read_source(&e, err) < 0)
		return -1;
	done = check_promotion(&e, err);
	if (done)
		return done;
	for (int i = 0; i < GM_DELIVERY_TRIES; i++) {
		e.said = gm_buf(cx->arena);
		if (gm_delivery_open(&e.delivery, err) < 0 ||
		    plan(&e, i == 0, err) < 0)
			return -1;
		if (e.delivery.update.refused.n)
			return gm_delivery_refused(&e.delivery);
		if (gm_delivery_circle(&e.delivery, err) < 0)
			return -1;
		done = gm_delivery_write(&e.delivery, message(&e), e.said.ptr,
					 err);
		if (done == 0 || err->code != GM_ERACE)
			break;
	}
	return done;
}

const struct gm_cmd gm_cmd_emit = {
	.name = "emit",
	.summary = "write the manifests of a rollout for Flux",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
