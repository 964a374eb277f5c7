/*
 * sql/batch: a statement that writes many rows, cut to a range of a key.
 *
 * An UPDATE, a DELETE or an INSERT ... SELECT does to each row of one table
 * what that row alone decides; then doing it range by range is the same as
 * doing it at once.  Where the parse tree does not prove that, the statement
 * is refused, unless its author wrote $1 and $2 where the range goes.  What
 * only the catalog knows (primary keys, aggregates, functions that read
 * tables) is left to who has a server.
 */
#ifndef GM_SQL_BATCH_H
#define GM_SQL_BATCH_H

#include "sql/run.h"

struct gm_batch {
	const char *refused;       /* why not, in words; NULL: it can be */
	const char *hint;          /* then: what to write instead */
	struct gm_run_name table;  /* whose key is walked */
	const char *as;            /* what the statement calls it */
	const char *column;        /* with $1 and $2: the key; else NULL */
	struct gm_strings sets;    /* columns of that table it writes */
	bool updates;              /* an UPDATE of the table that is walked */
	struct gm_run_names calls; /* functions, where they must not read what
				      is written */
	struct gm_run_names rows;  /* functions that must be no aggregates */
	struct gm_run_name into;   /* where an INSERT writes; else "" */
	struct gm_run_names reads; /* relations it names beside these two,
				      which must not show what is written */
	struct gm_str sql;
};

/* Read one statement, which must outlive the result. */
void gm_batch_read(struct gm_batch *out, struct gm_arena *a, struct gm_str sql);

/*
 * The statement for the keys from ($1, ..., $n) to ($n+1, ..., $2n), both
 * included, where `columns` is the key.  NULL when it cannot be written.
 */
const char *gm_batch_sql(struct gm_arena *a, const struct gm_batch *b,
			 const char *const *columns, size_t n);

/*
 * The same of one that `updates`, as a query of one row: how many rows it
 * wrote, and how many of them have a key behind the range now, since a trigger
 * changed it.
 */
const char *gm_batch_counted(struct gm_arena *a, const struct gm_batch *b,
			     const char *const *columns, size_t n);

#endif
