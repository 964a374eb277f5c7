/*
 * db/foreign: the ledgers of other tools, which are only read.
 *
 * golang-migrate, Flyway, Diesel, goose, sqlx and Prisma each keep a table of
 * what they have applied.  It is known by its name and its columns, in
 * whatever schema it lies.
 */
#ifndef GM_DB_FOREIGN_H
#define GM_DB_FOREIGN_H

#include "db/conn.h"

enum gm_foreign_state {
	GM_FOREIGN_NONE, /* it knows nothing of it */
	GM_FOREIGN_APPLIED,
	GM_FOREIGN_FAILED, /* dirty, or not finished */
	GM_FOREIGN_REVERTED,
};

struct gm_foreign_row {
	const char *version; /* as the tool writes it; or the whole name */
	const char *at;      /* when, as text; "" where it is not kept */
	enum gm_foreign_state state;
};

struct gm_foreign {
	const char *tool;  /* "golang-migrate", ... */
	const char *table; /* public.schema_migrations */
	bool through;      /* one row, which stands for all up to it */
	bool by_name;      /* `version` is the migration's id */
	struct gm_foreign_row *items; /* in the order of the table */
	size_t n, cap;
};

struct gm_foreigns {
	struct gm_foreign *items;
	size_t n, cap;
};

/* All that are there, by tool; one that may not be read fails. */
GM_MUST_CHECK
int gm_foreign_read(struct gm_foreigns *out, struct gm_arena *a,
		    struct gm_conn *c, struct gm_err *err);

/* Whose ledger has that name, without schema?  NULL: none. */
const char *gm_foreign_tool(struct gm_str table);

/* What the tool says of a migration of that id and version. */
enum gm_foreign_state gm_foreign_says(const struct gm_foreign *f,
				      const char *id, struct gm_str version);

#endif
