#include "unit/report/sample.h"

#include <stdio.h>

#define ERROR                                                                  \
	SAMPLE_PATH ":2:19: error: drops column users.phone "                  \
		    "[mixed-destructive]\n"                                    \
		    "    2 | ALTER TABLE users       DROP COLUMN "             \
		    "\"t\xc3\xa9l\" CASCADE;\n"                                \
		    "      |                         ^~~~~~~~~~~~~~~~~\n"      \
		    "  commit 1234abcd \"Drop the phone\"\n"                   \
		    "  app: src/user.c\n"                                      \
		    "  hint: Split it.\n"
#define WARNING                                                                \
	SAMPLE_PATH ": warning: no way back [missing-down]\n"                  \
		    "  commit 1234abcd\n"
#define REF "refs/notes/migrate/landed: error: may not move [ref-refused]\n"
#define ALLOWED                                                                \
	SAMPLE_PATH ":3:1: note: index-not-concurrent is allowed here: "       \
		    "a tiny table\n"

static void test_range(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	s.result.commits = 14;
	sample_migration(&s);
	sample_error(&s);
	sample_warning(&s);
	sample_ref(&s);
	assert_string_equal(sample_write(&s, "human"), ALLOWED ERROR WARNING REF
			    "2 errors, 1 warning in 14 commits: refused\n");
	s.options.quiet = true;
	assert_string_equal(sample_write(&s, "human"), ERROR WARNING REF
			    "2 errors, 1 warning in 14 commits: refused\n");
	sample_done(&s);
}

static void test_closing(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	assert_string_equal(sample_write(&s, "human"),
			    "no findings in 0 migrations: passed\n");
	s.result.objects = 2;
	assert_string_equal(sample_write(&s, "human"),
			    "no findings in 2 objects: passed\n");
	s.result.commits = 1;
	assert_string_equal(sample_write(&s, "human"),
			    "no findings in 1 commit: passed\n");
	s.options.quiet = true;
	assert_string_equal(sample_write(&s, "human"), "");
	sample_warning(&s);
	assert_string_equal(sample_write(&s, "human"),
			    WARNING "1 warning in 1 commit: passed\n");
	sample_ref(&s);
	s.result.findings.n = 1;
	s.result.findings.items[0] = s.result.findings.items[1];
	s.result.findings.warnings = 0;
	assert_string_equal(sample_write(&s, "human"),
			    REF "1 error in 1 commit: refused\n");
	sample_done(&s);
}

static void test_table(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	sample_migration(&s);
	s.result.items[0].sql.items[1].line = 30;
	assert_string_equal(sample_write(&s, "human"), SAMPLE_PATH
			    ":2:1   contract  ALTER TABLE   drops column "
			    "users.t\xc3\xa9l\n" SAMPLE_PATH
			    ":30:1  expand    CREATE INDEX\n" SAMPLE_PATH
			    ":30:1: note: index-not-concurrent is allowed "
			    "here: a tiny table\n"
			    "no findings in 1 migration: passed\n");
	s.options.quiet = true;
	assert_string_equal(sample_write(&s, "human"), "");
	sample_done(&s);
}

static void test_max(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	s.result.commits = 2;
	s.options.max_human = 2;
	sample_warning(&s);
	sample_warning(&s);
	assert_string_equal(sample_write(&s, "human"),
			    WARNING WARNING "2 warnings in 2 commits: "
					    "passed\n");
	/* Errors are shown first where not all can be. */
	sample_ref(&s);
	assert_string_equal(sample_write(&s, "human"),
			    REF WARNING "... and 1 more\n"
					"1 error, 2 warnings in 2 commits: "
					"refused\n");
	sample_ref(&s);
	sample_ref(&s);
	s.result.findings.dropped = 10;
	assert_string_equal(sample_write(&s, "human"),
			    REF REF "... and 13 more\n"
				    "3 errors, 2 warnings in 2 commits: "
				    "refused\n");
	s.options.max_human = 0;
	s.result.findings.n = 1;
	assert_non_null(
		strstr(sample_write(&s, "human"), WARNING "... and 10 more\n"));
	sample_done(&s);
}

static void test_prefix(void **state)
{
	struct sample s;
	struct gm_str rest, line;
	size_t n = 0;

	(void)state;
	sample_start(&s);
	s.options.line_prefix = "migrate> ";
	sample_migration(&s);
	sample_error(&s);
	sample_evil(&s);
	rest = gm_str(sample_write(&s, "human"));
	while (gm_str_line(&line, &rest)) {
		if (!gm_str_starts(line, GM_STR("migrate> ")))
			fail_msg("%.*s", (int)line.len, line.ptr);
		n++;
	}
	assert_true(n > 10);
	sample_done(&s);
}

static void test_color(void **state)
{
	struct sample s;

	(void)state;
	sample_start(&s);
	s.result.commits = 1;
	s.options.color = true;
	sample_error(&s);
	sample_warning(&s);
	assert_string_equal(
		sample_write(&s, "human"),
		"\033[1m" SAMPLE_PATH ":2:19: \033[m"
		"\033[1;31merror: \033[m"
		"\033[1mdrops column users.phone\033[m [mixed-destructive]\n"
		"    2 | ALTER TABLE users       DROP COLUMN "
		"\"t\xc3\xa9l\" CASCADE;\n"
		"      |                         "
		"\033[1;32m^~~~~~~~~~~~~~~~~\033[m\n"
		"  commit 1234abcd \"Drop the phone\"\n"
		"  app: src/user.c\n"
		"  \033[36mhint: \033[mSplit it.\n"
		"\033[1m" SAMPLE_PATH ": \033[m"
		"\033[1;35mwarning: \033[m"
		"\033[1mno way back\033[m [missing-down]\n"
		"  commit 1234abcd\n"
		"1 error, 1 warning in 1 commit: \033[1;31mrefused\033[m\n");
	sample_done(&s);
}

/* What stands below `source` for a finding at that place. */
static void check_source(const char *source, size_t column, size_t width,
			 const char *expected)
{
	struct sample s;
	struct gm_finding *f;
	const char *text;

	sample_start(&s);
	s.result.commits = 1;
	f = gm_find(&s.result.findings, GM_RULE_BAD_TRAILER, "x");
	f->path = GM_STR("a");
	f->line = 12;
	f->column = column;
	f->width = width;
	f->source = gm_str(source);
	text = strchr(sample_write(&s, "human"), '\n') + 1;
	if (strncmp(text, expected, strlen(expected)) != 0 ||
	    strcmp(text + strlen(expected), "1 error in 1 commit: refused\n"))
		fail_msg("'%s' is not '%s'", text, expected);
	sample_done(&s);
}

static void test_source(void **state)
{
	(void)state;
	check_source("DROP x;", 6, 0,
		     "   12 | DROP x;\n"
		     "      |      ^\n");
	check_source("DROP x;\r", 1, 4,
		     "   12 | DROP x;\n"
		     "      | ^~~~\n");
	/* Columns of the screen, not bytes. */
	check_source("\xe6\xbc\xa2 \033x", 5, 2,
		     "   12 | \xe6\xbc\xa2 \\ex\n"
		     "      |    ^~~\n");
	/* What is meant goes on in the next line, or starts at the end. */
	check_source("DROP", 3, 90,
		     "   12 | DROP\n"
		     "      |   ^~\n");
	check_source("DROP", 5, 1,
		     "   12 | DROP\n"
		     "      |     ^\n");
	/* Nothing to point at. */
	check_source("DROP", 6, 1, "");
	check_source("DROP", 0, 0, "");
	check_source("", 1, 1, "");
	check_source("\r", 1, 1, "");
}

/* Of a long line, the part around the place. */
static void test_long_source(void **state)
{
	char line[1000], shown[200], expected[600];

	(void)state;
	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	memcpy(line + 500, "DROP", 4);
	memset(shown, 'a', sizeof(shown));
	shown[160] = '\0';
	memcpy(shown + 60, "DROP", 4);
	snprintf(expected, sizeof(expected),
		 "   12 | ...%s\n"
		 "      | %63s^~~~\n",
		 shown, "");
	check_source(line, 501, 4, expected);

	/* Never in the middle of a character. */
	for (size_t i = 0; i + 3 < sizeof(line); i += 3)
		memcpy(line + i, "\xe2\x82\xac", 3);
	for (size_t column = 1; column < 990; column += 3) {
		struct sample s;
		struct gm_finding *f;

		sample_start(&s);
		f = gm_find(&s.result.findings, GM_RULE_BAD_TRAILER, "x");
		f->path = GM_STR("a");
		f->line = 1;
		f->column = column;
		f->source = (struct gm_str){ line, 999 };
		if (strstr(sample_write(&s, "human"), "\\x"))
			fail_msg("%s", s.out.ptr);
		sample_done(&s);
	}
}

static void test_evil(void **state)
{
	struct sample s;
	const char *text;

	(void)state;
	sample_start(&s);
	sample_evil(&s);
	text = sample_write(&s, "human");
	sample_harmless(text);
	assert_null(strstr(text, "\n::"));
	assert_non_null(strstr(text, "a\\e[31mb\\n::error::x\\r\\t"));
	sample_done(&s);
}

GM_UNIT_MAIN(cmocka_unit_test(test_range), cmocka_unit_test(test_closing),
	     cmocka_unit_test(test_table), cmocka_unit_test(test_max),
	     cmocka_unit_test(test_prefix), cmocka_unit_test(test_color),
	     cmocka_unit_test(test_source), cmocka_unit_test(test_long_source),
	     cmocka_unit_test(test_evil))
