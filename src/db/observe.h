/*
 * db/observe: what a statement did, as the server saw it.
 *
 * Which relations it locked and how strongly, which it wrote anew or read from
 * end to end, what it took away, how much WAL it wrote, and whether it left
 * an index behind that is not valid.  Counts only what was there before the
 * observation began: what a migration made itself nobody waits for.
 *
 * Works on a server with nothing else going on.
 */
#ifndef GM_DB_OBSERVE_H
#define GM_DB_OBSERVE_H

#include "db/conn.h"

struct gm_seen_lock {
	const char *relation; /* public.users */
	const char *mode;     /* "ACCESS EXCLUSIVE" */
	unsigned strength;    /* 1 (ACCESS SHARE) to 8 (ACCESS EXCLUSIVE) */
	int64_t held_us;      /* until the transaction or statement ended */
};

/* Locks from here on make writers wait; from there on readers too. */
#define GM_LOCK_STOPS_WRITES 5
#define GM_LOCK_STOPS_ALL 8

struct gm_seen_scan {
	const char *relation;
	int64_t scans, rows;
};

/* One statement. */
struct gm_seen {
	int64_t us; /* it took */
	uint64_t affected;
	int64_t wal; /* bytes */
	struct {
		struct gm_seen_lock *items; /* that it was the first to take */
		size_t n, cap;
	} locks; /* of those taken together, the older relation first */
	struct {
		struct gm_seen_scan *items;
		size_t n, cap;
	} scans;
	struct gm_strings rewritten; /* "table public.users": tables and
					materialized views */
	struct gm_strings rebuilt;   /* indexes */
	struct gm_strings dropped;   /* "column public.users.phone" */
	struct gm_strings renamed;   /* "table public.a to public.b" */
	struct gm_strings retyped;   /* "column public.t.a from x to y" */
	struct gm_strings narrowed;  /* columns that got NOT NULL */
	struct gm_strings invalid;   /* indexes that are new and not valid */
	struct gm_strings added;     /* "table public.users" */
};

struct gm_observer;

/*
 * Begin to observe what `worker` does; `control` is a superuser's connection to
 * the same server, best to another database.  `gate`, a second session in the
 * database of the worker, or NULL: it holds up for a moment what runs in no
 * transaction and waits for others anyway, so that its locks are seen.
 */
GM_MUST_CHECK
int gm_observer_open(struct gm_observer **out, struct gm_arena *a,
		     struct gm_conn *worker, struct gm_conn *control,
		     struct gm_conn *gate, struct gm_err *err);

/* Forget it; what was seen stays.  *o may be NULL.  For GM_AUTO. */
void gm_observer_close(struct gm_observer **o);

/*
 * Run one statement and say what it did.  Where no transaction is open, its
 * locks are seen by looking often, so that the shortest may be missed.  It is
 * canceled after `limit_ms`, which then holds for the worker's other calls as
 * well, and when it has written more than GM_OBSERVE_WAL_MAX bytes of WAL. When
 * it fails, `*out` says only how long it took.
 */
#define GM_OBSERVE_WAL_MAX ((int64_t)4 << 30)
GM_MUST_CHECK
int gm_observer_run(struct gm_seen *out, struct gm_observer *o, const char *sql,
		    const char *const *params, size_t n, int64_t limit_ms,
		    struct gm_err *err);

/*
 * The transaction has ended: the locks of `seen`, in the order they were run,
 * have been held until now.
 */
void gm_observer_ended(struct gm_observer *o, struct gm_seen *const *seen,
		       size_t n);

#endif
