/*
 * db/baseline: take over a database that something else has migrated.
 */
#ifndef GM_DB_BASELINE_H
#define GM_DB_BASELINE_H

#include "db/apply.h"
#include "db/foreign.h"

struct gm_baseline_options {
	const char *uri;
	const char *env;
	const char *to;   /* take all up to this one; NULL: what the ledger of
			     another tool says */
	const char *tool; /* then: of this one; NULL: the only one */
	const char *why;  /* NULL: the name of the tool */
	bool dry_run;
	int64_t wait_ms;
};

struct gm_baseline_result {
	struct gm_strings taken;    /* ids, in order */
	struct gm_strings before;   /* that the ledger has already */
	struct gm_foreign *from;    /* whose word it was, or NULL */
	const char *refused, *hint; /* why nothing was taken, or NULL */
	const char *database;
};

/*
 * Write those of `units` into the ledger as applied, without running them; 0,
 * or 1 when it is refused.
 */
GM_MUST_CHECK
int gm_baseline(struct gm_baseline_result *out, struct gm_arena *a,
		struct gm_apply_unit *units, size_t n,
		const struct gm_baseline_options *o, struct gm_err *err);

#endif
