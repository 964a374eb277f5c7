/*
 * cmd/delivery: manifests on their way to a directory or a branch.
 */
#ifndef GM_CMD_DELIVERY_H
#define GM_CMD_DELIVERY_H

#include "cmd/cmd.h"
#include "rollout/update.h"

/* How often a commit is made anew when somebody else was faster. */
#define GM_DELIVERY_TRIES 5

struct gm_delivery {
	struct gm_ctx *cx;
	const char *dir;    /* -o, */
	const char *commit; /* or --commit: a branch */
	const char *log;    /* for the reflog: "migrate emit" */

	/* Set by gm_delivery_find and gm_delivery_open. */
	const char *ref; /* of the branch; NULL: a directory */
	struct gm_oid tip;
	struct gm_place place;
	struct gm_update update; /* what is to be done; empty at first */
};

/* Fails unless one of both is given and, of a branch, nobody works on it. */
GM_MUST_CHECK
int gm_delivery_find(struct gm_delivery *d, struct gm_err *err);

/* The place as it is now, with nothing to be done yet. */
GM_MUST_CHECK
int gm_delivery_open(struct gm_delivery *d, struct gm_err *err);

/*
 * With what the team has there, nothing may wait for itself: Flux would then
 * look at none of it any more.  GM_EINPUT names the circle.
 */
GM_MUST_CHECK
int gm_delivery_circle(struct gm_delivery *d, struct gm_err *err);

/* Print what stands in the way; what `run` returns. */
int gm_delivery_refused(struct gm_delivery *d);

/*
 * Do it, and print `said` and how much that was.  GM_ERACE where the branch
 * has moved since it was opened.
 */
GM_MUST_CHECK
int gm_delivery_write(struct gm_delivery *d, const char *message,
		      const char *said, struct gm_err *err);

#endif
