/*
 * rollout/emit: what has to be written so that a rollout stands at a stage.
 */
#ifndef GM_ROLLOUT_EMIT_H
#define GM_ROLLOUT_EMIT_H

#include "rollout/render.h"
#include "rollout/update.h"

/* What is done to the slots. */
enum gm_emit_step {
	GM_EMIT_REACH, /* a stage becomes active, and all before it */
	GM_EMIT_NEXT,  /* the same, in turn */
	GM_EMIT_KEEP,  /* nothing; they are written anew */
	GM_EMIT_RELEASE,
	GM_EMIT_RETRY,
	GM_EMIT_RETREAT,
	GM_EMIT_CLOSE,
};

struct gm_emit {
	const struct gm_place *place;
	struct gm_templates *templates;
	const char *stage; /* its name, or NULL: the first one, and the
			      manifests of all others beside it */
	const char *lsn;   /* where a restore goes to, or NULL; another one
			      than before is for another cluster */
	bool force;        /* also over what was changed by hand */
	enum gm_emit_step step;
	const char *id;     /* to retry: the migration that was named */
	bool over;          /* see gm_slots_close */
	const char *record; /* see gm_slots_retry and gm_slots_retreat */
};

/*
 * Add to `out` what has to be done, but for the index of the environment: add
 * that with gm_emit_index once for all.  `slots` tells the stages.  A contract
 * that was let go ahead keeps its SQL; only as stage "contract" of a step that
 * the gate was asked about it may have other SQL.
 */
GM_MUST_CHECK
int gm_emit(struct gm_update *out, struct gm_slots *slots, struct gm_arena *a,
	    const struct gm_rollout *r, const struct gm_target *t,
	    const struct gm_emit *e, struct gm_err *err);

/* The slots of a rollout as they are in a place. */
GM_MUST_CHECK
int gm_emit_look(struct gm_slots *slots, struct gm_arena *a,
		 const struct gm_rollout *r, const struct gm_target *t,
		 const struct gm_place *place, struct gm_err *err);

/*
 * The rollouts of these names are under way in the environment, or with
 * GM_EMIT_CLOSE not any more.  The account that they share is written beside
 * them, and stays: Flux takes away what a rollout had with the rights of that
 * account, after all of its manifests are gone.
 */
GM_MUST_CHECK
int gm_emit_index(struct gm_update *out, struct gm_arena *a,
		  const struct gm_strings *names, const struct gm_target *t,
		  const struct gm_emit *e, struct gm_err *err);

/*
 * Look for the manifests of the cluster, its store and the app of an
 * environment in a place, and for those that are not there in another one;
 * sets `live`, `retention` and `built` of the target.  Nothing else of what
 * lies there is kept.
 */
GM_MUST_CHECK
int gm_emit_discover(struct gm_target *t, struct gm_arena *a,
		     const struct gm_place *place,
		     const struct gm_place *otherwise, struct gm_err *err);

#endif
