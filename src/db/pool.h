/*
 * db/pool: values for the columns that checks tie together.
 *
 * Checks that share columns make one pool.  Its values are found by trying
 * what the checks themselves speak of, and ways to put that together; a check
 * that fails with an error says no, as a text that is no JSON does where the
 * check reads it as such.
 */
#ifndef GM_DB_POOL_H
#define GM_DB_POOL_H

#include "db/filler.h"

#define GM_POOLS_MAX 64

/* A set of columns with the checks that tie them together. */
struct gm_pool {
	size_t *columns, n; /* 0: it is a part of another one */
	struct gm_strings checks;
	int64_t rows;    /* combinations that fulfil them */
	const char *sql; /* gives them, numbered from 0 as gm_n */
};

struct gm_pools {
	struct gm_filler *filler;
	struct gm_fill_table *table;
	struct gm_pool *items;
	size_t n;
	struct gm_strings late; /* conditions on a row that no pool keeps */
};

void gm_pools_init(struct gm_pools *out, struct gm_filler *f,
		   struct gm_fill_table *t);

/* The check of a domain, with the column in the place of VALUE. */
const char *gm_pool_check(struct gm_arena *a, const char *check,
			  const char *column);

/*
 * Add a check.  It is about the columns it mentions, whose `how` is known.
 * Where one of them is not a free value, rows are chosen by it in the end.
 */
void gm_pools_add(struct gm_pools *p, const char *check);

/*
 * Find the combinations; the columns become GM_FILL_POOL.  Where there are
 * none, t->filled says so.  Fails when the connection does.
 */
GM_MUST_CHECK
int gm_pools_settle(struct gm_pools *p, struct gm_err *err);

#endif
