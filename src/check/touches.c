#include "check/touches.h"

#include <string.h>

/* More places of one name than this are everywhere. */
#define PLACES_MAX 500

/* What is known of one name: where, and which column; "" is all of it. */
struct place {
	const char *schema, *column;
};

struct places {
	struct place *items;
	size_t n, cap;
};

/* Part of a migration, as it is compared. */
struct target {
	char space; /* names of one space are those of one kind of thing */
	const char *schema, *name, *column;
	const struct gm_sql_object *object;
};

struct gm_touches gm_touches(struct gm_arena *a)
{
	return (struct gm_touches){ .by_name = gm_map(a) };
}

static bool is_relation(const struct gm_sql_object *o)
{
	return o->kind == GM_SQL_TABLE || o->kind == GM_SQL_TYPE;
}

/* Does the statement name columns of this table? */
static bool names_columns(const struct gm_sql_stmt *s,
			  const struct gm_sql_object *table)
{
	for (size_t i = 0; i < s->objects.n; i++) {
		const struct gm_sql_object *o = &s->objects.items[i];

		if (o->kind == GM_SQL_COLUMN && !strcmp(o->name, table->name) &&
		    !strcmp(o->schema, table->schema))
			return true;
	}
	return false;
}

static bool names_relation(const struct gm_sql_stmt *s)
{
	for (size_t i = 0; i < s->objects.n; i++)
		if (is_relation(&s->objects.items[i]))
			return true;
	return false;
}

static bool has_columns(const struct gm_sql_stmt *s)
{
	for (size_t i = 0; i < s->objects.n; i++)
		if (s->objects.items[i].kind == GM_SQL_COLUMN)
			return true;
	return false;
}

/* What one object of a statement stands for; false: for nothing of its own. */
static bool target_of(struct target *out, const struct gm_sql_stmt *s,
		      const struct gm_sql_object *o, bool columns)
{
	static const char spaces[] = {
		[GM_SQL_TABLE] = 'r',    [GM_SQL_COLUMN] = 'r',
		[GM_SQL_INDEX] = 'i',    [GM_SQL_TYPE] = 'r',
		[GM_SQL_FUNCTION] = 'f', [GM_SQL_SCHEMA] = 's',
		[GM_SQL_OTHER] = 'o',
	};

	*out = (struct target){ spaces[o->kind], o->schema, o->name, o->column,
				o };
	/* A table is only where its columns are; a constraint is its table. */
	if (is_relation(o))
		return !columns || !names_columns(s, o);
	return o->kind != GM_SQL_OTHER || !names_relation(s);
}

static struct gm_str key_of(struct gm_arena *a, char space, const char *name)
{
	return gm_str(gm_printf(a, "%c%s", space, name));
}

static void add(struct gm_touches *t, char space, const char *name,
		const char *schema, const char *column)
{
	struct gm_arena *a = t->by_name.arena;
	struct gm_str key = key_of(a, space, name);
	struct places *places = gm_map_get(&t->by_name, key);

	if (!places) {
		places = gm_alloc(a, sizeof(*places));
		gm_map_set(&t->by_name, key, places);
	}
	if (places->n == PLACES_MAX) {
		places->items[0] = (struct place){ "", "" };
		places->n = 1;
	}
	if (places->n && !*places->items[0].schema && !*places->items[0].column)
		return;
	for (size_t i = 0; i < places->n; i++)
		if (!strcmp(places->items[i].schema, schema) &&
		    !strcmp(places->items[i].column, column))
			return;
	*GM_PUSH(a, places) = (struct place){ schema, column };
}

/* Taking a grant's table away breaks nothing the grant did not break. */
static bool counts(const struct gm_sql_stmt *s)
{
	return (s->class_ == GM_CLASS_EXPAND ||
		s->class_ == GM_CLASS_BACKFILL) &&
	       strcmp(s->tag, "GRANT") != 0;
}

void gm_touches_add(struct gm_touches *t, const struct gm_sql_file *sql)
{
	for (size_t i = 0; i < sql->n; i++) {
		const struct gm_sql_stmt *s = &sql->items[i];
		bool columns = has_columns(s);

		for (size_t k = 0; k < s->objects.n && counts(s); k++) {
			struct target to;

			if (!target_of(&to, s, &s->objects.items[k], columns))
				continue;
			add(t, to.space, to.name, to.schema, to.column);
			/* A name without one is mostly of that schema. */
			if (strchr("rif", to.space))
				add(t, 's', *to.schema ? to.schema : "public",
				    "", "");
		}
	}
}

static bool same_schema(const char *one, const char *two)
{
	return !*one || !*two || !strcmp(one, two);
}

static bool same_column(const char *one, const char *two)
{
	return !*one || !*two || !strcmp(one, two);
}

/* Is the target among what was added?  Down to columns, if asked. */
static bool holds(const struct gm_touches *t, struct gm_arena *a,
		  const struct target *to, bool columns)
{
	const struct places *places =
		gm_map_get(&t->by_name, key_of(a, to->space, to->name));

	for (size_t i = 0; places && i < places->n; i++)
		if (same_schema(places->items[i].schema, to->schema) &&
		    (!columns ||
		     same_column(places->items[i].column, to->column)))
			return true;
	return false;
}

static const char *words(struct gm_arena *a, const struct gm_sql_object *o)
{
	static const char *const kinds[] = {
		[GM_SQL_TABLE] = "table ",
		[GM_SQL_COLUMN] = "column ",
		[GM_SQL_INDEX] = "index ",
		[GM_SQL_TYPE] = "type ",
		[GM_SQL_FUNCTION] = "function ",
		[GM_SQL_SCHEMA] = "schema ",
		[GM_SQL_OTHER] = "",
	};

	return gm_printf(a, "%s%s%s%s%s%s", kinds[o->kind], o->schema,
			 *o->schema ? "." : "", o->name, *o->column ? "." : "",
			 o->column);
}

/* May it be about what it does not name? */
static bool is_vague(const struct gm_sql_stmt *s)
{
	return s->class_ == GM_CLASS_OPAQUE || !s->objects.n || s->objects.more;
}

static const struct gm_sql_stmt *first_vague(const struct gm_sql_file *sql)
{
	for (size_t i = 0; i < sql->n; i++)
		if (gm_class_destructive(sql->items[i].class_) &&
		    is_vague(&sql->items[i]))
			return &sql->items[i];
	return NULL;
}

const struct gm_sql_stmt *gm_touches_clash(const char **what,
					   struct gm_arena *a,
					   const struct gm_touches *t,
					   const struct gm_sql_file *sql)
{
	GM_AUTO(gm_arena_done) struct gm_arena keys = GM_ARENA_INIT;

	*what = NULL;
	for (size_t i = 0; i < sql->n; i++) {
		const struct gm_sql_stmt *s = &sql->items[i];
		bool columns = has_columns(s);

		if (!gm_class_destructive(s->class_))
			continue;
		for (size_t k = 0; k < s->objects.n; k++) {
			struct target to;

			if (!target_of(&to, s, &s->objects.items[k], columns) ||
			    (!t->all && !holds(t, &keys, &to, true)))
				continue;
			*what = words(a, to.object);
			return s;
		}
	}
	return t->all || t->by_name.n ? first_vague(sql) : NULL;
}

bool gm_touches_apart(const struct gm_touches *t, const struct gm_sql_file *sql)
{
	GM_AUTO(gm_arena_done) struct gm_arena keys = GM_ARENA_INIT;
	size_t seen = 0;

	if (t->all || !t->by_name.n)
		return false;
	for (size_t i = 0; i < sql->n; i++) {
		const struct gm_sql_stmt *s = &sql->items[i];

		if (!gm_class_destructive(s->class_))
			continue;
		/* It does not say what it is about. */
		if (is_vague(s))
			return false;
		for (size_t k = 0; k < s->objects.n; k++) {
			struct target to;

			target_of(&to, s, &s->objects.items[k], false);
			if (holds(t, &keys, &to, false))
				return false;
			seen++;
		}
	}
	return seen > 0;
}
