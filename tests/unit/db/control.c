#include "db/control.h"

#include "fixture.h"

static struct fixture f;

static const char *of(struct gm_conn *c, const char *setting)
{
	const char *params[] = { setting };
	struct gm_rows r;

	assert_ok(gm_conn_row(&r, &arena, c,
			      "SELECT pg_catalog.current_setting($1)", params,
			      1, &err));
	return gm_cell(&r, 0, 0);
}

static void test_session(void **state)
{
	struct gm_conn *c;

	(void)state;
	fixture_open(&f, "odd");
	assert_script(f.look,
		      "ALTER DATABASE odd SET statement_timeout = '1min';"
		      "ALTER DATABASE odd SET search_path = nowhere;"
		      "ALTER DATABASE odd SET lock_timeout = '1ms'");
	c = place_connect("odd");
	assert_string_equal(of(c, "search_path"), "nowhere");
	assert_ok(gm_control_set(c, &err));
	assert_string_equal(of(c, "statement_timeout"), "30s");
	assert_string_equal(of(c, "lock_timeout"), "0");
	assert_string_equal(of(c, "idle_in_transaction_session_timeout"), "0");
	assert_string_equal(of(c, "row_security"), "off");
	assert_string_equal(of(c, "search_path"), "pg_catalog");
	gm_conn_close(&c);
	fixture_close(&f);
}

static void test_transaction(void **state)
{
	static const char *const names[] = { "statement_timeout",
					     "lock_timeout", "search_path",
					     "row_security" };
	const char *before[GM_COUNT(names)];
	struct gm_conn *c;

	(void)state;
	fixture_open(&f, "odder");
	c = place_connect("odder");
	assert_script(c, "SET lock_timeout = '1ms'");
	for (size_t i = 0; i < GM_COUNT(names); i++)
		before[i] = of(c, names[i]);
	assert_ok(gm_control_begin(c, "public, \"o'\\\"", &err));
	assert_string_equal(of(c, "lock_timeout"), "10s");
	assert_string_equal(of(c, "row_security"), "off");
	assert_string_equal(of(c, "search_path"), "public, \"o'\\\"");
	assert_string_equal(of(c, "transaction_read_only"), "on");
	assert_script(c, "COMMIT");
	for (size_t i = 0; i < GM_COUNT(names); i++)
		assert_string_equal(of(c, names[i]), before[i]);
	gm_conn_close(&c);
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_session), cmocka_unit_test(test_transaction))
