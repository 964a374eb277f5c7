#include "db/health.h"

#include <unistd.h>

#include "fixture.h"

static void test_look(void **state)
{
	struct gm_health_limits limits = { .lag_s = 10, .transaction_s = 600 };
	struct gm_health h = { 0 };
	const char *why = NULL;
	struct fixture f;

	(void)state;
	fixture_open(&f, "health");
	assert_int_equal(
		gm_health_look(&h, &why, &arena, f.look, &limits, &err), 0);
	assert_true(h.at > 0);
	/* Within the same second it does not ask again. */
	limits.transaction_s = -1;
	assert_int_equal(
		gm_health_look(&h, &why, &arena, f.look, &limits, &err), 0);
	fixture_close(&f);
}

static void test_transaction(void **state)
{
	struct gm_health_limits limits = { .transaction_s = 1 };
	struct gm_health h = { 0 };
	const char *why = NULL;
	struct gm_conn *c;
	struct fixture f;

	(void)state;
	fixture_open(&f, "oldone");
	c = place_connect("oldone");
	assert_script(c, "SET application_name = 'psql'");
	assert_script(c, "BEGIN; SELECT 1");
	assert_script(f.look, "SELECT pg_sleep(2.1)");
	assert_int_equal(
		gm_health_look(&h, &why, &arena, f.look, &limits, &err), 1000);
	assert_has(why, "a transaction is open for");
	/* Not for ever. */
	h.at = 0;
	h.waited_ms = GM_HEALTH_WAIT_MS;
	assert_int_equal(
		gm_health_look(&h, &why, &arena, f.look, &limits, &err), 0);
	gm_conn_close(&c);
	fixture_close(&f);
}

static void test_wal(void **state)
{
	struct gm_health_limits limits = { .wal_bytes_s = 1000 };
	struct gm_health h = { 0 };
	const char *why = NULL;
	struct fixture f;

	(void)state;
	fixture_open(&f, "walking");
	assert_int_equal(
		gm_health_look(&h, &why, &arena, f.look, &limits, &err), 0);
	h.at -= 1000;
	assert_script(f.look, "CREATE TABLE a AS SELECT generate_series(1,"
			      " 20000) b");
	assert_true(gm_health_look(&h, &why, &arena, f.look, &limits, &err) >
		    1000);
	assert_has(why, "WAL");
	assert_int_equal(gm_conn_script(f.look,
					"SELECT pg_terminate_backend("
					"pg_backend_pid())",
					&err),
			 -1);
	h.at = 0;
	assert_int_equal(
		gm_health_look(&h, &why, &arena, f.look, &limits, &err), -1);
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_look), cmocka_unit_test(test_transaction),
	   cmocka_unit_test(test_wal))
