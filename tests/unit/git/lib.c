#include "git/lib.h"

#include <sys/resource.h>

#include "unit.h"

static struct gm_err err;

static void test_cap(void **state)
{
	git_oid id;
	git_odb *odb;

	(void)state;
	assert_ok(gm_lib_start(GM_REPO_DISCOVER, &err));
	assert_false(gm_lib_capped());
	assert_true(gm_lib_cap(0) == GM_LIB_NO_CAP);
	assert_true(git_odb_new(&odb) < 0);
	assert_true(gm_lib_capped());
	assert_false(gm_lib_capped());
	assert_int_equal(gm_lib_cap(GM_LIB_NO_CAP), 0);
	assert_int_equal(git_odb_new(&odb), 0);
	git_odb_free(odb);
	assert_int_equal(git_odb_hash(&id, "", 0, GIT_OBJECT_BLOB), 0);
	git_libgit2_shutdown();
}

/* Starting takes the right to open files away only for a moment. */
static void test_limit(void **state)
{
	struct rlimit before, after;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	assert_ok(gm_lib_start(GM_REPO_DISCOVER, &err));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &after), 0);
	assert_true(before.rlim_cur > 0);
	assert_true(before.rlim_cur == after.rlim_cur);
	assert_true(before.rlim_max == after.rlim_max);
	git_libgit2_shutdown();
}

static void test_fail(void **state)
{
	(void)state;
	assert_ok(gm_lib_start(GM_REPO_HOOK, &err));
	git_error_clear();
	assert_int_equal(gm_lib_fail(&err, GM_EGIT, "cannot %s", "do it"), -1);
	assert_string_equal(err.msg, "cannot do it");
	git_error_set_str(GIT_ERROR_ODB, "the reason");
	assert_int_equal(gm_lib_fail(&err, GM_EIO, "cannot"), -1);
	assert_string_equal(err.msg, "cannot: the reason");
	assert_int_equal(err.code, GM_EIO);
	git_libgit2_shutdown();
}

static void test_names(void **state)
{
	struct gm_oid oid = { { 1, 2, 3 } }, back;
	git_oid id = gm_lib_oid(&oid);

	(void)state;
	back = gm_oid_of(&id);
	assert_true(gm_oid_eq(&oid, &back));
	assert_int_equal(id.id[1], 2);
}

GM_UNIT_MAIN(cmocka_unit_test(test_cap), cmocka_unit_test(test_limit),
	     cmocka_unit_test(test_fail), cmocka_unit_test(test_names))
