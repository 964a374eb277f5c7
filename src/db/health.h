/*
 * db/health: should a backfill wait a moment?
 *
 * Standbys that fall behind, transactions that keep vacuum from cleaning up
 * what a backfill leaves, and WAL written faster than it may be.
 */
#ifndef GM_DB_HEALTH_H
#define GM_DB_HEALTH_H

#include "db/conn.h"

struct gm_health_limits {
	int64_t lag_s;         /* of a standby; 0: any */
	int64_t transaction_s; /* how long one may be open; 0: any */
	int64_t wal_bytes_s;   /* WAL of the whole server; 0: any */
};

struct gm_health {
	int64_t at;        /* gm_ticks_ms() of the last look; 0: none yet */
	double wal;        /* written by then, in bytes */
	int64_t waited_ms; /* for old transactions, all in all */
};

/* Old transactions are waited for this long in all, then no more. */
#define GM_HEALTH_WAIT_MS 60000

/*
 * Look, at most once a second (20 times with a limit on WAL): for how many ms
 * to wait before the next batch, with `*why` in words; 0: go on.
 */
GM_MUST_CHECK
int64_t gm_health_look(struct gm_health *h, const char **why,
		       struct gm_arena *a, struct gm_conn *control,
		       const struct gm_health_limits *limits,
		       struct gm_err *err);

#endif
