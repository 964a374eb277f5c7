/*
 * base/clock: time of day and durations.
 *
 * Times are seconds since 1970-01-01 UTC, durations are seconds.
 */
#ifndef GM_BASE_CLOCK_H
#define GM_BASE_CLOCK_H

#include "base/str.h"

/*
 * Now.  Tests set GIT_MIGRATE_NOW to an RFC 3339 UTC time; server hooks drop
 * that variable before anything asks (see cmd/hook.c).
 */
int64_t gm_now(void);

/* Milliseconds of a clock that only goes forward, for deadlines. */
int64_t gm_ticks_ms(void);

/*
 * "24h": a whole number followed by one of s m h d w, at least 1, at most ten
 * years (GM_DURATION_MAX).  False when it is not of that form.
 */
bool gm_duration_parse(int64_t *seconds, struct gm_str s);
#define GM_DURATION_MAX ((int64_t)3650 * 86400)

/* The shortest form that is exact: "90m", "2d". */
const char *gm_duration_format(struct gm_arena *a, int64_t seconds);

/* About, for people: "3 hours", "2 days", "40 seconds". */
const char *gm_duration_words(struct gm_arena *a, int64_t seconds);

/* "2026-11-21T10:00:00Z" and back; parsing is strict, UTC and Z only. */
const char *gm_time_format(struct gm_arena *a, int64_t time);
bool gm_time_parse(int64_t *time, struct gm_str s);

#endif
