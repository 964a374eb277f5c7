/*
 * check/consent: may this land, by the records the server has?
 *
 * Looks at the end of a range: approvals are bound to the content that would
 * be there after the push, however many commits it took to get there.
 */
#ifndef GM_CHECK_CONSENT_H
#define GM_CHECK_CONSENT_H

#include "approval/approvals.h"
#include "check/judge.h"

/* What a judgement may rest on. */
struct gm_consent {
	struct gm_approvals *approvals;
	struct gm_oid landed;      /* what the ref has; zero: it is new */
	struct gm_strings pushers; /* as the host names who pushes */
	bool pusher_unknown;
	bool fetched; /* in a clone: the records are those last fetched */
};

/*
 * The migrations that would land, `unapproved` where the policy asks for
 * approvals that are not there, and for contracts while a follow-up is open.
 * Only for a protected ref.
 */
GM_MUST_CHECK
int gm_judge_consent(struct gm_judge *j, const struct gm_consent *consent,
		     const struct gm_judged_commit *tip,
		     const struct gm_ended_list *ended, struct gm_err *err);

/*
 * check/override.c: make warnings of the errors, from the first-th finding on,
 * about migrations for whose digest an override is in force that is named with
 * `Break-Glass`, in a trailer of the range or at the top of its up SQL.  Never
 * of those no policy can lower.  Where one is in force that nothing names, the
 * error says so.
 */
GM_MUST_CHECK
int gm_judge_overrides(struct gm_judge *j, const struct gm_consent *consent,
		       const struct gm_judged_commit *tip,
		       const struct gm_ended_list *ended, size_t first,
		       struct gm_err *err);

/*
 * A change of the policy between `base` and `tip`: `policy-change` where the
 * policy before it asks for approvals that are not there.
 */
GM_MUST_CHECK
int gm_judge_policy_consent(struct gm_judge *j,
			    const struct gm_consent *consent,
			    const struct gm_oid *base,
			    const struct gm_commit *tip, struct gm_err *err);

/*
 * A migration that would land, all of whose files can be read, as its records
 * have to name it, and the policy's entry for it.
 */
GM_MUST_CHECK
int gm_consent_subject(struct gm_subject *out, const char **kind,
		       struct gm_judge *j, const struct gm_consent *consent,
		       const struct gm_ended *e, struct gm_err *err);

/* A finding about the first of these lines that are no records. */
void gm_consent_bad(struct gm_judge *j, const struct gm_judged_commit *tip,
		    struct gm_str path, const struct gm_records *bad);

/*
 * Put into a finding what is missing, which records do not count and why, and
 * the commands to run.
 */
void gm_consent_explain(struct gm_judge *j, const struct gm_consent *consent,
			struct gm_finding *found, const struct gm_tally *tally,
			const char *approve);

#endif
