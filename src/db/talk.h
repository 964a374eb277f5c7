/*
 * db/talk: what is behind a connection, and how one statement is run on it.
 *
 * Shared by conn.c and talk.c alone.  talk.c never blocks inside of libpq
 * while a statement runs: it waits itself, so that somebody can look on.
 */
#ifndef GM_DB_TALK_H
#define GM_DB_TALK_H

#include <libpq-fe.h>

#include "db/conn.h"

struct gm_conn {
	struct gm_arena own;   /* this struct and what lives as long */
	struct gm_arena words; /* `said`: of the last call */
	struct gm_arena notes; /* notices */
	PGconn *pg;
	PGcancel *cancel;
	const char *name, *dbname, *user;
	int pid, version;
	bool lost;
	struct gm_said said;
	struct gm_notices notices;
	struct gm_watch watch;
	/* Of the call that runs. */
	int64_t looked, deadline;
	bool canceled, given_up;
	uint64_t affected;
	int stopped; /* what its watch said last */
	struct gm_err why;
};

/* "" for NULL. */
const char *gm_talk_text(const char *s);

/* A message of libpq without the newline at its end. */
struct gm_str gm_talk_message(const char *s);

/* Takes the notices; `ctx` is the connection. */
void gm_talk_notice(void *ctx, const PGresult *result);

#endif
