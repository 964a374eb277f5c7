/*
 * sql/run: what it takes to run a file, statement by statement.
 *
 * Says from the parse tree which statements run inside of a transaction and
 * which in none, how strong a lock each takes on what was there before, and
 * how to find out later whether one that was cut off had been done.  Knows no
 * server.
 */
#ifndef GM_SQL_RUN_H
#define GM_SQL_RUN_H

#include "base/err.h"
#include "base/str.h"

enum gm_run_mode {
	GM_RUN_INSIDE,  /* in a transaction, with others */
	GM_RUN_ALONE,   /* in none; or in one that ends before the next */
	GM_RUN_SESSION, /* SET and the like: of the session, to be done again
			   on a new one */
	GM_RUN_BEGIN,   /* a plain BEGIN around the whole file */
	GM_RUN_COMMIT,  /* and its COMMIT */
	GM_RUN_NEVER,   /* `why` says why not */
};

/* On relations that the file did not make itself. */
enum gm_run_lock {
	GM_RUN_LOCK_NONE,
	GM_RUN_LOCK_ROWS,   /* of the rows it writes */
	GM_RUN_LOCK_LONG,   /* blocks neither readers nor writers, takes time */
	GM_RUN_LOCK_WRITES, /* blocks writers: SHARE and up */
	GM_RUN_LOCK_ALL,    /* blocks all: ACCESS EXCLUSIVE, EXCLUSIVE */
};

/* How to see whether it was done. */
enum gm_run_probe {
	GM_PROBE_AGAIN, /* not at all: it may be run again */
	GM_PROBE_INDEX,
	GM_PROBE_DROP_INDEX,
	GM_PROBE_REINDEX,
	GM_PROBE_DETACH,
	GM_PROBE_ENUM,
	GM_PROBE_NAME, /* a database, tablespace or subscription by its name */
	GM_PROBE_NONE, /* nobody can know */
};

struct gm_run_name {
	const char *schema; /* "" when it is not written */
	const char *name;
};

struct gm_run_names {
	struct gm_run_name *items;
	size_t n, cap;
};

struct gm_run_stmt {
	size_t offset, len; /* in the file, without the semicolon */
	size_t line, column;
	const char *tag;
	enum gm_run_mode mode;
	const char *why; /* NEVER and ALONE: the reason */
	enum gm_run_lock lock;
	bool space;  /* writes a table or index anew: needs room on disk */
	bool bare;   /* IF [NOT] EXISTS: the server may pass over it */
	bool unique; /* GM_PROBE_INDEX: a unique one */
	bool drops;  /* GM_PROBE_NAME: it goes */
	enum gm_run_probe probe;
	const char *catalog;       /* GM_PROBE_NAME: "pg_database", ... */
	struct gm_run_name object; /* index, type, partition, database; of
				      GM_PROBE_REINDEX what is rebuilt: a
				      schema alone, or no name for all */
	struct gm_run_name table;  /* of the index; parent of the partition */
	const char *label;         /* GM_PROBE_ENUM: the new value */
	const char *setting; /* that SET or RESET is about, as written; the
				server knows it in any case of letters */
	struct gm_run_names targets; /* relations it locks, that were there
					before this file */
};

struct gm_run_file {
	struct gm_run_stmt *items;
	size_t n, cap;
	bool steps;        /* `-- migrate: steps <reason>` */
	bool loose;        /* what other tools write for "no transaction" */
	const char *whole; /* reason of `-- migrate: whole <reason>`, or NULL */
};

/*
 * Read a file.  What cannot be parsed runs inside of a transaction under the
 * strongest lock: the server then refuses it or does it as a whole.  Fails
 * with GM_ELIMIT past the limits of sql/sql.
 */
GM_MUST_CHECK
int gm_run_read(struct gm_run_file *out, struct gm_arena *a, struct gm_str text,
		struct gm_err *err);

/*
 * CREATE INDEX `sql` without name, CONCURRENTLY and TABLESPACE, on the table
 * `on` instead: what the server makes of that tells how it would write the
 * definition.  NULL when it is none.
 */
const char *gm_run_index_on(struct gm_arena *a, struct gm_str sql,
			    const struct gm_run_name *on);

#endif
