/*
 * db/drift: what changed in a database that no migration changed.
 *
 * An apply ends with writing down what the catalog then holds; whatever
 * differs from that later came from somewhere else.
 */
#ifndef GM_DB_DRIFT_H
#define GM_DB_DRIFT_H

#include "db/catalog.h"
#include "db/ledger.h"

/* Write down what the catalog holds now. */
GM_MUST_CHECK
int gm_drift_store(struct gm_conn *c, struct gm_err *err);

/*
 * What differs from it.  0: it is not known, since nothing was written down
 * behind the last migration; 1: `*out` is all of it.
 */
GM_MUST_CHECK
int gm_drift_read(struct gm_changes *out, struct gm_arena *a, struct gm_conn *c,
		  struct gm_err *err);

#endif
