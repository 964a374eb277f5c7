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
#include "sql/sql.h"
#include "sql/tree.h"
#include "sql/value.h"

/* More are not looked at, so that time stays linear. */
#define GM_SCOPE_MAX_COLS 2000
#define GM_SCOPE_MAX_TRIGGERS 50
#define GM_SCOPE_MAX_OVERLOADS 50
#define GM_SCOPE_MAX_RENAMED 1000
#define GM_SCOPE_MAX_NAMESAKES 1000
#define GM_SCOPE_MAX_CHECKS 200

/*
 * What using something would run that is not for an expand: the class (enum
 * gm_class), and why; `why` is NULL when nothing is known.
 */
struct gm_later {
	int class_;
	const char *why;
};

/* Checks as gm_node_pack keeps them. */
struct gm_checks {
	struct gm_str *items;
	size_t n, cap;
	bool more; /* than are kept */
};

/* A domain this migration made; it stays when it is dropped or moved. */
struct gm_domain {
	const char *schema; /* NULL: any */
	const char *base;   /* gm_type_name */
	bool used;          /* columns of older tables have it */
	bool not_null;
	struct gm_value value;   /* its default */
	struct gm_checks checks; /* of VALUE */
	struct gm_domain *of;    /* the domain it is made of, or NULL */
	struct gm_later casts;   /* by its default and checks */
	size_t namesakes;        /* how many of that name came before */
	struct gm_domain *same;  /* another one of that name */
};

/* A column that this migration added to a table that was there before. */
struct gm_col {
	const char *name;
	const char *type; /* gm_type_name */
	bool maybe;       /* or it was there before */
	bool not_null;
	bool unique;           /* a new unique constraint or index is on it */
	bool refers;           /* a foreign key */
	bool distinct;         /* the default differs from row to row */
	struct gm_value value; /* what old code leaves in it: its default */
	struct gm_domain *domain; /* of its type, or NULL */
	struct gm_col *next;
};

/* What a function takes. */
struct gm_param {
	const char *name; /* "" when it has none */
	const char *type; /* gm_type_name */
	struct gm_param *next;
};

/* A function this migration defines. */
struct gm_func {
	struct gm_str text; /* its CREATE statement; none: it is not read */
	const char *schema; /* NULL: any */
	const char *name;   /* for people */
	const char *types;  /* of its arguments, as far as DROP names them */
	size_t min_args, max_args;
	size_t rank;           /* how many of that name came before */
	size_t namesakes;      /* and how many in all schemas */
	bool maybe;            /* defined in a branch */
	bool fresh;            /* certainly new, not replaced */
	bool running;          /* being read: it calls itself */
	bool referenced;       /* a default, a view, ... calls it */
	size_t judged;         /* after so many changes of the scope */
	struct gm_later known; /* and what it does */
	struct gm_sql_objects objects;
	bool proved;   /* a default is not NULL because of it */
	bool variadic; /* the last parameter takes all the rest */
	struct gm_param *params;
	struct gm_func *next; /* another one of that name */
	struct gm_func *same; /* and another one, of any schema */
};

/* A trigger this migration made, by the function it calls. */
struct gm_trig {
	const char *schema; /* of the function, or NULL */
	const char *func;
	bool inserts;         /* it fires when rows are inserted */
	struct gm_trig *next; /* of the same table */
	struct gm_trig *all;  /* the one made before, of any table */
};

/* A function that was replaced: something older may call it. */
struct gm_replaced {
	struct gm_func *func;
	bool trigger; /* as a trigger; else in a default, check, view, ... */
	struct gm_replaced *next;
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
	bool inherits;     /* defaults, checks or triggers of older ones */
	bool written;      /* it may have rows */
	bool has_rows;     /* this migration put some in */
	struct gm_checks checks; /* of columns it added */
	bool linked;             /* writing to it may write to other tables */
	bool acts; /* changing rows may, by foreign keys of others */
	struct gm_later reads;  /* of a view */
	struct gm_later writes; /* by its defaults and checks */
	const char *schema;     /* where it is */
	size_t rollbacks;       /* until this one it is certain */
	size_t namesakes;       /* how many of that name came before */
	struct gm_rel *same;    /* another one of that name, of any schema */
};

/* Anything else that was created. */
struct gm_thing {
	bool labels; /* a type: two texts are never the same value of it */
};

struct gm_scope {
	struct gm_arena *arena; /* as long as the file */
	struct gm_map rels, things, funcs, prepared;
	/* By name alone: lists of all schemas. */
	struct gm_map same_rels, same_funcs, domains;
	struct gm_map unseen;    /* functions called that are not in view */
	struct gm_map operators; /* made of functions that are not in view */
	bool made_operator;
	bool casts;          /* a cast made of such a function */
	const char *path;    /* the schema of unqualified names; NULL unknown */
	const char *session; /* what `path` is after SET LOCAL */
	bool local;          /* SET LOCAL is in force */
	bool temp_last;      /* pg_temp is not searched first any more */
	bool open;           /* inside BEGIN ... COMMIT */
	size_t units;        /* transactions begun or ended so far */
	size_t rollbacks;    /* seen so far */
	size_t changes;      /* of what bodies may mean */
	unsigned maybe;      /* > 0: what comes may not run at all */
	bool moved;    /* the path was changed: names may be those of others */
	bool shadowed; /* pg_catalog is not searched first */
	bool blind;    /* a trigger on a table or of a function not known */
	struct gm_trig *triggers;     /* all of them */
	struct gm_replaced *replaced; /* at most GM_SCOPE_MAX_TRIGGERS */
	size_t n_triggers, n_replaced;
	struct gm_later worst; /* of all that is judged */
	bool hooked;           /* older objects may depend on new ones */
};

void gm_scope_init(struct gm_scope *s, struct gm_arena *arena);

/*
 * All that was made may be gone, or not: ROLLBACK without a transaction does
 * nothing.  What it may do by itself is still known.
 */
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

/*
 * What the name of an existing relation may mean: all of that name where the
 * path was changed and it is not found.  A list by `same`.
 */
struct gm_rel *gm_scope_maybe_rel(const struct gm_scope *s,
				  const PgQuery__RangeVar *rel);

/* Did this migration make it? */
bool gm_scope_created(const struct gm_scope *s, const PgQuery__RangeVar *rel);

/* And is it an ordinary table, whose rows this migration put there? */
bool gm_scope_filled(const struct gm_scope *s, const PgQuery__RangeVar *rel);

/*
 * It was made.  Returns its entry; when that is not certain, one that is not
 * `created`.
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
/* Also one that may have been there before. */
struct gm_col *gm_scope_any_col(const struct gm_rel *rel, const char *name);
struct gm_col *gm_scope_add_col(struct gm_scope *s, struct gm_rel *rel,
				const char *name);
/* An older column of which only the type is known, "?" at first. */
struct gm_col *gm_scope_known(struct gm_scope *s, struct gm_rel *rel,
			      const char *name);
/* In a branch it may still be there. */
void gm_scope_drop_col(struct gm_scope *s, struct gm_rel *rel,
		       const char *name);

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
/* What the name may mean, in any schema when it has none; by `same`. */
struct gm_func *gm_scope_maybe_func(const struct gm_scope *s,
				    const char *schema, const char *name);
struct gm_func *gm_scope_next_func(const struct gm_func *f, const char *schema);
/* Whatever is called that is not read: it was renamed, or there are more. */
void gm_scope_hide_func(struct gm_scope *s, const char *name);
struct gm_func *gm_scope_define(struct gm_scope *s, const char *schema,
				const char *name);
void gm_scope_undefine(struct gm_scope *s, const char *schema,
		       const char *name);

/* A domain that was made here; NULL: none of that name. */
struct gm_domain *gm_scope_domain(const struct gm_scope *s, const char *schema,
				  const char *name);
struct gm_domain *gm_scope_make_domain(struct gm_scope *s, const char *schema,
				       const char *name);
/* It has another name now, too. */
void gm_scope_rename_domain(struct gm_scope *s, const char *schema,
			    const char *name, const char *to);

#endif
