/* rollout/rollout: what becomes of the slots, step by step. */
#include <string.h>

#include "rollout/rollout.h"

static int not_yet(const char *what, const char *first, struct gm_err *err)
{
	gm_fail(err, GM_EINPUT, "%s", what);
	return gm_hint(err, "First comes: --stage %s.", first);
}

/* What runs the new code went, and nothing of it is left to come. */
static bool taken_away(const struct gm_slots *s)
{
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		const struct gm_slot *slot = &s->items[i];

		if (slot->set != GM_SET_AFTER ||
		    slot->stage == GM_STAGE_BACKFILL)
			continue;
		if (slot->state != GM_SLOT_REMOVED)
			return false;
		any = true;
	}
	return any;
}

/* Is any of it in use that runs the new code, or asks for it? */
static bool runs_on(const struct gm_slots *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct gm_slot *slot = &s->items[i];

		if (slot->set == GM_SET_AFTER &&
		    slot->stage != GM_STAGE_BACKFILL &&
		    (slot->state == GM_SLOT_ACTIVE ||
		     slot->state == GM_SLOT_SUSPENDED))
			return true;
	}
	return false;
}

int gm_slots_in_turn(const struct gm_slots *s, enum gm_stage stage,
		     struct gm_err *err)
{
	const struct gm_slot *expand = gm_slots_find(s, GM_STAGE_EXPAND);

	/* What the new code needs does not go before it. */
	if (stage == GM_STAGE_ROLLBACK)
		return runs_on(s) ? not_yet("what comes after the app is still"
					    " in use: new code may run",
					    "rollback --step 1", err)
				  : 0;
	if (stage < GM_STAGE_DEPLOY || stage > GM_STAGE_ROLLBACK)
		return 0;
	if (taken_away(s)) {
		gm_fail(err, GM_EINPUT,
			"R9: what comes after the app was taken away, and its"
			" names are not used again");
		return gm_hint(err, "Write a new migration for another try.");
	}
	if (!expand || expand->state == GM_SLOT_ACTIVE ||
	    expand->state == GM_SLOT_REMOVED)
		return 0;
	return not_yet("R22: nothing after the app comes before the expand or"
		       " in one commit with it",
		       "expand", err);
}

int gm_slots_release(struct gm_slots *s, struct gm_err *err)
{
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		struct gm_slot *slot = &s->items[i];

		if (!slot->gated)
			continue;
		any |= slot->state == GM_SLOT_SUSPENDED ||
		       slot->state == GM_SLOT_ACTIVE;
		if (slot->state == GM_SLOT_SUSPENDED)
			slot->state = GM_SLOT_ACTIVE;
	}
	return any ? 0
		   : not_yet("no contract waits to be let go ahead", "deploy",
			     err);
}

/* What it runs, or what runs behind it. */
static bool serves(const struct gm_slots *s, size_t i, const char *id)
{
	while (i < s->n && !s->items[i].member)
		i++;
	return i < s->n && id && !strcmp(s->items[i].member->id, id);
}

/* The one that is under way; of several, the one that runs `id`. */
static struct gm_slot *find_failed(struct gm_slots *s, enum gm_stage stage,
				   const char *id)
{
	struct gm_slot *found = NULL;

	for (size_t i = 0; i < s->n; i++) {
		struct gm_slot *slot = &s->items[i];

		if (slot->stage != stage || slot->state != GM_SLOT_ACTIVE)
			continue;
		if (!found || serves(s, i, id))
			found = slot;
	}
	return found;
}

/* The name of the attempt before, which had a number but for the first. */
static const char *renumbered(struct gm_arena *a, const char *name,
			      unsigned attempt)
{
	size_t len = strlen(name);

	if (attempt > 2)
		len = (size_t)(strrchr(name, '-') - name);
	return gm_slot_numbered(a, gm_strndup(a, name, len), attempt);
}

/* Call what a new attempt makes by its number; who waits for it, waits. */
static void rename_attempt(struct gm_slots *s, struct gm_arena *a,
			   struct gm_slot *slot)
{
	const char *old = slot->object;

	if (slot->backup)
		slot->backup = renumbered(a, slot->backup, slot->attempt);
	if (!slot->anew)
		return;
	slot->path = renumbered(a, slot->path, slot->attempt);
	slot->object = renumbered(a, slot->object, slot->attempt);
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].after && !strcmp(s->items[i].after, old))
			s->items[i].after = slot->object;
}

int gm_slots_retry(struct gm_slots *s, struct gm_arena *a, enum gm_stage stage,
		   const char *id, const char *record, struct gm_err *err)
{
	struct gm_slot *slot = find_failed(s, stage, id);

	if (!slot) {
		gm_fail(err, GM_EINPUT, "no stage '%s' is under way",
			gm_stage_name(stage));
		return gm_hint(err, "Without --retry it is begun.");
	}
	if (slot->attempt >= 99) {
		gm_fail(err, GM_EINPUT, "there are no more than 99 attempts");
		return gm_hint(err, "Write a new migration.");
	}
	if (gm_slot_rests_on(slot, record)) {
		gm_fail(err, GM_EINPUT,
			"no record says that attempt %u of stage '%s' failed",
			slot->attempt, gm_stage_name(stage));
		return gm_hint(err,
			       "A Job that still runs must not meet its"
			       " next attempt. When it has failed: git"
			       " migrate record --stage %s --result fail.",
			       gm_stage_name(stage));
	}
	slot->attempt++;
	slot->record = record ? record : slot->record;
	rename_attempt(s, a, slot);
	return 0;
}

static void take_away(struct gm_slot *slot)
{
	slot->state = GM_SLOT_REMOVED;
	slot->shown = false;
}

int gm_slots_retreat(struct gm_slots *s, const char *record, struct gm_err *err)
{
	bool any = false;

	if (gm_slots_let_go(s, record, err) < 0)
		return -1;

	for (size_t i = 0; i < s->n; i++) {
		struct gm_slot *slot = &s->items[i];

		any |= slot->set == GM_SET_BEFORE &&
		       slot->state == GM_SLOT_ACTIVE;
		if (slot->set != GM_SET_AFTER ||
		    slot->stage == GM_STAGE_BACKFILL)
			continue;
		take_away(slot);
	}
	return any ? 0
		   : not_yet("there is nothing to roll back", "expand", err);
}

static int still_runs(struct gm_err *err)
{
	gm_fail(err, GM_EINPUT,
		"the contract was let go ahead, and no record says that it has"
		" run");
	return gm_hint(err, "When it has: git migrate record --stage"
			    " contract.");
}

int gm_slots_close(struct gm_slots *s, bool over, struct gm_err *err)
{
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		struct gm_slot *slot = &s->items[i];
		bool ran = slot->state == GM_SLOT_ACTIVE;

		any |= ran;
		if (ran && slot->gated && !over)
			return still_runs(err);
		if (ran || slot->state == GM_SLOT_REMOVED)
			take_away(slot);
		else
			slot->shown = false;
	}
	return any ? 0 : not_yet("it is not under way", "expand", err);
}
