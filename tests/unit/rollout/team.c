#include "rollout/team.h"

#include "linted.h"

#define APP "apps/shop/kustomization.yaml"

static struct gm_policy_flux flux;
static struct gm_target target;
static struct gm_update update;
static struct gm_team team;

static int setup(void **state)
{
	linted_setup(state);
	flux = (struct gm_policy_flux){ .app_name = "shop",
					.flag_name = "flags",
					.connection = "{cluster}-app",
					.ca = "{cluster}-ca" };
	target = (struct gm_target){ .flux = &flux,
				     .env = "staging",
				     .namespace_ = "a",
				     .cluster = "db",
				     .connection = "db-app",
				     .ca = "db-ca",
				     .app = "shop-app",
				     .app_path = "apps/shop" };
	update = (struct gm_update){ 0 };
	team = (struct gm_team){ &arena, &linted_place, &target, "flux/add",
				 &update };
	return 0;
}

/* What the file of that path becomes. */
static void becomes(const char *path, const char *text)
{
	for (size_t i = 0; i < update.n; i++)
		if (!strcmp(update.items[i].path, path)) {
			assert_str(update.items[i].content, text);
			return;
		}
	fail_msg("%s is not changed", path);
}

static void test_wait(void **state)
{
	(void)state;
	give("x.yaml",
	     KS("shop-db", "db", "") "---\n" KS("shop-app", "app",
						"  dependsOn: [{name: b}]\n"));
	give("flux/add/y.yaml", KS("shop-app", "app", ""));
	assert_int_equal(gm_team_wait(&team, "gm-x", &err), 1);
	assert_int_equal(update.n, 1);
	becomes("x.yaml",
		KS("shop-db", "db", "") "---\n" KS(
			"shop-app", "app",
			"  dependsOn: [{name: b}, {name: \"gm-x\"}]\n"));
	assert_int_equal(gm_team_wait(&team, "gm-x", &err), 1);
	assert_int_equal(update.n, 1);
	target.namespace_ = "other";
	assert_int_equal(gm_team_wait(&team, "gm-x", &err), 0);
	target.app = NULL;
	assert_int_equal(gm_team_wait(&team, "gm-x", &err), 0);
}

#define ELSEWHERE(more)                                                        \
	"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"    \
	"metadata: {name: other, namespace: z}\nspec:\n  path: ./x\n" more

static void test_unwait(void **state)
{
	struct gm_strings objects = { 0 };

	(void)state;
	*GM_PUSH(&arena, &objects) = "gm-x";
	*GM_PUSH(&arena, &objects) = "gm-y";
	give("x.yaml",
	     KS("one", "one", "  dependsOn: [{name: gm-x}]\n") "---\n" KS(
		     "two", "two",
		     "  dependsOn:\n  - name: b\n  - name: gm-y\n"
		     "    namespace: a\n  - name: gm-x\n    namespace: c\n"));
	assert_int_equal(gm_team_unwait(&team, &objects, &err), 1);
	becomes("x.yaml", KS("one", "one", "") "---\n" KS(
				  "two", "two",
				  "  dependsOn:\n  - name: b\n"
				  "  - name: gm-x\n    namespace: c\n"));
	give("x.yaml", KS("one", "one", ""));
	assert_int_equal(gm_team_unwait(&team, &objects, &err), 0);
	/* From another namespace, with that of the environment named. */
	give("y.yaml",
	     ELSEWHERE("  dependsOn:\n  - {name: gm-x, namespace: a}\n"
		       "  - name: gm-y\n"));
	assert_int_equal(gm_team_unwait(&team, &objects, &err), 1);
	becomes("y.yaml", ELSEWHERE("  dependsOn:\n  - name: gm-y\n"));
}

/* A list of objects stands for its items. */
#define LISTED(more)                                                           \
	"kind: List\nitems:\n- apiVersion: kustomize.toolkit.fluxcd.io/v1\n"   \
	"  kind: Kustomization\n  metadata: {name: shop-app, namespace: a}\n"  \
	"  spec:\n    path: ./app\n" more

static void test_listed(void **state)
{
	struct gm_strings objects = { 0 };

	(void)state;
	*GM_PUSH(&arena, &objects) = "gm-x";
	give("l.yaml", LISTED("    prune: true\n"));
	assert_int_equal(gm_team_wait(&team, "gm-x", &err), 1);
	becomes("l.yaml", LISTED("    prune: true\n"
				 "    dependsOn: [{name: \"gm-x\"}]\n"));
	assert_int_equal(gm_team_unwait(&team, &objects, &err), 1);
	becomes("l.yaml", LISTED("    prune: true\n"));
}

static void test_flag(void **state)
{
	(void)state;
	assert_int_equal(gm_team_flag(&team, "NEW", true, &err), -1);
	give(APP, "configMapGenerator:\n- name: flags\n"
		  "  literals: [OLD=on, NEW=off] # of them\n");
	assert_int_equal(gm_team_flag(&team, "NEW", false, &err), 0);
	assert_int_equal(gm_team_flag(&team, "NEW", true, &err), 1);
	becomes(APP, "configMapGenerator:\n- name: flags\n"
		     "  literals: [OLD=on, \"NEW=on\"] # of them\n");
	assert_int_equal(gm_team_flag(&team, "OTHER", true, &err), -1);
	assert_non_null(strstr(err.msg, "OTHER=off"));
	target.app_path = NULL;
	assert_int_equal(gm_team_flag(&team, "NEW", true, &err), -1);
}

static void test_variable(void **state)
{
	static const char off[] =
		"kind: Deployment\nspec:\n  containers:\n"
		"  - name: other\n    env: [{name: NEW, value: \"off\"}]\n"
		"  - env: [{name: OLD, value: \"on\"},\n"
		"      {name: NEW, value: \"off\"}] # that one\n"
		"    name: flags\n";
	static const char on[] =
		"kind: Deployment\nspec:\n  containers:\n"
		"  - name: other\n    env: [{name: NEW, value: \"off\"}]\n"
		"  - env: [{name: OLD, value: \"on\"},\n"
		"      {name: NEW, value: \"on\"}] # that one\n"
		"    name: flags\n";

	(void)state;
	flux.flag_provider = GM_FLAG_ENV;
	assert_int_equal(gm_team_flag(&team, "NEW", true, &err), -1);
	give(APP, "resources: [../../base]\npatches: [{path: flags.yaml}]\n");
	give("apps/shop/flags.yaml", off);
	give("apps/shop/NEW", "{name: flags, env: [{name: NEW, value: off}]}");
	assert_int_equal(gm_team_flag(&team, "NEW", false, &err), 0);
	assert_int_equal(gm_team_flag(&team, "NEW", true, &err), 1);
	becomes("apps/shop/flags.yaml", on);
	assert_int_equal(gm_team_flag(&team, "NEWER", true, &err), -1);
	assert_non_null(strstr(err.msg, "no variable 'NEWER'"));
}

static void test_restore(void **state)
{
	(void)state;
	give(APP, "resources: [a.yaml]\n");
	give("apps/shop/a.yaml", "a: {b: db-app, c: [db-rw, \"db-app\"]}\n"
				 "d: db-apps\n");
	give("apps/shop/README", "db-app\n");
	assert_int_equal(gm_team_stop(&team, false, &err), 0);
	assert_int_equal(gm_team_stop(&team, true, &err), 1);
	becomes(APP, "resources: [a.yaml]\n"
		     "replicas: [{name: \"shop\", count: 0}]\n");
	assert_int_equal(gm_team_switch(&team, "db-r1", &err), 1);
	becomes("apps/shop/a.yaml", "a: {b: \"db-r1-app\", c: [\"db-r1-rw\","
				    " \"db-r1-app\"]}\nd: db-apps\n");
	assert_int_equal(gm_team_stop(&team, false, &err), 1);
	becomes(APP, "resources: [a.yaml]\n");
}

#define TEAM_TEST(name) cmocka_unit_test_setup_teardown(name, setup, place_done)

GM_UNIT_MAIN(TEAM_TEST(test_wait), TEAM_TEST(test_unwait),
	     TEAM_TEST(test_listed), TEAM_TEST(test_flag),
	     TEAM_TEST(test_variable), TEAM_TEST(test_restore))
