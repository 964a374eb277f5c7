#include "linted.h"

static void test_together(void **state)
{
	(void)state;
	give("a/kustomization.yaml", "resources: [job.yaml, app.yaml]\n");
	give("a/job.yaml", JOB);
	give("a/app.yaml", "apiVersion: apps/v1\nkind: Deployment\n"
			   "metadata: {name: x}\n");
	assert_string_equal(found(), "r4@a/job.yaml:1");
	give("a/app.yaml",
	     "apiVersion: postgresql.cnpg.io/v1\nkind: Backup\nmetadata:\n"
	     "  name: b\n"
	     "  annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}\n"
	     "spec: {method: plugin}\n");
	assert_string_equal(found(), "r4@a/job.yaml:1");
	give("a/app.yaml", "apiVersion: v1\nkind: Service\n");
	assert_string_equal(found(), "");
}

static void test_path(void **state)
{
	(void)state;
	give("a/job.yaml", JOB);
	file_gives(KS("s-10", "a", "") "---\n" KS("s-20", "a", ""),
		   "r4@x.yaml:15");
	give("a/job.yaml", "kind: ConfigMap\napiVersion: v1\n");
	file_gives(KS("s-10", "a", "") "---\n" KS("s-20", "a", ""), "");
}

static void test_empty(void **state)
{
	(void)state;
	give("a/notes.txt", "");
	file_gives(KS("s-10", "a", ""), "r13@x.yaml:5");
	give("a/kustomization.yaml", "resources: []\n");
	file_gives(KS("s-10", "a", ""), "r13@x.yaml:5");
	/* Nobody knows what is elsewhere. */
	give("a/kustomization.yaml", "resources: [https://example.com/x]\n");
	file_gives(KS("s-10", "a", ""), "");
	file_gives(KS("s-10", "not-here", ""), "");
	give("a/kustomization.yaml",
	     "configMapGenerator: [{name: x, literals: [a=b]}]\n");
	file_gives(KS("s-10", "a", ""), "");
	give("b/kustomization.yaml", "resources: []\n");
	file_gives("kind: ConfigMap\napiVersion: v1\n",
		   "r13@b/kustomization.yaml:1");
	give("b/kustomization.yaml", "resources: [c.yaml]\n");
	give("b/c.yaml", "kind: ConfigMap\napiVersion: v1\n");
	file_gives("apiVersion: kustomize.toolkit.fluxcd.io/v1\n"
		   "kind: Kustomization\nmetadata:\n  name: gm-m-20\n"
		   "  labels: {git-migrate.dev/stage: expand}\nspec:\n"
		   "  path: gone\n  timeout: 1m\n  retryInterval: 1m\n",
		   "r13@x.yaml:7");
}

GM_UNIT_MAIN(LINT_TEST(test_together), LINT_TEST(test_path),
	     LINT_TEST(test_empty))
