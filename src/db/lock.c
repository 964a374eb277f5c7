#include "db/lock.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"

#define KEY_OF(what)                                                           \
	"pg_catalog.hashtextextended(pg_catalog.current_database()"            \
	" || '/" GM_LEDGER_SCHEMA what "', 0)"
#define KEY KEY_OF("")
#define MARK KEY_OF("/worker")

/* Which row of pg_locks stands for a key. */
#define ROW_OF(key)                                                            \
	"l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted"             \
	" AND l.database = (SELECT oid FROM pg_catalog.pg_database"            \
	" WHERE datname = pg_catalog.current_database())"                      \
	" AND l.classid = ((" key " >> 32) & 4294967295)::oid"                 \
	" AND l.objid = (" key " & 4294967295)::oid"
#define OURS ROW_OF(KEY)

const char gm_lock_mark_sql[] =
	"SELECT pg_catalog.pg_try_advisory_lock_shared(" MARK ")";

const char gm_lock_marked_sql[] =
	"SELECT l.pid FROM pg_catalog.pg_locks l WHERE " ROW_OF(MARK);

static const char try_sql[] = "SELECT pg_catalog.pg_try_advisory_lock(" KEY ")";

static const char holder_sql[] =
	"SELECT l.pid, coalesce(a.usename, '?'),"
	" coalesce(a.application_name, ''),"
	" coalesce(a.client_addr::text, 'a local socket'),"
	" coalesce(pg_catalog.date_trunc('second',"
	" pg_catalog.now() - a.backend_start)::text, '?')"
	" FROM pg_catalog.pg_locks l"
	" LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
	" WHERE " OURS;

static const char held_sql[] =
	"SELECT count(*) FROM pg_catalog.pg_locks l WHERE"
	" l.pid = pg_catalog.pg_backend_pid() AND " OURS;

static const char drop_sql[] = "SELECT pg_catalog.pg_advisory_unlock(" KEY ")";

void gm_sleep_about(int64_t ms)
{
	struct timespec pause;
	uint32_t chance = 0;

	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
		chance = (uint32_t)gm_ticks_ms();
	ms = ms / 2 + (ms ? (int64_t)(chance % (uint64_t)(ms + 1)) : 0);
	pause.tv_sec = ms / 1000;
	pause.tv_nsec = ms % 1000 * 1000000;
	nanosleep(&pause, NULL);
}

static int find_holder(const char **out, struct gm_arena *a,
		       struct gm_conn *control, struct gm_err *err)
{
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, control, holder_sql, NULL, 0, err) < 0)
		return -1;
	*out = rows.n ? gm_printf(a, "process %s of %s%s%s from %s, for %s",
				  gm_cell(&rows, 0, 0), gm_cell(&rows, 0, 1),
				  *gm_cell(&rows, 0, 2) ? ", " : "",
				  gm_cell(&rows, 0, 2), gm_cell(&rows, 0, 3),
				  gm_cell(&rows, 0, 4))
		      : "a process that has just ended";
	return 0;
}

int gm_lock_take(const char **holder, struct gm_arena *a,
		 struct gm_conn *control, const struct gm_wait *wait,
		 struct gm_err *err)
{
	int64_t end = gm_ticks_ms() + wait->limit_ms, told = 0, pause = 25;

	for (;;) {
		GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
		int64_t now = gm_ticks_ms();
		struct gm_rows rows;

		if ((wait->go_on && wait->go_on(wait->ctx, err) < 0) ||
		    gm_conn_row(&rows, &scratch, control, try_sql, NULL, 0,
				err) < 0)
			return -1;
		if (gm_cell_bool(&rows, 0, 0))
			return 1;
		if (now >= end)
			return find_holder(holder, a, control, err);
		if (!told || now - told >= 10000) {
			if (find_holder(holder, &scratch, control, err) < 0)
				return -1;
			if (wait->waiting)
				wait->waiting(wait->ctx, *holder);
			told = now;
		}
		gm_sleep_about(pause < end - now ? pause : end - now);
		pause = pause < 1000 ? pause * 2 : 2000;
	}
}

int gm_lock_check(struct gm_conn *control, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_rows rows;

	if (gm_conn_row(&rows, &scratch, control, held_sql, NULL, 0, err) < 0)
		return gm_fail_in(err, "the lock against other appliers");
	if (gm_cell_int(&rows, 0, 0) > 0)
		return 0;
	gm_fail(err, GM_ERACE, "the lock against other appliers is lost");
	return gm_hint(err, "Something between here and the server changes"
			    " sessions; connect to the server itself.");
}

void gm_lock_drop(struct gm_conn *control)
{
	struct gm_err ignored = GM_ERR_INIT;

	/* When it fails, the session's end releases the lock. */
	if (control && gm_conn_alive(control) &&
	    gm_conn_exec(NULL, NULL, control, drop_sql, NULL, 0, &ignored) < 0)
		return;
}

/* The process that serves us; -1 as `*pid` when a setting was lost. */
static int backend(int64_t *pid, struct gm_conn *c, bool was_set,
		   struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_rows rows;

	if (gm_conn_row(&rows, &scratch, c,
			"SELECT pg_catalog.pg_backend_pid(),"
			" pg_catalog.current_setting('git_migrate.probe',"
			" true)",
			NULL, 0, err) < 0)
		return -1;
	*pid = gm_cell_int(&rows, 0, 0);
	if (was_set && !gm_str_is(gm_str(gm_cell(&rows, 0, 1)), "kept"))
		*pid = -1;
	return 0;
}

static int pooler(struct gm_err *err)
{
	gm_fail(err, GM_EUNSUPPORTED,
		"a pooler stands in front of the server, which may give each"
		" transaction another session");
	return gm_hint(err, "Connect to the server itself, not to the pooler"
			    " (PgBouncer and the like): name it with --db or in"
			    " migrate.<env>.url.");
}

/*
 * While the worker is in a transaction, the session of the control connection
 * can neither be the worker's nor change.
 */
static int interleave(struct gm_conn *control, struct gm_conn *worker,
		      struct gm_err *err)
{
	int64_t first, other, again;

	if (gm_conn_script(control, "SET git_migrate.probe = 'kept'", err) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		if (backend(&first, control, true, err) < 0 ||
		    gm_conn_script(worker, "BEGIN", err) < 0 ||
		    backend(&other, worker, false, err) < 0 ||
		    backend(&again, control, true, err) < 0 ||
		    gm_conn_script(worker, "COMMIT", err) < 0)
			return -1;
		if (first < 0 || first == other || first != again)
			return pooler(err);
	}
	return 0;
}

int gm_lock_no_pooler(struct gm_conn *control, struct gm_conn *worker,
		      struct gm_err *err)
{
	int64_t pid;

	if (backend(&pid, control, false, err) < 0)
		return -1;
	/* What a pooler says at connection is a number of its own. */
	if (pid != gm_conn_pid(control))
		return pooler(err);
	if (!worker)
		return 0;
	if (backend(&pid, worker, false, err) < 0)
		return -1;
	if (pid != gm_conn_pid(worker))
		return pooler(err);
	return interleave(control, worker, err);
}
