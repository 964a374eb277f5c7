/*
 * tests/unit/report/loaded: what was written as JSON, read again.
 */
#ifndef GM_TESTS_UNIT_REPORT_LOADED_H
#define GM_TESTS_UNIT_REPORT_LOADED_H

#include <jansson.h>

#include "unit.h"

/* Whole and without a key that stands twice, or the test fails. */
static inline json_t *loaded(const char *text)
{
	json_error_t why;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &why);

	if (!root)
		fail_msg("%s in:\n%s", why.text, text);
	return root;
}

#endif
