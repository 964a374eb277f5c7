/*
 * cmd/permit: may this migration run in that environment?
 *
 * The server has asked for approvals before a contract landed; before it runs
 * somewhere they are asked for again, by the records of the repository.
 */
#ifndef GM_CMD_PERMIT_H
#define GM_CMD_PERMIT_H

#include "cmd/units.h"
#include "migration/bundle.h"

struct gm_permit; /* in an arena; needs no closing */

/*
 * `env` may be NULL.  Fails with GM_EINPUT for one that the policy does not
 * know.
 */
GM_MUST_CHECK
int gm_permit_open(struct gm_permit **out, struct gm_ctx *cx,
		   const struct gm_overview *o, const char *env,
		   const char *ref, struct gm_err *err);

/* The same by what a bundle, read from `dir`, holds. */
GM_MUST_CHECK
int gm_permit_bundle(struct gm_permit **out, struct gm_ctx *cx, const char *dir,
		     const struct gm_bundle *b, const char *env,
		     struct gm_err *err);

/* Does the policy ask for backups before what can lose data? */
bool gm_permit_backups(const struct gm_permit *p);

/* Set u->held where it may not run. */
GM_MUST_CHECK
int gm_permit_judge(struct gm_permit *p, struct gm_apply_unit *u,
		    struct gm_err *err);

#endif
