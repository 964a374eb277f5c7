/*
 * db/lock: one apply at a time in a database.
 *
 * A session-level advisory lock on a connection that does nothing else, taken
 * by asking again and again: whoever waits inside of pg_advisory_lock() holds
 * a snapshot, for which CREATE INDEX CONCURRENTLY of the holder waits in turn.
 * The key is hashtextextended('<database>/git_migrate', 0), which the psql
 * stage uses as well.
 */
#ifndef GM_DB_LOCK_H
#define GM_DB_LOCK_H

#include "db/conn.h"

/*
 * The schema of the ledger, part of the key.
 */
#define GM_LEDGER_SCHEMA "git_migrate"

/* How to wait for something that only asking again can tell. */
struct gm_wait {
	int64_t limit_ms; /* how long; 0: ask once */
	/* Asked before each time: 0; -1 when it is to end; or NULL. */
	int (*go_on)(void *ctx, struct gm_err *err);
	/* Told before waiting, and every 10 seconds, for what; or NULL. */
	void (*waiting)(void *ctx, const char *what);
	void *ctx;
};

/*
 * Take it: 1; 0 when somebody else kept it all the time, with `*holder` in
 * words, who it is that `wait` is told of; -1 on errors.
 */
GM_MUST_CHECK
int gm_lock_take(const char **holder, struct gm_arena *a,
		 struct gm_conn *control, const struct gm_wait *wait,
		 struct gm_err *err);

/* Is it still ours?  0, or -1 when it is not, or nobody answers. */
GM_MUST_CHECK
int gm_lock_check(struct gm_conn *control, struct gm_err *err);

/*
 * A worker's session holds a second lock, together with others, which
 * application_name can only add to: whoever reads pg_locks sees it, and no SET
 * of a file hides it.  A statement that takes it, and one that gives the
 * processes that hold it in this database.
 */
extern const char gm_lock_mark_sql[];
extern const char gm_lock_marked_sql[];

/* Let it go.  Closing the connection does so too. */
void gm_lock_drop(struct gm_conn *control);

/*
 * Fails when a pooler stands between us and the server that may give each
 * transaction another session: advisory locks and settings would be lost, or
 * stay with a stranger.  Both connections must be idle; without the second
 * (NULL) only what one of them can tell is looked at, which is to be done
 * before a lock is taken.
 */
GM_MUST_CHECK
int gm_lock_no_pooler(struct gm_conn *control, struct gm_conn *worker,
		      struct gm_err *err);

/*
 * Sleep for about `ms`: between half and one and a half of it, so that two
 * who failed together do not meet again.
 */
void gm_sleep_about(int64_t ms);

#endif
