/*
 * cmd/judge: the ways a clone asks for a judgement, shared by the command
 * `check` and the client hooks.
 */
#ifndef GM_CMD_JUDGE_H
#define GM_CMD_JUDGE_H

#include "check/result.h"
#include "cmd/cmd.h"
#include "git/push.h"

/*
 * Judge `range`: "A..B", "A.." or "A" (to HEAD), or NULL for
 * @{upstream}..HEAD; an upstream that is not guarded makes way for the branch
 * of origin that is.  The policy is the one at the range's lower end, which is
 * what the server has; a range that brings the first policy is judged by that.
 */
GM_MUST_CHECK
int gm_cmd_check_range(struct gm_ctx *cx, struct gm_result *result,
		       const char *range, struct gm_err *err);

/* Judge all of the history of `rev` (NULL: HEAD). */
GM_MUST_CHECK
int gm_cmd_check_all(struct gm_ctx *cx, struct gm_result *result,
		     const char *rev, struct gm_err *err);

/*
 * Judge what is staged as a commit on top of HEAD (and of MERGE_HEAD while a
 * merge is under way), or with `amend` in the place of HEAD.  `message` is the
 * commit message, or NULL while it is not written.
 */
GM_MUST_CHECK
int gm_cmd_check_staged(struct gm_ctx *cx, struct gm_result *result,
			const struct gm_str *message, bool amend,
			struct gm_err *err);

/* Judge what a push from this clone would send, for the hook pre-push. */
GM_MUST_CHECK
int gm_cmd_check_push(struct gm_ctx *cx, struct gm_result *result,
		      const char *remote, const struct gm_push *push,
		      struct gm_err *err);

#endif
