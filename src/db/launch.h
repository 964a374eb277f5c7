/*
 * db/launch: run PostgreSQL's own programs, as somebody who may.
 *
 * A server does not start as root.  Then its programs run as the user
 * `postgres`, or else `nobody`, who also owns the files.  They get a small
 * environment of their own, no descriptor of ours but a file for what they
 * print, and a session apart, so that no key pressed reaches them; they are
 * told to end when this process does, however it does.
 */
#ifndef GM_DB_LAUNCH_H
#define GM_DB_LAUNCH_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/* Who the programs run as. */
struct gm_identity {
	bool other; /* than who we are */
	uid_t uid;
	gid_t gid;
	const char *name; /* "" when it is us */
};

/*
 * Ourselves, or when we are root the first of `postgres` and `nobody` that
 * exists.
 */
GM_MUST_CHECK
int gm_identity_find(struct gm_identity *out, struct gm_arena *a,
		     struct gm_err *err);

/* Make a directory that is theirs alone. */
GM_MUST_CHECK
int gm_identity_mkdir(const struct gm_identity *who, const char *path,
		      struct gm_err *err);

/* Write a file that is theirs alone, in the place of one that is there. */
GM_MUST_CHECK
int gm_identity_write(const struct gm_identity *who, const char *path,
		      struct gm_str text, struct gm_err *err);

struct gm_launch {
	const char *const *argv; /* argv[0] is a path, or the name of one of
				    the system's own programs */
	const char *dir;         /* where it runs */
	const char *log;         /* file that gets what it prints, or NULL */
	struct gm_identity who;
	int on_death; /* signal it gets when this process ends */
};

/* Start it.  The caller waits for it. */
GM_MUST_CHECK
int gm_launch_start(pid_t *pid, const struct gm_launch *l, struct gm_err *err);

/*
 * Start it and wait.  Fails with GM_EPROGRAM, with the last lines of the log,
 * unless it ends with 0, and when it takes longer than `limit_ms`.
 */
GM_MUST_CHECK
int gm_launch_run(const struct gm_launch *l, int64_t limit_ms,
		  struct gm_err *err);

/*
 * Has it ended?  Waits up to `limit_ms`; 1 with `*status` as waitpid() has
 * it, or 0.
 */
int gm_launch_wait(int *status, pid_t pid, int64_t limit_ms);

/* Add to a failure the last lines of a log that tell why.  Returns -1. */
int gm_launch_blame(const char *log, struct gm_err *err);

#endif
