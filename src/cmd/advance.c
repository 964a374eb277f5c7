/* git migrate advance: the next step of a rollout, as one commit. */
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "cmd/delivery.h"
#include "cmd/gating.h"
#include "cmd/pick.h"
#include "cmd/rollouts.h"
#include "cmd/stepping.h"
#include "report/gate.h"

struct args {
	const char *env, *stage, *step;
	bool retry;
	const char *out, *commit, *lsn;
	bool force;
	const char *at, *ref, *remote;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING(0, "env", struct args, env, "env", "the environment"),
	GM_OPT_WORD(0, "stage", struct args, stage, "stage", GM_STEPS,
		    "what comes next"),
	GM_OPT_WORD(0, "step", struct args, step, "n", "1 2 3",
		    "of a rollback or restore: which step, the first one by"
		    " default"),
	GM_OPT_FLAG(0, "retry", struct args, retry,
		    "once more, after it failed"),
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
	GM_OPT_STRING(0, "ref", struct args, ref, "ref",
		      "the protected ref they are on"),
	GM_OPT_STRING(0, "remote", struct args, remote, "remote",
		      "whose policy it is"),
	GM_OPT_REQUIRED("id", struct args, id, "the migration"),
	GM_OPT_END,
};

struct advance {
	struct gm_ctx *cx;
	const struct args *args;
	struct gm_gating q;
	size_t at; /* the migration that was named */
	struct gm_commit source;
	struct gm_context context;
	struct gm_rollouts rollouts;
	struct gm_templates templates;
	struct gm_gate gate;
	struct gm_strings records; /* that it rests on */
	const char *failed;        /* that one says so; to retry */
	struct gm_stepping step;
};

static int check_args(const struct args *args, struct gm_err *err)
{
	if (!args->env) {
		gm_fail(err, GM_EUSAGE, "in which environment?");
		return gm_hint(err, "Name one of the policy: --env staging.");
	}
	if (!args->stage) {
		gm_fail(err, GM_EUSAGE, "to which stage?");
		return gm_hint(err, "Name the next one: %s.", GM_STEPS);
	}
	if (args->step && strcmp(args->stage, "rollback") != 0 &&
	    strcmp(args->stage, "restore") != 0)
		return gm_fail(err, GM_EUSAGE,
			       "--step is for rollback and restore");
	if (args->lsn && !gm_lsn_valid(gm_str(args->lsn))) {
		gm_fail(err, GM_EUSAGE, "'%s' is no place in a write-ahead log",
			args->lsn);
		return gm_hint(err, "Give one such as 0/3000060.");
	}
	return 0;
}

static int read_source(struct advance *v, struct gm_err *err)
{
	struct gm_ctx *cx = v->cx;
	struct gm_strings ids = { 0 };
	struct gm_oid tip;

	v->q = (struct gm_gating){ .cx = cx,
				   .at = v->args->at,
				   .ref = v->args->ref,
				   .remote = v->args->remote };
	*GM_PUSH(cx->arena, &ids) = v->args->id;
	if (gm_gating_open(&v->q, err) < 0 ||
	    gm_rev_commit(&tip, cx->repo, v->args->at ? v->args->at : "HEAD",
			  err) < 0 ||
	    gm_commit_read(&v->source, cx->arena, cx->repo, &tip, err) < 0 ||
	    gm_context_local(&v->context, cx->arena, cx->repo, &tip, err) < 0 ||
	    gm_pick(&v->at, cx->arena, &v->q.overview, v->args->id, err) < 0)
		return -1;
	v->templates = gm_templates(cx->arena, cx->repo, &v->source.tree);
	return gm_cmd_rollouts(&v->rollouts, cx, &v->q.overview,
			       &v->context.policy.flux, &ids, err);
}

/* --- may it? --- */

static void rest_on(struct advance *v, const struct gm_gate *gate)
{
	for (size_t i = 0; i < gate->n; i++)
		for (size_t k = 0; k < gate->items[i].records.n; k++) {
			const char *id = gate->items[i].records.items[k];
			bool known = false;

			for (size_t n = 0; n < v->records.n; n++)
				known |= !strcmp(v->records.items[n], id);
			if (!known)
				*GM_PUSH(v->cx->arena, &v->records) = id;
		}
}

/*
 * What is not known stops whatever comes after the app: there it could have
 * been seen by now.  Where the policy lets nobody sign there are no records.
 */
static bool says_yes(const struct advance *v)
{
	enum gm_stage stage = v->gate.stage;
	bool later = stage >= GM_STAGE_DEPLOY && stage <= GM_STAGE_CONTRACT;

	return v->gate.go &&
	       (v->gate.known || !later || !v->q.review.policy.n_roles);
}

static int refuse(struct advance *v, const struct gm_gate *gate,
		  const char *why)
{
	struct gm_buf text = gm_buf(v->cx->arena);

	gm_report_gate(&text, gate);
	fwrite(text.ptr, 1, text.len, v->cx->err);
	fprintf(v->cx->err,
		"error: %s\nhint: Do what the lines above say; nothing was"
		" written.\n",
		why);
	return 1;
}

/* A stage that failed, by the newest record of it: 1. */
static int failed(struct advance *v, struct gm_err *err)
{
	const struct gm_overview *o = &v->q.overview;
	const struct gm_record *newest = NULL;

	for (size_t i = 0; i < o->n; i++) {
		struct gm_evidence_about about = { .ref = v->q.review.ref,
						   .env = v->args->env,
						   .stage = v->args->stage };
		const struct gm_record *r;
		struct gm_review_item item;
		struct gm_evidences all;

		if (v->q.owners[i] != v->q.owners[v->at])
			continue;
		if (gm_review_migration(&item, v->cx->arena, v->cx->repo,
					&v->q.review, o, i, err) < 0)
			return -1;
		about.subject = &item.subject;
		about.on = item.on;
		if (gm_approvals_evidence(&all, v->q.review.approvals, &about,
					  err) < 0)
			return -1;
		r = gm_evidence_newest(&all);
		if (r && (!newest || r->at > newest->at))
			newest = r;
	}
	if (!newest || strcmp(newest->result, "fail") != 0)
		return 0;
	*GM_PUSH(v->cx->arena, &v->records) = newest->id;
	v->failed = newest->id;
	return 1;
}

/* 0: go ahead; 1: it was refused, and that was said. */
static int ask(struct advance *v, struct gm_err *err)
{
	struct gm_gate before;
	int had;

	if (gm_gating_ask(&v->gate, &v->q, v->at, v->args->env, v->args->stage,
			  err) < 0)
		return -1;
	if (!says_yes(v))
		return refuse(v, &v->gate,
			      "the gate does not say go for this stage");
	rest_on(v, &v->gate);
	if (v->q.review.policy.n_roles && v->gate.stage <= GM_STAGE_OBSERVE) {
		if (gm_gating_promotion(&before, &v->q, v->at, v->args->env,
					err) < 0)
			return -1;
		if (!before.go)
			return refuse(v, &before,
				      "the environment before is not done");
	}
	if (!v->args->retry)
		return 0;
	had = failed(v, err);
	if (had)
		return had < 0 ? -1 : 0;
	fprintf(v->cx->err,
		"error: no record says that stage '%s' failed in %s\n"
		"hint: A Job that still runs must not meet its next attempt."
		" When it has failed: git migrate record %s --env %s --stage"
		" %s --result fail.\n",
		v->args->stage, v->args->env, v->q.overview.items[v->at].id,
		v->args->env, v->args->stage);
	return 1;
}

/* --- doing it --- */

static const char *message(struct advance *v, const char *what)
{
	struct gm_buf text = gm_buf(v->cx->arena);

	gm_buf_printf(&text, "%s\n\n%sFrom commit %s.\n\n", what,
		      v->step.said.ptr,
		      gm_oid_hex(v->cx->arena, &v->source.oid));
	gm_buf_printf(&text,
		      "Rollout: %s\nRollout-Environment: %s\n"
		      "Rollout-Stage: %s\n",
		      gm_escaped(v->cx->arena, gm_str(v->step.rollout->id)),
		      v->args->env, v->args->stage);
	for (size_t i = 0; i < v->records.n; i++)
		gm_buf_printf(&text, "Rollout-Record: %s\n",
			      v->records.items[i]);
	return text.ptr;
}

static int try_once(struct advance *v, struct gm_delivery *d,
		    struct gm_err *err)
{
	struct gm_stepping *s = &v->step;

	if (gm_delivery_open(d, err) < 0)
		return -1;
	s->place = &d->place;
	s->update = &d->update;
	s->said = gm_buf(v->cx->arena);
	if (gm_stepping_take(s, err) < 0)
		return -1;
	if (d->update.refused.n)
		return gm_delivery_refused(d);
	if (gm_delivery_circle(d, err) < 0)
		return -1;
	return gm_delivery_write(d, message(v, s->subject), s->said.ptr, err);
}

static int write_down(struct advance *v, struct gm_delivery *d,
		      struct gm_err *err)
{
	int done = -1;

	for (int i = 0; i < GM_DELIVERY_TRIES; i++) {
		done = try_once(v, d, err);
		if (done >= 0 || err->code != GM_ERACE)
			break;
	}
	if (done == 0 && v->step.after)
		gm_cmd_note(v->cx, "%s", v->step.after);
	return done;
}

static const struct gm_gate_line *find_line(const struct gm_gate *gate,
					    const char *name)
{
	for (size_t i = 0; i < gate->n; i++)
		if (!strcmp(gate->items[i].name, name))
			return &gate->items[i];
	return NULL;
}

/* Do records say so, and not only that there is no hurry? */
static bool is_over(const struct gm_gate *gate)
{
	const struct gm_gate_line *line = find_line(gate, "done");

	return line && line->answer == GM_GATE_GO;
}

/* That the stage failed; before a rollback, that the contract did. */
static const char *failure(const struct advance *v)
{
	const struct gm_gate_line *line = find_line(&v->gate, "contract");

	if (v->failed || !line || line->answer != GM_GATE_GO ||
	    !line->records.n)
		return v->failed;
	return line->records.items[0];
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct advance v = { .cx = cx, .args = args };
	struct gm_delivery d = { .cx = cx,
				 .dir = args->out,
				 .commit = args->commit,
				 .log = "migrate advance" };
	struct gm_target target;
	int refused;

	if (check_args(args, err) < 0 || gm_delivery_find(&d, err) < 0 ||
	    read_source(&v, err) < 0 ||
	    gm_target_find(&target, cx->arena, &v.context.policy, args->env,
			   err) < 0)
		return -1;
	refused = ask(&v, err);
	if (refused)
		return refused;
	v.step = (struct gm_stepping){
		.cx = cx,
		.rollout = &v.rollouts.items[0],
		.target = &target,
		.templates = &v.templates,
		.source = { .repo = cx->repo, .tree = v.source.tree },
		.id = v.q.overview.items[v.at].id,
		.lsn = args->lsn,
		.force = args->force,
		.retry = args->retry,
		.over = is_over(&v.gate),
		.record = failure(&v),
		.stage = v.gate.stage,
		.step = args->step ? args->step[0] - '0' : 1,
	};
	return write_down(&v, &d, err);
}

const struct gm_cmd gm_cmd_advance = {
	.name = "advance",
	.summary = "take a rollout to its next stage, as one commit",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
