#include "db/drift.h"

#include "fixture.h"

static void test_drift(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"CREATE TABLE a (b int, c int); CREATE TABLE d (e"
			" int);"),
		unit_of("2_b", GM_PHASE_EXPAND, "CREATE TABLE f ();"),
	};
	struct gm_changes changes = { 0 };
	struct fixture f;

	(void)state;
	fixture_open(&f, "drifting");
	assert_int_equal(fixture_apply(&f, units, 1), 0);
	assert_int_equal(gm_drift_read(&changes, &arena, f.look, &err), 1);
	assert_int_equal(changes.n, 0);
	assert_script(f.look, "ALTER TABLE a ALTER b TYPE bigint; DROP TABLE d;"
			      "CREATE TABLE g (h int)");
	assert_int_equal(gm_drift_read(&changes, &arena, f.look, &err), 1);
	assert_int_equal(changes.n, 3);
	assert_string_equal(gm_change_name(&arena, &changes.items[0]),
			    "column public.a.b");
	assert_string_equal(gm_change_word(&changes.items[0]), "changed");
	assert_string_equal(gm_change_word(&changes.items[1]), "removed");
	assert_string_equal(gm_change_word(&changes.items[2]), "added");
	/* The next apply says so, and takes what is there for what is so. */
	assert_applied(&f, units);
	assert_has(f.news.ptr, "column public.a.b was changed since the last");
	changes = (struct gm_changes){ 0 };
	assert_int_equal(gm_drift_read(&changes, &arena, f.look, &err), 1);
	assert_int_equal(changes.n, 0);
	/* Cut off before it was written down: nothing is known. */
	assert_script(f.look, "INSERT INTO git_migrate.event (kind, tool)"
			      " VALUES ('applied', 'x')");
	assert_int_equal(gm_drift_read(&changes, &arena, f.look, &err), 0);
	assert_script(f.look, "DROP TABLE git_migrate.object");
	assert_int_equal(gm_drift_store(f.look, &err), -1);
	fixture_close(&f);
}

/* The settings of who looks are no drift. */
static void test_settings(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"CREATE TABLE \"B\" (t timestamptz DEFAULT '2020-01-01"
			" 00:00:00+00', d date DEFAULT '2020-02-01', i interval"
			" DEFAULT '1 day 2 hours', f float8 DEFAULT 0.1, y"
			" bytea DEFAULT 'x', s text DEFAULT '\\');"),
	};
	struct gm_changes changes = { 0 };
	struct fixture f;

	(void)state;
	fixture_open(&f, "settings");
	assert_applied(&f, units);
	assert_script(f.look, "SET TimeZone = 'Asia/Tokyo'; SET DateStyle ="
			      " German; SET IntervalStyle = iso_8601; SET"
			      " extra_float_digits = -10; SET bytea_output ="
			      " escape; SET quote_all_identifiers = on; SET"
			      " standard_conforming_strings = off");
	assert_int_equal(gm_drift_read(&changes, &arena, f.look, &err), 1);
	assert_int_equal(changes.n, 0);
	assert_value(&f, "SHOW TimeZone", "Asia/Tokyo");
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_drift), cmocka_unit_test(test_settings))
