#include "shop.h"

static void test_dir(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	assert_string_equal(gm_render_dir(&a, &s.target, "add"),
			    "flux/migrations/staging/add");
	assert_string_equal(gm_render_dir(&a, &s.target, NULL),
			    "flux/migrations/staging");
	shop_make(&s, &a,
		  "  source: {kind: GitRepository, name: d}\n  path: .\n");
	assert_string_equal(gm_render_dir(&a, &s.target, "add"), "staging/add");
}

static void test_everything(void **state)
{
	static const char *const files[] = {
		"10-checkpoint/backup.yaml",
		"10-checkpoint/kustomization.yaml",
		"20-expand/expand.sql",
		"20-expand/job.yaml",
		"20-expand/kustomization.yaml",
		"20-expand/ledger.sql",
		"20-expand/run.sql",
		"40-backfill/backfill.sql",
		"50-enable-canary/kustomization.yaml",
		"60-observe/observe.json",
		"65-checkpoint/backup.yaml",
		"70-contract/contract.sql",
		"80-rollback/rollback.sql",
		"90-restore/cluster.yaml",
		"flux/accounts.yaml",
		"flux/kustomization.yaml",
		"flux/stages-a.yaml",
		"flux/stages-b.yaml",
	};
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	for (size_t i = 0; i < GM_COUNT(files); i++)
		assert_true(*shop_file(&s, files[i]));
	for (size_t i = 1; i < s.files.n; i++)
		assert_true(strcmp(s.files.items[i - 1].path,
				   s.files.items[i].path) < 0);
	shop_says(&s, "20-expand/job.yaml",
		  "# Written by git migrate emit for 1_add; do not edit.\n");
}

/* Equal input gives equal bytes. */
static void test_same(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop one, two;

	(void)state;
	shop_all(&one, &a, NULL);
	shop_all(&two, &a, NULL);
	assert_int_equal(one.files.n, two.files.n);
	for (size_t i = 0; i < one.files.n; i++) {
		assert_string_equal(one.files.items[i].path,
				    two.files.items[i].path);
		assert_true(gm_str_eq(one.files.items[i].content,
				      two.files.items[i].content));
	}
}

static void test_shown(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	shop_slots(&s, NULL);
	assert_ok(gm_slots_reach(&s.slots, GM_STAGE_EXPAND, &err));
	assert_ok(shop_render(&s, &err));
	assert_true(*shop_file(&s, "20-expand/job.yaml"));
	assert_null(gm_fileset_find(
		&s.files, "flux/migrations/staging/add/70-contract/job.yaml"));
	assert_null(gm_fileset_find(
		&s.files, "flux/migrations/staging/add/flux/stages-b.yaml"));
}

static void test_vars(void **state)
{
	struct gm_render_vars v = { 0 };

	(void)state;
	gm_render_var(&v, "a", "1");
	gm_render_var(&v, "b", NULL);
	assert_int_equal(v.n, 2);
	assert_null(v.items[2].name);
}

static void test_list(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_strings values = { 0 };
	struct gm_fill_list list;

	(void)state;
	*GM_PUSH(&a, &values) = "x";
	*GM_PUSH(&a, &values) = "y";
	list = gm_render_list(&a, "l", "v", &values);
	assert_string_equal(list.name, "l");
	assert_int_equal(list.n, 2);
	assert_string_equal(list.rows[1].vars[0].value, "y");
	assert_null(list.rows[1].vars[1].name);
}

/* What goes wrong says in which stage. */
static void test_fails(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	s.rollout.backfills.items[0].up = GM_STR("\\! ls\n");
	shop_slots(&s, NULL);
	gm_slots_show_all(&s.slots);
	assert_int_equal(shop_render(&s, &err), -1);
	assert_non_null(strstr(err.msg, "stage 'backfill': "));
	assert_string_equal(err.path, "migrations/2_fill/up.sql");
}

GM_UNIT_MAIN(cmocka_unit_test(test_dir), cmocka_unit_test(test_everything),
	     cmocka_unit_test(test_same), cmocka_unit_test(test_shown),
	     cmocka_unit_test(test_vars), cmocka_unit_test(test_list),
	     cmocka_unit_test(test_fails))
