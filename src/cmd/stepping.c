#include "cmd/stepping.h"

#include "rollout/team.h"

static const char *name_of(const struct gm_stepping *s)
{
	return s->retry ? gm_printf(s->cx->arena, "%s once more",
				    gm_stage_name(s->stage))
			: gm_stage_name(s->stage);
}

static void say(struct gm_stepping *s, const struct gm_slots *slots)
{
	gm_buf_printf(&s->said, "%s: %s\n", s->target->env, s->rollout->id);
	for (size_t i = 0; i < slots->n; i++) {
		const struct gm_slot *slot = &slots->items[i];

		if (slot->shown || slot->state == GM_SLOT_REMOVED)
			gm_buf_printf(&s->said, "  %-18s %-10s %s\n", slot->dir,
				      gm_slot_state_name(slot->state),
				      slot->job      ? slot->job
				      : slot->backup ? slot->backup
						     : "");
	}
}

/* The manifests that are ours. */
static int emit(struct gm_stepping *s, enum gm_emit_step step,
		struct gm_slots *slots, struct gm_err *err)
{
	struct gm_arena *a = s->cx->arena;
	const struct gm_emit e = {
		.place = s->place,
		.templates = s->templates,
		.stage = gm_stage_name(s->stage),
		.lsn = s->lsn,
		.force = s->force,
		.step = step,
		.id = s->id,
		.over = s->over,
		.record = s->record,
	};
	struct gm_strings names = { 0 };

	*GM_PUSH(a, &names) = s->rollout->name;
	if (gm_emit(s->update, slots, a, s->rollout, s->target, &e, err) < 0)
		return gm_fail_in(err, "%s", s->rollout->id);
	return gm_emit_index(s->update, a, &names, s->target, &e, err);
}

static struct gm_team team_of(const struct gm_stepping *s)
{
	return (struct gm_team){
		.arena = s->cx->arena,
		.place = s->place,
		.target = s->target,
		.own = gm_render_dir(s->cx->arena, s->target, s->rollout->name),
		.update = s->update,
	};
}

/* Does the flag stand in manifests of the app's, which we can switch? */
static bool owns_flag(const struct gm_stepping *s)
{
	const struct gm_policy_flux *f = s->target->flux;

	return s->rollout->flag && f->flag_name &&
	       f->flag_provider != GM_FLAG_OPENFEATURE && s->target->app_path;
}

/*
 * The app waits for the expand from now on, but for its files: spec and
 * content of one Kustomization do not change together (flux-cnpg R21).
 */
static int begin(struct gm_stepping *s, struct gm_err *err)
{
	const struct gm_team team = team_of(s);
	const struct gm_slot *expand;
	struct gm_slots slots;
	int waits = 1;

	if (emit(s, GM_EMIT_NEXT, &slots, err) < 0)
		return -1;
	say(s, &slots);
	expand = gm_slots_find(&slots, GM_STAGE_EXPAND);
	if (s->target->app && expand && expand->state == GM_SLOT_ACTIVE)
		waits = gm_team_wait(&team, expand->object, err);
	s->after = "When it has run: git migrate record --stage expand. Then"
		   " the app comes, with the flag off.";
	if (!waits)
		s->after = gm_printf(s->cx->arena,
				     "The Kustomization '%s' was not found"
				     " here: let it wait for '%s' (dependsOn),"
				     " or the app may come first. %s",
				     s->target->app, expand->object, s->after);
	return waits < 0 ? -1 : 0;
}

static int go_on(struct gm_stepping *s, enum gm_emit_step step,
		 struct gm_err *err)
{
	struct gm_slots slots;

	if (emit(s, step, &slots, err) < 0)
		return -1;
	say(s, &slots);
	return 0;
}

/*
 * Bundles hold approvals, which came after them.  They go in first: what a
 * Kustomization applies does not change with its spec.
 */
static int release(struct gm_stepping *s, struct gm_err *err)
{
	struct gm_slots slots;

	if (emit(s, GM_EMIT_KEEP, &slots, err) < 0)
		return -1;
	if (s->update->n || s->update->refused.n) {
		say(s, &slots);
		s->subject =
			gm_printf(s->cx->arena, "Bring %s up to date in %s",
				  s->rollout->id, s->target->env);
		s->after = "The contract still waits: do this again when Flux"
			   " has seen this commit.";
		return 0;
	}
	s->after = "When it has run: git migrate record --stage contract.";
	return go_on(s, GM_EMIT_RELEASE, err);
}

static int widen(struct gm_stepping *s, struct gm_err *err)
{
	const struct gm_team team = team_of(s);

	gm_buf_printf(&s->said, "%s: %s\n  %s for everybody\n", s->target->env,
		      s->rollout->id,
		      s->rollout->flag ? s->rollout->flag : "no flag");
	if (!owns_flag(s)) {
		gm_fail(err, GM_EINPUT,
			"its flag does not stand in manifests of the app");
		return gm_hint(err,
			       "Switch it on for everybody where it is kept,"
			       " and record that: git migrate record %s --env"
			       " %s --stage enable --result pass.",
			       s->rollout->id, s->target->env);
	}
	s->after = "When it is on for everybody: git migrate record --stage"
		   " enable.";
	return gm_team_flag(&team, s->rollout->flag, true, err) < 0 ? -1 : 0;
}

static int close_it(struct gm_stepping *s, struct gm_err *err)
{
	const struct gm_team team = team_of(s);
	struct gm_strings objects = { 0 };
	struct gm_slots slots;

	if (emit(s, GM_EMIT_CLOSE, &slots, err) < 0)
		return -1;
	for (size_t i = 0; i < slots.n; i++)
		*GM_PUSH(s->cx->arena, &objects) = slots.items[i].object;
	say(s, &slots);
	return gm_team_unwait(&team, &objects, err) < 0 ? -1 : 0;
}

static int no_step(const struct gm_stepping *s, int steps, struct gm_err *err)
{
	gm_fail(err, GM_EUSAGE, "there is no step %d of a %s", s->step,
		gm_stage_name(s->stage));
	return gm_hint(err, "There are %d.", steps);
}

/* 1: the new code goes; 2: what the expand made goes. */
static int go_back(struct gm_stepping *s, struct gm_err *err)
{
	const struct gm_team team = team_of(s);

	if (s->step > 2)
		return no_step(s, 2, err);
	if (s->step == 2) {
		s->after = "When it has run: git migrate record --stage"
			   " rollback.";
		return go_on(s, GM_EMIT_NEXT, err);
	}
	if (go_on(s, GM_EMIT_RETREAT, err) < 0)
		return -1;
	if (owns_flag(s) &&
	    gm_team_flag(&team, s->rollout->flag, false, err) < 0)
		return -1;
	s->after = "Deploy the old app. When no new one runs any more, the"
		   " down SQL may follow: --step 2.";
	return 0;
}

static int first_step(const char *what, int step, struct gm_err *err)
{
	gm_fail(err, GM_EINPUT, "%s", what);
	return gm_hint(err, "First comes: --stage restore --step %d.", step);
}

/* Where it is known to us how many replicas the app has, it has none. */
static int check_stopped(const struct gm_stepping *s, struct gm_err *err)
{
	struct gm_update ignored = { 0 };
	struct gm_team team = team_of(s);
	int change;

	team.update = &ignored;
	if (!s->target->app_path)
		return 0;
	change = gm_team_stop(&team, true, err);
	return change > 0 ? first_step("the app still writes: what it writes"
				       " now would be lost",
				       1, err)
			  : change;
}

/* The cluster that was made: that of the newest attempt. */
static int find_restored(const char **out, const struct gm_stepping *s,
			 struct gm_err *err)
{
	const struct gm_slot *slot;
	struct gm_slots slots;

	if (gm_emit_look(&slots, s->cx->arena, s->rollout, s->target, s->place,
			 err) < 0)
		return -1;
	slot = gm_slots_find(&slots, GM_STAGE_RESTORE);
	if (!slot || slot->state != GM_SLOT_ACTIVE)
		return first_step("there is no restored cluster", 2, err);
	*out = gm_render_restored(s->cx->arena, s->target, slot->attempt);
	return 0;
}

/* 1: nobody writes; 2: the new cluster; 3: the app uses it. */
static int restore(struct gm_stepping *s, struct gm_err *err)
{
	const struct gm_team team = team_of(s);
	const char *cluster = NULL;

	if (s->step == 2) {
		if (check_stopped(s, err) < 0)
			return -1;
		s->after = "When the new cluster is ready and has a backup of"
			   " its own: --step 3.";
		return go_on(s, GM_EMIT_REACH, err);
	}
	if (s->step == 3 && find_restored(&cluster, s, err) < 0)
		return -1;
	gm_buf_printf(&s->said, "%s: %s\n  %s\n", s->target->env,
		      s->rollout->id,
		      s->step == 1 ? "the app has no replicas"
				   : "the app uses the restored cluster");
	if (s->step == 1) {
		s->after = "When no pod of the app runs any more: --step 2"
			   " --lsn <place>.";
		return gm_team_stop(&team, true, err) < 0 ? -1 : 0;
	}
	s->after = gm_printf(s->cx->arena,
			     "Name '%s' as the cluster in the policy, and"
			     " switch by hand what is not below '%s'.",
			     cluster, s->target->app_path);
	if (gm_team_switch(&team, cluster, err) < 0 ||
	    gm_team_stop(&team, false, err) < 0)
		return -1;
	return 0;
}

static int take(struct gm_stepping *s, struct gm_err *err)
{
	if (s->retry)
		return go_on(s, GM_EMIT_RETRY, err);
	switch (s->stage) {
	case GM_STAGE_CHECKPOINT:
	case GM_STAGE_EXPAND:
		return begin(s, err);
	case GM_STAGE_CONTRACT:
		return release(s, err);
	case GM_STAGE_WIDEN:
		return widen(s, err);
	case GM_STAGE_CLOSE:
		return close_it(s, err);
	case GM_STAGE_ROLLBACK:
		return go_back(s, err);
	case GM_STAGE_RESTORE:
		return restore(s, err);
	default:
		return go_on(s, GM_EMIT_NEXT, err);
	}
}

int gm_stepping_take(struct gm_stepping *s, struct gm_err *err)
{
	struct gm_arena *a = s->cx->arena;

	s->after = NULL;
	s->subject = gm_printf(a, "Advance %s to %s in %s", s->rollout->id,
			       name_of(s), s->target->env);
	if (s->step > 1)
		s->subject = gm_printf(a, "%s, step %d", s->subject, s->step);
	if (gm_emit_discover(s->target, a, s->place, &s->source, err) < 0)
		return -1;
	return take(s, err);
}
