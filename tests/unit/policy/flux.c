#include "policy/flux.h"

#include "policy/policy.h"
#include "unit.h"

#define HEAD "version: 1\nproject: shop\nflux:\n"
#define LEAST "  source: {kind: GitRepository, name: delivery}\n  path: m\n"

static int read_flux(struct gm_policy_flux *out, struct gm_arena *a,
		     const char *text, struct gm_err *err)
{
	struct gm_policy p = { 0 };

	*err = (struct gm_err)GM_ERR_INIT;
	if (gm_policy_read(&p, a, "p.yaml",
			   gm_str(gm_printf(a, HEAD LEAST "%s", text)),
			   err) < 0)
		return -1;
	*out = p.flux;
	return 0;
}

static void test_defaults(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_policy_flux f;
	struct gm_err err;

	(void)state;
	assert_ok(read_flux(&f, &a, "", &err));
	assert_true(f.present);
	assert_false(f.by_tool || f.snapshot);
	assert_int_equal(f.flag_provider, GM_FLAG_CONFIGMAP);
	assert_null(f.image);
	assert_null(f.tool);
	assert_null(f.source_namespace);
	assert_null(f.database);
	assert_null(f.app_path);
	assert_null(f.flag_name);
	assert_null(f.applier);
	assert_null(f.observe.prometheus);
	assert_int_equal(f.restore.instances, 0);
	assert_string_equal(f.connection, "{cluster}-app");
	assert_string_equal(f.ca, "{cluster}-ca");
	assert_string_equal(f.backup_plugin, "barman-cloud.cloudnative-pg.io");
	assert_string_equal(f.backup_store, "{cluster}-store");
	assert_string_equal(f.clusters,
			    "flux/infrastructure/data/cnpg-clusters/{env}");
}

static void test_everything(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_policy_flux f;
	struct gm_err err;

	(void)state;
	assert_ok(read_flux(
		&f, &a,
		"  runner: git-migrate\n"
		"  image: pg:17\n"
		"  tool: gm:1\n"
		"  database: shop-db\n"
		"  clusters: db/{env}\n"
		"  app: {kind: Deployment, name: shop, kustomization: "
		"\"shop-{env}\", path: \"apps/{env}\", canary: shop}\n"
		"  flag: {provider: openfeature, name: flags, percent: 20}\n"
		"  backup: {method: volumeSnapshot, store: s3}\n"
		"  secrets: {connection: \"{cluster}-ddl\"}\n"
		"  accounts: {applier: gm, worker: gm-worker}\n"
		"  deadlines: {expand: 2h, backfill: 3d}\n"
		"  observe:\n"
		"    prometheus: http://prometheus:9090\n"
		"    window: 12h\n"
		"    queries:\n"
		"      errors: {query: \"rate(e[5m])\", max: 0.01}\n"
		"      traffic: {query: \"rate(r[5m])\", min: \"1\"}\n"
		"  restore: {storage: 20Gi, database: shop, owner: \"5\"}\n"
		"  names: {20261121093000_add_phone: add-phone}\n",
		&err));
	assert_true(f.by_tool && f.snapshot);
	assert_int_equal(f.flag_provider, GM_FLAG_OPENFEATURE);
	assert_string_equal(f.image, "pg:17");
	assert_string_equal(f.tool, "gm:1");
	assert_string_equal(f.app_kustomization, "shop-{env}");
	assert_string_equal(f.app_path, "apps/{env}");
	assert_string_equal(f.app_canary, "shop");
	assert_int_equal(f.flag_percent, 20);
	assert_string_equal(f.backup_store, "s3");
	assert_string_equal(f.connection, "{cluster}-ddl");
	assert_string_equal(f.worker, "gm-worker");
	assert_int_equal(f.deadlines.expand, 7200);
	assert_int_equal(f.deadlines.backfill, 3 * 86400);
	assert_int_equal(f.deadlines.contract, 0);
	assert_int_equal(f.observe.window, 12 * 3600);
	assert_int_equal(f.observe.every, 60);
	assert_int_equal(f.observe.n_queries, 2);
	assert_string_equal(f.observe.queries[0].max, "0.01");
	assert_null(f.observe.queries[0].min);
	assert_string_equal(f.observe.queries[1].name, "traffic");
	assert_string_equal(f.observe.queries[1].min, "1");
	assert_int_equal(f.restore.instances, 1);
	assert_string_equal(f.restore.owner, "5");
	assert_int_equal(f.n_names, 1);
	assert_string_equal(f.names[0].id, "20261121093000_add_phone");
	assert_string_equal(f.names[0].name, "add-phone");
}

static void test_providers(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_policy_flux f;
	struct gm_err err;

	(void)state;
	assert_ok(read_flux(&f, &a, "  flag: {provider: env, name: web}\n",
			    &err));
	assert_int_equal(f.flag_provider, GM_FLAG_ENV);
}

static void test_tool_is_image(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_policy_flux f;
	struct gm_err err;

	(void)state;
	assert_ok(read_flux(&f, &a, "  runner: git-migrate\n  image: gm:1\n",
			    &err));
	assert_string_equal(f.tool, "gm:1");
	assert_ok(read_flux(&f, &a, "  image: pg:17\n", &err));
	assert_null(f.tool);
	assert_ok(read_flux(&f, &a, "  app: {kind: Deployment, name: x}\n",
			    &err));
	assert_string_equal(f.app_kustomization, "x");
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text, *says, *hint;
	} bad[] = {
		{ "  runner: flyway\n", "'runner' cannot be 'flyway'", "psql" },
		{ "  database: \"{name}-db\"\n", "only {env} and {cluster}",
		  "shop-db" },
		{ "  clusters: \"db/{env\"\n", "only {env} and {cluster}",
		  "{env}" },
		{ "  clusters: /db\n", "relative to the root", "{env}" },
		{ "  app: {kind: Deployment, name: x, path: \"../{env}\"}\n",
		  "'.' or '..' part", "{env}" },
		{ "  flag: {provider: flagd, name: x}\n", "cannot be 'flagd'",
		  "configmap" },
		{ "  flag: {provider: configmap}\n", "'name' is missing",
		  "shop-flags" },
		{ "  flag: {name: x, percent: 0}\n", "out of range",
		  "from 1 to 100" },
		{ "  backup: {method: dump}\n", "cannot be 'dump'", "plugin" },
		{ "  secrets: {connection: \"A\"}\n", "not a name", "app" },
		{ "  observe: {queries: {a: {query: x, max: 1}}}\n",
		  "'prometheus' is missing", "http" },
		{ "  observe: {prometheus: \"http://p\"}\n",
		  "'queries' is missing", "error-rate" },
		{ "  observe: {prometheus: \"ftp://p\", queries: {}}\n",
		  "start with http", "http" },
		{ "  observe: {prometheus: \"http://p\", queries: {}}\n",
		  "'queries' is empty", "error-rate" },
		{ "  observe: {prometheus: \"http://p\", queries: "
		  "{a: {query: x}}}\n",
		  "'a' has neither 'max' nor 'min'", "max: 0.01" },
		{ "  observe: {prometheus: \"http://p\", queries: "
		  "{a: {query: x, max: 1e3}}}\n",
		  "'max' must be a number", "0.01" },
		{ "  observe: {prometheus: \"http://p\", queries: "
		  "{a: {query: x, max: [1]}}}\n",
		  "'max' must be a number: a single", "0.01" },
		{ "  restore: {storage: 20G}\n", "Mi, Gi or Ti", "20Gi" },
		{ "  names: {a: \"a_b\"}\n", "only a-z, 0-9", "add-phone" },
		{ "  image: {}\n", "a single value", "registry" },
	};
	struct gm_policy_flux f = { 0 };
	struct gm_err err;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

		if (read_flux(&f, &a, bad[i].text, &err) == 0)
			fail_msg("accepted: %s", bad[i].text);
		assert_int_equal(err.code, GM_EPOLICY);
		if (!strstr(err.msg, bad[i].says) ||
		    !strstr(err.hint, bad[i].hint) || err.line != 6)
			fail_msg("%s: %zu: %s\n%s", bad[i].text, err.line,
				 err.msg, err.hint);
	}
}

GM_UNIT_MAIN(cmocka_unit_test(test_defaults), cmocka_unit_test(test_everything),
	     cmocka_unit_test(test_providers),
	     cmocka_unit_test(test_tool_is_image),
	     cmocka_unit_test(test_refuses))
