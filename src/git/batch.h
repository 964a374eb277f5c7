/*
 * git/batch: many objects written as one.
 */
#ifndef GM_GIT_BATCH_H
#define GM_GIT_BATCH_H

#include "git/object.h"

/*
 * Between these two, what is written is kept in memory and cannot be read;
 * the second puts it into the repository, as one pack where it is much.  A
 * batch that was begun before and not ended is dropped.
 */
GM_MUST_CHECK
int gm_batch_begin(struct gm_repo *r, struct gm_err *err);
GM_MUST_CHECK
int gm_batch_end(struct gm_repo *r, struct gm_err *err);

#endif
