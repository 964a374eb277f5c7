#include "sql/scope.h"

#include <string.h>

#include "base/buf.h"

#define TEMP "pg_temp"

static void empty(struct gm_scope *s)
{
	s->rels = gm_map(s->arena);
	s->things = gm_map(s->arena);
	s->funcs = gm_map(s->arena);
	s->prepared = gm_map(s->arena);
}

void gm_scope_init(struct gm_scope *s, struct gm_arena *arena)
{
	*s = (struct gm_scope){ .arena = arena, .path = "public" };
	s->session = s->path;
	empty(s);
}

void gm_scope_forget(struct gm_scope *s)
{
	bool known = s->path && !strcmp(s->path, "public") && !s->local;

	empty(s);
	/* A path that was set may have been rolled back as well. */
	if (!known)
		gm_scope_path(s, NULL, false);
	s->open = s->local = false;
	s->units++;
}

void gm_scope_begin(struct gm_scope *s)
{
	s->open = s->maybe == 0;
	s->units++;
}

void gm_scope_end(struct gm_scope *s)
{
	s->open = false;
	s->units++;
	if (s->local)
		s->path = s->session;
	s->local = false;
}

void gm_scope_path(struct gm_scope *s, const char *path, bool local)
{
	/* In a branch, or in a SET LOCAL outside of a transaction. */
	if (s->maybe || (local && !s->open))
		path = NULL;
	s->path = path;
	if (local)
		s->local = true;
	else
		s->session = path;
	if (!path)
		s->session = NULL;
}

/* The parts of a name, which hold no NUL, with a NUL behind each. */
static struct gm_str key(struct gm_arena *a, const char *const *parts, size_t n)
{
	struct gm_buf out = gm_buf(a);

	for (size_t i = 0; i < n; i++) {
		gm_buf_puts(&out, parts[i]);
		gm_buf_putc(&out, '\0');
	}
	return gm_buf_view(&out);
}

static struct gm_str rel_key(const struct gm_scope *s, const char *schema,
			     const char *name)
{
	return key(s->arena, (const char *const[]){ schema, name }, 2);
}

/* Lookups leave nothing behind in the arena of the file. */
static struct gm_rel *rel_at(const struct gm_scope *s, const char *schema,
			     const char *name)
{
	struct gm_arena_mark mark = gm_arena_mark(s->arena);
	struct gm_rel *rel = gm_map_get(&s->rels, rel_key(s, schema, name));

	gm_arena_reset(s->arena, mark);
	return rel;
}

const char *gm_scope_schema(const struct gm_scope *s, const char *schema,
			    const char *name)
{
	if (schema && *schema)
		return schema;
	if (!s->temp_last && rel_at(s, TEMP, name))
		return TEMP;
	return s->path;
}

struct gm_rel *gm_scope_rel_named(const struct gm_scope *s, const char *schema,
				  const char *name)
{
	schema = gm_scope_schema(s, schema, name);
	return schema ? rel_at(s, schema, name) : NULL;
}

struct gm_rel *gm_scope_rel(const struct gm_scope *s,
			    const PgQuery__RangeVar *rel)
{
	if (!rel)
		return NULL;
	return gm_scope_rel_named(s, rel->schemaname, rel->relname);
}

bool gm_scope_created(const struct gm_scope *s, const PgQuery__RangeVar *rel)
{
	const struct gm_rel *found = gm_scope_rel(s, rel);
	const char *schema;

	if (found || !rel)
		return found && found->created;
	/* All that is in a new schema is new. */
	schema = gm_scope_schema(s, rel->schemaname, rel->relname);
	return schema && gm_scope_thing(s, GM_OBJECT(SCHEMA), "", schema, NULL);
}

bool gm_scope_filled(const struct gm_scope *s, const PgQuery__RangeVar *rel)
{
	const struct gm_rel *found = gm_scope_rel(s, rel);

	return found && found->created && found->table;
}

static struct gm_rel *put(struct gm_scope *s, const char *schema,
			  const char *name, bool created)
{
	struct gm_rel *rel = gm_alloc(s->arena, sizeof(*rel));

	rel->created = created;
	gm_map_set(&s->rels, rel_key(s, schema, name), rel);
	return rel;
}

struct gm_rel *gm_scope_create_named(struct gm_scope *s, const char *schema,
				     const char *name, bool certain)
{
	if (!schema || !*schema)
		schema = s->path;
	if (!certain || !schema || s->maybe)
		return gm_alloc(s->arena, sizeof(struct gm_rel));
	return put(s, schema, name, true);
}

struct gm_rel *gm_scope_create(struct gm_scope *s, const PgQuery__RangeVar *rel,
			       bool certain)
{
	const char *schema = rel->schemaname;

	if (*rel->relpersistence == 't')
		schema = TEMP;
	return gm_scope_create_named(s, schema, rel->relname, certain);
}

struct gm_rel *gm_scope_touch(struct gm_scope *s, const PgQuery__RangeVar *rel)
{
	struct gm_rel *found = gm_scope_rel(s, rel);
	const char *schema;

	if (found)
		return found;
	schema = gm_scope_schema(s, rel->schemaname, rel->relname);
	if (!schema)
		return gm_alloc(s->arena, sizeof(*found));
	return put(s, schema, rel->relname, gm_scope_created(s, rel));
}

void gm_scope_drop(struct gm_scope *s, const char *schema, const char *name)
{
	schema = gm_scope_schema(s, schema, name);
	if (schema)
		gm_map_del(&s->rels, rel_key(s, schema, name));
}

void gm_scope_rename(struct gm_scope *s, const PgQuery__RangeVar *rel,
		     const char *schema, const char *name)
{
	const char *from = gm_scope_schema(s, rel->schemaname, rel->relname);
	struct gm_rel *found = gm_scope_rel(s, rel);

	if (!from || !found)
		return;
	gm_map_del(&s->rels, rel_key(s, from, rel->relname));
	if (!s->maybe)
		gm_map_set(&s->rels,
			   rel_key(s, schema ? schema : from,
				   name ? name : rel->relname),
			   found);
}

struct gm_col *gm_scope_col(const struct gm_rel *rel, const char *name)
{
	for (struct gm_col *c = rel ? rel->cols : NULL; c; c = c->next)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

struct gm_col *gm_scope_add_col(struct gm_scope *s, struct gm_rel *rel,
				const char *name)
{
	struct gm_col *col = gm_alloc(s->arena, sizeof(*col));

	col->name = gm_strdup(s->arena, name);
	col->type = "?";
	if (rel->n_cols == GM_SCOPE_MAX_COLS)
		return col;
	rel->n_cols++;
	col->next = rel->cols;
	rel->cols = col;
	return col;
}

struct gm_col *gm_scope_known(struct gm_scope *s, struct gm_rel *rel,
			      const char *name)
{
	struct gm_col *col;

	size_t n = 0;

	for (col = rel->known; col; col = col->next, n++)
		if (!strcmp(col->name, name))
			return col;
	col = gm_alloc(s->arena, sizeof(*col));
	col->name = gm_strdup(s->arena, name);
	col->type = "?";
	if (n == GM_SCOPE_MAX_COLS)
		return col;
	col->next = rel->known;
	rel->known = col;
	return col;
}

void gm_scope_drop_col(struct gm_rel *rel, const char *name)
{
	struct gm_col **link = &rel->cols;

	while (*link) {
		if (strcmp((*link)->name, name) != 0) {
			link = &(*link)->next;
			continue;
		}
		*link = (*link)->next;
		rel->n_cols--;
	}
}

static struct gm_str thing_key(const struct gm_scope *s, int kind,
			       const char *schema, const char *name,
			       const char *of)
{
	char kinds[] = { (char)('0' + kind / 64), (char)('0' + kind % 64), 0 };
	const char *const parts[] = { kinds, schema, name, of ? of : "" };

	return key(s->arena, parts, 4);
}

struct gm_thing *gm_scope_thing(const struct gm_scope *s, int kind,
				const char *schema, const char *name,
				const char *of)
{
	struct gm_arena_mark mark = gm_arena_mark(s->arena);
	struct gm_thing *thing;

	if (!schema)
		schema = s->path;
	if (!schema)
		return NULL;
	thing = gm_map_get(&s->things, thing_key(s, kind, schema, name, of));
	gm_arena_reset(s->arena, mark);
	return thing;
}

struct gm_thing *gm_scope_make(struct gm_scope *s, int kind, const char *schema,
			       const char *name, const char *of)
{
	struct gm_thing *thing = gm_alloc(s->arena, sizeof(*thing));

	if (!schema)
		schema = s->path;
	if (schema && !s->maybe)
		gm_map_set(&s->things, thing_key(s, kind, schema, name, of),
			   thing);
	return thing;
}

void gm_scope_unmake(struct gm_scope *s, int kind, const char *schema,
		     const char *name, const char *of)
{
	if (!schema)
		schema = s->path;
	if (schema)
		gm_map_del(&s->things, thing_key(s, kind, schema, name, of));
}

struct gm_func *gm_scope_func(const struct gm_scope *s, const char *schema,
			      const char *name)
{
	struct gm_arena_mark mark = gm_arena_mark(s->arena);
	struct gm_func *func;

	if (!schema)
		schema = s->path;
	if (!schema)
		return NULL;
	func = gm_map_get(&s->funcs, rel_key(s, schema, name));
	gm_arena_reset(s->arena, mark);
	return func;
}

struct gm_func *gm_scope_define(struct gm_scope *s, const char *schema,
				const char *name)
{
	struct gm_func *func = gm_alloc(s->arena, sizeof(*func));

	if (!schema)
		schema = s->path;
	func->maybe = s->maybe > 0;
	if (!schema)
		return func;
	func->next = gm_scope_func(s, schema, name);
	func->rank = func->next ? func->next->rank + 1 : 0;
	if (func->rank == GM_SCOPE_MAX_OVERLOADS) {
		/* One that has no text and takes any arguments: not read. */
		func->next = NULL;
		func->name = gm_strdup(s->arena, name);
		func->max_args = SIZE_MAX;
	} else if (func->rank > GM_SCOPE_MAX_OVERLOADS) {
		func->rank = GM_SCOPE_MAX_OVERLOADS;
		return func;
	}
	gm_map_set(&s->funcs, rel_key(s, schema, name), func);
	return func;
}

void gm_scope_undefine(struct gm_scope *s, const char *schema, const char *name)
{
	if (!schema)
		schema = s->path;
	if (schema)
		gm_map_del(&s->funcs, rel_key(s, schema, name));
}
