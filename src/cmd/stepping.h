/*
 * cmd/stepping: what one step of a rollout changes.
 */
#ifndef GM_CMD_STEPPING_H
#define GM_CMD_STEPPING_H

#include "base/buf.h"
#include "cmd/cmd.h"
#include "rollout/emit.h"

struct gm_stepping {
	struct gm_ctx *cx;
	const struct gm_rollout *rollout;
	struct gm_target *target;
	struct gm_templates *templates;
	struct gm_place source; /* where migrations and policy are */
	const char *id;         /* of the migration that was named */
	const char *lsn;
	bool force, retry, over;
	const char *record; /* that what was let go ahead has failed; or NULL */
	enum gm_stage stage;
	int step; /* of a rollback or restore, from 1 */

	/* Where it goes to, and what is to be done there. */
	const struct gm_place *place;
	struct gm_update *update;

	/* Set by gm_stepping_take; `said` is added to. */
	struct gm_buf said;
	const char *subject; /* of the commit */
	const char *after;   /* what people have to do then; or NULL */
};

/* Fails where it is not the turn of this step, and says what comes first. */
GM_MUST_CHECK
int gm_stepping_take(struct gm_stepping *s, struct gm_err *err);

#endif
