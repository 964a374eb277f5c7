/*
 * db/cut: may a statement be done in batches, and by which key?
 *
 * What sql/batch cannot see: the table, its key, and what else the statement
 * reads are in the catalog.
 */
#ifndef GM_DB_CUT_H
#define GM_DB_CUT_H

#include "db/conn.h"
#include "sql/batch.h"

struct gm_cut {
	const char *why;       /* it must not be cut; or NULL */
	const char *hint;      /* then: what to do; or NULL */
	const char *relation;  /* the table that is walked, as SQL writes it */
	struct gm_strings key; /* what its ranges go by */
	int64_t estimate;      /* rows, as the planner guesses */
	bool triggers;         /* something may add rows while it is walked */
	bool moves;            /* something may change a key that is updated */
};

/* Look at the table, whose name is looked up in the search path of `c`. */
GM_MUST_CHECK
int gm_cut_read(struct gm_cut *out, struct gm_arena *a, struct gm_conn *c,
		const struct gm_batch *b, struct gm_err *err);

#endif
