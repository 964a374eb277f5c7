/*
 * approval/evidence: what has been seen to work, or not, and where.
 *
 * A record of evidence says of one migration that a stage of its rollout
 * passed or failed in an environment.  Newer ones outdo older ones, so that a
 * failure takes an earlier pass back, and a pass an earlier failure.
 */
#ifndef GM_APPROVAL_EVIDENCE_H
#define GM_APPROVAL_EVIDENCE_H

#include "approval/approvals.h"

struct gm_evidence_about {
	const char *ref;                  /* the protected ref */
	const char *env;                  /* NULL: any */
	const char *stage;                /* NULL: any */
	const struct gm_subject *subject; /* path and digest; NULL: of any
					     migration */
	struct gm_oid on;                 /* with `subject`: its up SQL */
	bool newest; /* those older than the newest that counts are left out,
			so that their signatures are not verified */
};

struct gm_evidence {
	const struct gm_record *record;
	bool counts;
	const char *why; /* it does not; NULL where it does */
};

struct gm_evidences {
	struct gm_evidence *items; /* newest first */
	size_t n, cap;
};

/*
 * All evidence about that in this project.  One counts whose signature is good
 * now, whose signer has its role by the policy, and that was not made later
 * than now, give or take GM_CLOCK_SKEW, nor has expired.  A line that is no
 * record fails with GM_EINPUT: it could be a failure.
 */
GM_MUST_CHECK
int gm_approvals_evidence(struct gm_evidences *out, struct gm_approvals *ap,
			  const struct gm_evidence_about *about,
			  struct gm_err *err);

/* The newest that counts, or NULL. */
const struct gm_record *gm_evidence_newest(const struct gm_evidences *list);

#endif
