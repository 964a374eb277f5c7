/*
 * check/policychange: what a push may do to the policy.
 *
 * The policy, the signers and their keys are what everything else is judged
 * by.  They change alone: in commits that touch nothing else, in a push that
 * brings nothing else, with a higher version and the same project.
 */
#ifndef GM_CHECK_POLICYCHANGE_H
#define GM_CHECK_POLICYCHANGE_H

#include "check/consent.h"

/* Is this path part of what is enforced?  Templates are not. */
bool gm_is_policy_path(struct gm_str path);

/* Judge one commit of a push to the policy ref. */
GM_MUST_CHECK
int gm_judge_policy_commit(struct gm_judge *j, const struct gm_commit *c,
			   struct gm_err *err);

/*
 * Judge the push as a whole, after its commits (`base` zero: nothing);
 * `consent` NULL: without the approvals it may need.
 */
GM_MUST_CHECK
int gm_judge_policy_range(struct gm_judge *j, const struct gm_consent *consent,
			  const struct gm_oid *base, const struct gm_oid *tip,
			  struct gm_err *err);

#endif
