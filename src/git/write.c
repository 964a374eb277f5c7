#include "git/lib.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

int gm_repo_may_write(const struct gm_repo *r, struct gm_err *err)
{
	if (!r->quarantine)
		return 0;
	/* libgit2 would, and leave refs to objects git then throws away. */
	return gm_fail(err, GM_EGIT,
		       "nothing is written while a push is being judged");
}

static int write_object(struct gm_oid *out, struct gm_repo *r,
			struct gm_str content, git_object_t type,
			struct gm_err *err)
{
	git_oid id;

	if (gm_repo_may_write(r, err) < 0)
		return -1;
	if (!content.ptr)
		content.ptr = "";
	if (r->batch)
		gm_batch_add(&id, r->batch, content, type);
	else if (git_odb_write(&id, r->odb, content.ptr, content.len, type) < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot write a %s",
				   git_object_type2string(type));
	*out = gm_oid_of(&id);
	return 0;
}

int gm_blob_write(struct gm_oid *out, struct gm_repo *r, struct gm_str content,
		  struct gm_err *err)
{
	return write_object(out, r, content, GIT_OBJECT_BLOB, err);
}

static int by_tree_order(const void *a, const void *b)
{
	const struct gm_entry *one = a, *two = b;

	return gm_tree_order(one->name, one->mode == GM_MODE_TREE, two->name,
			     two->mode == GM_MODE_TREE);
}

/* What we would refuse to read we do not write. */
static int check_tree(struct gm_str raw, struct gm_err *err)
{
	static const struct gm_oid none;
	struct gm_tree_reader reader = { .tree = &none, .rest = raw };
	struct gm_entry entry;
	int more;

	while ((more = gm_tree_next(&entry, &reader, err)) > 0)
		;
	if (more < 0) {
		err->code = GM_EINPUT;
		return gm_fail_in(err, "cannot write a tree");
	}
	return 0;
}

int gm_tree_write(struct gm_oid *out, struct gm_repo *r,
		  const struct gm_entries *entries, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_entry *sorted = gm_alloc_n(&a, entries->n, sizeof(*sorted));
	struct gm_buf raw = gm_buf(&a);

	if (entries->n) {
		memcpy(sorted, entries->items, entries->n * sizeof(*sorted));
		qsort(sorted, entries->n, sizeof(*sorted), by_tree_order);
	}
	for (size_t i = 0; i < entries->n; i++) {
		gm_buf_printf(&raw, "%o ", sorted[i].mode);
		gm_buf_str(&raw, sorted[i].name);
		gm_buf_putc(&raw, '\0');
		gm_buf_add(&raw, sorted[i].oid.id, GM_OID_SIZE);
	}
	if (check_tree(gm_buf_view(&raw), err) < 0)
		return -1;
	return write_object(out, r, gm_buf_view(&raw), GIT_OBJECT_TREE, err);
}

static bool clean(const char *s)
{
	return !s[strcspn(s, "<>\n")];
}

static int add_person(struct gm_buf *raw, const char *key,
		      const struct gm_person *p, struct gm_err *err)
{
	int minutes = p->offset < 0 ? -p->offset : p->offset;

	if (!p->name || !p->email || !clean(p->name) || !clean(p->email))
		return gm_fail(err, GM_EINPUT, "cannot write a commit: bad %s",
			       key);
	gm_buf_printf(raw, "%s %s <%s> %lld %c%02d%02d\n", key, p->name,
		      p->email, (long long)p->time, p->offset < 0 ? '-' : '+',
		      minutes / 60, minutes % 60);
	return 0;
}

int gm_commit_write(struct gm_oid *out, struct gm_repo *r,
		    const struct gm_commit *c, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_buf raw = gm_buf(&a);

	gm_buf_printf(&raw, "tree %s\n", gm_oid_hex(&a, &c->tree));
	for (size_t i = 0; i < c->n_parents; i++)
		gm_buf_printf(&raw, "parent %s\n",
			      gm_oid_hex(&a, &c->parents[i]));
	if (add_person(&raw, "author", &c->author, err) < 0 ||
	    add_person(&raw, "committer", &c->committer, err) < 0)
		return -1;
	if (c->encoding) {
		if (!clean(c->encoding))
			return gm_fail(err, GM_EINPUT,
				       "cannot write a commit: bad encoding");
		gm_buf_printf(&raw, "encoding %s\n", c->encoding);
	}
	gm_buf_putc(&raw, '\n');
	gm_buf_str(&raw, c->message);
	return write_object(out, r, gm_buf_view(&raw), GIT_OBJECT_COMMIT, err);
}
