/*
 * cmd/rollouts: which migrations make one rollout.
 *
 * A contract belongs to the expand it names, a backfill to the nearest expand
 * before it that is about one of its tables.  What belongs to none is a
 * rollout of its own.
 */
#ifndef GM_CMD_ROLLOUTS_H
#define GM_CMD_ROLLOUTS_H

#include "check/overview.h"
#include "cmd/cmd.h"
#include "rollout/rollout.h"

struct gm_rollouts {
	struct gm_rollout *items;
	size_t n, cap;
};

/*
 * The rollouts that the migrations `ids` take part in (none: all there are),
 * in order, each once.  An id may be cut short as for `show`.
 */
GM_MUST_CHECK
int gm_cmd_rollouts(struct gm_rollouts *out, struct gm_ctx *cx,
		    const struct gm_overview *o,
		    const struct gm_policy_flux *flux,
		    const struct gm_strings *ids, struct gm_err *err);

/* Of each migration, the number of the one whose rollout it takes part in. */
GM_MUST_CHECK
int gm_cmd_owners(size_t **out, struct gm_ctx *cx, const struct gm_overview *o,
		  struct gm_err *err);

#endif
