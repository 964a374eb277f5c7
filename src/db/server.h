/*
 * db/server: a PostgreSQL to be thrown away.
 *
 * Made from the binaries of this machine, in a private directory, reachable
 * through a socket in there alone; gone when the program is (db/keeper).  All
 * is set for speed, nothing for safety: no fsync.  Whoever can reach the
 * directory may connect.
 */
#ifndef GM_DB_SERVER_H
#define GM_DB_SERVER_H

#include "db/conn.h"

struct gm_server;

struct gm_server_options {
	const char *bin;             /* as for gm_binaries_find, or NULL */
	const char *superuser;       /* its name; NULL: postgres */
	bool archive;                /* WAL is kept: it can be restored from */
	const char *const *settings; /* "name = value" lines to stand behind
					ours, ended by NULL; or NULL */
};

/* How long the last of each took, in milliseconds; 0: was not done. */
struct gm_server_times {
	int64_t initdb, start, backup, restore;
};

/* Make it and start it: when this returns, it takes connections. */
GM_MUST_CHECK
int gm_server_open(struct gm_server **out, struct gm_arena *a,
		   const struct gm_server_options *o, struct gm_err *err);

/*
 * End it and remove its files.  What was restored from it must be closed
 * before.  *s may be NULL.  For GM_AUTO.
 */
void gm_server_close(struct gm_server **s);

/* "host=... port=... user=... dbname=..."; `user` NULL: the superuser. */
const char *gm_server_uri(struct gm_arena *a, const struct gm_server *s,
			  const char *user, const char *dbname);

/* Connect to it. */
GM_MUST_CHECK
int gm_server_connect(struct gm_conn **out, const struct gm_server *s,
		      const char *user, const char *dbname, struct gm_err *err);

/* The private directory, which also holds the socket. */
const char *gm_server_dir(const struct gm_server *s);
/* Of the socket's name. */
int gm_server_port(const struct gm_server *s);
/* The process of the server; 0 while it is stopped. */
int gm_server_pid(const struct gm_server *s);
/* The file with what it says. */
const char *gm_server_log(const struct gm_server *s);
/* 150020 is 15.20. */
int gm_server_version(const struct gm_server *s);
const struct gm_server_times *gm_server_times(const struct gm_server *s);

enum gm_server_stop {
	GM_STOP_FAST,      /* connections are cut, then it shuts down */
	GM_STOP_IMMEDIATE, /* without a checkpoint */
	GM_STOP_KILL,      /* kill -9 of all its processes */
};

/* Stop it; it stays where it is. */
GM_MUST_CHECK
int gm_server_stop(struct gm_server *s, enum gm_server_stop how,
		   struct gm_err *err);

/* Start it again. */
GM_MUST_CHECK
int gm_server_start(struct gm_server *s, struct gm_err *err);

/* Write restore point `name`; its place in the WAL goes into `*lsn`. */
GM_MUST_CHECK
int gm_server_point(const char **lsn, struct gm_arena *a,
		    const struct gm_server *s, const char *name,
		    struct gm_err *err);

/* Take a base backup, in the place of the one before and of its WAL. */
GM_MUST_CHECK
int gm_server_backup(struct gm_server *s, struct gm_err *err);

/*
 * A second server as the first was at the restore point `name`, written since
 * the last base backup: archives what there is of WAL, starts a server on the
 * backup, which is used up by that, has it replay to the point and open.
 */
GM_MUST_CHECK
int gm_server_restore(struct gm_server **out, struct gm_arena *a,
		      struct gm_server *s, const char *name,
		      struct gm_err *err);

#endif
