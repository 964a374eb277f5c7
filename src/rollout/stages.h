/*
 * rollout/stages: the steps of a rollout, and what objects are called.
 *
 * Names sort as the stages follow each other, fit into a label of Kubernetes,
 * and end in a hash of what they name, where that never changes in place
 * (flux-cnpg R2, R8, R18).
 */
#ifndef GM_ROLLOUT_STAGES_H
#define GM_ROLLOUT_STAGES_H

#include "base/err.h"
#include "base/str.h"
#include "policy/policy.h"

enum gm_stage {
	GM_STAGE_CHECKPOINT,
	GM_STAGE_EXPAND,
	GM_STAGE_DEPLOY, /* the app's own: nothing is written for it */
	GM_STAGE_BACKFILL,
	GM_STAGE_ENABLE,
	GM_STAGE_OBSERVE,
	GM_STAGE_CONTRACT,
	GM_STAGE_ROLLBACK,
	GM_STAGE_RESTORE,
	/* Steps without a directory of their own: the flag for everybody, and
	   the end of it all. */
	GM_STAGE_WIDEN,
	GM_STAGE_CLOSE,
	GM_STAGE_COUNT,
};

/* For options: those with a directory, and all, blank-separated. */
#define GM_STAGES                                                              \
	"checkpoint expand deploy backfill enable observe contract rollback "  \
	"restore"
#define GM_STEPS GM_STAGES " widen close"

/* "checkpoint", ... */
const char *gm_stage_name(enum gm_stage stage);
bool gm_stage_find(enum gm_stage *out, struct gm_str name);
/* 10, 20, ...: what the names of its directory and objects begin with. */
int gm_stage_order(enum gm_stage stage);
/* As in the name of its directory: "checkpoint", ..., "enable-canary". */
const char *gm_stage_slug(enum gm_stage stage);

/* The directory beside the rollouts with the accounts that they share: none of
   them may be called so. */
#define GM_ACCOUNTS_DIR "accounts"

/* The longest names: of most objects, and of a CNPG cluster. */
#define GM_NAME_MAX 63
#define GM_CLUSTER_NAME_MAX 50

/*
 * The name of a migration in the names of objects: what the policy says, else
 * its id in lower case, with - for what may not stand there.  GM_EINPUT where
 * that gives no name, one that is taken, or one that is too long for the names
 * made of it; the hint says how to give it another.
 */
GM_MUST_CHECK
int gm_short_name(const char **out, struct gm_arena *a,
		  const struct gm_policy_flux *flux, const char *id,
		  struct gm_err *err);

/*
 * Fails with GM_EINPUT, naming rule R18, for what is no name of an object:
 * `what` says of which.
 */
GM_MUST_CHECK
int gm_object_name(const char *what, const char *name, size_t max,
		   struct gm_err *err);

/* {env} and {cluster} filled in; NULL for NULL. */
const char *gm_pattern_fill(struct gm_arena *a, const char *pattern,
			    const char *env, const char *cluster);

/* The first 8 hex digits of the SHA-256. */
#define GM_HASH_LEN 8
const char *gm_content_hash(struct gm_arena *a, struct gm_str content);

/* "gm-<name>-<stage>-<hash>" and "gm-<name>-<stage>-<hash>-<attempt>". */
const char *gm_config_name(struct gm_arena *a, const char *name,
			   enum gm_stage stage, const char *hash);
const char *gm_job_name(struct gm_arena *a, const char *name,
			enum gm_stage stage, const char *hash,
			unsigned attempt);

/* Is this a place in the write-ahead log, such as 0/3000060? */
bool gm_lsn_valid(struct gm_str s);

#endif
