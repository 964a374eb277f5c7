/* A contract may only come when the expand it closes is safely behind. */
#include "base/clock.h"
#include "check/judge.h"

static struct gm_finding *find(struct gm_judge *j,
			       const struct gm_judged_commit *c,
			       const struct gm_declared *d, enum gm_rule rule,
			       const char *message)
{
	struct gm_finding *found = gm_find(&j->result->findings, rule, "%s: %s",
					   d->migration->id, message);

	gm_judge_blame(c, found);
	found->path = d->path;
	return found;
}

static void judge_landed_expand(struct gm_judge *j,
				const struct gm_judged_commit *c,
				const struct gm_declared *d,
				const struct gm_landed_unit *expand)
{
	struct gm_findings *f = &j->result->findings;
	int64_t until = expand->at + j->cx->policy.window_minimum;
	struct gm_finding *found;

	if (expand->phase == GM_PHASE_CONTRACT ||
	    expand->phase == GM_PHASE_BACKFILL) {
		found = find(j, c, d, GM_RULE_UNKNOWN_EXPAND,
			     gm_printf(j->arena,
				       "'%s' landed as a %s, not as"
				       " an expand",
				       expand->id,
				       gm_phase_name(expand->phase)));
		gm_find_hint(f, found,
			     "Name the expand migration this contract closes"
			     " in 'Migration-Contracts:'.");
		return;
	}
	if (!expand->at) {
		found = find(j, c, d, GM_RULE_CONTRACT_TOO_EARLY,
			     gm_printf(j->arena,
				       "it is not known when '%s' landed, so"
				       " its rollback window cannot be judged",
				       expand->id));
		gm_find_hint(f, found,
			     "In a clone, fetch the server's record: git fetch"
			     " <remote> '%s:%s'. On the server, 'git migrate"
			     " init --server' records what is there.",
			     GM_LANDED_REF, GM_LANDED_REF);
		return;
	}
	if (until < expand->until)
		until = expand->until;
	if (j->now >= until)
		return;
	found = find(j, c, d, GM_RULE_CONTRACT_TOO_EARLY,
		     gm_printf(j->arena,
			       "the rollback window of '%s' is open for"
			       " another %s, until %s",
			       expand->id,
			       gm_duration_words(j->arena, until - j->now),
			       gm_time_format(j->arena, until)));
	gm_find_hint(f, found, "Push this contract after %s.",
		     gm_time_format(j->arena, until));
}

void gm_judge_contract(struct gm_judge *j, const struct gm_judged_commit *c,
		       const struct gm_declared *d)
{
	struct gm_findings *f = &j->result->findings;
	const char *target = d->meta.contracts;
	const struct gm_landed_unit *expand;
	struct gm_finding *found;

	if (!target) {
		found = find(j, c, d, GM_RULE_MISSING_CONTRACTS,
			     "it does not say which expand it closes");
		gm_find_hint(f, found,
			     "Add the trailer 'Migration-Contracts: <id of the"
			     " landed expand>'.");
		return;
	}
	expand = gm_map_get(&j->landed, gm_str(target));
	if (expand) {
		judge_landed_expand(j, c, d, expand);
		return;
	}
	if (gm_map_get(&j->pending, gm_str(target))) {
		found = find(j, c, d, GM_RULE_CONTRACT_TOO_EARLY,
			     gm_printf(j->arena,
				       "its expand '%s' comes in the same push",
				       target));
		gm_find_hint(f, found,
			     "Push the expand first, wait out its rollback"
			     " window, then push this contract.");
		return;
	}
	found = find(
		j, c, d, GM_RULE_UNKNOWN_EXPAND,
		gm_printf(j->arena, "no migration '%s' has landed", target));
	gm_find_hint(f, found,
		     "'git migrate log' lists the migrations and their ids.");
}
