/*
 * rollout/gate: may this stage go ahead in that environment?
 *
 * A list of questions, each answered by records of the repository: go, no-go,
 * or unknown.  Reads no clock and no network.
 */
#ifndef GM_ROLLOUT_GATE_H
#define GM_ROLLOUT_GATE_H

#include "approval/evidence.h"
#include "check/review.h"
#include "rollout/stages.h"

enum gm_gate_answer { GM_GATE_GO, GM_GATE_NO, GM_GATE_UNKNOWN };

/* "go", "no-go", "unknown". */
const char *gm_gate_answer_name(enum gm_gate_answer answer);

struct gm_gate_line {
	const char *name; /* "classification", "flag", ... */
	enum gm_gate_answer answer;
	const char *why;           /* in words, without a full stop */
	const char *hint;          /* what to do, a sentence; or NULL */
	struct gm_strings records; /* ids of those that prove it */
};

struct gm_gate {
	const char *id, *env;
	enum gm_stage stage;
	bool go; /* nothing says no, and for a contract all is known */
	struct gm_gate_line *items;
	size_t n, cap;
};

/* A migration that takes part. */
struct gm_gate_part {
	const struct gm_overview_item *item;
	const struct gm_review_item *review; /* judged for the environment */
};

struct gm_gate_from {
	const struct gm_repo *repo;
	struct gm_approvals *approvals;
	const struct gm_policy *policy;
	const char *ref; /* the protected one */
	int64_t now;
	const char *env;
	enum gm_stage stage;
	struct gm_gate_part part;          /* what the stage runs, or follows */
	const struct gm_gate_part *expand; /* that it belongs to; NULL: none */
	const struct gm_follow_ups *open;  /* of overrides */
	bool remotes; /* exhibits that were fetched count as well */
};

/*
 * Ask all that the stage depends on.  Fails as gm_approvals_evidence;
 * GM_ENOT_FOUND for an environment that the policy has not.
 */
GM_MUST_CHECK
int gm_gate(struct gm_gate *out, struct gm_arena *a,
	    const struct gm_gate_from *from, struct gm_err *err);

/* --- parts of it, one file each --- */

struct gm_gate_asker {
	struct gm_arena *arena;
	const struct gm_gate_from *from;
	struct gm_gate *out;
	struct gm_err *err;
};

/* Add a line. */
struct gm_gate_line *gm_gate_say(struct gm_gate_asker *q, const char *name,
				 enum gm_gate_answer answer, const char *fmt,
				 ...) GM_PRINTF(4, 5);

/* The questions that evidence answers (rollout/gate_evidence.c). */
GM_MUST_CHECK
int gm_gate_expand(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_flag(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_objectives(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_backup(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_restore(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_previous(struct gm_gate_asker *q);

#endif
