/*
 * sql/locks: the statements of sql/run, one at a time.
 */
#ifndef GM_SQL_LOCKS_H
#define GM_SQL_LOCKS_H

#include "sql/read.h"
#include "sql/run.h"

/* One file while it is read. */
struct gm_run_reader {
	struct gm_arena *arena;
	struct gm_str text;
	struct gm_run_file *out;
	struct gm_run_stmt *now;  /* the statement that is read */
	struct gm_run_names made; /* relations and types of this file */
	struct gm_run_names types;
};

/*
 * Fill in mode, lock, targets and probe of the statement `r->now`, which is no
 * SET or RESET.
 */
void gm_run_stmt_read(struct gm_run_reader *r, const PgQuery__Node *n);

#endif
