/*
 * db/catalog: what a database is made of, and how two of them differ.
 *
 * A snapshot is a sorted list of objects with a text in which every
 * difference that matters shows: tables, columns, constraints, indexes,
 * views, functions, types, privileges, comments and so on.  What belongs to
 * an extension is left out, but for the extension.
 */
#ifndef GM_DB_CATALOG_H
#define GM_DB_CATALOG_H

#include "db/conn.h"

struct gm_object {
	const char *kind;   /* "table", "column", "index", ... */
	const char *name;   /* as SQL writes it: public.users.phone */
	const char *parent; /* kind and name of what it goes with, or "" */
	const char *definition;
};

struct gm_catalog {
	struct gm_object *items; /* by kind, then name */
	size_t n;
};

/*
 * Read it all, at one moment.  `without` is a schema to leave out, or NULL.
 * An open transaction stays open.
 */
GM_MUST_CHECK
int gm_catalog_read(struct gm_catalog *out, struct gm_arena *a,
		    struct gm_conn *c, const char *without, struct gm_err *err);

/* SHA-256 over all of it, 64 hex digits: equal only when nothing differs. */
const char *gm_catalog_digest(struct gm_arena *a, const struct gm_catalog *c);

struct gm_change {
	const struct gm_object *before; /* NULL: it was added */
	const struct gm_object *after;  /* NULL: it was removed */
};

struct gm_changes {
	struct gm_change *items; /* by kind, then name */
	size_t n, cap;
};

/*
 * What differs, object by object.  What came or went together with its parent
 * is not named by itself; a constraint or routine that is written in another
 * way and means the same does not differ (sql/same).
 */
void gm_catalog_compare(struct gm_changes *out, struct gm_arena *a,
			const struct gm_catalog *before,
			const struct gm_catalog *after);

/* "added", "removed" or "changed". */
const char *gm_change_word(const struct gm_change *c);

/* "column public.users.phone", of either side. */
const char *gm_change_name(struct gm_arena *a, const struct gm_change *c);

#endif
