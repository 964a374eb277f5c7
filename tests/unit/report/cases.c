#include "unit/report/sample.h"

#include "report/cases.h"

static void test_grouping(void **state)
{
	struct sample s;
	struct gm_cases cases;
	struct gm_finding *f;

	(void)state;
	sample_start(&s);
	sample_migration(&s);
	sample_warning(&s);
	sample_error(&s);
	sample_error(&s);
	/* The same file in another commit, and no commit at all. */
	f = sample_error(&s);
	f->commit = "99";
	f = sample_warning(&s);
	f->commit = NULL;
	sample_ref(&s);
	cases = gm_report_cases(&s.arena, &s.result);
	assert_int_equal(cases.n, 4);
	assert_int_equal(cases.failed, 3);

	assert_ptr_equal(cases.items[0].item, &s.result.items[0]);
	assert_int_equal(cases.items[0].findings.n, 3);
	assert_int_equal(cases.items[0].errors, 2);
	assert_string_equal(gm_report_case_name(&cases.items[0]), "1_phone");
	assert_string_equal(gm_report_case_kind(&cases.items[0]), "contract");

	assert_null(cases.items[1].item);
	assert_int_equal(cases.items[1].errors, 1);
	assert_int_equal(cases.items[2].errors, 0);
	assert_string_equal(gm_report_case_name(&cases.items[2]),
			    "no way back");
	assert_string_equal(gm_report_case_kind(&cases.items[2]),
			    "missing-down");
	assert_string_equal(gm_report_case_name(&cases.items[3]),
			    "may not move");
	sample_done(&s);
}

static void test_nothing(void **state)
{
	struct sample s;
	struct gm_cases cases;

	(void)state;
	sample_start(&s);
	cases = gm_report_cases(&s.arena, &s.result);
	assert_int_equal(cases.n, 0);
	assert_int_equal(cases.failed, 0);
	sample_done(&s);
}

/* A path may hold what separates it from the commit. */
static void test_odd_paths(void **state)
{
	struct sample s;
	struct gm_cases cases;

	(void)state;
	sample_start(&s);
	*GM_PUSH(&s.arena, &s.result) = (struct gm_judged){
		.id = "1", .path = GM_STR("a\nb"), .commit = "c"
	};
	gm_find(&s.result.findings, GM_RULE_MISSING_DOWN, "x")->path =
		GM_STR("a\nb");
	s.result.findings.items[0].commit = "c";
	gm_find(&s.result.findings, GM_RULE_MISSING_DOWN, "y")->path =
		GM_STR("b");
	s.result.findings.items[1].commit = "c";
	cases = gm_report_cases(&s.arena, &s.result);
	assert_int_equal(cases.n, 2);
	assert_int_equal(cases.items[0].findings.n, 1);
	sample_done(&s);
}

GM_UNIT_MAIN(cmocka_unit_test(test_grouping), cmocka_unit_test(test_nothing),
	     cmocka_unit_test(test_odd_paths))
