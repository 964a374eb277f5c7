/*
 * approval/approvals: is this approved, by the records of this repository?
 *
 * Joins policy, signers, notes, verification and counting.  One for a whole
 * judgement: what has been read and verified is kept.
 */
#ifndef GM_APPROVAL_APPROVALS_H
#define GM_APPROVAL_APPROVALS_H

#include "approval/landed.h"
#include "approval/store.h"
#include "approval/tally.h"

struct gm_approvals; /* in an arena; needs no closing */

struct gm_approvals_from {
	const struct gm_policy *policy;
	struct gm_oid policy_commit; /* the signers are read from its tree;
					zero: there are none */
	const char *where;           /* names it in messages */
	bool remotes; /* in a clone: what was fetched counts as well */
	bool frugal;  /* verify only what the answer rests on: the votes on
			 the rest say so */
	int64_t now;
};

/*
 * The notes refs are looked up once, here: what comes later does not count.
 * Signers are read, notes and programs only when they are needed.  Everything
 * lives in `a`; `from` is copied, its policy must outlive it.
 */
GM_MUST_CHECK
int gm_approvals_open(struct gm_approvals **out, struct gm_arena *a,
		      const struct gm_repo *r,
		      const struct gm_approvals_from *from, struct gm_err *err);

/*
 * Judge the approval of `subject`, whose up SQL is the blob `on`, by the
 * policy's entry `kind` ("contract", "policy", ...).  `landed_at` of the
 * subject is filled in from the landed records.  Records that cannot be read
 * are in `*bad`, and then it is not approved.
 */
GM_MUST_CHECK
int gm_approvals_judge(struct gm_tally *out, struct gm_records *bad,
		       struct gm_approvals *ap, const char *kind,
		       struct gm_subject *subject, const struct gm_oid *on,
		       struct gm_err *err);

/*
 * The signatures that judging these by approvals will need, subjects[i] on
 * on[i], verified in one go: that keeps all processors at it, where one
 * migration has too few.
 */
GM_MUST_CHECK
int gm_approvals_prepare(struct gm_approvals *ap,
			 const struct gm_subject *subjects,
			 const struct gm_oid *on, size_t n, struct gm_err *err);

/*
 * The override for `subject` that names `ticket`: approved when the policy's
 * entry "break-glass" is satisfied by overrides of that ticket.  A policy
 * without such an entry never is.
 */
GM_MUST_CHECK
int gm_approvals_override(struct gm_tally *out, struct gm_records *bad,
			  struct gm_approvals *ap, const char *ticket,
			  struct gm_subject *subject, const struct gm_oid *on,
			  struct gm_err *err);

/*
 * An override that was used and whose follow-up nobody has closed.
 *
 * Used is one of whose path and digest a landing on its ref is recorded after
 * it was signed, give or take GM_CLOCK_SKEW, or whose up SQL the ref has
 * without a record of how that came there, and whose ticket that up SQL names,
 * or a commit of the ref.  When it expired makes no difference: what a push
 * landed whose connection broke is recorded with the next one.  And used is one
 * for an environment, since what has run there is not seen from here.  Its
 * signature is not asked for again: that was verified when it was pushed, and a
 * signer who has left since leaves the work behind.  Nor is a revocation, whose
 * date its signer chooses: it takes nothing back that has landed.
 *
 * Closed is one that a close record of the same project, path, digest and ref
 * names, dated not before the landing (for an environment: the override), nor
 * later than now, give or take GM_CLOCK_SKEW: nobody closes beforehand what
 * nobody has done yet.  Of a signer who is in force it counts when its
 * signature is good now and the signer has a role of the policy's entry
 * "break-glass", or is admin. Of one who is not in force any more it counts as
 * it did when it was pushed: then gm_approvals_added asked for all that; where
 * the key is still listed, the signature must have been good at the time that
 * the record says.
 */
struct gm_follow_up {
	const struct gm_record *override;
	int64_t landed_at; /* where that is not recorded, when it was signed;
			      0: it is for an environment */
};

struct gm_follow_ups {
	struct gm_follow_up *items;
	size_t n, cap;
};

/*
 * All that are open on the protected ref, oldest first; `tip` is the commit
 * that it names.  Where that is not known (zero), or has too long a history
 * (approval/tickets.h), every ticket counts as named.  A line that is no record
 * fails with GM_EINPUT: it could be one of them.
 */
GM_MUST_CHECK
int gm_approvals_follow_ups(struct gm_follow_ups *out, struct gm_approvals *ap,
			    const char *ref, const struct gm_oid *tip,
			    struct gm_err *err);

/*
 * Judge the lines that a push adds to a records ref: from `old` (zero: none)
 * to `new_`.  Each must be a record of this ref and project, hang on a blob
 * that is there, be dated no later than now, give or take GM_CLOCK_SKEW, and
 * have a good signature of a known signer; an override is by somebody whom the
 * policy's entry "break-glass" names, a close by one of those or an admin, and
 * evidence by somebody who has its role.
 *
 * Nobody may fill a note so that others cannot reject, or close a follow-up:
 * none that changes may come to hold more than GM_RECORDS_PER_NOTE lines, one
 * of them twice, more empty ones than others, or more than
 * GM_RECORDS_PER_SIGNER of one signer; of evidence, all but so many.  Nor may a
 * line be added to a long one, of more than a quarter of that, which hangs on
 * another object: what others have signed of something else.
 *
 * Fills `bad` with the lines and notes that are not so (a note's line is 0), 16
 * of them at most, each with a hint.  GM_ELIMIT past GM_RECORDS_PER_PUSH
 * lines, or notes.
 */
#define GM_RECORDS_PER_PUSH 300
#define GM_RECORDS_PER_SIGNER 64
GM_MUST_CHECK
int gm_approvals_added(struct gm_records *bad, struct gm_approvals *ap,
		       const char *ref, const struct gm_oid *old,
		       const struct gm_oid *new_, struct gm_err *err);

/*
 * The records in the notes ref `ref` as they were read, here and where it was
 * fetched to: those on an object, or all of them for NULL.
 */
GM_MUST_CHECK
int gm_approvals_records(const struct gm_records **out, struct gm_approvals *ap,
			 const char *ref, const struct gm_oid *on,
			 struct gm_err *err);

/* The signers in force. */
const struct gm_signers *gm_approvals_signers(const struct gm_approvals *ap);

/*
 * The digest of what is enforced, which approvals of a policy change name:
 * SHA-256 of
 *
 *	git-migrate policy 1
 *	previous <digest of the policy before, or "none">
 *	file <sha256 of the bytes> <path>
 *
 * over the policy, the signers and the keys, in the order of the tree; the
 * path percent-encoded.  GM_EPOLICY when one of them is no plain file.
 */
GM_MUST_CHECK
int gm_policy_digest(const char **out, struct gm_arena *a,
		     const struct gm_repo *r, const char *previous,
		     const struct gm_oid *commit, struct gm_err *err);

#endif
