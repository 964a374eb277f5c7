#include "unit.h"

#include "sql/run.h"

#define N GM_RUN_LOCK_NONE
#define R GM_RUN_LOCK_ROWS
#define L GM_RUN_LOCK_LONG
#define W GM_RUN_LOCK_WRITES
#define A GM_RUN_LOCK_ALL

static const struct {
	const char *sql;
	enum gm_run_lock lock;
	enum gm_run_mode mode;
	const char *target; /* the first, or NULL */
} cases[] = {
	{ "SELECT 1", N, GM_RUN_INSIDE, NULL },
	{ "garbage here", A, GM_RUN_INSIDE, NULL },
	{ "SET work_mem = '1MB'", N, GM_RUN_SESSION, NULL },
	{ "SET LOCAL work_mem = '1MB'", N, GM_RUN_INSIDE, NULL },
	{ "CREATE TABLE a (b int)", N, GM_RUN_INSIDE, NULL },
	{ "CREATE TABLE a (b int REFERENCES s.c)", W, GM_RUN_INSIDE, "c" },
	{ "CREATE TABLE a (b int, FOREIGN KEY (b) REFERENCES c)", W,
	  GM_RUN_INSIDE, "c" },
	{ "CREATE TABLE a PARTITION OF b DEFAULT", A, GM_RUN_INSIDE, "b" },
	{ "CREATE TABLE a () INHERITS (b)", L, GM_RUN_INSIDE, "b" },
	{ "CREATE TABLE a AS SELECT 1", N, GM_RUN_INSIDE, NULL },
	{ "ALTER TABLE a ADD b int", A, GM_RUN_INSIDE, "a" },
	{ "ALTER TABLE a ADD b int REFERENCES c", A, GM_RUN_INSIDE, "a" },
	{ "ALTER TABLE a VALIDATE CONSTRAINT c", L, GM_RUN_INSIDE, "a" },
	{ "ALTER TABLE a SET (fillfactor = 70)", L, GM_RUN_INSIDE, "a" },
	{ "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c NOT VALID", W,
	  GM_RUN_INSIDE, "a" },
	{ "ALTER TABLE a ADD CHECK (b > 0)", A, GM_RUN_INSIDE, "a" },
	{ "ALTER TABLE a DISABLE TRIGGER t", W, GM_RUN_INSIDE, "a" },
	{ "ALTER TABLE a ATTACH PARTITION b DEFAULT", A, GM_RUN_INSIDE, "a" },
	{ "ALTER TABLE a DETACH PARTITION b", A, GM_RUN_INSIDE, "a" },
	{ "ALTER TABLE a DETACH PARTITION b CONCURRENTLY", L, GM_RUN_ALONE,
	  "a" },
	{ "ALTER TABLE a DETACH PARTITION b FINALIZE", L, GM_RUN_INSIDE, "a" },
	{ "ALTER TABLE a RENAME TO b", A, GM_RUN_INSIDE, "a" },
	{ "ALTER TABLE a SET SCHEMA b", A, GM_RUN_INSIDE, "a" },
	{ "CREATE INDEX i ON a (b)", W, GM_RUN_INSIDE, "a" },
	{ "CREATE INDEX CONCURRENTLY i ON a (b)", L, GM_RUN_ALONE, "a" },
	{ "DROP INDEX i", A, GM_RUN_INSIDE, "i" },
	{ "DROP INDEX CONCURRENTLY s.i", L, GM_RUN_ALONE, "i" },
	{ "DROP TABLE a", A, GM_RUN_INSIDE, "a" },
	{ "DROP FUNCTION f()", N, GM_RUN_INSIDE, NULL },
	{ "DROP TYPE t", N, GM_RUN_INSIDE, NULL },
	{ "DROP TRIGGER t ON s.a", A, GM_RUN_INSIDE, "a" },
	{ "REINDEX TABLE a", A, GM_RUN_INSIDE, "a" },
	{ "REINDEX INDEX CONCURRENTLY i", L, GM_RUN_ALONE, "i" },
	{ "REINDEX (CONCURRENTLY false) INDEX i", A, GM_RUN_INSIDE, "i" },
	{ "REINDEX SCHEMA s", A, GM_RUN_ALONE, NULL },
	{ "VACUUM", L, GM_RUN_ALONE, NULL },
	{ "VACUUM FULL a", A, GM_RUN_ALONE, "a" },
	{ "ANALYZE a", L, GM_RUN_INSIDE, "a" },
	{ "CLUSTER a", A, GM_RUN_INSIDE, "a" },
	{ "CLUSTER", A, GM_RUN_ALONE, NULL },
	{ "ALTER DATABASE d SET TABLESPACE t", N, GM_RUN_ALONE, NULL },
	{ "ALTER DATABASE d CONNECTION LIMIT 3", N, GM_RUN_INSIDE, NULL },
	{ "ALTER SUBSCRIPTION s REFRESH PUBLICATION", N, GM_RUN_ALONE, NULL },
	{ "ALTER SUBSCRIPTION s ADD PUBLICATION p", N, GM_RUN_ALONE, NULL },
	{ "ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)", N,
	  GM_RUN_INSIDE, NULL },
	{ "ALTER SUBSCRIPTION s DROP PUBLICATION p WITH (refresh)", N,
	  GM_RUN_ALONE, NULL },
	{ "ALTER SUBSCRIPTION s DISABLE", N, GM_RUN_INSIDE, NULL },
	{ "DO 'BEGIN PERFORM 1; COMMIT; END'", N, GM_RUN_ALONE, NULL },
	{ "DO $$BEGIN IF a THEN /* x */ ROLLBACK; END IF; END$$", N,
	  GM_RUN_ALONE, NULL },
	{ "DO $$BEGIN <<l>> COMMIT; END$$ LANGUAGE plpgsql", N, GM_RUN_ALONE,
	  NULL },
	{ "DO $$BEGIN RAISE 'x; COMMIT'; PERFORM commit; END$$", N,
	  GM_RUN_INSIDE, NULL },
	{ "CALL p()", N, GM_RUN_INSIDE, NULL },
	{ "TRUNCATE a", A, GM_RUN_INSIDE, "a" },
	{ "LOCK a", A, GM_RUN_INSIDE, "a" },
	{ "INSERT INTO a VALUES (1)", R, GM_RUN_INSIDE, "a" },
	{ "UPDATE a SET b = 1", R, GM_RUN_INSIDE, "a" },
	{ "DELETE FROM a", R, GM_RUN_INSIDE, "a" },
	{ "MERGE INTO a USING b ON a.c = b.c WHEN MATCHED THEN DELETE", R,
	  GM_RUN_INSIDE, "a" },
	{ "CREATE TRIGGER t BEFORE INSERT ON a EXECUTE FUNCTION f()", W,
	  GM_RUN_INSIDE, "a" },
	{ "CREATE RULE r AS ON INSERT TO a DO NOTHING", A, GM_RUN_INSIDE, "a" },
	{ "CREATE POLICY p ON a", A, GM_RUN_INSIDE, "a" },
	{ "ALTER POLICY p ON a USING (true)", A, GM_RUN_INSIDE, "a" },
	{ "REFRESH MATERIALIZED VIEW a", A, GM_RUN_INSIDE, "a" },
	{ "REFRESH MATERIALIZED VIEW CONCURRENTLY s.a", L, GM_RUN_INSIDE, "a" },
	{ "CREATE OR REPLACE VIEW a AS SELECT 1", A, GM_RUN_INSIDE, "a" },
	{ "CREATE VIEW a AS SELECT 1", N, GM_RUN_INSIDE, NULL },
	{ "ALTER SYSTEM SET work_mem = '1MB'", N, GM_RUN_ALONE, NULL },
	{ "CREATE DATABASE d", N, GM_RUN_ALONE, NULL },
	{ "DROP DATABASE d", N, GM_RUN_ALONE, NULL },
	{ "CREATE TABLESPACE t LOCATION '/x'", N, GM_RUN_ALONE, NULL },
	{ "DROP TABLESPACE t", N, GM_RUN_ALONE, NULL },
	{ "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", N, GM_RUN_ALONE,
	  NULL },
	{ "DROP SUBSCRIPTION s", N, GM_RUN_ALONE, NULL },
	{ "COPY a FROM '/x'", R, GM_RUN_INSIDE, "a" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		struct gm_err err = GM_ERR_INIT;
		struct gm_run_file f;

		assert_ok(gm_run_read(&f, &a, gm_str(cases[i].sql), &err));
		assert_int_equal(f.n, 1);
		if (f.items[0].lock != cases[i].lock ||
		    f.items[0].mode != cases[i].mode)
			fail_msg("%s: lock %d, mode %d", cases[i].sql,
				 (int)f.items[0].lock, (int)f.items[0].mode);
		if (!cases[i].target != !f.items[0].targets.n)
			fail_msg("%s: %zu targets", cases[i].sql,
				 f.items[0].targets.n);
		if (cases[i].target)
			assert_string_equal(f.items[0].targets.items[0].name,
					    cases[i].target);
	}
}

static void test_own(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct gm_run_file f;

	(void)state;
	assert_ok(gm_run_read(&f, &a,
			      GM_STR("CREATE TABLE a (b int);"
				     "CREATE INDEX i ON a (b);"
				     "CREATE TABLE IF NOT EXISTS c (b int);"
				     "CREATE INDEX j ON c (b);"),
			      &err));
	assert_int_equal(f.items[1].lock, GM_RUN_LOCK_NONE);
	assert_false(f.items[1].space);
	assert_int_equal(f.items[3].lock, GM_RUN_LOCK_WRITES);
	assert_true(f.items[2].bare);
	assert_true(f.items[3].space);
}

static void test_probes(void **state)
{
	static const struct {
		const char *sql;
		enum gm_run_probe probe;
		const char *name;
	} probes[] = {
		{ "CREATE INDEX CONCURRENTLY i ON s.a (b)", GM_PROBE_INDEX,
		  "i" },
		{ "DROP INDEX CONCURRENTLY i", GM_PROBE_DROP_INDEX, "i" },
		{ "REINDEX TABLE CONCURRENTLY a", GM_PROBE_REINDEX, "a" },
		{ "ALTER TABLE a DETACH PARTITION b CONCURRENTLY",
		  GM_PROBE_DETACH, "b" },
		{ "VACUUM a", GM_PROBE_AGAIN, "" },
		{ "CREATE DATABASE d", GM_PROBE_NAME, "d" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(probes); i++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		struct gm_err err = GM_ERR_INIT;
		struct gm_run_file f;

		assert_ok(gm_run_read(&f, &a, gm_str(probes[i].sql), &err));
		assert_int_equal(f.items[0].probe, probes[i].probe);
		assert_string_equal(f.items[0].object.name, probes[i].name);
		assert_non_null(f.items[0].why);
	}
}

GM_UNIT_MAIN(cmocka_unit_test(test_cases), cmocka_unit_test(test_own),
	     cmocka_unit_test(test_probes))
