/*
 * check/content: is the text of a migration what it seems?
 *
 * Rule `unsafe-content`.  A parser, a reviewer and the database must see the
 * same thing: no byte that one of them skips, turns around or takes for
 * another (CVE-2021-42574, "Trojan Source").
 */
#ifndef GM_CHECK_CONTENT_H
#define GM_CHECK_CONTENT_H

#include "base/finding.h"

/*
 * Add findings for the first of each kind of trouble in `text`: NUL, a byte
 * order mark or UTF-16, bytes that are not UTF-8, control characters, invisible
 * or reordering characters, letters that mimic ASCII outside of strings and
 * comments, a Git LFS pointer in place of the file.  `commit` (full hex, or
 * NULL) is put into them.
 */
void gm_content_check(struct gm_findings *f, struct gm_str path,
		      struct gm_str text, const char *commit);

/* What the script configuration of Flyway says of the SQL file beside it. */
struct gm_script {
	bool alone; /* it runs in no transaction */
	bool plain; /* placeholders in it stay as they are */
};

/*
 * Read `text`, lines of "key=value".  Findings for what would make another SQL
 * of the file, or let it be run or not: an encoding other than UTF-8,
 * shouldExecute, and all that is not known.
 */
void gm_content_script(struct gm_script *out, struct gm_findings *f,
		       struct gm_str path, struct gm_str text,
		       const char *commit);

#endif
