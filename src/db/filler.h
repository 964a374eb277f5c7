/*
 * db/filler: the rows of one table, for db/rows.
 */
#ifndef GM_DB_FILLER_H
#define GM_DB_FILLER_H

#include "db/rows.h"
#include "db/value.h"

/* How a column gets its values. */
enum gm_fill_how {
	GM_FILL_VALUE, /* one for each number */
	GM_FILL_AUTO,  /* the server does it */
	GM_FILL_NULL,  /* NULL */
	GM_FILL_REF,   /* from the table it refers to: `group` of the refs */
	GM_FILL_POOL,  /* from values that fulfil its checks: `group` */
	GM_FILL_NONE,  /* nothing is known of its type */
};

struct gm_fill_column {
	int64_t number;
	const char *name;
	struct gm_valued value;
	const char *full, *plain;
	bool nullable, automatic, given;
	struct gm_strings domains;
	enum gm_fill_how how;
	size_t group;
};

struct gm_fill_ref {
	size_t *columns, n; /* places in the table's */
	const char *other;  /* oid of the table */
	const char *name;   /* and how SQL writes it */
	struct gm_strings keys;
	int64_t rows; /* it has, at most as many as are wanted */
	bool used;
};

struct gm_fill_table {
	const char *oid, *name;
	struct {
		struct gm_fill_column *items;
		size_t n, cap;
	} columns;
	struct {
		struct gm_fill_ref *items;
		size_t n, cap;
	} refs;
	struct gm_strings checks; /* what the columns, by name, must fulfil */
	bool done;
	struct gm_filled *filled;
};

struct gm_filler {
	struct gm_arena *arena;
	struct gm_conn *conn;
	struct gm_types types;
	const struct gm_fill_options *options;
};

/*
 * Fill the table, whose `refs` know how many rows there are to refer to.  What
 * cannot be done is said in t->filled; fails when the connection does.
 */
GM_MUST_CHECK
int gm_fill_table(struct gm_filler *f, struct gm_fill_table *t,
		  struct gm_err *err);

#endif
