#include "unit/report/sample.h"

static void test_all(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	sample_migration(&s);
	sample_error(&s);
	sample_warning(&s);
	sample_ref(&s);
	assert_string_equal(
		sample_write(&s, "github"),
		"::error file=" SAMPLE_PATH
		",line=2,col=19,endColumn=36,title=mixed-destructive::drops "
		"column users.phone%0Acommit " SAMPLE_COMMIT
		"%0Aapp: src/user.c%0Ahint: Split it.\n"
		"::warning file=" SAMPLE_PATH
		",title=missing-down::no way back%0Acommit " SAMPLE_COMMIT "\n"
		"::error title=ref-refused::may not move\n");
	sample_done(&s);
}

static void test_evil(void **state)
{
	struct sample s;
	struct gm_finding *f;

	(void)state;
	sample_start(&s);
	f = gm_find(&s.result.findings, GM_RULE_BAD_TRAILER, "%s",
		    "100%\r\n::error::pwned, %0A::x\033[m");
	f->path = GM_STR("a,line=9:b%\n::c");
	f->line = 4;
	assert_string_equal(sample_write(&s, "github"),
			    "::error file=a%2Cline=9%3Ab%25\\n%3A%3Ac,line=4,"
			    "title=bad-trailer::"
			    "100%25\\r\\n::error::pwned, %250A::x\\e[m\n");
	sample_done(&s);
}

/* However hostile the text: one line a finding, each a command of ours. */
static void test_lines(void **state)
{
	struct sample s;
	struct gm_str rest, line;
	size_t n = 0;

	(void)state;
	sample_start(&s);
	sample_evil(&s);
	rest = gm_str(sample_write(&s, "github"));
	while (gm_str_line(&line, &rest)) {
		assert_true(gm_str_starts(line, GM_STR("::error ")));
		n++;
	}
	assert_int_equal(n, s.result.findings.n);
	sample_done(&s);
}

GM_UNIT_MAIN(cmocka_unit_test(test_all), cmocka_unit_test(test_evil),
	     cmocka_unit_test(test_lines))
