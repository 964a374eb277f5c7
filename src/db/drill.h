/*
 * db/drill: a rehearsal of migrations, of the way back, and of a restore.
 *
 * On a stage (db/stage) that holds what comes before, with rows in it: apply;
 * what each statement locked, wrote anew, read and took away; verify; apply
 * again; down, and is all as it was; up again; and a restore, from a backup
 * taken before to a restore point written just before, with the rows back.
 * What was seen is held against what the SQL was read as.
 */
#ifndef GM_DB_DRILL_H
#define GM_DB_DRILL_H

#include "db/catalog.h"
#include "db/observe.h"
#include "db/rows.h"
#include "db/stage.h"
#include "db/steps.h"

struct gm_drill_unit {
	const char *id;
	const char *digest; /* of all its files, or NULL: for the report */
	const char *path, *verify_path, *down_path;
	struct gm_str up;
	struct gm_str verify, down; /* ptr NULL: there is none */
	enum gm_phase phase;
	bool loose; /* see gm_steps_read */
};

enum gm_drill_answer {
	GM_DRILL_SKIPPED, /* `why` says why */
	GM_DRILL_YES,
	GM_DRILL_NOTE, /* no, which is worth knowing and nothing worse */
	GM_DRILL_NO,
};

/* "skipped", "yes", "note", "no". */
const char *gm_drill_answer_name(enum gm_drill_answer answer);

/* One thing that was tried. */
struct gm_drill_check {
	enum gm_drill_answer answer;
	const char *why, *hint; /* "" where there is nothing to say */
	const char *path;       /* with `line`, where; or "" */
	size_t line, column;
	int64_t us;
	struct gm_changes changes; /* objects that are not as they were */
	struct gm_strings rows;    /* rows that are not, a line each */
};

/* The six, in their order. */
enum gm_drill_what {
	GM_DRILL_APPLY,
	GM_DRILL_VERIFY,
	GM_DRILL_AGAIN,
	GM_DRILL_DOWN,
	GM_DRILL_UP_AGAIN,
	GM_DRILL_RESTORE,
	GM_DRILL_CHECKS,
};

/* "apply", "verify", "again", "down", "up again", "restore". */
const char *gm_drill_what_name(enum gm_drill_what what);

/* One statement of the up SQL. */
struct gm_drill_stmt {
	size_t line, column;
	const char *tag;
	enum gm_class class_; /* as read */
	struct gm_seen seen;
	struct gm_strings defects; /* of the reading, in words */
};

struct gm_drilled {
	const struct gm_drill_unit *unit;
	bool no; /* a check says no, or there is a defect */
	struct gm_drill_check checks[GM_DRILL_CHECKS];
	struct gm_drill_stmt *stmts;
	size_t n_stmts;
	size_t defects;
	struct gm_changes changes; /* what it did to the schema */
	struct gm_fill fill;       /* the rows it was tried on */
	int64_t rows;              /* all of them */
	size_t tables;             /* they could be in */
	int64_t wal;               /* bytes, of all statements */
	const char *point;         /* name of the restore point */
	const char *lsn;
	int64_t backup_ms;
	int64_t rto_ms; /* from the backup to an open database; 0: not done */
	int64_t ms;     /* all together */
};

struct gm_drill_options {
	const char *bin;         /* see gm_binaries_find */
	const char *schema_path; /* what comes before, instead of the earlier */
	struct gm_str schema;    /* migrations; ptr NULL: those */
	int64_t rows;
	int64_t limit_ms; /* of a statement */
	/* Is told what begins: "replay", "drill", and which; may be NULL. */
	void (*news)(void *ctx, const char *what, const char *id);
	void *ctx;
};

struct gm_drill {
	struct gm_drilled *items;
	size_t n;
	int version;               /* of the server: 150020 is 15.20 */
	struct gm_strings made_up; /* roles and databases that were named and
				      made so that it could go on */
	struct gm_strings notes;
	int64_t start_ms;  /* initdb and the first start */
	int64_t replay_ms; /* what comes before */
	size_t replayed;
};

/*
 * Rehearse units[from..to), after units[0..from) or the schema.  Behind one
 * that cannot be applied on rows it goes on without them; behind one that
 * cannot be applied at all it stops.  More than one take no schema.  0: all
 * went well; 1: something did not; -1: it could not be tried.
 */
GM_MUST_CHECK
int gm_drill(struct gm_drill *out, struct gm_arena *a,
	     const struct gm_drill_unit *units, size_t from, size_t to,
	     const struct gm_drill_options *o, struct gm_err *err);

/*
 * What was seen of a statement that was read as `read` and must not have been,
 * when that was right; a line each.  `after` is the catalog behind the
 * migration.
 */
void gm_drill_defects(struct gm_strings *out, struct gm_arena *a,
		      const struct gm_sql_stmt *read,
		      const struct gm_seen *seen,
		      const struct gm_catalog *after);

#endif
