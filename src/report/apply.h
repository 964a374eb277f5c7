/*
 * report/apply: what was done to a database, or would be.
 *
 * All bytes that come from the repository or the database are escaped.
 */
#ifndef GM_REPORT_APPLY_H
#define GM_REPORT_APPLY_H

#include "base/buf.h"
#include "db/apply.h"

struct gm_report_apply {
	const struct gm_apply_unit *units;
	size_t n;
	const struct gm_apply_result *result;
	const struct gm_apply_options *options;
	int answer; /* of gm_apply; -1: `err` says why */
	const struct gm_err *err;
};

/* A line each for what was applied, and why not the others. */
void gm_report_apply(struct gm_buf *out, const struct gm_report_apply *r);
/* {"version":1,"database":...,"migrations":[...],"refused":[...]} */
void gm_report_apply_json(struct gm_buf *out, const struct gm_report_apply *r);

/* One line of news, without its end; "" for what is not to be shown. */
const char *gm_report_news(struct gm_arena *a, const struct gm_news *news);

/* "1.5 s", "12 ms", "3 min 5 s". */
const char *gm_report_ms(struct gm_arena *a, int64_t ms);

#endif
