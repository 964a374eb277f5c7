/*
 * cmd/guard: run a server hook so that whatever happens refuses the push.
 *
 * The work is done in a child process with a deadline and a memory limit.  A
 * crash, a signal or a time-out of the child is told to the pusher and counts
 * as a refusal; so does the death of the parent, since git refuses when a
 * hook ends in any way but exit 0.
 */
#ifndef GM_CMD_GUARD_H
#define GM_CMD_GUARD_H

#include "cmd/cmd.h"

/*
 * Make the process safe to judge in: refuse injected git configuration, and
 * keep of the environment only what names the repository and its quarantine,
 * and what a forge says of who pushes. Over SSH a client can send variables
 * (AcceptEnv).
 */
GM_MUST_CHECK
int gm_guard_environment(struct gm_arena *a, struct gm_err *err);

/*
 * Run `work` in a child.  Returns 0 when it returned 0; 1 in all other cases,
 * after an explanation on cx->err: an error of the work, a signal, the
 * deadline.
 */
int gm_guard_run(struct gm_ctx *cx,
		 int (*work)(struct gm_ctx *cx, const void *arg,
			     struct gm_err *err),
		 const void *arg);

/* Inside the work: let it end `ms` milliseconds after the guard started. */
void gm_guard_deadline(int64_t ms);

#endif
