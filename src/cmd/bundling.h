/*
 * cmd/bundling: bundles of the migrations of a revision.
 *
 * With what is enforced for them: the policy that the server had when it was
 * last fetched from, its signers, and the records that hang on them.
 */
#ifndef GM_CMD_BUNDLING_H
#define GM_CMD_BUNDLING_H

#include "check/review.h"
#include "cmd/cmd.h"
#include "migration/bundle.h"

struct gm_bundling {
	struct gm_ctx *cx;
	const struct gm_overview *o;
	bool reviewed; /* `review` is there: the server has a policy */
	struct gm_review review;
	size_t at;          /* the migration that is bundled */
	struct gm_bundle b; /* of it */
};

/* `ref` NULL: the protected ref that the policy names first. */
GM_MUST_CHECK
int gm_bundling_open(struct gm_bundling *out, struct gm_ctx *cx,
		     const struct gm_overview *o, const char *ref,
		     struct gm_err *err);

/* Bundle migration number `at`. */
GM_MUST_CHECK
int gm_bundling_make(struct gm_bundle *out, struct gm_bundling *w, size_t at,
		     struct gm_err *err);

#endif
