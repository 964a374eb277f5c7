/*
 * rollout/rollout: one rollout in one environment, stage by stage.
 *
 * A rollout is an expand, the backfills that fill what it made, and the
 * contract that closes it; a contract or a backfill that belongs to no expand
 * is one of its own.  In each environment it is a chain of slots, each a
 * directory with manifests and an object of Flux that applies them.  What has
 * become of them so far is in the state that is kept beside the manifests.
 */
#ifndef GM_ROLLOUT_ROLLOUT_H
#define GM_ROLLOUT_ROLLOUT_H

#include "rollout/app.h"
#include "rollout/fileset.h"
#include "rollout/stages.h"

/* A migration that takes part. */
struct gm_member {
	const char *id, *digest, *phase, *class_; /* phase NULL: not said */
	const char *path;                         /* of the up SQL */
	struct gm_str up;
	struct gm_str down, verify; /* ptr NULL: there is none */
	struct gm_fileset bundle;   /* of the runner git-migrate */
};

struct gm_members {
	struct gm_member *items;
	size_t n, cap;
};

struct gm_rollout {
	const char *id;   /* of the migration it is called after */
	const char *name; /* gm_short_name of it */
	const char *flag; /* NULL: none, or "none: <reason>" */
	int64_t window;   /* seconds; 0: none was declared */
	const struct gm_member *expand, *contract; /* NULL: there is none */
	struct gm_members backfills;
};

/* An environment, with all that the policy says of it. */
struct gm_target {
	const struct gm_policy_flux *flux;
	int postgres;
	const char *env, *namespace_, *cluster;
	/* Patterns of the policy, filled in; NULL where it has none. */
	const char *database, *app, *app_path, *canary, *clusters, *store,
		*connection, *ca;
	struct gm_str live;  /* manifest of the cluster in the repository, in
				YAML; empty: none was found */
	int64_t retention;   /* seconds that backups are kept for, by the
				manifest of their store; 0: not said */
	struct gm_app built; /* from app_path */
	const char *after;   /* the environment before, or NULL */
};

/*
 * Look up an environment.  GM_ENOT_FOUND for an unknown one (the nearest is
 * named), GM_EPOLICY where the policy has no `flux`, or the environment no
 * namespace or cluster, GM_EINPUT for names that are none in Kubernetes.
 */
GM_MUST_CHECK
int gm_target_find(struct gm_target *out, struct gm_arena *a,
		   const struct gm_policy *policy, const char *env,
		   struct gm_err *err);

enum gm_slot_state {
	GM_SLOT_WRITTEN,   /* its manifests are there, nothing names them */
	GM_SLOT_ACTIVE,    /* Flux applies it */
	GM_SLOT_SUSPENDED, /* Flux knows it, and waits for us */
	GM_SLOT_REMOVED,   /* taken away, and never to come back */
};

/* "written", "active", "suspended", "removed". */
const char *gm_slot_state_name(enum gm_slot_state state);
bool gm_slot_state_find(enum gm_slot_state *out, struct gm_str name);

/* What was done so far, of one directory. */
struct gm_progress_item {
	const char *dir; /* "20-expand" */
	enum gm_slot_state state;
	unsigned attempt;   /* from 1 */
	const char *record; /* id: that the attempt before failed; or NULL */
};

struct gm_progress {
	struct gm_progress_item *items;
	size_t n, cap;
	const char *lsn; /* where a restore goes to; NULL: not known */
};

struct gm_progress_item *gm_progress_find(const struct gm_progress *p,
					  const char *dir);

enum gm_slot_set {
	GM_SET_BEFORE, /* of the commit before the app's */
	GM_SET_AFTER,  /* of the one with the app, or later */
	GM_SET_ROLLBACK,
	GM_SET_RESTORE,
};

struct gm_slot {
	enum gm_stage stage;
	enum gm_slot_set set;
	const char *dir;                /* "20-expand" */
	const char *path;               /* where its manifests are */
	const char *object;             /* "gm-<name>-<path>" */
	bool anew;                      /* what Flux looks at is called by the
					   attempt: each has a directory and an
					   object of its own (R9, R21), such as
					   "10-checkpoint-2" */
	const struct gm_member *member; /* whose SQL it runs, or NULL */
	enum gm_slot_state state;
	unsigned attempt;
	const char *record; /* as in its progress */
	bool gated;         /* starts suspended */
	bool shown;         /* its manifests are there, or are to be */
	const char *after;  /* object it waits for, or NULL */
	int64_t soak; /* seconds that one has to have been healthy; 0: none */
	const char *backup;       /* of a checkpoint: name of the Backup */
	const char *job, *config; /* set when its manifests are made */
};

/* A stage that is not there. */
struct gm_slot_missing {
	enum gm_stage stage;
	const char *why, *hint; /* sentences without and with a full stop */
};

struct gm_slots {
	struct gm_slot *items; /* in order of their names */
	size_t n, cap;
	struct {
		struct gm_slot_missing *items;
		size_t n, cap;
	} missing;
	const char *lsn; /* of the progress */
};

/* "name" of the first attempt, "name-2" of the second. */
const char *gm_slot_numbered(struct gm_arena *a, const char *name,
			     unsigned attempt);

/*
 * The slots of a rollout, with what has become of them.  GM_EINPUT for names
 * that are too long.
 */
GM_MUST_CHECK
int gm_slots_make(struct gm_slots *out, struct gm_arena *a,
		  const struct gm_rollout *r, const struct gm_target *t,
		  const struct gm_progress *progress, struct gm_err *err);

/*
 * Bring the rollout to a stage, as far as manifests go: its set becomes
 * active, contracts suspended; nothing goes back.  GM_EINPUT where the stage
 * is missing, or was taken away, and for a rollback while a contract was let
 * go ahead.
 */
GM_MUST_CHECK
int gm_slots_reach(struct gm_slots *s, enum gm_stage stage, struct gm_err *err);

/*
 * The steps that come after: each changes what is kept of the slots, and fails
 * with GM_EINPUT, saying what comes first, where it is not its turn.
 */

/* Fail unless what comes before a stage is in use already, and before a
   rollback gone. */
GM_MUST_CHECK
int gm_slots_in_turn(const struct gm_slots *s, enum gm_stage stage,
		     struct gm_err *err);

/* Was it tried again because of this record? */
bool gm_slot_rests_on(const struct gm_slot *slot, const char *record);

/* Fail when the contract was let go ahead and is still there: it may have run,
   and then nothing can be rolled back.  `record` says that it failed (NULL:
   none does); one that its last attempt rests on does not count. */
GM_MUST_CHECK
int gm_slots_let_go(const struct gm_slots *s, const char *record,
		    struct gm_err *err);

/* Let the contract go ahead. */
GM_MUST_CHECK
int gm_slots_release(struct gm_slots *s, struct gm_err *err);

/* One more attempt of a stage; `id` tells which of several: a checkpoint is
   that of what runs behind it.  `record` says that the last one failed, and
   serves once (NULL: it is not needed). */
GM_MUST_CHECK
int gm_slots_retry(struct gm_slots *s, struct gm_arena *a, enum gm_stage stage,
		   const char *id, const char *record, struct gm_err *err);

/* The first step back: nothing of the new code runs any more.  `record` as for
   gm_slots_let_go. */
GM_MUST_CHECK
int gm_slots_retreat(struct gm_slots *s, const char *record,
		     struct gm_err *err);

/*
 * The end: all goes.  What was never let go ahead may come again, the rest
 * never.  `over`: what was let go ahead is known to have ended.
 */
GM_MUST_CHECK
int gm_slots_close(struct gm_slots *s, bool over, struct gm_err *err);

/* Show them all, also those that nothing names yet. */
void gm_slots_show_all(struct gm_slots *s);

/* Is one of this set active or suspended? */
bool gm_slots_in_use(const struct gm_slots *s, enum gm_slot_set set);

/* The first slot of a stage; NULL: it is missing. */
struct gm_slot *gm_slots_find(const struct gm_slots *s, enum gm_stage stage);

/* What is to be kept of them: of those shown, or taken away. */
struct gm_progress gm_slots_progress(struct gm_arena *a,
				     const struct gm_slots *s);

#endif
