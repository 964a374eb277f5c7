/*
 * cmd/pick: the migration that a user names.
 */
#ifndef GM_CMD_PICK_H
#define GM_CMD_PICK_H

#include "check/overview.h"

/*
 * By its id, or by the part of it in front of the name when that is one
 * migration's alone; `*at` is its place in the overview.  GM_ENOT_FOUND, with
 * a guess.
 */
GM_MUST_CHECK
int gm_pick(size_t *at, struct gm_arena *a, const struct gm_overview *o,
	    const char *id, struct gm_err *err);

#endif
