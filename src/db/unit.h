/*
 * db/unit: one migration, tried until it is settled.
 */
#ifndef GM_DB_UNIT_H
#define GM_DB_UNIT_H

#include "db/engine.h"

/*
 * Look before, take the restore point, run: again when a lock was not to be
 * had, and when the connection is lost, after finding out what had been done.
 * Answers GM_TRY_DONE, GM_TRY_REFUSED or GM_TRY_FAILED.
 */
enum gm_try gm_run_unit(struct gm_engine *e, struct gm_apply_unit *u,
			struct gm_err *err);

#endif
