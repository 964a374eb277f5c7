/* db/engine: a migration that is done step by step. */
#include "db/engine.h"

#include <string.h>

#include "base/buf.h"
#include "db/probe.h"

/* What the ledger knows of step `ordinal`, or NULL. */
static const struct gm_ledger_step *known(const struct gm_ledger_steps *l,
					  size_t ordinal)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].ordinal == (int64_t)ordinal)
			return &l->items[i];
	return NULL;
}

/*
 * Was it begun, with an end that is not known?  The server takes back what it
 * says has failed, but for what is left of indexes and partitions.
 */
static bool is_begun(const struct gm_ledger_step *row,
		     const struct gm_run_stmt *stmt)
{
	if (!row || strcmp(row->state, "failed"))
		return row;
	return stmt->probe != GM_PROBE_NAME && stmt->probe != GM_PROBE_ENUM &&
	       stmt->probe != GM_PROBE_NONE;
}

static bool is_done(const struct gm_ledger_step *s)
{
	return s && !strcmp(s->state, "done");
}

static enum gm_try refuse_step(struct gm_engine *e,
			       const struct gm_ledger_step *s)
{
	const struct gm_apply_unit *u = e->unit;
	bool gone = s->ordinal > (int64_t)u->steps.n;
	size_t line = gone ? 0 : u->steps.items[s->ordinal - 1].line;
	const char *what = is_done(s)
				   ? "done"
				   : gm_printf(e->arena, "done in %lld batches",
					       (long long)s->batches);

	return gm_engine_refuse(
		e, u, u->path, line, line ? 1 : 0,
		gone ? gm_printf(e->arena,
				 "step %lld (%s) is %s, and the file has only"
				 " %zu steps now",
				 (long long)s->ordinal, s->tag, what,
				 u->steps.n)
		     : gm_printf(e->arena,
				 "step %lld (%s) was changed after it was %s",
				 (long long)s->ordinal, s->tag, what),
		is_done(s) ? "Put back what was there, and write what is to be"
			     " different into a migration of its own."
			   : "Put back what was there. To have the new text do"
			     " all rows, also those that are done, remove the"
			     " row of the step from git_migrate.backfill"
			     " first.");
}

/* What is done, all or in part, must stand in the file as it was. */
static enum gm_try check_done(struct gm_engine *e,
			      const struct gm_ledger_steps *l)
{
	const struct gm_steps *now = &e->unit->steps;

	for (size_t i = 0; i < l->n; i++) {
		const struct gm_ledger_step *s = &l->items[i];

		if (!is_done(s) && !s->batches)
			continue;
		if (s->ordinal > (int64_t)now->n ||
		    strcmp(now->items[s->ordinal - 1].sha256, s->sha256))
			return refuse_step(e, s);
	}
	return GM_TRY_DONE;
}

static int read_steps(struct gm_ledger_steps *l, struct gm_engine *e,
		      struct gm_err *err)
{
	if (gm_ledger_steps(l, e->arena, e->worker, e->unit->id, err) < 0)
		return -1;
	/* Steps of an earlier unit are another run. */
	if (l->n && l->items[0].unit != e->entry.unit)
		l->n = 0;
	return 0;
}

enum gm_try gm_check_steps(struct gm_engine *e, struct gm_err *err)
{
	struct gm_ledger_steps l;

	if (read_steps(&l, e, err) < 0)
		return gm_engine_undo(e);
	return check_done(e, &l);
}

/* --- whose role it is --- */

/* LOCAL: with the transaction the file's own come back. */
static const char ourselves_sql[] = "SET LOCAL session_authorization TO"
				    " DEFAULT; SET LOCAL role TO DEFAULT";

int gm_engine_ourselves(struct gm_engine *e, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	bool open = gm_conn_tx(e->worker) == GM_TX_OPEN;

	if (!e->played)
		return 0;
	return gm_conn_script(
		e->worker,
		gm_printf(&a, "%s%s", open ? "" : "BEGIN;", ourselves_sql),
		err);
}

int gm_engine_leave(struct gm_engine *e, struct gm_err *err)
{
	return e->played ? gm_conn_script(e->worker, "COMMIT", err) : 0;
}

static int end(struct gm_engine *e, size_t ordinal, bool done,
	       const char *outcome, struct gm_err *err)
{
	if (gm_engine_ourselves(e, err) < 0 ||
	    gm_ledger_end(e->worker, &e->entry, ordinal, done, outcome, err) <
		    0)
		return -1;
	return gm_engine_leave(e, err);
}

static int set(struct gm_engine *e, enum gm_ledger_state state,
	       const char *note, struct gm_err *err)
{
	if (gm_engine_ourselves(e, err) < 0 ||
	    gm_ledger_set(e->worker, &e->entry, state, note, err) < 0)
		return -1;
	return gm_engine_leave(e, err);
}

static int intend(struct gm_engine *e, const struct gm_step *step,
		  size_t ordinal, struct gm_err *err)
{
	if (gm_engine_ourselves(e, err) < 0 ||
	    gm_ledger_intend(e->worker, &e->entry, step, ordinal, err) < 0)
		return -1;
	return gm_engine_leave(e, err);
}

/* --- the steps --- */

/* SET and the like hold for what comes behind them, also on a new session. */
static int run_settings(struct gm_engine *e, size_t from, size_t to,
			struct gm_err *err)
{
	const struct gm_steps *s = &e->unit->steps;

	for (size_t i = from; i < to; i++)
		if (s->file.items[i].mode == GM_RUN_SESSION &&
		    gm_engine_run(e, s, e->unit->path, &s->file.items[i], err) <
			    0)
			return -1;
	return 0;
}

/* One statement and the row of its step, in one transaction. */
static int run_plain(struct gm_engine *e, const struct gm_run_stmt *stmt,
		     size_t ordinal, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	struct gm_buf sql = gm_buf(&a);

	gm_buf_printf(&sql, "BEGIN; SET LOCAL lock_timeout = %lld",
		      (long long)e->ladder.timeout_ms);
	if (!e->own_limit)
		gm_buf_printf(&sql, "; SET LOCAL statement_timeout = %lld",
			      (long long)gm_engine_limit(e, stmt));
	if (gm_conn_script(e->worker, sql.ptr, err) < 0 ||
	    gm_engine_run(e, &e->unit->steps, e->unit->path, stmt, err) < 0 ||
	    gm_engine_ourselves(e, err) < 0 ||
	    gm_ledger_end(e->worker, &e->entry, ordinal, true, NULL, err) < 0)
		return -1;
	return gm_conn_script(e->worker, "COMMIT", err);
}

/*
 * A build that waits for a lock would leave an INVALID index when it is not
 * got in time, and what ends transactions itself would be half done; so there
 * is no lock_timeout, but an end from our side, unless the file sets one.
 */
static int set_limits(struct gm_engine *e, const struct gm_run_stmt *stmt,
		      struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	bool waits =
		stmt->lock == GM_RUN_LOCK_LONG || stmt->probe == GM_PROBE_NONE;

	e->watch.limit_ms = e->own_limit ? 0 : gm_engine_limit(e, stmt);
	gm_conn_watch(e->worker, &e->watch);
	return gm_conn_script(
		e->worker,
		gm_printf(&a, "SET lock_timeout = %lld%s",
			  waits ? 0LL : (long long)e->ladder.timeout_ms,
			  e->own_limit ? "" : "; SET statement_timeout = 0"),
		err);
}

static int run_alone(struct gm_engine *e, const struct gm_run_stmt *stmt,
		     size_t ordinal, bool begun, struct gm_err *err)
{
	const struct gm_steps *s = &e->unit->steps;
	struct gm_probe probe;

	if (set_limits(e, stmt, err) < 0 ||
	    gm_probe_before(&probe, e->arena, e->worker, s, stmt, begun, err) <
		    0)
		return -1;
	if (probe.note)
		gm_engine_news(e, GM_NEWS_NOTE, ordinal, probe.note);
	if (!probe.done) {
		if (gm_engine_run(e, s, e->unit->path, stmt, err) < 0)
			return -1;
		e->watch.limit_ms = 0;
		gm_conn_watch(e->worker, &e->watch);
		if (gm_probe_after(e->arena, e->worker, s, stmt, err) < 0)
			return -1;
	}
	return end(e, ordinal, true, probe.note, err);
}

/* It failed for good: the step and the migration are so in the ledger. */
static enum gm_try fail_step(struct gm_engine *e,
			     const struct gm_run_stmt *stmt, size_t ordinal,
			     const struct gm_err *why)
{
	struct gm_err ignored = GM_ERR_INIT;
	int cleaned = 0;

	e->watch.limit_ms = 0;
	gm_conn_watch(e->worker, &e->watch);
	if (stmt->mode == GM_RUN_ALONE)
		cleaned = gm_probe_clean(e->arena, e->worker, stmt, &ignored);
	if (cleaned > 0)
		gm_engine_news(e, GM_NEWS_NOTE, ordinal,
			       "dropped what was left of the build");
	if (cleaned < 0 || end(e, ordinal, false, why->msg, &ignored) < 0 ||
	    set(e, GM_LEDGER_FAILED, why->msg, &ignored) < 0)
		return gm_engine_lost(e) ? GM_TRY_LOST : GM_TRY_FAILED;
	return GM_TRY_FAILED;
}

static enum gm_try end_step(struct gm_engine *e, const struct gm_run_stmt *stmt,
			    size_t ordinal, bool outside, struct gm_err *err)
{
	enum gm_try how = gm_engine_undo(e);
	struct gm_err ignored = GM_ERR_INIT;

	/* Half of it may be done. */
	if (how == GM_TRY_AGAIN && outside && stmt->probe == GM_PROBE_NONE)
		how = GM_TRY_FAILED;
	/* A build that met a deadlock is to be begun from nothing. */
	if (how == GM_TRY_AGAIN && stmt->mode == GM_RUN_ALONE &&
	    gm_probe_clean(e->arena, e->worker, stmt, &ignored) < 0)
		return gm_engine_lost(e) ? GM_TRY_LOST : GM_TRY_FAILED;
	if (how != GM_TRY_FAILED)
		return how;
	/* Whoever interrupts it finds it begun the next time. */
	if (e->o->stop && *e->o->stop)
		return how;
	how = fail_step(e, stmt, ordinal, err);
	if (how == GM_TRY_FAILED) {
		gm_fail_in(err, "step %zu of %zu (%s)", ordinal,
			   e->unit->steps.n, stmt->tag);
		gm_hint(err, "What came before it stays. Repair the cause and"
			     " go on with 'git migrate apply --resume'.");
	}
	return how;
}

/*
 * It cannot be begun: what it makes is there already, which must not count as
 * its work later; or what is set before it is refused.
 */
static enum gm_try end_first(struct gm_engine *e, size_t ordinal,
			     struct gm_err *err)
{
	enum gm_try how = gm_engine_undo(e);
	struct gm_err ignored = GM_ERR_INIT;

	if (how != GM_TRY_FAILED)
		return how;
	gm_fail_in(err, "step %zu of %zu", ordinal, e->unit->steps.n);
	if (set(e, GM_LEDGER_FAILED, err->msg, &ignored) < 0 &&
	    gm_engine_lost(e))
		return GM_TRY_LOST;
	return how;
}

/*
 * In a transaction with the row of its step; or in none, where the server says
 * that it has to be: nothing of it is done then.
 */
static int run_either(struct gm_engine *e, const struct gm_run_stmt *stmt,
		      size_t ordinal, bool begun, bool *outside,
		      struct gm_err *err)
{
	if (run_plain(e, stmt, ordinal, err) == 0)
		return 0;
	if (!gm_engine_needs_none(e) || gm_engine_undo(e) != GM_TRY_FAILED)
		return -1;
	*outside = true;
	return run_alone(e, stmt, ordinal, begun, err);
}

static enum gm_try run_step(struct gm_engine *e, size_t i, bool begun,
			    struct gm_err *err)
{
	const struct gm_step *step = &e->unit->steps.items[i];
	const struct gm_run_stmt *stmt =
		&e->unit->steps.file.items[step->first];
	bool outside = step->kind == GM_STEP_ALONE;
	int result = 0;

	gm_engine_news(e, GM_NEWS_STEP, i + 1, step->tag);
	if (!begun && gm_probe_first(e->arena, e->worker, stmt, err) < 0)
		return end_first(e, i + 1, err);
	if (intend(e, step, i + 1, err) < 0)
		return gm_engine_undo(e);
	if (step->kind == GM_STEP_BATCHES) {
		enum gm_try how = gm_run_backfill(e, i + 1, err);

		return how == GM_TRY_FAILED
			       ? end_step(e, stmt, i + 1, false, err)
			       : how;
	}
	if (outside)
		result = run_alone(e, stmt, i + 1, begun, err);
	else
		result = run_either(e, stmt, i + 1, begun, &outside, err);
	return result < 0 ? end_step(e, stmt, i + 1, outside, err)
			  : GM_TRY_DONE;
}

/* The row of the migration, as begun; committed before anything is done. */
static int begin(struct gm_engine *e, struct gm_err *err)
{
	if (gm_conn_script(e->worker, "BEGIN", err) < 0 ||
	    gm_ledger_begin(&e->xid, e->worker, &e->entry, err) < 0 ||
	    gm_ledger_event(e->worker, &e->entry, "started", 0, NULL, err) < 0)
		return -1;
	return gm_conn_script(e->worker, "COMMIT", err);
}

static enum gm_try verify(struct gm_engine *e, struct gm_err *err)
{
	enum gm_try how = gm_run_verify(e, false, err);

	if (how == GM_TRY_REFUSED &&
	    set(e, GM_LEDGER_UNVERIFIED,
		e->out->refused.items[e->out->refused.n - 1].why, err) < 0)
		return gm_engine_undo(e);
	return how;
}

enum gm_try gm_run_steps(struct gm_engine *e, struct gm_err *err)
{
	const struct gm_steps *s = &e->unit->steps;
	enum gm_try how = GM_TRY_DONE;
	struct gm_ledger_steps l;
	size_t settled = 0;

	if (gm_engine_pin(e, err) < 0 || read_steps(&l, e, err) < 0)
		return gm_engine_undo(e);
	e->played = false;
	for (size_t i = 0; i < s->file.n; i++)
		e->played |= s->file.items[i].mode == GM_RUN_SESSION;
	how = check_done(e, &l);
	if (how != GM_TRY_DONE)
		return how;
	if (begin(e, err) < 0)
		return gm_engine_undo(e);
	for (size_t i = 0; i < s->n && how == GM_TRY_DONE; i++) {
		const struct gm_ledger_step *row = known(&l, i + 1);

		if (gm_engine_go_on(e, err) < 0)
			return GM_TRY_FAILED;
		if (run_settings(e, settled, s->items[i].first, err) < 0)
			return end_first(e, i + 1, err);
		settled = s->items[i].first;
		if (!is_done(row))
			how = run_step(
				e, i,
				is_begun(row,
					 &s->file.items[s->items[i].first]),
				err);
	}
	if (how == GM_TRY_DONE && e->unit->verify.ptr)
		how = verify(e, err);
	if (how == GM_TRY_DONE && set(e, GM_LEDGER_APPLIED, NULL, err) < 0)
		how = gm_engine_undo(e);
	return how;
}
