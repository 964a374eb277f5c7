#include "linted.h"

/* What is found of the step from the tree `old` to the tree `tree`. */
static const char *step(void)
{
	const struct gm_place was = { .dir = in_place("old") };
	struct gm_findings list = gm_findings(&arena, NULL);
	struct gm_buf out = gm_buf(&arena);
	struct gm_manifests old;

	assert_ok(
		gm_manifests_read(&linted, &arena, &linted_place, NULL, &err));
	assert_ok(gm_manifests_read(&old, &arena, &was, NULL, &err));
	assert_ok(gm_lint_since(&list, &linted, &old, &err));
	for (size_t i = 0; i < list.n; i++)
		gm_buf_printf(&out, "%s%s@%.*s:%zu", i ? " " : "",
			      gm_rule_info(list.items[i].rule)->name + 5,
			      (int)list.items[i].path.len,
			      list.items[i].path.ptr, list.items[i].line);
	return out.ptr;
}

static void test_both(void **state)
{
	(void)state;
	put("old/f.yaml", KS("app", "a", ""));
	put("old/a/x.yaml", "kind: ConfigMap\n");
	give("f.yaml", KS("app", "a", ""));
	give("a/x.yaml", "kind: ConfigMap\n");
	assert_string_equal(step(), "");
	give("f.yaml", KS("app", "a", "  dependsOn: [{name: x}]\n"));
	assert_string_equal(step(), "");
	give("a/x.yaml", "kind: ConfigMap\ndata: {}\n");
	assert_string_equal(step(), "r21@f.yaml:1");
	give("f.yaml", KS("app", "a", ""));
	assert_string_equal(step(), "");
	/* A file that goes is a change as well. */
	give("f.yaml", KS("app", "a", "  suspend: true\n"));
	give("a/x.yaml", "kind: ConfigMap\n");
	put("old/a/y.yaml", "kind: ConfigMap\n");
	assert_string_equal(step(), "r21@f.yaml:1");
}

#define STAGE(name, stage, path)                                               \
	"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"    \
	"metadata:\n  name: " name "\n  labels:\n"                             \
	"    git-migrate.dev/migration: m1\n"                                  \
	"    git-migrate.dev/stage: " stage "\nspec: {path: " path "}\n"

static void test_early(void **state)
{
	(void)state;
	put("old/m/kustomization.yaml", "resources: []\n");
	give("m/kustomization.yaml", "resources: [a.yaml]\n");
	give("m/a.yaml", STAGE("gm-m1-20-expand", "expand", "x"));
	give("m/b.yaml", STAGE("gm-m1-40-backfill", "backfill", "y"));
	/* It is there, but not named yet. */
	assert_string_equal(step(), "");
	give("m/kustomization.yaml", "resources: [a.yaml, b.yaml]\n");
	assert_string_equal(step(), "r22@m/b.yaml:1");
	put("old/m/kustomization.yaml", "resources: [a.yaml]\n");
	put("old/m/a.yaml", STAGE("gm-m1-20-expand", "expand", "x"));
	assert_string_equal(step(), "");
	/* What belongs to no expand has no app to wait for. */
	put("old/m/kustomization.yaml", "resources: []\n");
	give("m/kustomization.yaml", "resources: [b.yaml]\n");
	give("m/a.yaml", "kind: ConfigMap\n");
	assert_string_equal(step(), "");
}

GM_UNIT_MAIN(LINT_TEST(test_both), LINT_TEST(test_early))
