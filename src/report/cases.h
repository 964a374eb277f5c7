/*
 * report/cases: a result as test cases, for TAP and JUnit.
 *
 * Each judged migration is a case that holds the findings about its file in
 * its commit; each other finding is a case of its own.
 */
#ifndef GM_REPORT_CASES_H
#define GM_REPORT_CASES_H

#include "check/result.h"

struct gm_case {
	const struct gm_judged *item; /* NULL: a finding alone */
	struct {
		const struct gm_finding **items;
		size_t n, cap;
	} findings;
	size_t errors; /* among them */
};

struct gm_cases {
	struct gm_case *items;
	size_t n, cap;
	size_t failed; /* cases with errors */
};

struct gm_cases gm_report_cases(struct gm_arena *a,
				const struct gm_result *result);

/* The case's name, not escaped: the id, or the message. */
const char *gm_report_case_name(const struct gm_case *c);

/* What the case is about: the class of its SQL, or the rule. */
const char *gm_report_case_kind(const struct gm_case *c);

#endif
