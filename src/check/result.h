/*
 * check/result: what a judgement found, ready for report/.
 */
#ifndef GM_CHECK_RESULT_H
#define GM_CHECK_RESULT_H

#include "base/finding.h"
#include "sql/sql.h"

/* A migration that was judged. */
struct gm_judged {
	const char *id;
	const char *phase;  /* declared, or NULL */
	const char *commit; /* full hex, or NULL for lint and --staged */
	const char *digest; /* "sha256:...", or NULL when not asked for */
	struct gm_str path; /* of the up SQL */
	struct gm_sql_file sql;
};

struct gm_result {
	struct gm_findings findings;
	struct gm_judged *items;
	size_t n, cap;
	size_t commits; /* how many were judged; 0 for lint */
	size_t objects; /* of manifests; 0 where they are not what is judged */
	bool digests;   /* asked for: each file is then read once more */
};

/* "pass" without errors among the findings, else "refuse". */
const char *gm_result_verdict(const struct gm_result *r);

#endif
