/*
 * check/start: where a new protected ref starts.
 *
 * A push is judged by its end, and the commits on the way there are part of the
 * guarded history from then on, with what they held for a while.  A ref that
 * starts at one of them would land what nobody has approved.
 */
#ifndef GM_CHECK_START_H
#define GM_CHECK_START_H

#include "check/context.h"
#include "check/result.h"

struct gm_start {
	struct gm_oid commit;  /* what the new ref shares with that history */
	struct gm_oid guarded; /* the tip of that */
	const char *history;   /* the ref of that history, for messages */
	const char *ref;       /* the new ref, for findings */
};

/*
 * `unapproved` for each migration of the commit that asks for approvals by what
 * it does, is not as the guarded tip has it, and never landed as it is there.
 */
GM_MUST_CHECK
int gm_check_start(struct gm_result *result, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_policy *policy,
		   const struct gm_start *start, struct gm_err *err);

#endif
