#include "base/near.h"

#include "unit.h"

static const char *const words[] = { "format", "all",  "staged",
				     NULL,     "path", "from" };

static const char *near(const char *word)
{
	return gm_near(gm_str(word), words, GM_COUNT(words));
}

static void each_kind_of_edit(void **state)
{
	(void)state;
	assert_string_equal(near("format"), "format");
	assert_string_equal(near("forma"), "format");
	assert_string_equal(near("fformat"), "format");
	assert_string_equal(near("formal"), "format");
	assert_string_equal(near("fromat"), "format");
	assert_string_equal(near("ofrmta"), "format");
	assert_string_equal(near("FORMAT"), "format");
	assert_string_equal(near("stagged"), "staged");
}

static void too_far(void **state)
{
	(void)state;
	assert_null(near("frmtx"));
	assert_null(near("unrelated"));
	assert_null(near(""));
	/* Two edits could turn "xy" into anything of two letters. */
	assert_null(near("xy"));
	assert_null(gm_near(GM_STR_NONE, words, GM_COUNT(words)));
	assert_null(gm_near(GM_STR("format"), NULL, 0));
}

static void closest_then_first(void **state)
{
	static const char *const list[] = { "abcx", "abcd", "abce" };

	(void)state;
	assert_string_equal(gm_near(GM_STR("abcd"), list, 3), "abcd");
	assert_string_equal(gm_near(GM_STR("abcf"), list, 3), "abcx");
}

static void long_words_are_left_alone(void **state)
{
	char text[80];
	const char *list[] = { text };

	(void)state;
	memset(text, 'a', sizeof(text));
	text[79] = '\0';
	assert_null(gm_near(gm_str(text), list, 1));
	assert_null(gm_near(GM_STR("aaa"), list, 1));
	text[64] = '\0';
	assert_ptr_equal(gm_near(gm_str(text), list, 1), text);
}

GM_UNIT_MAIN(cmocka_unit_test(each_kind_of_edit), cmocka_unit_test(too_far),
	     cmocka_unit_test(closest_then_first),
	     cmocka_unit_test(long_words_are_left_alone))
