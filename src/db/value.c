#include "db/value.h"

#include <string.h>
#include <strings.h>

#include "base/embed.h"
#include "db/regex.h"
#include "sql/lex.h"

/* Composite types in composite types, arrays in them, and so on. */
#define MAX_DEPTH 5
#define MAX_REPEAT 4000

struct type {
	const char *name, *full, *kind, *category, *base, *element;
	int64_t modifier;
	struct gm_strings fields;
};

int gm_types_read(struct gm_types *out, struct gm_arena *a, struct gm_conn *c,
		  struct gm_err *err)
{
	struct gm_rows r;

	if (gm_conn_exec(&r, a, c,
			 gm_str_dup(a, gm_embed("sql/rows_types.sql")), NULL, 0,
			 err) < 0)
		return -1;
	*out = (struct gm_types){ .arena = a, .by_oid = gm_map(a) };
	for (size_t i = 0; i < r.n; i++) {
		struct type *t = gm_alloc(a, sizeof(*t));

		t->name = gm_cell(&r, i, 1);
		t->full = gm_cell(&r, i, 2);
		t->kind = gm_cell(&r, i, 3);
		t->category = gm_cell(&r, i, 4);
		t->base = gm_cell(&r, i, 5);
		t->modifier = gm_cell_int(&r, i, 6);
		t->element = gm_cell(&r, i, 7);
		gm_array_parse(&t->fields, a, gm_cell(&r, i, 8));
		gm_map_set(&out->by_oid, gm_str(gm_cell(&r, i, 0)), t);
	}
	return 0;
}

/* ---- one value for each number ---- */

static const struct {
	const char *type;
	const char *expression; /* # is the number */
} simple[] = {
	{ "int2", "(# % 32767)::int2" },
	{ "int4", "(# % 2147483647)::int4" },
	{ "int8", "(#)::int8" },
	{ "oid", "(# % 2147483647)::int4::oid" },
	{ "float4", "((#) * 0.5)::float4" },
	{ "float8", "((#) * 0.5)::float8" },
	{ "money", "((#) % 90000000)::int4::money" },
	{ "bool", "((#) % 2 = 1)" },
	{ "date", "(date '2026-01-01' + ((#) % 500000)::int4)" },
	{ "time", "(time '00:00' + ((#) % 86400) * interval '1 second')" },
	{ "timetz", "(timetz '00:00+00' + ((#) % 86400)"
		    " * interval '1 second')" },
	{ "timestamp", "(timestamp '2026-01-01' + (#)"
		       " * interval '1 minute')" },
	{ "timestamptz", "(timestamptz '2026-01-01 00:00+00' + (#)"
			 " * interval '1 minute')" },
	{ "interval", "((#) * interval '1 minute')" },
	{ "uuid", "lpad(to_hex(#), 32, '0')::uuid" },
	{ "json", "json_build_object('n', #)" },
	{ "jsonb", "jsonb_build_object('n', #)" },
	{ "jsonpath", "('$.a' || (#))::jsonpath" },
	{ "bytea", "decode(lpad(to_hex(#), 16, '0'), 'hex')" },
	{ "inet", "(inet '10.0.0.0' + (#) % 16777216)" },
	{ "cidr", "(inet '10.0.0.0' + (#) % 16777216)::cidr" },
	{ "macaddr", "lpad(to_hex(#), 12, '0')::macaddr" },
	{ "macaddr8", "lpad(to_hex(#), 16, '0')::macaddr8" },
	{ "xml", "('<n>' || (#) || '</n>')::xml" },
	{ "tsvector", "('w' || (#))::tsvector" },
	{ "tsquery", "('w' || (#))::tsquery" },
	{ "point", "point(#, #)" },
	{ "box", "box(point(#, #), point((#) + 1, (#) + 1))" },
	{ "circle", "circle(point(#, #), 1)" },
	{ "lseg", "lseg(point(#, #), point((#) + 1, #))" },
	{ "path", "('((0,0),(1,' || (#) || '))')::path" },
	{ "polygon", "('((0,0),(1,' || (#) || '),(2,0))')::polygon" },
	{ "line", "('{1,1,' || (#) || '}')::line" },
	{ "pg_lsn", "('0/' || to_hex((#) % 4294967295))::pg_lsn" },
	{ "\"char\"", "chr(33 + ((#) % 90)::int4)::\"char\"" },
	{ "char", "chr(33 + ((#) % 90)::int4)::\"char\"" },
	{ "name", "('name ' || (#))::name" },
	{ "hstore", "('n=>' || (#))::hstore" },
	{ "ltree", "('n' || (#))::ltree" },
};

static void put(struct gm_buf *b, const char *expression, const char *i)
{
	for (; *expression; expression++) {
		if (*expression == '#')
			gm_buf_puts(b, i);
		else
			gm_buf_putc(b, *expression);
	}
}

static bool holds(const char *name, const char *word)
{
	return name && strstr(name, word);
}

/* `length` characters at most; 0: no limit. */
static void text(struct gm_buf *b, const struct gm_types *types,
		 const struct gm_valued *v, const char *i, int64_t length)
{
	bool room = length == 0 || length >= 40;

	if (length && length < 16)
		gm_buf_printf(b, "lpad((%s)::text, %lld, '0')", i,
			      (long long)length);
	else if (types->texts == GM_TEXTS_NUMBERS)
		gm_buf_printf(b, "(%s)::text", i);
	else if (types->texts == GM_TEXTS_VERSIONS)
		gm_buf_printf(b, "('1.0.' || (%s))", i);
	else if (room && holds(v->name, "mail"))
		gm_buf_printf(b, "('user' || (%s) || '@example.com')", i);
	else if (room && (holds(v->name, "url") || holds(v->name, "uri")))
		gm_buf_printf(b, "('https://example.com/' || (%s))", i);
	else
		gm_buf_printf(b, "('text ' || (%s))", i);
}

static void numeric(struct gm_buf *b, const char *i, int64_t modifier)
{
	int64_t precision = (modifier - 4) >> 16 & 0xffff;
	int64_t scale = (modifier - 4) & 0x7ff;

	if (scale & 0x400)
		scale -= 0x800;
	if (modifier < 4) {
		gm_buf_printf(b, "(%s)::numeric", i);
		return;
	}
	gm_buf_printf(b,
		      "((%s)::numeric %% power(10::numeric, %lld)"
		      " / power(10::numeric, %lld))",
		      i, (long long)(precision > 18 ? 18 : precision),
		      (long long)scale);
}

static bool write_value(struct gm_buf *b, const struct gm_types *types,
			const struct gm_valued *v, const char *i, int depth);

static bool composite(struct gm_buf *b, const struct gm_types *types,
		      const struct type *t, const char *i, int depth)
{
	gm_buf_puts(b, "ROW(");
	for (size_t k = 0; k < t->fields.n; k++) {
		struct gm_str rest = gm_str(t->fields.items[k]), oid;
		struct gm_valued field = { .modifier = -1 };

		gm_buf_puts(b, k ? ", " : "");
		if (!gm_str_split(&oid, &rest, ' '))
			return false;
		field.type = gm_str_dup(types->arena, oid);
		if (!write_value(b, types, &field, i, depth + 1))
			return false;
	}
	gm_buf_printf(b, ")::%s", t->full);
	return true;
}

/* Two neighbours: the elements of an array, the ends of a range. */
static bool pair(struct gm_buf *b, const struct gm_types *types,
		 const struct type *t, const char *i, int depth)
{
	const char *next = gm_printf(types->arena, "(%s + 1)", i);
	struct gm_valued element = { .type = t->element, .modifier = -1 };
	bool range = *t->kind == 'r';

	gm_buf_printf(b, "%s%s", range ? t->full : "ARRAY", range ? "(" : "[");
	if (!write_value(b, types, &element, i, depth + 1))
		return false;
	gm_buf_puts(b, ", ");
	if (!write_value(b, types, &element, next, depth + 1))
		return false;
	gm_buf_puts(b, range ? ")" : "]");
	if (!range)
		gm_buf_printf(b, "::%s", t->full);
	return true;
}

static bool base_value(struct gm_buf *b, const struct gm_types *types,
		       const struct type *t, const struct gm_valued *v,
		       const char *i, int depth)
{
	for (size_t k = 0; k < GM_COUNT(simple); k++)
		if (!strcmp(simple[k].type, t->name)) {
			put(b, simple[k].expression, i);
			return true;
		}
	if (!strcmp(t->name, "numeric")) {
		numeric(b, i, v->modifier);
		return true;
	}
	if (!strcmp(t->name, "bit") || !strcmp(t->name, "varbit")) {
		gm_buf_printf(b, "(%s)::int8::bit(%lld)", i,
			      (long long)(v->modifier > 0 ? v->modifier : 1));
		return true;
	}
	if (*t->category == 'A')
		return pair(b, types, t, i, depth);
	if (*t->category == 'S') {
		text(b, types, v, i, v->modifier > 4 ? v->modifier - 4 : 0);
		gm_buf_printf(b, "::%s", t->full);
		return true;
	}
	return false;
}

static bool write_value(struct gm_buf *b, const struct gm_types *types,
			const struct gm_valued *v, const char *i, int depth)
{
	const struct type *t = gm_map_get(&types->by_oid, gm_str(v->type));
	struct gm_valued below;

	if (!t || depth > MAX_DEPTH)
		return false;
	switch (*t->kind) {
	case 'd':
		below = (struct gm_valued){ v->name, t->base, t->modifier };
		return write_value(b, types, &below, i, depth + 1);
	case 'e':
		gm_buf_printf(b,
			      "(enum_range(NULL::%s))[1 + ((%s) %% cardinality("
			      "enum_range(NULL::%s)))::int4]",
			      t->full, i, t->full);
		return true;
	case 'c':
		return composite(b, types, t, i, depth);
	case 'r':
		return pair(b, types, t, i, depth);
	case 'm':
		gm_buf_printf(b, "'{}'::%s", t->full);
		return true;
	default:
		return base_value(b, types, t, v, i, depth);
	}
}

bool gm_value(struct gm_buf *b, const struct gm_types *types,
	      const struct gm_valued *v, const char *i)
{
	size_t len = b->len;

	if (write_value(b, types, v, i, 0))
		return true;
	b->len = len;
	b->ptr[len] = '\0';
	return false;
}

/* ---- values to try ---- */

static const struct type *bottom(const struct gm_types *types, const char *oid)
{
	const struct type *t = gm_map_get(&types->by_oid, gm_str(oid));

	for (int i = 0; t && *t->kind == 'd' && i < MAX_DEPTH; i++)
		t = gm_map_get(&types->by_oid, gm_str(t->base));
	return t;
}

static void try_this(struct gm_strings *out, struct gm_arena *a,
		     const char *expression)
{
	for (size_t i = 0; i < out->n; i++)
		if (!strcmp(out->items[i], expression))
			return;
	*GM_PUSH(a, out) = expression;
}

/* What a number in a check of a text means: mostly its length. */
static void tries_of_number(struct gm_strings *out, struct gm_arena *a,
			    const struct type *t, struct gm_str number)
{
	uint64_t n;

	if (*t->category == 'N') {
		const char *word = gm_str_dup(a, number);

		try_this(out, a, word);
		try_this(out, a, gm_printf(a, "(%s + 1)", word));
		try_this(out, a, gm_printf(a, "(%s - 1)", word));
		try_this(out, a, gm_printf(a, "(- %s)", word));
	} else if (!strcmp(t->name, "bytea") && gm_str_uint(&n, number) &&
		   n <= MAX_REPEAT) {
		for (int i = 0; i < 2; i++)
			try_this(out, a,
				 gm_printf(a,
					   "decode(repeat('0%d', %d), 'hex')",
					   i, (int)n));
	} else if (*t->category == 'S' && gm_str_uint(&n, number) &&
		   n <= MAX_REPEAT) {
		try_this(out, a, gm_printf(a, "repeat('a', %d)", (int)n));
		try_this(out, a, gm_printf(a, "repeat('1', %d)", (int)n));
		try_this(out, a, gm_printf(a, "repeat('A', %d)", (int)n));
		try_this(out, a, gm_printf(a, "repeat('a', %d)", (int)n + 1));
	}
}

static void tries_of_string(struct gm_strings *out, struct gm_arena *a,
			    const struct type *t, struct gm_str word)
{
	const char *plain = gm_str_dup(a, word);

	try_this(out, a, gm_sql_literal(a, plain));
	if (*t->category == 'N' || *t->category == 'D' || *t->category == 'T')
		for (int i = -1; i <= 1; i += 2)
			try_this(out, a,
				 gm_printf(a, "(%s::%s %s)",
					   gm_sql_literal(a, plain), t->full,
					   *t->category == 'N'
						   ? i < 0 ? "- 1" : "+ 1"
					   : i < 0 ? "- interval '1 day'"
						   : "+ interval '1 day'"));
	for (unsigned turn = 0; *t->category == 'S' && turn < 4; turn++) {
		const char *match = gm_regex_sample(a, word, turn);

		if (match)
			try_this(out, a, gm_sql_literal(a, match));
	}
}

/* The text of a token 'it''s' or E'\\d'. */
static struct gm_str string(struct gm_arena *a, struct gm_str token)
{
	struct gm_buf b = gm_buf(a);
	size_t i = gm_str_find(token, '\'');
	bool escapes = i == 1 && (token.ptr[0] | 0x20) == 'e';

	for (i++; i + 1 < token.len; i++) {
		if (token.ptr[i] == '\'' || (escapes && token.ptr[i] == '\\'))
			i++;
		if (i + 1 < token.len)
			gm_buf_putc(&b, token.ptr[i]);
	}
	return gm_buf_view(&b);
}

static void often_right(struct gm_strings *out, struct gm_arena *a,
			const struct type *t)
{
	static const struct {
		char category;
		const char *expression;
	} often[] = {
		{ 'N', "0" },
		{ 'N', "1" },
		{ 'N', "-1" },
		{ 'N', "0.5" },
		{ 'N', "100" },
		{ 'N', "1000000" },
		{ 'B', "true" },
		{ 'B', "false" },
		{ 'S', "''" },
		{ 'S', "'a'" },
		{ 'S', "'A'" },
		{ 'S', "'1'" },
		{ 'S', "'abc'" },
		{ 'S', "'a@example.com'" },
		{ 'S', "'https://example.com/'" },
		{ 'S', "'+491701234567'" },
		{ 'U', "'{}'" },
		{ 'U', "'[]'" },
		{ 'U', "'1'" },
		{ 'U', "'\"a\"'" },
		{ 'A', "'{}'" },
		{ 'D', "'2020-01-01'" },
		{ 'D', "'2026-06-15'" },
		{ 'D', "now()" },
		{ 'T', "'0'" },
		{ 'T', "'1 day'" },
	};

	for (size_t i = 0; i < GM_COUNT(often); i++)
		if (often[i].category == *t->category)
			try_this(out, a, often[i].expression);
}

/* ---- JSON ---- */

/* More strings than these are no keys that have to be there together. */
#define MAX_KEYS 8

static bool is_json(const struct type *t)
{
	return !strcmp(t->name, "json") || !strcmp(t->name, "jsonb");
}

/* Words such as json, jsonb_typeof, and the JSON of IS JSON. */
static bool speaks_of_json(struct gm_str word)
{
	return word.len >= 4 && !strncasecmp(word.ptr, "json", 4);
}

/* An object of the strings as keys with that value; NULL: by pairs. */
static void try_object(struct gm_strings *out, struct gm_arena *a,
		       const struct gm_strings *strings, const char *value)
{
	struct gm_buf b = gm_buf(a);

	gm_buf_puts(&b, "jsonb_build_object(");
	for (size_t i = 0; i < strings->n && i < MAX_KEYS; i++) {
		gm_buf_printf(&b, "%s%s", i ? ", " : "",
			      gm_sql_literal(a, strings->items[i]));
		if (value)
			gm_buf_printf(&b, ", %s", value);
	}
	gm_buf_puts(&b, ")");
	try_this(out, a, b.ptr);
}

/*
 * What a check says of JSON: keys that are there, with a value of some type, or
 * with the value that stands behind.
 */
static void tries_of_json(struct gm_strings *out, struct gm_arena *a,
			  const struct gm_strings *strings)
{
	static const char *const values[] = { "1", "'a'::text", "true",
					      "'[]'::jsonb", "'{}'::jsonb" };
	static const char *const others[] = {
		"'{}'", "'[]'", "'[1]'", "'{\"a\": 1}'", "'1'", "'\"a\"'"
	};
	struct gm_strings even = *strings;

	even.n -= even.n % 2;
	if (even.n && even.n <= MAX_KEYS)
		try_object(out, a, &even, NULL);
	for (size_t i = 0; i < strings->n && i < MAX_KEYS; i++)
		for (size_t k = i + 1; k < strings->n && k < MAX_KEYS; k++) {
			const char *two[] = { strings->items[i],
					      strings->items[k] };
			const struct gm_strings both = { two, 2, 2 };

			try_object(out, a, &both, NULL);
		}
	for (size_t i = 0; strings->n && i < GM_COUNT(values); i++)
		try_object(out, a, strings, values[i]);
	for (size_t i = 0; i < GM_COUNT(others); i++)
		try_this(out, a, others[i]);
}

void gm_value_tries(struct gm_strings *out, struct gm_arena *a,
		    const struct gm_types *types, const struct gm_valued *v,
		    struct gm_str check)
{
	const struct type *t = bottom(types, v->type);
	struct gm_strings strings = { NULL };
	bool json = t && is_json(t);
	size_t at = 0;

	while (t) {
		struct gm_token token = gm_lex(check, &at);
		struct gm_str word = gm_token_text(check, token);

		if (token.kind == GM_TOKEN_END || token.kind == GM_TOKEN_BROKEN)
			break;
		if (token.kind == GM_TOKEN_WORD && *t->category == 'S')
			json = json || speaks_of_json(word);
		if (token.kind == GM_TOKEN_NUMBER) {
			tries_of_number(out, a, t, word);
		} else if (token.kind == GM_TOKEN_STRING) {
			tries_of_string(out, a, t, string(a, word));
			*GM_PUSH(a, &strings) = gm_str_dup(a, string(a, word));
		}
	}
	if (json)
		tries_of_json(out, a, &strings);
	if (t)
		often_right(out, a, t);
}
