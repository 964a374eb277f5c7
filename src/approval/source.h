/*
 * approval/source: what gm_approvals reads, once, and keeps.
 *
 * Private to the files that answer the questions of approval/approvals.h.
 */
#ifndef GM_APPROVAL_SOURCE_H
#define GM_APPROVAL_SOURCE_H

#include "approval/approvals.h"
#include "git/ref.h"

struct gm_approvals {
	struct gm_arena *a;
	const struct gm_repo *r;
	struct gm_approvals_from from;
	struct gm_refs tips; /* of the records refs, as they were at first */
	struct gm_signers signers;
	struct gm_verifier verifier;
	bool has_verifier;
	struct gm_map proofs; /* struct gm_proof of a record's id */
	struct gm_map notes;  /* struct gm_records of a ref and an object */
	struct gm_map all;    /* the same of a whole ref */
	struct gm_map open;   /* struct gm_follow_ups of a protected ref; no
				 arena before one was asked for */
};

/* Is `name` that records ref, here or as it was fetched from a remote? */
bool gm_source_is(const char *name, const char *ref);

/* The records of `ref`, and of what was fetched of it, on `on`. */
GM_MUST_CHECK
int gm_source_on(const struct gm_records **out, struct gm_approvals *ap,
		 const char *ref, const struct gm_oid *on, struct gm_err *err);

/* All of them, on whatever object. */
GM_MUST_CHECK
int gm_source_all(const struct gm_records **out, struct gm_approvals *ap,
		  const char *ref, struct gm_err *err);

/* What landed with the blob `on` as its up SQL, in no order. */
GM_MUST_CHECK
int gm_source_landed(struct gm_landed_list *out, struct gm_approvals *ap,
		     const struct gm_oid *on, struct gm_err *err);

/* Verify the records as of now; each line only once. */
GM_MUST_CHECK
int gm_source_prove(struct gm_proof *proofs, struct gm_approvals *ap,
		    const struct gm_record *const *records, size_t n,
		    struct gm_err *err);

/* The same as of another time, which is not kept. */
GM_MUST_CHECK
int gm_source_prove_at(struct gm_proof *proof, struct gm_approvals *ap,
		       const struct gm_record *record, int64_t time,
		       struct gm_err *err);

/* May they make an override, or close its follow-up, by the policy? */
bool gm_source_may_override(const struct gm_approvals *ap, const char *who);
bool gm_source_may_close(const struct gm_approvals *ap, const char *who);

#endif
