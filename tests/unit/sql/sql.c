#include "unit.h"

#include "sql/sql.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static struct gm_sql_file read_str(struct gm_str sql)
{
	struct gm_sql_file file = { 0 };
	struct gm_err err = GM_ERR_INIT;

	assert_ok(gm_sql_read(&file, &arena, sql, NULL, &err));
	return file;
}

static struct gm_sql_file read_sql(const char *sql)
{
	return read_str(gm_str(sql));
}

static void test_classes(void **state)
{
	(void)state;
	assert_string_equal(gm_class_name(GM_CLASS_NEUTRAL), "neutral");
	assert_string_equal(gm_class_name(GM_CLASS_OPAQUE), "opaque");
	assert_false(gm_class_destructive(GM_CLASS_BACKFILL));
	assert_true(gm_class_destructive(GM_CLASS_CONTRACT));
	assert_true(gm_class_destructive(GM_CLASS_OPAQUE));
}

static void test_empty(void **state)
{
	static const char *const texts[] = { "", "  \n", "-- a", "/* a */ ;" };

	(void)state;
	for (size_t i = 0; i < GM_COUNT(texts); i++) {
		struct gm_sql_file file = read_sql(texts[i]);

		assert_int_equal(file.n, 0);
		assert_int_equal(file.class_, GM_CLASS_NEUTRAL);
	}
	assert_int_equal(read_str(GM_STR_NONE).n, 0);
}

static void test_places(void **state)
{
	const char *sql = "-- a\n/* b */  SELECT 1 ;\r\n\tDROP TABLE\r\n"
			  "  users;\nDELETE FROM a";
	struct gm_sql_file file = read_sql(sql);
	const struct gm_sql_stmt *s = file.items;

	(void)state;
	assert_int_equal(file.n, 3);
	assert_int_equal(s[0].offset, 14);
	assert_int_equal(s[0].len, 8);
	assert_int_equal(s[0].line, 2);
	assert_int_equal(s[0].column, 10);
	assert_int_equal(s[1].line, 3);
	assert_int_equal(s[1].column, 2);
	assert_memory_equal(sql + s[1].at, "users", 5);
	assert_int_equal(s[1].width, 5);
	assert_int_equal(s[2].line, 5);
	assert_int_equal(s[2].column, 1);
	assert_memory_equal(sql + s[2].at, "a", 1);
	assert_int_equal(file.class_, GM_CLASS_CONTRACT);
}

/* A carriage return ends a comment for PostgreSQL, if not for an editor. */
static void test_carriage_return(void **state)
{
	struct gm_sql_file file = read_sql("-- harmless\rDROP TABLE users;");

	(void)state;
	assert_int_equal(file.n, 1);
	assert_int_equal(file.class_, GM_CLASS_CONTRACT);
}

static void test_copy_crlf(void **state)
{
	struct gm_sql_file file = read_sql("COPY a FROM stdin;\r\n"
					   "1\tDROP TABLE b;\r\n\\.\r\n"
					   "DROP TABLE c;\r\n");

	(void)state;
	assert_int_equal(file.n, 2);
	assert_int_equal(file.items[0].class_, GM_CLASS_BACKFILL);
	assert_int_equal(file.items[1].line, 4);
	file = read_sql("COPY a FROM stdin;\n1\n\\.");
	assert_int_equal(file.class_, GM_CLASS_BACKFILL);
	file = read_sql("COPY a FROM stdin");
	assert_int_equal(file.class_, GM_CLASS_OPAQUE);
}

static const struct gm_sql_hazard *hazard(const char *sql)
{
	struct gm_sql_file file = read_sql(sql);

	assert_int_equal(file.items[file.n - 1].hazards.n, 1);
	return &file.items[file.n - 1].hazards.items[0];
}

static void test_allowed(void **state)
{
	(void)state;
	assert_string_equal(
		hazard("-- migrate: allow index-not-concurrent  40 rows \n"
		       "CREATE INDEX ON a (b)")
			->allowed,
		"40 rows");
	assert_string_equal(
		hazard("--migrate:  allow  index-not-concurrent 40 rows\r\n"
		       "-- b\n\tCREATE INDEX ON a (b)")
			->allowed,
		"40 rows");
	assert_null(hazard("-- migrate: allow index-not-concurrent 40 rows\n"
			   "\nCREATE INDEX ON a (b)")
			    ->allowed);
	assert_null(hazard("-- migrate: allow index-not-concurrent x\r"
			   "CREATE INDEX ON a (b)")
			    ->allowed);
	assert_null(
		hazard("-- migrate: allow\nCREATE INDEX ON a (b)")->allowed);
	assert_null(hazard("-- migrate: forbid index-not-concurrent x\n"
			   "CREATE INDEX ON a (b)")
			    ->allowed);
}

/* `text`, `n` times, between `head` and `tail`. */
static struct gm_str repeat(const char *head, const char *text, size_t n,
			    const char *tail)
{
	size_t len = strlen(text);
	struct gm_str s = { NULL, strlen(head) + n * len + strlen(tail) };
	char *p = gm_alloc(&arena, s.len + 1);

	s.ptr = p;
	memcpy(p, head, strlen(head));
	p += strlen(head);
	for (size_t i = 0; i < n; i++, p += len)
		memcpy(p, text, len);
	memcpy(p, tail, strlen(tail));
	return s;
}

static void test_limits(void **state)
{
	struct gm_sql_file file = { .class_ = GM_CLASS_EXPAND, .n = 7 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_sql_options options = { .postgres = 15 };

	(void)state;
	assert_int_equal(gm_sql_read(&file, &arena,
				     repeat("", " ", GM_SQL_MAX + 1, ""),
				     &options, &err),
			 -1);
	assert_int_equal(err.code, GM_ELIMIT);
	assert_int_equal(
		gm_sql_read(&file, &arena,
			    repeat("", "\\x\n", GM_SQL_MAX_STATEMENTS + 1, ""),
			    &options, &err),
		-1);
	assert_int_equal(err.code, GM_ELIMIT);
	/* The result is as it was. */
	assert_int_equal(file.n, 7);
	file = read_str(repeat("", "\\x\n", GM_SQL_MAX_STATEMENTS, ""));
	assert_int_equal(file.n, GM_SQL_MAX_STATEMENTS);
	assert_int_equal(file.items[file.n - 1].line, GM_SQL_MAX_STATEMENTS);
}

/* Nothing of this may crash, hang or pass. */
static void test_hostile(void **state)
{
	static const char *const texts[][3] = {
		{ "SELECT ", "(", "1" },
		{ "SELECT 1", "+1", ";" },
		{ "SELECT ", "NOT ", "a" },
		{ "SELECT 1", " UNION SELECT 1", "" },
		{ "SELECT ", "CASE WHEN a THEN ", "" },
		{ "SELECT ", "/*", "" },
		{ "SELECT ", "'", "x'" },
		{ "SELECT ", "$a$", " $b$" },
		{ "", "\\", "" },
		{ "DO $$ BEGIN ", "BEGIN ", "$$" },
		{ "DO $$ BEGIN ", "IF a THEN ", "$$" },
		{ "DO $$ BEGIN PERFORM ", "(", "$$" },
		{ "CREATE FUNCTION f() BEGIN ATOMIC ", "CASE ", "" },
		{ "CREATE TABLE a (", "b int,", "c int" },
		{ "", "\x80", "" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(texts); i++) {
		const char *const *t = texts[i];
		struct gm_sql_file file =
			read_str(repeat(t[0], t[1], 100000, t[2]));

		if (file.class_ != GM_CLASS_OPAQUE)
			fail_msg("%s%s is %s", t[0], t[1],
				 gm_class_name(file.class_));
	}
}

/* What is as deep as allowed must not crash either. */
static void test_deep_enough(void **state)
{
	struct gm_str sql = repeat("SELECT ", "(SELECT ", 240, "1");

	(void)state;
	sql = repeat(gm_str_dup(&arena, sql), ")", 240, "");
	assert_int_equal(read_str(sql).class_, GM_CLASS_NEUTRAL);
	sql = repeat("SELECT 1", "+1", 490, "");
	assert_int_equal(read_str(sql).class_, GM_CLASS_NEUTRAL);
	sql = repeat("SELECT 1", ", 1 + 2", 50000, "");
	assert_int_equal(read_str(sql).class_, GM_CLASS_NEUTRAL);
}

/* Code that is run again and again is read only so often. */
static void test_budget(void **state)
{
	struct gm_str body, calls;
	char *text;

	(void)state;
	body = repeat("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ ",
		      "SELECT 1; ", 100000, "$$;\n");
	calls = repeat("", "SELECT f();\n", 100, "");
	text = gm_printf(&arena, "%s%s", body.ptr, calls.ptr);
	assert_int_equal(read_sql(text).class_, GM_CLASS_OPAQUE);
	/* Functions that call functions that ... */
	text = gm_strdup(&arena, "CREATE FUNCTION f0() RETURNS int LANGUAGE"
				 " sql AS 'SELECT 1';\n");
	for (int i = 1; i < 20; i++)
		text = gm_printf(&arena,
				 "%sCREATE FUNCTION f%d() RETURNS int LANGUAGE"
				 " sql AS 'SELECT f%d(), f%d()';\n",
				 text, i, i - 1, i - 1);
	assert_int_equal(
		read_sql(gm_printf(&arena, "%sSELECT f3();", text)).class_,
		GM_CLASS_EXPAND);
	assert_int_equal(
		read_sql(gm_printf(&arena, "%sSELECT f19();", text)).class_,
		GM_CLASS_OPAQUE);
}

static void test_long_reason(void **state)
{
	struct gm_str sql = repeat("DROP TABLE \"", "x", 5000, "\"");

	(void)state;
	assert_true(strlen(read_str(sql).items[0].why) < 600);
}

#define TEST(name) cmocka_unit_test_teardown(name, finish)
GM_UNIT_MAIN(TEST(test_classes), TEST(test_empty), TEST(test_places),
	     TEST(test_carriage_return), TEST(test_copy_crlf),
	     TEST(test_allowed), TEST(test_limits), TEST(test_hostile),
	     TEST(test_deep_enough), TEST(test_budget), TEST(test_long_reason))
