#include "unit/report/sample.h"

static void test_formats(void **state)
{
	static const char names[] = GM_REPORT_FORMATS;
	struct gm_str rest = gm_str(names), name;
	struct sample s;
	size_t n = 0;

	(void)state;
	sample_start(&s);
	while (gm_str_split(&name, &rest, ' ')) {
		const char *text = sample_write(&s, gm_str_dup(&s.arena, name));

		/* Nothing found is nothing to say in workflow commands. */
		assert_int_equal(!*text, gm_str_is(name, "github"));
		n++;
	}
	assert_int_equal(n, 7);
	sample_done(&s);
}

static void test_no_format(void **state)
{
	static const char *const names[] = { "", "Human", "human json", "xml",
					     "jso" };
	struct sample s;

	(void)state;
	sample_start(&s);
	for (size_t i = 0; i < GM_COUNT(names); i++)
		assert_false(gm_report_write(&s.out, names[i], &s.result,
					     &s.options));
	assert_int_equal(s.out.len, 0);
	assert_true(gm_report_write(&s.out, NULL, &s.result, &s.options));
	assert_non_null(strstr(s.out.ptr, "no findings"));
	sample_done(&s);
}

/* A report goes behind what is there already. */
static void test_appends(void **state)
{
	static const char names[] = GM_REPORT_FORMATS;
	struct gm_str rest = gm_str(names), name;

	(void)state;
	while (gm_str_split(&name, &rest, ' ')) {
		struct sample s;
		const char *once;

		sample_start(&s);
		sample_migration(&s);
		sample_error(&s);
		sample_evil(&s);
		once = sample_write(&s, gm_str_dup(&s.arena, name));
		s.out = gm_buf(&s.arena);
		gm_buf_puts(&s.out, "before");
		assert_true(gm_report_write(&s.out, gm_str_dup(&s.arena, name),
					    &s.result, &s.options));
		assert_memory_equal(s.out.ptr, "before", 6);
		assert_string_equal(s.out.ptr + 6, once);
		assert_int_equal(once[strlen(once) - 1], '\n');
		sample_done(&s);
	}
}

/* Whatever is in it, no format lets it act on a terminal. */
static void test_harmless(void **state)
{
	static const char names[] = GM_REPORT_FORMATS;
	struct gm_str rest = gm_str(names), name;

	(void)state;
	while (gm_str_split(&name, &rest, ' ')) {
		struct sample s;

		sample_start(&s);
		sample_evil(&s);
		sample_harmless(sample_write(&s, gm_str_dup(&s.arena, name)));
		sample_done(&s);
	}
}

GM_UNIT_MAIN(cmocka_unit_test(test_formats), cmocka_unit_test(test_no_format),
	     cmocka_unit_test(test_appends), cmocka_unit_test(test_harmless))
