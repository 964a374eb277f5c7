/* rollout/lint: what one commit may change together. */
#include <string.h>

#include "rollout/lint.h"
#include "rollout/stages.h"

static const struct gm_unit *same(const struct gm_manifests *m,
				  const struct gm_doc *flux)
{
	for (size_t i = 0; i < m->units.n; i++) {
		const struct gm_doc *d = m->units.items[i].flux;

		if (d && !strcmp(d->name, flux->name) &&
		    !strcmp(d->namespace_, flux->namespace_))
			return &m->units.items[i];
	}
	return NULL;
}

static int spec_text(struct gm_str *out, struct gm_arena *a,
		     const struct gm_doc *d, struct gm_err *err)
{
	struct gm_buf text = gm_buf(a);
	const struct gm_yaml *spec = gm_yaml_get(d->node, "spec");

	if (spec && gm_yaml_write(&text, spec, err) < 0)
		return -1;
	*out = gm_buf_view(&text);
	return 0;
}

static bool below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !len || (!strncmp(path, dir, len) && path[len] == '/');
}

/* 1: a file of `one` in the directory is not in `two`, or another there. */
static int one_differs(const struct gm_manifests *one,
		       const struct gm_manifests *two, const char *dir,
		       struct gm_err *err)
{
	for (size_t i = 0; i < one->files.n; i++) {
		const char *path = one->files.items[i];
		struct gm_str a, b;
		int there;

		if (!below(path, dir))
			continue;
		there = gm_place_read(&b, two->arena, two->place, path, err);
		if (there < 0 ||
		    gm_place_read(&a, one->arena, one->place, path, err) < 0)
			return -1;
		if (!there || !gm_str_eq(a, b))
			return 1;
	}
	return 0;
}

static int differs(const struct gm_manifests *one,
		   const struct gm_manifests *two, const char *dir,
		   struct gm_err *err)
{
	int result = one_differs(one, two, dir, err);

	return result ? result : one_differs(two, one, dir, err);
}

static int lint_both(const struct gm_lint *l, const struct gm_unit *u,
		     const struct gm_manifests *old, const struct gm_unit *was,
		     struct gm_err *err)
{
	struct gm_str now, before;
	int content;

	if (spec_text(&now, l->m->arena, u->flux, err) < 0 ||
	    spec_text(&before, l->m->arena, was->flux, err) < 0)
		return -1;
	/* A rollout's list of objects lies below the path of its parent, and
	   stages are no parents of themselves. */
	if (gm_str_eq(now, before))
		return 0;
	content = differs(l->m, old, u->dir, err);
	if (content > 0)
		gm_lint_at(l, GM_RULE_FLUX_R21, u->flux, NULL,
			   "its spec and what lies in '%s' change in one"
			   " commit: the old one may meet the new",
			   u->dir);
	return content < 0 ? -1 : 0;
}

static bool is_after_app(struct gm_arena *a, const struct gm_doc *d)
{
	const char *text =
		gm_yaml_text(a, gm_doc_label(d, "git-migrate.dev/stage"));
	enum gm_stage stage;

	return text && gm_stage_find(&stage, gm_str(text)) &&
	       stage > GM_STAGE_DEPLOY && stage < GM_STAGE_ROLLBACK;
}

/* The expand of the same migration, applied in the same namespace. */
static const struct gm_unit *expand_of(const struct gm_manifests *m,
				       const struct gm_doc *d)
{
	static const char label[] = "git-migrate.dev/migration";
	const char *own = gm_yaml_text(m->arena, gm_doc_label(d, label));

	for (size_t i = 0; own && i < m->units.n; i++) {
		const struct gm_doc *o = m->units.items[i].flux;
		const char *name, *stage;

		if (!o || strcmp(o->namespace_, d->namespace_) != 0)
			continue;
		name = gm_yaml_text(m->arena, gm_doc_label(o, label));
		stage = gm_yaml_text(m->arena,
				     gm_doc_label(o, "git-migrate.dev/stage"));
		if (name && stage && !strcmp(name, own) &&
		    !strcmp(stage, "expand"))
			return &m->units.items[i];
	}
	return NULL;
}

/* Is it named by a list, or does it stand in a directory that all is taken
   of? */
static bool in_use(const struct gm_manifests *m, const struct gm_doc *d)
{
	for (size_t i = 0; i < m->units.n; i++)
		for (size_t k = 0; k < m->units.items[i].docs.n; k++)
			if (m->units.items[i].docs.items[k] == d)
				return true;
	return false;
}

static void lint_early(const struct gm_lint *l, const struct gm_unit *u,
		       const struct gm_manifests *old)
{
	const struct gm_unit *expand, *was;

	if (!is_after_app(l->m->arena, u->flux) || !in_use(l->m, u->flux))
		return;
	expand = expand_of(l->m, u->flux);
	if (!expand)
		return;
	was = same(old, expand->flux);
	if (!was || !in_use(old, was->flux))
		gm_lint_at(l, GM_RULE_FLUX_R22, u->flux, NULL,
			   "it comes in one commit with '%s': no app can have"
			   " been deployed in between",
			   expand->flux->name);
}

int gm_lint_since(struct gm_findings *out, const struct gm_manifests *m,
		  const struct gm_manifests *old, struct gm_err *err)
{
	const struct gm_lint l = { m, out };

	for (size_t i = 0; i < m->units.n; i++) {
		const struct gm_unit *u = &m->units.items[i], *was;

		if (!u->flux)
			continue;
		was = same(old, u->flux);
		if (was && lint_both(&l, u, old, was, err) < 0)
			return -1;
		if (!was || !in_use(old, was->flux))
			lint_early(&l, u, old);
	}
	return 0;
}
