/* Verify SQL, through gm_apply. */
#include "db/engine.h"

#include "fixture.h"

static struct fixture f;

static struct gm_apply_unit with(struct gm_apply_unit u, const char *verify)
{
	u.verify = gm_str(verify);
	u.verify_path = "migrations/1_a/verify.sql";
	return u;
}

static void test_inside(void **state)
{
	struct gm_apply_unit u = unit_of("1_a", GM_PHASE_EXPAND,
					 "CREATE TABLE a (b int);"
					 "SET search_path = pg_temp;");
	struct gm_apply_unit units[] = {
		with(u, "SELECT 1;\nSELECT 1 / count(*) FROM a;"),
	};

	(void)state;
	fixture_open(&f, "inside");
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	assert_has(refusals(&f), "1_a: verify failed: division by zero");
	assert_string_equal(f.result.refused.items[0].path,
			    units[0].verify_path);
	assert_int_equal(f.result.refused.items[0].line, 2);
	assert_value(&f, "SELECT to_regclass('a') IS NULL", "t");
	units[0] = with(u, "SELECT 1 / (count(*) + 1) FROM a;");
	assert_applied(&f, units);
	assert_value(&f, "SELECT state FROM git_migrate.migration", "applied");
	fixture_close(&f);
}

static void test_only_reads(void **state)
{
	static const char *const writes[] = {
		"INSERT INTO a VALUES (1);",
		"SET transaction_read_only = off; INSERT INTO a VALUES (1);",
		"SET TRANSACTION READ WRITE; INSERT INTO a VALUES (1);",
		"DO $$BEGIN INSERT INTO a VALUES (1); END$$;",
	};
	struct gm_apply_unit u =
		unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE a (b int);");

	(void)state;
	fixture_open(&f, "onlyreads");
	for (size_t i = 0; i < GM_COUNT(writes); i++) {
		struct gm_apply_unit units[] = { with(u, writes[i]) };

		assert_int_equal(fixture_apply(&f, units, 1), 1);
		assert_has(refusals(&f), "verify failed: ");
	}
	assert_value(&f, "SELECT to_regclass('a') IS NULL", "t");
	fixture_close(&f);
}

static void test_behind_steps(void **state)
{
	struct gm_apply_unit u = unit_of("1_a", GM_PHASE_EXPAND,
					 "CREATE INDEX CONCURRENTLY i ON a"
					 " (b);");
	struct gm_apply_unit units[] = { with(u, "SELECT 1 / count(*) FROM a;"
						 "DELETE FROM a;") };

	(void)state;
	fixture_open(&f, "behind");
	assert_script(f.look, "CREATE TABLE a (b int)");
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	assert_has(f.result.refused.items[0].hint, "Its steps stay");
	assert_value(&f, "SELECT state FROM git_migrate.migration",
		     "unverified");
	assert_script(f.look, "INSERT INTO a VALUES (1)");
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	assert_has(refusals(&f), "read-only transaction");
	units[0].verify = GM_STR("SET TRANSACTION READ WRITE; DELETE FROM a;");
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	assert_has(refusals(&f), "before any query");
	units[0].verify = GM_STR("ROLLBACK; DELETE FROM a;");
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	assert_value(&f, "SELECT count(*) FROM a", "1");
	units[0].verify = GM_STR("SELECT 1 / count(*) FROM a;");
	assert_applied(&f, units);
	assert_value(&f, "SELECT state FROM git_migrate.migration", "applied");
	assert_value(&f,
		     "SELECT count(*) FROM git_migrate.event WHERE kind ="
		     " 'step-done'",
		     "1");
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_inside), cmocka_unit_test(test_only_reads),
	   cmocka_unit_test(test_behind_steps))
