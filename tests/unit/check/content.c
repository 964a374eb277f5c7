/* check/content: text that is not what it seems. */
#include "unit.h"

#include "check/content.h"

static const char *judge(const char *text, size_t len)
{
	static struct gm_arena arena;
	struct gm_findings f;

	gm_arena_done(&arena);
	f = gm_findings(&arena, NULL);
	gm_content_check(&f, GM_STR("up.sql"), (struct gm_str){ text, len },
			 NULL);
	return f.n ? f.items[0].message : NULL;
}

#define JUDGE(literal) judge(literal, sizeof(literal) - 1)

static void fine(void **state)
{
	(void)state;
	assert_null(JUDGE(""));
	assert_null(JUDGE("SELECT 1;\n"));
	assert_null(JUDGE("SELECT 1;\r\n\tSELECT 2;\f\n"));
	assert_null(JUDGE("-- gr\xc3\xbc\xc3\x9f"
			  "e\nSELECT '\xd0\xb5';"));
	assert_null(JUDGE("/* \xd0\xb5 */ SELECT $$\xd0\xb5$$;"));
	judge("", 0);
}

static void refused(void **state)
{
	(void)state;
	assert_non_null(JUDGE("SELECT 1;\0DROP TABLE a;"));
	assert_non_null(JUDGE("\xef\xbb\xbfSELECT 1;"));
	assert_non_null(JUDGE("\xff\xfeS\0"));
	assert_non_null(JUDGE("SELECT '\xff';"));
	assert_non_null(JUDGE("-- a\rDROP TABLE b;"));
	assert_non_null(JUDGE("SELECT 1;\r"));
	assert_non_null(JUDGE("-- \xe2\x80\xae"));
	assert_non_null(JUDGE("-- \xe2\x80\x8b"));
	assert_non_null(JUDGE("SELECT 1; \x1b[2J"));
	assert_non_null(JUDGE("DROP TABLE us\xd0\xb5rs;"));
	assert_non_null(JUDGE("DROP TABLE \"us\xd0\xb5rs\";"));
	assert_non_null(JUDGE("version https://git-lfs.github.com/spec/v1\n"));
	judge("", 0);
}

/* How Flyway runs a file. */
static void scripts(void **state)
{
	static const struct {
		const char *text;
		bool alone, plain;
		size_t line; /* of what is refused; 0: nothing */
	} cases[] = {
		{ "", false, false, 0 },
		{ "# a\n\n  executeInTransaction = false \r\n", true, false,
		  0 },
		{ "executeInTransaction=true\nplaceholderReplacement=false\n",
		  false, true, 0 },
		{ "placeholderReplacement=true", false, false, 0 },
		{ "encoding=utf-8\nshouldExecute=true", false, false, 0 },
		{ "executeInTransaction=false\nencoding=UTF-16", true, false,
		  2 },
		{ "shouldExecute=${env}==prod", false, false, 1 },
		{ "\nexecuteInTransaction=no", false, false, 2 },
		{ "placeholderReplacement", false, false, 1 },
		{ "\\u0065ncoding=ISO-8859-1", false, false, 1 },
		{ "encoding:ISO-8859-1", false, false, 1 },
		{ "outOfOrder=true", false, false, 1 },
		{ "=", false, false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_arena arena = GM_ARENA_INIT;
		struct gm_findings f = gm_findings(&arena, NULL);
		struct gm_script script;

		gm_content_script(&script, &f, GM_STR("V1__x.sql.conf"),
				  gm_str(cases[i].text), "1234");
		if (script.alone != cases[i].alone ||
		    script.plain != cases[i].plain ||
		    f.n != (cases[i].line > 0) ||
		    (f.n && f.items[0].line != cases[i].line))
			fail_msg("%s", cases[i].text);
		if (f.n)
			assert_string_equal(f.items[0].commit, "1234");
		gm_arena_done(&arena);
	}
}

GM_UNIT_MAIN(cmocka_unit_test(fine), cmocka_unit_test(refused),
	     cmocka_unit_test(scripts))
