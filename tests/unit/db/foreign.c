#include "db/foreign.h"

#include "fixture.h"

static struct fixture f;

static const struct gm_foreign *find(const struct gm_foreigns *all,
				     const char *tool)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->items[i].tool, tool))
			return &all->items[i];
	fail_msg("no %s", tool);
	return NULL;
}

static enum gm_foreign_state says(const struct gm_foreign *x, const char *id,
				  const char *version)
{
	return gm_foreign_says(x, id, gm_str(version));
}

static void test_all(void **state)
{
	const struct gm_foreign *x;
	struct gm_foreigns all;

	(void)state;
	fixture_open(&f, "strangers");
	assert_ok(gm_foreign_read(&all, &arena, f.look, &err));
	assert_int_equal(all.n, 0);
	assert_script(
		f.look,
		"CREATE TABLE schema_migrations (version bigint, dirty bool);"
		"INSERT INTO schema_migrations VALUES (3, true);"
		"CREATE SCHEMA other; CREATE TABLE other.schema_migrations"
		" (version text);"
		"CREATE TABLE flyway_schema_history (installed_rank int,"
		" version text, type text, installed_on timestamp, success"
		" bool); INSERT INTO flyway_schema_history VALUES (1, '1',"
		" 'SQL', now(), true), (2, '1.2', 'SQL', now(), false),"
		" (3, NULL, 'SQL', now(), true);"
		"CREATE TABLE __diesel_schema_migrations (version text, run_on"
		" timestamp); INSERT INTO __diesel_schema_migrations VALUES"
		" ('20261121093000', now());"
		"CREATE TABLE goose_db_version (id serial, version_id bigint,"
		" is_applied bool, tstamp timestamp); INSERT INTO"
		" goose_db_version (version_id, is_applied) VALUES (0, true),"
		" (1, true), (2, true), (2, false);"
		"CREATE TABLE _sqlx_migrations (version bigint, success bool,"
		" installed_on timestamptz, execution_time bigint);"
		"INSERT INTO _sqlx_migrations VALUES (20261121093000, true,"
		" now(), 1);"
		"CREATE TABLE _prisma_migrations (migration_name text,"
		" started_at timestamptz, finished_at timestamptz,"
		" rolled_back_at timestamptz, applied_steps_count int);"
		"INSERT INTO _prisma_migrations VALUES ('1_a', now(), now(),"
		" NULL, 1), ('2_b', now(), NULL, NULL, 0), ('3_c', now(), NULL,"
		" now(), 0)");
	assert_ok(gm_foreign_read(&all, &arena, f.look, &err));
	assert_int_equal(all.n, 6);
	x = find(&all, "golang-migrate");
	assert_string_equal(x->table, "public.schema_migrations");
	assert_int_equal(says(x, "", "000002"), GM_FOREIGN_APPLIED);
	assert_int_equal(says(x, "", "000003"), GM_FOREIGN_FAILED);
	assert_int_equal(says(x, "", "000004"), GM_FOREIGN_NONE);
	assert_int_equal(says(x, "", ""), GM_FOREIGN_NONE);
	x = find(&all, "Flyway");
	assert_int_equal(says(x, "", "1"), GM_FOREIGN_APPLIED);
	assert_int_equal(says(x, "", "1_2"), GM_FOREIGN_FAILED);
	x = find(&all, "Diesel");
	assert_int_equal(says(x, "", "2026-11-21-093000"), GM_FOREIGN_APPLIED);
	x = find(&all, "goose");
	assert_int_equal(x->n, 2);
	assert_int_equal(says(x, "", "00001"), GM_FOREIGN_APPLIED);
	assert_int_equal(says(x, "", "00002"), GM_FOREIGN_REVERTED);
	x = find(&all, "sqlx");
	assert_int_equal(says(x, "", "20261121093000"), GM_FOREIGN_APPLIED);
	x = find(&all, "Prisma");
	assert_int_equal(says(x, "1_a", "1"), GM_FOREIGN_APPLIED);
	assert_int_equal(says(x, "2_b", "2"), GM_FOREIGN_FAILED);
	assert_int_equal(says(x, "3_c", "3"), GM_FOREIGN_REVERTED);
	assert_script(f.look, "DROP ROLE IF EXISTS blind; CREATE ROLE blind;"
			      "SET ROLE blind");
	assert_int_equal(gm_foreign_read(&all, &arena, f.look, &err), -1);
	assert_has(err.msg, "the ledger of golang-migrate");
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_all))
