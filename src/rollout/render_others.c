/* rollout/render: slots that are no Job. */
#include <string.h>

#include "rollout/render.h"

/* kustomization.yaml of a directory with one object. */
static int write_list(struct gm_render *r, const struct gm_slot *slot,
		      const char *file, struct gm_err *err)
{
	struct gm_strings resources = { 0 };
	const struct gm_strings none = { 0 };
	struct gm_render_vars v = { 0 };

	*GM_PUSH(r->arena, &resources) = file;
	gm_render_common(&v, r, slot);
	return gm_render_kustomization(r, slot, &v, &resources, &none, &none,
				       err);
}

static int write_one(struct gm_render *r, const struct gm_slot *slot,
		     const char *template_, const char *file, const char *head,
		     const struct gm_render_vars *v, struct gm_err *err)
{
	const struct gm_fill fill = { v->items, NULL };

	if (gm_template_fill(r->out, r->arena, r->templates, template_,
			     gm_render_path(r, slot, file), head, &fill,
			     err) < 0)
		return -1;
	return write_list(r, slot, file, err);
}

int gm_render_checkpoint(struct gm_render *r, struct gm_slot *slot,
			 struct gm_err *err)
{
	bool snapshot = r->target->flux->snapshot;
	struct gm_render_vars v = { 0 };

	/* Before the common ones: the first of a name counts. */
	gm_render_var(&v, "plugin",
		      snapshot ? NULL : r->target->flux->backup_plugin);
	gm_render_common(&v, r, slot);
	gm_render_var(&v, "method", snapshot ? "volumeSnapshot" : "plugin");
	return write_one(
		r, slot, "backup", "backup.yaml",
		gm_printf(
			r->arena,
			"%s# With the log behind it a restore loses (RPO) what"
			" is written after the restore\n"
			"# point of the next stage, and takes (RTO) fetching"
			" this and replaying the log.\n",
			r->head),
		&v, err);
}

/* From the directory of the slot to the root of the repository. */
static const char *to_root(const struct gm_render *r,
			   const struct gm_slot *slot)
{
	struct gm_str rest = gm_str(gm_render_path(r, slot, "")), part;
	struct gm_buf out = gm_buf(r->arena);

	while (gm_str_split(&part, &rest, '/'))
		if (part.len && !gm_str_is(part, "."))
			gm_buf_puts(&out, "../");
	return out.ptr;
}

bool gm_render_has_canary(const struct gm_target *t)
{
	return t->flux->flag_name &&
	       t->flux->flag_provider != GM_FLAG_OPENFEATURE && !t->canary &&
	       t->app_path && t->flux->app_name;
}

const char *gm_render_app_kind(const struct gm_policy_flux *f)
{
	return f->app_kind ? f->app_kind : "Deployment";
}

/* What is the app's alone: all but what the second one is configured by. */
static const char *alone(const struct gm_render *r)
{
	static const char *const always[] = {
		"Service",
		"ServiceAccount",
		"PersistentVolumeClaim",
		"NetworkPolicy",
		"Ingress",
		"HTTPRoute",
		"HorizontalPodAutoscaler",
		"PodDisruptionBudget",
		"Job",
		"CronJob",
		"Role",
		"RoleBinding",
		"ClusterRole",
		"ClusterRoleBinding",
		"Namespace",
		"ServiceMonitor",
		"PodMonitor",
		"PrometheusRule",
		"Canary",
	};
	const struct gm_strings *there = &r->target->built.kinds;
	struct gm_buf out = gm_buf(r->arena);

	for (size_t i = 0; i < GM_COUNT(always); i++)
		gm_buf_printf(&out, "%s%s", i ? "|" : "", always[i]);
	for (size_t i = 0; i < there->n; i++) {
		const char *kind = there->items[i];
		bool known =
			!strcmp(kind, "ConfigMap") || !strcmp(kind, "Secret");

		for (size_t k = 0; k < GM_COUNT(always); k++)
			known |= !strcmp(kind, always[k]);
		if (!known)
			gm_buf_printf(&out, "|%s", kind);
	}
	return out.ptr;
}

/* Further ones of the app's kind beside it; NULL: none. */
static const char *others(const struct gm_render *r)
{
	const struct gm_strings *there = &r->target->built.others;
	struct gm_buf out = gm_buf(r->arena);

	for (size_t i = 0; i < there->n; i++)
		gm_buf_printf(&out, "%s%s", i ? "|" : "", there->items[i]);
	return out.len ? out.ptr : NULL;
}

/* A second Deployment of the app. */
static int render_canary(struct gm_render *r, const struct gm_slot *slot,
			 struct gm_render_vars *v, struct gm_err *err)
{
	const struct gm_policy_flux *f = r->target->flux;
	const struct gm_fill fill = { v->items, NULL };
	bool env = f->flag_provider == GM_FLAG_ENV;

	gm_render_var(v, "flags", env ? NULL : f->flag_name);
	gm_render_var(v, "container", env ? f->flag_name : NULL);
	gm_render_var(v, "app",
		      gm_printf(r->arena, "%s%s", to_root(r, slot),
				r->target->app_path));
	gm_render_var(v, "alone", alone(r));
	gm_render_var(v, "others", others(r));
	gm_render_var(v, "app-kind", gm_render_app_kind(f));
	gm_render_var(v, "app-name", f->app_name);
	if (gm_object_name("canary",
			   gm_printf(r->arena, "%s-%s-canary", f->app_name,
				     r->rollout->name),
			   GM_NAME_MAX, err) < 0)
		return -1;
	if (env && gm_template_fill(r->out, r->arena, r->templates, "flag",
				    gm_render_path(r, slot, "flag.yaml"),
				    r->head, &fill, err) < 0)
		return -1;
	return gm_template_fill(r->out, r->arena, r->templates, "canary",
				gm_render_path(r, slot, "kustomization.yaml"),
				r->head, &fill, err);
}

int gm_render_enable(struct gm_render *r, struct gm_slot *slot,
		     struct gm_err *err)
{
	const struct gm_policy_flux *f = r->target->flux;
	struct gm_render_vars v = { 0 };

	gm_render_var(
		&v, "object",
		gm_printf(r->arena, "%s-%s", f->flag_name, r->rollout->name));
	gm_render_common(&v, r, slot);
	gm_render_var(&v, "flag", r->rollout->flag);
	if (f->flag_provider != GM_FLAG_OPENFEATURE)
		return render_canary(r, slot, &v, err);
	gm_render_var(&v, "percent",
		      gm_printf(r->arena, "%d", f->flag_percent));
	gm_render_var(&v, "rest",
		      gm_printf(r->arena, "%d", 100 - f->flag_percent));
	if (gm_object_name("flag", v.items[0].value, GM_NAME_MAX, err) < 0)
		return -1;
	return write_one(r, slot, "featureflag", "featureflag.yaml", r->head,
			 &v, err);
}
