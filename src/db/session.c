/* db/engine: its connections, how they begin, and what becomes of them. */
#include "db/engine.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "db/control.h"

/* How often the lock is looked at while a statement runs. */
#define CHECK_MS 2000
/* How often those in the way are named. */
#define TELL_MS 10000
/* How long to try to connect again, and to wait for what was left behind. */
#define REOPEN_MS 60000

void gm_engine_news(struct gm_engine *e, enum gm_news_kind kind, size_t step,
		    const char *text)
{
	struct gm_news news = { .kind = kind,
				.unit = e->unit,
				.step = step,
				.text = text,
				.left_s = -1 };

	if (e->o->news)
		e->o->news(e->o->ctx, &news);
}

enum gm_try gm_engine_refuse(struct gm_engine *e,
			     const struct gm_apply_unit *unit, const char *path,
			     size_t line, size_t column, const char *why,
			     const char *hint)
{
	struct gm_apply_refusal *r = GM_PUSH(e->arena, &e->out->refused);

	r->id = unit ? unit->id : NULL;
	r->path = path;
	r->line = line;
	r->column = column;
	r->why = gm_strdup(e->arena, why);
	r->hint = hint ? gm_strdup(e->arena, hint) : NULL;
	return GM_TRY_REFUSED;
}

int gm_engine_go_on(const struct gm_engine *e, struct gm_err *err)
{
	if (!e->o->stop || !*e->o->stop)
		return 0;
	gm_fail(err, GM_EDB, "interrupted");
	return gm_hint(err, "What is done is in the ledger; the next 'git"
			    " migrate apply' goes on from there.");
}

static int go_on(void *ctx, struct gm_err *err)
{
	return gm_engine_go_on(ctx, err);
}

struct gm_wait gm_engine_wait(struct gm_engine *e, int64_t limit_ms)
{
	return (struct gm_wait){ .limit_ms = limit_ms,
				 .go_on = go_on,
				 .ctx = e };
}

bool gm_engine_lost(const struct gm_engine *e)
{
	return (e->worker && !gm_conn_alive(e->worker)) ||
	       (e->control && !gm_conn_alive(e->control));
}

static void look_who(struct gm_engine *e)
{
	struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_blockers found = { 0 };

	if (gm_blockers_of(&found, &scratch, e->control, gm_conn_pid(e->worker),
			   e->o->redact, &ignored) == 0 &&
	    found.n) {
		gm_arena_done(&e->blockers);
		e->blocked = gm_blockers_text(&e->blockers, &found);
	}
	gm_arena_done(&scratch);
}

/* Looks on while the worker waits for the server. */
static int look_on(void *ctx, struct gm_err *err)
{
	struct gm_engine *e = ctx;
	int64_t now = gm_ticks_ms();

	if (gm_engine_go_on(e, err) < 0)
		return -1;
	if (!e->o->dry_run && now - e->checked >= CHECK_MS) {
		if (gm_lock_check(e->control, err) < 0)
			return -1;
		e->checked = now;
	}
	if (now - e->looked < e->ladder.timeout_ms / 2)
		return 0;
	look_who(e);
	e->looked = now;
	if (e->blocked && now - e->told >= TELL_MS) {
		gm_engine_news(e, GM_NEWS_BLOCKED, 0, e->blocked);
		e->told = now;
	}
	return 0;
}

/* What DISCARD ALL does, which must stand alone. */
static const char pin_sql[] =
	"SET SESSION AUTHORIZATION DEFAULT; RESET ALL; RESET ROLE; CLOSE ALL;"
	"DEALLOCATE ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES;"
	"SELECT pg_catalog.pg_advisory_unlock_all();"
	"SET client_encoding = 'UTF8'; SET DateStyle = 'ISO, YMD';"
	"SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC';"
	"SET standard_conforming_strings = on;"
	"SET default_transaction_isolation = 'read committed';"
	"SET default_transaction_deferrable = off;"
	"SET synchronous_commit = on; SET extra_float_digits = 1;"
	"SET row_security = off;"
	"SET idle_in_transaction_session_timeout = '60s';"
	"SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
	"SET tcp_keepalives_count = 3; SET lock_timeout = 0;"
	"SET statement_timeout = 0;";

/*
 * "git-migrate:<id>", which is how a session left behind is known; one that
 * only looks leaves nothing.
 */
static const char *application(struct gm_arena *a, const struct gm_engine *e)
{
	struct gm_str id = gm_utf8_cut(gm_str(e->unit ? e->unit->id : ""), 50);

	if (e->o->dry_run)
		return "git-migrate";
	return gm_printf(a, "git-migrate:%.*s", (int)id.len, id.ptr);
}

int gm_engine_pin(struct gm_engine *e, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_buf sql = gm_buf(&a);
	const char *path = e->o->search_path ? e->o->search_path : "public";
	int version = gm_conn_version(e->worker);

	gm_buf_puts(&sql, pin_sql);
	gm_buf_printf(&sql,
		      "SELECT pg_catalog.set_config('search_path', %s,"
		      " false);",
		      gm_sql_literal(&a, path));
	gm_buf_printf(&sql, "SET application_name = %s;",
		      gm_sql_literal(&a, application(&a, e)));
	if (version >= 140000)
		gm_buf_puts(&sql, "SET client_connection_check_interval = '2s';"
				  "SET idle_session_timeout = 0;");
	/* Its end ends the session: only db/transaction sets one. */
	if (version >= 170000)
		gm_buf_puts(&sql, "SET transaction_timeout = 0;");
	gm_buf_puts(&sql, "SET tcp_user_timeout = '20s'");
	if (!e->o->dry_run)
		gm_buf_printf(&sql, ";%s", gm_lock_mark_sql);
	return gm_conn_script(e->worker, sql.ptr, err);
}

static void waiting(void *ctx, const char *holder)
{
	gm_engine_news(ctx, GM_NEWS_WAIT, 0, holder);
}

static int open_one(struct gm_conn **out, struct gm_engine *e,
		    const char *application_name, struct gm_err *err)
{
	struct gm_conn_options options = {
		.uri = e->o->uri,
		.application = application_name,
		.stop = e->o->stop,
	};

	return gm_conn_open(out, &options, err);
}

static int open_control(struct gm_engine *e, int64_t wait_ms,
			struct gm_err *err)
{
	const struct gm_watch watch = { .poll = go_on, .ctx = e };
	struct gm_wait wait = gm_engine_wait(e, wait_ms);
	const char *holder = NULL;
	int taken;

	wait.waiting = waiting;
	if (open_one(&e->control, e, "git-migrate", err) < 0)
		return -1;
	gm_conn_watch(e->control, &watch);
	e->out->database = gm_strdup(e->arena, gm_conn_name(e->control));
	if (gm_conn_version(e->control) < 130000) {
		gm_fail(err, GM_EUNSUPPORTED,
			"the server is PostgreSQL %d, and 13 is the oldest"
			" that is supported",
			gm_conn_version(e->control) / 10000);
		return -1;
	}
	if (gm_control_set(e->control, err) < 0)
		return -1;
	if (e->o->dry_run)
		return 1;
	taken = gm_lock_take(&holder, e->arena, e->control, &wait, err);
	if (taken == 0)
		gm_engine_refuse(e, NULL, NULL, 0, 0,
				 gm_printf(e->arena,
					   "another apply runs here: %s",
					   holder),
				 "Wait for it; --wait says how long.");
	return taken;
}

/* Of sessions of other roles, not all can see what they do or are. */
static const char orphans_sql[] =
	"SELECT pid, application_name, coalesce(state, '?'),"
	" pg_catalog.left(query, 100) FROM pg_catalog.pg_stat_activity"
	" WHERE datname = pg_catalog.current_database()"
	" AND (application_name LIKE 'git-migrate:%%' OR pid IN (%s))"
	" AND pid <> $1::int"
	" AND coalesce(backend_type, 'client backend') = 'client backend'";

/*
 * We hold the lock: a worker's session that is still there has lost its
 * client, and what it does is not over.
 */
static int wait_orphans(struct gm_engine *e, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *params[] = { gm_printf(&a, "%d", gm_conn_pid(e->worker)) };
	const char *sql = gm_printf(&a, orphans_sql, gm_lock_marked_sql);
	int64_t end = gm_ticks_ms() + REOPEN_MS, pause = 20;
	bool told = false;
	struct gm_rows rows;

	for (;;) {
		if (gm_engine_go_on(e, err) < 0 ||
		    gm_conn_exec(&rows, &a, e->control, sql, params, 1, err) <
			    0)
			return -1;
		if (!rows.n)
			return 0;
		if (gm_ticks_ms() >= end)
			break;
		if (!told)
			gm_engine_news(
				e, GM_NEWS_NOTE, 0,
				gm_printf(&a,
					  "waiting for process %s of the"
					  " server, which is left from an apply"
					  " whose client is gone",
					  gm_cell(&rows, 0, 0)));
		told = true;
		gm_sleep_about(pause);
		pause = pause < 500 ? pause * 2 : 1000;
	}
	gm_fail(err, GM_EDB,
		"process %s (%s, %s) of an apply whose client is gone is still"
		" there: %s",
		gm_cell(&rows, 0, 0), gm_cell(&rows, 0, 1),
		gm_cell(&rows, 0, 2), gm_cell(&rows, 0, 3));
	return gm_hint(err,
		       "Wait for it, or end it: SELECT"
		       " pg_terminate_backend(%s).",
		       gm_cell(&rows, 0, 0));
}

/* Of several hosts that are named, each connection may have found another. */
static int same_server(struct gm_engine *e, struct gm_err *err)
{
	struct gm_identity one, two;

	if (gm_identity_read(&one, e->control, err) < 0 ||
	    gm_identity_read(&two, e->worker, err) < 0)
		return -1;
	if (one.system_id == two.system_id && one.timeline == two.timeline &&
	    one.started == two.started)
		return 0;
	gm_fail(err, GM_EDB, "two connections reached two servers: %s, and %s",
		gm_conn_name(e->control), gm_conn_name(e->worker));
	return gm_hint(err, "Name one host, that of the primary.");
}

static int open_worker(struct gm_engine *e, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	if (open_one(&e->worker, e, application(&a, e), err) < 0)
		return gm_hint(err, "An apply takes two connections, and has"
				    " got one.");
	if (gm_control_set(e->worker, err) < 0 || same_server(e, err) < 0 ||
	    gm_lock_no_pooler(e->control, e->worker, err) < 0 ||
	    gm_engine_pin(e, err) < 0)
		return -1;
	e->checked = gm_ticks_ms();
	e->watch = (struct gm_watch){ .poll = look_on,
				      .ctx = e,
				      .every_ms = GM_LADDER_FIRST_MS / 2 };
	gm_conn_watch(e->worker, &e->watch);
	if (!e->o->dry_run && wait_orphans(e, err) < 0)
		return -1;
	return 0;
}

void gm_engine_close(struct gm_engine *e)
{
	/* What the worker does ends before the lock goes. */
	gm_conn_close(&e->worker);
	gm_conn_close(&e->control);
	gm_arena_done(&e->blockers);
	e->blocked = NULL;
}

int gm_engine_open(struct gm_engine *e, struct gm_err *err)
{
	int taken = open_control(e, e->o->wait_ms, err);

	if (taken <= 0)
		return taken;
	if (open_worker(e, err) < 0 ||
	    gm_identity_read(&e->identity, e->control, err) < 0)
		return -1;
	e->out->identity = e->identity;
	return 1;
}

/* Our own sessions that the server has not missed yet. */
static int end_old(struct gm_engine *e, int control, int worker,
		   struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *params[] = { gm_printf(&a, "{%d,%d}", control, worker) };

	return gm_conn_exec(
		NULL, NULL, e->control,
		gm_printf(&a,
			  "SELECT pg_catalog.pg_terminate_backend(pid)"
			  " FROM pg_catalog.pg_stat_activity WHERE pid ="
			  " ANY ($1::int[]) AND pid <>"
			  " pg_catalog.pg_backend_pid() AND (application_name"
			  " = 'git-migrate' OR application_name LIKE"
			  " 'git-migrate:%%' OR pid IN (%s))"
			  " AND usename = session_user",
			  gm_lock_marked_sql),
		params, 1, err);
}

static int reopen_once(struct gm_engine *e, int control, int worker,
		       struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *first = NULL;
	struct gm_identity now;
	int taken;

	if (open_one(&first, e, "git-migrate", err) < 0)
		return -1;
	e->control = first;
	first = NULL;
	if (gm_identity_read(&now, e->control, err) < 0 ||
	    end_old(e, control, worker, err) < 0)
		return -1;
	if (now.system_id != e->identity.system_id ||
	    now.timeline != e->identity.timeline) {
		gm_fail(err, GM_EUNSUPPORTED,
			"the server that answers now is another one, or was"
			" promoted meanwhile");
		return gm_hint(err, "See what it has with 'git migrate status"
				    " --db', then apply again.");
	}
	e->identity = now;
	gm_conn_close(&e->control);
	taken = open_control(e, REOPEN_MS, err);
	if (taken <= 0)
		return taken;
	return open_worker(e, err) < 0 ? -1 : 1;
}

int gm_engine_reopen(struct gm_engine *e, struct gm_err *err)
{
	int64_t end = gm_ticks_ms() + REOPEN_MS, pause = 50;
	int control = e->control ? gm_conn_pid(e->control) : 0;
	int worker = e->worker ? gm_conn_pid(e->worker) : 0;

	gm_engine_news(e, GM_NEWS_NOTE, 0,
		       "the connection is lost; connecting again");
	for (;;) {
		struct gm_err why = GM_ERR_INIT;
		int result;

		gm_engine_close(e);
		if (gm_engine_go_on(e, err) < 0)
			return -1;
		result = reopen_once(e, control, worker, &why);
		if (result >= 0)
			return result;
		if (why.code == GM_EUNSUPPORTED || gm_ticks_ms() >= end) {
			*err = why;
			return -1;
		}
		gm_sleep_about(pause);
		pause = pause < 1000 ? pause * 2 : 2000;
	}
}

enum gm_try gm_engine_undo(struct gm_engine *e)
{
	struct gm_err ignored = GM_ERR_INIT;
	enum gm_try how = GM_TRY_FAILED;

	if (gm_engine_lost(e))
		return gm_conn_failed_with(e->worker, GM_SQLSTATE_TOO_LONG)
			       ? GM_TRY_FAILED
			       : GM_TRY_LOST;
	e->canceled = gm_conn_canceled(e->worker);
	if (gm_ladder_again(e->worker) && !e->canceled)
		how = GM_TRY_AGAIN;
	if (gm_conn_tx(e->worker) != GM_TX_IDLE &&
	    gm_conn_script(e->worker, "ROLLBACK", &ignored) < 0)
		return gm_engine_lost(e) ? GM_TRY_LOST : GM_TRY_FAILED;
	return how;
}

bool gm_engine_needs_none(const struct gm_engine *e)
{
	return gm_conn_failed_with(e->worker, GM_SQLSTATE_IN_TRANSACTION) ||
	       gm_conn_failed_with(e->worker, GM_SQLSTATE_NO_END);
}

int64_t gm_engine_limit(const struct gm_engine *e,
			const struct gm_run_stmt *stmt)
{
	return stmt->lock >= GM_RUN_LOCK_WRITES ? e->o->block_ms
						: e->o->timeout_ms;
}

int gm_engine_run(struct gm_engine *e, const struct gm_steps *steps,
		  const char *path, const struct gm_run_stmt *stmt,
		  struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *sql = gm_str_dup(&a, gm_steps_text(steps, stmt));

	e->running = stmt;
	e->running_at = 0;
	e->looked = gm_ticks_ms();
	e->told = e->looked - TELL_MS / 2;
	if (gm_conn_exec(NULL, NULL, e->worker, sql, NULL, 0, err) < 0)
		return gm_conn_fail_in(e->worker, path, steps->text,
				       stmt->offset, err);
	e->running = NULL;
	return 0;
}
