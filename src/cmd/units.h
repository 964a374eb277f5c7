/*
 * cmd/units: the migrations of a revision, as db/apply takes them.
 */
#ifndef GM_CMD_UNITS_H
#define GM_CMD_UNITS_H

#include "check/overview.h"
#include "cmd/cmd.h"
#include "db/apply.h"

struct gm_units {
	struct gm_apply_unit *items;
	size_t n, cap;
	const struct gm_overview *from; /* the revision; NULL: a bundle */
	struct gm_strings passed;       /* left out, with the reason */
};

/*
 * All that have up SQL, in order.  What only another tool runs (a baseline) is
 * left out.
 */
GM_MUST_CHECK
int gm_units_read(struct gm_units *out, struct gm_ctx *cx,
		  const struct gm_overview *o, struct gm_err *err);

/* The content of a file of a migration, which must be a regular one. */
GM_MUST_CHECK
int gm_units_file(struct gm_str *out, struct gm_ctx *cx,
		  const struct gm_migration_file *file, struct gm_err *err);

/* The one migration of a bundle. */
struct gm_bundle;
void gm_units_bundle(struct gm_units *out, struct gm_ctx *cx,
		     const struct gm_bundle *b);

/* "30s" as milliseconds; NULL or "" leaves `*ms` as it is.  GM_EUSAGE. */
GM_MUST_CHECK
int gm_units_duration(int64_t *ms, const char *name, const char *text,
		      struct gm_err *err);

/*
 * Where the database is: `db` when given; else migrate.<env>.url; else NULL,
 * which is libpq's environment.
 */
GM_MUST_CHECK
int gm_units_uri(const char **out, struct gm_ctx *cx, const char *db,
		 const char *env, struct gm_err *err);

#endif
