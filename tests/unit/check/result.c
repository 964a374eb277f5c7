#include "unit.h"

#include "check/result.h"

static void test_verdict(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_result r = { .findings = gm_findings(&a, NULL) };

	(void)state;
	assert_string_equal(gm_result_verdict(&r), "pass");
	gm_find(&r.findings, GM_RULE_MISSING_DOWN, "no way back");
	assert_string_equal(gm_result_verdict(&r), "pass");
	gm_find(&r.findings, GM_RULE_BAD_TRAILER, "not a phase");
	assert_string_equal(gm_result_verdict(&r), "refuse");
	gm_arena_done(&a);
}

GM_UNIT_MAIN(cmocka_unit_test(test_verdict))
