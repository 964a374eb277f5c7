/*
 * rollout/frame: the plain SQL of a migration, made safe to run with psql.
 *
 * The SQL stays the file it is.  Beside it go the frame, which is the same
 * everywhere (templates/sql/stage_*.sql), and run.sql, which says what is run
 * and starts the frame.
 */
#ifndef GM_ROLLOUT_FRAME_H
#define GM_ROLLOUT_FRAME_H

#include "rollout/fileset.h"
#include "rollout/rollout.h"

struct gm_frame {
	const struct gm_member *member;
	const char *env;
	const char *file; /* what its SQL is called: "expand.sql" */
	bool down;        /* take it back */
};

/*
 * Add run.sql, the frame and the SQL to `out`.  GM_EINPUT with path, line and
 * column for SQL that psql cannot run in this way.
 */
GM_MUST_CHECK
int gm_frame_make(struct gm_fileset *out, struct gm_arena *a,
		  const struct gm_frame *f, struct gm_err *err);

#endif
