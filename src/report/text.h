/*
 * report/text: a finding in words, escaped, as several formats show it.
 */
#ifndef GM_REPORT_TEXT_H
#define GM_REPORT_TEXT_H

#include "base/buf.h"
#include "base/finding.h"

/* "path:3:1", or what is known of that, or the ref, or "". */
const char *gm_report_place(struct gm_arena *a, const struct gm_finding *f);

/* 'commit 1234abcd "subject"', of a finding that has a commit. */
void gm_report_commit(struct gm_buf *out, const struct gm_finding *f);

/*
 * "path:3:1: error: message [rule]", then a line each for commit, notes and
 * hint, all ended by LF.
 */
void gm_report_finding_text(struct gm_buf *out, const struct gm_finding *f);

/* The column counted in characters, where the source line is known. */
size_t gm_report_column(const struct gm_finding *f);
/* The column behind what is underlined, the same way. */
size_t gm_report_end_column(const struct gm_finding *f);

/* "1 error", "2 errors". */
void gm_report_count(struct gm_buf *out, size_t n, const char *what);

#endif
