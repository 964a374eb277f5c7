/*
 * report/drill: how a rehearsal went.
 *
 * All bytes that come from the repository or a database are escaped.
 */
#ifndef GM_REPORT_DRILL_H
#define GM_REPORT_DRILL_H

#include "base/buf.h"
#include "db/drill.h"

/* A paragraph for each migration, then a line for all of them. */
void gm_report_drill(struct gm_buf *out, const struct gm_drill *d);

/* {"version":1,"verdict":"pass"|"fail","postgres":...,"migrations":[...]} */
void gm_report_drill_json(struct gm_buf *out, const struct gm_drill *d);

#endif
