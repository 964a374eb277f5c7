#include "unit/report/sample.h"

static void test_nothing(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	assert_string_equal(
		sample_write(&s, "junit"),
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites tests=\"0\" failures=\"0\">\n"
		"  <testsuite name=\"git-migrate\" tests=\"0\" failures=\"0\" "
		"errors=\"0\" skipped=\"0\">\n"
		"  </testsuite>\n"
		"</testsuites>\n");
	sample_done(&s);
}

static void test_all(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	sample_migration(&s);
	sample_warning(&s);
	sample_error(&s);
	sample_ref(&s);
	*GM_PUSH(&s.arena, &s.result) = (struct gm_judged){ .id = "2_quiet" };
	assert_string_equal(
		sample_write(&s, "junit"),
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites tests=\"3\" failures=\"2\">\n"
		"  <testsuite name=\"git-migrate\" tests=\"3\" failures=\"2\" "
		"errors=\"0\" skipped=\"0\">\n"
		"    <testcase classname=\"git-migrate.contract\" "
		"name=\"1_phone\">\n"
		"      <failure type=\"mixed-destructive\" message=\"drops "
		"column users.phone\">" SAMPLE_PATH
		":2:19: error: drops column users.phone "
		"[mixed-destructive]\n"
		"commit 1234abcd &quot;Drop the phone&quot;\n"
		"app: src/user.c\n"
		"hint: Split it.\n"
		"</failure>\n"
		"      <system-out>" SAMPLE_PATH
		": warning: no way back [missing-down]\n"
		"commit 1234abcd\n"
		"</system-out>\n"
		"    </testcase>\n"
		"    <testcase classname=\"git-migrate.neutral\" "
		"name=\"2_quiet\"/>\n"
		"    <testcase classname=\"git-migrate.ref-refused\" "
		"name=\"may not move\">\n"
		"      <failure type=\"ref-refused\" message=\"may not "
		"move\">refs/notes/migrate/landed: error: may not move "
		"[ref-refused]\n"
		"</failure>\n"
		"    </testcase>\n"
		"  </testsuite>\n"
		"</testsuites>\n");
	sample_done(&s);
}

static void test_warning(void **state)
{
	struct sample s;
	const char *text;

	(void)state;
	sample_start(&s);
	sample_warning(&s);
	text = sample_write(&s, "junit");
	assert_non_null(strstr(text, "<system-out>"));
	assert_null(strstr(text, "<failure"));
	assert_non_null(strstr(text, "failures=\"0\""));
	sample_done(&s);
}

/* Each < opens one of our own tags, and each & one of XML's entities. */
static void test_evil(void **state)
{
	static const char *const tags[] = {
		"?xml ",     "testsuites", "testsuite ",   "testcase ",
		"failure ",  "/failure>",  "system-out>",  "/system-out>",
		"/testcase", "/testsuite", "/testsuites>",
	};
	static const char *const entities[] = { "amp;",  "lt;",   "gt;",
						"quot;", "apos;", "#" };
	struct sample s;
	const char *text;

	(void)state;
	sample_start(&s);
	sample_evil(&s);
	text = sample_write(&s, "junit");
	assert_null(strstr(text, "]]>"));
	assert_non_null(strstr(text, "&lt;&amp;&gt; ]]&gt;"));
	for (const char *c = text; *c; c++) {
		bool known = *c != '<' && *c != '&';

		for (size_t i = 0; *c == '<' && i < GM_COUNT(tags); i++)
			known |= !strncmp(c + 1, tags[i], strlen(tags[i]));
		for (size_t i = 0; *c == '&' && i < GM_COUNT(entities); i++)
			known |= !strncmp(c + 1, entities[i],
					  strlen(entities[i]));
		if (!known)
			fail_msg("%.40s", c);
	}
	sample_done(&s);
}

GM_UNIT_MAIN(cmocka_unit_test(test_nothing), cmocka_unit_test(test_all),
	     cmocka_unit_test(test_warning), cmocka_unit_test(test_evil))
