#include "sql/scope.h"

#include <string.h>

#include "base/buf.h"

#define TEMP "pg_temp"

static void empty(struct gm_scope *s)
{
	s->things = gm_map(s->arena);
	s->funcs = gm_map(s->arena);
	s->prepared = gm_map(s->arena);
}

void gm_scope_init(struct gm_scope *s, struct gm_arena *arena)
{
	*s = (struct gm_scope){ .arena = arena, .path = "public" };
	s->session = s->path;
	s->rels = gm_map(arena);
	s->same_rels = gm_map(arena);
	s->same_funcs = gm_map(arena);
	s->domains = gm_map(arena);
	s->unseen = gm_map(arena);
	s->operators = gm_map(arena);
	empty(s);
}

/* Its triggers and what reading it runs are still there, perhaps. */
static void doubt(struct gm_rel *rel)
{
	rel->created = rel->table = rel->unique = rel->has_rows = false;
	rel->known = NULL;
	for (struct gm_col *col = rel->cols; col; col = col->next)
		col->maybe = true;
}

void gm_scope_forget(struct gm_scope *s)
{
	bool known = s->path && !strcmp(s->path, "public") && !s->local;

	/* Relations are put in doubt when they are looked up. */
	s->rollbacks++;
	s->changes++;
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
	s->changes++;
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
	s->changes++;
	s->moved |= !path || !s->path || strcmp(path, s->path) != 0;
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
	if (!rel || rel->rollbacks == s->rollbacks)
		return rel;
	/* A temporary one is gone: the name means an older one again. */
	if (!strcmp(schema, TEMP))
		return NULL;
	rel->rollbacks = s->rollbacks;
	doubt(rel);
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

/* All entries of that name; lookups leave nothing behind. */
static void *named(const struct gm_map *map, const char *name)
{
	return gm_map_get(map, gm_str(name));
}

struct gm_rel *gm_scope_maybe_rel(const struct gm_scope *s,
				  const PgQuery__RangeVar *rel)
{
	struct gm_rel *found = gm_scope_rel(s, rel);

	if (found || !rel || (s->path && !s->moved))
		return found;
	return named(&s->same_rels, rel->relname);
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

static void unhang(struct gm_scope *s, struct gm_rel *rel, const char *name)
{
	struct gm_rel *at = named(&s->same_rels, name);

	if (at == rel && !rel->same)
		gm_map_del(&s->same_rels, gm_str(name));
	else if (at == rel)
		gm_map_set(&s->same_rels, gm_str(gm_strdup(s->arena, name)),
			   rel->same);
	while (at && at->same != rel)
		at = at->same;
	if (at)
		at->same = rel->same;
}

static void hang(struct gm_scope *s, struct gm_rel *rel, const char *schema,
		 const char *name)
{
	struct gm_str at = gm_str(gm_strdup(s->arena, name));

	struct gm_rel *other = gm_map_get(&s->same_rels, at);

	s->changes++;
	rel->schema = gm_strdup(s->arena, schema);
	rel->rollbacks = s->rollbacks;
	rel->namesakes = other ? other->namesakes + 1 : 0;
	rel->same = other;
	if (rel->namesakes > GM_SCOPE_MAX_NAMESAKES)
		s->blind = true;
	else
		gm_map_set(&s->same_rels, at, rel);
	gm_map_set(&s->rels, rel_key(s, schema, name), rel);
}

static struct gm_rel *put(struct gm_scope *s, const char *schema,
			  const char *name, bool created)
{
	struct gm_rel *rel = gm_alloc(s->arena, sizeof(*rel));

	rel->created = created;
	hang(s, rel, schema, name);
	return rel;
}

struct gm_rel *gm_scope_create_named(struct gm_scope *s, const char *schema,
				     const char *name, bool certain)
{
	if (!schema || !*schema)
		schema = s->path;
	if (certain && schema && !s->maybe)
		return put(s, schema, name, true);
	if (!schema || !strcmp(schema, TEMP) || rel_at(s, schema, name))
		return gm_alloc(s->arena, sizeof(struct gm_rel));
	/* All that is in a new schema is new. */
	return put(s, schema, name,
		   gm_scope_thing(s, GM_OBJECT(SCHEMA), "", schema, NULL));
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
	struct gm_rel *found;

	schema = gm_scope_schema(s, schema, name);
	if (!schema)
		return;
	s->changes++;
	found = rel_at(s, schema, name);
	/* In a branch it may stay. */
	if (found && s->maybe && strcmp(schema, TEMP) != 0)
		doubt(found);
	else
		gm_map_del(&s->rels, rel_key(s, schema, name));
}

void gm_scope_rename(struct gm_scope *s, const PgQuery__RangeVar *rel,
		     const char *schema, const char *name)
{
	const char *from = gm_scope_schema(s, rel->schemaname, rel->relname);
	struct gm_rel *found = gm_scope_rel(s, rel);
	struct gm_rel *moved = found;

	if (!from || !found)
		return;
	if (s->maybe) {
		/* It may be either. */
		doubt(found);
		moved = gm_alloc(s->arena, sizeof(*moved));
		*moved = *found;
	} else {
		unhang(s, found, rel->relname);
		gm_map_del(&s->rels, rel_key(s, from, rel->relname));
	}
	hang(s, moved, schema ? schema : from, name ? name : rel->relname);
}

struct gm_col *gm_scope_any_col(const struct gm_rel *rel, const char *name)
{
	for (struct gm_col *c = rel ? rel->cols : NULL; c; c = c->next)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

struct gm_col *gm_scope_col(const struct gm_rel *rel, const char *name)
{
	struct gm_col *col = gm_scope_any_col(rel, name);

	return col && !col->maybe ? col : NULL;
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

void gm_scope_drop_col(struct gm_scope *s, struct gm_rel *rel, const char *name)
{
	struct gm_col **link = &rel->cols;

	while (*link) {
		if (strcmp((*link)->name, name) != 0) {
			link = &(*link)->next;
		} else if (s->maybe) {
			(*link)->maybe = true;
			link = &(*link)->next;
		} else {
			*link = (*link)->next;
			rel->n_cols--;
		}
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

	s->changes++;
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
	s->changes++;
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

struct gm_func *gm_scope_next_func(const struct gm_func *f, const char *schema)
{
	struct gm_func *next = f->same;

	while (next && schema && next->schema &&
	       strcmp(schema, next->schema) != 0)
		next = next->same;
	return next;
}

struct gm_func *gm_scope_maybe_func(const struct gm_scope *s,
				    const char *schema, const char *name)
{
	struct gm_func head = { .same = named(&s->same_funcs, name) };

	return gm_scope_next_func(&head, schema);
}

/* One that has no text and takes any arguments: it is not read. */
static void hide(struct gm_func *func, const char *name)
{
	func->name = name;
	func->max_args = SIZE_MAX;
	func->text = GM_STR_NONE;
	func->next = NULL;
}

static void name_func(struct gm_scope *s, struct gm_func *func,
		      const char *schema, const char *name)
{
	struct gm_str at = gm_str(gm_strdup(s->arena, name));
	struct gm_func *other = gm_map_get(&s->same_funcs, at);

	s->changes++;
	func->schema = schema ? gm_strdup(s->arena, schema) : NULL;
	func->namesakes = other ? other->namesakes + 1 : 0;
	func->same = other;
	if (func->namesakes == GM_SCOPE_MAX_NAMESAKES) {
		func = gm_alloc(s->arena, sizeof(*func));
		hide(func, at.ptr);
		func->namesakes = GM_SCOPE_MAX_NAMESAKES;
	} else if (func->namesakes > GM_SCOPE_MAX_NAMESAKES) {
		func->namesakes = GM_SCOPE_MAX_NAMESAKES;
		return;
	}
	gm_map_set(&s->same_funcs, at, func);
}

void gm_scope_hide_func(struct gm_scope *s, const char *name)
{
	struct gm_func *func = gm_alloc(s->arena, sizeof(*func));

	hide(func, gm_strdup(s->arena, name));
	name_func(s, func, NULL, name);
}

struct gm_func *gm_scope_define(struct gm_scope *s, const char *schema,
				const char *name)
{
	struct gm_func *func = gm_alloc(s->arena, sizeof(*func));

	if (!schema)
		schema = s->path;
	func->maybe = s->maybe > 0;
	name_func(s, func, schema, name);
	if (!schema)
		return func;
	func->next = gm_scope_func(s, schema, name);
	func->rank = func->next ? func->next->rank + 1 : 0;
	if (func->rank == GM_SCOPE_MAX_OVERLOADS) {
		hide(func, gm_strdup(s->arena, name));
	} else if (func->rank > GM_SCOPE_MAX_OVERLOADS) {
		func->rank = GM_SCOPE_MAX_OVERLOADS;
		hide(func, gm_strdup(s->arena, name));
		return func;
	}
	gm_map_set(&s->funcs, rel_key(s, schema, name), func);
	return func;
}

void gm_scope_undefine(struct gm_scope *s, const char *schema, const char *name)
{
	s->changes++;
	if (!schema)
		schema = s->path;
	if (schema)
		gm_map_del(&s->funcs, rel_key(s, schema, name));
}

struct gm_domain *gm_scope_domain(const struct gm_scope *s, const char *schema,
				  const char *name)
{
	struct gm_domain *d = named(&s->domains, name);

	if (!schema && !s->moved)
		schema = s->path;
	while (d && schema && d->schema && strcmp(schema, d->schema) != 0)
		d = d->same;
	return d;
}

static void name_domain(struct gm_scope *s, struct gm_domain *d,
			const char *name)
{
	struct gm_str at = gm_str(gm_strdup(s->arena, name));

	struct gm_domain *other = gm_map_get(&s->domains, at);

	d->namesakes = other ? other->namesakes + 1 : 0;
	d->same = other;
	if (d->namesakes > GM_SCOPE_MAX_NAMESAKES)
		return;
	if (d->namesakes == GM_SCOPE_MAX_NAMESAKES) {
		/* It stands for all of the name. */
		d->schema = NULL;
		d->not_null = true;
		d->casts =
			(struct gm_later){ GM_CLASS_OPAQUE,
					   "is one of too many of that name" };
	}
	gm_map_set(&s->domains, at, d);
}

struct gm_domain *gm_scope_make_domain(struct gm_scope *s, const char *schema,
				       const char *name)
{
	struct gm_domain *d = gm_alloc(s->arena, sizeof(*d));

	if (!schema)
		schema = s->path;
	d->schema = schema ? gm_strdup(s->arena, schema) : NULL;
	name_domain(s, d, name);
	return d;
}

void gm_scope_rename_domain(struct gm_scope *s, const char *schema,
			    const char *name, const char *to)
{
	struct gm_domain *d = gm_scope_domain(s, schema, name), *copy;

	if (!d)
		return;
	copy = gm_alloc(s->arena, sizeof(*copy));
	*copy = *d;
	copy->schema = NULL;
	name_domain(s, copy, to);
}
