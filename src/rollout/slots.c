/* rollout/rollout: the chain of slots. */
#include <string.h>

#include "rollout/rollout.h"

static const char *const states[] = { "written", "active", "suspended",
				      "removed" };

const char *gm_slot_state_name(enum gm_slot_state state)
{
	return states[state];
}

bool gm_slot_state_find(enum gm_slot_state *out, struct gm_str name)
{
	for (size_t i = 0; i < GM_COUNT(states); i++) {
		if (!gm_str_is(name, states[i]))
			continue;
		*out = (enum gm_slot_state)i;
		return true;
	}
	return false;
}

struct gm_progress_item *gm_progress_find(const struct gm_progress *p,
					  const char *dir)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->items[i].dir, dir))
			return &p->items[i];
	return NULL;
}

struct maker {
	struct gm_arena *arena;
	const struct gm_rollout *r;
	const struct gm_target *t;
	const struct gm_progress *progress;
	struct gm_slots out;
	const char *last; /* object of the chain so far, or NULL */
};

static void miss(struct maker *m, enum gm_stage stage, const char *why,
		 const char *hint)
{
	*GM_PUSH(m->arena, &m->out.missing) =
		(struct gm_slot_missing){ stage, why, hint };
}

const char *gm_slot_numbered(struct gm_arena *a, const char *name,
			     unsigned attempt)
{
	return attempt > 1 ? gm_printf(a, "%s-%u", name, attempt) : name;
}

/* The next one of the chain; of a stage there may be up to ten. */
static struct gm_slot *add(struct maker *m, enum gm_stage stage, int order,
			   enum gm_slot_set set, const struct gm_member *member)
{
	struct gm_slot *slot = GM_PUSH(m->arena, &m->out);
	const struct gm_progress_item *was;

	slot->stage = stage;
	slot->set = set;
	slot->member = member;
	slot->dir = gm_printf(m->arena, "%d-%s", order, gm_stage_slug(stage));
	slot->anew = stage == GM_STAGE_CHECKPOINT ||
		     stage == GM_STAGE_RESTORE ||
		     (stage == GM_STAGE_OBSERVE && m->t->canary);
	slot->after = m->last;
	slot->attempt = 1;
	was = gm_progress_find(m->progress, slot->dir);
	if (was) {
		slot->state = was->state;
		slot->attempt = was->attempt;
		slot->record = was->record;
		slot->shown = was->state != GM_SLOT_REMOVED;
	}
	slot->path = slot->anew ? gm_slot_numbered(m->arena, slot->dir,
						   slot->attempt)
				: slot->dir;
	slot->object = gm_printf(m->arena, "gm-%s-%s", m->r->name, slot->path);
	if (slot->state != GM_SLOT_REMOVED)
		m->last = slot->object;
	return slot;
}

static void add_checkpoint(struct maker *m, int order, enum gm_slot_set set,
			   const char *suffix)
{
	struct gm_slot *slot = add(m, GM_STAGE_CHECKPOINT, order, set, NULL);

	slot->backup = gm_slot_numbered(
		m->arena,
		gm_printf(m->arena, "gm-%s-pre%s", m->r->name, suffix),
		slot->attempt);
}

static void add_backfills(struct maker *m)
{
	for (size_t i = 0; i < m->r->backfills.n && i < 10; i++)
		add(m, GM_STAGE_BACKFILL, 40 + (int)i, GM_SET_AFTER,
		    &m->r->backfills.items[i]);
	if (m->r->backfills.n > 10)
		miss(m, GM_STAGE_BACKFILL, "there are more than ten",
		     "Emit the others by their own ids.");
}

static void add_enable(struct maker *m)
{
	const struct gm_policy_flux *f = m->t->flux;

	if (!m->r->expand)
		return;
	if (!m->r->flag)
		miss(m, GM_STAGE_ENABLE, "the expand names no feature flag",
		     "Declare one: Feature-Flag.");
	else if (!f->flag_name)
		miss(m, GM_STAGE_ENABLE,
		     "the policy does not say where flags"
		     " are kept",
		     "Add it: flux: {flag: {provider: configmap, name:"
		     " shop-flags}}.");
	else if (f->flag_provider == GM_FLAG_OPENFEATURE)
		add(m, GM_STAGE_ENABLE, 50, GM_SET_AFTER, NULL);
	else if (m->t->canary)
		miss(m, GM_STAGE_ENABLE,
		     "Flagger takes each change of the app to a few first",
		     "Switch the flag, and it does so: git migrate advance"
		     " --stage widen.");
	else if (!m->t->app_path || !f->app_name)
		miss(m, GM_STAGE_ENABLE,
		     "the policy does not say where the manifests of the app"
		     " are",
		     "Add it: flux: {app: {kind: Deployment, name: shop, path:"
		     " \"apps/shop/overlays/{env}\"}}.");
	else
		add(m, GM_STAGE_ENABLE, 50, GM_SET_AFTER, NULL);
}

static bool add_observe(struct maker *m)
{
	const struct gm_policy_flux *f = m->t->flux;

	if (!m->r->expand)
		return false;
	if (!f->observe.prometheus)
		miss(m, GM_STAGE_OBSERVE,
		     "the policy has nothing to be observed",
		     "Add it: flux: {observe: {prometheus: ..., queries:"
		     " ...}}.");
	else if (!f->tool)
		miss(m, GM_STAGE_OBSERVE,
		     "the policy names no image with git-migrate in it",
		     "Add it: flux: {tool: \"registry.example.com/"
		     "git-migrate:1\"}.");
	else
		return add(m, GM_STAGE_OBSERVE, 60, GM_SET_AFTER, NULL);
	return false;
}

/*
 * A contract takes things away: it has a backup of its own, from just before
 * it.  Where nothing is observed, what came before it has to have been
 * healthy for as long as the window is.
 */
static void add_contract(struct maker *m, bool observed)
{
	size_t first = m->out.n;
	bool alone = !m->r->expand;

	if (!m->r->contract)
		return;
	add_checkpoint(m, alone ? 10 : 65, GM_SET_AFTER,
		       alone ? "" : "-contract");
	if (!observed && !alone && first)
		m->out.items[first].soak = m->r->window;
	add(m, GM_STAGE_CONTRACT, 70, GM_SET_AFTER, m->r->contract);
	for (size_t i = first; i < m->out.n; i++)
		m->out.items[i].gated = true;
}

/* What was run first and can be taken back. */
static const struct gm_member *down_of(const struct gm_rollout *r)
{
	return r->expand && r->expand->down.ptr ? r->expand : NULL;
}

static void add_rollback(struct maker *m)
{
	const struct gm_member *member = down_of(m->r);

	m->last = m->t->app;
	if (!m->r->expand)
		return;
	if (!member)
		miss(m, GM_STAGE_ROLLBACK, "the expand has no down SQL",
		     "The way back is the app alone, or a restore.");
	else if (!m->t->flux->image || m->t->flux->tool == m->t->flux->image)
		miss(m, GM_STAGE_ROLLBACK,
		     "the policy names no image with psql in it",
		     "Add it: flux: {image: ..., tool: ...}.");
	else
		add(m, GM_STAGE_ROLLBACK, 80, GM_SET_ROLLBACK, member);
}

static void add_restore(struct maker *m)
{
	m->last = m->t->app;
	if (m->t->live.len || m->t->flux->restore.instances)
		add(m, GM_STAGE_RESTORE, 90, GM_SET_RESTORE, NULL);
	else
		miss(m, GM_STAGE_RESTORE,
		     gm_printf(m->arena,
			       "nothing tells what cluster '%s' is like",
			       m->t->cluster),
		     gm_printf(m->arena,
			       "Keep its manifest below '%s' (flux: clusters),"
			       " or add flux: {restore: {storage: 20Gi}}.",
			       m->t->clusters));
}

static void add_all(struct maker *m)
{
	bool observed;

	m->last = m->t->database;
	if (m->r->expand || m->r->backfills.n)
		add_checkpoint(m, 10,
			       m->r->expand ? GM_SET_BEFORE : GM_SET_AFTER, "");
	if (m->r->expand)
		add(m, GM_STAGE_EXPAND, 20, GM_SET_BEFORE, m->r->expand);
	/* What comes after the app waits for it, at this very revision. */
	if (m->r->expand && m->t->app)
		m->last = m->t->app;
	add_backfills(m);
	add_enable(m);
	observed = add_observe(m);
	add_contract(m, observed);
	add_rollback(m);
	add_restore(m);
}

static void use(struct gm_slot *slot)
{
	slot->state = slot->gated ? GM_SLOT_SUSPENDED : GM_SLOT_ACTIVE;
	slot->shown = true;
}

/* What is new in a set that is in use belongs to it at once. */
static void join(struct gm_slots *s)
{
	bool in_use = gm_slots_in_use(s, GM_SET_AFTER);

	for (size_t i = 0; i < s->n; i++) {
		struct gm_slot *slot = &s->items[i];

		if (in_use && slot->set == GM_SET_AFTER &&
		    slot->state == GM_SLOT_WRITTEN)
			use(slot);
	}
}

int gm_slots_make(struct gm_slots *out, struct gm_arena *a,
		  const struct gm_rollout *r, const struct gm_target *t,
		  const struct gm_progress *progress, struct gm_err *err)
{
	struct maker m = { .arena = a, .r = r, .t = t, .progress = progress };

	add_all(&m);
	for (size_t i = 0; i < m.out.n; i++) {
		const struct gm_slot *slot = &m.out.items[i];

		if (gm_object_name("Kustomization", slot->object, GM_NAME_MAX,
				   err) < 0 ||
		    (slot->backup && gm_object_name("Backup", slot->backup,
						    GM_NAME_MAX, err) < 0))
			return -1;
	}
	join(&m.out);
	m.out.lsn = progress->lsn;
	*out = m.out;
	return 0;
}

void gm_slots_show_all(struct gm_slots *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].state != GM_SLOT_REMOVED)
			s->items[i].shown = true;
}

bool gm_slots_in_use(const struct gm_slots *s, enum gm_slot_set set)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].set == set &&
		    (s->items[i].state == GM_SLOT_ACTIVE ||
		     s->items[i].state == GM_SLOT_SUSPENDED))
			return true;
	return false;
}

struct gm_slot *gm_slots_find(const struct gm_slots *s, enum gm_stage stage)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].stage == stage)
			return &s->items[i];
	return NULL;
}

static int cannot_reach(const struct gm_slots *s, enum gm_stage stage,
			struct gm_err *err)
{
	gm_fail(err, GM_EINPUT, "this rollout has no stage '%s'",
		gm_stage_name(stage));
	for (size_t i = 0; i < s->missing.n; i++) {
		const struct gm_slot_missing *m = &s->missing.items[i];

		if (m->stage != stage)
			continue;
		gm_fail(err, GM_EINPUT,
			"R13: the stage '%s' would be empty: %s",
			gm_stage_name(stage), m->why);
		return gm_hint(err, "%s", m->hint);
	}
	return gm_hint(err, "'git migrate plan' lists those it has.");
}

static void activate(struct gm_slots *s, enum gm_slot_set set)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].set == set &&
		    s->items[i].state == GM_SLOT_WRITTEN)
			use(&s->items[i]);
}

/* On the way back nothing goes forward any more. */
static void take_forward(struct gm_slots *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].set == GM_SET_AFTER) {
			s->items[i].state = GM_SLOT_REMOVED;
			s->items[i].shown = false;
		}
}

bool gm_slot_rests_on(const struct gm_slot *slot, const char *record)
{
	return slot->record && record && !strcmp(slot->record, record);
}

/* What a contract has left the old code does not run on. */
int gm_slots_let_go(const struct gm_slots *s, const char *record,
		    struct gm_err *err)
{
	bool runs = false;

	for (size_t i = 0; i < s->n; i++) {
		const struct gm_slot *slot = &s->items[i];

		runs |= slot->gated && slot->state == GM_SLOT_ACTIVE &&
			(!record || gm_slot_rests_on(slot, record));
	}
	if (!runs)
		return 0;
	gm_fail(err, GM_EINPUT,
		"the contract was let go ahead, and no record says that it"
		" failed");
	return gm_hint(err, "When it has: git migrate record --stage contract"
			    " --result fail, and git migrate advance --stage"
			    " rollback. When it has run, the way back is a"
			    " restore.");
}

int gm_slots_reach(struct gm_slots *s, enum gm_stage stage, struct gm_err *err)
{
	const struct gm_slot *slot = gm_slots_find(s, stage);
	enum gm_slot_set set = GM_SET_AFTER;

	if (!slot && stage != GM_STAGE_DEPLOY)
		return cannot_reach(s, stage, err);
	if (slot && slot->state == GM_SLOT_REMOVED) {
		gm_fail(err, GM_EINPUT,
			"R9: the stage '%s' was taken away, and its names are"
			" not used again",
			gm_stage_name(stage));
		return gm_hint(err, "Write a new migration for another try.");
	}
	if (slot)
		set = slot->set;
	if (set == GM_SET_RESTORE && !s->lsn) {
		gm_fail(err, GM_EINPUT,
			"it is not known which place to restore to");
		return gm_hint(err, "Give it: --lsn. The ledger has it: SELECT"
				    " migration, name, lsn FROM"
				    " git_migrate.checkpoint.");
	}
	if (set == GM_SET_ROLLBACK && gm_slots_let_go(s, NULL, err) < 0)
		return -1;
	activate(s, set == GM_SET_AFTER ? GM_SET_BEFORE : set);
	if (set == GM_SET_AFTER)
		activate(s, set);
	if (set == GM_SET_ROLLBACK || set == GM_SET_RESTORE)
		take_forward(s);
	return 0;
}

struct gm_progress gm_slots_progress(struct gm_arena *a,
				     const struct gm_slots *s)
{
	struct gm_progress p = { .lsn = s->lsn };

	for (size_t i = 0; i < s->n; i++) {
		const struct gm_slot *slot = &s->items[i];

		if (slot->shown || slot->state == GM_SLOT_REMOVED)
			*GM_PUSH(a, &p) = (struct gm_progress_item){
				slot->dir, slot->state, slot->attempt,
				slot->record
			};
	}
	return p;
}
