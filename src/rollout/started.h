/*
 * rollout/started: since when a Job is there.
 *
 * The Job stays when a pod of it is lost and another one comes, and Flux makes
 * it when all it waits for is there: that is when its work began.
 */
#ifndef GM_ROLLOUT_STARTED_H
#define GM_ROLLOUT_STARTED_H

#include "rollout/http.h"

/*
 * Ask the API of Kubernetes: `h` has the URL of the Job.  GM_EINPUT where it
 * will not tell, GM_EPROGRAM where it cannot be asked now.
 */
GM_MUST_CHECK
int gm_started(int64_t *out, struct gm_arena *a, const struct gm_http *h,
	       struct gm_err *err);

/* Read its answer; part of the above. */
GM_MUST_CHECK
int gm_started_read(int64_t *out, struct gm_arena *a, struct gm_str text,
		    long status, struct gm_err *err);

#endif
