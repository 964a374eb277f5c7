/*
 * sql/same: do two texts of SQL that differ mean the same?
 *
 * False as well where that cannot be known.
 */
#ifndef GM_SQL_SAME_H
#define GM_SQL_SAME_H

#include "base/str.h"

/*
 * Two statements that parse to the same tree, whatever their layout, and
 * wherever parentheses stand that only tie ANDs to ANDs or ORs to ORs.
 */
bool gm_sql_same(struct gm_str one, struct gm_str two);

/*
 * Two routines as pg_get_functiondef() writes them, of which a body in SQL or
 * PL/pgSQL may be laid out in other lines and columns.  A comment counts.
 */
bool gm_sql_same_routine(struct gm_str one, struct gm_str two);

#endif
