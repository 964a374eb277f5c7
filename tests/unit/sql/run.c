#include "unit.h"

#include "sql/run.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err = GM_ERR_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static struct gm_run_file read_sql(const char *sql)
{
	struct gm_run_file file = { 0 };

	assert_ok(gm_run_read(&file, &arena, gm_str(sql), &err));
	return file;
}

static const struct gm_run_stmt *one(const char *sql)
{
	struct gm_run_file file = read_sql(sql);

	assert_int_equal(file.n, 1);
	return &file.items[0];
}

static void test_places(void **state)
{
	struct gm_run_file f =
		read_sql("-- x\nSELECT 1;\n\n  CREATE TABLE a (b int);\n");

	(void)state;
	assert_int_equal(f.n, 2);
	assert_int_equal(f.items[0].line, 2);
	assert_int_equal(f.items[0].column, 1);
	assert_int_equal(f.items[1].line, 4);
	assert_int_equal(f.items[1].column, 3);
	assert_string_equal(f.items[1].tag, "CREATE TABLE");
	assert_int_equal(f.items[1].len, strlen("CREATE TABLE a (b int)"));
	assert_int_equal(read_sql("-- nothing").n, 0);
}

static void test_transactions(void **state)
{
	struct gm_run_file f = read_sql("BEGIN; SELECT 1; COMMIT;");

	(void)state;
	assert_int_equal(f.items[0].mode, GM_RUN_BEGIN);
	assert_int_equal(f.items[1].mode, GM_RUN_INSIDE);
	assert_int_equal(f.items[2].mode, GM_RUN_COMMIT);
	f = read_sql("SELECT 1; COMMIT; BEGIN; SELECT 2;");
	assert_int_equal(f.items[1].mode, GM_RUN_NEVER);
	assert_int_equal(f.items[2].mode, GM_RUN_NEVER);
	f = read_sql("BEGIN; SELECT 1; COMMIT; SELECT 2;");
	assert_int_equal(f.items[0].mode, GM_RUN_NEVER);
	assert_int_equal(one("BEGIN ISOLATION LEVEL SERIALIZABLE")->mode,
			 GM_RUN_NEVER);
	assert_int_equal(one("COMMIT AND CHAIN")->mode, GM_RUN_NEVER);
	assert_int_equal(one("ROLLBACK")->mode, GM_RUN_NEVER);
	assert_int_equal(one("PREPARE TRANSACTION 'x'")->mode, GM_RUN_NEVER);
	assert_int_equal(one("SAVEPOINT s")->mode, GM_RUN_INSIDE);
}

static void test_never(void **state)
{
	(void)state;
	assert_int_equal(one("\\d users")->mode, GM_RUN_NEVER);
	assert_int_equal(read_sql("SELECT 1 \\g\n").items[0].mode,
			 GM_RUN_NEVER);
	assert_int_equal(one("COPY a FROM STDIN")->mode, GM_RUN_NEVER);
	assert_int_equal(one("COPY a TO STDOUT")->mode, GM_RUN_NEVER);
	assert_int_equal(one("COPY a FROM '/x'")->mode, GM_RUN_INSIDE);
	assert_int_equal(one("LISTEN a")->mode, GM_RUN_NEVER);
	assert_int_equal(one("DISCARD ALL")->mode, GM_RUN_NEVER);
	assert_int_equal(one("CREATE INDEX CONCURRENTLY ON a (b)")->mode,
			 GM_RUN_NEVER);
	assert_non_null(one("LISTEN a")->why);
	assert_int_equal(one("SET NAMES 'latin1'")->mode, GM_RUN_NEVER);
	assert_int_equal(one("SET LOCAL Client_Encoding = SQL_ASCII")->mode,
			 GM_RUN_NEVER);
	assert_int_equal(one("SET client_encoding = 'utf-8'")->mode,
			 GM_RUN_SESSION);
	assert_int_equal(one("SET NAMES DEFAULT")->mode, GM_RUN_SESSION);
	assert_int_equal(one("SET LOCAL role = latin1")->mode, GM_RUN_INSIDE);
}

static void test_comments(void **state)
{
	(void)state;
	assert_false(read_sql("SELECT 1;").steps);
	assert_true(
		read_sql("-- migrate: steps an index too\nSELECT 1;").steps);
	assert_false(read_sql("-- migrate: steps\nSELECT 1;").steps);
	assert_true(read_sql("-- no-transaction\nSELECT 1;").loose);
	assert_true(read_sql("-- +goose NO TRANSACTION\nSELECT 1;").loose);
	assert_string_equal(
		read_sql("-- migrate: whole ten rows\nUPDATE a SET b = 1;")
			.whole,
		"ten rows");
	assert_null(read_sql("-- migrate: wholesale x\nSELECT 1;").whole);
	assert_null(read_sql("SELECT '-- migrate: whole x';").whole);
}

static void test_settings(void **state)
{
	(void)state;
	assert_string_equal(one("SET LOCAL Work_Mem = '1MB'")->setting,
			    "work_mem");
	assert_string_equal(one("SET \"Work_Mem\" TO 1")->setting, "Work_Mem");
	assert_string_equal(one("RESET work_mem")->setting, "work_mem");
	assert_string_equal(one("SET TRANSACTION READ ONLY")->setting,
			    "TRANSACTION");
	assert_string_equal(one("SELECT 'work_mem'")->setting, "");
	assert_string_equal(one("\\d users")->setting, "");
}

static void test_index_on(void **state)
{
	const struct gm_run_name on = { "x", "gm" };
	const char *sql = gm_run_index_on(
		&arena,
		GM_STR("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON"
		       " s.a USING btree (lower(b)) TABLESPACE x WHERE b > 1"),
		&on);

	(void)state;
	assert_string_equal(sql, "CREATE UNIQUE INDEX ON x.gm USING"
				 " btree (lower(b)) WHERE b > 1");
	assert_null(gm_run_index_on(&arena, GM_STR("SELECT 1"), &on));
	assert_null(gm_run_index_on(&arena, GM_STR("CREATE INDEX"), &on));
}

static void test_limits(void **state)
{
	struct gm_run_file f;
	size_t len = ((size_t)4 << 20) + 1;
	char *big = gm_alloc(&arena, len);

	(void)state;
	memset(big, ' ', len);
	assert_int_equal(
		gm_run_read(&f, &arena, (struct gm_str){ big, len }, &err), -1);
	assert_int_equal(err.code, GM_ELIMIT);
	memset(big, ';', len);
	for (size_t i = 0; i + 1 < len; i += 2)
		big[i] = '1';
	assert_int_equal(
		gm_run_read(&f, &arena, (struct gm_str){ big, len - 1 }, &err),
		-1);
	assert_int_equal(err.code, GM_ELIMIT);
}

static void test_enums(void **state)
{
	struct gm_run_file f = read_sql("ALTER TYPE t ADD VALUE 'new';"
					"UPDATE a SET s = 'new';");

	(void)state;
	assert_int_equal(f.items[0].mode, GM_RUN_ALONE);
	f = read_sql("ALTER TYPE s.t ADD VALUE IF NOT EXISTS 'new';"
		     "UPDATE a SET s = 'old';");
	assert_int_equal(f.items[0].mode, GM_RUN_INSIDE);
	assert_string_equal(f.items[0].label, "new");
	assert_true(f.items[0].bare);
	f = read_sql("CREATE TYPE t AS ENUM ('a'); ALTER TYPE t ADD VALUE 'b';"
		     "SELECT 'b';");
	assert_int_equal(f.items[1].mode, GM_RUN_INSIDE);
	f = read_sql("ALTER TYPE t RENAME VALUE 'a' TO 'b'; SELECT 'b'");
	assert_int_equal(f.items[0].mode, GM_RUN_INSIDE);
}

GM_UNIT_MAIN(cmocka_unit_test(test_places), cmocka_unit_test(test_transactions),
	     cmocka_unit_test(test_never), cmocka_unit_test(test_comments),
	     cmocka_unit_test(test_settings), cmocka_unit_test(test_index_on),
	     cmocka_unit_test(test_limits),
	     cmocka_unit_test_teardown(test_enums, finish))
