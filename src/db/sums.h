/*
 * db/sums: are the rows still the same?
 *
 * A sum over all rows of each table and one over each column, in which the
 * order of rows and columns does not count.  Values count as the text they
 * are written as.
 */
#ifndef GM_DB_SUMS_H
#define GM_DB_SUMS_H

#include "db/conn.h"

struct gm_sum_column {
	const char *name; /* as SQL writes it */
	const char *sum;
};

struct gm_sum {
	const char *table; /* as SQL writes it: public.users */
	bool logged;       /* else its rows are in no backup */
	int64_t rows;
	const char *sum; /* of whole rows */
	struct gm_sum_column *columns;
	size_t n; /* by name */
};

struct gm_sums {
	struct gm_sum *items; /* by table */
	size_t n, cap;
};

/*
 * Read all tables the role can see.  `without` is a schema to leave out, or
 * NULL.
 */
GM_MUST_CHECK
int gm_sums_read(struct gm_sums *out, struct gm_arena *a, struct gm_conn *c,
		 const char *without, struct gm_err *err);

/*
 * What of `before` is not there any more, a line for each table or column: a
 * table or column that is gone, rows that are fewer, or more, or other ones.
 * A column that is new does not count; where columns came or went, the others
 * are compared one by one.
 */
void gm_sums_compare(struct gm_strings *out, struct gm_arena *a,
		     const struct gm_sums *before, const struct gm_sums *after);

/* Those of the tables that are logged. */
struct gm_sums gm_sums_logged(struct gm_arena *a, const struct gm_sums *s);

/* All rows of all tables. */
int64_t gm_sums_rows(const struct gm_sums *s);

#endif
