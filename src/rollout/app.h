/*
 * rollout/app: what is built from the directory of an app.
 *
 * A second Deployment beside the app is made from that directory.  It must
 * have nothing but itself and what it is configured by: whatever else stands
 * there is the app's alone.
 */
#ifndef GM_ROLLOUT_APP_H
#define GM_ROLLOUT_APP_H

#include "rollout/place.h"

struct gm_app {
	bool found;               /* the directory was there */
	struct gm_strings kinds;  /* of its objects, each once */
	struct gm_strings others; /* names of objects of the app's own kind */
	bool secrets;             /* it brings Secrets of its own */
};

/*
 * Read what the kustomization.yaml of a directory leads to, as far as it lies
 * in this place and can be read: what cannot, kustomize refuses as well.
 * `kind` and `name` are those of the app.
 */
GM_MUST_CHECK
int gm_app_read(struct gm_app *out, struct gm_arena *a,
		const struct gm_place *place, const char *dir, const char *kind,
		const char *name, struct gm_err *err);

#endif
