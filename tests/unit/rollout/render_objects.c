#include "shop.h"

#define A "flux/stages-a.yaml"
#define B "flux/stages-b.yaml"

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *s = strstr(text, what); s; s = strstr(s + 1, what))
		n++;
	return n;
}

static void test_checkpoint(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	assert_string_equal(shop_value(&s, A, "metadata/name"),
			    "gm-add-10-checkpoint");
	assert_string_equal(shop_value(&s, A, "metadata/namespace"), "shop");
	assert_string_equal(shop_value(&s, A, "spec/path"),
			    "./flux/migrations/staging/add/10-checkpoint");
	assert_string_equal(shop_value(&s, A, "spec/prune"), "true");
	assert_string_equal(shop_value(&s, A, "spec/timeout"), "5m");
	assert_string_equal(shop_value(&s, A, "spec/retryInterval"), "1m");
	assert_string_equal(shop_value(&s, A, "spec/deletionPolicy"), "Orphan");
	assert_string_equal(shop_value(&s, A, "spec/wait"), "");
	assert_string_equal(shop_value(&s, A, "spec/serviceAccountName"),
			    "gm-shop-db-applier");
	assert_string_equal(shop_value(&s, A, "spec/sourceRef/name"),
			    "delivery");
	assert_string_equal(shop_value(&s, A, "spec/sourceRef/namespace"), "");
	shop_says(&s, A, "has(status.backupId)");
	shop_says(&s, A, "c.type == 'ContinuousArchiving'");
	/* Never all(): it is true of nothing. */
	shop_silent(&s, A, ".all(");
	shop_silent(&s, A, "force");
}

static void test_jobs_wait(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	assert_int_equal(count(shop_file(&s, A), "wait: true"), 1);
	assert_int_equal(count(shop_file(&s, B), "wait: true"), 4);
	/* The backup before the contract, and the contract. */
	assert_int_equal(count(shop_file(&s, B), "suspend: true"), 2);
	assert_int_equal(count(shop_file(&s, A), "suspend"), 0);
	shop_says(&s, B, "dependsOn:\n  - name: \"shop-app\"\n");
	shop_silent(&s, B, "readyExpr");
}

static void test_released(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	shop_slots(&s, NULL);
	assert_ok(gm_slots_reach(&s.slots, GM_STAGE_DEPLOY, &err));
	for (size_t i = 0; i < s.slots.n; i++)
		if (s.slots.items[i].state == GM_SLOT_SUSPENDED)
			s.slots.items[i].state = GM_SLOT_ACTIVE;
	assert_ok(shop_render(&s, &err));
	shop_silent(&s, B, "suspend");
}

static void test_named(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	shop_slots(&s, NULL);
	assert_ok(gm_slots_reach(&s.slots, GM_STAGE_EXPAND, &err));
	gm_slots_show_all(&s.slots);
	assert_ok(shop_render(&s, &err));
	shop_says(&s, "flux/kustomization.yaml",
		  "resources:\n- \"accounts.yaml\"\n- \"stages-a.yaml\"\n");
	shop_silent(&s, "flux/kustomization.yaml", "stages-b.yaml");
	assert_ok(gm_slots_reach(&s.slots, GM_STAGE_OBSERVE, &err));
	assert_ok(shop_render(&s, &err));
	shop_says(&s, "flux/kustomization.yaml", "- \"stages-b.yaml\"\n");
	shop_silent(&s, "flux/kustomization.yaml", "stages-r");
}

static void test_snapshot_and_soak(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a,
		 "  source: {kind: GitRepository, name: d, namespace: flux}\n"
		 "  path: m\n  image: pg:17\n"
		 "  backup: {method: volumeSnapshot}\n"
		 "  accounts: {applier: a1, worker: w1}\n");
	shop_silent(&s, A, "backupId");
	assert_string_equal(shop_value(&s, A, "spec/sourceRef/namespace"),
			    "flux");
	assert_string_equal(shop_value(&s, A, "spec/serviceAccountName"), "a1");
	/* Nobody to wait for. */
	assert_string_equal(shop_value(&s, A, "spec/dependsOn"), "");
	shop_says(&s, B, "duration('86400s')");
	shop_says(&s, B,
		  "dependsOn:\n  - name: \"gm-add-40-backfill\"\n"
		  "  - name: \"gm-add-40-backfill\"\n    readyExpr: ");
	/* The accounts are somebody else's, and nothing is observed. */
	assert_null(
		gm_fileset_find(&s.files, "m/staging/add/flux/accounts.yaml"));
	shop_silent(&s, "flux/kustomization.yaml", "accounts");
}

/* With Flagger no second app, and no contract before it has promoted. */
static void test_flagger(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a,
		 "  source: {kind: GitRepository, name: d}\n"
		 "  path: m\n  image: pg:17\n  tool: gm:1\n"
		 "  app: {kind: Deployment, name: shop, path: apps, canary:"
		 " shop}\n  flag: {name: f}\n"
		 "  observe:\n    prometheus: http://prometheus:9090\n"
		 "    queries: {errors: {query: up, max: 1}}\n");
	assert_null(gm_slots_find(&s.slots, GM_STAGE_ENABLE));
	shop_says(&s, B,
		  gm_printf(&a,
			    "  healthChecks:\n"
			    "  - apiVersion: \"batch/v1\"\n"
			    "    kind: \"Job\"\n    name: \"%s\"\n"
			    "    namespace: \"shop\"\n"
			    "  - apiVersion: \"flagger.app/v1beta1\"\n"
			    "    kind: \"Canary\"\n    name: \"shop\"\n",
			    gm_slots_find(&s.slots, GM_STAGE_OBSERVE)->job));
	shop_says(&s, B, "status.lastAppliedSpec == status.lastPromotedSpec");
	shop_all(&s, &a, NULL);
	shop_silent(&s, B, "flagger");
}

/* What observes has its rights, whoever it is. */
static void test_watcher(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a,
		 gm_printf(&a, "%s  accounts: {worker: w1}\n", shop_flux));
	shop_silent(&s, "flux/accounts.yaml", "ServiceAccount\"\nmetadata");
	shop_says(&s, "flux/accounts.yaml",
		  "name: \"gm-add-watcher\"\nsubjects:\n"
		  "- kind: \"ServiceAccount\"\n  name: \"w1\"\n");
}

/* Rights to make a cluster are there while one is to be made. */
static void test_restore_rights(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	shop_says(&s, "flux/accounts-restore.yaml", "name: \"gm-add-restore\"");
	shop_says(&s, "flux/accounts-restore.yaml", "- \"clusters\"");
	shop_silent(&s, "flux/kustomization.yaml", "restore");
	s.slots.lsn = "0/3000060";
	assert_ok(gm_slots_reach(&s.slots, GM_STAGE_RESTORE, &err));
	assert_ok(shop_render(&s, &err));
	shop_says(&s, "flux/kustomization.yaml", "- \"accounts-restore.yaml\"");
}

GM_UNIT_MAIN(cmocka_unit_test(test_checkpoint),
	     cmocka_unit_test(test_jobs_wait), cmocka_unit_test(test_released),
	     cmocka_unit_test(test_named),
	     cmocka_unit_test(test_snapshot_and_soak),
	     cmocka_unit_test(test_flagger), cmocka_unit_test(test_watcher),
	     cmocka_unit_test(test_restore_rights))
