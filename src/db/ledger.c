#include "db/ledger.h"

#include <string.h>

#include "base/embed.h"
#include "db/lock.h"

#define TOOL "git-migrate "
#define RFC3339(column)                                                        \
	"coalesce(pg_catalog.to_char(" column                                  \
	" AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '')"

static const char *const states[] = { "running", "failed",   "unverified",
				      "applied", "baseline", "reverted" };

const char *gm_ledger_state_name(enum gm_ledger_state state)
{
	return states[state];
}

bool gm_ledger_is_done(enum gm_ledger_state state)
{
	return state == GM_LEDGER_APPLIED || state == GM_LEDGER_BASELINE;
}

static const char *tool(struct gm_arena *a)
{
	return gm_printf(a, TOOL "%s", gm_version);
}

static const char *number(struct gm_arena *a, int64_t n)
{
	return gm_printf(a, "%lld", (long long)n);
}

static int fail(const struct gm_conn *c, struct gm_err *err)
{
	if (gm_conn_failed_with(c, GM_SQLSTATE_NO_RIGHTS))
		gm_hint(err,
			"Connect as the role that owns the "
			"schema " GM_LEDGER_SCHEMA ";"
			" who only looks needs USAGE of it and SELECT on its"
			" tables.");
	return gm_fail_in(err, "the ledger");
}

/* --- reading --- */

static const char version_sql[] = "SELECT version FROM git_migrate.ledger";

static int read_version(struct gm_ledger *l, struct gm_conn *c,
			struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_rows rows;

	if (gm_conn_row(&rows, &scratch, c,
			"SELECT pg_catalog.to_regclass('git_migrate.ledger')"
			" IS NOT NULL",
			NULL, 0, err) < 0)
		return fail(c, err);
	l->present = gm_cell_bool(&rows, 0, 0);
	if (!l->present)
		return 0;
	if (gm_conn_row(&rows, &scratch, c, version_sql, NULL, 0, err) < 0)
		return fail(c, err);
	l->version = gm_cell_int(&rows, 0, 0);
	if (l->version <= GM_LEDGER_VERSION)
		return 0;
	gm_fail(err, GM_EUNSUPPORTED,
		"the ledger is of version %lld, and this program knows %d",
		(long long)l->version, GM_LEDGER_VERSION);
	return gm_hint(err, "Use a newer git-migrate.");
}

#define ROW_SQL                                                                \
	"SELECT m.id, m.digest, m.path, m.sql_sha256, m.phase, m.class,"       \
	" m.state, m.steps, coalesce((SELECT max(s.unit)"                      \
	" FROM git_migrate.step s WHERE s.migration = m.id), 0),"              \
	" coalesce(m.env, ''), coalesce(m.revision, ''), m.tool,"              \
	" m.applied_by, " RFC3339("m.started_at") ", " RFC3339(                \
		"m.finished_at") ", coalesce(m.note, ''),"                     \
				 " coalesce(k.name, '') FROM "                 \
				 "git_migrate.migration m"                     \
				 " LEFT JOIN git_migrate.checkpoint k ON "     \
				 "k.id = m.checkpoint"

static void fill_row(struct gm_ledger_row *row, const struct gm_rows *rows,
		     size_t i)
{
	const char *state = gm_cell(rows, i, 6);

	*row = (struct gm_ledger_row){
		.id = gm_cell(rows, i, 0),
		.digest = gm_cell(rows, i, 1),
		.path = gm_cell(rows, i, 2),
		.sql_sha256 = gm_cell(rows, i, 3),
		.phase = gm_cell(rows, i, 4),
		.class_ = gm_cell(rows, i, 5),
		.state = GM_LEDGER_FAILED,
		.steps = gm_cell_int(rows, i, 7),
		.unit = gm_cell_int(rows, i, 8),
		.env = gm_cell(rows, i, 9),
		.revision = gm_cell(rows, i, 10),
		.tool = gm_cell(rows, i, 11),
		.applied_by = gm_cell(rows, i, 12),
		.started_at = gm_cell(rows, i, 13),
		.finished_at = gm_cell(rows, i, 14),
		.note = gm_cell(rows, i, 15),
		.checkpoint = gm_cell(rows, i, 16),
	};
	for (size_t k = 0; k < GM_COUNT(states); k++)
		if (!strcmp(state, states[k]))
			row->state = (enum gm_ledger_state)k;
}

int gm_ledger_read(struct gm_ledger *out, struct gm_arena *a, struct gm_conn *c,
		   struct gm_err *err)
{
	struct gm_ledger l = { .by_id = gm_map(a) };
	struct gm_rows rows;

	if (read_version(&l, c, err) < 0)
		return -1;
	if (!l.present) {
		*out = l;
		return 0;
	}
	if (gm_conn_exec(&rows, a, c, ROW_SQL " ORDER BY m.started_at, m.id",
			 NULL, 0, err) < 0)
		return fail(c, err);
	l.items = gm_alloc_n(a, rows.n, sizeof(*l.items));
	l.n = l.cap = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		fill_row(&l.items[i], &rows, i);
		gm_map_set(&l.by_id, gm_str(l.items[i].id), &l.items[i]);
	}
	*out = l;
	return 0;
}

struct gm_ledger_row *gm_ledger_find(const struct gm_ledger *l, const char *id)
{
	return gm_map_get(&l->by_id, gm_str(id));
}

int gm_ledger_look(struct gm_ledger_row *out, struct gm_arena *a,
		   struct gm_conn *c, const char *id, struct gm_err *err)
{
	const char *params[] = { id };
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, c, ROW_SQL " WHERE m.id = $1", params, 1,
			 err) < 0)
		return fail(c, err);
	if (!rows.n)
		return 0;
	fill_row(out, &rows, 0);
	return 1;
}

static const char steps_sql[] =
	"SELECT unit, ordinal, kind, tag, line, sha256, state,"
	" coalesce(outcome, ''), " RFC3339("started_at") ", " RFC3339(
		"done_at") ", backend_pid, coalesce((SELECT b.batches FROM"
			   " git_migrate.backfill b WHERE b.migration ="
			   " s.migration AND b.unit = s.unit AND b.ordinal ="
			   " s.ordinal), 0) FROM git_migrate.step s"
			   " WHERE migration = $1 AND unit = (SELECT max(unit)"
			   " FROM git_migrate.step WHERE migration = $1) ORDER "
			   "BY ordinal";

int gm_ledger_steps(struct gm_ledger_steps *out, struct gm_arena *a,
		    struct gm_conn *c, const char *id, struct gm_err *err)
{
	struct gm_ledger_steps found = { 0 };
	const char *params[] = { id };
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, c, steps_sql, params, 1, err) < 0)
		return fail(c, err);
	for (size_t i = 0; i < rows.n; i++)
		*GM_PUSH(a, &found) = (struct gm_ledger_step){
			.unit = gm_cell_int(&rows, i, 0),
			.ordinal = gm_cell_int(&rows, i, 1),
			.kind = gm_cell(&rows, i, 2),
			.tag = gm_cell(&rows, i, 3),
			.line = gm_cell_int(&rows, i, 4),
			.sha256 = gm_cell(&rows, i, 5),
			.state = gm_cell(&rows, i, 6),
			.outcome = gm_cell(&rows, i, 7),
			.started_at = gm_cell(&rows, i, 8),
			.done_at = gm_cell(&rows, i, 9),
			.backend_pid = gm_cell_int(&rows, i, 10),
			.batches = gm_cell_int(&rows, i, 11),
		};
	*out = found;
	return 0;
}

/* --- writing --- */

int gm_ledger_install(struct gm_conn *c, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_str sql = gm_embed("sql/ledger.sql");
	struct gm_ledger l = { 0 };

	if (read_version(&l, c, err) < 0)
		return -1;
	if (l.present)
		return 0;
	if (gm_conn_script(c,
			   gm_printf(&scratch,
				     "BEGIN;\n%.*s\nINSERT INTO"
				     " git_migrate.event (kind, tool, detail)"
				     " VALUES ('installed', %s, 'version %d');"
				     "\nCOMMIT",
				     (int)sql.len, sql.ptr,
				     gm_sql_literal(&scratch, tool(&scratch)),
				     GM_LEDGER_VERSION),
			   err) < 0) {
		struct gm_err ignored = GM_ERR_INIT;

		if (gm_conn_failed_with(c, GM_SQLSTATE_NO_RIGHTS))
			gm_hint(err,
				"The ledger is a schema '%s': connect as a"
				" role that may create it.",
				GM_LEDGER_SCHEMA);
		if (gm_conn_failed_with(c, GM_SQLSTATE_READ_ONLY))
			gm_hint(err, "Connect to the primary, as a role that"
				     " may write.");
		if (gm_conn_failed_with(c, GM_SQLSTATE_SCHEMA_THERE))
			gm_hint(err,
				"It is somebody else's, without a ledger in"
				" it: drop it, or give it another name.");
		if (gm_conn_alive(c) && gm_conn_tx(c) != GM_TX_IDLE &&
		    gm_conn_script(c, "ROLLBACK", &ignored) < 0)
			gm_fail_in(err, "%s", ignored.msg);
		return gm_fail_in(err, "cannot make the ledger");
	}
	return 1;
}

#define BEGIN_SQL(state, finished)                                             \
	"INSERT INTO git_migrate.migration AS m (id, digest, path,"            \
	" sql_sha256, phase, class, state, steps, env, revision, tool,"        \
	" checkpoint, started_at, finished_at) VALUES ($1, $2, $3, $4, $5,"    \
	" $6, '" state "', $7, $8, $9, $10, $11, pg_catalog.now(), " finished  \
	") ON CONFLICT (id) DO UPDATE SET digest = excluded.digest,"           \
	" path = excluded.path, sql_sha256 = excluded.sql_sha256,"             \
	" phase = excluded.phase, class = excluded.class,"                     \
	" state = excluded.state, steps = excluded.steps,"                     \
	" env = excluded.env, revision = excluded.revision,"                   \
	" tool = excluded.tool, applied_by = session_user,"                    \
	" finished_at = excluded.finished_at, note = NULL,"                    \
	" started_at = CASE WHEN m.state IN ('running', 'failed')"             \
	" THEN m.started_at ELSE excluded.started_at END,"                     \
	" checkpoint = coalesce(excluded.checkpoint, m.checkpoint)"            \
	" WHERE m.state NOT IN ('applied', 'baseline') OR m.digest <>"         \
	" excluded.digest"

static const char begin_sql[] =
	BEGIN_SQL("running", "NULL") " RETURNING pg_catalog.txid_current()";

/* $1 to $11 of BEGIN_SQL. */
enum { BEGIN_PARAMS = 11 };

static void begin_params(const char **out, struct gm_arena *a,
			 const struct gm_ledger_entry *e)
{
	const char *params[BEGIN_PARAMS] = {
		e->id,
		e->digest,
		e->path,
		e->sql_sha256,
		e->phase,
		e->class_,
		number(a, (int64_t)e->steps),
		e->env,
		e->revision,
		tool(a),
		e->checkpoint ? number(a, e->checkpoint) : NULL,
	};

	memcpy(out, params, sizeof(params));
}

/* Run what ends in "RETURNING txid", which is nothing where somebody was. */
static int begin(int64_t *xid, struct gm_conn *c,
		 const struct gm_ledger_entry *e, struct gm_arena *a,
		 const char *sql, const char *const *params, size_t n,
		 struct gm_err *err)
{
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, c, sql, params, n, err) < 0)
		return fail(c, err);
	if (!rows.n)
		return gm_fail(err, GM_ERACE,
			       "somebody else has applied '%s' meanwhile",
			       e->id);
	*xid = gm_cell_int(&rows, 0, 0);
	return 0;
}

int gm_ledger_begin(int64_t *xid, struct gm_conn *c,
		    const struct gm_ledger_entry *e, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *params[BEGIN_PARAMS];

	begin_params(params, &a, e);
	return begin(xid, c, e, &a, begin_sql, params, GM_COUNT(params), err);
}

static const char applied_sql[] = "WITH m AS (" BEGIN_SQL(
	"applied",
	"pg_catalog.clock_timestamp()") " RETURNING started_at), s AS (INSERT "
					"INTO git_migrate.step"
					" (migration, unit, ordinal, kind, "
					"tag, line, sha256, state,"
					" started_at, done_at, xid) SELECT $1, "
					"$12::int, 1, $13::text, $14,"
					" $15::int, $16, 'done', started_at, "
					"pg_catalog.clock_timestamp(),"
					" pg_catalog.txid_current() FROM m "
					"WHERE $13::text IS NOT NULL),"
					" e AS (INSERT INTO git_migrate.event "
					"(migration, digest, kind, tool)"
					" SELECT $1, $2, 'applied', $10 FROM m)"
					" SELECT pg_catalog.txid_current() "
					"FROM m";

int gm_ledger_applied(int64_t *xid, struct gm_conn *c,
		      const struct gm_ledger_entry *e,
		      const struct gm_step *step, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *params[BEGIN_PARAMS + 5] = {
		[BEGIN_PARAMS] = number(&a, e->unit),
		step ? gm_step_kind_name(step->kind) : NULL,
		step ? step->tag : "",
		number(&a, step ? (int64_t)step->line : 0),
		step ? step->sha256 : "",
	};

	begin_params(params, &a, e);
	return begin(xid, c, e, &a, applied_sql, params, GM_COUNT(params), err);
}

static const char set_sql[] =
	"WITH m AS (UPDATE git_migrate.migration SET state = $2,"
	" note = nullif($3, ''), finished_at = CASE WHEN $2 = 'applied'"
	" THEN pg_catalog.clock_timestamp() END WHERE id = $1)"
	" INSERT INTO git_migrate.event (migration, digest, kind, detail,"
	" tool) VALUES ($1, $4, CASE $2 WHEN 'running' THEN 'started'"
	" ELSE $2 END, nullif($3, ''), $5)";

int gm_ledger_set(struct gm_conn *c, const struct gm_ledger_entry *e,
		  enum gm_ledger_state state, const char *note,
		  struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *params[] = { e->id, states[state], note ? note : "",
				 e->digest, tool(&a) };

	if (gm_conn_exec(NULL, NULL, c, set_sql, params, GM_COUNT(params),
			 err) < 0)
		return fail(c, err);
	return 0;
}

static const char intend_sql[] =
	"INSERT INTO git_migrate.step AS s (migration, unit, ordinal, kind,"
	" tag, line, sha256, state) VALUES ($1, $2, $3, $4, $5, $6, $7,"
	" 'intended') ON CONFLICT (migration, unit, ordinal) DO UPDATE SET"
	" kind = excluded.kind, tag = excluded.tag, line = excluded.line,"
	" sha256 = excluded.sha256, state = 'intended',"
	" started_at = pg_catalog.clock_timestamp(), done_at = NULL,"
	" outcome = NULL, backend_pid = pg_catalog.pg_backend_pid(),"
	" xid = NULL WHERE s.state <> 'done' RETURNING 1";

static int step_done(const struct gm_ledger_entry *e, size_t ordinal,
		     struct gm_err *err)
{
	return gm_fail(err, GM_ERACE,
		       "somebody else has done step %zu of '%s' meanwhile",
		       ordinal, e->id);
}

int gm_ledger_intend(struct gm_conn *c, const struct gm_ledger_entry *e,
		     const struct gm_step *step, size_t ordinal,
		     struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *params[] = {
		e->id,
		number(&a, e->unit),
		number(&a, (int64_t)ordinal),
		gm_step_kind_name(step->kind),
		step->tag,
		number(&a, (int64_t)step->line),
		step->sha256,
	};
	struct gm_rows rows;

	if (gm_conn_exec(&rows, &a, c, intend_sql, params, GM_COUNT(params),
			 err) < 0)
		return fail(c, err);
	if (rows.n)
		return 0;
	return step_done(e, ordinal, err);
}

static const char end_sql[] =
	"WITH s AS (UPDATE git_migrate.step SET state = $4,"
	" outcome = nullif($5, ''), done_at = CASE WHEN $4 = 'done'"
	" THEN pg_catalog.clock_timestamp() END, xid = CASE WHEN kind <>"
	" 'alone' THEN pg_catalog.txid_current() END"
	" WHERE migration = $1 AND unit = $2 AND ordinal = $3"
	" AND state <> 'done' RETURNING 1)"
	" INSERT INTO git_migrate.event (migration, digest, kind, ordinal,"
	" detail, tool) SELECT $1, $6, 'step-' || $4, $3, nullif($5, ''), $7"
	" FROM s";

int gm_ledger_end(struct gm_conn *c, const struct gm_ledger_entry *e,
		  size_t ordinal, bool done, const char *outcome,
		  struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *params[] = {
		e->id,
		number(&a, e->unit),
		number(&a, (int64_t)ordinal),
		done ? "done" : "failed",
		outcome ? outcome : "",
		e->digest,
		tool(&a),
	};

	if (gm_conn_exec(NULL, NULL, c, end_sql, params, GM_COUNT(params),
			 err) < 0)
		return fail(c, err);
	return gm_conn_affected(c) ? 0 : step_done(e, ordinal, err);
}

int gm_ledger_event(struct gm_conn *c, const struct gm_ledger_entry *e,
		    const char *kind, size_t ordinal, const char *detail,
		    struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *params[] = {
		e ? e->id : NULL,
		e ? e->digest : NULL,
		kind,
		ordinal ? number(&a, (int64_t)ordinal) : NULL,
		detail,
		tool(&a),
	};

	return gm_conn_exec(NULL, NULL, c,
			    "INSERT INTO git_migrate.event (migration, digest,"
			    " kind, ordinal, detail, tool) VALUES ($1, $2, $3,"
			    " $4, $5, $6)",
			    params, GM_COUNT(params), err);
}

static const char baseline_sql[] =
	"WITH m AS (INSERT INTO git_migrate.migration (id, digest, path,"
	" sql_sha256, phase, class, state, steps, env, revision, tool,"
	" finished_at, note) VALUES ($1, $2, $3, $4, $5, $6, 'baseline', $7,"
	" $8, $9, $10, pg_catalog.clock_timestamp(), $11) ON CONFLICT (id)"
	" DO NOTHING RETURNING id) INSERT INTO git_migrate.event (migration,"
	" digest, kind, detail, tool) SELECT id, $2, 'baseline', $11, $10"
	" FROM m RETURNING seq";

static int baseline_one(struct gm_conn *c, const struct gm_ledger_entry *e,
			const char *why, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *params[] = {
		e->id,
		e->digest,
		e->path,
		e->sql_sha256,
		e->phase,
		e->class_,
		number(&a, (int64_t)e->steps),
		e->env,
		e->revision,
		tool(&a),
		why,
	};
	struct gm_rows rows;

	if (gm_conn_exec(&rows, &a, c, baseline_sql, params, GM_COUNT(params),
			 err) < 0)
		return fail(c, err);
	return (int)rows.n;
}

int gm_ledger_baseline(struct gm_conn *c, const struct gm_ledger_entry *items,
		       size_t n, const char *why, struct gm_err *err)
{
	struct gm_err ignored = GM_ERR_INIT;
	int made = 0;

	if (gm_conn_script(c, "BEGIN", err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int one = baseline_one(c, &items[i], why, err);

		if (one < 0) {
			if (gm_conn_alive(c) &&
			    gm_conn_script(c, "ROLLBACK", &ignored) < 0)
				gm_fail_in(err, "%s", ignored.msg);
			return -1;
		}
		made += one;
	}
	if (gm_conn_script(c, "COMMIT", err) < 0)
		return -1;
	return made;
}
