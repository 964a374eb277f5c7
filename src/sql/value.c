#include "sql/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of no more digits are compared as they are. */
#define DIGITS 15
#define EXACT 1e15
/* Whole numbers up to here are exact in a float4. */
#define FLOAT4_EXACT 16777216.0

struct gm_value gm_value_bool(bool truth)
{
	return (struct gm_value){ .kind = GM_VALUE_BOOL, .truth = truth };
}

struct gm_value gm_value_number(double x)
{
	if (x > EXACT || x < -EXACT)
		return GM_VALUE(SOME);
	return (struct gm_value){ .kind = GM_VALUE_NUMBER, .number = x };
}

bool gm_value_null(struct gm_value v)
{
	return v.kind == GM_VALUE_NULL;
}

bool gm_value_true(struct gm_value v)
{
	return v.kind == GM_VALUE_BOOL && v.truth;
}

bool gm_value_false(struct gm_value v)
{
	return v.kind == GM_VALUE_BOOL && !v.truth;
}

bool gm_value_given(struct gm_value v)
{
	return v.kind != GM_VALUE_NULL && v.kind != GM_VALUE_ANY;
}

static bool is_whole(double x)
{
	return x == (double)(int64_t)x;
}

struct gm_value gm_value_parse(const char *text)
{
	size_t digits = 0;
	char *end;
	double x;

	for (const char *p = text; *p; p++) {
		if (*p >= '0' && *p <= '9')
			digits++;
		else if (*p != '.' && !(p == text && *p == '-'))
			return GM_VALUE(SOME);
	}
	if (!digits || digits > DIGITS)
		return GM_VALUE(SOME);
	x = strtod(text, &end);
	return *end ? GM_VALUE(SOME) : gm_value_number(x);
}

struct gm_value gm_value_text(const char *text, bool loose)
{
	return (struct gm_value){ .kind = GM_VALUE_TEXT,
				  .text = text,
				  .loose = loose };
}

static struct gm_value parse_bool(const char *s)
{
	static const struct {
		const char *name;
		bool truth;
	} words[] = { { "t", true },   { "true", true },   { "on", true },
		      { "yes", true }, { "y", true },      { "1", true },
		      { "f", false },  { "false", false }, { "off", false },
		      { "no", false }, { "n", false },     { "0", false } };

	for (size_t i = 0; i < GM_COUNT(words); i++)
		if (gm_str_ieq(gm_str(s), gm_str(words[i].name)))
			return gm_value_bool(words[i].truth);
	return GM_VALUE(SOME);
}

enum family { OTHER, WHOLE, NUMERIC, SINGLE, DOUBLE, BOOLEAN, TEXT };

static enum family family_of(const char *type)
{
	static const struct {
		const char *name;
		enum family family;
	} types[] = {
		{ "int2", WHOLE },      { "int4", WHOLE },
		{ "int8", WHOLE },      { "serial", WHOLE },
		{ "bigserial", WHOLE }, { "smallserial", WHOLE },
		{ "numeric", NUMERIC }, { "float4", SINGLE },
		{ "float8", DOUBLE },   { "bool", BOOLEAN },
		{ "varchar", TEXT },    { "text", TEXT },
	};
	struct gm_str name = gm_str(type);

	if (gm_str_starts(name, GM_STR("pg_catalog.")))
		name = gm_str_sub(name, strlen("pg_catalog."), name.len);
	if (strchr(type, '[') || strchr(type, '%'))
		return OTHER;
	name = gm_str_sub(name, 0, gm_str_find(name, '('));
	for (size_t i = 0; i < GM_COUNT(types); i++)
		if (gm_str_is(name, types[i].name))
			return types[i].family;
	return OTHER;
}

/* Does the value come through a number's type as it is? */
static struct gm_value as_number(struct gm_value v, enum family f,
				 const char *type)
{
	if (v.kind == GM_VALUE_TEXT)
		v = gm_value_parse(v.text);
	if (v.kind != GM_VALUE_NUMBER)
		return GM_VALUE(SOME);
	if (f == WHOLE && !is_whole(v.number))
		return GM_VALUE(SOME);
	/* It may be rounded, also to tens with a scale below zero. */
	if (f == NUMERIC && strchr(type, '(') &&
	    (strchr(type, '?') || !is_whole(v.number)))
		return GM_VALUE(SOME);
	if (f == SINGLE && (!is_whole(v.number) || v.number > FLOAT4_EXACT ||
			    v.number < -FLOAT4_EXACT))
		return GM_VALUE(SOME);
	return v;
}

/* Blanks behind the end may be cut off, fractions rounded. */
static bool is_kept(const char *text, const char *type)
{
	size_t len = strlen(text);

	return !strchr(type, '(') || !strncmp(type, "pg_catalog.bpchar", 17) ||
	       (family_of(type) == TEXT && (!len || text[len - 1] != ' '));
}

static struct gm_value as_text(struct gm_arena *a, struct gm_value v,
			       const char *type)
{
	if (v.kind == GM_VALUE_TEXT)
		return is_kept(v.text, type) ? v : GM_VALUE(SOME);
	if (v.kind == GM_VALUE_NUMBER && is_whole(v.number))
		return gm_value_text(gm_printf(a, "%.0f", v.number), false);
	return GM_VALUE(SOME);
}

struct gm_value gm_value_as(struct gm_arena *a, struct gm_value v,
			    const char *type)
{
	enum family f = family_of(type);

	if (!gm_value_given(v))
		return v;
	switch (f) {
	case WHOLE:
	case NUMERIC:
	case SINGLE:
	case DOUBLE:
		return as_number(v, f, type);
	case BOOLEAN:
		if (v.kind == GM_VALUE_TEXT)
			return parse_bool(v.text);
		return v.kind == GM_VALUE_BOOL ? v : GM_VALUE(SOME);
	case TEXT:
		return as_text(a, v, type);
	default:
		/* That equal texts are equal values is all that is known. */
		return v.kind == GM_VALUE_TEXT && is_kept(v.text, type)
			       ? gm_value_text(v.text, true)
			       : GM_VALUE(SOME);
	}
}

/* The numbers in the brackets of a type; -1: it has none. */
static void read_mods(const char *type, int64_t mods[2])
{
	struct gm_str part, rest = gm_str(type);
	uint64_t n;

	mods[0] = -1;
	mods[1] = 0;
	gm_str_split(&part, &rest, '(');
	if (rest.len)
		rest.len--;
	for (int i = 0; i < 2 && gm_str_split(&part, &rest, ','); i++)
		if (gm_str_uint(&n, part) && n < INT32_MAX)
			mods[i] = (int64_t)n;
}

static bool is_too_large(double x, const char *type)
{
	double limit = EXACT;
	int64_t mods[2];

	read_mods(type, mods);
	if (strstr(type, "int2"))
		limit = INT16_MAX;
	else if (strstr(type, "int4"))
		limit = INT32_MAX;
	if (family_of(type) == NUMERIC && mods[0] > 0 && mods[0] < DIGITS)
		/* So many digits before the point. */
		for (limit = 1; mods[0] > mods[1]; mods[0]--)
			limit *= 10;
	return x > limit || x < -limit;
}

bool gm_value_refused(struct gm_value v, const char *type)
{
	bool chars = family_of(type) == TEXT ||
		     !strncmp(type, "pg_catalog.bpchar", 17);
	int64_t mods[2];
	char digits[32];

	read_mods(type, mods);
	if (v.kind == GM_VALUE_NUMBER && !chars)
		return is_too_large(v.number, type);
	if (v.kind == GM_VALUE_NUMBER) {
		snprintf(digits, sizeof(digits), "%.0f", v.number);
		v = gm_value_text(digits, false);
	}
	return chars && v.kind == GM_VALUE_TEXT && mods[0] >= 0 &&
	       (int64_t)strlen(v.text) > mods[0];
}

/* -1, 0 or 1; 2: not known. */
static int compare(struct gm_value a, struct gm_value b)
{
	if (a.kind == GM_VALUE_TEXT && b.kind == GM_VALUE_TEXT)
		return !strcmp(a.text, b.text) ? 0 : 2;
	/* A string is read as what it is compared with. */
	if (a.kind == GM_VALUE_NUMBER && b.kind == GM_VALUE_TEXT && !b.loose)
		b = gm_value_parse(b.text);
	if (b.kind == GM_VALUE_NUMBER && a.kind == GM_VALUE_TEXT && !a.loose)
		a = gm_value_parse(a.text);
	if (a.kind == GM_VALUE_NUMBER && b.kind == GM_VALUE_NUMBER)
		return (a.number > b.number) - (a.number < b.number);
	if (a.kind == GM_VALUE_BOOL && b.kind == GM_VALUE_BOOL)
		return (int)a.truth - (int)b.truth;
	return 2;
}

struct gm_value gm_value_equal(struct gm_value a, struct gm_value b)
{
	int c;

	if (gm_value_null(a) || gm_value_null(b))
		return GM_VALUE(NULL);
	if (!gm_value_given(a) || !gm_value_given(b))
		return GM_VALUE(ANY);
	if (a.kind == GM_VALUE_TEXT && b.kind == GM_VALUE_TEXT && !a.loose &&
	    !b.loose)
		return gm_value_bool(!strcmp(a.text, b.text));
	c = compare(a, b);
	return c == 2 ? GM_VALUE(SOME) : gm_value_bool(!c);
}

struct gm_value gm_value_not(struct gm_value v)
{
	return v.kind == GM_VALUE_BOOL ? gm_value_bool(!v.truth) : v;
}

struct gm_value gm_value_order(const char *op, struct gm_value a,
			       struct gm_value b)
{
	int c;

	if (gm_value_null(a) || gm_value_null(b))
		return GM_VALUE(NULL);
	if (!gm_value_given(a) || !gm_value_given(b))
		return GM_VALUE(ANY);
	c = compare(a, b);
	if (c == 2)
		return GM_VALUE(SOME);
	if (op[1] == '=' && !c)
		return gm_value_bool(true);
	return gm_value_bool(*op == '<' ? c < 0 : c > 0);
}

struct gm_value gm_value_and(struct gm_value a, struct gm_value b)
{
	if (gm_value_false(a) || gm_value_false(b))
		return gm_value_bool(false);
	if (gm_value_true(a))
		return b;
	if (gm_value_true(b))
		return a;
	return gm_value_null(a) && gm_value_null(b) ? a : GM_VALUE(ANY);
}

struct gm_value gm_value_compute(const char *op, struct gm_value a,
				 struct gm_value b)
{
	if (a.kind != GM_VALUE_NUMBER || b.kind != GM_VALUE_NUMBER ||
	    !is_whole(a.number) || !is_whole(b.number))
		return GM_VALUE(SOME);
	if (!strcmp(op, "+"))
		return gm_value_number(a.number + b.number);
	if (!strcmp(op, "-"))
		return gm_value_number(a.number - b.number);
	if (!strcmp(op, "*"))
		return gm_value_number(a.number * b.number);
	return GM_VALUE(SOME);
}

struct gm_value gm_value_or_else(struct gm_value a, struct gm_value b)
{
	if (gm_value_null(a) && gm_value_null(b))
		return a;
	if (!gm_value_given(a) || !gm_value_given(b))
		return GM_VALUE(ANY);
	if (a.kind == GM_VALUE_BOOL && b.kind == GM_VALUE_BOOL &&
	    a.truth == b.truth)
		return a;
	return GM_VALUE(SOME);
}
