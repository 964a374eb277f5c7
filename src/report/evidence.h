/*
 * report/evidence: all that speaks for and against a migration, in one text.
 *
 * Whole records and the exhibits they rest on, with how to verify both from
 * the repository alone.  Bytes of others are escaped.
 */
#ifndef GM_REPORT_EVIDENCE_H
#define GM_REPORT_EVIDENCE_H

#include "base/buf.h"
#include "rollout/gate.h"

struct gm_evidence_record {
	const struct gm_record *record;
	const char *why;       /* it does not count; NULL where it does */
	bool has_exhibit;      /* it names one, and it is here */
	struct gm_str exhibit; /* of evidence */
};

struct gm_evidence_pack {
	const struct gm_overview_item *item;
	const char *project, *ref;
	const char *policy; /* the commit the policy was read from */
	int64_t now;
	struct {
		struct gm_gate *items;
		size_t n, cap;
	} gates;                          /* one an environment */
	struct gm_evidence_record *items; /* oldest first */
	size_t n, cap;
};

/* As Markdown, HTML, JSON. */
void gm_report_evidence_md(struct gm_buf *out,
			   const struct gm_evidence_pack *p);
void gm_report_evidence_html(struct gm_buf *out,
			     const struct gm_evidence_pack *p);
void gm_report_evidence_json(struct gm_buf *out,
			     const struct gm_evidence_pack *p);

#endif
