/*
 * db/basebackup: the files of a running server, to restore it from.
 *
 * Made as the manual's "low-level API" says: pg_backup_start(), a copy of the
 * files, pg_backup_stop(), with cp(1) and no program of PostgreSQL's, as not
 * every package of a server has pg_basebackup.  Needs a server whose WAL is
 * archived, without tablespaces, and on which nobody else works meanwhile.
 */
#ifndef GM_DB_BASEBACKUP_H
#define GM_DB_BASEBACKUP_H

#include "db/conn.h"
#include "db/launch.h"

struct gm_basebackup {
	struct gm_conn *conn;   /* as superuser, with no transaction open */
	const char *data;       /* the data directory */
	const char *to;         /* is made */
	const char *log;        /* of cp, or NULL */
	struct gm_identity who; /* owns the files */
};

/*
 * Make it, without WAL, of which it needs all from the file `*first` on.  It
 * begins with a checkpoint that does not wait.  What has been made when it
 * fails is left behind.
 */
GM_MUST_CHECK
int gm_basebackup(const char **first, struct gm_arena *a,
		  const struct gm_basebackup *b, struct gm_err *err);

#endif
