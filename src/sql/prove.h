/*
 * sql/prove: what expressions give where the columns that a migration added
 * have the values that old code leaves in them.
 *
 * Says only what is certain for PostgreSQL's own types, operators and
 * functions; of all else nothing is known.
 */
#ifndef GM_SQL_PROVE_H
#define GM_SQL_PROVE_H

#include "sql/scope.h"

/* What to look names up in; NULL where there is none. */
struct gm_facts {
	const struct gm_scope *scope;
	const struct gm_rel *rel;     /* its new columns */
	const struct gm_col *self;    /* one more: it is being added */
	const struct gm_value *value; /* VALUE in the check of a domain */
	struct gm_arena *scratch;
	size_t *budget; /* bytes of bodies and checks that may be read */
};

/* The value of an expression. */
struct gm_value gm_prove(const struct gm_facts *facts,
			 const PgQuery__Node *node);

/* sql/prove_call: that of a call. */
struct gm_value gm_prove_call(const struct gm_facts *facts,
			      const PgQuery__FuncCall *call);

/* The same as a value of a column of this type (gm_type_name). */
struct gm_value gm_prove_as(const struct gm_facts *facts,
			    const PgQuery__Node *node, const char *type);

/* Is a check certain not to be false? */
bool gm_proves(const struct gm_facts *facts, const PgQuery__Node *check);

/* Keep a check with what it is about, and get it back. */
void gm_keep_check(struct gm_arena *a, struct gm_checks *list,
		   const PgQuery__Node *check);

/* Do all checks of the list hold? */
bool gm_proves_all(const struct gm_facts *facts, const struct gm_checks *list);

/* False when the budget is spent. */
bool gm_spend(const struct gm_facts *facts, size_t n);

/* Is the name one of these? */
bool gm_is_one(const char *name, const char *const *names, size_t n);

#endif
