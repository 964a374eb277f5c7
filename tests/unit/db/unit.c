#include "db/unit.h"

#include "fixture.h"

static struct fixture f;

static void test_checkpoints(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE a (b int);"),
		unit_of("2_b", GM_PHASE_EXPAND, "ALTER TABLE a ADD c int;"),
		unit_of("3_c", GM_PHASE_CONTRACT, "ALTER TABLE a DROP b;"),
		unit_of("4_d", GM_PHASE_NONE, "COMMENT ON TABLE a IS 'x';"),
	};

	(void)state;
	fixture_open(&f, "checking");
	assert_applied(&f, units);
	assert_value(&f,
		     "SELECT string_agg(migration || (archived_at IS NOT"
		     " NULL), ',' ORDER BY id) FROM git_migrate.checkpoint",
		     "1_atrue,2_bfalse,3_ctrue");
	assert_value(&f,
		     "SELECT count(*) FROM git_migrate.migration m JOIN"
		     " git_migrate.checkpoint k ON m.checkpoint = k.id AND"
		     " k.migration = m.id",
		     "3");
	fixture_close(&f);
}

static void test_needed(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_CONTRACT, "DROP TABLE IF EXISTS a;"),
	};

	(void)state;
	fixture_open(&f, "needing");
	assert_script(f.look, "DROP ROLE IF EXISTS owner_here; CREATE ROLE"
			      " owner_here LOGIN; ALTER DATABASE needing OWNER"
			      " TO owner_here; GRANT CREATE ON SCHEMA public TO"
			      " owner_here");
	f.o.uri = gm_server_uri(&arena, server, "owner_here", "needing");
	f.o.need_checkpoint = true;
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	assert_has(refusals(&f), "1_a: no restore point can be written: role"
				 " owner_here may not");
	f.o.need_checkpoint = false;
	assert_applied(&f, units);
	assert_has(f.news.ptr,
		   "no restore point can be written: role owner_here");
	fixture_close(&f);
}

static void test_preflight(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "ALTER TABLE a ADD c int;"),
	};
	struct gm_conn *c;

	(void)state;
	fixture_open(&f, "flying");
	assert_script(f.look, "CREATE TABLE a (b int)");
	c = place_connect("flying");
	assert_script(c, "BEGIN; INSERT INTO a VALUES (1); PREPARE TRANSACTION"
			 " 'flying'");
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	assert_has(refusals(&f), "1_a: a prepared transaction, 'flying'");
	f.o.dry_run = true;
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	f.o.dry_run = false;
	assert_script(c, "COMMIT PREPARED 'flying'");
	assert_applied(&f, units);
	gm_conn_close(&c);
	fixture_close(&f);
}

static const char *const kinds[] = { "CREATE TABLE x (b int);",
				     "CREATE INDEX CONCURRENTLY i ON a (b);" };
static void (*inner)(void *, const struct gm_news *);
static int64_t at;

/* Ends the worker's session when the server has seen `at` more statements. */
static void kill_at(void *ctx, const struct gm_news *news)
{
	struct fixture *x = ctx;

	if (at-- == 0)
		assert_script(x->look,
			      "SELECT pg_terminate_backend(pid) FROM"
			      " pg_stat_activity WHERE application_name LIKE"
			      " 'git-migrate:%'");
	inner(ctx, news);
}

static void test_lost(void **state)
{
	(void)state;
	for (size_t k = 0; k < GM_COUNT(kinds); k++)
		for (int64_t n = 0; n < 3; n++) {
			struct gm_apply_unit units[] = {
				unit_of("1_a", GM_PHASE_EXPAND, kinds[k]),
			};

			fixture_open(&f, "losses");
			assert_script(f.look, "CREATE TABLE a (b int)");
			inner = f.o.news;
			f.o.news = kill_at;
			at = n;
			assert_applied(&f, units);
			assert_value(&f,
				     "SELECT count(*) FROM"
				     " git_migrate.event WHERE kind ="
				     " 'applied'",
				     "1");
			fixture_close(&f);
		}
}

/* It would end its session each time. */
static void test_suicide(void **state)
{
	static const char up[] = "SELECT 1;\nSELECT pg_terminate_backend("
				 "pg_backend_pid());";
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, up),
		unit_of("1_a", GM_PHASE_EXPAND,
			gm_printf(&arena, "-- migrate: steps x\n%s", up)),
		unit_of("1_a", GM_PHASE_BACKFILL,
			"-- 1\n-- 2\n-- 3\nUPDATE a SET b = 2 WHERE"
			" pg_terminate_backend(pg_backend_pid());"),
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(units); i++) {
		fixture_open(&f, "suicide");
		assert_script(f.look,
			      "CREATE TABLE a (k int PRIMARY KEY, b int);"
			      "INSERT INTO a VALUES (1)");
		assert_int_equal(fixture_apply(&f, &units[i], 1), -1);
		assert_has(err.msg, "the connection was lost 2 times while this"
				    " ran");
		assert_has(err.hint, "It may end its own session");
		assert_int_equal(err.line, 2 + i);
		assert_value(&f,
			     "SELECT count(*) FROM git_migrate.event WHERE kind"
			     " = 'failed'",
			     "1");
		fixture_close(&f);
	}
}

/* It has to come before any query. */
static void test_isolation(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE a (b text);"),
		unit_of("2_b", GM_PHASE_EXPAND,
			"set transaction isolation level serializable;\n"
			"INSERT INTO a SELECT"
			" current_setting('transaction_isolation');"),
	};

	(void)state;
	fixture_open(&f, "isolated");
	assert_applied(&f, units);
	assert_value(&f, "SELECT b FROM a", "serializable");
	assert_value(&f, "SELECT count(*) FROM git_migrate.checkpoint", "2");
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_checkpoints), cmocka_unit_test(test_needed),
	   cmocka_unit_test(test_preflight), cmocka_unit_test(test_lost),
	   cmocka_unit_test(test_suicide), cmocka_unit_test(test_isolation))
