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

static void test_settings(void **state)
{
	struct gm_conn *c;

	(void)state;
	fixture_open(&f, "odd");
	assert_script(
		f.look,
		"ALTER DATABASE odd SET statement_timeout = '700ms';"
		"ALTER DATABASE odd SET search_path = nowhere;"
		"ALTER DATABASE odd SET lock_timeout = '1ms';"
		"ALTER DATABASE odd SET idle_in_transaction_session_timeout"
		" = '1ms'");
	c = place_connect("odd");
	assert_string_equal(of(c, "search_path"), "nowhere");
	assert_ok(gm_control_set(c, NULL, &err));
	assert_string_equal(of(c, "statement_timeout"), "30s");
	assert_string_equal(of(c, "lock_timeout"), "0");
	assert_string_equal(of(c, "idle_in_transaction_session_timeout"), "0");
	assert_string_equal(of(c, "row_security"), "off");
	assert_string_equal(of(c, "search_path"), "pg_catalog");
	assert_ok(gm_control_set(c, "public, \"o'\\\"", &err));
	assert_string_equal(of(c, "search_path"), "public, \"o'\\\"");
	gm_conn_close(&c);
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_settings))
