/* rollout/render: the objects of Flux. */
#include "rollout/render.h"

/* What of a custom resource means that it is done; only exists(), since
   all() is true of nothing. */
#define IN_PROGRESS                                                            \
	"!has(status.phase) || status.phase in ['pending', 'started', "        \
	"'running', 'finalizing']"
#define FAILED                                                                 \
	"status.phase in ['failed', 'walArchivingFailing', 'invalid backup "   \
	"definition']"
#define COMPLETED "status.phase == 'completed'"
#define HAS(type)                                                              \
	"status.conditions.exists(c, c.type == '" type                         \
	"' && c.status == 'True')"

#define CNPG "postgresql.cnpg.io/v1"
#define FLAGGER "flagger.app/v1beta1"

static const struct gm_tmpl_var cluster_ready[] = {
	{ "expression-api", CNPG },
	{ "expression-kind", "Cluster" },
	{ "in-progress", NULL },
	/* During any rolling update it is not ready: that is no failure. */
	{ "failed", NULL },
	{ "current", HAS("Ready") " && " HAS("ContinuousArchiving") },
	{ NULL, NULL },
};
static const struct gm_tmpl_var backup_done[] = {
	{ "expression-api", CNPG },
	{ "expression-kind", "Backup" },
	{ "in-progress", IN_PROGRESS },
	{ "failed", FAILED },
	{ "current", COMPLETED " && has(status.backupId)" },
	{ NULL, NULL },
};
static const struct gm_tmpl_var snapshot_done[] = {
	{ "expression-api", CNPG },     { "expression-kind", "Backup" },
	{ "in-progress", IN_PROGRESS }, { "failed", FAILED },
	{ "current", COMPLETED },       { NULL, NULL },
};

/* All that was applied has been promoted: the phase of the time before stands
   on for a moment. */
static const struct gm_tmpl_var canary_promoted[] = {
	{ "expression-api", FLAGGER },
	{ "expression-kind", "Canary" },
	{ "in-progress", NULL },
	{ "failed", "status.phase == 'Failed'" },
	{ "current", "status.phase == 'Succeeded' && status.lastAppliedSpec =="
		     " status.lastPromotedSpec && " HAS("Promoted") },
	{ NULL, NULL },
};

/* Applied as it is now, and healthy, for so long; without any other content
   in between. */
static const char *soaked(struct gm_arena *a, int64_t seconds)
{
	return gm_printf(
		a,
		"dep.metadata.generation == dep.status.observedGeneration && "
		"dep.status.conditions.exists(c, c.type == 'Ready' && "
		"c.status == 'True') && "
		"size(dep.status.history) > 0 && "
		"dep.status.history[0].lastReconciledStatus == "
		"'ReconciliationSucceeded' && "
		"timestamp(dep.status.history[0].lastReconciled) - "
		"timestamp(dep.status.history[0].firstReconciled) >= "
		"duration('%llds') && "
		"!dep.status.history.exists(h, (h.digest != "
		"dep.status.history[0].digest || h.lastReconciledStatus != "
		"'ReconciliationSucceeded') && timestamp(h.lastReconciled) > "
		"timestamp(dep.status.history[0].firstReconciled))",
		(long long)seconds);
}

static struct gm_fill_row row(struct gm_arena *a, const char *name,
			      const char *value, const char *other,
			      const char *other_value)
{
	struct gm_tmpl_var *vars = gm_alloc_n(a, 3, sizeof(*vars));

	vars[0] = (struct gm_tmpl_var){ name, value };
	vars[1] = (struct gm_tmpl_var){ other, other_value };
	return (struct gm_fill_row){ vars };
}

static struct gm_fill_list after_list(const struct gm_render *r,
				      const struct gm_slot *slot)
{
	struct gm_fill_row *rows = gm_alloc_n(r->arena, 2, sizeof(*rows));
	size_t n = 0;

	/* A readyExpr takes the place of the look at the revision: the plain
	   entry beside it keeps that. */
	if (slot->after)
		rows[n++] = row(r->arena, "after", slot->after, "ready", NULL);
	if (slot->after && slot->soak)
		rows[n++] = row(r->arena, "after", slot->after, "ready",
				soaked(r->arena, slot->soak));
	return (struct gm_fill_list){ "after", rows, n };
}

static struct gm_fill_row check(struct gm_arena *a, const char *api,
				const char *kind, const char *name)
{
	struct gm_tmpl_var *vars = gm_alloc_n(a, 4, sizeof(*vars));

	vars[0] = (struct gm_tmpl_var){ "check-api", api };
	vars[1] = (struct gm_tmpl_var){ "check-kind", kind };
	vars[2] = (struct gm_tmpl_var){ "check-name", name };
	return (struct gm_fill_row){ vars };
}

/* Does Flagger have to be done as well? */
static bool waits_for_canary(const struct gm_render *r,
			     const struct gm_slot *slot)
{
	return slot->stage == GM_STAGE_OBSERVE && r->target->canary;
}

/* What a stage waits for; nothing: for all that it applies. */
static struct gm_fill_list check_list(const struct gm_render *r,
				      const struct gm_slot *slot)
{
	struct gm_arena *a = r->arena;
	struct gm_fill_row *rows = gm_alloc_n(a, 2, sizeof(*rows));
	size_t n = 0;

	if (slot->stage == GM_STAGE_CHECKPOINT) {
		rows[n++] = check(a, CNPG, "Cluster", r->target->cluster);
		rows[n++] = check(a, CNPG, "Backup", slot->backup);
	} else if (slot->stage == GM_STAGE_RESTORE) {
		rows[n++] =
			check(a, CNPG, "Cluster",
			      gm_render_restored(a, r->target, slot->attempt));
	} else if (waits_for_canary(r, slot)) {
		rows[n++] = check(a, "batch/v1", "Job", slot->job);
		rows[n++] = check(a, FLAGGER, "Canary", r->target->canary);
	}
	return (struct gm_fill_list){ "checks", rows, n };
}

static struct gm_fill_list expression_list(const struct gm_render *r,
					   const struct gm_slot *slot)
{
	struct gm_fill_row *rows = gm_alloc_n(r->arena, 2, sizeof(*rows));
	size_t n = 0;

	if (slot->stage == GM_STAGE_CHECKPOINT)
		rows[n++].vars =
			r->target->flux->snapshot ? snapshot_done : backup_done;
	if (slot->stage == GM_STAGE_CHECKPOINT ||
	    slot->stage == GM_STAGE_RESTORE)
		rows[n++].vars = cluster_ready;
	if (waits_for_canary(r, slot))
		rows[n++].vars = canary_promoted;
	return (struct gm_fill_list){ "expressions", rows, n };
}

static int add_object(struct gm_yaml_docs *out, const struct gm_render *r,
		      const struct gm_slot *slot, struct gm_err *err)
{
	bool kept = slot->stage == GM_STAGE_CHECKPOINT ||
		    slot->stage == GM_STAGE_RESTORE;
	bool suspended = slot->state == GM_SLOT_SUSPENDED ||
			 (slot->state == GM_SLOT_WRITTEN && slot->gated);
	const struct gm_fill_list lists[] = {
		after_list(r, slot),
		check_list(r, slot),
		expression_list(r, slot),
		{ NULL, NULL, 0 },
	};
	struct gm_render_vars v = { 0 };
	const struct gm_fill fill = { v.items, lists };

	gm_render_common(&v, r, slot);
	gm_render_var(&v, "id", r->rollout->id);
	gm_render_var(&v, "interval",
		      slot->stage == GM_STAGE_ENABLE ? "10m" : "1h");
	gm_render_var(&v, "suspend", suspended ? "true" : NULL);
	gm_render_var(&v, "wait", lists[1].n ? NULL : "true");
	gm_render_var(&v, "deletion-policy", kept ? "Orphan" : NULL);
	return gm_template_trees(out, r->arena, r->templates, "stage", &fill,
				 err);
}

/* One file a set; it is named in the list when the set is in use. */
static int render_set(struct gm_render *r, enum gm_slot_set set,
		      const char *file, struct gm_strings *named,
		      struct gm_err *err)
{
	struct gm_yaml_docs docs = { 0 };

	for (size_t i = 0; i < r->slots->n; i++) {
		const struct gm_slot *slot = &r->slots->items[i];

		if (slot->set == set && slot->shown &&
		    add_object(&docs, r, slot, err) < 0)
			return -1;
	}
	if (gm_slots_in_use(r->slots, set))
		*GM_PUSH(r->arena, named) = file;
	return gm_template_write(
		r->out, r->arena,
		gm_printf(r->arena, "%s/flux/%s", r->dir, file), r->head, &docs,
		err);
}

/* Named only when the set is in use that needs it. */
static int render_accounts(struct gm_render *r, const char *template_,
			   enum gm_slot_set set, struct gm_strings *named,
			   struct gm_err *err)
{
	const char *file = gm_printf(r->arena, "%s.yaml", template_);
	struct gm_render_vars v = { 0 };
	size_t before = r->out->n;

	gm_render_common(&v, r, NULL);
	if (gm_template_fill(r->out, r->arena, r->templates, template_,
			     gm_printf(r->arena, "%s/flux/%s", r->dir, file),
			     r->head, &(struct gm_fill){ v.items, NULL },
			     err) < 0)
		return -1;
	if (r->out->n > before &&
	    (set == GM_SET_BEFORE || gm_slots_in_use(r->slots, set)))
		*GM_PUSH(r->arena, named) = file;
	return 0;
}

static bool shows(const struct gm_render *r, enum gm_slot_set set)
{
	for (size_t i = 0; i < r->slots->n; i++)
		if (r->slots->items[i].set == set && r->slots->items[i].shown)
			return true;
	return false;
}

int gm_render_objects(struct gm_render *r, struct gm_err *err)
{
	static const char *const files[] = {
		[GM_SET_BEFORE] = "stages-a.yaml",
		[GM_SET_AFTER] = "stages-b.yaml",
		[GM_SET_ROLLBACK] = "stages-rollback.yaml",
		[GM_SET_RESTORE] = "stages-restore.yaml",
	};
	struct gm_strings named = { 0 };
	struct gm_render_vars v = { 0 };

	gm_render_common(&v, r, NULL);
	if (render_accounts(r, "accounts", GM_SET_BEFORE, &named, err) < 0 ||
	    (shows(r, GM_SET_RESTORE) &&
	     render_accounts(r, "accounts-restore", GM_SET_RESTORE, &named,
			     err) < 0))
		return -1;
	for (size_t i = 0; i < GM_COUNT(files); i++)
		if (render_set(r, (enum gm_slot_set)i, files[i], &named, err) <
		    0)
			return -1;
	return gm_template_fill(
		r->out, r->arena, r->templates, "index",
		gm_printf(r->arena, "%s/flux/kustomization.yaml", r->dir),
		r->head,
		&(struct gm_fill){ v.items,
				   (const struct gm_fill_list[]){
					   gm_render_list(r->arena, "resources",
							  "resource", &named),
					   { NULL, NULL, 0 } } },
		err);
}
