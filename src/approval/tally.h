/*
 * approval/tally: do these records approve that?
 *
 * Pure: no repository, no clock, no program.  All rules of threats.md D on
 * who counts stand here.
 */
#ifndef GM_APPROVAL_TALLY_H
#define GM_APPROVAL_TALLY_H

#include "approval/verify.h"
#include "policy/policy.h"

/* What is to be approved; matched field by field. */
struct gm_subject {
	const char *project, *path, *digest, *phase, *class_, *ref;
	const char *env;   /* "*": landing; a name: running there */
	int64_t landed_at; /* this path and digest landed on this ref then, so
			      that records up to GM_CLOCK_SKEW later are used
			      up, where `env` is "*"; 0: never */
	/* Author, committer and pusher, as they call themselves (name or
	 * address): with exclude_author and exclude_pusher whoever they are
	 * does not count. */
	struct gm_strings authors;
	struct gm_strings pushers;
	bool pusher_unknown; /* then exclude_pusher asks for one more, in any
				role that is needed */
};

enum gm_vote_state {
	GM_VOTE_COUNTS,
	GM_VOTE_UNUSED,   /* it would, but is not needed */
	GM_VOTE_OTHER,    /* of another project, path, digest, phase, class,
			     ref or environment: `why` says which */
	GM_VOTE_BAD,      /* its signature is not good */
	GM_VOTE_NO_ROLE,  /* its signer has not, or no longer, that role */
	GM_VOTE_EXCLUDED, /* author, committer or pusher */
	GM_VOTE_EXPIRED,
	GM_VOTE_FUTURE, /* made later than now */
	GM_VOTE_REVOKED,
	GM_VOTE_REJECTED,   /* its digest is rejected */
	GM_VOTE_USED,       /* it has served: what it approved has landed */
	GM_VOTE_REJECTS,    /* a rejection that stands */
	GM_VOTE_TAKES_BACK, /* a revocation that stands */
};

struct gm_vote {
	const struct gm_record *record;
	enum gm_vote_state state;
	const char *why; /* in words, lower case; NULL where it counts */
};

struct gm_tally_missing {
	const char *role;
	int count;
	const struct gm_strings *principals; /* of that role, in the policy,
						but for those left out */
};

struct gm_tally {
	bool approved;
	struct gm_vote *votes; /* one a record, in the order given */
	size_t n;
	struct gm_tally_missing *missing;
	size_t n_missing;
	const struct gm_record *rejected_by; /* NULL: nobody */
	int64_t until; /* approved: when the first of them expires */
};

/*
 * Count `records` of kind `kind` (GM_RECORD_APPROVE or _OVERRIDE), with the
 * rejections and revocations among them, against what `need` asks for; `need`
 * NULL asks for nothing and always approves unless there is a rejection.
 *
 * - A record counts whose signature is good, whose fields all match, whose
 *   signer has its role by the policy given, at <= now + GM_CLOCK_SKEW, now <
 *   until, now < at + need->expires, and that has not been used.
 * - A rejection stands when its signature is good and its signer has a role
 *   that `need` names, or admin; any role when `need` is NULL.  It outdoes
 *   every approval of its digest, whatever else it says and however old it is,
 *   until it is taken back.  It outdoes overrides as well, also where its
 *   signer's role is one that the approvals need which the override replaces.
 * - A revocation stands when its signature is good and it is by the signer of
 *   its target, or an admin.  It cannot be taken back itself: what it took
 *   back takes a new record.
 * - A principal counts once, for one role; among several ways to fill the
 *   roles any that fills all is found.
 *
 * Who is who, and who has which role, is as in gm_policy_same.
 */
void gm_tally(struct gm_tally *out, struct gm_arena *a,
	      const struct gm_policy *policy,
	      const struct gm_policy_approval *need, enum gm_record_kind kind,
	      const struct gm_subject *subject,
	      const struct gm_record *const *records,
	      const struct gm_proof *proofs, size_t n, int64_t now);

/* "counts", "expired", ... */
const char *gm_vote_name(enum gm_vote_state state);

#endif
