/*
 * cmd/gating: the repository, as rollout/gate wants to be asked about it.
 */
#ifndef GM_CMD_GATING_H
#define GM_CMD_GATING_H

#include "cmd/cmd.h"
#include "rollout/gate.h"

struct gm_gating {
	struct gm_ctx *cx;
	const char *at, *ref, *remote; /* options; NULL where not given */

	/* Set by gm_gating_open. */
	struct gm_review review;
	struct gm_overview overview;
	struct gm_follow_ups open;
	size_t *owners; /* see gm_cmd_owners */
};

/* Read the policy that is in force alone, into `review`; fails as below. */
GM_MUST_CHECK
int gm_gating_policy(struct gm_gating *q, struct gm_err *err);

/* Read policy, records and migrations; fails where there is no policy. */
GM_MUST_CHECK
int gm_gating_open(struct gm_gating *q, struct gm_err *err);

/* A migration, judged for an environment: what runs there is approved there. */
GM_MUST_CHECK
int gm_gating_judge(struct gm_review_item *item, struct gm_gating *q, size_t at,
		    const char *env, struct gm_err *err);

/*
 * Ask about migration number `at`, whose stage is `stage` (NULL: its phase).
 * For a contract it may be the expand as well.
 */
GM_MUST_CHECK
int gm_gating_ask(struct gm_gate *out, struct gm_gating *q, size_t at,
		  const char *env, const char *stage, struct gm_err *err);

/* Ask gm_gate_promotion about the rollout that number `at` is in. */
GM_MUST_CHECK
int gm_gating_promotion(struct gm_gate *out, struct gm_gating *q, size_t at,
			const char *env, struct gm_err *err);

#endif
