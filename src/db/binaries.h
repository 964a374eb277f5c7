/*
 * db/binaries: where PostgreSQL's own programs are on this machine.
 */
#ifndef GM_DB_BINARIES_H
#define GM_DB_BINARIES_H

#include "base/err.h"
#include "base/str.h"

/* The oldest server that is started. */
#define GM_SERVER_OLDEST 120000

struct gm_binaries {
	const char *dir; /* with initdb and postgres */
	int version;     /* 150020 is 15.20, 180000 a 18 in the making */
};

/*
 * Look in `dir` when it is given; else where `pg_config --bindir` says; else
 * in the newest /usr/lib/postgresql/N/bin or /usr/pgsql-N/bin; else on PATH.
 * Fails with GM_EPROGRAM, and a hint, when they are nowhere, or too old.
 */
GM_MUST_CHECK
int gm_binaries_find(struct gm_binaries *out, struct gm_arena *a,
		     const char *dir, struct gm_err *err);

/*
 * The directory of that major version, for gm_binaries_find, in one of the two
 * places that have more than one; NULL when it is in neither.
 */
const char *gm_binaries_of(struct gm_arena *a, int major);

#endif
