/*
 * db/rehearse: the SQL of a migration, run on a stage.
 */
#ifndef GM_DB_REHEARSE_H
#define GM_DB_REHEARSE_H

#include "db/observe.h"
#include "db/stage.h"
#include "db/steps.h"

/* What became of a text. */
struct gm_act {
	bool failed;
	bool partly;     /* and what came before has stayed */
	const char *why; /* then: the server's words */
	const char *hint;
	size_t line, column;
	int64_t us; /* it took, from the first statement to the commit */
};

/*
 * Run the up SQL as `steps` cut it, in the database `dbname`.  With `seen`, one
 * for each statement of the file, what they do is observed; else NULL.  Fails
 * when the server does not go on.
 */
GM_MUST_CHECK
int gm_rehearse_up(struct gm_act *out, struct gm_arena *a, struct gm_seen *seen,
		   struct gm_stage *s, const char *dbname,
		   const struct gm_steps *steps, struct gm_err *err);

/*
 * Run down SQL: in one transaction where that can be, else statement by
 * statement.
 */
GM_MUST_CHECK
int gm_rehearse_down(struct gm_act *out, struct gm_arena *a, struct gm_stage *s,
		     const char *dbname, struct gm_str text,
		     struct gm_err *err);

/* Run verify SQL in a transaction that only reads. */
GM_MUST_CHECK
int gm_rehearse_verify(struct gm_act *out, struct gm_arena *a,
		       struct gm_stage *s, const char *dbname,
		       struct gm_str text, struct gm_err *err);

#endif
