/*
 * report/writers: one function for each format of a result.
 *
 * Each appends the whole report to `out`, whose arena it also uses for
 * scratch.  To add a format: a file with its writer, an entry in report.c, and
 * its name in GM_REPORT_FORMATS.
 */
#ifndef GM_REPORT_WRITERS_H
#define GM_REPORT_WRITERS_H

#include "report/report.h"

void gm_report_human(struct gm_buf *out, const struct gm_result *result,
		     const struct gm_report_options *options);
void gm_report_json(struct gm_buf *out, const struct gm_result *result,
		    const struct gm_report_options *options);
void gm_report_tap(struct gm_buf *out, const struct gm_result *result,
		   const struct gm_report_options *options);
void gm_report_sarif(struct gm_buf *out, const struct gm_result *result,
		     const struct gm_report_options *options);
void gm_report_github(struct gm_buf *out, const struct gm_result *result,
		      const struct gm_report_options *options);
void gm_report_gitlab(struct gm_buf *out, const struct gm_result *result,
		      const struct gm_report_options *options);
void gm_report_junit(struct gm_buf *out, const struct gm_result *result,
		     const struct gm_report_options *options);

#endif
