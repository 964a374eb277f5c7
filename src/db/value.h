/*
 * db/value: SQL that makes values of a type.
 */
#ifndef GM_DB_VALUE_H
#define GM_DB_VALUE_H

#include "base/buf.h"
#include "base/map.h"
#include "db/conn.h"

/* What texts are like that nothing is known of. */
enum gm_texts {
	GM_TEXTS_WORDS,    /* text 1 */
	GM_TEXTS_NUMBERS,  /* 1 */
	GM_TEXTS_VERSIONS, /* 1.0.1 */
	GM_TEXTS,
};

struct gm_types {
	struct gm_arena *arena;
	struct gm_map by_oid;
	enum gm_texts texts;
};

/* Read what the catalog knows of them. */
GM_MUST_CHECK
int gm_types_read(struct gm_types *out, struct gm_arena *a, struct gm_conn *c,
		  struct gm_err *err);

/* A column, or a field, that wants values. */
struct gm_valued {
	const char *name; /* tells what is expected: email, url */
	const char *type; /* oid */
	int64_t modifier; /* -1: none */
};

/*
 * Append an expression of that type in which the text `i` stands for a whole
 * number from 1 up, so that different numbers give different values as far
 * as the type has them, and greater ones greater values where it has an order.
 * False, with nothing appended, for types nothing is known of.
 */
bool gm_value(struct gm_buf *b, const struct gm_types *types,
	      const struct gm_valued *v, const char *i);

/*
 * Values to try where a check says `check` about the column: its constants,
 * and those beside them; JSON made of them, where it is about that; then some
 * that are often right.
 */
void gm_value_tries(struct gm_strings *out, struct gm_arena *a,
		    const struct gm_types *types, const struct gm_valued *v,
		    struct gm_str check);

#endif
