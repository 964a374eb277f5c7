/*
 * check/range: judge commits, the same way everywhere.
 *
 * `git migrate check`, pre-push and the server all come here, so they give the
 * same verdict for the same commits, base, policy and time.  gm_check_staged
 * judges a single commit by the same rules, knowing what the commits before it
 * declared, but for those that look at the end of a range: what it passes a
 * push may still refuse.
 */
#ifndef GM_CHECK_RANGE_H
#define GM_CHECK_RANGE_H

#include "check/context.h"
#include "check/result.h"

struct gm_consent;

struct gm_range {
	struct gm_oid tip;  /* the new end: a commit */
	struct gm_oid base; /* what the ref has now; zero: nothing */
	const char *ref;    /* the ref that would move, or NULL */
	bool policy_ref;    /* the policy is read from this ref: its changes
			       are judged too */
	int64_t now;        /* seconds; windows are judged at this time */
	size_t max_commits; /* more is GM_ELIMIT; 0: no limit */
	const struct gm_consent *consent; /* NULL: approvals are not judged */
};

/*
 * Judge every commit reachable from the tip and not from the base, each
 * against its parents, and then the base's tree against the tip's.  Findings
 * and migrations are appended to `*result`.
 */
GM_MUST_CHECK
int gm_check_range(struct gm_result *result, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_context *cx,
		   const struct gm_range *range, struct gm_err *err);

/*
 * Judge the whole history of `tip` as if each commit of its first-parent line
 * had been a push of its own: what its parent has counts as landed, at the
 * committer's date where no landed record says otherwise.  Time and memory
 * grow linearly with the history.
 */
GM_MUST_CHECK
int gm_check_history(struct gm_result *result, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_context *cx,
		     const struct gm_oid *tip, int64_t now, struct gm_err *err);

/* A commit that does not exist yet. */
struct gm_staged {
	struct gm_oid tree;
	struct gm_oids parents; /* HEAD, and what is being merged */
	struct gm_str message;  /* empty: not written yet, so that what
				   trailers would declare is not asked for */
	bool has_message;
	struct gm_oid base; /* what has landed; zero: nothing known */
	int64_t now;
};

GM_MUST_CHECK
int gm_check_staged(struct gm_result *result, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_context *cx,
		    const struct gm_staged *staged, struct gm_err *err);

#endif
