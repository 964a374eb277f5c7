/*
 * git/ref: names that point at objects.
 */
#ifndef GM_GIT_REF_H
#define GM_GIT_REF_H

#include "git/repo.h"

/*
 * The object a full ref name points at (symbolic refs followed).  Returns 1
 * and sets `*out` when it exists, 0 when it does not, -1 on error.
 */
GM_MUST_CHECK
int gm_ref_get(struct gm_oid *out, const struct gm_repo *r, const char *name,
	       struct gm_err *err);

/* Is the ref itself symbolic?  1, 0, or -1; `*target` (arena) when it is. */
GM_MUST_CHECK
int gm_ref_symbolic(const char **target, struct gm_arena *a,
		    const struct gm_repo *r, const char *name,
		    struct gm_err *err);

/*
 * Point `name` at `to` if it points at `from` now (zero: does not exist),
 * with a reflog message.  Fails with GM_ERACE when somebody was faster.
 */
GM_MUST_CHECK
int gm_ref_swap(struct gm_repo *r, const char *name, const struct gm_oid *from,
		const struct gm_oid *to, const char *message,
		struct gm_err *err);

/* A well-formed full ref name (git check-ref-format), ASCII control-free. */
bool gm_ref_valid(struct gm_str name);

/*
 * The branch HEAD names ("refs/heads/main"), also an unborn one; NULL when
 * HEAD is detached.
 */
GM_MUST_CHECK
int gm_ref_head(const char **out, struct gm_arena *a, const struct gm_repo *r,
		struct gm_err *err);

/* The upstream of the current branch as a full ref; NULL: none set. */
GM_MUST_CHECK
int gm_ref_upstream(const char **out, struct gm_arena *a,
		    const struct gm_repo *r, struct gm_err *err);

struct gm_ref {
	const char *name;
	struct gm_oid oid;
};

struct gm_refs {
	struct gm_ref *items;
	size_t n, cap;
};

/* All direct refs whose name starts with `prefix`, sorted by name. */
GM_MUST_CHECK
int gm_ref_list(struct gm_refs *out, struct gm_arena *a,
		const struct gm_repo *r, const char *prefix,
		struct gm_err *err);

#endif
