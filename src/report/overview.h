/*
 * report/overview: migrations listed, shown and summed up.
 *
 * What `log`, `show` and `status` print, for people and as JSON.  All bytes
 * that come from the repository are escaped.
 */
#ifndef GM_REPORT_OVERVIEW_H
#define GM_REPORT_OVERVIEW_H

#include "base/buf.h"
#include "check/overview.h"

/* One line a migration, in order, under a heading; nothing for none. */
void gm_report_log(struct gm_buf *out, const struct gm_overview *o, bool color);
/* {"version":1,"head":...,"migrations":[...]} */
void gm_report_log_json(struct gm_buf *out, const struct gm_overview *o);

/* Everything of one migration; with `sql`, its up SQL at the end. */
void gm_report_show(struct gm_buf *out, const struct gm_overview *o,
		    const struct gm_overview_detail *d, bool sql, bool color);
/* The object of the log with "files" and "statements", and "sql". */
void gm_report_show_json(struct gm_buf *out, const struct gm_overview_detail *d,
			 bool sql);

/* Counts, what is pending, open rollback windows, contracts. */
void gm_report_status(struct gm_buf *out, const struct gm_overview *o,
		      bool color);
void gm_report_status_json(struct gm_buf *out, const struct gm_overview *o);

#endif
