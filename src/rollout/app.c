#include "rollout/app.h"

#include <string.h>

#include "policy/value.h"
#include "rollout/manifests.h"

/* Levels of directories that name each other. */
#define NESTED_MAX 32

struct reader {
	struct gm_arena *arena;
	const struct gm_place *place;
	const char *kind, *name;
	struct gm_app *out;
	struct gm_err *err;
};

static void add_once(struct gm_arena *a, struct gm_strings *to,
		     const char *text)
{
	for (size_t i = 0; i < to->n; i++)
		if (!strcmp(to->items[i], text))
			return;
	*GM_PUSH(a, to) = text;
}

static void take_object(struct reader *r, const struct gm_yaml *doc)
{
	const char *kind = gm_yaml_text(r->arena, gm_yaml_get(doc, "kind"));
	const char *name =
		gm_yaml_text(r->arena, gm_yaml_at(doc, "metadata/name"));

	if (!kind || !name || gm_value_kind(gm_str(kind)) ||
	    gm_value_label(gm_str(name)))
		return;
	if (!strcmp(kind, "Secret"))
		r->out->secrets = true;
	if (strcmp(kind, r->kind) != 0)
		add_once(r->arena, &r->out->kinds, kind);
	else if (strcmp(name, r->name) != 0)
		add_once(r->arena, &r->out->others, name);
}

/* 1; 0 for what is not there, or no YAML. */
static int read_docs(struct gm_yaml_docs *docs, struct reader *r,
		     const char *path)
{
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_str text;
	int there = gm_place_read(&text, r->arena, r->place, path, r->err);

	*docs = (struct gm_yaml_docs){ 0 };
	if (there <= 0)
		return there;
	return gm_yaml_read(docs, r->arena, path, text, &ignored) < 0 ? 0 : 1;
}

static int read_dir(struct reader *r, const char *dir, int depth);

static int read_entry(struct reader *r, const char *dir, const char *entry,
		      int depth)
{
	const char *path = gm_path_clean(r->arena, dir, entry);
	struct gm_yaml_docs docs;

	if (!path || strstr(entry, "://"))
		return 0;
	if (!gm_yaml_named(path))
		return read_dir(r, path, depth + 1);
	if (read_docs(&docs, r, path) < 0)
		return -1;
	docs = gm_yaml_objects(r->arena, &docs);
	for (size_t i = 0; i < docs.n; i++)
		take_object(r, docs.items[i]);
	return 0;
}

static int read_list(struct reader *r, const char *dir,
		     const struct gm_yaml *doc, int depth)
{
	static const char *const keys[] = { "resources", "components",
					    "bases" };
	const struct gm_yaml *list = gm_yaml_get(doc, "secretGenerator");

	r->out->found = true;
	r->out->secrets |= list && list->n;
	for (size_t k = 0; k < GM_COUNT(keys); k++) {
		list = gm_yaml_get(doc, keys[k]);
		for (size_t i = 0;
		     list && list->kind == GM_YAML_LIST && i < list->n; i++) {
			const char *entry =
				gm_yaml_text(r->arena, list->items[i]);

			if (entry && read_entry(r, dir, entry, depth) < 0)
				return -1;
		}
	}
	return 0;
}

static int read_dir(struct reader *r, const char *dir, int depth)
{
	static const char *const names[] = { "kustomization.yaml",
					     "kustomization.yml",
					     "Kustomization" };

	if (depth > NESTED_MAX)
		return 0;
	for (size_t i = 0; i < GM_COUNT(names); i++) {
		struct gm_yaml_docs docs;
		int there = read_docs(&docs, r,
				      gm_path_clean(r->arena, dir, names[i]));

		if (there < 0)
			return -1;
		if (there && docs.n)
			return read_list(r, dir, docs.items[0], depth);
	}
	return 0;
}

int gm_app_read(struct gm_app *out, struct gm_arena *a,
		const struct gm_place *place, const char *dir, const char *kind,
		const char *name, struct gm_err *err)
{
	struct reader r = { a, place, kind, name, out, err };

	*out = (struct gm_app){ 0 };
	return read_dir(&r, dir, 0);
}
