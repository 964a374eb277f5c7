/* rollout/lint: what databases and names need. */
#include <string.h>
#include <strings.h>

#include "policy/value.h"
#include "rollout/lint.h"
#include "rollout/stages.h"

#define CNPG "postgresql.cnpg.io"
#define PRUNE "kustomize.toolkit.fluxcd.io/prune"
#define CONFIG_MAX ((size_t)1 << 20)

/* Does what applies it keep all of it? */
static bool unit_keeps(struct gm_arena *a, const struct gm_unit *u)
{
	const struct gm_yaml *prune =
		u->flux ? gm_yaml_at(u->flux->node, "spec/prune") : NULL;
	const struct gm_yaml *common =
		u->flux ? gm_yaml_at(u->flux->node,
				     "spec/commonMetadata/annotations")
			: NULL;
	const char *text = gm_yaml_text(a, prune);
	bool kept = text && !strcmp(text, "false");

	text = gm_yaml_text(a, gm_yaml_get(common, PRUNE));
	kept |= text && !strcmp(text, "disabled");
	for (size_t i = 0; i < u->kustomize.n; i++) {
		common = gm_yaml_get(u->kustomize.items[i]->doc->node,
				     "commonAnnotations");
		text = gm_yaml_text(a, gm_yaml_get(common, PRUNE));
		kept |= text && !strcmp(text, "disabled");
	}
	return kept;
}

/* The same for all that apply this one. */
static bool units_keep(const struct gm_lint *l, const struct gm_doc *d)
{
	bool any = false;

	for (size_t i = 0; i < l->m->units.n; i++) {
		const struct gm_unit *u = &l->m->units.items[i];
		size_t k = 0;

		while (k < u->docs.n && u->docs.items[k] != d)
			k++;
		if (k == u->docs.n)
			continue;
		if (!unit_keeps(l->m->arena, u))
			return false;
		any = true;
	}
	return any;
}

static void lint_prune(const struct gm_lint *l, const struct gm_doc *d)
{
	const char *text =
		gm_yaml_text(l->m->arena, gm_doc_annotation(d, PRUNE));

	if (!gm_doc_is(d, CNPG, "Backup") && !gm_doc_is(d, CNPG, "Cluster") &&
	    !gm_doc_is(d, "barmancloud.cnpg.io", "ObjectStore"))
		return;
	if (d->patch && !text)
		return;
	if ((!text || strcasecmp(text, "disabled") != 0) &&
	    (text || !units_keep(l, d)))
		gm_lint_at(l, GM_RULE_FLUX_R16, d,
			   gm_yaml_get(d->node, "metadata"),
			   "it would be deleted together with its manifest:"
			   " it is not annotated " PRUNE ": disabled");
}

/* --- R17 --- */

static void lint_scalar(const struct gm_lint *l, const struct gm_doc *d,
			const struct gm_yaml *n, const char *what)
{
	if (n && n->kind == GM_YAML_SCALAR && n->style == GM_YAML_PLAIN &&
	    gm_value_ambiguous(n->text))
		gm_lint_at(l, GM_RULE_FLUX_R17, d, n,
			   "%s is to be a string, and %.*s without quotes may"
			   " be something else",
			   what, (int)(n->text.len < 60 ? n->text.len : 60),
			   n->text.ptr);
}

static void lint_map(const struct gm_lint *l, const struct gm_doc *d,
		     const struct gm_yaml *map, const char *what)
{
	for (size_t i = 0; map && map->kind == GM_YAML_MAP && i < map->n; i++)
		lint_scalar(l, d, map->items[i], what);
}

/* Labels, annotations and env, wherever they are. */
static void lint_strings(const struct gm_lint *l, const struct gm_doc *d,
			 const struct gm_yaml *n)
{
	for (size_t i = 0; i < n->n; i++) {
		const struct gm_yaml *item = n->items[i];

		if (n->kind == GM_YAML_MAP) {
			struct gm_str key = n->keys[i]->text;

			if (gm_str_is(key, "labels") ||
			    gm_str_is(key, "matchLabels"))
				lint_map(l, d, item, "a label");
			else if (gm_str_is(key, "annotations"))
				lint_map(l, d, item, "an annotation");
			else if (gm_str_is(key, "env") &&
				 item->kind == GM_YAML_LIST)
				for (size_t k = 0; k < item->n; k++)
					lint_scalar(l, d,
						    gm_yaml_get(item->items[k],
								"value"),
						    "a variable");
		}
		if (item->kind != GM_YAML_SCALAR)
			lint_strings(l, d, item);
	}
}

static void lint_quotes(const struct gm_lint *l, const struct gm_doc *d)
{
	const struct gm_yaml *m = gm_yaml_get(d->node, "metadata");

	/* Files of other programs have types of their own. */
	if (!*d->api || !*d->kind)
		return;
	lint_strings(l, d, d->node);
	if (m)
		lint_scalar(l, d, gm_yaml_get(m, "name"), "a name");
	if (gm_doc_is(d, "", "ConfigMap"))
		lint_map(l, d, gm_yaml_get(d->node, "data"), "data");
}

/* --- R18 --- */

static void lint_name(const struct gm_lint *l, const struct gm_doc *d)
{
	const struct gm_yaml *name = gm_yaml_at(d->node, "metadata/name");
	bool cluster = gm_doc_is(d, CNPG, "Cluster");
	struct gm_err err = GM_ERR_INIT;

	if (!cluster && !gm_doc_is(d, "batch", "Job") &&
	    !gm_doc_is(d, CNPG, "Backup") &&
	    !gm_doc_is(d, "kustomize.toolkit.fluxcd.io", "Kustomization"))
		return;
	if (gm_object_name(d->kind, d->name,
			   cluster ? GM_CLUSTER_NAME_MAX : GM_NAME_MAX,
			   &err) < 0)
		gm_lint_at(l, GM_RULE_FLUX_R18, d, name, "%s",
			   gm_str_starts(gm_str(err.msg), GM_STR("R18: "))
				   ? err.msg + 5
				   : err.msg);
}

static size_t file_size(const struct gm_lint *l, const char *dir,
			const char *entry)
{
	const char *equals = strchr(entry, '=');
	const char *path =
		gm_path_clean(l->m->arena, dir, equals ? equals + 1 : entry);
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_str text;

	if (!path ||
	    gm_place_read(&text, l->m->arena, l->m->place, path, &ignored) <= 0)
		return 0;
	return text.len;
}

static void lint_generator(const struct gm_lint *l,
			   const struct gm_kustomize *k,
			   const struct gm_yaml *generator)
{
	const struct gm_yaml *files = gm_yaml_get(generator, "files");
	size_t total = 0;

	for (size_t i = 0; files && files->kind == GM_YAML_LIST && i < files->n;
	     i++) {
		const char *name = gm_yaml_text(l->m->arena, files->items[i]);

		if (name)
			total += strlen(name) + file_size(l, k->dir, name);
	}
	if (total > CONFIG_MAX)
		gm_lint_at(l, GM_RULE_FLUX_R18, k->doc, generator,
			   "a ConfigMap of %zu bytes; %zu fit into one", total,
			   CONFIG_MAX);
}

static void lint_generators(const struct gm_lint *l,
			    const struct gm_kustomize *k)
{
	const struct gm_yaml *list =
		gm_yaml_get(k->doc->node, "configMapGenerator");

	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++)
		lint_generator(l, k, list->items[i]);
}

/* --- R19 --- */

static void lint_backup(const struct gm_lint *l, const struct gm_doc *d)
{
	const char *method = gm_doc_text(l->m->arena, d, "spec/method");

	if ((*method || !d->patch) && strcmp(method, "plugin") != 0 &&
	    strcmp(method, "volumeSnapshot") != 0)
		gm_lint_at(l, GM_RULE_FLUX_R19, d,
			   gm_yaml_at(d->node, "spec/method"),
			   "its method is %s, which is going away; use plugin",
			   *method ? method : "barmanObjectStore by default");
}

static void lint_cluster(const struct gm_lint *l, const struct gm_doc *d)
{
	const struct gm_yaml *backup =
		gm_yaml_at(d->node, "spec/bootstrap/recovery/backup");
	const struct gm_yaml *store =
		gm_yaml_at(d->node, "spec/backup/barmanObjectStore");

	if (backup)
		gm_lint_at(l, GM_RULE_FLUX_R19, d, backup,
			   "recovery.backup does not find backups of a plugin;"
			   " name an external cluster with plugin");
	if (store)
		gm_lint_at(l, GM_RULE_FLUX_R19, d, store,
			   "barmanObjectStore is going away; use the plugin");
}

void gm_lint_objects(const struct gm_lint *l)
{
	for (size_t i = 0; i < l->m->docs.n; i++) {
		const struct gm_doc *d = &l->m->docs.items[i];

		lint_prune(l, d);
		lint_quotes(l, d);
		lint_name(l, d);
		if (gm_doc_is(d, CNPG, "Backup"))
			lint_backup(l, d);
		if (gm_doc_is(d, CNPG, "Cluster"))
			lint_cluster(l, d);
	}
	for (size_t i = 0; i < l->m->kustomize.n; i++)
		lint_generators(l, &l->m->kustomize.items[i]);
}
