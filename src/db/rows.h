/*
 * db/rows: rows to try a migration on, made from the catalog alone.
 *
 * They have the types, fulfil the checks, domains and partition bounds, refer
 * to rows that are there, and are unique where they have to be.  What cannot
 * be fulfilled is said, not passed over in silence.
 */
#ifndef GM_DB_ROWS_H
#define GM_DB_ROWS_H

#include "db/conn.h"

struct gm_filled {
	const char *table; /* as SQL writes it */
	int64_t rows;      /* in it now */
	bool old;          /* it had rows, and got none */
	const char *why;   /* not as many as were wanted, or NULL */
};

struct gm_fill {
	struct gm_filled *items;
	size_t n, cap;
};

struct gm_fill_options {
	const char *without; /* schema to leave out, or NULL */
	int64_t rows;        /* for each table that has none */
	int64_t limit_ms;    /* of each statement */
};

/*
 * Put rows into all tables that have none, with nothing but the rights `c`
 * has: triggers run, and where they say no, are switched off for a moment.
 * No transaction may be open.
 */
GM_MUST_CHECK
int gm_rows_fill(struct gm_fill *out, struct gm_arena *a, struct gm_conn *c,
		 const struct gm_fill_options *o, struct gm_err *err);

#endif
