/*
 * sql/scope: what this migration itself has made so far.
 *
 * Only what is certain: what stands under IF NOT EXISTS, in a branch or in a
 * loop may not have been made, and a ROLLBACK makes all of it moot.  Names
 * are compared with their schema; an unqualified one is looked up as
 * PostgreSQL would, and never found once the search path is not known.
 */
#ifndef GM_SQL_SCOPE_H
#define GM_SQL_SCOPE_H

#include "base/map.h"
#include "sql/tree.h"

/* More are not looked at, so that time stays linear. */
#define GM_SCOPE_MAX_COLS 2000
#define GM_SCOPE_MAX_TRIGGERS 50
#define GM_SCOPE_MAX_OVERLOADS 50
#define GM_SCOPE_MAX_RENAMED 1000

/* A column that this migration added to a table that was there before. */
struct gm_col {
	const char *name;
	const char *type; /* gm_type_name */
	bool not_null;
	bool has_default;
	bool unique;   /* a new unique constraint or index is on it */
	bool distinct; /* the default differs from row to row */
	struct gm_col *next;
};

/* A function this migration defines. */
struct gm_func {
	struct gm_str text; /* its CREATE statement */
	const char *name;   /* for people */
	const char *types;  /* of its arguments, as far as DROP names them */
	size_t min_args, max_args;
	size_t rank;          /* how many of that name came before */
	bool maybe;           /* defined in a branch */
	bool fresh;           /* certainly new, not replaced */
	bool running;         /* being read: it calls itself */
	struct gm_func *next; /* another one of that name */
};

/* A trigger this migration made, by the function it calls. */
struct gm_trig {
	const char *schema; /* of the function, or NULL */
	const char *func;
	struct gm_func *replaced; /* instead: one that older triggers call */
	struct gm_trig *next;
};

/* A table, view, index or sequence. */
struct gm_rel {
	bool created; /* by this migration; else it only has some columns */
	bool table;   /* an ordinary table: its rows are its own */
	bool unique;  /* a unique index, judged when it was made */
	/* Of an index: the table, as it was written. */
	const char *of_schema, *of;
	struct gm_col *cols;
	size_t n_cols;        /* so many; at most GM_SCOPE_MAX_COLS */
	struct gm_col *known; /* older ones that were given a type */
	struct gm_trig *triggers;
	size_t n_triggers; /* at most GM_SCOPE_MAX_TRIGGERS are kept */
	int reads; /* of a view: the class (enum gm_class) of reading it */
	const char *why; /* and why */
};

/* Anything else that was created. */
struct gm_thing {
	bool used;     /* a type: columns of older tables have it */
	bool not_null; /* a domain */
};

struct gm_scope {
	struct gm_arena *arena; /* as long as the file */
	struct gm_map rels, things, funcs, prepared;
	const char *path;    /* the schema of unqualified names; NULL unknown */
	const char *session; /* what `path` is after SET LOCAL */
	bool local;          /* SET LOCAL is in force */
	bool temp_last;      /* pg_temp is not searched first any more */
	bool open;           /* inside BEGIN ... COMMIT */
	size_t units;        /* transactions begun or ended so far */
	unsigned maybe;      /* > 0: what comes may not run at all */
	bool blind; /* a trigger on a table or of a function not known */
	struct gm_trig *replaced; /* trigger functions that were replaced */
	size_t n_replaced;
	bool hooked; /* older objects may depend on new ones */
};

void gm_scope_init(struct gm_scope *s, struct gm_arena *arena);

/* All that was made is gone: ROLLBACK. */
void gm_scope_forget(struct gm_scope *s);

/* A transaction begins or ends. */
void gm_scope_begin(struct gm_scope *s);
void gm_scope_end(struct gm_scope *s);

/* SET search_path: the first schema, NULL when it cannot be known. */
void gm_scope_path(struct gm_scope *s, const char *path, bool local);

/* The schema in which an existing name is found; NULL: not known. */
const char *gm_scope_schema(const struct gm_scope *s, const char *schema,
			    const char *name);

/* What is known of a relation, or NULL. */
struct gm_rel *gm_scope_rel(const struct gm_scope *s,
			    const PgQuery__RangeVar *rel);
struct gm_rel *gm_scope_rel_named(const struct gm_scope *s, const char *schema,
				  const char *name);

/* Did this migration make it? */
bool gm_scope_created(const struct gm_scope *s, const PgQuery__RangeVar *rel);

/* And is it an ordinary table, whose rows this migration put there? */
bool gm_scope_filled(const struct gm_scope *s, const PgQuery__RangeVar *rel);

/*
 * It was made.  Returns its entry; a scratch one when that is not certain.
 */
struct gm_rel *gm_scope_create(struct gm_scope *s, const PgQuery__RangeVar *rel,
			       bool certain);
struct gm_rel *gm_scope_create_named(struct gm_scope *s, const char *schema,
				     const char *name, bool certain);

/* An entry to hang columns and triggers on, made when there is none. */
struct gm_rel *gm_scope_touch(struct gm_scope *s, const PgQuery__RangeVar *rel);

/* Dropped, or no longer certain to be what it was. */
void gm_scope_drop(struct gm_scope *s, const char *schema, const char *name);

/* The same entry under another name or schema (NULL: as before). */
void gm_scope_rename(struct gm_scope *s, const PgQuery__RangeVar *rel,
		     const char *schema, const char *name);

struct gm_col *gm_scope_col(const struct gm_rel *rel, const char *name);
struct gm_col *gm_scope_add_col(struct gm_scope *s, struct gm_rel *rel,
				const char *name);
/* An older column of which only the type is known, "?" at first. */
struct gm_col *gm_scope_known(struct gm_scope *s, struct gm_rel *rel,
			      const char *name);
void gm_scope_drop_col(struct gm_rel *rel, const char *name);

/*
 * Other things: `kind` is an object type, `schema` NULL where it is the
 * search path's, "" where the kind has none; `of` is the table of a trigger,
 * rule or policy, or NULL.
 */
struct gm_thing *gm_scope_thing(const struct gm_scope *s, int kind,
				const char *schema, const char *name,
				const char *of);
struct gm_thing *gm_scope_make(struct gm_scope *s, int kind, const char *schema,
			       const char *name, const char *of);
void gm_scope_unmake(struct gm_scope *s, int kind, const char *schema,
		     const char *name, const char *of);

/* The functions of that name, a list; NULL: none defined here. */
struct gm_func *gm_scope_func(const struct gm_scope *s, const char *schema,
			      const char *name);
struct gm_func *gm_scope_define(struct gm_scope *s, const char *schema,
				const char *name);
void gm_scope_undefine(struct gm_scope *s, const char *schema,
		       const char *name);

#endif
