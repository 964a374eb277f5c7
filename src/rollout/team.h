/*
 * rollout/team: the few changes of a rollout to manifests that are not ours.
 *
 * What the app waits for, its flags, replicas and secrets stand in files of
 * the team.  Each of these adds what has to be done to an update: the answer
 * is the number of files, 0 where nothing is to be changed.  GM_EINPUT, with
 * its place, where it has to be done by hand.
 */
#ifndef GM_ROLLOUT_TEAM_H
#define GM_ROLLOUT_TEAM_H

#include "rollout/rollout.h"
#include "rollout/update.h"

struct gm_team {
	struct gm_arena *arena;
	const struct gm_place *place;
	const struct gm_target *target;
	const char *own; /* our directory: nothing below it is theirs */
	struct gm_update *update;
};

/* Let the Kustomization of the app wait for this object.  1: it does; 0: it is
   not kept here, or in a file that cannot be read. */
GM_MUST_CHECK
int gm_team_wait(const struct gm_team *t, const char *object,
		 struct gm_err *err);

/* Let none of theirs wait for these objects any more (flux-cnpg R20). */
GM_MUST_CHECK
int gm_team_unwait(const struct gm_team *t, const struct gm_strings *objects,
		   struct gm_err *err);

/* Turn the flag on, or off, for all users of the app. */
GM_MUST_CHECK
int gm_team_flag(const struct gm_team *t, const char *flag, bool on,
		 struct gm_err *err);

/* Let the app have no replicas; or take that back. */
GM_MUST_CHECK
int gm_team_stop(const struct gm_team *t, bool stop, struct gm_err *err);

/* Point the app at the secrets and services of another cluster. */
GM_MUST_CHECK
int gm_team_switch(const struct gm_team *t, const char *cluster,
		   struct gm_err *err);

#endif
