#include "cmd/permit.h"

#include <string.h>

#include "approval/evidence.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/near.h"
#include "check/review.h"
#include "check/sealed.h"

struct gm_permit {
	struct gm_ctx *cx;
	const struct gm_overview *o;
	const char *env;
	const struct gm_policy *policy; /* NULL: there is none */
	const char *where;              /* it was read */
	bool ready;
	struct gm_review review;
	const struct gm_bundle *bundle; /* NULL: a revision */
	struct gm_sealed sealed;
};

static int check_env(const struct gm_permit *p, struct gm_err *err)
{
	const struct gm_policy *policy = p->policy;
	const char **names, *near;

	if (!p->env || !policy || !policy->n_environments)
		return 0;
	names = gm_alloc_n(p->cx->arena, policy->n_environments,
			   sizeof(*names));
	for (size_t i = 0; i < policy->n_environments; i++) {
		names[i] = policy->environments[i].name;
		if (!strcmp(names[i], p->env))
			return 0;
	}
	gm_fail(err, GM_EINPUT,
		"there is no environment '%s' in the policy of %s", p->env,
		p->review.where);
	near = gm_near(gm_str(p->env), names, policy->n_environments);
	if (near)
		return gm_hint(err, "Did you mean '%s'?", near);
	return gm_hint(err, "The policy lists them under 'environments'.");
}

int gm_permit_open(struct gm_permit **out, struct gm_ctx *cx,
		   const struct gm_overview *o, const char *env,
		   const char *ref, struct gm_err *err)
{
	struct gm_permit *p = gm_alloc(cx->arena, sizeof(*p));
	const struct gm_review_from from = { .ref = ref, .now = gm_now() };
	int found;

	p->cx = cx;
	p->o = o;
	p->env = env;
	/* Nothing is committed: there is nothing to permit. */
	if (o->head) {
		found = gm_review_open(&p->review, cx->arena, cx->repo, &from,
				       err);
		if (found < 0)
			return -1;
		p->policy = found ? &p->review.policy : NULL;
		p->where = p->review.where;
	}
	if (check_env(p, err) < 0)
		return -1;
	*out = p;
	return 0;
}

int gm_permit_bundle(struct gm_permit **out, struct gm_ctx *cx, const char *dir,
		     const struct gm_bundle *b, const char *env,
		     struct gm_err *err)
{
	struct gm_permit *p = gm_alloc(cx->arena, sizeof(*p));

	p->cx = cx;
	p->env = env;
	p->bundle = b;
	p->where = "the bundle";
	if (gm_sealed_read(&p->sealed, cx->arena, dir, b, err) < 0)
		return -1;
	if (p->sealed.asks)
		p->policy = &p->sealed.policy;
	if (check_env(p, err) < 0)
		return -1;
	*out = p;
	return 0;
}

bool gm_permit_backups(const struct gm_permit *p)
{
	return p->policy && p->policy->backup_max_age > 0;
}

/* Who wrote it must be known before anybody's approval of it counts. */
static int prepare(struct gm_permit *p, struct gm_err *err)
{
	struct gm_oid tip;

	if (p->ready)
		return 0;
	if (gm_rev_commit(&tip, p->cx->repo, p->o->head, err) < 0 ||
	    gm_review_people(&p->review, p->cx->arena, p->cx->repo, &tip, err) <
		    0)
		return -1;
	p->ready = true;
	return 0;
}

static int find(size_t *at, const struct gm_permit *p, const char *id,
		struct gm_err *err)
{
	for (size_t i = 0; i < p->o->n; i++)
		if (!strcmp(p->o->items[i].id, id)) {
			*at = i;
			return 0;
		}
	return gm_fail(err, GM_ENOT_FOUND, "there is no migration '%s'", id);
}

static void hold(struct gm_permit *p, struct gm_apply_unit *u, const char *kind,
		 const char *words)
{
	struct gm_arena *a = p->cx->arena;
	const char *id = gm_shell_word(a, u->id);
	const char *env = p->env ? gm_printf(a, " --env %s", p->env) : "";

	u->held = gm_printf(a,
			    "it is a %s, and the policy of %s asks for"
			    " approvals%s%s: %s",
			    kind, p->where, p->env ? " to run it in " : "",
			    p->env ? p->env : "", words);
	u->held_hint = gm_printf(a,
				 "'git migrate approve %s%s' gives one; 'git"
				 " migrate verify %s%s' says what is"
				 " missing.%s",
				 id, env, id, env,
				 p->bundle ? " Then bundle it again." : "");
}

static void hold_nameless(struct gm_apply_unit *u)
{
	u->held = "the policy asks for approvals to run it, which are given for"
		  " an environment";
	u->held_hint = "Say with --env which one this database is.";
}

static bool asks_for_env(const struct gm_permit *p, const char *kind)
{
	return !p->env && p->policy->n_environments &&
	       gm_policy_approval(p->policy, kind);
}

static void note_ticket(struct gm_permit *p, const char *id, const char *ticket)
{
	gm_cmd_note(p->cx, "'%s' runs by the override of ticket %s", id,
		    ticket);
}

/* An override for this environment is in force. */
static bool glass_broken(struct gm_permit *p, const struct gm_review_item *item)
{
	for (size_t i = 0; i < item->tickets.n; i++) {
		if (!item->tickets.items[i].tally.approved)
			continue;
		note_ticket(p, item->id, item->tickets.items[i].name);
		return true;
	}
	return false;
}

static int judge_revision(struct gm_permit *p, struct gm_apply_unit *u,
			  struct gm_err *err)
{
	struct gm_review_item item;
	size_t at = 0;

	if (prepare(p, err) < 0 || find(&at, p, u->id, err) < 0 ||
	    gm_review_migration(&item, p->cx->arena, p->cx->repo, &p->review,
				p->o, at, err) < 0)
		return -1;
	if (asks_for_env(p, item.kind)) {
		hold_nameless(u);
		return 0;
	}
	if (!p->env && item.landed)
		return 0;
	if (p->env)
		item.subject.env = p->env;
	/* What has landed was approved for landing, not for running. */
	item.landed = false;
	if (gm_review_judge(&item, p->cx->arena, &p->review, err) < 0)
		return -1;
	if (item.state != GM_REVIEW_APPROVED &&
	    item.state != GM_REVIEW_NOT_NEEDED && !glass_broken(p, &item))
		hold(p, u, item.kind, gm_review_words(p->cx->arena, &item));
	return 0;
}

static int judge_bundle(struct gm_permit *p, struct gm_apply_unit *u,
			struct gm_err *err)
{
	const char *class_ = gm_class_name(u->class_);
	const char *kind = gm_subject_kind(u->phase, class_);
	struct gm_sealed_answer answer;

	if (asks_for_env(p, kind)) {
		hold_nameless(u);
		return 0;
	}
	if (gm_sealed_judge(&answer, p->cx->arena, &p->sealed, p->bundle,
			    class_, p->env, gm_now(), err) < 0)
		return -1;
	if (!answer.approved)
		hold(p, u, kind, answer.why);
	else if (answer.ticket)
		note_ticket(p, u->id, answer.ticket);
	return 0;
}

/* --- evidence of backups --- */

static int find_evidence(const struct gm_record **out, struct gm_permit *p,
			 const char *stage, struct gm_err *err)
{
	struct gm_evidence_about about = { .ref = p->review.ref,
					   .env = p->env,
					   .stage = stage,
					   .newest = true };
	struct gm_evidences list = { 0 };

	if (p->bundle)
		return gm_sealed_evidence(out, p->cx->arena, &p->sealed,
					  p->bundle->ref, p->env, stage,
					  gm_now(), err);
	if (gm_approvals_evidence(&list, p->review.approvals, &about, err) < 0)
		return -1;
	*out = gm_evidence_newest(&list);
	return 0;
}

/* 1 when it is there, passed, and young enough; else `held` says why not. */
static int check_evidence(struct gm_permit *p, struct gm_apply_unit *u,
			  const char *stage, const char *what, int64_t max_age,
			  struct gm_err *err)
{
	struct gm_arena *a = p->cx->arena;
	const struct gm_record *r = NULL;
	const char *why = "there is no evidence of one";

	if (!max_age)
		return 1;
	if (find_evidence(&r, p, stage, err) < 0)
		return -1;
	if (r && !strcmp(r->result, "pass") && gm_now() - r->at <= max_age)
		return 1;
	if (r && strcmp(r->result, "pass"))
		why = gm_printf(a, "the last one, of %s, failed",
				gm_time_format(a, r->at));
	else if (r)
		why = gm_printf(a, "the last one is of %s",
				gm_time_format(a, r->at));
	u->held =
		gm_printf(a, "the policy of %s asks for %s in the last %s: %s",
			  p->where, what, gm_duration_words(a, max_age), why);
	u->held_hint = gm_printf(a,
				 "Once it is done, 'git migrate record %s"
				 " --env %s --stage %s --result pass' says"
				 " so.",
				 gm_shell_word(a, u->id),
				 p->env ? p->env : "<env>", stage);
	return 0;
}

static int judge_evidence(struct gm_permit *p, struct gm_apply_unit *u,
			  struct gm_err *err)
{
	int there = check_evidence(p, u, "checkpoint", "a backup",
				   p->policy->backup_max_age, err);

	if (there <= 0)
		return there;
	return check_evidence(p, u, "restore", "a restore that worked",
			      p->policy->restore_test_max_age, err);
}

int gm_permit_judge(struct gm_permit *p, struct gm_apply_unit *u,
		    struct gm_err *err)
{
	int judged;

	if (!p->policy ||
	    (u->phase != GM_PHASE_CONTRACT && !gm_class_destructive(u->class_)))
		return 0;
	judged =
		p->bundle ? judge_bundle(p, u, err) : judge_revision(p, u, err);
	if (judged < 0 || u->held)
		return judged;
	return judge_evidence(p, u, err) < 0 ? -1 : 0;
}
