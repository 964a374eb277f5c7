/*
 * sql/sql: what a migration's SQL means for the code that runs now.
 *
 * Reads one SQL file with PostgreSQL's own parser (libpg_query) and gives each
 * statement its class: the earliest phase in which it is allowed.  Knows no
 * git and no policy.  Reference: the design's table of classes.
 *
 * What cannot be read with certainty is `opaque`, the highest class; a
 * statement that does not parse is opaque alone, not its file.
 */
#ifndef GM_SQL_SQL_H
#define GM_SQL_SQL_H

#include "base/err.h"
#include "base/finding.h"
#include "base/str.h"

/* In rising order: a file's class is the highest of its statements. */
enum gm_class {
	GM_CLASS_NEUTRAL,
	GM_CLASS_EXPAND,
	GM_CLASS_BACKFILL,
	GM_CLASS_CONTRACT,
	GM_CLASS_OPAQUE,
};

/* "neutral", "expand", ... */
const char *gm_class_name(enum gm_class c);

/* Contract and opaque are what `mixed-destructive` is about. */
bool gm_class_destructive(enum gm_class c);

struct gm_sql_hazard {
	enum gm_rule rule;
	const char *why;     /* what it does, lower case, no full stop */
	const char *allowed; /* the reason of a `-- migrate: allow <rule>
				<reason>` line above the statement, or NULL */
};

struct gm_sql_hazards {
	struct gm_sql_hazard *items;
	size_t n, cap;
};

/* What kind of thing an object is; relations share their names. */
enum gm_sql_kind {
	GM_SQL_TABLE,  /* or a view, sequence, foreign table */
	GM_SQL_COLUMN, /* of a table or a composite type */
	GM_SQL_INDEX,
	GM_SQL_TYPE,     /* or a domain */
	GM_SQL_FUNCTION, /* or a procedure or aggregate: all of that name */
	GM_SQL_SCHEMA,
	GM_SQL_OTHER, /* constraint, trigger, role, ...: by name alone */
};

/*
 * Something that a statement makes, changes, drops or writes.  Names are as
 * PostgreSQL folds them: `Users` is "users", `"Users"` is "Users".
 */
struct gm_sql_object {
	enum gm_sql_kind kind;
	const char *schema; /* as it is written, "" when it is not */
	const char *name;   /* of a column: that of its table */
	const char *column; /* of a column, else "" */
};

struct gm_sql_objects {
	struct gm_sql_object *items;
	size_t n, cap;
	bool more; /* and others that the SQL does not name, as with CASCADE */
};

struct gm_sql_stmt {
	size_t offset;       /* of its first token in the file, in bytes */
	size_t len;          /* without the semicolon */
	size_t line, column; /* of `offset`, 1-based, in bytes */
	enum gm_class class_;
	const char *tag; /* the command tag: "ALTER TABLE", "DROP INDEX";
			    "?" when it does not parse */
	const char *why; /* what made the class, for people: "drops column
			    users.phone"; lower case, no full stop */
	size_t at;       /* offset in the file of the token `why` is about */
	size_t width;    /* bytes of that token */
	struct gm_sql_hazards hazards;
	/*
	 * The targets of DDL and DML, also of what bodies run.  A column comes
	 * with its table, an index with the table it is on where the file
	 * tells; RENAME names both the old and the new.  What is only read is
	 * not there.  The same one may come twice.
	 */
	struct gm_sql_objects objects;
};

/* Where it begins: what is found in it is counted from there. */
struct gm_spot gm_sql_spot(const struct gm_sql_stmt *s);

/*
 * May the two be the same?  Of one kind, with equal names; a schema that is
 * not written may be any.
 */
bool gm_sql_same_object(const struct gm_sql_object *a,
			const struct gm_sql_object *b);

struct gm_sql_file {
	enum gm_class class_; /* the highest; neutral for an empty file */
	struct gm_sql_stmt *items;
	size_t n, cap;
};

struct gm_sql_options {
	int postgres; /* oldest server major version, 10 to 99; 0: 15 */
	bool alone;   /* its tool runs the file in no transaction */
};

/* A file larger than this is not read: GM_ELIMIT. */
#define GM_SQL_MAX ((size_t)4 << 20)
/* A file with more statements is GM_ELIMIT as well. */
#define GM_SQL_MAX_STATEMENTS 100000

/*
 * Read `text` (valid UTF-8 without NUL; callers check) and classify each
 * statement.  psql meta-commands and COPY data are recognised; `\i`, `\!`,
 * `\gexec` and `\copy ... program` are opaque, harmless ones (`\set`, `\echo`,
 * `\timing`, `\restrict`, `\connect` excepted) neutral.
 * Fails only with GM_ELIMIT.  A parser crash or stack overflow must not take
 * the program down: nesting is bounded before the parser sees the text.
 */
GM_MUST_CHECK
int gm_sql_read(struct gm_sql_file *out, struct gm_arena *a, struct gm_str text,
		const struct gm_sql_options *options, struct gm_err *err);

#endif
