#include "base/err.h"

#include <errno.h>

#include "unit.h"

static void fails_with_class_and_message(void **state)
{
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	assert_int_equal(err.code, GM_ENONE);
	assert_int_equal(gm_fail(&err, GM_EPOLICY, "bad '%s'", "key"), -1);
	assert_int_equal(err.code, GM_EPOLICY);
	assert_string_equal(err.msg, "bad 'key'");
	assert_string_equal(err.hint, "");
	assert_string_equal(err.path, "");
}

static void hint_and_place(void **state)
{
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	gm_fail(&err, GM_EINPUT, "bad");
	assert_int_equal(gm_hint(&err, "Use %d.", 3), -1);
	assert_int_equal(gm_fail_at(&err, "a/b", 4, 5), -1);
	assert_string_equal(err.hint, "Use 3.");
	assert_string_equal(err.path, "a/b");
	assert_int_equal(err.line, 4);
	assert_int_equal(err.column, 5);
	/* The next failure starts afresh. */
	gm_fail(&err, GM_EIO, "other");
	assert_string_equal(err.hint, "");
	assert_string_equal(err.path, "");
	assert_int_equal(err.line, 0);
	assert_int_equal(err.column, 0);
}

static void errno_values(void **state)
{
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	gm_hint(&err, "Old.");
	assert_int_equal(gm_fail_errno(&err, ENOENT, "cannot open '%s'", "f"),
			 -1);
	assert_int_equal(err.code, GM_EIO);
	assert_string_equal(err.msg,
			    "cannot open 'f': No such file or directory");
	assert_string_equal(err.hint, "");
}

static void context(void **state)
{
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	gm_fail(&err, GM_ELIMIT, "too large");
	gm_hint(&err, "Split it.");
	assert_int_equal(gm_fail_in(&err, "blob %d", 7), -1);
	assert_string_equal(err.msg, "blob 7: too large");
	assert_string_equal(err.hint, "Split it.");
	assert_int_equal(err.code, GM_ELIMIT);
}

static void long_texts_are_cut(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	char text[3000];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	gm_fail(&err, GM_EIO, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	gm_fail_in(&err, "%s", "context");
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_memory_equal(err.msg, "context: xxx", 12);
	gm_fail_in(&err, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	gm_fail_errno(&err, EIO, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	gm_hint(&err, "%s", text);
	assert_int_equal(strlen(err.hint), sizeof(err.hint) - 1);
	gm_fail_at(&err, text, 1, 1);
	assert_int_equal(strlen(err.path), sizeof(err.path) - 1);
}

static void exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(gm_err_status(GM_ENONE), 0);
	assert_int_equal(gm_err_status(GM_EUSAGE), 129);
	for (enum gm_errcode code = GM_EINPUT; code <= GM_ERACE; code++)
		assert_int_equal(gm_err_status(code), 128);
	assert_int_equal(gm_err_status((enum gm_errcode)99), 128);
}

GM_UNIT_MAIN(cmocka_unit_test(fails_with_class_and_message),
	     cmocka_unit_test(hint_and_place), cmocka_unit_test(errno_values),
	     cmocka_unit_test(context), cmocka_unit_test(long_texts_are_cut),
	     cmocka_unit_test(exit_statuses))
