/*
 * db/cell: what a statement gave, and words for the next one.
 */
#ifndef GM_DB_CELL_H
#define GM_DB_CELL_H

#include "base/str.h"

/* What a statement gives. */
struct gm_rows {
	size_t n;             /* rows */
	size_t columns;       /* of each */
	const char **names;   /* of the columns */
	struct gm_str *cells; /* row after row; ptr NULL: SQL NULL; a NUL stands
				 behind each other one */
	const char *tag;      /* the command tag: "UPDATE 3" */
	uint64_t affected;    /* rows, by the tag; 0 without a number there */
};

/* One cell as text, "" for NULL; it must exist. */
const char *gm_cell(const struct gm_rows *r, size_t row, size_t column);
bool gm_cell_null(const struct gm_rows *r, size_t row, size_t column);
/* "t" is true. */
bool gm_cell_bool(const struct gm_rows *r, size_t row, size_t column);
/* A whole number; 0 for what is none. */
int64_t gm_cell_int(const struct gm_rows *r, size_t row, size_t column);

/* A name as SQL writes it, always quoted: "user". */
const char *gm_sql_ident(struct gm_arena *a, const char *name);
/* The two of them with a dot. */
const char *gm_sql_ident2(struct gm_arena *a, const char *schema,
			  const char *name);
/* A string constant, whatever standard_conforming_strings says. */
const char *gm_sql_literal(struct gm_arena *a, const char *text);

/* "{a,b,\"c d\"}": the elements of an array, without those that are NULL. */
void gm_array_parse(struct gm_strings *out, struct gm_arena *a,
		    const char *text);

#endif
