/*
 * report/review_json: approvals as values for jansson.
 */
#ifndef GM_REPORT_REVIEW_JSON_H
#define GM_REPORT_REVIEW_JSON_H

#include "report/jsonval.h"
#include "report/review.h"

/*
 * One migration, or the policy, as it stands in what `verify` prints; `all`
 * may be NULL, and what was pushed is then not said.
 */
json_t *gm_json_review(struct gm_arena *a, const struct gm_reviewed *all,
		       const struct gm_review_item *item);

/* The follow-ups that are open. */
json_t *gm_json_follow_ups(struct gm_arena *a,
			   const struct gm_follow_ups *open);

#endif
