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
	int64_t until = expand->at + j->cx->policy.window_minimum;
	struct gm_finding *found;

	if (until < expand->until)
		until = expand->until;
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

static void judge_expand(struct gm_judge *j, const struct gm_judged_commit *c,
			 const struct gm_declared *d,
			 const struct gm_landed_unit *expand)
{
	struct gm_finding *found;

	if (expand->phase == GM_PHASE_CONTRACT ||
	    expand->phase == GM_PHASE_BACKFILL) {
		found = FIND(UNKNOWN_EXPAND,
			     "'%s' landed as a %s, not as an expand",
			     expand->id, gm_phase_name(expand->phase));
		found->hint = "Name the expand migration this contract closes"
			      " in 'Migration-Contracts:'.";
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
	}
}

int gm_judge_contract(struct gm_judge *j, const struct gm_judged_commit *c,
		      const struct gm_declared *d, struct gm_err *err)
{
	const char *target = d->meta.contracts;
	struct gm_landed_unit *expand =
		target ? gm_landed_named(j, d->migration->root, target) : NULL;
	struct gm_finding *found;

	if (expand) {
		if (gm_landing_time(j, expand, err) < 0)
			return -1;
		judge_expand(j, c, d, expand);
	} else if (!target) {
		found = FIND(MISSING_CONTRACTS, "%s",
			     "it does not say which expand it closes");
		found->hint = "Add the trailer 'Migration-Contracts: <id of the"
			      " landed expand>'.";
		gm_stray_hint(j, c, d->path, "Migration-Contracts", found);
	} else if (gm_pending_named(j, d->migration->root, target)) {
		found = FIND(CONTRACT_TOO_EARLY,
			     "its expand '%s' comes in the same push", target);
		found->hint = "Push the expand first, wait out its rollback"
			      " window, then push this contract.";
	} else {
		found = FIND(UNKNOWN_EXPAND, "no migration '%s' has landed",
			     target);
		found->hint = "'git migrate log' lists the migrations and"
			      " their ids.";
	}
	return 0;
}
