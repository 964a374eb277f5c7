/*
 * rollout/emit: what has to be written so that a rollout stands at a stage.
 */
#ifndef GM_ROLLOUT_EMIT_H
#define GM_ROLLOUT_EMIT_H

#include "rollout/render.h"
#include "rollout/update.h"

struct gm_emit {
	const struct gm_place *place;
	struct gm_templates *templates;
	const char *stage; /* its name, or NULL: the first one, and the
			      manifests of all others beside it */
	const char *lsn;   /* where a restore goes to, or NULL */
	bool force;        /* also over what was changed by hand */
};

/*
 * Add to `out` what has to be done, but for the index of the environment: add
 * that with gm_emit_index once for all.  `slots` tells the stages.
 */
GM_MUST_CHECK
int gm_emit(struct gm_update *out, struct gm_slots *slots, struct gm_arena *a,
	    const struct gm_rollout *r, const struct gm_target *t,
	    const struct gm_emit *e, struct gm_err *err);

/* The rollouts of these names are under way in the environment. */
GM_MUST_CHECK
int gm_emit_index(struct gm_update *out, struct gm_arena *a,
		  const struct gm_strings *names, const struct gm_target *t,
		  const struct gm_emit *e, struct gm_err *err);

/*
 * Look for the manifest of the cluster of an environment in a place; sets
 * `live` of the target.  Nothing else of what lies there is kept.
 */
GM_MUST_CHECK
int gm_emit_discover(struct gm_target *t, struct gm_arena *a,
		     const struct gm_place *place, struct gm_err *err);

#endif
