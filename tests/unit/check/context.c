/* check/context: the policy and the directories a judgement goes by. */
#include "check/fixture.h"

static void policies(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_policy policy;
	struct gm_context cx;
	struct fixture f;
	struct gm_oid with, without, link, bad;

	(void)state;
	fixture_start(&f);
	without = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	with = COMMIT(&f, NULL, "Start\n", { GM_POLICY_PATH, POLICY });
	link = COMMIT(&f, NULL, "Start\n",
		      { GM_POLICY_PATH, "elsewhere", GM_MODE_LINK });
	bad = COMMIT(&f, NULL, "Start\n", { GM_POLICY_PATH, "verzion: 1\n" });
	assert_int_equal(gm_policy_of_commit(&policy, &f.arena, f.repo,
					     &without, "x", &err),
			 0);
	assert_int_equal(gm_policy_of_commit(&policy, &f.arena, f.repo, &with,
					     "x", &err),
			 1);
	assert_string_equal(policy.project, "shop");
	assert_int_equal(gm_policy_of_commit(&policy, &f.arena, f.repo, &link,
					     "x", &err),
			 -1);
	assert_int_equal(err.code, GM_EPOLICY);
	assert_int_equal(gm_policy_of_commit(&policy, &f.arena, f.repo, &bad,
					     "main", &err),
			 -1);
	assert_string_equal(err.path, "main:" GM_POLICY_PATH);
	assert_int_equal(err.line, 1);
	assert_ok(gm_context_local(&cx, &f.arena, f.repo, &without, &err));
	assert_true(cx.policy.is_default);
	assert_ok(gm_context_local(&cx, &f.arena, f.repo, &with, &err));
	assert_false(cx.policy.is_default);
	fixture_done(&f);
}

/*
 * A push cannot make landed migrations invisible by making the directory look
 * like that of another tool.
 */
static void layouts_stay(void **state)
{
	static const char text[] = "version: 1\nproject: shop\n"
				   "migrations:\n"
				   "  - {path: migrations, layout: auto}\n";
	struct gm_err err = GM_ERR_INIT;
	struct gm_policy policy;
	struct gm_roots roots = { 0 };
	struct fixture f;
	struct gm_oid base, tip, none = { { 0 } };

	(void)state;
	fixture_start(&f);
	assert_ok(gm_policy_read(&policy, &f.arena, "p", gm_str(text), &err));
	base = COMMIT(&f, NULL, "Start\n",
		      { "migrations/1_a.up.sql", "SELECT 1;" },
		      { "migrations/1_a.down.sql", "SELECT 1;" });
	tip = COMMIT(&f, &base, "Switch\n", { "migrations/1_a.up.sql", NULL },
		     { "migrations/1_a.down.sql", NULL },
		     { "migrations/1_a/up.sql", "SELECT 1;" });
	assert_ok(gm_context_roots_between(&roots, &f.arena, f.repo, &policy,
					   &base, &tip, &err));
	assert_int_equal(roots.n, 1);
	assert_string_equal(roots.items[0].layout->name, "golang-migrate");
	roots = (struct gm_roots){ 0 };
	assert_ok(gm_context_roots_between(&roots, &f.arena, f.repo, &policy,
					   &none, &tip, &err));
	assert_string_equal(roots.items[0].layout->name, "directory");
	fixture_done(&f);
}

static void too_large(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_policy policy;
	struct gm_oid tip;
	struct fixture f;
	char *text;

	(void)state;
	fixture_start(&f);
	text = gm_alloc(&f.arena, GM_POLICY_MAX + 2);
	memset(text, '#', GM_POLICY_MAX + 1);
	tip = COMMIT(&f, NULL, "Start\n", { GM_POLICY_PATH, text });
	assert_int_equal(gm_policy_of_commit(&policy, &f.arena, f.repo, &tip,
					     "main", &err),
			 -1);
	assert_int_equal(err.code, GM_EPOLICY);
	assert_string_equal(err.msg, "the policy is larger than 256 KiB");
	assert_string_equal(err.path, "main:" GM_POLICY_PATH);
	fixture_done(&f);
}

struct ends {
	struct gm_oid base, tip;
};

static int settle(struct fixture *f, void *data, struct gm_err *err)
{
	const struct ends *ends = data;
	struct gm_context cx = { 0 };
	struct gm_policy policy;

	if (gm_context_local(&cx, &f->arena, f->repo, &ends->tip, err) < 0 ||
	    gm_policy_of_commit(&policy, &f->arena, f->repo, &ends->base,
				"base", err) < 0 ||
	    gm_context_roots_between(&cx.roots, &f->arena, f->repo, &cx.policy,
				     &ends->base, &ends->tip, err) < 0)
		return -1;
	return (int)cx.roots.n;
}

static void damage(void **state)
{
	static const char text[] = "version: 1\nproject: shop\n"
				   "migrations: auto\n";
	struct fixture f;
	struct ends ends;

	(void)state;
	fixture_start(&f);
	ends.base = COMMIT(&f, NULL, "Start\n", { GM_POLICY_PATH, text },
			   { "migrations/1_a.up.sql", "SELECT 1;" });
	ends.tip = COMMIT(&f, &ends.base, "More\n",
			  { "db/migrations/1_a.up.sql", "SELECT 1;" });
	fixture_sweep(&f, settle, &ends);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(policies), cmocka_unit_test(layouts_stay),
	     cmocka_unit_test(too_large), cmocka_unit_test(damage))
