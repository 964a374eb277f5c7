#include "cmd/permit.h"

#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/near.h"
#include "check/review.h"

struct gm_permit {
	struct gm_ctx *cx;
	const struct gm_overview *o;
	const char *env;
	bool asks; /* there is a policy */
	bool ready;
	struct gm_review review;
};

static int check_env(const struct gm_permit *p, struct gm_err *err)
{
	const struct gm_policy *policy = &p->review.policy;
	const char **names = gm_alloc_n(p->cx->arena, policy->n_environments,
					sizeof(*names));
	const char *near;

	if (!p->env || !policy->n_environments)
		return 0;
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
		p->asks = found > 0;
	}
	if (p->asks && check_env(p, err) < 0)
		return -1;
	*out = p;
	return 0;
}

bool gm_permit_backups(const struct gm_permit *p)
{
	return p->asks && p->review.policy.backup_max_age > 0;
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

static void hold(struct gm_permit *p, struct gm_apply_unit *u,
		 const struct gm_review_item *item)
{
	struct gm_arena *a = p->cx->arena;

	u->held = gm_printf(a,
			    "it is a %s, and the policy of %s asks for"
			    " approvals%s%s: %s",
			    item->kind, p->review.where,
			    p->env ? " to run it in " : "",
			    p->env ? p->env : "", gm_review_words(a, item));
	u->held_hint =
		gm_printf(a,
			  "'git migrate approve %s%s%s' gives one;"
			  " 'git migrate verify %s%s%s' says what is"
			  " missing.",
			  gm_shell_word(a, u->id), p->env ? " --env " : "",
			  p->env ? p->env : "", gm_shell_word(a, u->id),
			  p->env ? " --env " : "", p->env ? p->env : "");
}

/* An override for this environment is in force. */
static bool glass_broken(struct gm_permit *p, const struct gm_review_item *item)
{
	for (size_t i = 0; i < item->tickets.n; i++) {
		if (!item->tickets.items[i].tally.approved)
			continue;
		gm_cmd_note(p->cx, "'%s' runs by the override of ticket %s",
			    item->id, item->tickets.items[i].name);
		return true;
	}
	return false;
}

int gm_permit_judge(struct gm_permit *p, struct gm_apply_unit *u,
		    struct gm_err *err)
{
	struct gm_review_item item;
	size_t at = 0;

	if (!p->asks ||
	    (u->phase != GM_PHASE_CONTRACT && !gm_class_destructive(u->class_)))
		return 0;
	if (prepare(p, err) < 0 || find(&at, p, u->id, err) < 0 ||
	    gm_review_migration(&item, p->cx->arena, p->cx->repo, &p->review,
				p->o, at, err) < 0)
		return -1;
	if (!p->env && p->review.policy.n_environments && item.need) {
		u->held = "the policy asks for approvals to run it, which are"
			  " given for an environment";
		u->held_hint = "Say with --env which one this database is.";
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
		hold(p, u, &item);
	return 0;
}
