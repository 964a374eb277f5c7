/*
 * db/engine: one run of db/apply, shared by the files that do it.
 */
#ifndef GM_DB_ENGINE_H
#define GM_DB_ENGINE_H

#include "db/apply.h"
#include "db/ladder.h"
#include "db/lock.h"

/* How a try ended. */
enum gm_try {
	GM_TRY_DONE,
	GM_TRY_REFUSED, /* the answer is no: it is in the result */
	GM_TRY_AGAIN,   /* a lock was not to be had: rolled back */
	GM_TRY_LOST,    /* a connection is gone, the outcome not known */
	GM_TRY_FAILED,  /* `err` says why */
};

struct gm_engine {
	struct gm_arena *arena;
	const struct gm_apply_options *o;
	struct gm_apply_result *out;
	struct gm_conn *control; /* holds the lock, looks on */
	struct gm_conn *worker;  /* runs everything */
	struct gm_identity identity;
	struct gm_checkpoint_rights rights;
	struct gm_ladder ladder;
	struct gm_apply_unit *unit; /* that is run */
	struct gm_ledger_entry entry;
	bool point_inside; /* its restore point is of its own transaction */
	bool played;       /* its steps may have changed the role */
	bool own_limit;    /* its file sets statement_timeout itself */
	int64_t xid;       /* of its transaction; 0: none */
	const struct gm_run_stmt *running; /* that was cut off, or failed */
	int64_t running_at;    /* rows of its backfill before the batch */
	struct gm_watch watch; /* on the worker */
	int64_t looked, checked, told; /* gm_ticks_ms() of the last */
	struct gm_arena blockers;      /* of `blocked` */
	const char *blocked;           /* who was in the way last, or NULL */
	bool canceled; /* the last try was ended from our side */
};

/* --- db/session: the two connections --- */

/* Open both, take the lock.  1; 0 when another apply kept it: refused. */
GM_MUST_CHECK
int gm_engine_open(struct gm_engine *e, struct gm_err *err);
void gm_engine_close(struct gm_engine *e);

/*
 * After a loss: both connections anew, to the same server, and nothing of the
 * old ones left there.  As gm_engine_open.
 */
GM_MUST_CHECK
int gm_engine_reopen(struct gm_engine *e, struct gm_err *err);

/* The worker's session as it is at the beginning of a migration. */
GM_MUST_CHECK
int gm_engine_pin(struct gm_engine *e, struct gm_err *err);

/* Was the last call's trouble that a connection is gone? */
bool gm_engine_lost(const struct gm_engine *e);

/* Should it end, by a signal? Fails then. */
int gm_engine_go_on(const struct gm_engine *e, struct gm_err *err);

/* To wait so long, but no longer than it should go on. */
struct gm_wait gm_engine_wait(struct gm_engine *e, int64_t limit_ms);

void gm_engine_news(struct gm_engine *e, enum gm_news_kind kind, size_t step,
		    const char *text);

/* Say no.  `unit` NULL: about the database.  Returns GM_TRY_REFUSED. */
enum gm_try gm_engine_refuse(struct gm_engine *e,
			     const struct gm_apply_unit *unit, const char *path,
			     size_t line, size_t column, const char *why,
			     const char *hint);

/*
 * After a call of the worker that failed: end what it has open, and say how
 * the try ended: lost, again, or failed.
 */
enum gm_try gm_engine_undo(struct gm_engine *e);

/* Run the text of statement `stmt`; on errors `err` points at the place. */
GM_MUST_CHECK
int gm_engine_run(struct gm_engine *e, const struct gm_steps *steps,
		  const char *path, const struct gm_run_stmt *stmt,
		  struct gm_err *err);

/*
 * Did the statement fail because it has to run in no transaction, or ends one
 * itself?
 */
bool gm_engine_needs_none(const struct gm_engine *e);

/* statement_timeout of a statement, in ms, by what it locks. */
int64_t gm_engine_limit(const struct gm_engine *e,
			const struct gm_run_stmt *stmt);

/* --- the ways to run a migration --- */

/* db/transaction: all in one. */
enum gm_try gm_run_transaction(struct gm_engine *e, struct gm_err *err);

/* db/stepwise: step by step. */
enum gm_try gm_run_steps(struct gm_engine *e, struct gm_err *err);

/*
 * What the ledger says is done of the migration must stand in its file as it
 * was, however it is to be run now.
 */
enum gm_try gm_check_steps(struct gm_engine *e, struct gm_err *err);

/*
 * The ledger is written as the role that is connected, also where the file
 * has said SET ROLE: in the open transaction; or in one of its own, which the
 * second ends.
 */
GM_MUST_CHECK
int gm_engine_ourselves(struct gm_engine *e, struct gm_err *err);
GM_MUST_CHECK
int gm_engine_leave(struct gm_engine *e, struct gm_err *err);

/*
 * db/verify: run the verify SQL, in the open transaction (`inside`), or in one
 * of its own; GM_TRY_REFUSED when it fails.
 */
enum gm_try gm_run_verify(struct gm_engine *e, bool inside, struct gm_err *err);

/* db/backfill: the rest of a step in batches. */
enum gm_try gm_run_backfill(struct gm_engine *e, size_t ordinal,
			    struct gm_err *err);

#endif
