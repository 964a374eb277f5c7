/*
 * git/index: what is staged.
 */
#ifndef GM_GIT_INDEX_H
#define GM_GIT_INDEX_H

#include "git/object.h"

/*
 * Write the index (GIT_INDEX_FILE honoured) as a tree into the object
 * database.  Fails with GM_EGIT while it holds conflicts.
 */
GM_MUST_CHECK
int gm_index_tree(struct gm_oid *out, struct gm_repo *r, struct gm_err *err);

#endif
