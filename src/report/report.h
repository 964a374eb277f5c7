/*
 * report/report: results for people and machines.
 *
 * One result, many writers; every untrusted byte is escaped for its format.
 *
 *	human	compiler style: place, source line, caret, commit, notes, hint;
 *		without commits (lint, --staged) a table of statements first
 *	json	one object: version, verdict, findings, migrations; what a
 *		finding does not have is null; ASCII
 *	tap	TAP 13: a test for each judged migration with what was found
 *		about its file, and for each other finding; only errors fail
 *	junit	the same as XML
 *	sarif	2.1.0, columns in Unicode code points
 *	github	workflow commands, one a finding; nothing when all is well
 *	gitlab	code quality JSON: blocker for the rules on commits, major for
 *		hazards that are errors, minor for warnings; fingerprints
 *		survive a rebase and lines added above
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
