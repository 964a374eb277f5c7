/*
 * cmd/attest: sign what was seen of a stage, and keep what that rests on.
 */
#ifndef GM_CMD_ATTEST_H
#define GM_CMD_ATTEST_H

#include "cmd/seal.h"

/* What is to be said. */
struct gm_attest {
	const char *env, *stage, *result;
	const char *why; /* where --message gives none; or NULL */
	struct gm_str exhibit;
};

/*
 * Show it, ask, sign it and keep its exhibit: 0; 1 when the answer was no.  The
 * role is operator where the signer has it and none was asked for.
 */
GM_MUST_CHECK
int gm_attest(struct gm_seal *s, struct gm_review_item *item,
	      const struct gm_attest *of, struct gm_err *err);

#endif
