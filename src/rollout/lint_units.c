/* rollout/lint: directories that are applied as one. */
#include <string.h>

#include "rollout/lint.h"
#include "rollout/owned.h"

static const struct gm_doc *first(const struct gm_unit *u, const char *group,
				  const char *kind)
{
	for (size_t i = 0; i < u->docs.n; i++)
		if (gm_doc_is(u->docs.items[i], group, kind))
			return u->docs.items[i];
	return NULL;
}

/* What is applied at the same moment waits for nothing in between. */
static void lint_together(const struct gm_lint *l, const struct gm_unit *u)
{
	static const char *const apps[] = { "Deployment", "StatefulSet",
					    "DaemonSet" };
	const struct gm_doc *job = first(u, "batch", "Job");
	const struct gm_doc *backup = first(u, "postgresql.cnpg.io", "Backup");

	for (size_t i = 0; i < GM_COUNT(apps); i++) {
		const struct gm_doc *app = first(u, "apps", apps[i]);

		if (app && (job || backup))
			gm_lint_at(l, GM_RULE_FLUX_R4, job ? job : backup, NULL,
				   "it is applied together with %s '%s', and"
				   " neither waits for the other",
				   app->kind, app->name);
	}
	if (job && backup)
		gm_lint_at(l, GM_RULE_FLUX_R4, job, NULL,
			   "it does not wait for Backup '%s', with which it is"
			   " applied",
			   backup->name);
}

static void lint_path(const struct gm_lint *l, const struct gm_unit *u)
{
	for (size_t i = 0; u->flux && u->stage && i < l->m->units.n; i++) {
		const struct gm_unit *other = &l->m->units.items[i];

		if (other == u)
			return;
		if (other->flux && !strcmp(other->dir, u->dir) &&
		    !strcmp(other->flux->namespace_, u->flux->namespace_))
			gm_lint_at(l, GM_RULE_FLUX_R4, u->flux,
				   gm_yaml_at(u->flux->node, "spec/path"),
				   "'%s' applies the same path",
				   other->flux->name);
	}
}

static bool generates(const struct gm_unit *u)
{
	static const char *const keys[] = { "configMapGenerator",
					    "secretGenerator", "generators",
					    "helmCharts" };

	for (size_t i = 0; i < u->kustomize.n; i++)
		for (size_t k = 0; k < GM_COUNT(keys); k++) {
			const struct gm_yaml *list = gm_yaml_get(
				u->kustomize.items[i]->doc->node, keys[k]);

			if (list && list->n)
				return true;
		}
	return false;
}

/* Names something that is not in this tree: then nobody knows. */
static bool names_elsewhere(const struct gm_lint *l, const struct gm_unit *u)
{
	for (size_t i = 0; i < u->kustomize.n; i++) {
		const struct gm_yaml *list = gm_yaml_get(
			u->kustomize.items[i]->doc->node, "resources");

		if (list && list->n && !u->docs.n)
			return true;
	}
	(void)l;
	return false;
}

/* The list of rollouts of ours, where all are over: what was there is said in
   files of git-migrate's own, one directory further down. */
static bool all_over(const struct gm_lint *l, const struct gm_unit *u)
{
	size_t len = strlen(u->dir);

	for (size_t i = 0; i < l->m->files.n; i++) {
		const char *path = l->m->files.items[i];

		if (!strncmp(path, u->dir, len) && path[len] == '/' &&
		    gm_str_ends(gm_str(path), GM_STR("/" GM_OWNED_FILE)) &&
		    strlen(path) > len + sizeof(GM_OWNED_FILE) + 1)
			return true;
	}
	return false;
}

static void lint_empty(const struct gm_lint *l, const struct gm_unit *u)
{
	bool labelled =
		u->flux && gm_doc_label(u->flux, "git-migrate.dev/stage");

	if (u->docs.n || generates(u) || names_elsewhere(l, u) ||
	    all_over(l, u))
		return;
	if (u->flux && (u->exists || labelled))
		gm_lint_at(l, GM_RULE_FLUX_R13, u->flux,
			   gm_yaml_at(u->flux->node, "spec/path"),
			   "there is nothing to apply in '%s', which counts as"
			   " done",
			   u->dir);
	else if (!u->flux && u->kustomize.n)
		gm_lint_at(l, GM_RULE_FLUX_R13, u->kustomize.items[0]->doc,
			   NULL, "it lists nothing, which counts as done");
}

void gm_lint_units(const struct gm_lint *l)
{
	for (size_t i = 0; i < l->m->units.n; i++) {
		const struct gm_unit *u = &l->m->units.items[i];

		lint_together(l, u);
		lint_path(l, u);
		lint_empty(l, u);
	}
}
