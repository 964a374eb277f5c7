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
	bool go;    /* nothing says no, and for what takes something away (a
		       contract, widen, close) all is known */
	bool known; /* nothing is unknown */
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
	const struct gm_gate_part *backfills; /* of the same rollout */
	size_t n_backfills;
	const struct gm_gate_part *contracts; /* of that expand, all of them */
	size_t n_contracts;
	const struct gm_follow_ups *open; /* of overrides */
	bool remotes; /* exhibits that were fetched count as well */
};

/*
 * Ask all that the stage depends on.  Fails as gm_approvals_evidence;
 * GM_ENOT_FOUND for an environment that the policy has not.
 */
GM_MUST_CHECK
int gm_gate(struct gm_gate *out, struct gm_arena *a,
	    const struct gm_gate_from *from, struct gm_err *err);

/*
 * Ask one thing alone: has the environment before seen it pass?  Without that
 * nothing is written for this one.
 */
GM_MUST_CHECK
int gm_gate_promotion(struct gm_gate *out, struct gm_arena *a,
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

/* Evidence of a part (NULL: of whatever migration, the newest alone); `env`
   and `stage` as in struct gm_evidence_about. */
GM_MUST_CHECK
int gm_gate_look(struct gm_evidences *out, struct gm_gate_asker *q,
		 const struct gm_gate_part *part, const char *env,
		 const char *stage);

bool gm_gate_passed(const struct gm_record *r);

/* The rollback of the expand in an environment that came after it was applied
   by this record (NULL: at all); NULL: there is none. */
GM_MUST_CHECK
int gm_gate_rolled_back(const struct gm_record **out, struct gm_gate_asker *q,
			const char *env, const struct gm_record *applied);

/* Add a line about a record. */
struct gm_gate_line *gm_gate_say_record(struct gm_gate_asker *q,
					const char *name,
					enum gm_gate_answer answer,
					const struct gm_record *r,
					const char *what);

/* Nothing counts: say why not, where something is there. */
void gm_gate_say_none(struct gm_gate_asker *q, const char *name,
		      enum gm_gate_answer answer,
		      const struct gm_evidences *all, const char *what);

/* A hint: how that is recorded. */
const char *gm_gate_how_to(struct gm_gate_asker *q, const char *id,
			   const char *env, const char *stage);

/* The questions that evidence answers. */
GM_MUST_CHECK
int gm_gate_expand(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_backfills(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_flag(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_objectives(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_backup(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_retention(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_restore(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_previous(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_contract(struct gm_gate_asker *q);
GM_MUST_CHECK
int gm_gate_done(struct gm_gate_asker *q);

/*
 * The record that says since when the expand has been applied there; NULL:
 * none, or it failed or was rolled back after.
 */
GM_MUST_CHECK
int gm_gate_applied(const struct gm_record **out, struct gm_gate_asker *q);

#endif
