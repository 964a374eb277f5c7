#include "db/rehearse.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static struct gm_stage stage;
static struct gm_act act;

static int open_stage(void **state)
{
	(void)state;
	if (gm_stage_open(&stage, &arena, NULL, 20000, &err) == 0)
		return 0;
	print_error("%s\n", err.msg);
	return -1;
}

static int close_stage(void **state)
{
	(void)state;
	gm_stage_close(&stage);
	gm_arena_done(&arena);
	return 0;
}

static void up(const char *sql, enum gm_phase phase, bool observe)
{
	struct gm_steps steps;
	struct gm_seen *seen = NULL;

	assert_ok(
		gm_steps_read(&steps, &arena, gm_str(sql), phase, false, &err));
	assert_int_equal(steps.refused.n, 0);
	if (observe)
		seen = gm_alloc_n(&arena, steps.file.n, sizeof(*seen));
	assert_ok(gm_rehearse_up(&act, &arena, seen, &stage, GM_STAGE_DB,
				 &steps, &err));
}

static void down(const char *sql)
{
	assert_ok(gm_rehearse_down(&act, &arena, &stage, GM_STAGE_DB,
				   gm_str(sql), &err));
}

static void verify(const char *sql)
{
	assert_ok(gm_rehearse_verify(&act, &arena, &stage, GM_STAGE_DB,
				     gm_str(sql), &err));
}

static void all_or_nothing(void **state)
{
	(void)state;
	up("BEGIN;\nCREATE TABLE a (x int);\nSELECT 1 / 0;\nCOMMIT;", 0, false);
	assert_true(act.failed);
	assert_false(act.partly);
	assert_int_equal(act.line, 3);
	up("CREATE TABLE a (x int);", 0, false);
	assert_false(act.failed);
	up("CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a DEFERRABLE INITIALLY"
	   " DEFERRED FOR EACH ROW EXECUTE FUNCTION nix();",
	   0, false);
	assert_true(act.failed);
	assert_non_null(strstr(act.why, "nix()"));
}

static void the_ledger_of_another_tool(void **state)
{
	(void)state;
	up("DELETE FROM public.__diesel_schema_migrations;", 0, false);
	assert_true(act.failed);
	assert_non_null(strstr(act.hint, "Diesel keeps its ledger in it"));
	up("DELETE FROM diesel;", 0, false);
	assert_true(act.failed);
	assert_string_equal(act.hint, "");
}

/* What is checked at the end only belongs to no statement. */
static void what_commit_says(void **state)
{
	(void)state;
	up("CREATE TABLE p (x int PRIMARY KEY); CREATE TABLE c (x int"
	   " REFERENCES p DEFERRABLE INITIALLY DEFERRED); INSERT INTO c"
	   " VALUES (1);",
	   0, true);
	assert_true(act.failed);
	assert_int_equal(act.line, 0);
	assert_non_null(strstr(act.why, "foreign key"));
}

static void one_by_one(void **state)
{
	(void)state;
	up("CREATE TABLE s (x int); INSERT INTO s VALUES (1), (1);", 0, false);
	up("-- migrate: steps because\nALTER TABLE s ADD y int;\n"
	   "CREATE UNIQUE INDEX CONCURRENTLY u ON s (x);",
	   0, true);
	assert_true(act.failed);
	assert_true(act.partly);
	assert_int_equal(act.line, 3);
	up("CREATE INDEX CONCURRENTLY v ON s (x);", 0, false);
	assert_false(act.failed);
	down("DROP INDEX CONCURRENTLY v;\nDROP INDEX CONCURRENTLY u;");
	assert_false(act.failed);
}

static void ranges(void **state)
{
	(void)state;
	up("CREATE TABLE r (id int PRIMARY KEY, b int);", 0, false);
	up("UPDATE r SET b = 1 WHERE id BETWEEN $1 AND $2;", GM_PHASE_BACKFILL,
	   false);
	assert_false(act.failed);
	up("INSERT INTO r SELECT i FROM generate_series(1, 9) i;", 0, false);
	up("UPDATE r SET b = 1 WHERE id BETWEEN $1 AND $2;", GM_PHASE_BACKFILL,
	   false);
	assert_false(act.failed);
	verify("SELECT 1 / (count(*) - 8) FROM r WHERE b = 1;"
	       "SELECT 1 / count(*) FROM r WHERE b = 1");
	assert_false(act.failed);
}

static void verify_only_reads(void **state)
{
	(void)state;
	verify("SELECT 1;\nCREATE TABLE never (a int);");
	assert_true(act.failed);
	assert_int_equal(act.line, 2);
	assert_non_null(strstr(act.why, "read-only"));
	verify("SELECT 1;\nCOMMIT;\nCREATE TABLE never (a int);");
	assert_true(act.failed);
	/* Even so nothing stays. */
	verify("SET TRANSACTION READ WRITE; CREATE TABLE never (a int);");
	verify("SELECT 1 FROM never");
	assert_true(act.failed);
}

static void down_as_it_is(void **state)
{
	(void)state;
	down("");
	assert_false(act.failed);
	down("\n\\! true\n");
	assert_true(act.failed);
	assert_int_equal(act.line, 2);
	down("SELECT 1;\nPREPARE TRANSACTION 'x';");
	assert_true(act.failed);
	down("COPY (SELECT 1) TO PROGRAM 'true';");
	assert_true(act.failed);
	assert_non_null(strstr(act.why, "must be"));
	down("CREATE ROLE other_role;");
	assert_non_null(strstr(act.hint, "no other rights"));
	down("DROP ROLE nix_role;");
	assert_true(act.failed);
	down("GRANT USAGE ON SCHEMA public TO nix_role;");
	assert_false(act.failed);
}

static void nobody_there(void **state)
{
	struct gm_steps steps;

	(void)state;
	assert_ok(gm_steps_read(&steps, &arena, GM_STR("SELECT 1"), 0, false,
				&err));
	assert_int_equal(gm_rehearse_up(&act, &arena, NULL, &stage, "nowhere",
					&steps, &err),
			 -1);
	assert_int_equal(gm_rehearse_down(&act, &arena, &stage, "nowhere",
					  GM_STR("SELECT 1"), &err),
			 -1);
	assert_int_equal(gm_rehearse_verify(&act, &arena, &stage, "nowhere",
					    GM_STR("SELECT 1"), &err),
			 -1);
	assert_ok(gm_steps_read(&steps, &arena,
				GM_STR("SELECT pg_terminate_backend("
				       "pg_backend_pid())"),
				0, false, &err));
	assert_int_equal(gm_rehearse_up(&act, &arena, NULL, &stage, GM_STAGE_DB,
					&steps, &err),
			 -1);
	assert_non_null(strstr(err.msg, "lost the connection"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(the_ledger_of_another_tool),
		cmocka_unit_test(what_commit_says),
		cmocka_unit_test(one_by_one),
		cmocka_unit_test(ranges),
		cmocka_unit_test(verify_only_reads),
		cmocka_unit_test(down_as_it_is),
		cmocka_unit_test(nobody_there),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_stage, close_stage);
}
