#include "rollout/update.h"

#include <stdlib.h>
#include <string.h>

#include "git/patch.h"
#include "rollout/yaml.h"

struct updater {
	struct gm_update *out;
	struct gm_arena *arena;
	const struct gm_place *place;
	bool force;
	struct gm_err *err;
};

static void change(struct updater *u, const char *path, struct gm_str content,
		   bool is_new)
{
	*GM_PUSH(u->arena, u->out) =
		(struct gm_update_change){ path, content, is_new };
}

static void refuse_foreign(struct updater *u, const char *path)
{
	*GM_PUSH(u->arena, &u->out->refused) =
		(struct gm_update_refusal){ .path = path, .foreign = true };
}

static int refuse_edited(struct updater *u, const char *path, struct gm_str is,
			 struct gm_str to)
{
	struct gm_update_refusal refusal = { .path = path };

	if (gm_patch_text(&refusal.diff, u->arena, path, is, to, u->err) < 0)
		return -1;
	*GM_PUSH(u->arena, &u->out->refused) = refusal;
	return 0;
}

/* Is it as we wrote it? */
static bool untouched(const struct gm_owned *owned, const char *name,
		      struct gm_str is)
{
	const char *was = gm_owned_find(owned, name);
	char hex[GM_SHA256_HEX + 1];

	gm_sha256_hex(hex, is);
	return was && !strcmp(was, hex);
}

/* `to` without ptr: it is to go. */
static int settle(struct updater *u, const struct gm_owned *owned,
		  const char *name, const char *path, struct gm_str to)
{
	struct gm_str is;
	int there = gm_place_read(&is, u->arena, u->place, path, u->err);

	if (there < 0)
		return -1;
	if (!there) {
		if (to.ptr)
			change(u, path, to, true);
		return 0;
	}
	if (to.ptr && gm_str_eq(is, to))
		return 0;
	if (untouched(owned, name, is) ||
	    (u->force && gm_owned_find(owned, name))) {
		change(u, path, to, false);
		return 0;
	}
	if (gm_owned_find(owned, name))
		return refuse_edited(u, path, is, to);
	refuse_foreign(u, path);
	return 0;
}

/* What lies there and is neither wanted nor was written by us. */
static int find_foreign(struct updater *u, const char *dir,
			const struct gm_fileset *want,
			const struct gm_owned *owned)
{
	struct gm_strings there;

	if (gm_place_list(&there, u->arena, u->place, dir, u->err) < 0)
		return -1;
	for (size_t i = 0; i < there.n; i++) {
		const char *name = there.items[i] + strlen(dir) + 1;

		if (strcmp(name, GM_OWNED_FILE) != 0 &&
		    !gm_owned_find(owned, name) &&
		    !gm_fileset_find(want, there.items[i]))
			refuse_foreign(u, there.items[i]);
	}
	return 0;
}

int gm_update_dir(struct gm_update *out, struct gm_arena *a,
		  const struct gm_place *p, const char *dir,
		  const struct gm_fileset *want, const struct gm_owned *owned,
		  bool force, struct gm_err *err)
{
	struct updater u = { out, a, p, force, err };

	for (size_t i = 0; i < want->n; i++) {
		const struct gm_fileset_file *f = &want->items[i];

		/* The list of what is ours changes with each of our changes. */
		if (!strcmp(f->path + strlen(dir) + 1, GM_OWNED_FILE))
			continue;
		if (settle(&u, owned, f->path + strlen(dir) + 1, f->path,
			   f->content) < 0)
			return -1;
	}
	for (size_t i = 0; i < owned->n; i++) {
		const char *path =
			gm_printf(a, "%s/%s", dir, owned->items[i].path);

		if (!gm_fileset_find(want, path) &&
		    settle(&u, owned, owned->items[i].path, path, GM_STR_NONE) <
			    0)
			return -1;
	}
	return find_foreign(&u, dir, want, owned);
}

/* --- the list of resources --- */

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool listed(const struct gm_strings *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i], name))
			return true;
	return false;
}

static int write_list(struct gm_str *out, struct gm_arena *a,
		      const struct gm_strings *names, struct gm_err *err)
{
	struct gm_yaml *doc = gm_yaml_map(a), *list = gm_yaml_list(a);
	struct gm_buf text = gm_buf(a);

	for (size_t i = 0; i < names->n; i++)
		gm_yaml_push(a, list, gm_yaml_string(a, names->items[i]));
	gm_yaml_set(a, doc, "apiVersion",
		    gm_yaml_string(a, "kustomize.config.k8s.io/v1beta1"));
	gm_yaml_set(a, doc, "kind", gm_yaml_string(a, "Kustomization"));
	gm_yaml_set(a, doc, "resources", list);
	gm_buf_puts(&text, "# The migrations that are under way here; git "
			   "migrate emit adds to it.\n");
	if (gm_yaml_write(&text, doc, err) < 0)
		return -1;
	*out = gm_buf_view(&text);
	return 0;
}

static int read_list(struct gm_strings *out, struct gm_arena *a,
		     const char *path, struct gm_str text, struct gm_err *err)
{
	struct gm_yaml_docs docs = { 0 };
	const struct gm_yaml *list;

	if (gm_yaml_read(&docs, a, path, text, err) < 0)
		return -1;
	list = docs.n ? gm_yaml_get(docs.items[0], "resources") : NULL;
	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++) {
		const char *name = gm_yaml_text(a, list->items[i]);

		if (name && !listed(out, name))
			*GM_PUSH(a, out) = name;
	}
	return 0;
}

/* Write the list that is wanted over the one that is there. */
static int write_index(struct updater *u, const char *path, int there,
		       struct gm_str is, const struct gm_strings *had,
		       struct gm_strings *names)
{
	struct gm_str ours = GM_STR_NONE, to;

	if (names->n)
		qsort(names->items, names->n, sizeof(*names->items), by_bytes);
	if ((there && write_list(&ours, u->arena, had, u->err) < 0) ||
	    write_list(&to, u->arena, names, u->err) < 0)
		return -1;
	/* Made by us, it looks like this; else it was written by hand. */
	if (there && !gm_str_eq(is, ours) && !u->force)
		return refuse_edited(u, path, is, to);
	change(u, path, to, !there);
	return 0;
}

int gm_update_index(struct gm_update *out, struct gm_arena *a,
		    const struct gm_place *p, const char *path,
		    const struct gm_strings *resources, bool force,
		    struct gm_err *err)
{
	struct updater u = { out, a, p, force, err };
	struct gm_strings had = { 0 }, names = { 0 };
	struct gm_str is = GM_STR_NONE;
	int there = gm_place_read(&is, a, p, path, err);

	if (there < 0 || (there && read_list(&had, a, path, is, err) < 0))
		return -1;
	for (size_t i = 0; i < had.n; i++)
		*GM_PUSH(a, &names) = had.items[i];
	for (size_t i = 0; i < resources->n; i++)
		if (!listed(&names, resources->items[i]))
			*GM_PUSH(a, &names) = resources->items[i];
	if (names.n == had.n && there)
		return 0;
	return write_index(&u, path, there, is, &had, &names);
}

int gm_update_index_without(struct gm_update *out, struct gm_arena *a,
			    const struct gm_place *p, const char *path,
			    const struct gm_strings *resources, bool force,
			    struct gm_err *err)
{
	struct updater u = { out, a, p, force, err };
	struct gm_strings had = { 0 }, names = { 0 };
	struct gm_str is = GM_STR_NONE;
	int there = gm_place_read(&is, a, p, path, err);

	if (there <= 0)
		return there;
	if (read_list(&had, a, path, is, err) < 0)
		return -1;
	for (size_t i = 0; i < had.n; i++)
		if (!listed(resources, had.items[i]))
			*GM_PUSH(a, &names) = had.items[i];
	if (names.n == had.n)
		return 0;
	return write_index(&u, path, there, is, &had, &names);
}

/* --- doing it --- */

static int by_path(const void *a, const void *b)
{
	const struct gm_update_change *one = a, *two = b;

	return strcmp(one->path, two->path);
}

void gm_update_sort(struct gm_update *u)
{
	if (u->n)
		qsort(u->items, u->n, sizeof(*u->items), by_path);
}

static bool tells_owned(const char *path)
{
	return gm_str_ends(gm_str(path), GM_STR("/" GM_OWNED_FILE));
}

static int write_some(const struct gm_update *u, const struct gm_place *p,
		      bool owned, struct gm_err *err)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct gm_update_change *c = &u->items[i];

		if (tells_owned(c->path) != owned)
			continue;
		if ((c->content.ptr
			     ? gm_place_write(p, c->path, c->content, err)
			     : gm_place_remove(p, c->path, err)) < 0)
			return -1;
	}
	return 0;
}

/*
 * What tells of the others goes last: whatever is cut off before then, the
 * next run finds files that are as it wants them, or as they were.
 */
int gm_update_write(const struct gm_update *u, const struct gm_place *p,
		    struct gm_err *err)
{
	if (write_some(u, p, false, err) < 0)
		return -1;
	return write_some(u, p, true, err);
}

int gm_update_tree(struct gm_oid *out, struct gm_arena *a,
		   const struct gm_update *u, const struct gm_place *p,
		   struct gm_err *err)
{
	struct gm_files files = { 0 };

	for (size_t i = 0; i < u->n; i++) {
		const struct gm_update_change *c = &u->items[i];
		struct gm_file *f = GM_PUSH(a, &files);

		f->path = gm_str(c->path);
		f->mode = c->content.ptr ? GM_MODE_FILE : GM_MODE_NONE;
		if (c->content.ptr &&
		    gm_blob_write(&f->oid, p->repo, c->content, err) < 0)
			return -1;
	}
	return gm_tree_edit(out, p->repo, &p->tree, &files, err);
}
