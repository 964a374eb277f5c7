#include "rollout/manifests.h"

#include <string.h>

#include "base/glob.h"

/* Levels of directories that name each other. */
#define NESTED_MAX 32

bool gm_doc_is(const struct gm_doc *d, const char *group, const char *kind)
{
	size_t len = strlen(group);

	if (strcmp(d->kind, kind) != 0)
		return false;
	if (!len)
		return !strchr(d->api, '/');
	return !strncmp(d->api, group, len) && d->api[len] == '/';
}

const char *gm_doc_text(struct gm_arena *a, const struct gm_doc *d,
			const char *path)
{
	const char *text = gm_yaml_text(a, gm_yaml_at(d->node, path));

	return text ? text : "";
}

static const struct gm_yaml *metadata(const struct gm_doc *d, const char *map,
				      const char *name)
{
	const struct gm_yaml *m = gm_yaml_get(d->node, "metadata");

	return gm_yaml_get(m ? gm_yaml_get(m, map) : NULL, name);
}

const struct gm_yaml *gm_doc_annotation(const struct gm_doc *d,
					const char *name)
{
	return metadata(d, "annotations", name);
}

const struct gm_yaml *gm_doc_label(const struct gm_doc *d, const char *name)
{
	return metadata(d, "labels", name);
}

const char *gm_path_clean(struct gm_arena *a, const char *dir, const char *path)
{
	struct gm_str rest = gm_str(gm_printf(a, "%s/%s", dir, path)), part;
	struct gm_buf out = gm_buf(a);

	while (gm_str_split(&part, &rest, '/')) {
		char *slash;

		if (!part.len || gm_str_is(part, "."))
			continue;
		if (!gm_str_is(part, "..")) {
			if (out.len)
				gm_buf_putc(&out, '/');
			gm_buf_str(&out, part);
			continue;
		}
		if (!out.len)
			return NULL;
		slash = strrchr(out.ptr, '/');
		out.len = slash ? (size_t)(slash - out.ptr) : 0;
		out.ptr[out.len] = '\0';
	}
	return out.ptr;
}

static bool is_yaml(const char *path)
{
	return gm_str_ends(gm_str(path), GM_STR(".yaml")) ||
	       gm_str_ends(gm_str(path), GM_STR(".yml"));
}

static bool excluded(const struct gm_strings *exclude, const char *path)
{
	for (size_t i = 0; exclude && i < exclude->n; i++)
		if (gm_glob_match(gm_str(exclude->items[i]), gm_str(path)))
			return true;
	return false;
}

static const char *dir_of(struct gm_arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? gm_strndup(a, path, (size_t)(slash - path)) : "";
}

static bool is_list_name(const char *path)
{
	static const char *const names[] = { "kustomization.yaml",
					     "kustomization.yml",
					     "Kustomization" };
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; i < GM_COUNT(names); i++)
		if (!strcmp(slash ? slash + 1 : path, names[i]))
			return true;
	return false;
}

static void add_doc(struct gm_manifests *m, const char *path,
		    const struct gm_yaml *node)
{
	struct gm_doc *d;

	if (node->kind != GM_YAML_MAP)
		return;
	d = GM_PUSH(m->arena, &m->docs);
	*d = (struct gm_doc){ .path = path, .node = node };
	d->api = gm_doc_text(m->arena, d, "apiVersion");
	d->kind = gm_doc_text(m->arena, d, "kind");
	d->name = gm_doc_text(m->arena, d, "metadata/name");
	d->namespace_ = gm_doc_text(m->arena, d, "metadata/namespace");
}

static int read_file(struct gm_manifests *m, const char *path,
		     const char *holding, struct gm_err *err)
{
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_yaml_docs docs = { 0 };
	struct gm_str text;
	int there;

	there = gm_place_read(&text, m->arena, m->place, path, err);
	if (there <= 0)
		return there;
	if (holding && !memmem(text.ptr, text.len, holding, strlen(holding)))
		return 0;
	if (gm_yaml_read(&docs, m->arena, path, text,
			 holding ? &ignored : err) < 0)
		return holding ? 0
			       : gm_hint(err, "Leave it out with --exclude "
					      "when it is no"
					      " manifest.");
	for (size_t i = 0; i < docs.n; i++)
		add_doc(m, path, docs.items[i]);
	return 0;
}

/* Once all documents are where they stay. */
static void find_lists(struct gm_manifests *m)
{
	for (size_t i = 0; i < m->docs.n; i++) {
		const struct gm_doc *d = &m->docs.items[i];

		if (is_list_name(d->path) &&
		    strncmp(d->api, "kustomize.toolkit", 17) != 0)
			*GM_PUSH(m->arena, &m->kustomize) =
				(struct gm_kustomize){ d, dir_of(m->arena,
								 d->path) };
	}
}

static const struct gm_kustomize *list_in(const struct gm_manifests *m,
					  const char *dir)
{
	for (size_t i = 0; i < m->kustomize.n; i++)
		if (!strcmp(m->kustomize.items[i].dir, dir))
			return &m->kustomize.items[i];
	return NULL;
}

static bool below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !len || (!strncmp(path, dir, len) && path[len] == '/');
}

static void take(struct gm_manifests *m, struct gm_unit *u,
		 const struct gm_doc *d)
{
	*GM_PUSH(m->arena, &u->docs) = d;
}

static void take_file(struct gm_manifests *m, struct gm_unit *u,
		      const char *path)
{
	for (size_t i = 0; i < m->docs.n; i++)
		if (!strcmp(m->docs.items[i].path, path))
			take(m, u, &m->docs.items[i]);
}

static void take_dir(struct gm_manifests *m, struct gm_unit *u, const char *dir,
		     int depth)
{
	static const char *const keys[] = { "resources", "components",
					    "bases" };
	const struct gm_kustomize *list = list_in(m, dir);

	if (depth > NESTED_MAX)
		return;
	if (!list) {
		/* Flux takes all there is. */
		for (size_t i = 0; i < m->docs.n; i++)
			if (below(m->docs.items[i].path, dir))
				take(m, u, &m->docs.items[i]);
		return;
	}
	*GM_PUSH(m->arena, &u->kustomize) = list;
	for (size_t k = 0; k < GM_COUNT(keys); k++) {
		const struct gm_yaml *names =
			gm_yaml_get(list->doc->node, keys[k]);

		for (size_t i = 0;
		     names && names->kind == GM_YAML_LIST && i < names->n;
		     i++) {
			const char *name =
				gm_yaml_text(m->arena, names->items[i]);
			const char *path =
				name && !strstr(name, "://")
					? gm_path_clean(m->arena, dir, name)
					: NULL;

			if (path && is_yaml(path))
				take_file(m, u, path);
			else if (path)
				take_dir(m, u, path, depth + 1);
		}
	}
}

static bool is_stage_kind(const struct gm_doc *d)
{
	return gm_doc_is(d, "batch", "Job") ||
	       gm_doc_is(d, "postgresql.cnpg.io", "Backup");
}

static void fill_unit(struct gm_manifests *m, struct gm_unit *u)
{
	for (size_t i = 0; i < m->files.n; i++)
		u->exists |= below(m->files.items[i], u->dir);
	take_dir(m, u, u->dir, 0);
	u->stage = u->flux && gm_doc_label(u->flux, "git-migrate.dev/stage");
	for (size_t i = 0; i < u->docs.n; i++)
		u->stage |= is_stage_kind(u->docs.items[i]);
}

static bool is_used(const struct gm_manifests *m, const struct gm_kustomize *k)
{
	for (size_t i = 0; i < m->units.n; i++)
		for (size_t n = 0; n < m->units.items[i].kustomize.n; n++)
			if (m->units.items[i].kustomize.items[n] == k)
				return true;
	return false;
}

static void find_units(struct gm_manifests *m)
{
	for (size_t i = 0; i < m->docs.n; i++) {
		const struct gm_doc *d = &m->docs.items[i];
		struct gm_unit *u;
		const char *dir;

		if (!gm_doc_is(d, "kustomize.toolkit.fluxcd.io",
			       "Kustomization"))
			continue;
		dir = gm_path_clean(m->arena, "",
				    gm_doc_text(m->arena, d, "spec/path"));
		u = GM_PUSH(m->arena, &m->units);
		u->flux = d;
		u->dir = dir ? dir : "..";
		fill_unit(m, u);
	}
	/* The outermost of the lists that no object of Flux leads to. */
	for (size_t i = 0; i < m->kustomize.n; i++) {
		struct gm_unit u = { .dir = m->kustomize.items[i].dir };

		if (is_used(m, &m->kustomize.items[i]))
			continue;
		fill_unit(m, &u);
		*GM_PUSH(m->arena, &m->units) = u;
	}
}

int gm_manifests_read(struct gm_manifests *out, struct gm_arena *a,
		      const struct gm_place *place,
		      const struct gm_manifests_options *options,
		      struct gm_err *err)
{
	static const struct gm_manifests_options none;
	const struct gm_manifests_options *o = options ? options : &none;
	struct gm_manifests m = { .arena = a, .place = place };

	if (gm_place_list(&m.files, a, place, "", err) < 0)
		return -1;
	for (size_t i = 0; i < m.files.n; i++)
		if (is_yaml(m.files.items[i]) &&
		    !excluded(o->exclude, m.files.items[i]) &&
		    read_file(&m, m.files.items[i], o->holding, err) < 0)
			return -1;
	find_lists(&m);
	find_units(&m);
	*out = m;
	return 0;
}
