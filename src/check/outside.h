/*
 * check/outside: SQL that changes the schema where nobody looks for it.
 *
 * A migration in a directory that the policy does not list is part of the app
 * for every other rule.  It may be run all the same, so it is reported: rule
 * `unsafe-path`, as a warning, since no tool can know what a deployment runs.
 */
#ifndef GM_CHECK_OUTSIDE_H
#define GM_CHECK_OUTSIDE_H

#include "check/judge.h"

/* Larger files are dumps and data; more than these are not read at once. */
#define GM_OUTSIDE_FILE ((uint64_t)128 << 10)
#define GM_OUTSIDE_BYTES ((uint64_t)512 << 10)
#define GM_OUTSIDE_FILES 500

/*
 * Look through the `*.sql` files that the changes bring outside of all
 * directories, and that are not neutral.  One finding for each directory that
 * holds some which drop or alter what they did not make, or are named as a
 * migration and change the schema.  Tests, fixtures, seeds, examples and other
 * people's code are passed over.
 */
GM_MUST_CHECK
int gm_judge_outside(struct gm_judge *j, const struct gm_changes *changes,
		     struct gm_err *err);

/* The same of what differs between two trees (`base` zero: all of `tip`). */
GM_MUST_CHECK
int gm_judge_outside_trees(struct gm_judge *j, const struct gm_oid *base,
			   const struct gm_oid *tip, struct gm_err *err);

#endif
