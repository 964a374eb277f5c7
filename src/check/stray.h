/*
 * check/stray: trailers that stand where no trailer is read: elsewhere in the
 * message, or in another commit.
 */
#ifndef GM_CHECK_STRAY_H
#define GM_CHECK_STRAY_H

#include "check/judge.h"

/*
 * What an author was asked for, the trailer `key`, may stand elsewhere in the
 * message: a forge that squashes a branch moves trailers out of the last
 * paragraph.  Then the hint of the finding says where it is, and that it can
 * stand in the file at `path` as well.  Or the commit reverts a revert, and so
 * brings a migration back without its trailers: then the hint names the commit
 * that had them, and notes on the first such finding ("copy: Key: value") say
 * what they were.
 */
void gm_stray_hint(struct gm_judge *j, const struct gm_judged_commit *c,
		   struct gm_str path, const char *key,
		   struct gm_finding *finding);

#endif
