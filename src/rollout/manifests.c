#include "rollout/manifests.h"

#include <stdlib.h>
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

const char *gm_resource_name(struct gm_arena *a, const char *kind)
{
	struct gm_buf out = gm_buf(a);
	struct gm_str name;

	for (; *kind; kind++)
		gm_buf_putc(&out, *kind >= 'A' && *kind <= 'Z'
					  ? (char)(*kind + 32)
					  : *kind);
	name = gm_buf_view(&out);
	if (gm_str_ends(name, GM_STR("y")) &&
	    !gm_str_ends(name, GM_STR("ay")) &&
	    !gm_str_ends(name, GM_STR("ey")))
		return gm_printf(a, "%.*sies", (int)name.len - 1, name.ptr);
	return gm_printf(a, "%s%s", name.ptr,
			 gm_str_ends(name, GM_STR("s")) ||
					 gm_str_ends(name, GM_STR("x")) ||
					 gm_str_ends(name, GM_STR("ch"))
				 ? "es"
				 : "s");
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

static const struct gm_yaml *items_of(const struct gm_yaml *node)
{
	const struct gm_yaml *kind = gm_yaml_get(node, "kind");
	const struct gm_yaml *items = gm_yaml_get(node, "items");

	return kind && kind->kind == GM_YAML_SCALAR &&
			       gm_str_ends(kind->text, GM_STR("List")) &&
			       items && items->kind == GM_YAML_LIST
		       ? items
		       : NULL;
}

static void add_objects(struct gm_yaml_docs *out, struct gm_arena *a,
			struct gm_yaml *node)
{
	const struct gm_yaml *items = items_of(node);

	for (size_t i = 0; items && i < items->n; i++)
		add_objects(out, a, items->items[i]);
	if (!items && node->kind == GM_YAML_MAP)
		*GM_PUSH(a, out) = node;
}

struct gm_yaml_docs gm_yaml_objects(struct gm_arena *a,
				    const struct gm_yaml_docs *docs)
{
	struct gm_yaml_docs objects = { 0 };

	for (size_t i = 0; i < docs->n; i++)
		add_objects(&objects, a, docs->items[i]);
	return objects;
}

static void add_doc(struct gm_manifests *m, const char *path,
		    const struct gm_yaml *node)
{
	struct gm_doc *d = GM_PUSH(m->arena, &m->docs);

	*d = (struct gm_doc){ .path = path, .node = node };
	d->api = gm_doc_text(m->arena, d, "apiVersion");
	d->kind = gm_doc_text(m->arena, d, "kind");
	d->name = gm_doc_text(m->arena, d, "metadata/name");
	d->namespace_ = gm_doc_text(m->arena, d, "metadata/namespace");
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_file(const struct gm_manifests *m, const char *path)
{
	return m->files.n && bsearch(&path, m->files.items, m->files.n,
				     sizeof(*m->files.items), by_bytes);
}

/* A template of Helm, which only looks like YAML. */
static bool in_chart(const struct gm_manifests *m, const char *path)
{
	static const char templates[] = "/templates/";

	for (const char *s = strstr(path, templates); s;
	     s = strstr(s + 1, templates))
		if (is_file(m, gm_printf(m->arena, "%.*s/Chart.yaml",
					 (int)(s - path), path)))
			return true;
	return false;
}

/* A fault of the file is told and passed over. */
static int cannot_read(struct gm_manifests *m, const char *path,
		       const struct gm_err *why, struct gm_err *err)
{
	if (why->code != GM_EINPUT) {
		*err = *why;
		return -1;
	}
	*GM_PUSH(m->arena, &m->unread) =
		(struct gm_unread){ path, gm_strdup(m->arena, why->msg),
				    why->line, why->column };
	return 0;
}

static int read_file(struct gm_manifests *m, const char *path,
		     const char *holding, struct gm_err *err)
{
	struct gm_err why = GM_ERR_INIT;
	struct gm_yaml_docs docs = { 0 };
	struct gm_str text;
	int there;

	there = gm_place_read(&text, m->arena, m->place, path, &why);
	if (there < 0)
		return cannot_read(m, path, &why, err);
	if (!there ||
	    (holding && !memmem(text.ptr, text.len, holding, strlen(holding))))
		return 0;
	if (gm_yaml_read(&docs, m->arena, path, text, &why) < 0)
		return holding || in_chart(m, path)
			       ? 0
			       : cannot_read(m, path, &why, err);
	docs = gm_yaml_objects(m->arena, &docs);
	for (size_t i = 0; i < docs.n; i++)
		add_doc(m, path, docs.items[i]);
	return 0;
}

/* Once all documents are where they stay. */
static void find_lists(struct gm_manifests *m)
{
	m->kustomize.n = 0;
	for (size_t i = 0; i < m->docs.n; i++) {
		const struct gm_doc *d = &m->docs.items[i];

		if (is_list_name(d->path) &&
		    strncmp(d->api, "kustomize.toolkit", 17) != 0)
			*GM_PUSH(m->arena, &m->kustomize) =
				(struct gm_kustomize){ d, dir_of(m->arena,
								 d->path) };
	}
}

/* What an entry of a list names, as a path; NULL: nothing of this place. */
static const char *named(const struct gm_manifests *m,
			 const struct gm_kustomize *list,
			 const struct gm_yaml *entry)
{
	const char *name = gm_yaml_text(m->arena, entry);

	return name && !strstr(name, "://")
		       ? gm_path_clean(m->arena, list->dir, name)
		       : NULL;
}

/* Lists may name files that do not look like YAML: JSON is, too. */
static int read_named(struct gm_manifests *m,
		      const struct gm_manifests_options *o, struct gm_err *err)
{
	struct gm_map seen = gm_map(m->arena);

	for (size_t i = 0; i < m->kustomize.n; i++) {
		const struct gm_kustomize *k = &m->kustomize.items[i];
		const struct gm_yaml *names =
			gm_yaml_get(k->doc->node, "resources");

		for (size_t n = 0;
		     names && names->kind == GM_YAML_LIST && n < names->n;
		     n++) {
			const char *path = named(m, k, names->items[n]);

			if (!path || gm_yaml_named(path) ||
			    is_list_name(path) || !is_file(m, path) ||
			    excluded(o->exclude, path) ||
			    gm_map_get(&seen, gm_str(path)))
				continue;
			gm_map_set(&seen, gm_str(path), &seen);
			if (read_file(m, path, o->holding, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct gm_doc *one = a, *two = b;
	int order = strcmp(one->path, two->path);

	if (order)
		return order;
	if (one->node->line != two->node->line)
		return one->node->line < two->node->line ? -1 : 1;
	return one->node->column < two->node->column ? -1 : 1;
}

/* The first document behind all those of files before this one. */
static size_t first_of(const struct gm_manifests *m, const char *path)
{
	size_t from = 0, to = m->docs.n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (strcmp(m->docs.items[middle].path, path) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Files of patches: what stands there is only a part of an object. */
static void mark_patches(struct gm_manifests *m, const struct gm_kustomize *k,
			 const char *key)
{
	const struct gm_yaml *list = gm_yaml_get(k->doc->node, key);

	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++) {
		const struct gm_yaml *path =
			gm_yaml_get(list->items[i], "path");
		const char *file = named(m, k, path ? path : list->items[i]);

		for (size_t d = file ? first_of(m, file) : m->docs.n;
		     d < m->docs.n && !strcmp(m->docs.items[d].path, file); d++)
			m->docs.items[d].patch = true;
	}
}

static const struct gm_kustomize *list_in(const struct gm_manifests *m,
					  const char *dir)
{
	return gm_map_get(&m->lists, gm_str(dir));
}

static bool below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !len || (!strncmp(path, dir, len) && path[len] == '/');
}

/* On the way through directories that name each other. */
struct walk {
	struct gm_manifests *m;
	struct gm_unit *u;
	struct gm_map seen; /* paths of files and directories */
};

/* The first time that this is come by? */
static bool is_new(struct walk *w, const char *path)
{
	if (gm_map_get(&w->seen, gm_str(path)))
		return false;
	gm_map_set(&w->seen, gm_str(path), w);
	return true;
}

static void take_dir(struct walk *w, const char *dir, int depth);

static void take_file(struct walk *w, const char *path)
{
	struct gm_manifests *m = w->m;

	if (!is_new(w, path))
		return;
	for (size_t i = first_of(m, path);
	     i < m->docs.n && !strcmp(m->docs.items[i].path, path); i++)
		*GM_PUSH(m->arena, &w->u->docs) = &m->docs.items[i];
}

/* The outermost directory below `dir` on the way to `path` that has a list. */
static const char *list_above(struct walk *w, const char *dir, const char *path)
{
	size_t len = strlen(dir);

	for (const char *s = strchr(path + len + (len > 0), '/'); s;
	     s = strchr(s + 1, '/')) {
		const char *inner =
			gm_strndup(w->m->arena, path, (size_t)(s - path));

		if (list_in(w->m, inner))
			return inner;
	}
	return NULL;
}

/* Where there is no list Flux makes one: of all files, and all lists. */
static void take_all(struct walk *w, const char *dir, int depth)
{
	const char *start = *dir ? gm_printf(w->m->arena, "%s/", dir) : "";

	for (size_t i = first_of(w->m, start);
	     i < w->m->docs.n && below(w->m->docs.items[i].path, dir); i++) {
		const struct gm_doc *d = &w->m->docs.items[i];
		const char *inner = list_above(w, dir, d->path);

		if (inner)
			take_dir(w, inner, depth + 1);
		else if (gm_yaml_named(d->path))
			*GM_PUSH(w->m->arena, &w->u->docs) = d;
	}
}

static void take_dir(struct walk *w, const char *dir, int depth)
{
	static const char *const keys[] = { "resources", "components",
					    "bases" };
	const struct gm_kustomize *list = list_in(w->m, dir);

	if (depth > NESTED_MAX ||
	    !is_new(w, gm_printf(w->m->arena, "%s/", dir)))
		return;
	if (!list) {
		take_all(w, dir, depth);
		return;
	}
	*GM_PUSH(w->m->arena, &w->u->kustomize) = list;
	for (size_t k = 0; k < GM_COUNT(keys); k++) {
		const struct gm_yaml *names =
			gm_yaml_get(list->doc->node, keys[k]);

		for (size_t i = 0;
		     names && names->kind == GM_YAML_LIST && i < names->n;
		     i++) {
			const char *path = named(w->m, list, names->items[i]);

			if (path &&
			    (gm_yaml_named(path) || is_file(w->m, path)))
				take_file(w, path);
			else if (path)
				take_dir(w, path, depth + 1);
		}
	}
}

static bool is_stage_kind(const struct gm_doc *d)
{
	return gm_doc_is(d, "batch", "Job") ||
	       gm_doc_is(d, "postgresql.cnpg.io", "Backup");
}

/* Is there a file below the directory? */
static bool is_dir(const struct gm_manifests *m, const char *dir)
{
	const char *start = *dir ? gm_printf(m->arena, "%s/", dir) : "";
	size_t from = 0, to = m->files.n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (strcmp(m->files.items[middle], start) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < m->files.n && below(m->files.items[from], dir);
}

static void fill_unit(struct gm_manifests *m, struct gm_unit *u)
{
	struct walk w = { m, u, gm_map(m->arena) };

	u->exists = is_dir(m, u->dir);
	take_dir(&w, u->dir, 0);
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

		if (d->patch || !gm_doc_is(d, "kustomize.toolkit.fluxcd.io",
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

/* Once all units are where they stay. */
static void find_names(struct gm_manifests *m)
{
	m->by_name = gm_map(m->arena);
	for (size_t i = m->units.n; i-- > 0;) {
		struct gm_unit *u = &m->units.items[i];
		struct gm_str name;

		if (!u->flux)
			continue;
		name = gm_str(u->flux->name);
		u->namesake = gm_map_get(&m->by_name, name);
		gm_map_set(&m->by_name, name, u);
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
		if ((gm_yaml_named(m.files.items[i]) ||
		     is_list_name(m.files.items[i])) &&
		    !excluded(o->exclude, m.files.items[i]) &&
		    read_file(&m, m.files.items[i], o->holding, err) < 0)
			return -1;
	find_lists(&m);
	if (read_named(&m, o, err) < 0)
		return -1;
	if (m.docs.n)
		qsort(m.docs.items, m.docs.n, sizeof(*m.docs.items), by_place);
	find_lists(&m);
	m.lists = gm_map(a);
	for (size_t i = m.kustomize.n; i-- > 0;)
		gm_map_set(&m.lists, gm_str(m.kustomize.items[i].dir),
			   &m.kustomize.items[i]);
	for (size_t i = 0; i < m.kustomize.n; i++) {
		mark_patches(&m, &m.kustomize.items[i], "patches");
		mark_patches(&m, &m.kustomize.items[i],
			     "patchesStrategicMerge");
	}
	find_units(&m);
	find_names(&m);
	*out = m;
	return 0;
}
