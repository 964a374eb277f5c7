/* git migrate plan: what is to be done, and what may stop it. */
#include <string.h>

#include "approval/exhibit.h"
#include "base/clock.h"
#include "check/review.h"
#include "cmd/gating.h"
#include "cmd/pick.h"
#include "cmd/rollouts.h"
#include "report/plan.h"
#include "rollout/rehearsed.h"

struct args {
	const char *format;
	const char *at;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_STRING(0, "at", struct args, at, "rev",
		      "look at this commit instead of HEAD"),
	GM_OPT_REQUIRED("id", struct args, id, "the migration"),
	GM_OPT_END,
};

struct planner {
	struct gm_ctx *cx;
	struct gm_overview o;
	struct gm_context context;
	struct gm_rollout rollout;
	struct gm_plan plan;
	const struct gm_overview_item *first; /* of the rollout's own id */
};

/* "contract: 1 dba, 1 app-owner", or NULL. */
static const char *approval_of(struct planner *p,
			       const struct gm_overview_item *item)
{
	const char *kind = gm_overview_contract(item) ? "contract"
			   : item->phase              ? item->phase
						      : "expand";
	const struct gm_policy_approval *need =
		gm_policy_approval(&p->context.policy, kind);
	struct gm_buf out = gm_buf(p->cx->arena);

	if (!need)
		return NULL;
	for (size_t i = 0; i < need->n_need; i++)
		gm_buf_printf(&out, "%s%d %s", i ? ", " : "",
			      need->need[i].count, need->need[i].role);
	if (need->exclude_author)
		gm_buf_puts(&out, ", not the author");
	return out.ptr;
}

static const char *subject_of(struct planner *p, const char *hex)
{
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_commit c;
	struct gm_oid oid;

	if (!hex || !gm_oid_parse(&oid, gm_str(hex)) ||
	    gm_commit_read(&c, p->cx->arena, p->cx->repo, &oid, &ignored) < 0)
		return "(not committed)";
	return gm_commit_subject(p->cx->arena, &c);
}

static int add_member(struct planner *p, const char *id, struct gm_err *err)
{
	struct gm_overview_detail *d = gm_alloc(p->cx->arena, sizeof(*d));
	const struct gm_overview_item *item;
	struct gm_plan_member *m;
	size_t at = 0;

	if (gm_pick(&at, p->cx->arena, &p->o, id, err) < 0 ||
	    gm_overview_detail(d, p->cx->arena, p->cx->repo, &p->o, at, err) <
		    0)
		return -1;
	item = &p->o.items[at];
	if (!p->first)
		p->first = item;
	m = GM_PUSH(p->cx->arena, &p->plan.members);
	m->id = item->id;
	m->path = gm_str_dup(p->cx->arena, item->path);
	m->digest = item->digest;
	m->class_ = gm_class_name(item->class_);
	m->phase = item->phase;
	m->state = gm_overview_state_name(item->state);
	m->purpose = subject_of(p, item->introduced);
	m->approval = approval_of(p, item);
	m->review = item->review ? gm_review_words(p->cx->arena, item->review)
				 : NULL;
	m->sql = &d->sql;
	m->text = d->text;
	return 0;
}

static int add_members(struct planner *p, struct gm_err *err)
{
	const struct gm_rollout *r = &p->rollout;

	if (r->expand && add_member(p, r->expand->id, err) < 0)
		return -1;
	for (size_t i = 0; i < r->backfills.n; i++)
		if (add_member(p, r->backfills.items[i].id, err) < 0)
			return -1;
	if (r->contract && add_member(p, r->contract->id, err) < 0)
		return -1;
	return 0;
}

static const char *commit_of(const struct gm_slot *slot)
{
	if (slot->gated)
		return "B, suspended; D releases it";
	switch (slot->set) {
	case GM_SET_BEFORE:
		return "A, before the app";
	case GM_SET_AFTER:
		return "B, with the app or later";
	case GM_SET_ROLLBACK:
		return "on the way back, with the old app";
	default:
		return "on the way back, last";
	}
}

static void add_step(struct planner *p, struct gm_plan_env *e,
		     const char *stage, const char *commit)
{
	*GM_PUSH(p->cx->arena, &e->stages) =
		(struct gm_plan_stage){ .stage = stage, .commit = commit };
}

/* What comes between the slots: the commits without a directory. */
struct between {
	bool app, flag, end; /* they are still to come */
};

static void add_before(struct planner *p, struct gm_plan_env *e,
		       struct between *b, const struct gm_slot *slot)
{
	bool behind = !slot || slot->set != GM_SET_BEFORE;
	bool back = !slot || slot->set > GM_SET_AFTER;
	bool gated = !slot || slot->gated;

	if (b->app && behind) {
		add_step(p, e, "deploy", "B, the app with the flag off");
		b->app = false;
	}
	if (b->flag && (back || gated)) {
		add_step(p, e, "widen", "C, the flag for everybody");
		b->flag = false;
	}
	if (b->end && back) {
		add_step(p, e, "close", "E, while the backup is kept");
		b->end = false;
	}
}

static void add_stages(struct planner *p, struct gm_plan_env *e,
		       const struct gm_slots *slots)
{
	struct gm_arena *a = p->cx->arena;
	struct between b = {
		.app = p->rollout.expand,
		.flag = p->rollout.expand && p->rollout.flag,
		.end = slots->n,
	};

	for (size_t i = 0; i < slots->n; i++) {
		const struct gm_slot *slot = &slots->items[i];

		add_before(p, e, &b, slot);
		*GM_PUSH(a, &e->stages) = (struct gm_plan_stage){
			.dir = slot->dir,
			.stage = gm_stage_name(slot->stage),
			.commit = commit_of(slot),
			.runs = slot->member ? slot->member->id : NULL,
		};
	}
	add_before(p, e, &b, NULL);
	for (size_t i = 0; i < slots->missing.n; i++)
		*GM_PUSH(a, &e->stages) = (struct gm_plan_stage){
			.stage = gm_stage_name(slots->missing.items[i].stage),
			.why = slots->missing.items[i].why,
		};
}

static void add_env(struct planner *p, const struct gm_policy_environment *env)
{
	struct gm_plan_env *e = GM_PUSH(p->cx->arena, &p->plan.envs);
	const struct gm_progress none = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_slots slots;
	struct gm_target t;

	e->name = env->name;
	e->namespace_ = env->namespace_;
	e->cluster = env->cluster;
	e->after = env->after;
	/* A plan is made before everything is in place. */
	if (gm_target_find(&t, p->cx->arena, &p->context.policy, env->name,
			   &err) < 0 ||
	    gm_slots_make(&slots, p->cx->arena, &p->rollout, &t, &none, &err) <
		    0)
		e->why = gm_strdup(p->cx->arena, err.msg);
	else
		add_stages(p, e, &slots);
}

static void no_go(struct planner *p, const char *fmt, ...) GM_PRINTF(2, 3);
static void no_go(struct planner *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	*GM_PUSH(p->cx->arena, &p->plan.no_go) =
		gm_vprintf(p->cx->arena, fmt, args);
	va_end(args);
}

static void add_no_go(struct planner *p)
{
	const struct gm_policy *policy = &p->context.policy;
	struct gm_arena *a = p->cx->arena;
	int64_t window = p->rollout.window > policy->window_minimum
				 ? p->rollout.window
				 : policy->window_minimum;

	if (p->rollout.expand)
		no_go(p, "the expand is not applied there, or its verify SQL"
			 " fails");
	if (window)
		no_go(p,
		      "less than %s have passed since the expand landed, or"
		      " %s has not closed the window",
		      gm_duration_format(a, window),
		      p->plan.owner ? p->plan.owner : "its owner");
	if (p->rollout.flag)
		no_go(p,
		      "the flag %s is not on for everybody, or old code"
		      " still runs",
		      p->rollout.flag);
	no_go(p, "an approval is missing, expired, rejected or revoked");
	if (policy->backup_max_age)
		no_go(p, "the newest backup is older than %s",
		      gm_duration_format(a, policy->backup_max_age));
	if (policy->restore_test_max_age)
		no_go(p, "no restore was tested in the last %s",
		      gm_duration_format(a, policy->restore_test_max_age));
	for (size_t i = 0; i < policy->flux.observe.n_queries; i++) {
		const struct gm_policy_query *q =
			&policy->flux.observe.queries[i];

		no_go(p, "the query %s gives %s%s%s%s%s", q->name,
		      q->max ? "more than " : "", q->max ? q->max : "",
		      q->max && q->min ? " or " : "",
		      q->min ? "less than " : "", q->min ? q->min : "");
	}
	no_go(p, "the environment before it is not done, or has other SQL");
}

static void add_rung(struct planner *p, struct gm_plan_rung rung)
{
	*GM_PUSH(p->cx->arena, &p->plan.ladder) = rung;
}

/* What the expand made: whatever was written there since. */
static const char *made_by(struct planner *p, const struct gm_sql_file *sql)
{
	struct gm_buf out = gm_buf(p->cx->arena);
	const char *last = "";

	for (size_t i = 0; i < sql->n; i++)
		for (size_t k = 0; k < sql->items[i].objects.n; k++) {
			const struct gm_sql_object *o =
				&sql->items[i].objects.items[k];
			const char *name = o->name;
			bool table = o->kind == GM_SQL_TABLE &&
				     !strcmp(sql->items[i].tag, "CREATE TABLE");

			if (o->kind == GM_SQL_COLUMN)
				name = gm_printf(p->cx->arena, "%s.%s", o->name,
						 o->column);
			else if (!table)
				continue;
			if (!strcmp(name, last))
				continue;
			gm_buf_printf(&out, "%s%s", out.len ? ", " : "", name);
			last = name;
		}
	return out.len ? gm_printf(p->cx->arena, "what was written to %s",
				   out.ptr)
		       : "what the expand made";
}

/* How long the restore took in a drill of one of its migrations; 0: none was
   recorded that can be read here. */
static int64_t rehearsed_ms(struct planner *p, size_t i, struct gm_gating *q,
			    struct gm_err *err)
{
	const struct gm_record *r;
	struct gm_review_item item;
	struct gm_evidences all;
	struct gm_rehearsed drill;
	struct gm_str text;
	struct gm_evidence_about about = { .ref = q->review.ref,
					   .stage = "restore" };
	struct gm_ctx *cx = p->cx;

	if (gm_review_migration(&item, cx->arena, cx->repo, &q->review,
				&q->overview, i, err) < 0)
		return 0;
	about.subject = &item.subject;
	about.on = item.on;
	if (gm_approvals_evidence(&all, q->review.approvals, &about, err) < 0)
		return 0;
	r = gm_evidence_newest(&all);
	if (!r ||
	    gm_exhibit_read(&text, cx->arena, cx->repo,
			    !gm_repo_is_bare(cx->repo), r->sha256, err) <= 0 ||
	    gm_rehearsed_read(&drill, cx->arena, r->id, text,
			      q->overview.items[i].id, err) < 0 ||
	    !drill.good)
		return 0;
	return drill.rto_ms;
}

/* By the drills on record; a plan is made where there are none, too. */
static const char *measured(struct planner *p, const char *at)
{
	struct gm_gating q = { .cx = p->cx, .at = at };
	struct gm_err ignored = GM_ERR_INIT;
	int64_t most = 0;

	if (gm_gating_open(&q, &ignored) < 0)
		return ", not measured yet: git migrate drill";
	for (size_t i = 0; i < q.overview.n; i++)
		for (size_t m = 0; m < p->plan.members.n; m++) {
			int64_t ms = 0;

			if (!strcmp(p->plan.members.items[m].id,
				    q.overview.items[i].id))
				ms = rehearsed_ms(p, i, &q, &ignored);
			if (ms > most)
				most = ms;
		}
	if (!most)
		return ", not measured yet: git migrate drill";
	return gm_printf(p->cx->arena, "; %lld.%lld s in a drill",
			 (long long)(most / 1000),
			 (long long)(most % 1000 / 100));
}

static void add_ladder(struct planner *p, const char *at)
{
	const struct gm_rollout *r = &p->rollout;
	const char *contract = r->contract ? "once the contract has run" : NULL;
	const struct gm_plan_member *first = &p->plan.members.items[0];
	bool live = p->context.policy.flux.flag_provider == GM_FLAG_OPENFEATURE;

	add_rung(p, (struct gm_plan_rung){
			    "flag off",
			    r->flag ? gm_printf(p->cx->arena, "switch %s off",
						r->flag)
				    : "switch the new code path off",
			    "nothing",
			    "no data",
			    live ? "seconds: no pod starts anew"
				 : "one rolling update of the app",
			    r->flag ? NULL : "there is no flag",
		    });
	add_rung(p, (struct gm_plan_rung){
			    "the old app",
			    "deploy the code before; the expanded schema stays",
			    "nothing that the old code knows of",
			    "no data",
			    "one rolling update of the app",
			    contract,
		    });
	add_rung(p, (struct gm_plan_rung){
			    "down SQL",
			    "run the down SQL of the expand, after the old app",
			    r->expand ? made_by(p, first->sql) : "nothing",
			    "for that, the time before the expand; all other"
			    " data stay",
			    "a rolling update, then the down SQL",
			    !r->expand             ? "there is no expand"
			    : !r->expand->down.ptr ? "there is no down SQL"
						   : contract,
		    });
	add_rung(p, (struct gm_plan_rung){
			    "restore",
			    "restore a new cluster to the restore point before,"
			    " and point the app at it",
			    "all that was written since, in all tables",
			    "the restore point, just before the migration",
			    gm_printf(p->cx->arena,
				      "fetching the base backup and replaying"
				      " the log behind it%s",
				      measured(p, at)),
			    NULL,
		    });
}

static int make(struct planner *p, const struct args *args, struct gm_err *err)
{
	struct gm_strings ids = { 0 };
	struct gm_rollouts rollouts;
	struct gm_policy_flux flux;
	struct gm_oid tip;

	*GM_PUSH(p->cx->arena, &ids) = args->id;
	if (gm_rev_commit(&tip, p->cx->repo, args->at ? args->at : "HEAD",
			  err) < 0 ||
	    gm_context_local(&p->context, p->cx->arena, p->cx->repo, &tip,
			     err) < 0 ||
	    gm_overview_read(&p->o, p->cx->arena, p->cx->repo,
			     gm_oid_hex(p->cx->arena, &tip), err) < 0 ||
	    gm_review_overview(&p->o, p->cx->arena, p->cx->repo, err) < 0)
		return -1;
	/* Nobody runs what is only planned. */
	flux = p->context.policy.flux;
	flux.by_tool = false;
	if (gm_cmd_rollouts(&rollouts, p->cx, &p->o, &flux, &ids, err) < 0)
		return -1;
	p->rollout = rollouts.items[0];
	return add_members(p, err);
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct planner p = { .cx = cx };
	struct gm_buf out = gm_buf(cx->arena);
	const struct gm_policy *policy = &p.context.policy;

	if (make(&p, args, err) < 0)
		return -1;
	p.plan.id = p.rollout.id;
	p.plan.name = p.rollout.name;
	p.plan.window = p.rollout.window ? gm_duration_format(cx->arena,
							      p.rollout.window)
					 : NULL;
	p.plan.owner = p.first->owner;
	p.plan.flag = p.first->flag;
	for (size_t i = 0; i < policy->n_environments; i++)
		add_env(&p, &policy->environments[i]);
	add_no_go(&p);
	add_ladder(&p, args->at);
	if (gm_str_is(gm_str(args->format), "json"))
		gm_report_plan_json(&out, &p.plan);
	else
		gm_report_plan(&out, &p.plan);
	fwrite(out.ptr, 1, out.len, cx->out);
	return 0;
}

const struct gm_cmd gm_cmd_plan = {
	.name = "plan",
	.summary = "print the plan of a rollout, for people who decide",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
