/*
 * git/walk: the commits of a range.
 */
#ifndef GM_GIT_WALK_H
#define GM_GIT_WALK_H

#include "git/object.h"

/*
 * The commits reachable from `tip` and not from any of `hide`, parents before
 * children.  Fails with GM_ELIMIT past `max` commits (0: no limit).
 */
GM_MUST_CHECK
int gm_walk(struct gm_oids *out, struct gm_arena *a, const struct gm_repo *r,
	    const struct gm_oid *tip, const struct gm_oid *hide, size_t n_hide,
	    size_t max, struct gm_err *err);

/* Is `old` reachable from `tip` (or the same)?  1, 0, -1. */
GM_MUST_CHECK
int gm_is_ancestor(const struct gm_repo *r, const struct gm_oid *old,
		   const struct gm_oid *tip, struct gm_err *err);

/* A best common ancestor: 1 and `*out`, 0 when there is none, -1. */
GM_MUST_CHECK
int gm_merge_base(struct gm_oid *out, const struct gm_repo *r,
		  const struct gm_oid *one, const struct gm_oid *two,
		  struct gm_err *err);

#endif
