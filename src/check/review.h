/*
 * check/review: what there is to approve, and how far that has come, as it
 * looks from a clone.
 *
 * The server judges by the policy and the signers that it has.  So whoever
 * approves or verifies goes by what was last fetched from there, and by HEAD
 * only where nothing was.
 */
#ifndef GM_CHECK_REVIEW_H
#define GM_CHECK_REVIEW_H

#include "approval/approvals.h"
#include "approval/subject.h"
#include "check/overview.h"

struct gm_review_from {
	const char *remote; /* NULL: that of the current branch, else origin,
			       else the only one */
	const char *ref;    /* the protected ref, "refs/heads/main" or "main";
			       NULL: the one the current branch is pushed to,
			       else the first that is no pattern */
	int64_t now;
};

struct gm_review {
	struct gm_policy policy;
	struct gm_oid policy_commit; /* it and the signers are read there */
	const char *where;           /* that commit: "origin/main", "HEAD" */
	const char *remote;          /* NULL: there is none */
	const char *ref;             /* full name of the protected ref */
	struct gm_oid landed;        /* what it has; zero: nothing known */
	struct gm_approvals *approvals;
	struct gm_map people; /* struct gm_strings of a path; once they are
				 known */
	int64_t now;
};

/*
 * Find policy, signers, ref and records.  Returns 0, with nothing in `out`,
 * when there is no policy anywhere.  GM_ENOT_FOUND for an unknown remote;
 * GM_EINPUT for a ref that the policy does not protect, or when it takes a
 * `ref` to tell.
 */
GM_MUST_CHECK
int gm_review_open(struct gm_review *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_review_from *from,
		   struct gm_err *err);

enum gm_review_state {
	GM_REVIEW_LANDED,
	GM_REVIEW_NOT_NEEDED, /* the policy asks for nothing */
	GM_REVIEW_APPROVED,
	GM_REVIEW_MISSING,
	GM_REVIEW_REJECTED,
	GM_REVIEW_BAD, /* lines that are no records: nothing counts */
};

/* "landed", "not-needed", ... */
const char *gm_review_state_name(enum gm_review_state s);

/* A ticket that overrides hang on it for. */
struct gm_review_ticket {
	const char *name;
	struct gm_tally tally; /* approved: in force */
};

struct gm_review_item {
	const char *id;   /* of the migration; NULL: the policy */
	const char *kind; /* the policy's entry */
	const struct gm_policy_approval *need; /* that entry, or NULL */
	struct gm_subject subject;
	struct gm_oid on; /* the blob its records hang on */
	bool landed;      /* the ref has the same files */

	/* Set by gm_review_judge. */
	enum gm_review_state state;
	int have, want; /* approvals that count, that are asked for */
	struct gm_tally tally;
	struct gm_records bad;
	struct {
		struct gm_review_ticket *items;
		size_t n, cap;
	} tickets;
};

/*
 * Find out who wrote what `tip` has and the protected ref has not: authors and
 * committers, by name and by address.  Once, before the next two.
 */
GM_MUST_CHECK
int gm_review_people(struct gm_review *review, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_oid *tip,
		     struct gm_err *err);

/* Migration number `at` of an overview of that commit. */
GM_MUST_CHECK
int gm_review_migration(struct gm_review_item *out, struct gm_arena *a,
			const struct gm_repo *r, const struct gm_review *review,
			const struct gm_overview *o, size_t at,
			struct gm_err *err);

/*
 * The change of the policy that `tip` brings; `landed` when it brings none.
 */
GM_MUST_CHECK
int gm_review_policy(struct gm_review_item *out, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_review *review,
		     const struct gm_oid *tip, struct gm_err *err);

/* Look at the records of an item. */
GM_MUST_CHECK
int gm_review_judge(struct gm_review_item *item, struct gm_arena *a,
		    const struct gm_review *review, struct gm_err *err);

/*
 * Where it stands, in a few words: "approved 2 of 2", "missing 1 dba",
 * "rejected by ann@example.com".
 */
const char *gm_review_words(struct gm_arena *a,
			    const struct gm_review_item *item);

/*
 * Verify the signatures on all of them first: fewer programs are waited for
 * than one item after the other.
 */
GM_MUST_CHECK
int gm_review_prepare(struct gm_arena *a, const struct gm_review *review,
		      const struct gm_review_item *items, size_t n,
		      struct gm_err *err);

/*
 * Fill in `review` of what has not landed, and `open`.  Nothing is filled in
 * where the policy asks for no approvals at all, or there is none.
 */
GM_MUST_CHECK
int gm_review_overview(struct gm_overview *o, struct gm_arena *a,
		       const struct gm_repo *r, struct gm_err *err);

/* What `verify` has to say. */
struct gm_reviewed {
	const struct gm_review *review;
	struct gm_review_item *items;
	size_t n, cap;
	struct gm_follow_ups open; /* on the protected ref */
	struct gm_map unpushed;    /* by id: records that the remote had not
				      when it was last asked */
	const char *at;            /* the revision looked at; NULL: HEAD */
	const char *options;       /* to repeat in commands: " --at v2" */
};

/*
 * The records of `ref` that the remote had not; none where nothing was ever
 * fetched to compare with.
 */
GM_MUST_CHECK
int gm_review_unpushed(struct gm_map *out, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_review *review,
		       const char *ref, struct gm_err *err);

#endif
