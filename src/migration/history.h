/*
 * migration/history: when each migration came, and what was said of it.
 */
#ifndef GM_MIGRATION_HISTORY_H
#define GM_MIGRATION_HISTORY_H

#include "migration/set.h"

struct gm_origin {
	const char *id;
	struct gm_oid introduced; /* the commit that brought the up SQL, maybe
				     under a name it had before */
	struct gm_oid changed;    /* the last one that touched a file of it */
	const char *author;       /* "Name <email>" of the first */
	int64_t when;             /* author date of the first */
	struct gm_meta meta;      /* trailers and header lines, later ones
				     over earlier ones */
};

/*
 * Where the migrations of `set` come from, in the history of `tip`; `*out`
 * has one entry for each, in the order of the set, and each migration's
 * `meta` is filled in.
 */
GM_MUST_CHECK
int gm_history_read(struct gm_origin **out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *tip,
		    const struct gm_roots *roots, struct gm_set *set,
		    struct gm_err *err);

#endif
