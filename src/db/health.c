#include "db/health.h"

#include <stdlib.h>

#include "base/clock.h"

#define LOOK_MS 1000
/* A rate is only held by who looks more often. */
#define LOOK_RATE_MS 50
#define WAIT_MS 1000

/*
 * replay_lag is NULL on an idle standby; what is not replayed then counts by
 * its size, at 16 MiB a second.  Who only receives WAL or takes a backup
 * replays nothing, and a role without pg_monitor sees no standby's place.
 */
static const char look_sql[] =
	"SELECT coalesce((SELECT max(least(coalesce(extract(epoch FROM"
	" replay_lag), 1e9), 1e9, pg_catalog.pg_wal_lsn_diff("
	"pg_catalog.pg_current_wal_lsn(), replay_lsn) / 16777216.0))"
	" FROM pg_catalog.pg_stat_replication WHERE replay_lsn IS NOT NULL),"
	" 0)::bigint,"
	" coalesce((SELECT extract(epoch FROM pg_catalog.clock_timestamp()"
	" - min(xact_start)) FROM pg_catalog.pg_stat_activity"
	" WHERE datname = pg_catalog.current_database()"
	" AND backend_type = 'client backend'"
	" AND application_name NOT LIKE 'git-migrate%'), 0)::bigint,"
	" pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(),"
	" '0/0')::text";

static int64_t wait_for_wal(const struct gm_health *h, double wal, int64_t now,
			    int64_t limit)
{
	double allowed, over;

	if (!limit || !h->at)
		return 0;
	allowed = (double)limit * (double)(now - h->at) / 1000;
	over = wal - h->wal - allowed;
	return over > 0 ? (int64_t)(over / (double)limit * 1000) : 0;
}

int64_t gm_health_look(struct gm_health *h, const char **why,
		       struct gm_arena *a, struct gm_conn *control,
		       const struct gm_health_limits *limits,
		       struct gm_err *err)
{
	int64_t now = gm_ticks_ms(), lag, open, wait;
	struct gm_rows rows;
	double wal;

	if (h->at &&
	    now - h->at < (limits->wal_bytes_s ? LOOK_RATE_MS : LOOK_MS))
		return 0;
	if (gm_conn_row(&rows, a, control, look_sql, NULL, 0, err) < 0)
		return -1;
	lag = gm_cell_int(&rows, 0, 0);
	open = gm_cell_int(&rows, 0, 1);
	wal = strtod(gm_cell(&rows, 0, 2), NULL);
	wait = wait_for_wal(h, wal, now, limits->wal_bytes_s);
	h->at = now + wait;
	h->wal = wal;
	if (wait) {
		*why = "WAL is written faster than it may be";
		return wait;
	}
	if (limits->lag_s && lag > limits->lag_s) {
		*why = gm_printf(a, "a standby is %lld seconds behind",
				 (long long)lag);
		return WAIT_MS;
	}
	if (limits->transaction_s && open > limits->transaction_s &&
	    h->waited_ms < GM_HEALTH_WAIT_MS) {
		h->waited_ms += WAIT_MS;
		*why = gm_printf(a,
				 "a transaction is open for %lld seconds, and"
				 " vacuum cannot clean up behind it",
				 (long long)open);
		return WAIT_MS;
	}
	return 0;
}
