#include "db/ladder.h"

#include "base/buf.h"
#include "base/clock.h"
#include "db/lock.h"

/* Blockers that are named; more are counted. */
#define SHOWN 5

struct gm_ladder gm_ladder(int64_t patience_ms)
{
	return (struct gm_ladder){ .timeout_ms = GM_LADDER_FIRST_MS,
				   .pause_ms = GM_LADDER_PAUSE_MS,
				   .began = gm_ticks_ms(),
				   .patience_ms = patience_ms };
}

bool gm_ladder_up(struct gm_ladder *l)
{
	l->tries++;
	if (gm_ticks_ms() - l->began >= l->patience_ms)
		return false;
	if (l->tries == 1)
		return true;
	l->timeout_ms += l->timeout_ms / 2;
	if (l->timeout_ms > GM_LADDER_LAST_MS)
		l->timeout_ms = GM_LADDER_LAST_MS;
	l->pause_ms *= 2;
	if (l->pause_ms > GM_LADDER_LONGEST_PAUSE_MS)
		l->pause_ms = GM_LADDER_LONGEST_PAUSE_MS;
	return true;
}

void gm_ladder_pause(const struct gm_ladder *l)
{
	int64_t left = l->began + l->patience_ms - gm_ticks_ms();

	if (left > 0)
		gm_sleep_about(l->pause_ms < left ? l->pause_ms : left);
}

bool gm_ladder_again(const struct gm_conn *c)
{
	return gm_conn_failed_with(c, GM_SQLSTATE_NO_LOCK) ||
	       gm_conn_failed_with(c, GM_SQLSTATE_DEADLOCK) ||
	       gm_conn_failed_with(c, GM_SQLSTATE_SERIALIZATION);
}

static const char blockers_sql[] =
	"SELECT b.pid, coalesce(a.usename, '?')"
	" || coalesce(', ' || nullif(a.application_name, ''), ''),"
	" CASE WHEN b.pid = 0 THEN 'a prepared transaction: '"
	" || coalesce((SELECT pg_catalog.string_agg(p.gid, ', ')"
	" FROM pg_catalog.pg_prepared_xacts p"
	" WHERE p.database = pg_catalog.current_database()), '?')"
	" ELSE coalesce(a.state, a.backend_type, '?') || ' for '"
	" || coalesce(pg_catalog.date_trunc('second', pg_catalog.now()"
	" - coalesce(a.xact_start, a.state_change, a.backend_start))::text,"
	" '?') || CASE WHEN $2::boolean THEN '' ELSE coalesce(': '"
	" || nullif(pg_catalog.left(a.query, 200), ''), '') END END"
	" FROM (SELECT DISTINCT pg_catalog.unnest("
	"pg_catalog.pg_blocking_pids($1::int)) AS pid) b"
	" LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid"
	" ORDER BY a.xact_start NULLS FIRST, b.pid";

int gm_blockers_of(struct gm_blockers *out, struct gm_arena *a,
		   struct gm_conn *control, int pid, bool redact,
		   struct gm_err *err)
{
	const char *params[] = { gm_printf(a, "%d", pid), redact ? "t" : "f" };
	struct gm_blockers found = { 0 };
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, control, blockers_sql, params, 2, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		*GM_PUSH(a, &found) = (struct gm_blocker){
			.pid = gm_cell_int(&rows, i, 0),
			.who = gm_cell(&rows, i, 1),
			.what = gm_cell(&rows, i, 2),
		};
	*out = found;
	return 0;
}

const char *gm_blockers_text(struct gm_arena *a, const struct gm_blockers *b)
{
	struct gm_buf out = gm_buf(a);

	for (size_t i = 0; i < b->n && i < SHOWN; i++) {
		const struct gm_blocker *one = &b->items[i];

		if (i)
			gm_buf_puts(&out, "; ");
		if (one->pid)
			gm_buf_printf(&out, "process %lld (%s): ",
				      (long long)one->pid, one->who);
		gm_buf_puts(&out, one->what);
	}
	if (b->n > SHOWN)
		gm_buf_printf(&out, "; and %zu more", b->n - SHOWN);
	return out.ptr;
}
