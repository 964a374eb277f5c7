#include "unit/report/sample.h"

#include "report/text.h"

static void test_place(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_finding f = { .path = GM_STR("a/b"), .line = 3, .column = 7 };

	(void)state;
	assert_string_equal(gm_report_place(&a, &f), "a/b:3:7");
	f.column = 0;
	assert_string_equal(gm_report_place(&a, &f), "a/b:3");
	f.line = 0;
	assert_string_equal(gm_report_place(&a, &f), "a/b");
	f.path = GM_STR("a b\n");
	assert_string_equal(gm_report_place(&a, &f), "\"a b\\n\"");
	f.path = GM_STR_NONE;
	assert_string_equal(gm_report_place(&a, &f), "");
	f.ref = "refs/\033";
	assert_string_equal(gm_report_place(&a, &f), "refs/\\e");
	gm_arena_done(&a);
}

static void test_finding(void **state)
{
	struct sample s;
	struct gm_finding *f;

	(void)state;
	sample_start(&s);
	gm_report_finding_text(&s.out, sample_error(&s));
	assert_string_equal(
		s.out.ptr,
		"migrations/1_phone/up.sql:2:19: error: drops column "
		"users.phone [mixed-destructive]\n"
		"commit 1234abcd \"Drop the phone\"\n"
		"app: src/user.c\n"
		"hint: Split it.\n");
	s.out = gm_buf(&s.arena);
	f = gm_find(&s.result.findings, GM_RULE_MISSING_DOWN, "x\ny");
	f->commit = "12";
	gm_report_finding_text(&s.out, f);
	assert_string_equal(s.out.ptr, "warning: x\\ny [missing-down]\n"
				       "commit 12\n");
	sample_done(&s);
}

static void test_columns(void **state)
{
	struct gm_finding f = { .source = GM_STR("\xc3\xa9\xff"
						 "ab"),
				.column = 3 };

	(void)state;
	assert_int_equal(gm_report_column(&f), 2);
	assert_int_equal(gm_report_end_column(&f), 3);
	f.width = 2;
	assert_int_equal(gm_report_end_column(&f), 4);
	f.width = 99;
	assert_int_equal(gm_report_end_column(&f), 5);
	f.column = 6;
	assert_int_equal(gm_report_column(&f), 5);
	assert_int_equal(gm_report_end_column(&f), 7);
	/* Outside of the line that is known: as it is. */
	f.column = 50;
	assert_int_equal(gm_report_column(&f), 50);
	assert_int_equal(gm_report_end_column(&f), 51);
	f.source = GM_STR_NONE;
	f.width = 4;
	assert_int_equal(gm_report_column(&f), 50);
	assert_int_equal(gm_report_end_column(&f), 54);
	f.column = 0;
	assert_int_equal(gm_report_column(&f), 0);
	assert_int_equal(gm_report_end_column(&f), 0);
}

static void test_count(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	gm_report_count(&s.out, 0, "error");
	gm_report_count(&s.out, 1, " error");
	gm_report_count(&s.out, 2, " error");
	assert_string_equal(s.out.ptr, "0 errors1  error2  errors");
	sample_done(&s);
}

GM_UNIT_MAIN(cmocka_unit_test(test_place), cmocka_unit_test(test_finding),
	     cmocka_unit_test(test_columns), cmocka_unit_test(test_count))
