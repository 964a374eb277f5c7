#include "migration/set.h"

#include <stdlib.h>

#include "base/near.h"

#define FILES_MAX 1000000
#define DEPTH_MAX 64

/* Names of directories in which migrations are looked for. */
static const char *const names[] = { "migrations", "migration", "migrate" };
/* Other people's code. */
static const char *const skipped[] = { "node_modules", "vendor" };

struct settler {
	struct gm_arena *a;
	const struct gm_repo *r;
	const struct gm_oid *tree;
	size_t seen; /* entries of directories looked through */
	struct gm_roots roots;
};

struct paths {
	struct gm_str *items;
	size_t n, cap;
};

static bool is_one_of(struct gm_str name, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (gm_str_is(name, words[i]))
			return true;
	return false;
}

/* "" for ".", and no slash at the end. */
static struct gm_str normal(struct gm_str path)
{
	while (path.len && path.ptr[path.len - 1] == '/')
		path.len--;
	return gm_str_is(path, ".") ? GM_STR("") : path;
}

static struct gm_str parent(struct gm_str path)
{
	while (path.len && path.ptr[path.len - 1] != '/')
		path.len--;
	return normal(path);
}

static void add_root(struct settler *s, struct gm_str path,
		     const struct gm_layout *layout)
{
	struct gm_root *root = GM_PUSH(s->a, &s->roots);

	root->path = (struct gm_str){ gm_str_dup(s->a, path), path.len };
	root->layout = layout;
	root->arena = s->a;
}

/* Is there a diesel.toml in `dir`?  1, 0, -1. */
static int has_diesel(struct settler *s, struct gm_str dir, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_entry entry;
	const char *path =
		gm_printf(&a, "%.*s%sdiesel.toml", (int)dir.len,
			  dir.ptr ? dir.ptr : "", dir.len ? "/" : "");

	return gm_tree_find(&entry, &a, s->r, s->tree, gm_str(path), err);
}

/* `directory` and `diesel` look the same: a file beside them decides. */
static int decide_diesel(const struct gm_layout **layout, struct settler *s,
			 struct gm_str dir, struct gm_err *err)
{
	int found;

	if (*layout != gm_layout_find(GM_STR("directory")))
		return 0;
	found = has_diesel(s, GM_STR(""), err);
	if (!found)
		found = has_diesel(s, parent(dir), err);
	if (found > 0)
		*layout = gm_layout_find(GM_STR("diesel"));
	return found < 0 ? -1 : 0;
}

/* The layout of a directory: NULL in `*out` when no file is known. */
static int detect(const struct gm_layout **out, struct settler *s,
		  struct gm_str dir, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	size_t skip = dir.len ? dir.len + 1 : 0;
	struct gm_files files = { 0 };
	struct paths paths = { 0 };
	const char *why;

	if (gm_tree_files(&files, &a, s->r, s->tree, dir, FILES_MAX, err) < 0)
		return gm_fail_in(err, "'%s'", gm_str_dup(&a, dir));
	for (size_t i = 0; i < files.n; i++) {
		struct gm_str path = files.items[i].path;

		path = gm_str_sub(path, skip, path.len);
		if (gm_layout_known(path))
			*GM_PUSH(&a, &paths) = path;
	}
	*out = gm_layout_detect(&why, &a, paths.items, paths.n);
	if (*out)
		return decide_diesel(out, s, dir, err);
	if (!paths.n)
		return 0;
	gm_fail(err, GM_EINPUT, "%s: %s",
		dir.len ? gm_str_dup(&a, dir) : "the root directory", why);
	return gm_hint(err, "Keep one layout in a directory, or name it under"
			    " 'migrations' in the policy.");
}

static int unknown_layout(const struct gm_root_spec *spec, struct gm_err *err)
{
	const char *known[16], *near;
	size_t n = 0;

	for (; n < GM_COUNT(known) && gm_layouts[n].name; n++)
		known[n] = gm_layouts[n].name;
	near = gm_near(gm_str(spec->layout), known, n);
	gm_fail(err, GM_EPOLICY, "unknown layout '%s' for '%s'", spec->layout,
		spec->path);
	if (near)
		return gm_hint(err, "Write '%s', if that is meant.", near);
	return gm_hint(err, "git-migrate(1) lists the layouts; 'auto' looks"
			    " for one.");
}

static int settle_spec(struct settler *s, const struct gm_root_spec *spec,
		       struct gm_err *err)
{
	struct gm_str path = normal(gm_str(spec->path));
	const struct gm_layout *layout;

	if (!gm_str_is(gm_str(spec->layout), "auto")) {
		layout = gm_layout_find(gm_str(spec->layout));
		if (!layout)
			return unknown_layout(spec, err);
	} else {
		if (detect(&layout, s, path, err) < 0)
			return -1;
		if (!layout) {
			layout = gm_layout_find(GM_STR("directory"));
			if (decide_diesel(&layout, s, path, err) < 0)
				return -1;
		}
	}
	add_root(s, path, layout);
	return 0;
}

/* --- looking for them --- */

static int look_in(struct settler *s, const struct gm_oid *dir,
		   struct gm_str path, int depth, struct gm_err *err);

static int look_at(struct settler *s, const struct gm_entry *entry,
		   struct gm_str above, int depth, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const struct gm_layout *layout = NULL;
	struct gm_str path;

	if (entry->mode != GM_MODE_TREE || entry->name.ptr[0] == '.' ||
	    is_one_of(entry->name, skipped, GM_COUNT(skipped)))
		return 0;
	path = gm_str(gm_printf(
		&a, "%.*s%s%.*s", (int)above.len, above.ptr ? above.ptr : "",
		above.len ? "/" : "", (int)entry->name.len, entry->name.ptr));
	if (is_one_of(entry->name, names, GM_COUNT(names)) &&
	    detect(&layout, s, path, err) < 0)
		return -1;
	if (!layout)
		return look_in(s, &entry->oid, path, depth + 1, err);
	add_root(s, path, layout);
	return 0;
}

static int look_in(struct settler *s, const struct gm_oid *dir,
		   struct gm_str path, int depth, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_entries entries = { 0 };

	if (depth > DEPTH_MAX)
		return gm_fail(err, GM_ELIMIT,
			       "directories nest deeper than %d levels",
			       DEPTH_MAX);
	if (gm_tree_read(&entries, &a, s->r, dir, err) < 0)
		return -1;
	s->seen += entries.n;
	if (s->seen > FILES_MAX)
		return gm_fail(err, GM_ELIMIT,
			       "more than %d files and directories to look"
			       " through for migrations",
			       FILES_MAX);
	for (size_t i = 0; i < entries.n; i++)
		if (look_at(s, &entries.items[i], path, depth, err) < 0)
			return -1;
	return 0;
}

static size_t depth_of(struct gm_str path)
{
	size_t depth = 0;

	for (size_t i = 0; i < path.len; i++)
		depth += path.ptr[i] == '/';
	return depth;
}

/* What lies nearest to the root comes first. */
static int compare_roots(const void *x, const void *y)
{
	const struct gm_root *one = x, *two = y;
	size_t depth = depth_of(one->path), other = depth_of(two->path);

	if (depth != other)
		return depth < other ? -1 : 1;
	return gm_str_cmp(one->path, two->path);
}

static int look(struct settler *s, struct gm_err *err)
{
	const struct gm_root_spec usual = { "migrations", "auto" };

	if (look_in(s, s->tree, GM_STR(""), 1, err) < 0)
		return -1;
	if (!s->roots.n)
		return settle_spec(s, &usual, err);
	qsort(s->roots.items, s->roots.n, sizeof(*s->roots.items),
	      compare_roots);
	return 0;
}

int gm_roots_settle(struct gm_roots *out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *tree,
		    const struct gm_root_spec *specs, size_t n_specs,
		    struct gm_err *err)
{
	struct settler s = { .a = a, .r = r, .tree = tree };

	if (!n_specs && look(&s, err) < 0)
		return -1;
	for (size_t i = 0; i < n_specs; i++)
		if (settle_spec(&s, &specs[i], err) < 0)
			return -1;
	*out = s.roots;
	return 0;
}

/* --- paths --- */

static bool holds(const struct gm_root *root, struct gm_str path)
{
	return !root->path.len ||
	       (path.len > root->path.len && path.ptr[root->path.len] == '/' &&
		gm_str_starts(path, root->path));
}

const struct gm_root *gm_roots_match(struct gm_unit_path *unit,
				     const struct gm_roots *roots,
				     struct gm_str path)
{
	for (size_t i = 0; i < roots->n; i++) {
		const struct gm_root *root = &roots->items[i];
		size_t skip = root->path.len ? root->path.len + 1 : 0;

		if (!holds(root, path) ||
		    !root->layout->match(unit,
					 gm_str_sub(path, skip, path.len)))
			continue;
		if (root->layout->unit_id && root->arena)
			unit->id = root->layout->unit_id(root->arena, unit);
		return root;
	}
	return NULL;
}

bool gm_roots_hold(const struct gm_roots *roots, struct gm_str path)
{
	for (size_t i = 0; i < roots->n; i++)
		if (holds(&roots->items[i], path) ||
		    gm_str_eq(roots->items[i].path, path))
			return true;
	return false;
}
