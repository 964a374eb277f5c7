/*
 * db/control: sessions that look, and keep the ledger.
 *
 * Whatever the database, the role or the environment have set, no time-out
 * ends them, and no policy hides rows: it makes the statement fail.
 */
#ifndef GM_DB_CONTROL_H
#define GM_DB_CONTROL_H

#include "db/conn.h"

/*
 * For the whole session, all of whose names are written with their schemas;
 * a statement has 30 seconds.  Fails behind a pooler, where others would get
 * the session as it is then.
 */
GM_MUST_CHECK
int gm_control_set(struct gm_conn *c, struct gm_err *err);

/*
 * Begin a transaction that only reads, and waits for no lock longer than 10
 * seconds; nothing of it is left in the session.  Names are looked up in
 * `search_path`.
 */
GM_MUST_CHECK
int gm_control_begin(struct gm_conn *c, const char *search_path,
		     struct gm_err *err);

#endif
