/*
 * db/ladder: ask for a lock for a short time, step back, ask again.
 *
 * Whoever waits for a strong lock makes all others wait behind it, so each
 * try is short: 100 ms at first, longer from rung to rung, with pauses
 * between that grow too and are never the same for two who compete.
 */
#ifndef GM_DB_LADDER_H
#define GM_DB_LADDER_H

#include "db/conn.h"

struct gm_ladder {
	int64_t timeout_ms;  /* lock_timeout of this try */
	int64_t pause_ms;    /* about how long to wait before the next */
	int64_t began;       /* gm_ticks_ms() of the first */
	int64_t patience_ms; /* how long to go on */
	unsigned tries;      /* that have failed */
};

#define GM_LADDER_FIRST_MS 100
#define GM_LADDER_LAST_MS 5000
#define GM_LADDER_PAUSE_MS 50
#define GM_LADDER_LONGEST_PAUSE_MS 30000

struct gm_ladder gm_ladder(int64_t patience_ms);

/* The try failed: one rung up.  False when patience is at its end. */
bool gm_ladder_up(struct gm_ladder *l);

/* Sleep before the next try. */
void gm_ladder_pause(const struct gm_ladder *l);

/* Is this what the ladder is for: 55P03, 40P01, 40001? */
bool gm_ladder_again(const struct gm_conn *c);

/* Who stands in the way. */
struct gm_blocker {
	int64_t pid;      /* 0: a prepared transaction */
	const char *who;  /* "bob, psql": role and application */
	const char *what; /* "idle in transaction for 00:05:00: UPDATE ..." */
};

struct gm_blockers {
	struct gm_blocker *items;
	size_t n, cap;
};

/*
 * Those whom the backend `pid` waits for right now; none: it does not.  The
 * text of their statements is left out with `redact`.
 */
GM_MUST_CHECK
int gm_blockers_of(struct gm_blockers *out, struct gm_arena *a,
		   struct gm_conn *control, int pid, bool redact,
		   struct gm_err *err);

/* In one line: "process 17 (bob, psql): idle in ...; process 18 ...". */
const char *gm_blockers_text(struct gm_arena *a, const struct gm_blockers *b);

#endif
