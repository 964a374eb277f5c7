/*
 * db/ledger: what a database knows of its migrations.
 *
 * The tables stand in templates/sql/ledger.sql, each column with a comment.
 * All names are qualified: what a migration does to search_path is no matter.
 */
#ifndef GM_DB_LEDGER_H
#define GM_DB_LEDGER_H

#include "base/map.h"
#include "db/conn.h"
#include "db/steps.h"

/* Of the tables; a database with a higher one is for a newer program. */
#define GM_LEDGER_VERSION 1

enum gm_ledger_state {
	GM_LEDGER_RUNNING,
	GM_LEDGER_FAILED,
	GM_LEDGER_UNVERIFIED,
	GM_LEDGER_APPLIED,
	GM_LEDGER_BASELINE,
	GM_LEDGER_REVERTED,
};

/* "running", ... */
const char *gm_ledger_state_name(enum gm_ledger_state state);
/* Applied or taken as such: it is not to be run. */
bool gm_ledger_is_done(enum gm_ledger_state state);

struct gm_ledger_row {
	const char *id, *digest, *path, *sql_sha256, *phase, *class_;
	enum gm_ledger_state state;
	int64_t steps; /* how many it has */
	int64_t unit;  /* of its last run; 0: no step was begun */
	const char *env, *revision, *tool, *applied_by; /* "" when not known */
	const char *started_at, *finished_at; /* RFC 3339, UTC; or "" */
	const char *note;
	const char *checkpoint; /* name of the restore point, or "" */
};

struct gm_ledger {
	bool present; /* the schema is there */
	int64_t version;
	struct gm_ledger_row *items; /* in the order they were begun */
	size_t n, cap;
	struct gm_map by_id; /* struct gm_ledger_row */
};

/* Read it all; an absent ledger is an empty one. */
GM_MUST_CHECK
int gm_ledger_read(struct gm_ledger *out, struct gm_arena *a, struct gm_conn *c,
		   struct gm_err *err);

/* The row of a migration, or NULL. */
struct gm_ledger_row *gm_ledger_find(const struct gm_ledger *l, const char *id);

/* Read one row again: 1, or 0 when there is none. */
GM_MUST_CHECK
int gm_ledger_look(struct gm_ledger_row *out, struct gm_arena *a,
		   struct gm_conn *c, const char *id, struct gm_err *err);

/*
 * Make the tables where they are absent.  1 when they were made, 0 when they
 * were there.  Fails with GM_EUNSUPPORTED for those of a newer program.
 */
GM_MUST_CHECK
int gm_ledger_install(struct gm_conn *c, struct gm_err *err);

struct gm_ledger_step {
	int64_t unit, ordinal;
	const char *kind, *tag, *sha256, *state, *outcome, *started_at,
		*done_at;
	int64_t line, backend_pid;
	int64_t batches; /* of a backfill: those that are done */
};

struct gm_ledger_steps {
	struct gm_ledger_step *items; /* by ordinal, of the last unit */
	size_t n, cap;
};

GM_MUST_CHECK
int gm_ledger_steps(struct gm_ledger_steps *out, struct gm_arena *a,
		    struct gm_conn *c, const char *id, struct gm_err *err);

/* What is written of a migration. */
struct gm_ledger_entry {
	const char *id, *digest, *path, *sql_sha256, *phase, *class_;
	const char *env, *revision; /* or NULL */
	size_t steps;
	int64_t unit;
	int64_t checkpoint; /* id; 0: none */
};

/*
 * In the open transaction: the row, as running.  Its transaction id is in
 * `*xid`.  A row that is there already is taken over when it is not done.
 * GM_ERACE when it is done.
 */
GM_MUST_CHECK
int gm_ledger_begin(int64_t *xid, struct gm_conn *c,
		    const struct gm_ledger_entry *e, struct gm_err *err);

/*
 * In the open transaction: the row, as applied, done in the one step `step`
 * (NULL: in none).  `*xid` and a row that is there already: as above.
 */
GM_MUST_CHECK
int gm_ledger_applied(int64_t *xid, struct gm_conn *c,
		      const struct gm_ledger_entry *e,
		      const struct gm_step *step, struct gm_err *err);

/* The state of a migration that is not done in one step, with why. */
GM_MUST_CHECK
int gm_ledger_set(struct gm_conn *c, const struct gm_ledger_entry *e,
		  enum gm_ledger_state state, const char *note,
		  struct gm_err *err);

/* A step is begun: written before it runs. */
GM_MUST_CHECK
int gm_ledger_intend(struct gm_conn *c, const struct gm_ledger_entry *e,
		     const struct gm_step *step, size_t ordinal,
		     struct gm_err *err);

/* A step has ended; `done` false: it failed. */
GM_MUST_CHECK
int gm_ledger_end(struct gm_conn *c, const struct gm_ledger_entry *e,
		  size_t ordinal, bool done, const char *outcome,
		  struct gm_err *err);

/* One event; `id` NULL: of the ledger; `ordinal` 0: of no step. */
GM_MUST_CHECK
int gm_ledger_event(struct gm_conn *c, const struct gm_ledger_entry *e,
		    const char *kind, size_t ordinal, const char *detail,
		    struct gm_err *err);

/*
 * Take migrations as applied that nobody ran here; rows that are there stay
 * as they are.  Returns how many were new.
 */
GM_MUST_CHECK
int gm_ledger_baseline(struct gm_conn *c, const struct gm_ledger_entry *items,
		       size_t n, const char *why, struct gm_err *err);

#endif
