#include "linted.h"

#define NAMED(name)                                                            \
	"apiVersion: batch/v1\nkind: Job\nmetadata: {name: " name "}\nspec:\n" \
	"  backoffLimit: 0\n  template: {spec: {restartPolicy: Never}}\n"

static void test_names(void **state)
{
	(void)state;
	file_gives(NAMED("gm-m1-expand-0123abcd-1"), "");
	file_gives(NAMED("x-0123abcd-12"), "");
	file_gives(NAMED("migrate"), "r2@x.yaml:3");
	file_gives(NAMED("x-0123abcd"), "r2@x.yaml:3");
	file_gives(NAMED("x-0123abcg-1"), "r2@x.yaml:3");
	file_gives(NAMED("x0123abcd-1"), "r2@x.yaml:3");
	file_gives(NAMED("x-0123abcd1"), "r2@x.yaml:3");
	file_gives(NAMED("\"-0123abcd-1\""), "r2@x.yaml:3 r18@x.yaml:3");
	file_gives("apiVersion: batch/v1\nkind: Job\nmetadata:\n"
		   "  name: x-0123abcd-1\n"
		   "  labels: {git-migrate.dev/migration: x}\nspec:\n"
		   "  backoffLimit: 0\n"
		   "  template: {spec: {restartPolicy: Never}}\n",
		   "r2@x.yaml:4");
	/* What runs again and again is no migration. */
	file_gives("apiVersion: batch/v1\nkind: CronJob\n"
		   "metadata: {name: nightly}\n",
		   "");
}

static void test_job(void **state)
{
	(void)state;
	file_gives(JOB "  ttlSecondsAfterFinished: 600\n", "r1@x.yaml:7");
	file_gives(JOB "  suspend: true\n", "r10@x.yaml:7");
	file_gives(JOB "  suspend: false\n", "");
	file_gives(JOB "---\napiVersion: postgresql.cnpg.io/v1\nkind: Backup\n"
		       "metadata:\n  name: b\n  annotations:\n"
		       "    kustomize.toolkit.fluxcd.io/prune: disabled\n"
		       "    kustomize.toolkit.fluxcd.io/ssa: ifnotpresent\n"
		       "spec: {method: plugin}\n",
		   "r11@x.yaml:14");
}

#define SPEC(text)                                                             \
	"apiVersion: batch/v1\nkind: Job\n"                                    \
	"metadata: {name: gm-m1-expand-0123abcd-1}\nspec:\n" text

static void test_retries(void **state)
{
	(void)state;
	file_gives(SPEC("  template: {spec: {restartPolicy: Never}}\n"),
		   "r15@x.yaml:1");
	file_gives(SPEC("  backoffLimit: 3\n"
			"  template: {spec: {restartPolicy: Never}}\n"),
		   "r15@x.yaml:5");
	file_gives(SPEC("  backoffLimit: 3\n  podFailurePolicy: {rules: []}\n"
			"  template: {spec: {restartPolicy: Never}}\n"),
		   "");
	file_gives(SPEC("  backoffLimit: 0\n"
			"  template: {spec: {restartPolicy: OnFailure}}\n"),
		   "r15@x.yaml:6");
	file_gives(SPEC("  backoffLimit: 0\n"), "r15@x.yaml:1");
}

#define PSQL(words)                                                            \
	SPEC("  backoffLimit: 0\n  template:\n    spec:\n"                     \
	     "      restartPolicy: Never\n      containers:\n"                 \
	     "        - name: sql\n          command: [" words "]\n")

static void test_psql(void **state)
{
	(void)state;
	file_gives(PSQL("psql, -v, ON_ERROR_STOP=1, -f, x.sql"),
		   "r15@x.yaml:10");
	give("x.sql", "SELECT pg_try_advisory_lock(1);\n");
	file_gives(PSQL("psql, -v, ON_ERROR_STOP=1, -f, x.sql"), "");
	file_gives(PSQL("/usr/bin/psql, -f, x.sql"), "r15@x.yaml:10");
	file_gives(PSQL("psql") "          args: [-v, ON_ERROR_STOP=1]\n", "");
	file_gives(PSQL("bash, -c, psql"), "");
	/* Elsewhere it is no help. */
	give("d/x.yaml", PSQL("psql, -v, ON_ERROR_STOP=1"));
	assert_string_equal(found(), "r15@d/x.yaml:10");
}

static void test_substitute(void **state)
{
#define OFF "kustomize.toolkit.fluxcd.io/substitute: "
	(void)state;
	give("k/kustomization.yaml",
	     "resources: [job.yaml]\nconfigMapGenerator:\n"
	     "  - name: x\n    files: [a.sql]\n");
	give("k/a.sql", "SELECT 1;\n");
	give("k/job.yaml", JOB);
	assert_string_equal(found(),
			    "r14@k/kustomization.yaml:3 r14@k/job.yaml:1");
	give("k/job.yaml",
	     "apiVersion: batch/v1\nkind: Job\nmetadata:\n"
	     "  name: gm-m1-expand-0123abcd-1\n  annotations: {" OFF
	     "disabled}\nspec:\n  backoffLimit: 0\n"
	     "  template: {spec: {restartPolicy: Never}}\n");
	give("k/kustomization.yaml",
	     "resources: [job.yaml]\nconfigMapGenerator:\n"
	     "  - name: x\n    files: [a.sql]\n    options:\n"
	     "      annotations: {" OFF "Disabled}\n");
	assert_string_equal(found(), "r14@k/kustomization.yaml:3");
	give("k/kustomization.yaml",
	     "resources: [job.yaml]\nconfigMapGenerator:\n"
	     "  - name: x\n    files: [a.sql]\n    options:\n"
	     "      annotations: {" OFF "disabled}\n");
	assert_string_equal(found(), "");
	/* Without SQL nobody cares. */
	give("k/kustomization.yaml",
	     "resources: [job.yaml]\nconfigMapGenerator:\n"
	     "  - name: x\n    files: [a.conf]\n");
	assert_string_equal(found(), "");
	give("k/kustomization.yaml", "resources: [map.yaml]\n");
	give("k/map.yaml", "apiVersion: v1\nkind: ConfigMap\n"
			   "metadata: {name: x}\ndata:\n  a.sql: SELECT\n");
	assert_string_equal(found(), "r14@k/map.yaml:5");
	give("k/map.yaml", "apiVersion: v1\nkind: ConfigMap\n"
			   "metadata: {name: x}\ndata:\n  a.conf: SELECT\n");
	assert_string_equal(found(), "");
}

/* Whichever of the containers it is, and when it runs. */
static void test_containers(void **state)
{
	(void)state;
	file_gives(PSQL("sleep, '1'") "        - command: [psql, -f, x.sql]\n",
		   "r15@x.yaml:12 r15@x.yaml:12");
	file_gives(PSQL("sleep, '1'") "      initContainers:\n"
				      "        - command: [psql, -f, x.sql]\n",
		   "r15@x.yaml:13 r15@x.yaml:13");
}

/* In the script of a shell, too. */
static void test_shell(void **state)
{
#define SHELL(script)                                                          \
	"apiVersion: batch/v1\nkind: Job\n"                                    \
	"metadata: {name: gm-m1-expand-0123abcd-1}\nspec:\n"                   \
	"  backoffLimit: 0\n"                                                  \
	"  template:\n    spec:\n      restartPolicy: Never\n"                 \
	"      containers:\n        - command: [sh, -c]\n"                     \
	"          args: ['" script "']\n"
	(void)state;
	file_gives(SHELL("psql -f x.sql"), "r15@x.yaml:10 r15@x.yaml:10");
	file_gives(SHELL("psql -v ON_ERROR_STOP=1 -c \"SELECT"
			 " pg_advisory_lock(1)\""),
		   "");
	file_gives(SHELL("echo psqlrc"), "");
}

/* What a patch does not say stands elsewhere. */
static void test_patch(void **state)
{
	(void)state;
	give("kustomization.yaml",
	     "resources: [elsewhere]\npatches: [{path: x.yaml}]\n");
	file_gives("apiVersion: batch/v1\nkind: Job\n"
		   "metadata: {name: x}\nspec: {}\n",
		   "");
	file_gives("apiVersion: batch/v1\nkind: Job\n"
		   "metadata: {name: x}\nspec:\n"
		   "  ttlSecondsAfterFinished: 1\n  backoffLimit: 3\n",
		   "r1@x.yaml:5 r15@x.yaml:6");
}

GM_UNIT_MAIN(LINT_TEST(test_names), LINT_TEST(test_job),
	     LINT_TEST(test_retries), LINT_TEST(test_psql),
	     LINT_TEST(test_containers), LINT_TEST(test_substitute),
	     LINT_TEST(test_shell), LINT_TEST(test_patch))
