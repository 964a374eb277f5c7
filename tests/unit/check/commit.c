/* check/commit: what one commit brings. */
#include "check/fixture.h"

static void a_clean_expand(void **state)
{
	struct fixture f;
	struct gm_oid root, tip;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	tip = COMMIT(
		&f, &root, "Add t\n\n" EXPAND,
		{ "migrations/20260101000000_t/up.sql",
		  "CREATE TABLE t (a int);" },
		{ "migrations/20260101000000_t/down.sql", "DROP TABLE t;" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.n, 1);
	assert_null(f.result.items[0].digest);
	f.result.digests = true;
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 0);
	assert_int_equal(f.result.commits, 1);
	assert_int_equal(f.result.n, 1);
	assert_string_equal(f.result.items[0].id, "20260101000000_t");
	assert_string_equal(f.result.items[0].phase, "expand");
	assert_int_equal(f.result.items[0].sql.class_, GM_CLASS_EXPAND);
	assert_memory_equal(f.result.items[0].digest, "sha256:", 7);
	fixture_done(&f);
}

/* Content that is not text counts as opaque even with the rule silenced. */
static void unreadable_is_opaque(void **state)
{
	struct fixture f;
	struct gm_oid root, tip;

	(void)state;
	fixture_start(&f);
	f.cx.policy.severity[GM_RULE_UNSAFE_CONTENT] = GM_SEV_OFF;
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	tip = COMMIT(&f, &root, "Add t\n\n" EXPAND, { "app/code", "2" },
		     { "migrations/20260101000000_t/up.sql",
		       "CREATE TABLE t (a int); -- \xff\xfe" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.items[0].sql.class_, GM_CLASS_OPAQUE);
	assert_int_equal(found(&f, GM_RULE_MIXED_DESTRUCTIVE), 1);
	assert_int_equal(found(&f, GM_RULE_OPAQUE_SQL), 1);
	fixture_done(&f);
}

/* What an earlier commit of the range declared still holds in a later one. */
static void metadata_is_inherited(void **state)
{
	struct fixture f;
	struct gm_oid root, one, two;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	one = COMMIT(&f, &root, "Add t\n\n" EXPAND,
		     { "migrations/20260101000000_t/up.sql",
		       "CREATE TABLE t (a int);" },
		     { "migrations/20260101000000_t/down.sql", "SELECT 1;" });
	two = COMMIT(&f, &one, "Mend t\n",
		     { "migrations/20260101000000_t/up.sql",
		       "CREATE TABLE t (a bigint);" });
	fixture_judge(&f, &root, &two);
	assert_int_equal(f.result.findings.n, 0);
	assert_int_equal(f.result.n, 2);
	fixture_done(&f);
}

static void same_entries(void **state)
{
	struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct gm_judge j;
	struct fixture f;
	struct gm_oid none = { { 0 } }, one, two;

	(void)state;
	fixture_start(&f);
	gm_judge_start(&j, &f.result, &f.arena, &scratch, f.repo, &f.cx);
	one = fixture_tree(&f, &none,
			   (const struct put[]){ { "a/b", "1" }, { 0 } });
	two = fixture_tree(&f, &one,
			   (const struct put[]){ { "c", "2" }, { 0 } });
	assert_int_equal(
		gm_judge_same_entry(&j, &one, &two, GM_STR("a/b"), &err), 1);
	assert_int_equal(gm_judge_same_entry(&j, &one, &two, GM_STR("c"), &err),
			 0);
	assert_int_equal(gm_judge_same_entry(&j, &one, &two, GM_STR("d"), &err),
			 1);
	gm_arena_done(&scratch);
	fixture_done(&f);
}

#define UP "migrations/1_x/up.sql"
#define DOWN "migrations/1_x/down.sql"

/* What is no text to parse: opaque, and without digest what is not read. */
static void not_to_be_parsed(void **state)
{
	struct put cases[][3] = {
		{ { UP, "elsewhere.sql", GM_MODE_LINK }, { 0 } },
		{ { UP, NULL, 0 }, { 0 } },
		{ { UP, "CREATE TABLE t (a int);", 0 },
		  { DOWN, NULL, 0 },
		  { 0 } },
	};
	static const struct {
		enum gm_rule rule;
		const char *message;
	} expected[] = {
		{ GM_RULE_OPAQUE_SQL, "it is not a plain file" },
		{ GM_RULE_OPAQUE_SQL, "it is too large to be read" },
		{ GM_RULE_UNSAFE_CONTENT, "more than the 4194304" },
	};
	struct gm_oid root, tip;
	struct fixture f;
	char *large;

	(void)state;
	fixture_start(&f);
	large = gm_alloc(&f.arena, GM_SQL_MAX + 2);
	memset(large, '\n', GM_SQL_MAX + 1);
	cases[1][0].content = cases[2][1].content = large;
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		tip = fixture_commit(
			&f, (const struct gm_oid *const[]){ &root, NULL }, 0,
			"Add t\n\n" EXPAND, cases[i]);
		fixture_judge(&f, &root, &tip);
		assert_non_null(strstr(finding(&f, expected[i].rule)->message,
				       expected[i].message));
		assert_string_equal(finding(&f, expected[i].rule)->subject,
				    "Add t");
		assert_int_equal(f.result.n, 0);
	}
	fixture_done(&f);
}

/* Lines at the top of the file are blamed on the commit, too. */
static void headers(void **state)
{
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	tip = COMMIT(&f, &root, "Add t\n\nMigration-Phase: backfill\n",
		     { UP, "-- Migration-Phase: later\nSELECT 1;\n" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 1);
	assert_string_equal(finding(&f, GM_RULE_BAD_TRAILER)->commit,
			    gm_oid_hex(&f.arena, &tip));
	assert_int_equal(finding(&f, GM_RULE_BAD_TRAILER)->line, 1);
	tip = COMMIT(&f, &root, "Add t\n\nMigration-Phase: backfill\n",
		     { UP, "-- Migration-Phase: expand\nSELECT 1;\n" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_BAD_TRAILER), 1);
	fixture_done(&f);
}

/* Where versions pair files, their migration is judged once. */
static void a_way_back_apart(void **state)
{
	static const char golang[] =
		"version: 1\nproject: shop\n"
		"migrations: [{path: migrations, layout: golang-migrate}]\n";
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, golang);
	root = COMMIT(&f, NULL, "Start\n",
		      { "migrations/1_a.up.sql", "SELECT 1;" },
		      { "migrations/1_b.down.sql", "SELECT 1;" });
	tip = COMMIT(&f, &root, "Edit\n",
		     { "migrations/1_a.up.sql", "SELECT 2;" },
		     { "migrations/1_b.down.sql", "SELECT 2;" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.n, 1);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 1);
	tip = COMMIT(&f, &root, "Edit\n",
		     { "migrations/1_b.down.sql", "SELECT 2;" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.n, 0);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 1);
	/* So its trailers need not name it. */
	tip = COMMIT(&f, &root, "Add\n\n" EXPAND,
		     { "migrations/2_a.up.sql", "CREATE TABLE t (a int);" },
		     { "migrations/2_b.down.sql", "DROP TABLE t;" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 0);
	/* Of two versions they must, and of one version twice. */
	tip = COMMIT(&f, &root, "Add\n\n" EXPAND,
		     { "migrations/2_a.up.sql", "CREATE TABLE t (a int);" },
		     { "migrations/3_b.down.sql", "DROP TABLE t;" });
	fixture_judge(&f, &root, &tip);
	assert_non_null(strstr(finding(&f, GM_RULE_BAD_TRAILER)->message,
			       "holds 2 migrations"));
	tip = COMMIT(&f, &root, "Add\n\n" EXPAND,
		     { "migrations/2_a.up.sql", "CREATE TABLE t (a int);" },
		     { "migrations/2_b.up.sql", "CREATE TABLE u (a int);" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_BAD_TRAILER), 1);
	fixture_done(&f);
}

/* More statements than are read: an error, and not a verdict. */
static void too_many(void **state)
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
	range.tip = COMMIT(&f, NULL, "Add t\n\n" EXPAND, { UP, sql });
	fixture_judged(&f, &range.tip);
	assert_int_equal(gm_check_range(&f.result, &f.arena, f.repo, &f.cx,
					&range, &err),
			 -1);
	assert_int_equal(err.code, GM_ELIMIT);
	assert_string_equal(err.path, UP);
	fixture_done(&f);
}

/* Flyway runs other text than the file has, or in no transaction. */
static void flyway(void **state)
{
	static const char policy[] =
		"version: 1\nproject: shop\n"
		"migrations: [{path: migrations, layout: flyway}]\n";
	static const struct {
		const char *sql, *conf;
		enum gm_class class_;
		const char *why;
		size_t unsafe;
	} cases[] = {
		{ "SELECT 1;", "", GM_CLASS_NEUTRAL, NULL, 0 },
		{ "INSERT INTO t VALUES ('${x}');", "", GM_CLASS_OPAQUE,
		  "placeholder", 0 },
		{ "-- ${x}\nSELECT 1;", "", GM_CLASS_OPAQUE, "placeholder", 0 },
		{ "SELECT 1;\n-- ${x}\n", "", GM_CLASS_OPAQUE, "placeholder",
		  0 },
		{ "-- ${x}\n", "", GM_CLASS_OPAQUE, "placeholder", 0 },
		{ "INSERT INTO t VALUES ('$5 ${flyway:user}');", "",
		  GM_CLASS_BACKFILL, NULL, 0 },
		{ "INSERT INTO t VALUES ('${x}');",
		  "placeholderReplacement=false", GM_CLASS_BACKFILL, NULL, 0 },
		{ "SELECT 1;", "encoding=latin1", GM_CLASS_NEUTRAL, NULL, 1 },
		/* Old code sees a name that is gone, for a moment. */
		{ "ALTER TABLE a RENAME TO b;"
		  " CREATE VIEW a AS SELECT * FROM b;",
		  "", GM_CLASS_EXPAND, NULL, 0 },
		{ "ALTER TABLE a RENAME TO b;"
		  " CREATE VIEW a AS SELECT * FROM b;",
		  "executeInTransaction=false", GM_CLASS_CONTRACT, NULL, 0 },
	};
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, policy);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		const struct gm_sql_file *sql;

		tip = COMMIT(&f, &root, "Add\n\n" EXPAND,
			     { "migrations/V1__x.sql", cases[i].sql },
			     { "migrations/V1__x.sql.conf", cases[i].conf },
			     { "migrations/U1__x.sql.conf",
			       "executeInTransaction=true" });
		fixture_judge(&f, &root, &tip);
		assert_int_equal(f.result.n, 1);
		sql = &f.result.items[0].sql;
		if (sql->class_ != cases[i].class_ ||
		    found(&f, GM_RULE_UNSAFE_CONTENT) != cases[i].unsafe)
			fail_msg("%zu: %s", i, gm_class_name(sql->class_));
		if (cases[i].why)
			assert_non_null(
				strstr(finding(&f, GM_RULE_OPAQUE_SQL)->message,
				       cases[i].why));
	}
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(flyway), cmocka_unit_test(a_clean_expand),
	     cmocka_unit_test(unreadable_is_opaque),
	     cmocka_unit_test(metadata_is_inherited),
	     cmocka_unit_test(same_entries), cmocka_unit_test(not_to_be_parsed),
	     cmocka_unit_test(headers), cmocka_unit_test(a_way_back_apart),
	     cmocka_unit_test(too_many))
