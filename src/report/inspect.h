/*
 * report/inspect: a database beside the migrations of a revision.
 */
#ifndef GM_REPORT_INSPECT_H
#define GM_REPORT_INSPECT_H

#include "base/buf.h"
#include "db/inspect.h"

/* The part about the database, behind what else `status` says. */
void gm_report_inspect(struct gm_buf *out, const struct gm_inspect *i);

/* The object `status` with a key "database" added. */
void gm_report_inspect_json(struct gm_buf *out, struct gm_str status,
			    const struct gm_inspect *i);

#endif
