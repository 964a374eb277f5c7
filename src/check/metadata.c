/* The rules about what an author has to declare. */
#include "base/clock.h"
#include "check/judge.h"

void gm_judge_blame(const struct gm_judged_commit *c,
		    struct gm_finding *finding)
{
	finding->commit = c->hex;
	finding->subject = c->subject;
}

enum gm_phase gm_effective_phase(const struct gm_meta *meta,
				 enum gm_class class_)
{
	if (meta->phase != GM_PHASE_NONE)
		return meta->phase;
	switch (class_) {
	case GM_CLASS_NEUTRAL:
		return GM_PHASE_NONE;
	case GM_CLASS_EXPAND:
		return GM_PHASE_EXPAND;
	case GM_CLASS_BACKFILL:
		return GM_PHASE_BACKFILL;
	case GM_CLASS_CONTRACT:
	case GM_CLASS_OPAQUE:
		break;
	}
	return GM_PHASE_CONTRACT;
}

static struct gm_finding *find(struct gm_judge *j,
			       const struct gm_judged_commit *c,
			       const struct gm_declared *d, enum gm_rule rule,
			       const char *message)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_finding *found =
		gm_find(f, rule, "%s: %s", d->migration->id, message);

	gm_judge_blame(c, found);
	found->path = d->path;
	return found;
}

/* The first statement whose class is higher than the phase allows. */
static const struct gm_sql_stmt *beyond(const struct gm_sql_file *sql,
					enum gm_class allowed)
{
	for (size_t i = 0; i < sql->n; i++)
		if (sql->items[i].class_ > allowed)
			return &sql->items[i];
	return NULL;
}

static void judge_phase(struct gm_judge *j, const struct gm_judged_commit *c,
			const struct gm_declared *d)
{
	static const enum gm_class allowed[] = {
		[GM_PHASE_EXPAND] = GM_CLASS_EXPAND,
		[GM_PHASE_BACKFILL] = GM_CLASS_BACKFILL,
		[GM_PHASE_CONTRACT] = GM_CLASS_OPAQUE,
	};
	struct gm_findings *f = &j->result->findings;
	const struct gm_sql_stmt *stmt;
	struct gm_finding *found;

	if (d->meta.phase == GM_PHASE_NONE) {
		found = find(j, c, d, GM_RULE_MISSING_PHASE,
			     "no phase is declared");
		gm_find_hint(f, found,
			     "Add the trailer 'Migration-Phase: %s' to the"
			     " commit message, or '-- Migration-Phase: %s' at"
			     " the top of the file.",
			     gm_phase_name(gm_effective_phase(
				     &(struct gm_meta){ .phase = 0 },
				     d->sql->class_ == GM_CLASS_NEUTRAL
					     ? GM_CLASS_EXPAND
					     : d->sql->class_)),
			     gm_phase_name(gm_effective_phase(
				     &(struct gm_meta){ .phase = 0 },
				     d->sql->class_ == GM_CLASS_NEUTRAL
					     ? GM_CLASS_EXPAND
					     : d->sql->class_)));
		return;
	}
	stmt = beyond(d->sql, allowed[d->meta.phase]);
	if (!stmt)
		return;
	found = gm_find(f, GM_RULE_PHASE_MISMATCH,
			"%s: declared %s, but it %s, which is %s",
			d->migration->id, gm_phase_name(d->meta.phase),
			stmt->why, gm_class_name(stmt->class_));
	gm_judge_blame(c, found);
	gm_find_at(f, found, d->path, d->text, stmt->at, stmt->width);
	gm_find_hint(f, found,
		     "Move this statement to a migration of its own with"
		     " 'Migration-Phase: %s'.",
		     stmt->class_ == GM_CLASS_BACKFILL ? "backfill"
						       : "contract");
}

static void judge_window(struct gm_judge *j, const struct gm_judged_commit *c,
			 const struct gm_declared *d)
{
	const struct gm_policy *policy = &j->cx->policy;
	struct gm_findings *f = &j->result->findings;
	const char *minimum =
		gm_duration_format(j->arena, policy->window_minimum);
	struct gm_finding *found;

	if (policy->window_minimum && !d->meta.window) {
		found = find(j, c, d, GM_RULE_MISSING_WINDOW,
			     "no rollback window is declared");
		gm_find_hint(f, found,
			     "Add the trailer 'Rollback-Window: %s' (the"
			     " policy's minimum) or a longer one.",
			     minimum);
	} else if (d->meta.window < policy->window_minimum) {
		found = gm_find(
			f, GM_RULE_WINDOW_TOO_SHORT,
			"%s: rollback window %s is shorter than the policy's"
			" minimum %s",
			d->migration->id,
			gm_duration_format(j->arena, d->meta.window), minimum);
		gm_judge_blame(c, found);
		found->path = d->path;
		gm_find_hint(f, found, "Declare 'Rollback-Window: %s'.",
			     minimum);
	}
	if (policy->owner_required && !d->meta.owner) {
		found = find(j, c, d, GM_RULE_MISSING_OWNER,
			     "nobody owns its rollback window");
		gm_find_hint(f, found,
			     "Add the trailer 'Rollback-Owner: Name <e-mail>':"
			     " who decides during the window.");
	}
}

static void judge_flag(struct gm_judge *j, const struct gm_judged_commit *c,
		       const struct gm_declared *d)
{
	struct gm_finding *found;

	if (!j->cx->policy.flag_required || d->meta.flag)
		return;
	found = find(j, c, d, GM_RULE_MISSING_FLAG,
		     "no feature flag gates the new code path");
	gm_find_hint(&j->result->findings, found,
		     "Add the trailer 'Feature-Flag: <name>', or"
		     " 'Feature-Flag: none: <reason>' where there is none.");
}

void gm_judge_metadata(struct gm_judge *j, const struct gm_judged_commit *c,
		       const struct gm_declared *d)
{
	enum gm_phase phase = gm_effective_phase(&d->meta, d->sql->class_);

	judge_phase(j, c, d);
	if (phase == GM_PHASE_EXPAND || phase == GM_PHASE_CONTRACT)
		judge_window(j, c, d);
	if (phase == GM_PHASE_EXPAND)
		judge_flag(j, c, d);
	if (phase == GM_PHASE_CONTRACT)
		gm_judge_contract(j, c, d);
}
