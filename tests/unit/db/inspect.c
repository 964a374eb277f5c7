#include "db/inspect.h"

#include "fixture.h"

static struct fixture f;

static struct gm_apply_unit units[4];

static struct gm_inspect look(size_t n)
{
	struct gm_inspect out = { 0 };

	assert_ok(gm_inspect(&out, &arena, f.o.uri, units, n, &err));
	return out;
}

static void test_states(void **state)
{
	struct gm_inspect i;

	(void)state;
	fixture_open(&f, "inspect");
	units[0] = unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE a (b int);");
	units[1] = unit_of("2_b", GM_PHASE_EXPAND, "CREATE TABLE b ();");
	units[2] = unit_of("3_c", GM_PHASE_EXPAND,
			   "CREATE UNIQUE INDEX CONCURRENTLY i ON a (b);");
	units[3] = unit_of("4_d", GM_PHASE_EXPAND, "CREATE TABLE d ();");
	for (size_t k = 0; k < 4; k++)
		units[k].version = gm_str_sub(gm_str(units[k].id), 0, 1);
	i = look(4);
	assert_false(i.present);
	assert_int_equal(i.count[GM_INSPECT_PENDING], 4);
	assert_false(i.drift_known);
	assert_int_equal(fixture_apply(&f, units, 2), 0);
	assert_script(f.look, "INSERT INTO a VALUES (1), (1)");
	assert_int_equal(fixture_apply(&f, units, 3), -1);
	units[1].up = GM_STR("CREATE TABLE other ();");
	units[1].digest = "sha256:other";
	assert_script(f.look, "UPDATE git_migrate.migration SET id = '0_z'"
			      " WHERE false;"
			      "CREATE TABLE schema_migrations (version bigint,"
			      " dirty bool); INSERT INTO schema_migrations"
			      " VALUES (4, false)");
	i = look(4);
	assert_true(i.present);
	assert_int_equal(i.items[0].state, GM_INSPECT_APPLIED);
	assert_int_equal(i.items[1].state, GM_INSPECT_CHANGED);
	assert_int_equal(i.items[2].state, GM_INSPECT_HALF);
	assert_int_equal(i.items[2].steps.n, 1);
	assert_string_equal(i.items[2].found.items[0], "index i is not there");
	assert_int_equal(i.items[3].state, GM_INSPECT_PENDING);
	assert_int_equal(i.items[3].theirs, GM_FOREIGN_APPLIED);
	assert_int_equal(i.foreign.n, 1);
	assert_string_equal(gm_inspect_state_name(i.items[2].state),
			    "half-done");
	i = look(1);
	assert_int_equal(i.count[GM_INSPECT_STRANGER], 2);
	fixture_close(&f);
}

static void test_wrong(void **state)
{
	struct gm_inspect i;

	(void)state;
	assert_int_equal(gm_inspect(&i, &arena, "host=/nowhere", NULL, 0, &err),
			 -1);
}

GM_DB_MAIN(cmocka_unit_test(test_states), cmocka_unit_test(test_wrong))
