#include "rollout/update.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "git/patch.h"
#include "rollout/edit.h"
#include "rollout/manifests.h"

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

/* What a run of ours left that was cut off. */
static bool left_over(struct updater *u, const char *path, const char *name,
		      const struct gm_fileset *want,
		      const struct gm_owned *owned)
{
	size_t of = gm_file_temporary(name);
	const char *file = gm_strndup(u->arena, name, of);

	return of &&
	       (!strcmp(file, GM_OWNED_FILE) || gm_owned_find(owned, file) ||
		gm_fileset_find(want, gm_strndup(u->arena, path,
						 (size_t)(name - path) + of)));
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

		if (!strcmp(name, GM_OWNED_FILE) ||
		    gm_owned_find(owned, name) ||
		    gm_fileset_find(want, there.items[i]))
			continue;
		if (left_over(u, there.items[i], name, want, owned))
			change(u, there.items[i], GM_STR_NONE, false);
		else
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

/* A file with a list in it, which others may have written. */
struct index {
	struct gm_edit edit;
	bool there;
	struct gm_strings names; /* as they stand there */
};

static struct gm_yaml *document(const struct index *x)
{
	return x->edit.docs.n ? x->edit.docs.items[0] : NULL;
}

/* It may be an object of Flux, which is called the same. */
static int check_kind(const struct index *x, struct gm_arena *a,
		      struct gm_err *err)
{
	const struct gm_yaml *doc = document(x);
	const char *api = gm_yaml_text(a, gm_yaml_get(doc, "apiVersion"));

	if (!doc || (doc->kind == GM_YAML_MAP && x->edit.docs.n == 1 &&
		     (!api || !gm_str_starts(gm_str(api),
					     GM_STR("kustomize.toolkit.")))))
		return 0;
	gm_fail(err, GM_EINPUT, "this is no list of resources of kustomize");
	gm_fail_at(err, x->edit.path, doc->line, doc->column);
	return gm_hint(err, "Give it another name: the list of the migrations"
			    " that are under way has to be there.");
}

static int read_index(struct index *out, struct gm_arena *a,
		      const struct gm_place *p, const char *path,
		      struct gm_err *err)
{
	const struct gm_yaml *list;
	struct gm_str text = GM_STR("");
	int there = gm_place_read(&text, a, p, path, err);

	*out = (struct index){ .there = there > 0 };
	if (there < 0 || gm_edit_open(&out->edit, a, path, text, err) < 0 ||
	    check_kind(out, a, err) < 0)
		return -1;
	list = gm_yaml_get(document(out), "resources");
	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++) {
		const char *name = gm_yaml_text(a, list->items[i]);

		*GM_PUSH(a, &out->names) = name ? name : "";
	}
	return 0;
}

/* Does an entry name this directory, however it is spelt? */
static bool names_it(struct gm_arena *a, const char *entry, const char *name)
{
	const char *clean = gm_path_clean(a, "", entry);

	return clean && !strcmp(clean, name);
}

static bool listed(struct gm_arena *a, const struct gm_strings *entries,
		   const char *name)
{
	for (size_t i = 0; i < entries->n; i++)
		if (names_it(a, entries->items[i], name))
			return true;
	return false;
}

/* 1: nobody has changed it since we wrote it. */
static int is_ours(const struct index *x, struct gm_arena *a,
		   struct gm_err *err)
{
	struct gm_str ours;

	if (!x->there)
		return 1;
	if (write_list(&ours, a, &x->names, err) < 0)
		return -1;
	return gm_str_eq(x->edit.text, ours);
}

/* The list alone, as we write it. */
static int write_ours(struct updater *u, const struct index *x,
		      struct gm_strings *names)
{
	struct gm_str to;

	if (names->n)
		qsort(names->items, names->n, sizeof(*names->items), by_bytes);
	if (write_list(&to, u->arena, names, u->err) < 0)
		return -1;
	change(u, x->edit.path, to, !x->there);
	return 0;
}

/* Others have written in it: one entry after the other. */
static int add_entries(struct updater *u, struct index *x,
		       const struct gm_strings *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (gm_edit_push(&x->edit, document(x), "resources",
				 gm_yaml_string(u->arena, names->items[i]),
				 u->err) < 0)
			return -1;
	change(u, x->edit.path, x->edit.text, false);
	return 0;
}

/* Nothing but comments stands there: they stay on top. */
static int begin_list(struct updater *u, const struct index *x,
		      const struct gm_strings *names)
{
	struct gm_buf text = gm_buf(u->arena);
	struct gm_str list;

	if (write_list(&list, u->arena, names, u->err) < 0)
		return -1;
	gm_buf_str(&text, x->edit.text);
	if (text.len && text.ptr[text.len - 1] != '\n')
		gm_buf_putc(&text, '\n');
	gm_buf_str(&text, list);
	change(u, x->edit.path, gm_buf_view(&text), false);
	return 0;
}

int gm_update_index(struct gm_update *out, struct gm_arena *a,
		    const struct gm_place *p, const char *path,
		    const struct gm_strings *resources, struct gm_err *err)
{
	struct updater u = { out, a, p, false, err };
	struct gm_strings missing = { 0 };
	struct index x;
	int ours;

	if (read_index(&x, a, p, path, err) < 0)
		return -1;
	for (size_t i = 0; i < resources->n; i++)
		if (!listed(a, &x.names, resources->items[i]))
			*GM_PUSH(a, &missing) = resources->items[i];
	if (!missing.n && x.there)
		return 0;
	ours = is_ours(&x, a, err);
	if (ours < 0)
		return -1;
	if (!ours)
		return document(&x) ? add_entries(&u, &x, &missing)
				    : begin_list(&u, &x, &missing);
	for (size_t i = 0; i < missing.n; i++)
		*GM_PUSH(a, &x.names) = missing.items[i];
	return write_ours(&u, &x, &x.names);
}

/* One entry goes: 1; 0 when none is left that is to go. */
static int take_entry(struct index *x, struct gm_arena *a,
		      const struct gm_strings *resources, struct gm_err *err)
{
	struct gm_yaml *list = gm_yaml_get(document(x), "resources");

	for (size_t i = 0; list->kind == GM_YAML_LIST && i < list->n; i++) {
		const char *entry = gm_yaml_text(a, list->items[i]);

		for (size_t k = 0; entry && k < resources->n; k++) {
			if (!names_it(a, entry, resources->items[k]))
				continue;
			if ((list->n > 1 ? gm_edit_take(&x->edit, document(x),
							"resources", i, err)
					 : gm_edit_empty(&x->edit, document(x),
							 "resources", err)) < 0)
				return -1;
			return 1;
		}
	}
	return 0;
}

int gm_update_index_without(struct gm_update *out, struct gm_arena *a,
			    const struct gm_place *p, const char *path,
			    const struct gm_strings *resources,
			    struct gm_err *err)
{
	struct updater u = { out, a, p, false, err };
	struct gm_strings left = { 0 };
	struct index x;
	int more, ours;

	if (read_index(&x, a, p, path, err) < 0)
		return -1;
	for (size_t i = 0; i < x.names.n; i++) {
		size_t k = 0;

		while (k < resources->n &&
		       !names_it(a, x.names.items[i], resources->items[k]))
			k++;
		if (k == resources->n)
			*GM_PUSH(a, &left) = x.names.items[i];
	}
	if (left.n == x.names.n)
		return 0;
	ours = is_ours(&x, a, err);
	if (ours)
		return ours < 0 ? -1 : write_ours(&u, &x, &left);
	do
		more = take_entry(&x, a, resources, err);
	while (more > 0);
	if (!more)
		change(&u, path, x.edit.text, false);
	return more;
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
