/*
 * sql/tree: statements as trees, and how to walk them.
 *
 * The trees are libpg_query's protobuf messages, unpacked into an arena.
 */
#ifndef GM_SQL_TREE_H
#define GM_SQL_TREE_H

#include <pg_query/pg_query.pb-c.h>

#include "base/str.h"

/* The names that the generated header gives to its constants. */
#define GM_NODE(name) PG_QUERY__NODE__NODE_##name
#define GM_OBJECT(name) PG_QUERY__OBJECT_TYPE__OBJECT_##name

/* A statement nested deeper than this is not given to the parser. */
#define GM_SQL_MAX_DEPTH 500

struct gm_tree {
	PgQuery__RawStmt **items; /* the statements, usually one */
	size_t n;
	const char *error; /* what is wrong when it does not parse, or NULL */
	size_t error_at;   /* and where, in bytes */
};

/*
 * Parse `sql` into `scratch`.  Never fails: what cannot be read has `error`
 * set.  Nesting is bounded before the parser sees the text.
 */
void gm_tree_parse(struct gm_tree *out, struct gm_arena *scratch,
		   struct gm_str sql);

/* A node as bytes, to keep it longer than its tree; NULL: they are broken. */
struct gm_str gm_node_pack(struct gm_arena *a, const PgQuery__Node *node);
const PgQuery__Node *gm_node_unpack(struct gm_arena *a, struct gm_str packed);

/* The message a node holds, or NULL. */
const ProtobufCMessage *gm_node_message(const PgQuery__Node *node);

/*
 * Call `visit` for each message below and including `m`, from the outside
 * in; those below one for which it says false are left out.
 */
void gm_tree_walk(const ProtobufCMessage *m,
		  bool (*visit)(void *ctx, const ProtobufCMessage *m),
		  void *ctx);

/* The text of a String node, or of a string constant; else NULL. */
const char *gm_node_string(const PgQuery__Node *node);

/* The names of a list of String nodes, joined with dots. */
const char *gm_names(struct gm_arena *a, PgQuery__Node *const *items, size_t n);

/* The last of such a list, "" when there is none. */
const char *gm_names_last(PgQuery__Node *const *items, size_t n);

/* The schema of such a list, or NULL. */
const char *gm_names_schema(PgQuery__Node *const *items, size_t n);

/* "schema.name", or "name" alone. */
const char *gm_rel_name(struct gm_arena *a, const PgQuery__RangeVar *rel);

/* A type in a form in which two equal types have equal texts. */
const char *gm_type_name(struct gm_arena *a, const PgQuery__TypeName *type);

/* Is it NULL, or a cast of NULL? */
bool gm_node_is_null(const PgQuery__Node *node);

/* The option of that name in a list of DefElem, the last one; or NULL. */
const PgQuery__DefElem *gm_option(PgQuery__Node *const *items, size_t n,
				  const char *name);

/* The value of an option as text: a string, name, number or boolean. */
const char *gm_option_text(struct gm_arena *a, const PgQuery__DefElem *option);

#endif
