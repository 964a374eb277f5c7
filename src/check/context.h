/*
 * check/context: what a judgement goes by: the policy, and the directories
 * that hold migrations.
 */
#ifndef GM_CHECK_CONTEXT_H
#define GM_CHECK_CONTEXT_H

#include "git/object.h"
#include "migration/set.h"
#include "policy/policy.h"

struct gm_context {
	struct gm_policy policy;
	struct gm_roots roots;
};

/*
 * The policy file in the tree of `commit`: 1 and `*out` when there is one, 0
 * when there is none, -1 when it cannot be read or is no regular file.
 * `where` stands before the path in messages ("refs/heads/main").
 */
GM_MUST_CHECK
int gm_policy_of_commit(struct gm_policy *out, struct gm_arena *a,
			const struct gm_repo *r, const struct gm_oid *commit,
			const char *where, struct gm_err *err);

/* The same, of a tree that may have no commit yet. */
GM_MUST_CHECK
int gm_policy_of_tree(struct gm_policy *out, struct gm_arena *a,
		      const struct gm_repo *r, const struct gm_oid *tree,
		      const char *where, struct gm_err *err);

/*
 * Settle the directories of `policy`.  Layouts and directories that hold
 * migrations in the tree `base` (zero: none) stay as they are there, so that a
 * push cannot make landed migrations invisible; the tree `tip` decides the
 * rest.
 */
GM_MUST_CHECK
int gm_context_roots(struct gm_roots *out, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_policy *policy,
		     const struct gm_oid *base, const struct gm_oid *tip,
		     struct gm_err *err);

/* The same, with commits (`base` zero: none) instead of their trees. */
GM_MUST_CHECK
int gm_context_roots_between(struct gm_roots *out, struct gm_arena *a,
			     const struct gm_repo *r,
			     const struct gm_policy *policy,
			     const struct gm_oid *base,
			     const struct gm_oid *tip, struct gm_err *err);

/*
 * For commands that look at one commit: its own policy, or the built-in one
 * when it has none, and its directories.
 */
GM_MUST_CHECK
int gm_context_local(struct gm_context *out, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_oid *tip,
		     struct gm_err *err);

#endif
