/*
 * check/land: note what the server has taken.
 */
#ifndef GM_CHECK_LAND_H
#define GM_CHECK_LAND_H

#include "git/repo.h"
#include "policy/policy.h"

/*
 * Write a landed record, with the present time, for every migration in the
 * tree of the protected ref `ref` whose last record there has another digest,
 * or which has none.  Nothing happens when the ref does not exist.  Run once
 * when the hooks are installed.
 */
GM_MUST_CHECK
int gm_land_all(struct gm_repo *r, const struct gm_policy *policy,
		const char *ref, struct gm_err *err);

/*
 * The same after a push, by post-receive, for each protected ref that moved.
 * All that was there at `old` (zero: nothing) has been seen to.
 */
GM_MUST_CHECK
int gm_land_since(struct gm_repo *r, const struct gm_policy *policy,
		  const char *ref, const struct gm_oid *old,
		  struct gm_err *err);

#endif
