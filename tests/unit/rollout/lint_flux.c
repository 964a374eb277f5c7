#include "linted.h"

static void flux_gives(const char *more, const char *want)
{
	give("f.yaml", gm_printf(&arena, KS("one", "a", "%s"), more));
	if (strcmp(found(), want) != 0)
		fail_msg("'%s', not '%s', of\n%s", found(), want, more);
}

static void test_force(void **state)
{
	(void)state;
	give("a/x.yaml", "kind: ConfigMap\napiVersion: v1\n");
	flux_gives("  force: true\n", "r3@f.yaml:10");
	flux_gives("  force: false\n", "");
	give("a/x.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata:\n"
			 "  annotations:\n"
			 "    kustomize.toolkit.fluxcd.io/force: Enabled\n");
	flux_gives("", "r3@a/x.yaml:5");
}

#define KS_BARE(more)                                                          \
	"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"    \
	"metadata: {name: one, namespace: a}\nspec:\n  path: a\n"              \
	"  timeout: 1m\n  retryInterval: 1m\n" more

static void test_jobs_wait(void **state)
{
	(void)state;
	give("a/job.yaml", JOB);
	give("f.yaml", KS_BARE(""));
	assert_string_equal(found(), "r5@f.yaml:1");
	give("f.yaml", KS_BARE("  wait: false\n"));
	assert_string_equal(found(), "r5@f.yaml:8");
	give("f.yaml", KS_BARE("  wait: true\n"));
	assert_string_equal(found(), "");
	give("f.yaml", KS_BARE("  healthChecks: [{kind: Job, "
			       "name: gm-m1-expand-0123abcd-1}]\n"));
	assert_string_equal(found(), "");
}

#define BACKUP                                                                 \
	"apiVersion: postgresql.cnpg.io/v1\nkind: Backup\nmetadata:\n"         \
	"  name: b\n"                                                          \
	"  annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}\n"       \
	"spec: {method: plugin}\n"

static void test_canary_waits(void **state)
{
	(void)state;
	give("a/c.yaml", "apiVersion: flagger.app/v1beta1\nkind: Canary\n"
			 "metadata: {name: c}\n");
	give("f.yaml", KS_BARE(""));
	assert_string_equal(found(), "");
	give("f.yaml", KS_BARE("  wait: true\n"));
	assert_string_equal(found(), "r5@f.yaml:8");
	give("f.yaml", KS_BARE("  healthChecks: [{kind: Canary, name: c}]\n"));
	assert_string_equal(found(), "r5@f.yaml:8");
	give("f.yaml", KS_BARE("  wait: true\n"
			       "  healthCheckExprs: [{kind: Canary, current: "
			       "\"true\"}]\n"));
	assert_string_equal(found(), "");
}

static void test_cnpg_waits(void **state)
{
	(void)state;
	give("a/b.yaml", BACKUP);
	give("f.yaml", KS_BARE("  wait: true\n"));
	assert_string_equal(found(), "r5@f.yaml:1");
	give("f.yaml", KS_BARE("  healthCheckExprs: [{kind: Backup, current: "
			       "\"true\"}]\n"));
	assert_string_equal(found(), "r5@f.yaml:1");
	give("f.yaml", KS_BARE("  healthCheckExprs: [{kind: Backup, current: "
			       "\"true\"}]\n"
			       "  healthChecks: [{kind: Backup, name: b}]\n"));
	assert_string_equal(found(), "");
}

/* Whoever applies the stages does not wait for them. */
static void test_parent(void **state)
{
	(void)state;
	give("f.yaml", KS("parent", "a", ""));
	give("a/s.yaml",
	     "apiVersion: kustomize.toolkit.fluxcd.io/v1\n"
	     "kind: Kustomization\nmetadata:\n  name: gm-m-20-expand\n"
	     "  namespace: a\n  labels: {git-migrate.dev/stage: expand}\n"
	     "spec:\n  path: b\n  wait: true\n  timeout: 1m\n"
	     "  retryInterval: 1m\n");
	give("b/job.yaml", JOB);
	assert_string_equal(found(), "r5@f.yaml:6");
}

static void test_cel(void **state)
{
	(void)state;
	give("a/x.yaml", "kind: ConfigMap\napiVersion: v1\n");
	flux_gives("  healthCheckExprs:\n    - kind: X\n"
		   "      current: \"a.filter(c, c.b).all(c, c.d)\"\n"
		   "      failed: \"a.exists(c, c.b)\"\n",
		   "r6@f.yaml:12");
	flux_gives("  dependsOn:\n    - name: x\n"
		   "      readyExpr: \"dep.a.all(c, true)\"\n",
		   "r6@f.yaml:12");
}

static void test_fresh(void **state)
{
	(void)state;
	give("f.yaml",
	     "apiVersion: kustomize.toolkit.fluxcd.io/v1\n"
	     "kind: Kustomization\nmetadata:\n  name: gm-m1-20-expand\n"
	     "  labels: {git-migrate.dev/migration: m1}\nspec:\n"
	     "  path: a\n");
	give("a/x.yaml",
	     "kind: ConfigMap\napiVersion: v1\n"
	     "metadata: {labels: {git-migrate.dev/migration: m1}}\n");
	assert_string_equal(found(), "");
	give("a/x.yaml",
	     "kind: ConfigMap\napiVersion: v1\n"
	     "metadata: {labels: {git-migrate.dev/migration: m2}}\n");
	assert_string_equal(found(), "r9@f.yaml:7");
	give("f.yaml", "apiVersion: kustomize.toolkit.fluxcd.io/v1\n"
		       "kind: Kustomization\nmetadata:\n  name: expand\n"
		       "  labels: {git-migrate.dev/migration: m2}\nspec:\n"
		       "  path: a\n");
	assert_string_equal(found(), "r9@f.yaml:1");
}

static void test_times(void **state)
{
#define TIMES(text)                                                            \
	"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"    \
	"metadata: {name: one}\nspec:\n  path: a\n  wait: true\n" text
	(void)state;
	give("a/job.yaml", JOB);
	give("f.yaml", TIMES(""));
	assert_string_equal(found(), "r12@f.yaml:1 r12@f.yaml:1");
	give("f.yaml", TIMES("  timeout: 2h\n  retryInterval: 1m\n"));
	assert_string_equal(found(), "r12@f.yaml:7");
	give("f.yaml", TIMES("  timeout: 5m\n  retryInterval: 1h\n"));
	assert_string_equal(found(), "r12@f.yaml:8");
	give("f.yaml", TIMES("  timeout: soon\n  retryInterval: 1m\n"));
	assert_string_equal(found(), "r12@f.yaml:7");
	/* What is no stage may wait as it likes. */
	give("a/job.yaml", "kind: ConfigMap\napiVersion: v1\n");
	assert_string_equal(found(), "");
}

GM_UNIT_MAIN(LINT_TEST(test_force), LINT_TEST(test_jobs_wait),
	     LINT_TEST(test_cnpg_waits), LINT_TEST(test_canary_waits),
	     LINT_TEST(test_parent), LINT_TEST(test_cel), LINT_TEST(test_fresh),
	     LINT_TEST(test_times))
