/*
 * sql/value: what is known of a value.
 *
 * Numbers, booleans and texts are only known where PostgreSQL cannot see them
 * differently; of all else it is known whether they may be NULL.
 */
#ifndef GM_SQL_VALUE_H
#define GM_SQL_VALUE_H

#include "base/str.h"

enum gm_value_kind {
	GM_VALUE_NULL, /* certainly NULL */
	GM_VALUE_ANY,  /* it may be NULL */
	GM_VALUE_SOME, /* certainly not NULL */
	GM_VALUE_BOOL,
	GM_VALUE_NUMBER,
	GM_VALUE_TEXT, /* also a literal of a type that is not known */
};

struct gm_value {
	enum gm_value_kind kind;
	bool truth;
	double number; /* of at most 15 digits */
	const char *text;
	bool loose; /* other texts may be equal to it */
};

#define GM_VALUE(name) ((struct gm_value){ .kind = GM_VALUE_##name })
struct gm_value gm_value_bool(bool truth);
/* Some value when it has too many digits. */
struct gm_value gm_value_number(double x);
struct gm_value gm_value_parse(const char *text);
struct gm_value gm_value_text(const char *text, bool loose);

bool gm_value_null(struct gm_value v);
bool gm_value_true(struct gm_value v);
bool gm_value_false(struct gm_value v);
/* Certainly not NULL? */
bool gm_value_given(struct gm_value v);

/* As a value of this type (gm_type_name); a text may be made in `a`. */
struct gm_value gm_value_as(struct gm_arena *a, struct gm_value v,
			    const char *type);

/* Is it certain that the type refuses it: too long, too large? */
bool gm_value_refused(struct gm_value v, const char *type);

struct gm_value gm_value_equal(struct gm_value a, struct gm_value b);
/* "<", "<=", ">" or ">=" */
struct gm_value gm_value_order(const char *op, struct gm_value a,
			       struct gm_value b);
struct gm_value gm_value_not(struct gm_value v);
struct gm_value gm_value_and(struct gm_value a, struct gm_value b);
/* Either of the two. */
struct gm_value gm_value_or_else(struct gm_value a, struct gm_value b);
/* "+", "-" or "*" of what is not NULL; of other operators: some value. */
struct gm_value gm_value_compute(const char *op, struct gm_value a,
				 struct gm_value b);

#endif
