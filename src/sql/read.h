/*
 * sql/read: what the files of this room share while they read one file.
 *
 * gm_classify looks at a statement and calls gm_raise for each thing it does;
 * the highest class stays, with the first reason for it.
 */
#ifndef GM_SQL_READ_H
#define GM_SQL_READ_H

#include "sql/lex.h"
#include "sql/scope.h"
#include "sql/sql.h"

/* What locations in a tree count in. */
struct gm_source {
	struct gm_str text;
	size_t base;        /* where that is in the file */
	bool exact;         /* else everything is at `base` */
	size_t width;       /* of the token at `base`, when not exact */
	const char *within; /* "in function f", or NULL */
};

/* A table that was renamed, until a view of the old name makes it good. */
struct gm_renamed {
	size_t statement; /* which one of the file */
	size_t unit;      /* transaction, as counted by the scope */
	const char *schema, *old, *name;
	bool open;   /* inside of BEGIN ... COMMIT */
	bool good;   /* the view is there */
	size_t view; /* the statement that made it */
};

struct gm_sql_reader {
	struct gm_arena *arena;  /* of the results */
	struct gm_arena keep;    /* as long as the file is read */
	struct gm_arena scratch; /* as long as a statement is */
	struct gm_scope scope;
	struct gm_source source;
	struct gm_str piece;    /* the text of the statement that is read */
	struct gm_sql_stmt now; /* what is known of it */
	struct gm_sql_hazards allowed; /* by comments above it */
	struct gm_sql_file *out;
	unsigned places;     /* looked for in this statement */
	unsigned depth;      /* bodies inside of bodies */
	size_t budget;       /* bytes of bodies that may still be read */
	enum gm_class least; /* what is lower does not count */
	bool lenient;        /* functions that are not in view do not count */
	unsigned later;      /* > 0: it is not run now, or not by itself */
	bool data;           /* it was COPY ... FROM STDIN */
	bool alone;  /* a statement that runs in no transaction was seen */
	bool events; /* an event trigger whose function is not in view */
	struct {
		struct gm_renamed *items;
		size_t n, cap;
	} renamed;
};

/* Bodies inside of bodies; bytes of bodies read again for each call. */
#define GM_SQL_MAX_BODIES 8
#define GM_SQL_BUDGET ((size_t)8 << 20)
/* Places looked for in a statement whose tree does not tell them. */
#define GM_SQL_MAX_PLACES 16

/*
 * The statement does something of this class.  `location` counts in the
 * source.  The message is kept when the class is higher than all so far.
 */
void gm_raise(struct gm_sql_reader *r, enum gm_class c, int location,
	      const char *fmt, ...) GM_PRINTF(4, 5);

/* The same with expand where this migration made the thing itself. */
void gm_raise_unless(struct gm_sql_reader *r, bool own, int location,
		     const char *fmt, ...) GM_PRINTF(4, 5);

/*
 * Where the source names something whose place the tree does not tell: the
 * first such token at or after `from`, else `from`.
 */
int gm_locate(struct gm_sql_reader *r, const char *name, int from);

/* A hazard, with the reason of a comment that allows it. */
void gm_hazard(struct gm_sql_reader *r, enum gm_rule rule, const char *why);

/* sql/classify: a statement by its kind; the unknown are opaque. */
void gm_classify(struct gm_sql_reader *r, const PgQuery__Node *stmt);

/* All statements of a text that is run. */
void gm_classify_text(struct gm_sql_reader *r, struct gm_str text);

/* sql/object: what the statement is about, by name. */
void gm_touch(struct gm_sql_reader *r, const PgQuery__Node *stmt);
void gm_touch_all(struct gm_sql_reader *r, const struct gm_sql_objects *list);
/* A table whose rows are written. */
void gm_touch_table(struct gm_sql_reader *r, const PgQuery__RangeVar *rel);

/* sql/session: SET, transactions, cursors, ... */
void gm_classify_set(struct gm_sql_reader *r,
		     const PgQuery__VariableSetStmt *s);
void gm_classify_transaction(struct gm_sql_reader *r,
			     const PgQuery__TransactionStmt *s);
/* A rollback: what was made, and what made a rename good, is gone. */
void gm_rolled_back(struct gm_sql_reader *r);
/*
 * The search path may become this list (NULL: one that is computed): from here
 * on others may stand before what PostgreSQL brings.  Only SET and RESET that
 * certainly run, and last, undo that.
 */
void gm_set_shadow(struct gm_sql_reader *r, const char *list);
void gm_set_shadow_by(struct gm_sql_reader *r,
		      const PgQuery__VariableSetStmt *s);
/* A parameter gets this value; NULL: one that is computed. */
void gm_set_parameter(struct gm_sql_reader *r, const char *name,
		      const char *value, bool local, int location);

/*
 * sql/later: expressions that run later and elsewhere: only what this
 * migration defines itself and takes something away counts.
 */
void gm_run_later(struct gm_sql_reader *r, const ProtobufCMessage *m);
/* What using the thing they belong to will run, with all that counts. */
void gm_judge_later(struct gm_sql_reader *r, const ProtobufCMessage *m,
		    struct gm_later *out);
/* The same for defaults and checks that a table gets. */
void gm_judge_rows(struct gm_sql_reader *r, struct gm_rel *rel,
		   const ProtobufCMessage *m, int location);
/* The same for a view. */
void gm_judge_view(struct gm_sql_reader *r, struct gm_rel *rel,
		   const PgQuery__Node *query);
/* With a foreign key that acts, rows of one table write those of another. */
void gm_link_foreign(struct gm_sql_reader *r, const PgQuery__Constraint *c);
/* A relation is read, a type is used, rows are written: what does that run? */
void gm_read_view(struct gm_sql_reader *r, const PgQuery__RangeVar *rel);
void gm_use_type(struct gm_sql_reader *r, const PgQuery__TypeName *type);
void gm_run_triggers(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		     bool inserts);
/* What older objects may call that was replaced. */
void gm_run_replaced(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		     bool writes);

/* sql/create: what is new. */
bool gm_classify_create(struct gm_sql_reader *r, const PgQuery__Node *stmt);
/* sql/define: functions, triggers, policies, types, roles, ... */
bool gm_classify_define(struct gm_sql_reader *r, const PgQuery__Node *stmt);
/* sql/drop: what goes. */
bool gm_classify_drop(struct gm_sql_reader *r, const PgQuery__Node *stmt);
/* sql/alter: ALTER TABLE and what shares its form. */
void gm_classify_alter(struct gm_sql_reader *r,
		       const PgQuery__AlterTableStmt *s);
/* sql/change: the other ALTERs. */
bool gm_classify_change(struct gm_sql_reader *r, const PgQuery__Node *stmt);
/* sql/rename: other names, schemas and owners. */
bool gm_classify_rename(struct gm_sql_reader *r, const PgQuery__Node *stmt);
/* sql/grant: privileges, roles and their settings. */
bool gm_classify_grant(struct gm_sql_reader *r, const PgQuery__Node *stmt);

/* sql/column: columns and constraints of tables that were there before. */
void gm_add_column(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		   const PgQuery__ColumnDef *def, bool if_not_exists);
void gm_add_constraint(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		       const PgQuery__Constraint *c);
/* The same behind the definition of the new column `self`, or NULL. */
void gm_add_constraint_of(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
			  const PgQuery__Constraint *c, struct gm_col *self);
void gm_create_index(struct gm_sql_reader *r, const PgQuery__IndexStmt *s);
/* Is it proven that this only widens, without a rewrite? */
bool gm_type_widens(const char *from, const char *to);

/* sql/added: columns of older tables that this migration adds. */
/* What the definition of a column says of the values that old code leaves. */
void gm_describe(struct gm_sql_reader *r, struct gm_col *col,
		 const PgQuery__RangeVar *rel, const PgQuery__ColumnDef *def);
struct gm_value gm_default_value(struct gm_sql_reader *r,
				 const PgQuery__RangeVar *rel,
				 const PgQuery__Node *expr, const char *type);
/* Does a default most often give another value for each row? */
bool gm_gives_distinct(const struct gm_sql_reader *r,
		       const PgQuery__Node *node);
/* The domain of its type must take what old code leaves in the column. */
void gm_use_domain(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		   struct gm_col *col, int location);
/* It gets another type, default (NULL: none), check or foreign key. */
void gm_type_added(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		   struct gm_col *col, const PgQuery__TypeName *type,
		   int location);
void gm_default_changed(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
			struct gm_col *col, const PgQuery__Node *def,
			int location);
void gm_check_added(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		    const PgQuery__Constraint *c, const struct gm_col *self);
void gm_foreign_key_added(struct gm_sql_reader *r, const PgQuery__Constraint *c,
			  const struct gm_rel *entry, const char *table,
			  const struct gm_strings *names);
void gm_describe_domain(struct gm_sql_reader *r, struct gm_domain *d,
			const PgQuery__CreateDomainStmt *s);
void gm_alter_domain(struct gm_sql_reader *r, struct gm_domain *d,
		     const PgQuery__AlterDomainStmt *s);

/* sql/dml: queries and what they run. */
bool gm_classify_dml(struct gm_sql_reader *r, const PgQuery__Node *stmt);
/* Everything below `m` is run: functions, subqueries, CTEs. */
void gm_run(struct gm_sql_reader *r, const ProtobufCMessage *m);
void gm_run_node(struct gm_sql_reader *r, const PgQuery__Node *node);
/* A table of the system? */
bool gm_is_system(const PgQuery__RangeVar *rel);

/* sql/call: functions and operators. */
void gm_call(struct gm_sql_reader *r, const PgQuery__FuncCall *call);
void gm_call_operator(struct gm_sql_reader *r, PgQuery__Node *const *names,
		      size_t n, int location);
/*
 * A function that something else will call, one with so many arguments or
 * (SIZE_MAX) any.  Is it in view?  What is not defined here does nothing.
 */
bool gm_call_named(struct gm_sql_reader *r, PgQuery__Node *const *names,
		   size_t n, size_t n_args, int location);
/* The same for what operator classes and families are made of. */
void gm_call_items(struct gm_sql_reader *r, PgQuery__Node *const *items,
		   size_t n);
/* sql/overload: may the call mean this one, by the types of its arguments? */
bool gm_call_fits(struct gm_sql_reader *r, const PgQuery__FuncCall *call,
		  const struct gm_func *f);
/* Remember what CREATE FUNCTION defines. */
void gm_define_function(struct gm_sql_reader *r,
			const PgQuery__CreateFunctionStmt *s);
/* Did this migration make exactly that function? */
bool gm_owns_function(struct gm_sql_reader *r,
		      const PgQuery__ObjectWithArgs *o);
/* Is this the name of a built-in function that only reads? */
bool gm_builtin_reads(const char *name);
bool gm_builtin_operator(const char *name);

/* sql/body: function bodies and DO. */
void gm_run_function(struct gm_sql_reader *r, struct gm_func *func,
		     int location);
/* The text behind AS, NULL when it is none. */
const char *gm_body_text(const PgQuery__DefElem *as);
void gm_run_do(struct gm_sql_reader *r, const PgQuery__DoStmt *s);
/* sql/plpgsql: the PL/pgSQL body in `statement`, a DO or CREATE FUNCTION. */
void gm_run_plpgsql(struct gm_sql_reader *r, struct gm_str statement,
		    struct gm_str body);

/* sql/tag: the command tag of a statement. */
const char *gm_command_tag(const PgQuery__Node *stmt);
/* "table", "materialized view", ... of an object type (PgQuery__ObjectType). */
const char *gm_object_word(int type);

/* sql/psql: a psql meta-command. */
struct gm_psql {
	enum gm_class class_;
	const char *tag, *why;
	bool sends;          /* the statement before it, as \g does */
	bool sets_variables; /* from here on :name may be anything */
	int condition;       /* +1 for \if, -1 for \endif */
	bool data;           /* \copy ... from stdin: lines of data follow */
	struct gm_str query; /* of \copy (query) to ..., which is run */
};
void gm_psql_read(struct gm_psql *out, struct gm_arena *a, struct gm_str text);

#endif
