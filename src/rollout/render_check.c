/* rollout/render: what came of the templates of a repository. */
#include "base/finding.h"
#include "rollout/lint.h"
#include "rollout/render.h"
#include "rollout/update.h"

#define TEMPLATES ".migrate/templates/flux"

static int refuse(const char *path, struct gm_err *err)
{
	gm_fail_at(err, path, 0, 0);
	return gm_hint(err, "The templates in " TEMPLATES " make it so: change"
			    " them.");
}

/* Is there an object in the file? */
static bool holds_object(const struct gm_manifests *m, const char *path)
{
	for (size_t i = 0; i < m->docs.n; i++)
		if (gm_str_is(gm_str(path), m->docs.items[i].path) &&
		    *m->docs.items[i].kind)
			return true;
	return false;
}

/* Every file of ours that a list names. */
static int check_named(const struct gm_render *r, const struct gm_manifests *m,
		       const struct gm_kustomize *k, struct gm_err *err)
{
	const struct gm_yaml *names = gm_yaml_get(k->doc->node, "resources");
	const char *dir = gm_printf(r->arena, "%s/", r->dir);

	for (size_t i = 0; names && names->kind == GM_YAML_LIST && i < names->n;
	     i++) {
		const char *name = gm_yaml_text(r->arena, names->items[i]);
		const char *path =
			name ? gm_path_clean(r->arena, k->dir, name) : NULL;

		if (!path || !gm_str_starts(gm_str(path), gm_str(dir)) ||
		    holds_object(m, path))
			continue;
		gm_fail(err, GM_EINPUT,
			"R13: it is listed, and there would be no object in"
			" it");
		return refuse(path, err);
	}
	return 0;
}

int gm_render_check(const struct gm_render *r, struct gm_err *err)
{
	struct gm_findings found = gm_findings(r->arena, NULL);
	struct gm_update all = { 0 };
	const struct gm_place place = { .pending = &all };
	struct gm_manifests m;

	for (size_t i = 0; i < r->out->n; i++)
		*GM_PUSH(r->arena, &all) = (struct gm_update_change){
			r->out->items[i].path, r->out->items[i].content, true
		};
	gm_update_sort(&all);
	if (gm_manifests_read(&m, r->arena, &place, NULL, err) < 0)
		return -1;
	if (m.unread.n) {
		gm_fail(err, GM_EINPUT, "%s", m.unread.items[0].why);
		return refuse(m.unread.items[0].path, err);
	}
	for (size_t i = 0; i < m.kustomize.n; i++)
		if (check_named(r, &m, &m.kustomize.items[i], err) < 0)
			return -1;
	gm_lint(&found, &m);
	for (size_t i = 0; i < found.n; i++) {
		const struct gm_finding *f = &found.items[i];

		if (f->severity != GM_SEV_ERROR)
			continue;
		gm_fail(err, GM_EINPUT, "%s: %s", gm_rule_info(f->rule)->name,
			f->message);
		return refuse(gm_str_dup(r->arena, f->path), err);
	}
	return 0;
}
