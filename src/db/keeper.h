/*
 * db/keeper: a private directory that does not outlive the program.
 *
 * Beside the program waits a process of its own that knows when the program
 * has ended, in whatever way, and then ends the servers that run in the
 * directory and removes it.
 */
#ifndef GM_DB_KEEPER_H
#define GM_DB_KEEPER_H

#include "db/launch.h"

struct gm_keeper;

/*
 * Make the directory, owned by `who` and closed to others, below $TMPDIR or,
 * where that is too long for the name of a socket or not open to `who`, /tmp.
 */
GM_MUST_CHECK
int gm_keeper_open(struct gm_keeper **out, struct gm_arena *a,
		   const struct gm_identity *who, struct gm_err *err);

const char *gm_keeper_dir(const struct gm_keeper *k);

/* End what still runs in it, and remove it.  *k may be NULL. */
void gm_keeper_close(struct gm_keeper **k);

/* Remove a directory below it. */
void gm_keeper_remove(const char *path);

#endif
