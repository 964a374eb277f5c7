/*
 * check/touches: does the SQL of one migration take away what another needs?
 *
 * Objects are compared by name.  Of a table two things can be told apart, its
 * columns; whatever is not about columns that the SQL names is about the whole
 * of it.  So are a CHECK and an UPDATE: of what they read and write no columns
 * are told, and they hold back, and are held back by, all that is about that
 * table.
 */
#ifndef GM_CHECK_TOUCHES_H
#define GM_CHECK_TOUCHES_H

#include "base/map.h"
#include "sql/sql.h"

/* What an expand or a backfill adds, changes or fills. */
struct gm_touches {
	struct gm_map by_name;
	bool all; /* nobody could read what it is */
};

/* Nothing yet, in `a`. */
struct gm_touches gm_touches(struct gm_arena *a);

/* Add what the statements of class expand and backfill are about. */
void gm_touches_add(struct gm_touches *t, const struct gm_sql_file *sql);

/*
 * The first statement of class contract or opaque that is about any of it, and
 * in `*what` about what ("column users.phone", in `a`); else, with `*what`
 * NULL, the first one that may be: opaque, or without the names of all that it
 * is about, as with CASCADE.  NULL when there is none.
 */
const struct gm_sql_stmt *gm_touches_clash(const char **what,
					   struct gm_arena *a,
					   const struct gm_touches *t,
					   const struct gm_sql_file *sql);

/*
 * Are the statements of class contract and opaque about none of its tables,
 * types, ...?  False where that is not known.
 */
bool gm_touches_apart(const struct gm_touches *t,
		      const struct gm_sql_file *sql);

#endif
