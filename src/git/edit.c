#include "git/lib.h"

#include <stdlib.h>
#include <string.h>

struct editor {
	struct gm_repo *r;
	const struct gm_file **changes; /* all, in component order */
};

/* Byte order, but that "/" comes first: what is below a path follows it. */
static int by_component(const void *a, const void *b)
{
	struct gm_str one = (*(const struct gm_file *const *)a)->path;
	struct gm_str two = (*(const struct gm_file *const *)b)->path;
	size_t n = one.len < two.len ? one.len : two.len;

	for (size_t i = 0; i < n; i++) {
		int c = one.ptr[i] == '/' ? 0 : (unsigned char)one.ptr[i];
		int d = two.ptr[i] == '/' ? 0 : (unsigned char)two.ptr[i];

		if (c != d)
			return c - d;
	}
	return one.len < two.len ? -1 : one.len > two.len;
}

static int edit_dir(struct gm_oid *out, size_t *left, struct editor *e,
		    const struct gm_oid *base, size_t from, size_t to,
		    size_t skip, struct gm_err *err);

static struct gm_str component(const struct gm_file *f, size_t skip)
{
	struct gm_str rest = gm_str_sub(f->path, skip, f->path.len);

	return gm_str_sub(rest, 0, gm_str_find(rest, '/'));
}

static struct gm_entry *find(struct gm_entries *list, struct gm_str name)
{
	for (size_t i = 0; i < list->n; i++)
		if (gm_str_eq(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

static void drop(struct gm_entries *list, struct gm_entry *entry)
{
	size_t at = (size_t)(entry - list->items);

	memmove(entry, entry + 1, (list->n - at - 1) * sizeof(*entry));
	list->n--;
}

/* The file of that very name. */
static void put_leaf(struct gm_entries *list, struct gm_arena *a,
		     const struct gm_file *f, struct gm_str name)
{
	struct gm_entry *entry = find(list, name);

	if (f->mode == GM_MODE_NONE) {
		if (entry)
			drop(list, entry);
		return;
	}
	if (!entry)
		entry = GM_PUSH(a, list);
	entry->name = name;
	entry->mode = f->mode;
	entry->oid = f->oid;
}

/* Changes [from, to) are below directory `name`. */
static int put_below(struct gm_entries *list, struct gm_arena *a,
		     struct editor *e, size_t from, size_t to, size_t skip,
		     struct gm_str name, struct gm_err *err)
{
	struct gm_entry *entry = find(list, name);
	struct gm_oid base = { { 0 } }, tree;
	size_t left;

	if (entry && entry->mode == GM_MODE_TREE)
		base = entry->oid;
	if (edit_dir(&tree, &left, e, &base, from, to, skip + name.len + 1,
		     err) < 0)
		return -1;
	if (!left) {
		if (entry && entry->mode == GM_MODE_TREE)
			drop(list, entry);
		return 0;
	}
	if (!entry)
		entry = GM_PUSH(a, list);
	entry->name = name;
	entry->mode = GM_MODE_TREE;
	entry->oid = tree;
	return 0;
}

static int conflict(const struct gm_file *f, struct gm_err *err)
{
	return gm_fail(err, GM_EINPUT, "two changes of one tree meet at '%.*s'",
		       (int)f->path.len, f->path.ptr);
}

/* All changes in [from, to) that go through entry `name`. */
static int put_group(struct gm_entries *list, struct gm_arena *a,
		     struct editor *e, size_t from, size_t to, size_t skip,
		     struct gm_err *err)
{
	const struct gm_file *first = e->changes[from];
	struct gm_str name = component(first, skip);

	if (first->path.len == skip + name.len) {
		put_leaf(list, a, first, name);
		from++;
		if (from < to &&
		    (first->mode != GM_MODE_NONE ||
		     e->changes[from]->path.len == first->path.len))
			return conflict(first, err);
	}
	if (from == to)
		return 0;
	return put_below(list, a, e, from, to, skip, name, err);
}

static int edit_dir(struct gm_oid *out, size_t *left, struct editor *e,
		    const struct gm_oid *base, size_t from, size_t to,
		    size_t skip, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_entries list = { 0 };

	if (!gm_oid_is_zero(base) && gm_tree_read(&list, &a, e->r, base, err))
		return -1;
	while (from < to) {
		struct gm_str name = component(e->changes[from], skip);
		size_t end = from + 1;

		while (end < to &&
		       gm_str_eq(component(e->changes[end], skip), name))
			end++;
		if (put_group(&list, &a, e, from, end, skip, err) < 0)
			return -1;
		from = end;
	}
	*left = list.n;
	/* Directories that end up empty are not kept; an empty root is. */
	if (!list.n && skip)
		return 0;
	return gm_tree_write(out, e->r, &list, err);
}

static bool depth_ok(struct gm_str path)
{
	int depth = 0;

	for (size_t i = 0; i < path.len; i++)
		depth += path.ptr[i] == '/';
	return depth < GM_TREE_DEPTH;
}

int gm_tree_edit(struct gm_oid *out, struct gm_repo *r,
		 const struct gm_oid *base, const struct gm_files *changes,
		 struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct editor e = { .r = r };
	size_t left;

	if (gm_repo_may_write(r, err) < 0)
		return -1;
	e.changes = gm_alloc_n(&a, changes->n, sizeof(struct gm_file *));
	for (size_t i = 0; i < changes->n; i++) {
		e.changes[i] = &changes->items[i];
		if (!depth_ok(changes->items[i].path))
			return gm_fail(err, GM_ELIMIT,
				       "directories nest deeper than %d levels",
				       GM_TREE_DEPTH);
	}
	qsort(e.changes, changes->n, sizeof(struct gm_file *), by_component);
	return edit_dir(out, &left, &e, base, 0, changes->n, 0, err);
}
