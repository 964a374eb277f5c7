#include "db/lock.h"

#include "place.h"

static unsigned told;
static const char *told_holder;

static void waiting(void *ctx, const char *holder)
{
	(void)ctx;
	told++;
	told_holder = gm_strdup(&arena, holder);
}

static void test_one_at_a_time(void **state)
{
	struct gm_conn *one = place_connect("postgres");
	struct gm_conn *two = place_connect("postgres");
	struct gm_conn *other = place_connect("template1");
	struct gm_wait wait = { .limit_ms = 200, .waiting = waiting };
	const char *holder = NULL;

	(void)state;
	assert_int_equal(gm_lock_check(one, &err), -1);
	assert_int_equal(err.code, GM_ERACE);
	assert_int_equal(gm_lock_take(&holder, &arena, one, &wait, &err), 1);
	assert_ok(gm_lock_check(one, &err));
	assert_int_equal(told, 0);
	assert_int_equal(gm_lock_take(&holder, &arena, two, &wait, &err), 0);
	assert_int_equal(told, 1);
	assert_non_null(strstr(holder, "of postgres, git-migrate from a local"
				       " socket"));
	assert_string_equal(told_holder, holder);
	assert_int_equal(gm_lock_take(&holder, &arena, other, &wait, &err), 1);
	gm_lock_drop(one);
	assert_int_equal(gm_lock_check(one, &err), -1);
	assert_int_equal(gm_lock_take(&holder, &arena, two, &wait, &err), 1);
	gm_conn_close(&two);
	wait.limit_ms = 60000;
	assert_int_equal(gm_lock_take(&holder, &arena, one, &wait, &err), 1);
	gm_lock_drop(NULL);
	gm_conn_close(&one);
	gm_conn_close(&other);
}

static int stop(void *ctx, struct gm_err *e)
{
	(void)ctx;
	return told ? gm_fail(e, GM_EDB, "interrupted") : 0;
}

static void test_interrupted(void **state)
{
	struct gm_conn *one = place_connect("postgres");
	struct gm_conn *two = place_connect("postgres");
	struct gm_wait wait = { .limit_ms = 600000, .waiting = waiting };
	const char *holder = NULL;

	(void)state;
	assert_int_equal(gm_lock_take(&holder, &arena, one, &wait, &err), 1);
	told = 0;
	wait.go_on = stop;
	assert_int_equal(gm_lock_take(&holder, &arena, two, &wait, &err), -1);
	assert_string_equal(err.msg, "interrupted");
	gm_conn_close(&one);
	gm_conn_close(&two);
}

static void test_no_pooler(void **state)
{
	struct gm_conn *one = place_connect("postgres");
	struct gm_conn *two = place_connect("postgres");

	(void)state;
	assert_ok(gm_lock_no_pooler(one, two, &err));
	/* Two clients on one session are what a pooler makes of them. */
	assert_int_equal(gm_lock_no_pooler(one, one, &err), -1);
	assert_int_equal(err.code, GM_EUNSUPPORTED);
	assert_non_null(strstr(err.hint, "PgBouncer"));
	gm_conn_close(&one);
	gm_conn_close(&two);
}

static void test_lost(void **state)
{
	struct gm_conn *one = place_connect("postgres");
	struct gm_conn *two = place_connect("postgres");
	struct gm_wait wait = { .limit_ms = 0 };
	const char *holder;

	(void)state;
	assert_script(two, gm_printf(&arena, "SELECT pg_terminate_backend(%d)",
				     gm_conn_pid(one)));
	assert_int_equal(gm_lock_take(&holder, &arena, one, &wait, &err), -1);
	assert_int_equal(gm_lock_check(one, &err), -1);
	assert_int_equal(gm_lock_no_pooler(one, two, &err), -1);
	gm_lock_drop(one);
	gm_conn_close(&one);
	gm_conn_close(&two);
}

GM_DB_MAIN(cmocka_unit_test(test_one_at_a_time),
	   cmocka_unit_test(test_interrupted), cmocka_unit_test(test_no_pooler),
	   cmocka_unit_test(test_lost))
