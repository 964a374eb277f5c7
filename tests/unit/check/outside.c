/* check/outside: SQL that changes the schema where nobody looks for it. */
#include "check/fixture.h"

#include "check/outside.h"

static size_t look(struct fixture *f, const struct gm_oid *base,
		   const struct gm_oid *tip)
{
	fixture_judge(f, base, tip);
	return found(f, GM_RULE_UNSAFE_PATH);
}

static void told(void **state)
{
	static const struct {
		const char *path, *sql,
			*why; /* NULL: it is nobody's business */
	} cases[] = {
		{ "db/changes/drop.sql", "DROP TABLE users;",
		  "this file drops table users, and lies in no directory of"
		  " migrations that the policy lists" },
		{ "drop.SQL", "SELECT 1;\nALTER TABLE users DROP phone;",
		  "drops column users.phone" },
		{ "db/changes/drop.sql",
		  "ALTER TABLE users RENAME phone TO fax;", "renames" },
		/* Named as a migration is. */
		{ "db/changes/001_add.sql", "CREATE TABLE t (a int);",
		  "creates table t" },
		{ "db/changes/1_x.up.sql", "CREATE TABLE t (a int);",
		  "creates table t" },
		{ "db/changes/V1__x.sql", "CREATE TABLE t (a int);",
		  "creates table t" },
		{ "changes/1_x/up.sql", "CREATE TABLE t (a int);",
		  "creates table t" },
		{ "db/changes/001_add.sql", "INSERT INTO t VALUES (1);", NULL },
		{ "db/changes/001_add.sql", "SELEC 1;", NULL },
		/* Snapshots, functions, queries, data. */
		{ "db/schema.sql", "CREATE TABLE t (a int);", NULL },
		{ "db/schema.sql",
		  "DROP TABLE IF EXISTS t; CREATE TABLE t (a int);", NULL },
		{ "db/schema.sql", "CREATE TABLE t (a int); DROP TABLE other;",
		  "other" },
		{ "db/query.sql", "DELETE FROM t WHERE id = $1;", NULL },
		{ "db/data.sql", "TRUNCATE t; INSERT INTO t VALUES (1);",
		  NULL },
		{ "db/changes/drop.txt", "DROP TABLE users;", NULL },
		{ "db/changes/drop.sql", "DROP TABLE \xff users;", NULL },
		/* Where no deployment looks. */
		{ "tests/drop.sql", "DROP TABLE users;", NULL },
		{ "db/Seeds/001_drop.sql", "DROP TABLE users;", NULL },
		{ "web/fixtures/x/drop.sql", "DROP TABLE users;", NULL },
		{ "docs/drop.sql", "DROP TABLE users;", NULL },
		{ ".migrate/drop.sql", "DROP TABLE users;", NULL },
		{ "seeds.sql/drop.sql", "DROP TABLE users;", "users" },
	};
	struct gm_oid root;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app", "1" });
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_oid tip = COMMIT(&f, &root, "Add\n",
					   { cases[i].path, cases[i].sql });
		const struct gm_finding *one;

		if (look(&f, &root, &tip) != (cases[i].why != NULL))
			fail_msg("%s: %s", cases[i].path, cases[i].sql);
		if (!cases[i].why)
			continue;
		one = finding(&f, GM_RULE_UNSAFE_PATH);
		if (!strstr(one->message, cases[i].why))
			fail_msg("%s", one->message);
		assert_str(one->path, cases[i].path);
		assert_int_equal(one->severity, GM_SEV_WARNING);
		assert_int_equal(f.result.findings.errors, 0);
		assert_int_equal(f.result.findings.warnings, 1);
		/* In a history that is judged as a whole, too. */
		assert_int_equal(look(&f, NULL, &tip), 1);
	}
	fixture_done(&f);
}

static void one_for_each_directory(void **state)
{
	const struct gm_finding *one;
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "db/a.sql", "DROP TABLE a;" });
	tip = COMMIT(&f, &root, "More\n", { "db/b.sql", "DROP TABLE b;" },
		     { "db/c.sql", "DROP TABLE c;" },
		     { "sql/d.sql", "DROP TABLE d;" });
	assert_int_equal(look(&f, &root, &tip), 2);
	one = finding(&f, GM_RULE_UNSAFE_PATH);
	assert_str(one->path, "db/b.sql");
	assert_int_equal(one->notes.n, 1);
	assert_string_equal(one->notes.items[0],
			    "and 1 more in the same directory");
	/* What was there, or goes, is nothing new. */
	root = COMMIT(&f, &tip, "Other\n", { "app", "1" },
		      { "db/a.sql", NULL });
	assert_int_equal(look(&f, &tip, &root), 0);
	/* The policy can make nothing of it, or an end of it. */
	f.cx.policy.severity[GM_RULE_UNSAFE_PATH] = GM_SEV_OFF;
	assert_int_equal(look(&f, NULL, &tip), 0);
	assert_int_equal(f.result.findings.warnings, 0);
	fixture_done(&f);
}

/* Too large, too many: a notice is not worth a time-out. */
static void enough(void **state)
{
	char *large;
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app", "1" });
	large = gm_alloc(&f.arena, GM_OUTSIDE_FILE + 100);
	memset(large, ' ', GM_OUTSIDE_FILE + 20);
	memcpy(large, "DROP TABLE a;", 13);
	tip = COMMIT(&f, &root, "Large\n", { "db/a.sql", large });
	assert_int_equal(look(&f, &root, &tip), 0);
	large[GM_OUTSIDE_FILE - 1] = '\0';
	tip = COMMIT(&f, &root, "Less\n", { "db/a.sql", large });
	assert_int_equal(look(&f, &root, &tip), 1);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(told), cmocka_unit_test(one_for_each_directory),
	     cmocka_unit_test(enough))
