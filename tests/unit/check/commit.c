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

GM_UNIT_MAIN(cmocka_unit_test(a_clean_expand),
	     cmocka_unit_test(unreadable_is_opaque),
	     cmocka_unit_test(metadata_is_inherited),
	     cmocka_unit_test(same_entries))
