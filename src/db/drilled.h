/*
 * db/drilled: what is kept of a rehearsed migration.
 *
 * Catalogs, sums and states are read several times for each, and would add up
 * to gigabytes in a drill of hundreds.
 */
#ifndef GM_DB_DRILLED_H
#define GM_DB_DRILLED_H

#include "db/drill.h"

/* Copy all that `d` points to, but for the unit, into `a`. */
void gm_drilled_keep(struct gm_drilled *d, struct gm_arena *a);

#endif
