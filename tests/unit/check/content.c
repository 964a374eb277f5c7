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

GM_UNIT_MAIN(cmocka_unit_test(fine), cmocka_unit_test(refused))
