#include "shop.h"

static void test_checkpoint(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	assert_string_equal(
		shop_value(&s, "10-checkpoint/backup.yaml", "metadata/name"),
		"gm-add-pre");
	assert_string_equal(
		shop_value(&s, "10-checkpoint/backup.yaml", "spec/method"),
		"plugin");
	assert_string_equal(shop_value(&s, "10-checkpoint/backup.yaml",
				       "spec/pluginConfiguration/name"),
			    "barman-cloud.cloudnative-pg.io");
	assert_string_equal(
		shop_value(&s, "65-checkpoint/backup.yaml", "metadata/name"),
		"gm-add-pre-contract");
	shop_says(&s, "10-checkpoint/backup.yaml", "prune: \"disabled\"");
	shop_says(&s, "10-checkpoint/kustomization.yaml",
		  "resources:\n- \"backup.yaml\"\n");
	shop_all(&s, &a,
		 gm_printf(&a, "%s  backup: {method: volumeSnapshot}\n",
			   shop_flux));
	assert_string_equal(
		shop_value(&s, "10-checkpoint/backup.yaml", "spec/method"),
		"volumeSnapshot");
	shop_silent(&s, "10-checkpoint/backup.yaml", "pluginConfiguration");
}

static void test_canary(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	shop_says(&s, "50-enable-canary/kustomization.yaml",
		  "resources:\n- \"../../../../../apps/shop/overlays/staging\""
		  "\n");
	shop_says(&s, "50-enable-canary/kustomization.yaml",
		  "nameSuffix: \"-add-canary\"");
	shop_says(&s, "50-enable-canary/kustomization.yaml",
		  "literals:\n  - \"NEW=on\"\n");
	shop_says(&s, "50-enable-canary/kustomization.yaml",
		  "$patch: delete\n");
}

static void test_variable(void **state)
{
	static const char list[] = "50-enable-canary/kustomization.yaml";
	static const char flag[] = "50-enable-canary/flag.yaml";
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a,
		 "  source: {kind: GitRepository, name: d}\n  path: m\n"
		 "  image: pg:17\n"
		 "  app: {kind: Deployment, name: shop, path: apps}\n"
		 "  flag: {provider: env, name: web}\n");
	shop_says(&s, list, "- path: \"flag.yaml\"\n");
	shop_silent(&s, list, "configMapGenerator");
	assert_string_equal(shop_value(&s, flag, "metadata/name"), "shop");
	shop_says(&s, flag, "- name: \"web\"\n");
	shop_says(&s, flag, "- name: \"NEW\"\n          value: \"on\"\n");
}

static void test_featureflag(void **state)
{
	static const char flag[] = "50-enable-canary/featureflag.yaml";
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a,
		 "  source: {kind: GitRepository, name: d}\n  path: m\n"
		 "  image: pg:17\n"
		 "  flag: {provider: openfeature, name: f, percent: 20}\n");
	assert_string_equal(shop_value(&s, flag, "metadata/name"), "f-add");
	assert_string_equal(
		shop_value(&s, flag, "spec/flagSpec/flags/NEW/defaultVariant"),
		"off");
	shop_says(&s, flag, "- - \"on\"\n            - 20\n");
	shop_says(&s, flag, "- - \"off\"\n            - 80\n");
	shop_says(&s, "50-enable-canary/kustomization.yaml",
		  "- \"featureflag.yaml\"\n");
}

static void test_long_name(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	s.rollout.name = "a12345678901234567890123456789";
	s.policy.flux.app_name = "a123456789012345678901234567890";
	shop_slots(&s, NULL);
	gm_slots_show_all(&s.slots);
	assert_int_equal(shop_render(&s, &err), -1);
	assert_non_null(strstr(err.msg, "R18: the name of the canary"));
	s.policy.flux.flag_provider = GM_FLAG_OPENFEATURE;
	s.policy.flux.flag_name = "a123456789012345678901234567890123";
	shop_slots(&s, NULL);
	gm_slots_show_all(&s.slots);
	assert_int_equal(shop_render(&s, &err), -1);
	assert_non_null(strstr(err.msg, "R18: the name of the flag"));
}

GM_UNIT_MAIN(cmocka_unit_test(test_checkpoint), cmocka_unit_test(test_canary),
	     cmocka_unit_test(test_variable),
	     cmocka_unit_test(test_featureflag),
	     cmocka_unit_test(test_long_name))
