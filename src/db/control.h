/*
 * db/control: a session that looks, and keeps the ledger.
 */
#ifndef GM_DB_CONTROL_H
#define GM_DB_CONTROL_H

#include "db/conn.h"

/*
 * Whatever the database, the role or the environment have set: no time-out
 * ends the session, a statement has 30 seconds, and no policy hides rows: it
 * makes the statement fail.  Names are looked up in `search_path`; NULL: all
 * are written with their schemas.
 */
GM_MUST_CHECK
int gm_control_set(struct gm_conn *c, const char *search_path,
		   struct gm_err *err);

#endif
