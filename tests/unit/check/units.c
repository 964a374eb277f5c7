/* check/units: migrations by directory and id. */
#include "check/fixture.h"

#define UP(id)                                                                 \
	{                                                                      \
		"migrations/" id "/up.sql", "SELECT 1;"                        \
	}

static void keys(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	const struct gm_root one = { .path = GM_STR("a") };
	const struct gm_root two = { .path = GM_STR("a/b") };
	const struct gm_root top = { .path = GM_STR_NONE };

	(void)state;
	assert_true(gm_str_eq(gm_judge_key(&a, &one, GM_STR("b/c")),
			      gm_judge_key(&a, &one, GM_STR("b/c"))));
	assert_false(gm_str_eq(gm_judge_key(&a, &one, GM_STR("b/c")),
			       gm_judge_key(&a, &two, GM_STR("c"))));
	assert_false(gm_str_eq(gm_judge_key(&a, &top, GM_STR("a")),
			       gm_judge_key(&a, &one, GM_STR("a"))));
	gm_arena_done(&a);
}

/* One by one, or all at once where many files differ: the same answers. */
static void reading(void **state)
{
	struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_judged_commit c = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_migration *m, *again;
	const struct gm_root *root;
	struct gm_judge j;
	struct fixture f;
	struct gm_oid tip;

	(void)state;
	fixture_start(&f);
	tip = COMMIT(&f, NULL, "Start\n", UP("1_a"), UP("2_b"));
	assert_ok(gm_context_roots_between(
		&f.cx.roots, &f.arena, f.repo, &f.cx.policy,
		&(struct gm_oid){ { 0 } }, &tip, &err));
	root = &f.cx.roots.items[0];
	gm_judge_start(&j, &f.result, &f.arena, &scratch, f.repo, &f.cx);
	for (size_t many = 0; many < 2; many++) {
		c = (struct gm_judged_commit){ .changes.n = many * 1000 };
		assert_ok(gm_commit_read(&c.commit, &f.arena, f.repo, &tip,
					 &err));
		assert_ok(gm_judge_read(&m, &j, &c, root, GM_STR("2_b"),
					GM_STR("migrations/2_b/up.sql"), &err));
		assert_string_equal(m->id, "2_b");
		assert_ok(gm_judge_read(&again, &j, &c, root, GM_STR("2_b"),
					GM_STR("migrations/2_b/x"), &err));
		assert_ptr_equal(again, m);
		assert_ok(gm_judge_read(&m, &j, &c, root, GM_STR("3_c"),
					GM_STR("migrations/3_c/up.sql"), &err));
		assert_null(m);
		assert_int_equal(c.all_read, many);
	}
	gm_arena_done(&scratch);
	fixture_done(&f);
}

/* The same id in two directories is two migrations. */
static void two_directories(void **state)
{
	static const char text[] = "version: 1\nproject: shop\n"
				   "rules: {out-of-order: off}\n"
				   "migrations:\n"
				   "  - {path: a, layout: directory}\n"
				   "  - {path: b, layout: directory}\n";
	struct fixture f;
	struct gm_oid root, tip;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, text);
	root = COMMIT(&f, NULL, "Start\n", { "app", "1" });
	tip = COMMIT(&f, &root, "Add\n\n" EXPAND, { "app", "2" },
		     { "a/1_x/up.sql", "CREATE TABLE t (a int);" },
		     { "b/1_x/up.sql", "DROP TABLE users;" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.n, 2);
	assert_int_equal(found(&f, GM_RULE_MIXED_DESTRUCTIVE), 1);
	assert_int_equal(found(&f, GM_RULE_MIXED_EXPAND), 1);
	fixture_done(&f);
}

/* Each directory counts its versions for itself. */
static void order_by_directory(void **state)
{
	static const char text[] = "version: 1\nproject: shop\n"
				   "migrations:\n"
				   "  - {path: a, layout: directory}\n"
				   "  - {path: b, layout: directory}\n";
	struct fixture f;
	struct gm_oid root, tip;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, text);
	root = COMMIT(&f, NULL, "Start\n",
		      { "a/20260101_x/up.sql", "SELECT 1;" },
		      { "a/1_same/up.sql", "SELECT 1;" },
		      { "b/1_same/up.sql", "SELECT 1;" });
	tip = COMMIT(&f, &root, "Add\n\n" EXPAND,
		     { "b/0002_y/up.sql", "CREATE TABLE t (a int);" },
		     { "b/0002_y/down.sql", "DROP TABLE t;" });
	/* Nor is anybody blamed for what had landed twice before. */
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 0);
	tip = COMMIT(&f, &root, "Add\n\n" EXPAND,
		     { "a/0002_y/up.sql", "CREATE TABLE t (a int);" },
		     { "a/0002_y/down.sql", "DROP TABLE t;" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_OUT_OF_ORDER), 1);
	fixture_done(&f);
}

/* Two files of SQL that both claim to be the migration: neither is read. */
static void two_ups(void **state)
{
	static const char text[] = "version: 1\nproject: shop\n"
				   "rules: {out-of-order: off}\n"
				   "migrations:\n"
				   "  - {path: sql, layout: flyway}\n";
	struct fixture f;
	struct gm_oid root, tip;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, text);
	root = COMMIT(&f, NULL, "Start\n", { "app", "1" });
	tip = COMMIT(&f, &root, "Add\n\n" EXPAND, { "app", "2" },
		     { "sql/a/V1__x.sql", "CREATE TABLE t (a int);" },
		     { "sql/b/V1__x.sql", "DROP TABLE users;" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_MIXED_DESTRUCTIVE), 1);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(keys), cmocka_unit_test(reading),
	     cmocka_unit_test(two_directories),
	     cmocka_unit_test(order_by_directory), cmocka_unit_test(two_ups))
