#include "shop.h"

static void test_found(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	assert_string_equal(s.target.env, "staging");
	assert_string_equal(s.target.namespace_, "shop");
	assert_string_equal(s.target.cluster, "shop-db");
	assert_string_equal(s.target.app_path, "apps/shop/overlays/staging");
	assert_string_equal(s.target.connection, "shop-db-app");
	assert_string_equal(s.target.ca, "shop-db-ca");
	assert_string_equal(s.target.store, "shop-db-store");
	assert_string_equal(s.target.app, "shop-app");
	assert_int_equal(s.target.postgres, 15);
}

static void refused(const char *policy, const char *env, enum gm_errcode code,
		    const char *says, const char *hint)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct gm_policy p;
	struct gm_target t;

	assert_ok(gm_policy_read(
		&p, &a, "p.yaml",
		gm_str(gm_printf(&a, "version: 1\nproject: shop\n%s", policy)),
		&err));
	assert_int_equal(gm_target_find(&t, &a, &p, env, &err), -1);
	if (err.code != code || !strstr(err.msg, says) ||
	    !strstr(err.hint, hint))
		fail_msg("%d: %s\n%s", err.code, err.msg, err.hint);
}

#define FLUX "flux: {source: {kind: GitRepository, name: x}, path: m}\n"

static void test_refused(void **state)
{
	(void)state;
	refused("environments: [{name: staging}]\n", "stagin", GM_ENOT_FOUND,
		"no environment 'stagin'", "'staging'");
	refused("", "staging", GM_ENOT_FOUND, "no environment", "environments");
	refused("environments: [{name: a, namespace: a, cluster: c}]\n", "a",
		GM_EPOLICY, "nothing about Flux", "flux");
	refused("environments: [{name: a, cluster: c}]\n" FLUX, "a", GM_EPOLICY,
		"no namespace", "namespace: a");
	refused("environments: [{name: a, namespace: a}]\n" FLUX, "a",
		GM_EPOLICY, "no cluster", "cluster: app-db");
	refused("environments: [{name: a, namespace: a, cluster: 1c}]\n" FLUX,
		"a", GM_EINPUT, "R18", "policy");
	/* The name of the environment makes no name of a Kustomization. */
	refused("environments: [{name: a_b, namespace: a, cluster: c}]\n"
		"flux: {source: {kind: GitRepository, name: x}, path: m, "
		"database: \"db-{env}\"}\n",
		"a_b", GM_EINPUT, "R18: 'db-a_b'", "a-z");
}

GM_UNIT_MAIN(cmocka_unit_test(test_found), cmocka_unit_test(test_refused))
