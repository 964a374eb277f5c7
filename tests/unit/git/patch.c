#include "git/patch.h"

#include "unit.h"

static struct gm_str compare(struct gm_arena *a, struct gm_str old,
			     struct gm_str new_)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_str out = GM_STR_NONE;

	assert_ok(gm_patch_text(&out, a, "dir/x.yaml", old, new_, &err));
	return out;
}

static void test_patch(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_str diff;

	(void)state;
	diff = compare(&a, GM_STR("a\nb\nc\n"), GM_STR("a\nB\nc\n"));
	assert_non_null(strstr(diff.ptr, "--- a/dir/x.yaml\n"
					 "+++ b/dir/x.yaml\n"
					 "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"));
	assert_int_equal(strlen(diff.ptr), diff.len);
	assert_str(compare(&a, GM_STR("a\n"), GM_STR("a\n")), "");
	diff = compare(&a, GM_STR("a\n"), GM_STR_NONE);
	assert_non_null(strstr(diff.ptr, "+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"));
	diff = compare(&a, GM_STR_NONE, GM_STR("a"));
	assert_non_null(strstr(diff.ptr, "+a\n\\ No newline"));
}

GM_UNIT_MAIN(cmocka_unit_test(test_patch))
