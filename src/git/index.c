#include "git/index.h"

#include "git/lib.h"

#include <stdlib.h>
#include <string.h>

static int open_index(git_index **out, const struct gm_repo *r,
		      struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *path = getenv("GIT_INDEX_FILE");

	if (!path || !*path)
		path = gm_printf(&a, "%s/index", r->gitdir);
	else if (*path != '/')
		path = gm_printf(&a, "%s/%s",
				 r->worktree ? r->worktree : r->base, path);
	if (!git_index_open(out, path))
		return 0;
	gm_lib_fail(err, GM_EGIT, "cannot read the index '%s'", path);
	if (strstr(err->msg, "mandatory extension"))
		return gm_hint(err, "Write it in the plain format: git "
				    "update-index --no-split-index; git "
				    "sparse-checkout reapply "
				    "--no-sparse-index.");
	return -1;
}

static int conflicted(git_index *index, struct gm_err *err)
{
	for (size_t i = 0; i < git_index_entrycount(index); i++) {
		const git_index_entry *e = git_index_get_byindex(index, i);

		if (!GIT_INDEX_ENTRY_STAGE(e))
			continue;
		gm_fail(err, GM_EGIT, "the index holds a conflict in '%s'",
			e->path);
		return gm_hint(err, "Resolve it and git add the result.");
	}
	return 0;
}

/* `git add -N` only promises a file: git leaves it out of the tree. */
static int drop_intended(git_index *index, struct gm_err *err)
{
	for (size_t i = git_index_entrycount(index); i--;) {
		const git_index_entry *e = git_index_get_byindex(index, i);

		if (!(e->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD))
			continue;
		if (git_index_remove(index, e->path, 0) < 0)
			return gm_lib_fail(err, GM_EGIT,
					   "cannot prepare the index");
	}
	return 0;
}

int gm_index_tree(struct gm_oid *out, struct gm_repo *r, struct gm_err *err)
{
	git_index *index;
	git_oid id;
	int rc;

	if (gm_repo_may_write(r, err) < 0 || open_index(&index, r, err) < 0)
		return -1;
	rc = conflicted(index, err);
	if (!rc)
		rc = drop_intended(index, err);
	if (!rc && git_index_write_tree_to(&id, index, r->lib) < 0)
		rc = gm_lib_fail(err, GM_EGIT,
				 "cannot write the index as a tree");
	git_index_free(index);
	if (!rc)
		*out = gm_oid_of(&id);
	return rc;
}
