/*
 * check/sealed: is what a bundle holds approved, by the records in it?
 *
 * As check/review for a clone, but by the policy, the signers and the records
 * of the bundle alone.  Whoever can write the bundle can write those as well:
 * it is to come from where the server's policy is kept.
 */
#ifndef GM_CHECK_SEALED_H
#define GM_CHECK_SEALED_H

#include "approval/store.h"
#include "approval/subject.h"
#include "migration/bundle.h"

struct gm_sealed {
	bool asks; /* it holds a policy */
	struct gm_policy policy;
	struct gm_signers signers;
	struct gm_records records;
};

/*
 * Read policy, signers and records of a bundle from `dir`.  A line that is no
 * record fails: one of them could have been a rejection.
 */
GM_MUST_CHECK
int gm_sealed_read(struct gm_sealed *out, struct gm_arena *a, const char *dir,
		   const struct gm_bundle *b, struct gm_err *err);

struct gm_sealed_answer {
	bool approved;      /* or nothing is asked for */
	const char *why;    /* not: "missing 1 dba", "rejected by ..." */
	const char *ticket; /* approved by this override, or NULL */
};

/* Judge running it in `env`, or landing where that is NULL. */
GM_MUST_CHECK
int gm_sealed_judge(struct gm_sealed_answer *out, struct gm_arena *a,
		    const struct gm_sealed *s, const struct gm_bundle *b,
		    const char *class_, const char *env, int64_t now,
		    struct gm_err *err);

/*
 * The newest evidence in it of that stage in that environment (NULL: any),
 * of whatever migration, whose signature is good and whose signer has its role;
 * NULL in `*out` when there is none.
 */
GM_MUST_CHECK
int gm_sealed_evidence(const struct gm_record **out, struct gm_arena *a,
		       const struct gm_sealed *s, const char *ref,
		       const char *env, const char *stage, int64_t now,
		       struct gm_err *err);

#endif
