/*
 * approval/subject: what there is to approve, as records have to name it.
 *
 * Author, committer, pusher and the time of landing are for the caller to fill
 * in.
 */
#ifndef GM_APPROVAL_SUBJECT_H
#define GM_APPROVAL_SUBJECT_H

#include "approval/tally.h"
#include "migration/set.h"

/*
 * The policy's entry that a migration of this phase and class comes under:
 * "contract", "backfill" or "expand".  Whichever of both is later decides.
 */
const char *gm_subject_kind(enum gm_phase phase, const char *class_);

/*
 * A migration with its metadata filled in, of that class, to land on `ref`.
 * Strings given to it are borrowed.  GM_EINPUT when it has no up SQL.
 */
GM_MUST_CHECK
int gm_subject_of_migration(struct gm_subject *out, struct gm_arena *a,
			    const struct gm_repo *r, const char *project,
			    const struct gm_migration *m, const char *class_,
			    const char *ref, struct gm_err *err);

/*
 * The change of the policy from the commit `base` (zero: there was none) to
 * `tip`; `*on` is the blob of the new policy, on which its records hang.
 * GM_ENOT_FOUND when `tip` has no policy.
 */
GM_MUST_CHECK
int gm_subject_of_policy(struct gm_subject *out, struct gm_oid *on,
			 struct gm_arena *a, const struct gm_repo *r,
			 const char *project, const struct gm_oid *base,
			 const struct gm_oid *tip, const char *ref,
			 struct gm_err *err);

#endif
