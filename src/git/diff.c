#include "git/diff.h"

#include "git/lib.h"

#include <string.h>

#define ENTRIES_MAX ((size_t)16 * GM_DIFF_MAX)

struct differ {
	struct gm_changes changes;
	struct gm_arena *a;
	const struct gm_repo *r;
	size_t seen; /* tree entries */
};

/* One side of a comparison: a tree being read, and its next entry. */
struct side {
	struct gm_tree_reader reader;
	struct gm_entry entry;
	bool there; /* `entry` is one */
};

static int diff_dirs(struct differ *d, const struct gm_oid *old,
		     const struct gm_oid *new_, struct gm_str above, int depth,
		     struct gm_err *err);

static int advance(struct differ *d, struct side *s, struct gm_err *err)
{
	int more = gm_tree_next(&s->entry, &s->reader, err);

	s->there = more > 0;
	if (more > 0 && d->seen++ >= ENTRIES_MAX)
		return gm_fail(err, GM_ELIMIT,
			       "more than %zu tree entries to compare",
			       ENTRIES_MAX);
	return more < 0 ? -1 : 0;
}

static int open_side(struct differ *d, struct side *s, struct gm_arena *a,
		     const struct gm_oid *tree, struct gm_err *err)
{
	s->there = false;
	s->reader.tree = tree;
	s->reader.rest = GM_STR_NONE;
	if (gm_oid_is_zero(tree))
		return 0;
	return gm_tree_open(&s->reader, a, d->r, tree, err);
}

/* How many bytes both begin with. */
static size_t common(struct gm_str a, struct gm_str b)
{
	size_t max = a.len < b.len ? a.len : b.len, n = 0;

	while (n + 64 <= max && !memcmp(a.ptr + n, b.ptr + n, 64))
		n += 64;
	while (n < max && a.ptr[n] == b.ptr[n])
		n++;
	return n;
}

/*
 * Take the entries off that both trees begin with.  They are checked in one
 * tree, and hold in the other.
 */
static int skip_common(struct differ *d, struct side *old, struct side *new_,
		       struct gm_err *err)
{
	struct gm_str rest = new_->reader.rest;
	size_t left = common(old->reader.rest, rest);
	const struct gm_oid *tree;

	if (!left)
		return 0;
	for (;;) {
		size_t len = gm_str_find(rest, '\0') + 1 + GM_OID_SIZE;

		if (len > left)
			break;
		if (advance(d, old, err) < 0)
			return -1;
		rest = gm_str_sub(rest, len, rest.len);
		left -= len;
	}
	tree = new_->reader.tree;
	new_->reader = old->reader;
	new_->reader.tree = tree;
	new_->reader.rest = rest;
	return 0;
}

static int emit(struct differ *d, const struct gm_entry *old,
		const struct gm_entry *new_, struct gm_str above,
		struct gm_err *err)
{
	struct gm_change *c;
	struct gm_str path;

	if (d->changes.n >= GM_DIFF_MAX)
		return gm_fail(err, GM_ELIMIT, "more than %d changed files",
			       GM_DIFF_MAX);
	if (gm_tree_join(&path, d->a, above, old ? old->name : new_->name,
			 err) < 0)
		return -1;
	c = GM_PUSH(d->a, &d->changes);
	c->path = path;
	if (old) {
		c->old_oid = old->oid;
		c->old_mode = old->mode;
	}
	if (new_) {
		c->new_oid = new_->oid;
		c->new_mode = new_->mode;
	}
	return 0;
}

/* Either side may be NULL; both have one name and are of one kind. */
static int compare(struct differ *d, const struct gm_entry *old,
		   const struct gm_entry *new_, struct gm_str above, int depth,
		   struct gm_err *err)
{
	static const struct gm_oid none;
	const struct gm_entry *any = old ? old : new_;
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_str path;

	if (old && new_ && old->mode == new_->mode &&
	    gm_oid_eq(&old->oid, &new_->oid))
		return 0;
	if (any->mode != GM_MODE_TREE)
		return emit(d, old, new_, above, err);
	if (gm_tree_join(&path, &a, above, any->name, err) < 0)
		return -1;
	return diff_dirs(d, old ? &old->oid : &none, new_ ? &new_->oid : &none,
			 path, depth + 1, err);
}

static int diff_next(struct differ *d, struct side *old, struct side *new_,
		     struct gm_str above, int depth, struct gm_err *err)
{
	int order = !new_->there ? -1 : !old->there ? 1 : 0;

	if (!order)
		order = gm_tree_order(
			old->entry.name, old->entry.mode == GM_MODE_TREE,
			new_->entry.name, new_->entry.mode == GM_MODE_TREE);
	if (compare(d, order <= 0 ? &old->entry : NULL,
		    order >= 0 ? &new_->entry : NULL, above, depth, err) < 0)
		return -1;
	if (order <= 0 && advance(d, old, err) < 0)
		return -1;
	return order >= 0 ? advance(d, new_, err) : 0;
}

static int diff_dirs(struct differ *d, const struct gm_oid *old,
		     const struct gm_oid *new_, struct gm_str above, int depth,
		     struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct side sides[2];

	if (gm_oid_eq(old, new_))
		return 0;
	if (depth > GM_TREE_DEPTH)
		return gm_fail(err, GM_ELIMIT,
			       "directories nest deeper than %d levels",
			       GM_TREE_DEPTH);
	if (open_side(d, &sides[0], &a, old, err) < 0 ||
	    open_side(d, &sides[1], &a, new_, err) < 0 ||
	    skip_common(d, &sides[0], &sides[1], err) < 0 ||
	    advance(d, &sides[0], err) < 0 || advance(d, &sides[1], err) < 0)
		return -1;
	while (sides[0].there || sides[1].there)
		if (diff_next(d, &sides[0], &sides[1], above, depth, err) < 0)
			return -1;
	return 0;
}

int gm_diff_trees(struct gm_changes *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_oid *old,
		  const struct gm_oid *new_, struct gm_err *err)
{
	struct differ d = { .a = a, .r = r };

	if (diff_dirs(&d, old, new_, GM_STR_NONE, 1, err) < 0)
		return -1;
	*out = d.changes;
	return 0;
}

/* Keep those changes whose path is in the other list, too. */
static void intersect(struct gm_changes *list, const struct gm_changes *other)
{
	size_t kept = 0, at = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct gm_str path = list->items[i].path;

		while (at < other->n &&
		       gm_str_cmp(other->items[at].path, path) < 0)
			at++;
		if (at < other->n && gm_str_eq(other->items[at].path, path))
			list->items[kept++] = list->items[i];
	}
	list->n = kept;
}

static int diff_parent(struct gm_changes *out, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_commit *c,
		       size_t parent, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_commit_links links;

	if (gm_commit_links(&links, &scratch, r, &c->parents[parent], err) < 0)
		return -1;
	return gm_diff_trees(out, a, r, &links.tree, &c->tree, err);
}

int gm_diff_commit(struct gm_changes *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_commit *c,
		   struct gm_err *err)
{
	static const struct gm_oid none;
	struct gm_changes list, more;

	if (!c->n_parents)
		return gm_diff_trees(out, a, r, &none, &c->tree, err);
	if (c->n_parents > GM_DIFF_PARENTS)
		return gm_fail(err, GM_ELIMIT, "a commit with %zu parents",
			       c->n_parents);
	if (diff_parent(&list, a, r, c, 0, err) < 0)
		return -1;
	for (size_t i = 1; i < c->n_parents && list.n; i++) {
		GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;

		if (diff_parent(&more, &scratch, r, c, i, err) < 0)
			return -1;
		intersect(&list, &more);
	}
	*out = list;
	return 0;
}
