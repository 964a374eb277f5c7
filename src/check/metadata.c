/* The rules about what an author has to declare. */
#include "base/clock.h"
#include "check/judge.h"
#include "check/stray.h"

/* All findings of this file are about a migration's up SQL. */
#define FIND(rule, fmt, ...)                                                   \
	gm_judge_find(j, c, GM_RULE_##rule, d->path, "%s: " fmt,               \
		      d->migration->id, __VA_ARGS__)

static enum gm_phase phase_of_class(enum gm_class class_)
{
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

enum gm_phase gm_effective_phase(const struct gm_meta *meta,
				 enum gm_class class_)
{
	return meta->phase != GM_PHASE_NONE ? meta->phase
					    : phase_of_class(class_);
}

const struct gm_sql_stmt *gm_phase_beyond(enum gm_phase phase,
					  const struct gm_sql_file *sql)
{
	static const enum gm_class allowed[] = {
		[GM_PHASE_NONE] = GM_CLASS_OPAQUE,
		[GM_PHASE_EXPAND] = GM_CLASS_EXPAND,
		[GM_PHASE_BACKFILL] = GM_CLASS_BACKFILL,
		[GM_PHASE_CONTRACT] = GM_CLASS_OPAQUE,
	};

	for (size_t i = 0; i < sql->n; i++)
		if (sql->items[i].class_ > allowed[phase])
			return &sql->items[i];
	return NULL;
}

bool gm_judge_told(const struct gm_judge *j, const struct gm_declared *d,
		   enum gm_meta_bad bad)
{
	return d->meta.bad & bad &&
	       j->cx->policy.severity[GM_RULE_BAD_TRAILER] == GM_SEV_ERROR;
}

static void judge_phase(struct gm_judge *j, const struct gm_judged_commit *c,
			const struct gm_declared *d)
{
	struct gm_findings *f = &j->result->findings;
	const struct gm_sql_stmt *stmt;
	struct gm_finding *found;
	const char *phase;

	if (d->meta.phase == GM_PHASE_NONE) {
		if (gm_judge_told(j, d, GM_META_BAD_PHASE))
			return;
		phase = gm_phase_name(phase_of_class(d->sql->class_));
		if (!phase)
			phase = "expand";
		found = FIND(MISSING_PHASE, "%s", "no phase is declared");
		gm_find_hint(f, found,
			     "Add the trailer 'Migration-Phase: %s' to the"
			     " commit message, or '-- Migration-Phase: %s' at"
			     " the top of the file.",
			     phase, phase);
		gm_stray_hint(j, c, d->path, "Migration-Phase", found);
		return;
	}
	stmt = gm_phase_beyond(d->meta.phase, d->sql);
	if (!stmt)
		return;
	found = FIND(PHASE_MISMATCH, "declared %s, but it %s, which is %s",
		     gm_phase_name(d->meta.phase), stmt->why,
		     gm_class_name(stmt->class_));
	gm_find_at(f, found, d->path, d->text, stmt->at, stmt->width);
	gm_find_hint(f, found,
		     "Move this statement to a migration of its own with"
		     " 'Migration-Phase: %s'.",
		     gm_phase_name(phase_of_class(stmt->class_)));
}

static void judge_window(struct gm_judge *j, const struct gm_judged_commit *c,
			 const struct gm_declared *d)
{
	const struct gm_policy *policy = &j->cx->policy;
	struct gm_findings *f = &j->result->findings;
	const char *minimum =
		gm_duration_format(j->arena, policy->window_minimum);
	struct gm_finding *found;

	if (policy->window_minimum && !d->meta.window && j->metadata &&
	    !gm_judge_told(j, d, GM_META_BAD_WINDOW)) {
		found = FIND(MISSING_WINDOW, "%s",
			     "no rollback window is declared");
		gm_find_hint(f, found,
			     "Add the trailer 'Rollback-Window: %s' (the"
			     " policy's minimum) or a longer one.",
			     minimum);
		gm_stray_hint(j, c, d->path, "Rollback-Window", found);
	} else if (d->meta.window && d->meta.window < policy->window_minimum) {
		found = FIND(WINDOW_TOO_SHORT,
			     "rollback window %s is shorter than the policy's"
			     " minimum %s",
			     gm_duration_format(j->arena, d->meta.window),
			     minimum);
		gm_find_hint(f, found, "Declare 'Rollback-Window: %s'.",
			     minimum);
	}
	if (policy->owner_required && !d->meta.owner && j->metadata &&
	    !gm_judge_told(j, d, GM_META_BAD_OWNER)) {
		found = FIND(MISSING_OWNER, "%s",
			     "nobody owns its rollback window");
		found->hint = "Add the trailer 'Rollback-Owner: Name"
			      " <e-mail>': who decides during the window.";
		gm_stray_hint(j, c, d->path, "Rollback-Owner", found);
	}
}

int gm_judge_metadata(struct gm_judge *j, const struct gm_judged_commit *c,
		      const struct gm_declared *d, struct gm_err *err)
{
	enum gm_phase phase = gm_effective_phase(&d->meta, d->sql->class_);
	struct gm_finding *found;

	if (d->elsewhere)
		return phase == GM_PHASE_CONTRACT
			       ? gm_judge_contract(j, c, d, err)
			       : 0;
	judge_phase(j, c, d);
	if (phase == GM_PHASE_EXPAND || phase == GM_PHASE_CONTRACT)
		judge_window(j, c, d);
	if (phase == GM_PHASE_EXPAND && j->cx->policy.flag_required &&
	    !d->meta.flag && j->metadata &&
	    !gm_judge_told(j, d, GM_META_BAD_FLAG)) {
		found = FIND(MISSING_FLAG, "%s",
			     "no feature flag gates the new code path");
		found->hint = "Add the trailer 'Feature-Flag: <name>', or"
			      " 'Feature-Flag: none: <reason>' where there is"
			      " none.";
		gm_stray_hint(j, c, d->path, "Feature-Flag", found);
	}
	if (phase != GM_PHASE_CONTRACT)
		return 0;
	return gm_judge_contract(j, c, d, err);
}
