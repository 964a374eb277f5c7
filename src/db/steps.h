/*
 * db/steps: how a migration is cut into what is done at once.
 *
 * Where it can be, the whole file is one transaction.  Where a statement runs
 * in none, each statement is a step of its own, and the file may hold only
 * such statements unless it says `-- migrate: steps <reason>`: what came
 * before a step that fails stays.  A backfill is steps too, of which those
 * that write rows are done in batches, unless it says `-- migrate: whole
 * <reason>`.  Needs no server.
 */
#ifndef GM_DB_STEPS_H
#define GM_DB_STEPS_H

#include "base/digest.h"
#include "migration/meta.h"
#include "sql/batch.h"
#include "sql/run.h"
#include "sql/sql.h"

enum gm_step_kind {
	GM_STEP_TRANSACTION, /* all statements, with the ledger's row */
	GM_STEP_PLAIN,       /* one, with the row of the step */
	GM_STEP_ALONE,       /* one, in no transaction */
	GM_STEP_BATCHES,     /* one, range by range */
};

/* "transaction", "plain", "alone", "batches": as the ledger writes it. */
const char *gm_step_kind_name(enum gm_step_kind kind);

struct gm_step {
	enum gm_step_kind kind;
	size_t first, n; /* statements of `file`; 1 but for a transaction */
	size_t line;
	const char *tag;
	char sha256[GM_SHA256_HEX + 1]; /* of the statement, or the file */
	struct gm_batch batch;          /* GM_STEP_BATCHES */
};

struct gm_steps_refusal {
	const char *why, *hint; /* `hint` may be NULL */
	size_t line, column;    /* 0: the whole file */
};

struct gm_steps {
	struct gm_str text;
	struct gm_run_file file;
	struct gm_sql_file sql;
	struct gm_step *items; /* in order; empty where nothing is to be run */
	size_t n, cap;
	bool transactional; /* one step, or none */
	struct {
		struct gm_steps_refusal *items;
		size_t n, cap;
	} refused; /* then it must not be run */
};

/*
 * Cut the up SQL `text` (which must outlive the result) of a migration of a
 * declared `phase`.  `loose`: its tool was told, outside of the SQL, to use no
 * transaction.  Fails only past the limits of sql/sql.
 */
GM_MUST_CHECK
int gm_steps_read(struct gm_steps *out, struct gm_arena *a, struct gm_str text,
		  enum gm_phase phase, bool loose, struct gm_err *err);

/* The same for verify SQL: one transaction that begins and ends nothing. */
GM_MUST_CHECK
int gm_steps_verify(struct gm_steps *out, struct gm_arena *a,
		    struct gm_str text, struct gm_err *err);

/* The text of a statement. */
struct gm_str gm_steps_text(const struct gm_steps *s,
			    const struct gm_run_stmt *stmt);

/* Does the file set this setting itself, or reset it? */
bool gm_steps_sets(const struct gm_steps *s, const char *setting);

/* The strongest lock of all statements. */
enum gm_run_lock gm_steps_lock(const struct gm_steps *s);

/* All relations that are locked, each once; the strongest lock in `lock`. */
struct gm_steps_target {
	struct gm_run_name name;
	enum gm_run_lock lock;
	bool space; /* it is written anew */
};
struct gm_steps_targets {
	struct gm_steps_target *items;
	size_t n, cap;
};
void gm_steps_targets(struct gm_steps_targets *out, struct gm_arena *a,
		      const struct gm_steps *s);

#endif
