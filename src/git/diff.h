/*
 * git/diff: which paths differ between trees.
 *
 * Raw tree comparison: no rename detection, no attributes, no filters.  Every
 * path is judged for itself, so nothing can hide in a similarity score.
 */
#ifndef GM_GIT_DIFF_H
#define GM_GIT_DIFF_H

#include "git/object.h"

struct gm_change {
	struct gm_str path;
	struct gm_oid old_oid, new_oid; /* zero: absent on that side */
	unsigned old_mode, new_mode;    /* GM_MODE_NONE: absent */
};

struct gm_changes {
	struct gm_change *items;
	size_t n, cap;
};

/*
 * No diff yields more paths than this, nor looks at more than sixteen times
 * as many tree entries; past it, GM_ELIMIT.  Eight small trees can list a
 * million paths (threat 35).
 */
#define GM_DIFF_MAX 250000
/* The most parents of a commit that is compared with them; GM_ELIMIT. */
#define GM_DIFF_PARENTS 256

/*
 * All paths (of files, not of directories) that differ between two root
 * trees, sorted by path bytes.  A zero oid is the empty tree.  A file that
 * became a directory is one deletion and its new files.
 */
GM_MUST_CHECK
int gm_diff_trees(struct gm_changes *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_oid *old,
		  const struct gm_oid *new_, struct gm_err *err);

/*
 * What commit `c` itself brings: against its parent; for a root commit
 * against the empty tree; for a merge the paths whose entry differs from that
 * of every parent (old side: the first parent's).  Threats 10 to 12.
 */
GM_MUST_CHECK
int gm_diff_commit(struct gm_changes *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_commit *c,
		   struct gm_err *err);

#endif
