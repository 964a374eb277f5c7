/*
 * rollout/rehearsed: what `git migrate drill --format=json` says of one
 * migration.
 */
#ifndef GM_ROLLOUT_REHEARSED_H
#define GM_ROLLOUT_REHEARSED_H

#include "base/err.h"
#include "base/str.h"

struct gm_rehearsed {
	bool good;          /* it passed, and so did its restore */
	const char *why;    /* in words, good or not */
	int64_t rto_ms;     /* how long the restore took */
	const char *digest; /* of the migration that was rehearsed */
};

/*
 * Read it.  GM_EINPUT for anything that drill does not print, and where it did
 * not rehearse this migration.
 */
GM_MUST_CHECK
int gm_rehearsed_read(struct gm_rehearsed *out, struct gm_arena *a,
		      const char *name, struct gm_str text, const char *id,
		      struct gm_err *err);

#endif
