#include "git/ref.h"

#include "git/lib.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>

#define SYMREF_DEPTH 5

int gm_ref_get(struct gm_oid *out, const struct gm_repo *r, const char *name,
	       struct gm_err *err)
{
	git_oid id;
	int rc = git_reference_name_to_id(&id, r->lib, name);

	if (rc == GIT_ENOTFOUND)
		return 0;
	if (rc < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot read ref '%s'", name);
	*out = gm_oid_of(&id);
	return 1;
}

int gm_ref_symbolic(const char **target, struct gm_arena *a,
		    const struct gm_repo *r, const char *name,
		    struct gm_err *err)
{
	git_reference *ref;
	int rc = git_reference_lookup(&ref, r->lib, name);

	if (rc == GIT_ENOTFOUND)
		return 0;
	if (rc < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot read ref '%s'", name);
	rc = git_reference_type(ref) == GIT_REFERENCE_SYMBOLIC;
	if (rc)
		*target = gm_strdup(a, git_reference_symbolic_target(ref));
	git_reference_free(ref);
	return rc;
}

static int raced(struct gm_err *err, const char *name, int rc)
{
	if (rc == GIT_ELOCKED) {
		gm_fail(err, GM_ERACE, "ref '%s' is locked", name);
		return gm_hint(err,
			       "Another git process holds it; if none runs any "
			       "more, remove %s.lock in the git directory.",
			       name);
	}
	gm_fail(err, GM_ERACE, "ref '%s' was changed at the same time", name);
	return gm_hint(err, "Look at its new value and try again.");
}

/* The ref that `name` leads to when it is symbolic. */
static int follow(const char **name, struct gm_arena *a,
		  const struct gm_repo *r, struct gm_err *err)
{
	const char *first = *name;
	int symbolic = 1;

	for (int i = 0; symbolic && i <= SYMREF_DEPTH; i++) {
		symbolic = gm_ref_symbolic(name, a, r, *name, err);
		if (symbolic < 0)
			return -1;
	}
	if (symbolic)
		return gm_fail(err, GM_EGIT, "symbolic ref '%s' goes too deep",
			       first);
	return 0;
}

int gm_ref_swap(struct gm_repo *r, const char *name, const struct gm_oid *from,
		const struct gm_oid *to, const char *message,
		struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	git_oid old = gm_lib_oid(from), new_ = gm_lib_oid(to);
	git_reference *ref = NULL;
	int rc;

	if (gm_repo_may_write(r, err) < 0 || follow(&name, &a, r, err) < 0)
		return -1;
	if (gm_object_kind(r, to) == GM_OBJECT_NONE)
		return gm_fail(
			err, GM_EGIT,
			"cannot point '%s' at an object that is not there",
			name);
	/* Forced: else "does not exist" is asked before the lock is held. */
	rc = git_reference_create_matching(&ref, r->lib, name, &new_, 1, &old,
					   message);
	git_reference_free(ref);
	if (rc == GIT_EMODIFIED || rc == GIT_ELOCKED || rc == GIT_ENOTFOUND)
		return raced(err, name, rc);
	if (rc < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot write ref '%s'", name);
	return 0;
}

static bool component_valid(struct gm_str c)
{
	if (!c.len || c.ptr[0] == '.' || gm_str_ends(c, GM_STR(".lock")))
		return false;
	for (size_t i = 0; i < c.len; i++) {
		unsigned char byte = (unsigned char)c.ptr[i];
		bool last = i + 1 == c.len;

		if (byte <= ' ' || byte == 0x7f || strchr("~^:?*[\\", byte))
			return false;
		if (!last && byte == '.' && c.ptr[i + 1] == '.')
			return false;
		if (!last && byte == '@' && c.ptr[i + 1] == '{')
			return false;
	}
	return true;
}

bool gm_ref_valid(struct gm_str name)
{
	struct gm_str part, rest = name;

	if (!gm_str_starts(name, GM_STR("refs/")) ||
	    gm_str_ends(name, GM_STR("/")) || gm_str_ends(name, GM_STR(".")))
		return false;
	while (gm_str_split(&part, &rest, '/'))
		if (!component_valid(part))
			return false;
	return true;
}

int gm_ref_head(const char **out, struct gm_arena *a, const struct gm_repo *r,
		struct gm_err *err)
{
	const char *target = NULL;

	if (gm_ref_symbolic(&target, a, r, "HEAD", err) < 0)
		return -1;
	*out = target;
	return 0;
}

int gm_ref_upstream(const char **out, struct gm_arena *a,
		    const struct gm_repo *r, struct gm_err *err)
{
	git_buf name = { 0 };
	const char *branch;
	int rc;

	if (gm_ref_head(&branch, a, r, err) < 0)
		return -1;
	rc = branch ? git_branch_upstream_name(&name, r->lib, branch)
		    : GIT_ENOTFOUND;
	if (rc < 0 && rc != GIT_ENOTFOUND)
		return gm_lib_fail(err, GM_EGIT,
				   "cannot find the upstream of '%s'", branch);
	*out = rc < 0 ? NULL : gm_strdup(a, name.ptr);
	git_buf_dispose(&name);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct gm_ref *one = a, *two = b;

	return strcmp(one->name, two->name);
}

static int open_list(git_reference_iterator **out, const struct gm_repo *r,
		     const char *prefix)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	/* A glob lets libgit2 skip other directories of refs. */
	if (!*prefix || prefix[strcspn(prefix, "*?[\\")])
		return git_reference_iterator_new(out, r->lib);
	return git_reference_iterator_glob_new(out, r->lib,
					       gm_printf(&a, "%s*", prefix));
}

int gm_ref_list(struct gm_refs *out, struct gm_arena *a,
		const struct gm_repo *r, const char *prefix, struct gm_err *err)
{
	git_reference_iterator *it;
	git_reference *ref;
	struct gm_refs list = { 0 };
	int rc = open_list(&it, r, prefix);

	if (rc < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot list refs");
	while (!(rc = git_reference_next(&ref, it))) {
		const char *name = git_reference_name(ref);
		const git_oid *id = git_reference_target(ref);

		if (id && gm_str_starts(gm_str(name), gm_str(prefix))) {
			struct gm_ref *item = GM_PUSH(a, &list);

			item->name = gm_strdup(a, name);
			item->oid = gm_oid_of(id);
		}
		git_reference_free(ref);
	}
	git_reference_iterator_free(it);
	if (rc != GIT_ITEROVER)
		return gm_lib_fail(err, GM_EGIT, "cannot list refs");
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), by_name);
	*out = list;
	return 0;
}
