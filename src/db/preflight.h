/*
 * db/preflight: what stands against a migration, before anything is changed.
 *
 * Everything here only reads.
 */
#ifndef GM_DB_PREFLIGHT_H
#define GM_DB_PREFLIGHT_H

#include "db/conn.h"
#include "db/steps.h"

enum gm_preflight_level {
	GM_PREFLIGHT_NOTE,
	GM_PREFLIGHT_WARN,
	GM_PREFLIGHT_BLOCK, /* it is not to be run */
};

/* "note", "warning", "no-go". */
const char *gm_preflight_level_name(enum gm_preflight_level level);

struct gm_preflight_item {
	enum gm_preflight_level level;
	const char *check;       /* "prepared", "archive", ... */
	const char *what, *hint; /* `hint` may be "" */
};

struct gm_preflight {
	struct gm_preflight_item *items; /* the worst first */
	size_t n, cap;
	size_t blocks;
};

/* A transaction that is open for longer is old. */
#define GM_PREFLIGHT_OLD_S 60

/*
 * Add what stands against any migration here.  `search_path` is what was asked
 * for; NULL: nothing was, and it is public.
 */
GM_MUST_CHECK
int gm_preflight_server(struct gm_preflight *out, struct gm_arena *a,
			struct gm_conn *c, const char *search_path,
			struct gm_err *err);

/*
 * Add what stands against this one, whose unqualified names are looked up
 * with the search path of `c`.
 */
GM_MUST_CHECK
int gm_preflight_steps(struct gm_preflight *out, struct gm_arena *a,
		       struct gm_conn *c, const struct gm_steps *steps,
		       struct gm_err *err);

/* Which server this is: the same one, and not a promoted copy of it. */
struct gm_identity {
	int64_t system_id, timeline;
	int64_t started; /* its start, in microseconds since 1970 */
};

GM_MUST_CHECK
int gm_identity_read(struct gm_identity *out, struct gm_conn *c,
		     struct gm_err *err);

/* names as '{"a","b"}', for text[] parameters. */
const char *gm_sql_array(struct gm_arena *a, const char *const *items,
			 size_t n);

#endif
