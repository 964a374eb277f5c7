/* A migration done step by step, through gm_apply. */
#include "db/engine.h"

#include <pthread.h>
#include <unistd.h>

#include "fixture.h"

static struct fixture f;

static void test_failed_step(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"-- migrate: steps a test\nCREATE TABLE b (c int);\n"
			"CREATE UNIQUE INDEX CONCURRENTLY i ON a (b);\n"),
	};
	struct gm_apply_unit changed[] = { units[0] };

	(void)state;
	fixture_open(&f, "failedstep");
	assert_script(f.look, "CREATE TABLE a (b int); INSERT INTO a VALUES"
			      " (1), (1)");
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "step 2 of 2 (CREATE INDEX)");
	assert_has(err.hint, "--resume");
	assert_int_equal(err.line, 3);
	assert_has(f.news.ptr, "dropped what was left of the build");
	assert_value(&f, "SELECT to_regclass('i') IS NULL", "t");
	assert_value(&f, "SELECT state FROM git_migrate.migration", "failed");
	assert_value(&f,
		     "SELECT string_agg(state, ',' ORDER BY ordinal) FROM"
		     " git_migrate.step",
		     "done,failed");
	/* It is not run again by itself. */
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	assert_has(refusals(&f), "it failed: could not create unique index");
	f.o.resume = true;
	changed[0].up = GM_STR("-- migrate: steps a test\nCREATE TABLE d (c"
			       " int);\nCREATE INDEX CONCURRENTLY i ON a (b);");
	changed[0].digest = "sha256:changed";
	assert_int_equal(fixture_apply(&f, changed, 1), 1);
	assert_has(refusals(&f), "step 1 (CREATE TABLE) was changed after");
	changed[0].up = GM_STR("CREATE INDEX CONCURRENTLY i ON a (b);");
	assert_int_equal(fixture_apply(&f, changed, 1), 1);
	changed[0].up = GM_STR("-- migrate: steps a test\n-- nothing");
	assert_int_equal(fixture_apply(&f, changed, 1), 1);
	assert_has(refusals(&f), "the file has only 0 steps now");
	/* The step that failed may be another one now. */
	changed[0].up = GM_STR("-- migrate: steps a test\nCREATE TABLE b (c"
			       " int);\nCREATE INDEX CONCURRENTLY i ON a (b);");
	assert_applied(&f, changed);
	assert_value(&f, "SELECT state FROM git_migrate.migration", "applied");
	fixture_close(&f);
}

static void test_settings(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"SET search_path = s;\nCREATE INDEX CONCURRENTLY i ON"
			" a (b);\nCREATE INDEX CONCURRENTLY j ON a (b);"),
	};

	(void)state;
	fixture_open(&f, "settings");
	assert_script(f.look, "CREATE SCHEMA s; CREATE TABLE s.a (b int)");
	assert_applied(&f, units);
	assert_value(&f,
		     "SELECT count(*) FROM pg_class WHERE relnamespace ="
		     " 's'::regnamespace AND relkind = 'i'",
		     "2");
	fixture_close(&f);
}

/* What the server does not know can be repaired. */
static void test_no_setting(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"-- migrate: steps x\nCREATE TABLE a (b int);\n"
			"SET lock_timeot = 1;\n"
			"CREATE INDEX CONCURRENTLY i ON a (b);"),
	};

	(void)state;
	fixture_open(&f, "nosetting");
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "step 2 of 2");
	assert_int_equal(err.line, 3);
	assert_value(&f, "SELECT state FROM git_migrate.migration", "failed");
	units[0].up = GM_STR("-- migrate: steps x\nCREATE TABLE a (b int);\n"
			     "CREATE INDEX CONCURRENTLY i ON a (b);");
	units[0].digest = "sha256:repaired";
	f.o.resume = true;
	assert_applied(&f, units);
	fixture_close(&f);
}

/* The ledger is ours, whoever the file has become. */
static void test_role(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_NONE,
			"-- migrate: steps x\nSET ROLE actor;\nCREATE TABLE a"
			" (b int PRIMARY KEY, c int);\nINSERT INTO a VALUES (1,"
			" 1);\nCREATE INDEX CONCURRENTLY i ON a (c);\n"),
		unit_of("2_b", GM_PHASE_BACKFILL,
			"SET SESSION AUTHORIZATION actor;\nUPDATE a SET c = "
			"2;"),
		unit_of("3_c", GM_PHASE_NONE,
			"-- migrate: steps x\nSET ROLE actor;\nINSERT INTO a"
			" VALUES (2);\nINSERT INTO a VALUES (2);"),
	};

	(void)state;
	fixture_open(&f, "acting");
	assert_script(f.look, "CREATE ROLE actor; GRANT CREATE ON SCHEMA public"
			      " TO actor");
	assert_int_equal(fixture_apply(&f, units, 2), 0);
	assert_value(&f,
		     "SELECT tableowner || c FROM pg_tables, a WHERE"
		     " tablename = 'a'",
		     "actor2");
	assert_value(&f,
		     "SELECT string_agg(DISTINCT actor, ',') FROM"
		     " git_migrate.event",
		     "postgres");
	assert_int_equal(fixture_apply(&f, units, 3), -1);
	assert_has(err.msg, "step 2 of 2");
	assert_value(&f,
		     "SELECT state FROM git_migrate.migration WHERE id ="
		     " '3_c'",
		     "failed");
	/* As one transaction, it would do the first step again. */
	units[2] = unit_of("3_c", GM_PHASE_NONE, "INSERT INTO a VALUES (3);");
	f.o.resume = true;
	assert_int_equal(fixture_apply(&f, units, 3), 1);
	assert_has(refusals(&f), "step 1 (INSERT) was changed after it was"
				 " done");
	fixture_close(&f);
}

static void test_bare_index(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b);"),
	};

	(void)state;
	fixture_open(&f, "bareindex");
	assert_script(f.look, "CREATE TABLE a (b int, c int); CREATE INDEX i ON"
			      " a (b)");
	assert_script(f.look, "UPDATE pg_index SET indisvalid = false WHERE"
			      " indexrelid = 'i'::regclass");
	assert_applied(&f, units);
	assert_has(f.news.ptr, "dropped the INVALID index");
	assert_value(&f,
		     "SELECT indisvalid FROM pg_index WHERE indexrelid ="
		     " 'i'::regclass",
		     "t");
	assert_script(f.look, "DROP TABLE git_migrate.migration CASCADE;"
			      "DROP SCHEMA git_migrate CASCADE;"
			      "DROP INDEX i; CREATE INDEX i ON a (c)");
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "with another definition");
	fixture_close(&f);
}

static void *end_it(void *arg)
{
	struct gm_err ignored = GM_ERR_INIT;

	usleep(1500000);
	return gm_conn_script(arg, "ROLLBACK", &ignored) < 0 ? arg : NULL;
}

/* A build waits for old snapshots, and nothing of ours is one. */
static void test_old_snapshot(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"CREATE INDEX CONCURRENTLY i ON a (b);"),
	};
	struct gm_conn *c;
	pthread_t thread;

	(void)state;
	fixture_open(&f, "snapshots");
	assert_script(f.look, "CREATE TABLE a (b int)");
	c = place_connect("snapshots");
	assert_script(c, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
	assert_int_equal(pthread_create(&thread, NULL, end_it, c), 0);
	assert_applied(&f, units);
	pthread_join(thread, NULL);
	assert_value(&f,
		     "SELECT indisvalid FROM pg_index WHERE indexrelid ="
		     " 'i'::regclass",
		     "t");
	assert_script(c, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
	f.o.timeout_ms = 500;
	units[0] = unit_of("2_b", GM_PHASE_EXPAND,
			   "CREATE INDEX CONCURRENTLY j ON a (b);");
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_value(&f, "SELECT to_regclass('j') IS NULL", "t");
	gm_conn_close(&c);
	fixture_close(&f);
}

static void test_enum(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"-- migrate: steps the value is used\n"
			"ALTER TYPE t ADD VALUE 'new';\n"
			"INSERT INTO a VALUES ('new');"),
	};

	(void)state;
	fixture_open(&f, "enums");
	assert_script(f.look, "CREATE TYPE t AS ENUM ('old'); CREATE TABLE a"
			      " (b t)");
	assert_applied(&f, units);
	assert_value(&f, "SELECT b FROM a", "new");
	fixture_close(&f);
}

/* What somebody else made is not taken for ours. */
static void test_there_already(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_NONE, "CREATE DATABASE theirs;"),
	};

	(void)state;
	fixture_open(&f, "ours");
	assert_script(f.look, "DROP DATABASE IF EXISTS theirs");
	assert_script(f.look, "CREATE DATABASE theirs");
	for (int i = 0; i < 2; i++) {
		f.o.resume = i;
		assert_int_equal(fixture_apply(&f, units, 1), -1);
		assert_has(err.msg, "'theirs' is there already");
		assert_value(&f, "SELECT state FROM git_migrate.migration",
			     "failed");
	}
	assert_script(f.look, "DROP DATABASE theirs");
	assert_applied(&f, units);
	/* One whose work was cut off goes on. */
	assert_script(f.look, "UPDATE git_migrate.migration SET state ="
			      " 'running'; UPDATE git_migrate.step SET state ="
			      " 'intended'");
	f.o.resume = false;
	assert_applied(&f, units);
	assert_value(&f, "SELECT outcome FROM git_migrate.step", "it is there");
	assert_script(f.look, "DROP DATABASE theirs");
	fixture_close(&f);
}

/* What the server itself wants outside of a transaction. */
static void test_outside(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_NONE,
			"-- migrate: steps a test\nREINDEX TABLE p;\n"
			"CALL twice();\nCALL once();\n"
			"DO $$BEGIN INSERT INTO n VALUES (4); COMMIT; END$$;"),
	};
	struct gm_apply_unit whole[] = {
		unit_of("2_b", GM_PHASE_NONE, "CALL twice();"),
	};

	(void)state;
	fixture_open(&f, "outside");
	assert_script(f.look,
		      "CREATE TABLE n (i int); CREATE TABLE p (i int PRIMARY"
		      " KEY) PARTITION BY LIST (i); CREATE TABLE q PARTITION OF"
		      " p DEFAULT; CREATE PROCEDURE once() LANGUAGE sql AS"
		      " 'INSERT INTO n VALUES (3)'; CREATE PROCEDURE twice()"
		      " LANGUAGE plpgsql AS 'BEGIN INSERT INTO n VALUES (1);"
		      " COMMIT; INSERT INTO n VALUES (2); END'");
	assert_applied(&f, units);
	assert_value(&f, "SELECT string_agg(i::text, ',' ORDER BY i) FROM n",
		     "1,2,3,4");
	assert_int_equal(fixture_apply(&f, whole, 1), -1);
	assert_has(err.hint, "'-- migrate: steps <reason>'");
	fixture_close(&f);
}

static void test_own_limit(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"-- migrate: steps a test\nSELECT pg_sleep(0.6);\n"
			"DO $$BEGIN PERFORM pg_sleep(0.6); COMMIT; END$$;"),
	};
	struct gm_apply_unit own[] = { units[0] };

	(void)state;
	fixture_open(&f, "ownlimit");
	f.o.timeout_ms = 300;
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "statement timeout");
	f.o.resume = true;
	own[0].up = gm_str(gm_printf(
		&arena, "SET Statement_Timeout = '20s';\n%s", units[0].up.ptr));
	assert_applied(&f, own);
	fixture_close(&f);
}

/* Half of it is done, and nobody can know which half. */
static void test_half(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_NONE,
			"DO $$BEGIN INSERT INTO n VALUES (1); COMMIT;\n"
			"IF NOT EXISTS (SELECT FROM calm) THEN\n"
			"PERFORM pg_terminate_backend(pg_backend_pid());\n"
			"END IF; END$$;"),
	};

	(void)state;
	fixture_open(&f, "half");
	assert_script(f.look, "CREATE TABLE n (i int); CREATE TABLE calm ()");
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "how much of it is done cannot be known");
	assert_value(&f, "SELECT count(*) FROM n", "1");
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	assert_script(f.look, "INSERT INTO calm DEFAULT VALUES");
	f.o.resume = true;
	assert_applied(&f, units);
	assert_value(&f, "SELECT count(*) FROM n", "2");
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_there_already), cmocka_unit_test(test_outside),
	   cmocka_unit_test(test_half), cmocka_unit_test(test_failed_step),
	   cmocka_unit_test(test_settings), cmocka_unit_test(test_no_setting),
	   cmocka_unit_test(test_role), cmocka_unit_test(test_bare_index),
	   cmocka_unit_test(test_old_snapshot), cmocka_unit_test(test_enum),
	   cmocka_unit_test(test_own_limit))
