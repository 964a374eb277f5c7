/*
 * check/land: note what the server has taken.
 */
#ifndef GM_CHECK_LAND_H
#define GM_CHECK_LAND_H

#include "git/repo.h"
#include "policy/policy.h"

/*
 * Write a landed record, with the present time, for every migration in the
 * tree of the protected ref `ref` that has none there yet; up SQL that changed
 * is recorded again.  Nothing happens when the ref does not exist.  Run by
 * post-receive for each protected ref that moved, and once when the hooks are
 * installed.
 */
GM_MUST_CHECK
int gm_land_all(struct gm_repo *r, const struct gm_policy *policy,
		const char *ref, struct gm_err *err);

#endif
