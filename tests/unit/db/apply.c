#include "db/apply.h"

#include "fixture.h"

static void test_some(void **state)
{
	struct fixture f;
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"CREATE TABLE a (id int PRIMARY"
			" KEY, b text);"),
		unit_of("2_b", GM_PHASE_EXPAND, "ALTER TABLE a ADD c int;"),
		unit_of("3_c", GM_PHASE_EXPAND,
			"CREATE INDEX CONCURRENTLY a_b ON a (b);"),
	};

	(void)state;
	fixture_open(&f, "several");
	assert_applied(&f, units);
	assert_int_equal(f.result.applied, 3);
	assert_value(&f,
		     "SELECT string_agg(id || state, ',' ORDER BY id) FROM"
		     " git_migrate.migration",
		     "1_aapplied,2_bapplied,3_capplied");
	assert_value(&f, "SELECT count(*) FROM git_migrate.checkpoint", "3");
	assert_value(&f,
		     "SELECT string_agg(kind || state, ',' ORDER BY"
		     " migration) FROM git_migrate.step",
		     "transactiondone,transactiondone,alonedone");
	assert_applied(&f, units);
	assert_int_equal(f.result.applied, 0);
	fixture_close(&f);
}

static void test_dry_run(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE a (id int);"),
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, "dry");
	f.o.dry_run = true;
	assert_applied(&f, units);
	assert_value(&f, "SELECT to_regnamespace('git_migrate') IS NULL", "t");
	fixture_close(&f);
}

static void test_changed(void **state)
{
	struct gm_apply_unit one[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE a (id int);"),
	};
	struct gm_apply_unit other[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE b (id int);"),
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, "changed");
	assert_applied(&f, one);
	assert_int_equal(fixture_apply(&f, other, 1), 1);
	assert_has(refusals(&f), "its SQL changed after it was applied");
	other[0].repeatable = true;
	assert_applied(&f, other);
	assert_value(&f, "SELECT to_regclass('b') IS NOT NULL", "t");
	assert_value(&f, "SELECT count(*) FROM git_migrate.step", "2");
	other[0].up = one[0].up;
	other[0].digest = "sha256:metadata";
	assert_int_equal(fixture_apply(&f, other, 1), -1);
	fixture_close(&f);
}

static void test_renamed(void **state)
{
	const char *sql = "CREATE TABLE IF NOT EXISTS a (id int);"
			  "INSERT INTO a VALUES (1);";
	struct gm_apply_unit old[] = { unit_of("1_a", GM_PHASE_NONE, sql) };
	struct gm_apply_unit renamed[] = { unit_of("2_a", GM_PHASE_NONE, sql) };
	struct gm_apply_unit both[] = { old[0], renamed[0] };
	struct fixture f;

	(void)state;
	fixture_open(&f, "renamed");
	assert_applied(&f, old);
	assert_int_equal(fixture_apply(&f, renamed, 1), 1);
	assert_has(refusals(&f), "it has the SQL of '1_a', which is applied");
	assert_value(&f, "SELECT count(*) FROM a", "1");
	/* Where the first is still there, somebody wants it twice. */
	assert_applied(&f, both);
	assert_value(&f, "SELECT count(*) FROM a", "2");
	fixture_close(&f);
}

static void test_order(void **state)
{
	struct gm_apply_unit first[] = {
		unit_of("2_b", GM_PHASE_EXPAND, "CREATE TABLE b (id int);"),
	};
	struct gm_apply_unit both[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE a (id int);"),
		first[0],
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, "ordering");
	assert_applied(&f, first);
	assert_int_equal(fixture_apply(&f, both, 2), 1);
	assert_has(refusals(&f), "'2_b', which comes later, is applied");
	f.o.out_of_order = true;
	assert_applied(&f, both);
	f.o.out_of_order = false;
	assert_applied(&f, first);
	assert_has(f.news.ptr, "'1_a' is applied in the database");
	f.o.to = "3_c";
	assert_int_equal(fixture_apply(&f, both, 2), -1);
	assert_int_equal(err.code, GM_ENOT_FOUND);
	fixture_close(&f);
}

static bool holds;

static int hold(void *ctx, struct gm_apply_unit *u, struct gm_err *e)
{
	(void)ctx;
	(void)e;
	if (holds && gm_class_destructive(u->class_))
		u->held = "nobody has approved it";
	return 0;
}

static int fail_hold(void *ctx, struct gm_apply_unit *u, struct gm_err *e)
{
	(void)ctx;
	(void)u;
	return gm_fail(e, GM_EINPUT, "cannot know");
}

static void test_to_and_held(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE a (id int);"),
		unit_of("2_b", GM_PHASE_CONTRACT, "DROP TABLE a;"),
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, "held");
	f.o.hold = fail_hold;
	assert_int_equal(fixture_apply(&f, units, 2), -1);
	assert_has(err.msg, "migration '1_a': cannot know");
	f.o.hold = hold;
	holds = true;
	f.o.dry_run = true;
	assert_int_equal(fixture_apply(&f, units, 2), 1);
	f.o.dry_run = false;
	assert_int_equal(fixture_apply(&f, units, 2), 1);
	assert_int_equal(f.result.applied, 1);
	assert_has(refusals(&f), "2_b: nobody has approved it");
	f.o.to = "1_a";
	assert_applied(&f, units);
	holds = false;
	f.o.to = NULL;
	assert_applied(&f, units);
	assert_value(&f, "SELECT to_regclass('a') IS NULL", "t");
	fixture_close(&f);
}

static void test_refused_first(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE a (id int);"),
		unit_of("2_b", GM_PHASE_EXPAND, "\\i x.sql\n"),
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, "refused");
	units[0].verify = GM_STR("COMMIT;");
	units[0].verify_path = "verify.sql";
	assert_int_equal(fixture_apply(&f, units, 2), 1);
	assert_int_equal(f.result.applied, 0);
	assert_int_equal(f.result.refused.n, 2);
	assert_value(&f, "SELECT to_regclass('a') IS NULL", "t");
	fixture_close(&f);
}

static void test_bundle(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("2_b", GM_PHASE_EXPAND, "CREATE TABLE b (id int);"),
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, "bundled");
	f.o.partial = true;
	f.o.after = "1_a";
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	assert_has(refusals(&f), "'1_a', which comes before it, is not");
	f.o.after = NULL;
	assert_applied(&f, units);
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_some), cmocka_unit_test(test_dry_run),
	   cmocka_unit_test(test_changed), cmocka_unit_test(test_renamed),
	   cmocka_unit_test(test_order), cmocka_unit_test(test_to_and_held),
	   cmocka_unit_test(test_refused_first), cmocka_unit_test(test_bundle))
