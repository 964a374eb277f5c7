#include "rollout/render.h"

#include "base/escape.h"
#include "rollout/manifests.h"

const char *gm_render_dir(struct gm_arena *a, const struct gm_target *t,
			  const char *name)
{
	const char *top = t->flux->path;
	bool root = !*top || gm_str_is(gm_str(top), ".");

	return gm_printf(a, "%s%s%s%s%s", root ? "" : top, root ? "" : "/",
			 t->env, name ? "/" : "", name ? name : "");
}

void gm_render_var(struct gm_render_vars *v, const char *name,
		   const char *value)
{
	if (v->n + 1 >= GM_RENDER_VARS)
		GM_BUG("too many values for templates");
	v->items[v->n++] = (struct gm_tmpl_var){ name, value };
}

/* One account for all of them: Flux needs it until what they had is gone. */
static const char *applier_of(struct gm_arena *a, const struct gm_target *t)
{
	return t->flux->applier ? t->flux->applier
				: gm_printf(a, "gm-%s-applier", t->cluster);
}

static void add_flux(struct gm_render_vars *v, const struct gm_render *r)
{
	const struct gm_policy_flux *f = r->target->flux;
	const char *name = r->rollout->name;
	struct gm_arena *a = r->arena;

	gm_render_var(v, "source-kind", f->source_kind);
	gm_render_var(v, "source-name", f->source_name);
	gm_render_var(v, "source-namespace", f->source_namespace);
	gm_render_var(v, "applier", applier_of(a, r->target));
	gm_render_var(v, "worker",
		      f->worker ? f->worker
				: gm_printf(a, "gm-%s-worker", name));
	gm_render_var(v, "own-worker", f->worker ? NULL : "true");
	gm_render_var(v, "watches",
		      gm_slots_find(r->slots, GM_STAGE_OBSERVE) ? "true"
								: NULL);
	gm_render_var(v, "own-applier", f->applier ? NULL : "true");
	gm_render_var(v, "plugin", f->backup_plugin);
}

void gm_render_common(struct gm_render_vars *v, const struct gm_render *r,
		      const struct gm_slot *slot)
{
	const struct gm_target *t = r->target;

	gm_render_var(v, "name", r->rollout->name);
	gm_render_var(v, "env", t->env);
	gm_render_var(v, "namespace", t->namespace_);
	gm_render_var(v, "cluster", t->cluster);
	gm_render_var(v, "connection", t->connection);
	gm_render_var(v, "ca", t->ca);
	gm_render_var(v, "store", t->store);
	gm_render_var(v, "canary", t->canary);
	add_flux(v, r);
	if (!slot)
		return;
	gm_render_var(v, "stage", gm_stage_name(slot->stage));
	gm_render_var(v, "object", slot->object);
	gm_render_var(v, "backup", slot->backup);
	gm_render_var(v, "path",
		      gm_printf(r->arena, "%s/%s", r->dir, slot->path));
}

struct gm_fill_list gm_render_list(struct gm_arena *a, const char *list,
				   const char *name,
				   const struct gm_strings *values)
{
	struct gm_fill_row *rows = gm_alloc_n(a, values->n, sizeof(*rows));

	for (size_t i = 0; i < values->n; i++) {
		struct gm_tmpl_var *vars = gm_alloc_n(a, 2, sizeof(*vars));

		vars[0] = (struct gm_tmpl_var){ name, values->items[i] };
		rows[i].vars = vars;
	}
	return (struct gm_fill_list){ list, rows, values->n };
}

const char *gm_render_path(const struct gm_render *r,
			   const struct gm_slot *slot, const char *file)
{
	return gm_printf(r->arena, "%s/%s/%s", r->dir, slot->path, file);
}

int gm_render_kustomization(struct gm_render *r, const struct gm_slot *slot,
			    const struct gm_render_vars *vars,
			    const struct gm_strings *resources,
			    const struct gm_strings *configs,
			    const struct gm_strings *files, struct gm_err *err)
{
	const struct gm_fill_list lists[] = {
		gm_render_list(r->arena, "resources", "resource", resources),
		gm_render_list(r->arena, "configs", "config", configs),
		gm_render_list(r->arena, "files", "file", files),
		{ NULL, NULL, 0 },
	};

	return gm_template_fill(r->out, r->arena, r->templates, "kustomization",
				gm_render_path(r, slot, "kustomization.yaml"),
				r->head,
				&(struct gm_fill){ vars->items, lists }, err);
}

static int render_slot(struct gm_render *r, struct gm_slot *slot,
		       struct gm_err *err)
{
	switch (slot->stage) {
	case GM_STAGE_CHECKPOINT:
		return gm_render_checkpoint(r, slot, err);
	case GM_STAGE_ENABLE:
		return gm_render_enable(r, slot, err);
	case GM_STAGE_RESTORE:
		return gm_render_restore(r, slot, err);
	default:
		return gm_render_job(r, slot, err);
	}
}

int gm_render(struct gm_render *r, struct gm_err *err)
{
	if (!r->head)
		r->head =
			gm_printf(r->arena,
				  "# Written by git migrate emit for %s; do "
				  "not edit.\n",
				  gm_escaped(r->arena, gm_str(r->rollout->id)));
	for (size_t i = 0; i < r->slots->n; i++) {
		struct gm_slot *slot = &r->slots->items[i];

		if (slot->shown && render_slot(r, slot, err) < 0)
			return gm_fail_in(err, "stage '%s'",
					  gm_stage_name(slot->stage));
	}
	if (gm_render_objects(r, err) < 0)
		return -1;
	gm_fileset_sort(r->out);
	return r->templates->own ? gm_render_check(r, err) : 0;
}

int gm_render_account(struct gm_fileset *out, struct gm_arena *a,
		      struct gm_templates *templates, const struct gm_target *t,
		      struct gm_err *err)
{
	const char *path = gm_printf(a, "%s/applier.yaml",
				     gm_render_dir(a, t, GM_ACCOUNTS_DIR));
	const char *applier = applier_of(a, t);
	bool second = gm_render_has_canary(t);
	struct gm_render_vars v = { 0 };

	gm_render_var(&v, "applier", applier);
	gm_render_var(&v, "env", t->env);
	gm_render_var(&v, "namespace", t->namespace_);
	gm_render_var(&v, "cluster", t->cluster);
	gm_render_var(&v, "canary", t->canary);
	gm_render_var(&v, "second",
		      second ? gm_resource_name(a, gm_render_app_kind(t->flux))
			     : NULL);
	gm_render_var(&v, "secrets",
		      second && t->built.secrets ? "true" : NULL);
	gm_render_var(&v, "openfeature",
		      t->flux->flag_name && t->flux->flag_provider ==
						    GM_FLAG_OPENFEATURE
			      ? "true"
			      : NULL);
	if (gm_object_name("account", applier, GM_NAME_MAX, err) < 0)
		return -1;
	return gm_template_fill(out, a, templates, "applier", path,
				"# Written by git migrate emit for all"
				" rollouts; do not edit.\n",
				&(struct gm_fill){ v.items, NULL }, err);
}
