/*
 * report/review: who approved what, and what is missing.
 *
 * What `verify` prints, for people and as JSON, and the part of it that others
 * show.  All bytes that come from the repository are escaped.
 */
#ifndef GM_REPORT_REVIEW_H
#define GM_REPORT_REVIEW_H

#include "base/buf.h"
#include "check/review.h"

void gm_report_review(struct gm_buf *out, const struct gm_reviewed *all,
		      bool color);
/* The records on one migration, a line or two each. */
void gm_report_records(struct gm_buf *out, const struct gm_review_item *item,
		       bool color);

/* The follow-ups that are open, the same way. */
void gm_report_follow_ups(struct gm_buf *out, const struct gm_follow_ups *open,
			  bool color);

/* {"version":1,"approved":...,"migrations":[...],"follow_ups":[...]} */
void gm_report_review_json(struct gm_buf *out, const struct gm_reviewed *all);

#endif
