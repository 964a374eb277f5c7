#include "rollout/app.h"

#include "base/buf.h"
#include "git/place.h"

/* "kind ... ; other ...", with "+" in front where it has secrets. */
static const char *built(const char *dir)
{
	const struct gm_place where = { .dir = place };
	struct gm_buf out = gm_buf(&arena);
	struct gm_app app;

	err = (struct gm_err)GM_ERR_INIT;
	assert_ok(gm_app_read(&app, &arena, &where, dir, "Deployment", "shop",
			      &err));
	if (!app.found)
		return "nothing";
	gm_buf_puts(&out, app.secrets ? "+" : "");
	for (size_t i = 0; i < app.kinds.n; i++)
		gm_buf_printf(&out, "%s ", app.kinds.items[i]);
	for (size_t i = 0; i < app.others.n; i++)
		gm_buf_printf(&out, "; %s", app.others.items[i]);
	return out.ptr;
}

#define NAMED(kind, name) "kind: " kind "\nmetadata: {name: " name "}\n---\n"

static void test_built(void **state)
{
	(void)state;
	assert_string_equal(built("app/overlay"), "nothing");
	put("app/overlay/kustomization.yaml",
	    "resources: [../base, https://example.com/a, ../../../out]\n"
	    "components: [./more/]\n");
	assert_string_equal(built("app/overlay"), "");
	put("app/base/kustomization.yml",
	    "resources: [all.yaml, broken.yaml, gone.yaml]\n");
	put("app/base/broken.yaml", "a: [\n");
	put("app/base/all.yaml",
	    NAMED("Deployment", "shop") NAMED("Deployment", "worker")
		    NAMED("Deployment", "worker") NAMED("Service", "shop")
			    NAMED("Service", "two") NAMED("ConfigMap", "c")
				    NAMED("\"a|b\"", "x")
					    NAMED("Deployment", "\".*\""));
	assert_string_equal(built("app/overlay"), "Service ConfigMap ; worker");
	put("app/overlay/more/Kustomization", "secretGenerator: [{name: s}]\n");
	assert_string_equal(built("app/overlay"),
			    "+Service ConfigMap ; worker");
	put("app/overlay/more/Kustomization", "resources: [s.yaml]\n");
	put("app/overlay/more/s.yaml", NAMED("Secret", "s"));
	assert_string_equal(built("app/overlay"),
			    "+Service ConfigMap Secret ; worker");
}

/* Directories that name each other end. */
static void test_circle(void **state)
{
	(void)state;
	put("a/kustomization.yaml", "resources: [../b]\n");
	put("b/kustomization.yaml", "resources: [../a]\n");
	assert_string_equal(built("a"), "");
}

#define APP_TEST(name)                                                         \
	cmocka_unit_test_setup_teardown(name, place_setup, place_done)

GM_UNIT_MAIN(APP_TEST(test_built), APP_TEST(test_circle))
