/*
 * db/probe: what a statement that runs in no transaction has left behind.
 *
 * Nothing undoes such a statement when it is cut off.  Before it runs, and
 * when it is run again, the catalog says whether it was done; what is left of
 * half of it goes away first.
 */
#ifndef GM_DB_PROBE_H
#define GM_DB_PROBE_H

#include "db/conn.h"
#include "db/steps.h"

struct gm_probe {
	bool done;        /* nothing is left to be done */
	const char *note; /* what was found, in words, or NULL */
};

/*
 * Look before statement `stmt` is run; `begun`: it was begun before, and what
 * became of it is not known.  An
 * INVALID index of the same definition is dropped; so are leftovers of a
 * concurrent rebuild, when it was begun.  Fails with GM_EINPUT where
 * something else is in the way: an index of that name with another
 * definition, which IF NOT EXISTS would have hidden; and where a statement
 * that ends transactions itself was begun, half of which may be done.
 */
GM_MUST_CHECK
int gm_probe_before(struct gm_probe *out, struct gm_arena *a, struct gm_conn *c,
		    const struct gm_steps *steps,
		    const struct gm_run_stmt *stmt, bool begun,
		    struct gm_err *err);

/*
 * Look before it is begun for the first time, and so before the ledger says
 * that it is: fails with GM_EINPUT when the database, tablespace, subscription
 * or value that it makes is there.  It would be taken for its own later.
 */
GM_MUST_CHECK
int gm_probe_first(struct gm_arena *a, struct gm_conn *c,
		   const struct gm_run_stmt *stmt, struct gm_err *err);

/*
 * Look after it: an index must be valid, ready, and what was planned.
 */
GM_MUST_CHECK
int gm_probe_after(struct gm_arena *a, struct gm_conn *c,
		   const struct gm_steps *steps, const struct gm_run_stmt *stmt,
		   struct gm_err *err);

/*
 * Only look: what the catalog says of it now, in words; NULL where it says
 * nothing.
 */
GM_MUST_CHECK
int gm_probe_look(const char **out, struct gm_arena *a, struct gm_conn *c,
		  const struct gm_run_stmt *stmt, struct gm_err *err);

/*
 * It failed: what is left of indexes that were being built goes at once, since
 * a unique one would go on to refuse rows.  1 when something was dropped.
 */
GM_MUST_CHECK
int gm_probe_clean(struct gm_arena *a, struct gm_conn *c,
		   const struct gm_run_stmt *stmt, struct gm_err *err);

#endif
