/* A contract may only come when the expand it closes is safely behind. */
#include "base/clock.h"
#include "check/judge.h"
#include "check/stray.h"

/* All findings of this file are about a migration's up SQL. */
#define FIND(rule, fmt, ...)                                                   \
	gm_judge_find(j, c, GM_RULE_##rule, d->path, "%s: " fmt,               \
		      d->migration->id, __VA_ARGS__)

static void judge_window(struct gm_judge *j, const struct gm_judged_commit *c,
			 const struct gm_declared *d,
			 const struct gm_landed_unit *expand)
{
	int64_t until = gm_landing_end(j, expand->at, expand->until);
	struct gm_finding *found;

	if (j->now >= until)
		return;
	found = FIND(CONTRACT_TOO_EARLY,
		     "the rollback window of '%s' is open for another %s,"
		     " until %s",
		     expand->id, gm_duration_words(j->arena, until - j->now),
		     gm_time_format(j->arena, until));
	gm_find_hint(&j->result->findings, found,
		     "Push this contract after %s.",
		     gm_time_format(j->arena, until));
}

/*
 * Can it have been an expand, of which nobody said what it is?  What was there
 * before the tool was, such as a baseline, adds something whatever else it
 * does; what only takes away or fills does not, and what cannot be read may.
 */
static bool may_add(const struct gm_landed_unit *unit)
{
	if (unit->baseline || !unit->sql || !unit->sql->n)
		return true;
	for (size_t i = 0; i < unit->sql->n; i++)
		if (unit->sql->items[i].class_ == GM_CLASS_EXPAND ||
		    unit->sql->items[i].class_ == GM_CLASS_OPAQUE)
			return true;
	return unit->sql->class_ == GM_CLASS_NEUTRAL;
}

/* It is an expand; but of something else? */
static void judge_common(struct gm_judge *j, const struct gm_judged_commit *c,
			 const struct gm_declared *d,
			 const struct gm_landed_unit *expand)
{
	struct gm_touches touches = gm_touches(j->scratch);
	struct gm_findings *f = &j->result->findings;
	struct gm_finding *found;

	if (!expand->sql)
		return;
	gm_touches_add(&touches, expand->sql);
	if (!gm_touches_apart(&touches, d->sql))
		return;
	found = FIND(UNKNOWN_EXPAND,
		     "it has nothing in common with '%s', which it is to close",
		     expand->id);
	found->hint = "If that is meant, such as for an old table behind a"
		      " new one, leave it; else name the expand of what this"
		      " contract takes away.";
	/* Its window was judged all the same; nobody can tell from names. */
	if (found->severity != GM_SEV_ERROR)
		return;
	found->severity = GM_SEV_WARNING;
	f->errors--;
	f->warnings++;
}

static void judge_expand(struct gm_judge *j, const struct gm_judged_commit *c,
			 const struct gm_declared *d,
			 const struct gm_landed_unit *expand)
{
	struct gm_finding *found;

	if (!d->elsewhere && (expand->phase == GM_PHASE_CONTRACT ||
			      expand->phase == GM_PHASE_BACKFILL)) {
		found = FIND(UNKNOWN_EXPAND,
			     "'%s' landed as a %s, not as an expand",
			     expand->id, gm_phase_name(expand->phase));
		found->hint = "Name the expand migration this contract closes"
			      " in 'Migration-Contracts:'.";
	} else if (!d->elsewhere && expand->phase == GM_PHASE_NONE &&
		   !may_add(expand)) {
		found = FIND(UNKNOWN_EXPAND,
			     "'%s' landed without a phase, and its SQL adds"
			     " nothing",
			     expand->id);
		found->hint = "Name the migration that made what this contract"
			      " takes away in 'Migration-Contracts:'.";
	} else if (!expand->at) {
		found = FIND(CONTRACT_TOO_EARLY,
			     "it is not known when '%s' landed, so its"
			     " rollback window cannot be judged",
			     expand->id);
		found->hint = "In a clone, fetch the server's records: git"
			      " fetch <remote> '" GM_LANDED_REF
			      ":" GM_LANDED_REF "'. On the server, 'git"
			      " migrate init --server' records what is there.";
	} else {
		judge_window(j, c, d, expand);
		if (!d->elsewhere)
			judge_common(j, c, d, expand);
	}
}

/* It closes no expand, and says why. */
static void judge_none(struct gm_judge *j, const struct gm_judged_commit *c,
		       const struct gm_declared *d)
{
	if (gm_policy_approval(&j->cx->policy, "contract"))
		return;
	FIND(MISSING_CONTRACTS, "%s",
	     "it closes no expand, and the policy asks nobody to approve"
	     " contracts")
		->hint = "Name the expand or the migration that made what it"
			 " takes away; 'none: <reason>' is for policies with"
			 " 'approvals: {contract: ...}'.";
}

/* It comes in the same push, and not because it was on another ref before. */
static void judge_pending(struct gm_judge *j, const struct gm_judged_commit *c,
			  const struct gm_declared *d,
			  const struct gm_pending_unit *expand)
{
	if (expand->last.elsewhere || j->unsure)
		return;
	FIND(CONTRACT_TOO_EARLY, "its expand '%s' comes in the same push",
	     expand->id)
		->hint = "Push the expand first, wait out its rollback window,"
			 " then push this contract.";
}

/* It names nothing that is or comes here. */
static void judge_unnamed(struct gm_judge *j, const struct gm_judged_commit *c,
			  const struct gm_declared *d)
{
	const char *target = d->meta.contracts;
	struct gm_finding *found;

	if (target && gm_contracts_none(target)) {
		judge_none(j, c, d);
	} else if (target) {
		FIND(UNKNOWN_EXPAND, "no migration '%s' has landed", target)
			->hint = "'git migrate log' lists the migrations and"
				 " their ids.";
	} else if (j->metadata && !gm_judge_told(j, d, GM_META_BAD_CONTRACTS)) {
		found = FIND(MISSING_CONTRACTS, "%s",
			     "it does not say which expand it closes");
		found->hint =
			gm_policy_approval(&j->cx->policy, "contract")
				? "Add the trailer 'Migration-Contracts: <id of"
				  " the landed expand>', or 'none: <reason>'"
				  " for what is older than the tool."
				: "Add the trailer 'Migration-Contracts: <id of"
				  " the landed expand>'.";
		gm_stray_hint(j, c, d->path, "Migration-Contracts", found);
	}
}

static int judge(struct gm_judge *j, const struct gm_judged_commit *c,
		 const struct gm_declared *d, struct gm_err *err)
{
	const struct gm_root *root = d->migration->root;
	const char *target = d->meta.contracts;
	struct gm_landed_unit *expand =
		target ? gm_landed_named(j, root, target) : NULL;
	const struct gm_pending_unit *pending =
		target ? gm_pending_named(j, root, target) : NULL;

	if (expand) {
		if (gm_landing_time(j, expand, err) < 0 ||
		    gm_landing_sql(j, expand, err) < 0)
			return -1;
		judge_expand(j, c, d, expand);
	} else if (pending) {
		judge_pending(j, c, d, pending);
	} else if (!d->elsewhere || (target && !gm_contracts_none(target))) {
		judge_unnamed(j, c, d);
	}
	return 0;
}

int gm_judge_contract(struct gm_judge *j, const struct gm_judged_commit *c,
		      const struct gm_declared *d, struct gm_err *err)
{
	struct gm_pending_unit *p = gm_map_get(
		&j->pending, gm_judge_key(j->scratch, d->migration->root,
					  gm_str(d->migration->id)));
	const struct gm_findings *f = &j->result->findings;
	size_t before = f->n + f->dropped;

	if (judge(j, c, d, err) < 0)
		return -1;
	if (p && f->n + f->dropped > before)
		p->told = true;
	return 0;
}
