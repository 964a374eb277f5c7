#include "unit/report/sample.h"

static void test_nothing(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	assert_string_equal(sample_write(&s, "tap"),
			    "TAP version 13\n"
			    "1..0 # SKIP no migrations to judge\n");
	sample_done(&s);
}

static void test_all(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	sample_migration(&s);
	gm_find_note(&s.result.findings, sample_error(&s), "app: b");
	sample_warning(&s);
	sample_ref(&s);
	*GM_PUSH(&s.arena, &s.result) = (struct gm_judged){ .id = "2_quiet" };
	assert_string_equal(sample_write(&s, "tap"),
			    "TAP version 13\n"
			    "1..3\n"
			    "not ok 1 - 1_phone (contract)\n"
			    "  ---\n"
			    "  findings:\n"
			    "    - rule: mixed-destructive\n"
			    "      severity: error\n"
			    "      message: \"drops column users.phone\"\n"
			    "      commit: \"" SAMPLE_COMMIT "\"\n"
			    "      file: \"" SAMPLE_PATH "\"\n"
			    "      line: 2\n"
			    "      column: 19\n"
			    "      notes: \"app: src/user.c\\napp: b\"\n"
			    "      hint: \"Split it.\"\n"
			    "    - rule: missing-down\n"
			    "      severity: warning\n"
			    "      message: \"no way back\"\n"
			    "      commit: \"" SAMPLE_COMMIT "\"\n"
			    "      file: \"" SAMPLE_PATH "\"\n"
			    "  ...\n"
			    "ok 2 - 2_quiet (neutral)\n"
			    "not ok 3 - may not move (ref-refused)\n"
			    "  ---\n"
			    "  findings:\n"
			    "    - rule: ref-refused\n"
			    "      severity: error\n"
			    "      message: \"may not move\"\n"
			    "      ref: \"refs/notes/migrate/landed\"\n"
			    "  ...\n");
	sample_done(&s);
}

/* A warning alone is no failure. */
static void test_warning(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	sample_warning(&s);
	assert_non_null(strstr(sample_write(&s, "tap"),
			       "\nok 1 - no way back (missing-down)\n"));
	sample_done(&s);
}

static void test_evil(void **state)
{
	struct sample s;
	const char *text;

	(void)state;
	sample_start(&s);
	gm_find(&s.result.findings, GM_RULE_BAD_TRAILER, "%s",
		"x # SKIP y\nok 2 - z\n1..9\nBail out!");
	text = sample_write(&s, "tap");
	assert_non_null(strstr(text,
			       "\nnot ok 1 - x \\# SKIP y\\nok 2 - z\\n1..9"
			       "\\nBail out! (bad-trailer)\n"));
	assert_non_null(strstr(text, "message: \"x # SKIP y\\nok 2 - z"));
	assert_null(strstr(text, "\nok"));
	assert_null(strstr(text, "\nBail"));
	sample_done(&s);
}

GM_UNIT_MAIN(cmocka_unit_test(test_nothing), cmocka_unit_test(test_all),
	     cmocka_unit_test(test_warning), cmocka_unit_test(test_evil))
