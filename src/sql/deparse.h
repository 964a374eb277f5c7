/*
 * sql/deparse: a tree as SQL again.
 */
#ifndef GM_SQL_DEPARSE_H
#define GM_SQL_DEPARSE_H

#include "sql/tree.h"

/*
 * The statement as text, or NULL: libpg_query cannot write every tree, and
 * what it writes is only taken when it parses to the same tree again.
 */
const char *gm_tree_text(struct gm_arena *a, PgQuery__RawStmt *stmt);

/*
 * Do two messages say the same, wherever their tokens stand?  (a AND b) AND c
 * is a AND (b AND c), and the same holds for OR.
 */
bool gm_tree_same(const ProtobufCMessage *one, const ProtobufCMessage *two);

/* `name` as it stands in SQL, always in quotes. */
const char *gm_quote_name(struct gm_arena *a, const char *name);

#endif
