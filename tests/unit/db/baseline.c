#include "db/baseline.h"

#include "db/lock.h"
#include "fixture.h"

static struct fixture f;
static struct gm_baseline_result result;

static int take(struct gm_baseline_options *o)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE a ();"),
		unit_of("2_b", GM_PHASE_NONE, "DROP TABLE a;"),
		unit_of("3_c", GM_PHASE_EXPAND, "CREATE TABLE c ();"),
	};

	memset(&err, 0, sizeof(err));
	for (size_t i = 0; i < 3; i++)
		units[i].version = gm_str_sub(gm_str(units[i].id), 0, 1);
	o->uri = f.o.uri;
	return gm_baseline(&result, &arena, units, 3, o, &err);
}

static void test_to(void **state)
{
	struct gm_baseline_options o = { .to = "2_b", .why = "by hand" };

	(void)state;
	fixture_open(&f, "taking");
	o.dry_run = true;
	assert_int_equal(take(&o), 0);
	assert_int_equal(result.taken.n, 2);
	assert_value(&f, "SELECT to_regnamespace('git_migrate') IS NULL", "t");
	o.dry_run = false;
	assert_int_equal(take(&o), 0);
	assert_value(&f,
		     "SELECT string_agg(id || state || class || note, ','"
		     " ORDER BY id) FROM git_migrate.migration",
		     "1_abaselineexpandby hand,2_bbaselinecontractby hand");
	assert_int_equal(take(&o), 0);
	assert_int_equal(result.taken.n, 0);
	assert_int_equal(result.before.n, 2);
	o.to = "4_d";
	assert_int_equal(take(&o), -1);
	assert_script(f.look, "UPDATE git_migrate.migration SET state ="
			      " 'running'");
	o.to = "1_a";
	assert_int_equal(take(&o), 1);
	assert_has(result.refused, "'1_a' is running here");
	fixture_close(&f);
}

static void test_foreign(void **state)
{
	struct gm_baseline_options o = { .wait_ms = 100 };
	struct gm_wait wait = { 0 };
	const char *holder;

	(void)state;
	fixture_open(&f, "takingfrom");
	assert_int_equal(take(&o), 1);
	assert_has(result.refused, "no other tool");
	assert_script(f.look, "CREATE TABLE schema_migrations (version bigint,"
			      " dirty bool); INSERT INTO schema_migrations"
			      " VALUES (2, true)");
	assert_int_equal(take(&o), 1);
	assert_has(result.refused, "golang-migrate says that '2_b' failed");
	assert_script(f.look, "UPDATE schema_migrations SET dirty = false;"
			      "CREATE TABLE __diesel_schema_migrations (version"
			      " text, run_on timestamp)");
	assert_int_equal(take(&o), 1);
	assert_has(result.refused, "several tools: golang-migrate (public.");
	o.tool = "GOLANG-migrate";
	assert_int_equal(gm_lock_take(&holder, &arena, f.look, &wait, &err), 1);
	assert_int_equal(take(&o), 1);
	assert_has(result.refused, "an apply runs here");
	gm_lock_drop(f.look);
	assert_int_equal(take(&o), 0);
	assert_int_equal(result.taken.n, 2);
	assert_value(&f, "SELECT DISTINCT note FROM git_migrate.migration",
		     "applied by golang-migrate");
	o.uri = "";
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_to), cmocka_unit_test(test_foreign))
