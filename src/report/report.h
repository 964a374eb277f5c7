/*
 * report/report: results for people and machines.
 *
 * One result, many writers: human (compiler style: place, source line, caret,
 * hint), json (design section 5), tap (TAP 13), sarif (2.1.0), github (workflow
 * commands), gitlab (code quality JSON), junit (XML).  Every untrusted byte is
 * escaped for its format.
 */
#ifndef GM_REPORT_REPORT_H
#define GM_REPORT_REPORT_H

#include "base/buf.h"
#include "check/result.h"

struct gm_report_options {
	bool color;
	bool quiet;       /* human: no closing line when all is well */
	size_t max_human; /* human: findings shown before "and N more"; 0:
			     all */
	const char *line_prefix; /* human: in front of each line, or NULL */
};

/* The names, blank-separated, for option tables: "human json tap ...". */
#define GM_REPORT_FORMATS "human json tap sarif github gitlab junit"

/*
 * Append the result to `out` in `format` (NULL: human).  False when there is
 * no such format.
 */
bool gm_report_write(struct gm_buf *out, const char *format,
		     const struct gm_result *result,
		     const struct gm_report_options *options);

#endif
