#include "unit.h"

#include "db/steps.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err = GM_ERR_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static struct gm_steps cut(const char *sql, enum gm_phase phase)
{
	struct gm_steps s;

	assert_ok(gm_steps_read(&s, &arena, gm_str(sql), phase, false, &err));
	return s;
}

static void test_transaction(void **state)
{
	struct gm_steps s = cut("BEGIN; CREATE TABLE a (b int);\nALTER TABLE c"
				" ADD d int; COMMIT;",
				GM_PHASE_EXPAND);
	char sha[GM_SHA256_HEX + 1];

	(void)state;
	assert_true(s.transactional);
	assert_int_equal(s.refused.n, 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.items[0].kind, GM_STEP_TRANSACTION);
	assert_int_equal(s.items[0].n, 4);
	gm_sha256_hex(sha, s.text);
	assert_string_equal(s.items[0].sha256, sha);
	assert_int_equal(gm_steps_lock(&s), GM_RUN_LOCK_ALL);
	assert_str(gm_steps_text(&s, &s.file.items[1]),
		   "CREATE TABLE a (b int)");
	assert_string_equal(gm_step_kind_name(s.items[0].kind), "transaction");
	assert_int_equal(cut("-- nothing", GM_PHASE_NONE).n, 0);
	assert_true(cut("-- nothing", GM_PHASE_NONE).transactional);
}

static void test_alone(void **state)
{
	struct gm_steps s = cut("SET work_mem = '1MB';"
				"CREATE INDEX CONCURRENTLY i ON a (b);"
				"CREATE INDEX CONCURRENTLY j ON a (c);",
				GM_PHASE_EXPAND);

	(void)state;
	assert_false(s.transactional);
	assert_int_equal(s.refused.n, 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.items[1].kind, GM_STEP_ALONE);
	assert_string_equal(s.items[1].tag, "CREATE INDEX");
}

static void test_mix(void **state)
{
	static const char sql[] = "CREATE INDEX CONCURRENTLY i ON a (b);\n"
				  "ALTER TABLE a ADD c int;";
	struct gm_steps s = cut(sql, GM_PHASE_EXPAND);

	(void)state;
	assert_int_equal(s.refused.n, 1);
	assert_int_equal(s.refused.items[0].line, 1);
	assert_non_null(strstr(s.refused.items[0].hint, "migrate: steps"));
	s = cut(gm_printf(&arena, "-- migrate: steps small\n%s", sql),
		GM_PHASE_EXPAND);
	assert_int_equal(s.refused.n, 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.items[1].kind, GM_STEP_PLAIN);
	assert_ok(gm_steps_read(&s, &arena, gm_str(sql), GM_PHASE_NONE, true,
				&err));
	assert_int_equal(s.refused.n, 0);
	s = cut(gm_printf(&arena, "-- no-transaction\n%s", sql), GM_PHASE_NONE);
	assert_int_equal(s.refused.n, 0);
	s = cut("-- no-transaction\nCREATE TABLE a ();", GM_PHASE_NONE);
	assert_true(s.transactional);
	s = cut("-- migrate: steps short locks\nALTER TABLE a ADD b int;"
		"SAVEPOINT x;",
		GM_PHASE_NONE);
	assert_false(s.transactional);
	assert_int_equal(s.refused.n, 1);
	s = cut("BEGIN; CREATE INDEX CONCURRENTLY i ON a (b); COMMIT;",
		GM_PHASE_NONE);
	assert_int_equal(s.refused.n, 1);
}

static void test_refused(void **state)
{
	struct gm_steps s =
		cut("SELECT 1;\nCOPY a FROM STDIN;\n1\n\\.\n", GM_PHASE_NONE);

	(void)state;
	assert_true(s.refused.n >= 1);
	assert_int_equal(s.refused.items[0].line, 2);
	assert_int_equal(cut("\\i x.sql\n", GM_PHASE_NONE).refused.n, 1);
	assert_int_equal(cut("SELECT 1; ROLLBACK;", GM_PHASE_NONE).refused.n,
			 1);
}

static void test_backfill(void **state)
{
	struct gm_steps s =
		cut("UPDATE a SET b = 1; ANALYZE a;", GM_PHASE_BACKFILL);

	(void)state;
	assert_int_equal(s.refused.n, 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.items[0].kind, GM_STEP_BATCHES);
	assert_string_equal(s.items[0].batch.table.name, "a");
	assert_int_equal(s.items[1].kind, GM_STEP_PLAIN);
	s = cut("UPDATE a SET b = 1 RETURNING b;", GM_PHASE_BACKFILL);
	assert_int_equal(s.refused.n, 1);
	s = cut("DO $$ BEGIN UPDATE a SET b = 1; END $$;", GM_PHASE_BACKFILL);
	assert_int_equal(s.refused.n, 1);
	s = cut("-- migrate: whole ten rows\nUPDATE a SET b = 1 RETURNING b;",
		GM_PHASE_BACKFILL);
	assert_int_equal(s.refused.n, 0);
	assert_true(s.transactional);
	assert_true(cut("UPDATE a SET b = 1", GM_PHASE_NONE).transactional);
}

static void test_verify(void **state)
{
	struct gm_steps s;

	(void)state;
	assert_ok(gm_steps_verify(&s, &arena, GM_STR("SELECT 1; SELECT 2"),
				  &err));
	assert_int_equal(s.refused.n, 0);
	assert_int_equal(s.file.n, 2);
	assert_ok(gm_steps_verify(&s, &arena, GM_STR("SELECT 1; COMMIT; "),
				  &err));
	assert_int_equal(s.refused.n, 1);
	assert_ok(gm_steps_verify(&s, &arena,
				  GM_STR("SAVEPOINT a; ROLLBACK TO a; VACUUM;"),
				  &err));
	assert_int_equal(s.refused.n, 3);
}

static void test_targets(void **state)
{
	struct gm_steps s = cut("UPDATE a SET b = 1; ALTER TABLE a ALTER b TYPE"
				" text; DROP TABLE s.c",
				GM_PHASE_NONE);
	struct gm_steps_targets t;

	(void)state;
	gm_steps_targets(&t, &arena, &s);
	assert_int_equal(t.n, 2);
	assert_string_equal(t.items[0].name.name, "a");
	assert_int_equal(t.items[0].lock, GM_RUN_LOCK_ALL);
	assert_true(t.items[0].space);
	assert_string_equal(t.items[1].name.schema, "s");
}

static void test_limits(void **state)
{
	size_t len = GM_SQL_MAX + 1;
	char *big = gm_alloc(&arena, len);
	struct gm_steps s;

	(void)state;
	memset(big, ' ', len);
	assert_int_equal(gm_steps_read(&s, &arena, (struct gm_str){ big, len },
				       GM_PHASE_NONE, false, &err),
			 -1);
	assert_int_equal(
		gm_steps_verify(&s, &arena, (struct gm_str){ big, len }, &err),
		-1);
}

GM_UNIT_MAIN(cmocka_unit_test(test_transaction), cmocka_unit_test(test_alone),
	     cmocka_unit_test(test_mix), cmocka_unit_test(test_refused),
	     cmocka_unit_test(test_backfill), cmocka_unit_test(test_verify),
	     cmocka_unit_test(test_targets),
	     cmocka_unit_test_teardown(test_limits, finish))
