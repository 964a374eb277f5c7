/* rollout/lint: objects of Flux. */
#include <string.h>
#include <strings.h>

#include "rollout/lint.h"

#define FLUX "kustomize.toolkit.fluxcd.io/"
#define CNPG "postgresql.cnpg.io"

static const struct gm_yaml *spec(const struct gm_unit *u, const char *key)
{
	const struct gm_yaml *s = gm_yaml_get(u->flux->node, "spec");

	return s ? gm_yaml_get(s, key) : NULL;
}

static void lint_force(const struct gm_lint *l)
{
	struct gm_arena *a = l->m->arena;

	for (size_t i = 0; i < l->m->docs.n; i++) {
		const struct gm_doc *d = &l->m->docs.items[i];
		const struct gm_yaml *force = gm_yaml_at(d->node, "spec/force");
		const struct gm_yaml *note = gm_doc_annotation(d, FLUX "force");
		const char *text = gm_yaml_text(a, note);

		if (gm_doc_is(d, "kustomize.toolkit.fluxcd.io",
			      "Kustomization") &&
		    gm_yaml_true(force))
			gm_lint_at(l, GM_RULE_FLUX_R3, d, force,
				   "force deletes what the API refuses, be it a"
				   " database");
		if (text && !strcasecmp(text, "enabled"))
			gm_lint_at(l, GM_RULE_FLUX_R3, d, note,
				   "it is deleted when the API refuses a"
				   " change of it");
	}
}

/* Does one of the entries name this kind (and, where given, object)? */
static const struct gm_yaml *entry(struct gm_arena *a,
				   const struct gm_yaml *list, const char *kind,
				   const char *name)
{
	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++) {
		const char *k =
			gm_yaml_text(a, gm_yaml_get(list->items[i], "kind"));
		const char *n =
			gm_yaml_text(a, gm_yaml_get(list->items[i], "name"));

		if (k && !strcmp(k, kind) && (!name || (n && !strcmp(n, name))))
			return list->items[i];
	}
	return NULL;
}

static void lint_cnpg(const struct gm_lint *l, const struct gm_unit *u,
		      const struct gm_doc *d)
{
	struct gm_arena *a = l->m->arena;

	if (!entry(a, spec(u, "healthCheckExprs"), d->kind, NULL))
		gm_lint_at(l, GM_RULE_FLUX_R5, u->flux, NULL,
			   "without healthCheckExprs for %s, '%s' counts as"
			   " done at once",
			   d->kind, d->name);
	else if (!gm_yaml_true(spec(u, "wait")) &&
		 !entry(a, spec(u, "healthChecks"), d->kind, d->name))
		gm_lint_at(l, GM_RULE_FLUX_R5, u->flux, spec(u, "healthChecks"),
			   "nothing waits for %s '%s'", d->kind, d->name);
}

/* What Flagger does is no condition that Flux knows. */
static void lint_canary(const struct gm_lint *l, const struct gm_unit *u,
			const struct gm_doc *d)
{
	struct gm_arena *a = l->m->arena;
	const struct gm_yaml *wait = spec(u, "wait");

	if (!gm_yaml_true(wait))
		wait = entry(a, spec(u, "healthChecks"), d->kind, d->name);
	if (wait && !entry(a, spec(u, "healthCheckExprs"), d->kind, NULL))
		gm_lint_at(l, GM_RULE_FLUX_R5, u->flux, wait,
			   "without healthCheckExprs for %s, '%s' counts as"
			   " promoted at once",
			   d->kind, d->name);
}

static void lint_waits(const struct gm_lint *l, const struct gm_unit *u)
{
	bool wait = gm_yaml_true(spec(u, "wait"));

	for (size_t i = 0; i < u->docs.n; i++) {
		const struct gm_doc *d = u->docs.items[i];

		if (gm_doc_is(d, "batch", "Job") && !wait &&
		    !entry(l->m->arena, spec(u, "healthChecks"), "Job",
			   d->name))
			gm_lint_at(l, GM_RULE_FLUX_R5, u->flux, spec(u, "wait"),
				   "nothing waits for Job '%s'", d->name);
		if (gm_doc_is(d, CNPG, "Backup") ||
		    (gm_doc_is(d, CNPG, "Cluster") && u->stage))
			lint_cnpg(l, u, d);
		if (gm_doc_is(d, "flagger.app", "Canary"))
			lint_canary(l, u, d);
		if (gm_doc_is(d, "kustomize.toolkit.fluxcd.io",
			      "Kustomization") &&
		    gm_doc_label(d, "git-migrate.dev/stage") && wait) {
			gm_lint_at(l, GM_RULE_FLUX_R5, u->flux, spec(u, "wait"),
				   "it holds stages, one of which waits for"
				   " weeks: it must not wait for them");
			return;
		}
	}
}

static void lint_cel(const struct gm_lint *l, const struct gm_doc *d,
		     const struct gm_yaml *n)
{
	const char *text = gm_yaml_text(l->m->arena, n);

	if (text && strstr(text, ".all("))
		gm_lint_at(l, GM_RULE_FLUX_R6, d, n,
			   "all() is true of nothing at all; ask exists()");
}

static void lint_expressions(const struct gm_lint *l, const struct gm_unit *u)
{
	static const char *const keys[] = { "current", "inProgress", "failed" };
	const struct gm_yaml *list = spec(u, "healthCheckExprs");

	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++)
		for (size_t k = 0; k < GM_COUNT(keys); k++)
			lint_cel(l, u->flux,
				 gm_yaml_get(list->items[i], keys[k]));
	list = spec(u, "dependsOn");
	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++)
		lint_cel(l, u->flux, gm_yaml_get(list->items[i], "readyExpr"));
}

/* An object of one migration that applies what is another's. */
static void lint_fresh(const struct gm_lint *l, const struct gm_unit *u)
{
	struct gm_arena *a = l->m->arena;
	static const char label[] = "git-migrate.dev/migration";
	const char *own = gm_yaml_text(a, gm_doc_label(u->flux, label));

	for (size_t i = 0; own && i < u->docs.n; i++) {
		const char *other =
			gm_yaml_text(a, gm_doc_label(u->docs.items[i], label));

		if (!other || !strcmp(own, other))
			continue;
		gm_lint_at(l, GM_RULE_FLUX_R9, u->flux, spec(u, "path"),
			   "it is of migration '%s', and its path of '%s'", own,
			   other);
		return;
	}
	if (own && !strstr(u->flux->name, own))
		gm_lint_at(l, GM_RULE_FLUX_R9, u->flux, NULL,
			   "its name is not one of migration '%s'", own);
}

static void lint_times(const struct gm_lint *l, const struct gm_unit *u)
{
	struct gm_arena *a = l->m->arena;
	const char *timeout = gm_yaml_text(a, spec(u, "timeout"));
	const char *retry = gm_yaml_text(a, spec(u, "retryInterval"));

	if (!timeout)
		gm_lint_at(l, GM_RULE_FLUX_R12, u->flux, NULL,
			   "without timeout it waits nearly as long as its"
			   " interval is");
	else if (gm_flux_duration(timeout) < 0 ||
		 gm_flux_duration(timeout) > 300000)
		gm_lint_at(l, GM_RULE_FLUX_R12, u->flux, spec(u, "timeout"),
			   "a timeout of %s keeps new commits waiting for that"
			   " long",
			   timeout);
	if (!retry || gm_flux_duration(retry) < 0 ||
	    gm_flux_duration(retry) > 300000)
		gm_lint_at(l, GM_RULE_FLUX_R12, u->flux,
			   spec(u, "retryInterval"),
			   "a retryInterval of about 1m is missing");
}

void gm_lint_flux(const struct gm_lint *l)
{
	lint_force(l);
	for (size_t i = 0; i < l->m->units.n; i++) {
		const struct gm_unit *u = &l->m->units.items[i];

		if (!u->flux)
			continue;
		lint_waits(l, u);
		lint_expressions(l, u);
		lint_fresh(l, u);
		if (u->stage)
			lint_times(l, u);
	}
}
