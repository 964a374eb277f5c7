/* check/statements: what the SQL does, alone and beside the app. */
#include "check/fixture.h"

#define UP "migrations/1_x/up.sql"
#define DOWN                                                                   \
	{                                                                      \
		"migrations/1_x/down.sql", "SELECT 1;"                         \
	}
#define CONTRACT                                                               \
	"Do it\n\nMigration-Phase: contract\nRollback-Window: 24h\n"           \
	"Rollback-Owner: Ann Lee <ann@example.com>\n"

/* Judge one commit of that message with the files given. */
#define JUDGE(f, message, ...)                                                 \
	do {                                                                   \
		struct gm_oid root_ =                                          \
			COMMIT((f), NULL, "Start\n", { "app/code", "1" });     \
		struct gm_oid tip_ =                                           \
			COMMIT((f), &root_, (message), __VA_ARGS__);           \
		fixture_judge((f), &root_, &tip_);                             \
	} while (0)

static void opaque(void **state)
{
	const struct gm_finding *found_;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	JUDGE(&f, "Do it\n\n" EXPAND,
	      { UP, "CREATE TABLE t (a int);\nTHIS IS NOT SQL;\n" }, DOWN);
	found_ = finding(&f, GM_RULE_OPAQUE_SQL);
	assert_int_equal(found(&f, GM_RULE_OPAQUE_SQL), 1);
	assert_int_equal(found_->line, 2);
	assert_str(found_->source, "THIS IS NOT SQL;");
	assert_non_null(found_->commit);
	assert_string_equal(found_->subject, "Do it");
	/* Where it is declared a contract, people have to read it. */
	JUDGE(&f, CONTRACT, { UP, "THIS IS NOT SQL;" }, DOWN);
	assert_int_equal(found(&f, GM_RULE_OPAQUE_SQL), 0);
	fixture_done(&f);
}

static void hazards(void **state)
{
	const struct gm_finding *found_;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	JUDGE(&f, "Do it\n\n" EXPAND,
	      { UP, "SELECT 1;\nCREATE INDEX i ON t (a);\n" }, DOWN);
	found_ = finding(&f, GM_RULE_INDEX_NOT_CONCURRENT);
	assert_int_equal(found_->line, 2);
	assert_int_equal(found_->severity, GM_SEV_WARNING);
	assert_string_equal(found_->hint, "'git migrate explain"
					  " index-not-concurrent' shows the"
					  " safe form.");
	JUDGE(&f, "Do it\n\n" EXPAND,
	      { UP, "-- migrate: allow index-not-concurrent it is small\n"
		    "CREATE INDEX i ON t (a);\n" },
	      DOWN);
	assert_int_equal(f.result.findings.n, 0);
	assert_int_equal(f.result.items[0].sql.items[0].hazards.n, 1);
	fixture_done(&f);
}

static void mixed(void **state)
{
	static const struct {
		const char *sql, *path;
		size_t destructive, expand;
	} cases[] = {
		{ "DROP TABLE u;", "app/new", 1, 0 },
		{ "THIS IS NOT SQL;", "app/new", 1, 0 },
		{ "CREATE TABLE t (a int);", "app/new", 0, 1 },
		{ "UPDATE t SET a = 1;", "app/new", 0, 1 },
		{ "SET statement_timeout = 0;", "app/new", 0, 0 },
		{ "", "app/new", 0, 0 },
		{ "DROP TABLE u;", "docs/new", 0, 0 },
		{ "DROP TABLE u;", ".migrate/templates/new", 0, 0 },
		{ "CREATE TABLE t (a int);", "docs/new", 0, 0 },
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		JUDGE(&f, "Do it\n", { UP, cases[i].sql },
		      { cases[i].path, "x" }, DOWN);
		if (found(&f, GM_RULE_MIXED_DESTRUCTIVE) !=
			    cases[i].destructive ||
		    found(&f, GM_RULE_MIXED_EXPAND) != cases[i].expand)
			fail_msg("%zu: %s", i, cases[i].sql);
	}
	fixture_done(&f);
}

static void names_the_app(void **state)
{
	const struct gm_finding *found_;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	JUDGE(&f, CONTRACT, { UP, "CREATE TABLE t (a int);\nDROP TABLE u;\n" },
	      DOWN, { "app/new", "x" });
	found_ = finding(&f, GM_RULE_MIXED_DESTRUCTIVE);
	assert_int_equal(found_->line, 2);
	assert_non_null(strstr(found_->message, "changes 1 app file"));
	assert_null(strstr(found_->message, "files"));
	assert_int_equal(found_->notes.n, 1);
	assert_string_equal(found_->notes.items[0], "app: app/new");
	assert_non_null(strstr(found_->hint, "git migrate split"));
	assert_non_null(strstr(found_->hint, "after the rollback window"));
	JUDGE(&f, "Do it\n\n" EXPAND, { UP, "CREATE TABLE t (a int);" }, DOWN,
	      { "app/1", "x" }, { "app/2", "x" }, { "app/3", "x" },
	      { "app/4", "x" }, { "app/5", "x" }, { "app/6", "x" },
	      { "app/7", "x" }, { "app/8", "x" });
	assert_int_equal(finding(&f, GM_RULE_MIXED_EXPAND)->notes.n, 8);
	JUDGE(&f, "Do it\n\n" EXPAND, { UP, "CREATE TABLE t (a int);" }, DOWN,
	      { "app/1", "x" }, { "app/2", "x" }, { "app/3", "x" },
	      { "app/4", "x" }, { "app/5", "x" }, { "app/6", "x" },
	      { "app/7", "x" }, { "app/8", "x" }, { "app/9", "x" },
	      { "app/a", "x" });
	found_ = finding(&f, GM_RULE_MIXED_EXPAND);
	assert_non_null(strstr(found_->message, "changes 10 app files"));
	assert_int_equal(found_->notes.n, 9);
	assert_string_equal(found_->notes.items[7], "app: app/8");
	assert_string_equal(found_->notes.items[8], "app: and 2 more");
	assert_null(strstr(found_->hint, "after the rollback window"));
	fixture_done(&f);
}

static void ways_back(void **state)
{
	static const char flyway[] =
		"version: 1\nproject: shop\n"
		"migrations: [{path: migrations, layout: flyway}]\n"
		"rollback_window: none\n";
	struct fixture f;

	(void)state;
	fixture_start(&f);
	JUDGE(&f, "Do it\n\n" EXPAND, { UP, "CREATE TABLE t (a int);" });
	assert_int_equal(f.result.findings.n, 1);
	assert_int_equal(found(&f, GM_RULE_MISSING_DOWN), 1);
	assert_str(finding(&f, GM_RULE_MISSING_DOWN)->path, UP);
	JUDGE(&f, "Do it\n\n" EXPAND, { UP, "CREATE TABLE t (a int);" }, DOWN);
	assert_int_equal(f.result.findings.n, 0);
	JUDGE(&f, "Do it\n\nMigration-Phase: backfill\n",
	      { UP, "UPDATE t SET a = 1;" });
	assert_int_equal(f.result.findings.n, 0);
	/* A layout whose tool knows no way back asks for none. */
	fixture_policy(&f, flyway);
	JUDGE(&f, "Do it\n\nMigration-Phase: expand\nFeature-Flag: F\n",
	      { "migrations/V1__x.sql", "CREATE TABLE t (a int);" });
	assert_int_equal(f.result.n, 1);
	assert_int_equal(found(&f, GM_RULE_MISSING_DOWN), 0);
	fixture_done(&f);
}

#define VERIFY "migrations/1_x/verify.sql"

/* Verify SQL only reads. */
static void verify(void **state)
{
	static const struct {
		const char *sql;
		const char *says; /* NULL: nothing */
	} cases[] = {
		{ "SELECT count(*) FROM t;", NULL },
		{ "", NULL },
		{ "SELECT 1;\nDROP TABLE u;\n", "which is contract" },
		{ "SELECT 1;\nUPDATE t SET a = 1;\n", "which is backfill" },
		{ "SELECT 1;\nCREATE TABLE v ();\n", "which is expand" },
		{ "SELECT 1;\nCOPY t TO PROGRAM 'sh';\n", "runs a program" },
		/* Nobody can read it, but it cannot write either. */
		{ "THIS IS NOT SQL;", NULL },
	};
	const struct gm_finding *mismatch;
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		JUDGE(&f, "Do it\n\n" EXPAND, { UP, "CREATE TABLE t ();" },
		      DOWN, { VERIFY, cases[i].sql });
		assert_int_equal(f.result.findings.n, cases[i].says != NULL);
		assert_int_equal(f.result.items[0].sql.n, 1);
		if (!cases[i].says)
			continue;
		mismatch = finding(&f, GM_RULE_PHASE_MISMATCH);
		assert_non_null(strstr(mismatch->message, cases[i].says));
		assert_non_null(strstr(mismatch->message,
				       "1_x: verify.sql must only read"));
		assert_int_equal(mismatch->line, 2);
		assert_str(mismatch->path, VERIFY);
		assert_string_equal(mismatch->subject, "Do it");
	}
	/* Alone in a commit as well, and not again with the next one. */
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	tip = COMMIT(&f, &root, "Do it\n\n" EXPAND,
		     { UP, "CREATE TABLE t ();" }, DOWN);
	tip = COMMIT(&f, &tip, "Verify\n", { VERIFY, "DELETE FROM t;" });
	tip = COMMIT(&f, &tip, "Way back\n",
		     { "migrations/1_x/down.sql", "DROP TABLE t;" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 1);
	assert_string_equal(finding(&f, GM_RULE_PHASE_MISMATCH)->subject,
			    "Verify");
	fixture_done(&f);
}

/* As many statements as no up SQL may have either. */
static void too_much_to_verify(void **state)
{
	struct gm_range range = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct fixture f;
	char *sql;

	(void)state;
	fixture_start(&f);
	sql = gm_alloc(&f.arena, 2 * GM_SQL_MAX_STATEMENTS + 3);
	for (size_t i = 0; i <= GM_SQL_MAX_STATEMENTS; i++)
		memcpy(sql + 2 * i, "x;", 2);
	range.tip = COMMIT(&f, NULL, "Add t\n\n" EXPAND, { UP, "SELECT 1;" },
			   { VERIFY, sql });
	fixture_judged(&f, &range.tip);
	assert_int_equal(gm_check_range(&f.result, &f.arena, f.repo, &f.cx,
					&range, &err),
			 -1);
	assert_int_equal(err.code, GM_ELIMIT);
	assert_string_equal(err.path, VERIFY);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(verify), cmocka_unit_test(too_much_to_verify),
	     cmocka_unit_test(opaque), cmocka_unit_test(hazards),
	     cmocka_unit_test(mixed), cmocka_unit_test(names_the_app),
	     cmocka_unit_test(ways_back))
