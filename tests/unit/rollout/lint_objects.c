#include "linted.h"

#define PRUNE_KEY "kustomize.toolkit.fluxcd.io/prune"
#define KEPT "  annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}\n"
#define CLUSTER(name, spec)                                                    \
	"apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata:\n"        \
	"  name: " name "\n" KEPT "spec:\n" spec
#define CONFIG "apiVersion: v1\nkind: ConfigMap\n"

static void test_prune(void **state)
{
	(void)state;
	file_gives(CLUSTER("db", "  instances: 1\n"), "");
	file_gives("apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\n"
		   "metadata:\n  name: db\n",
		   "r16@x.yaml:4");
	file_gives("apiVersion: barmancloud.cnpg.io/v1\nkind: ObjectStore\n"
		   "metadata:\n  name: db\n",
		   "r16@x.yaml:4");
	file_gives("apiVersion: postgresql.cnpg.io/v1\nkind: Backup\n"
		   "metadata:\n  name: db\n  annotations:\n"
		   "    kustomize.toolkit.fluxcd.io/prune: enabled\n"
		   "spec: {method: plugin}\n",
		   "r16@x.yaml:4");
	file_gives("apiVersion: other.example/v1\nkind: Cluster\n"
		   "metadata: {name: db}\n",
		   "");
}

/* What applies it may say so for all. */
static void test_kept_by_others(void **state)
{
	static const char cluster[] =
		"apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\n"
		"metadata:\n  name: db\n";

	(void)state;
	give("db/c.yaml", cluster);
	file_gives(KS("db", "db", "  prune: true\n"), "r16@db/c.yaml:4");
	file_gives(KS("db", "db", "  prune: false\n"), "");
	file_gives(KS("db", "db",
		      "  commonMetadata:\n    annotations: {" PRUNE_KEY
		      ": disabled}\n"),
		   "");
	/* But not when somebody else prunes it. */
	give("y.yaml", KS("other", "db", "  prune: true\n"));
	file_gives(KS("db", "db", "  prune: false\n"), "r16@db/c.yaml:4");
	give("db/kustomization.yaml",
	     "resources: [c.yaml]\ncommonAnnotations:\n  " PRUNE_KEY
	     ": disabled\n");
	assert_string_equal(found(), "");
}

static void test_quotes(void **state)
{
	(void)state;
	file_gives(CONFIG "data:\n  A: on\n  B: \"on\"\n  C: 12e34\n  D: x\n",
		   "r17@x.yaml:4 r17@x.yaml:6");
	file_gives(CONFIG "metadata:\n  name: 123\n  labels:\n    a: 12345678\n"
			  "  annotations:\n    b: true\n",
		   "r17@x.yaml:6 r17@x.yaml:8 r17@x.yaml:4");
	file_gives("apiVersion: apps/v1\nkind: Deployment\nspec:\n"
		   "  replicas: 3\n  selector:\n    matchLabels: {v: 1}\n"
		   "  template:\n    spec:\n      containers:\n"
		   "        - env:\n            - name: A\n"
		   "              value: no\n",
		   "r17@x.yaml:6 r17@x.yaml:12");
}

static void test_other_programs(void **state)
{
	(void)state;
	file_gives("on: {labels: {a: true}}\n", "");
	file_gives("apiVersion: v1\nkind: Service\nmetadata:\n"
		   "  name: x\n  annotations: {ip: 10.0.0.1}\n",
		   "");
}

static void test_names(void **state)
{
	(void)state;
	file_gives(CLUSTER("a.b", "  instances: 1\n"), "r18@x.yaml:4");
	file_gives(CLUSTER("a12345678901234567890123456789012345678901234567890"
			   "1",
			   "  instances: 1\n"),
		   "r18@x.yaml:4");
	file_gives(KS("a_b", "none", ""), "r18@x.yaml:3");
	/* Others have rules of their own. */
	file_gives(CONFIG "metadata: {name: a_b}\n", "");
}

static void test_config(void **state)
{
	char *text = gm_alloc(&arena, (1 << 20) + 2);

	(void)state;
	memset(text, 'x', 1 << 20);
	give("k/large.txt", text);
	give("k/kustomization.yaml",
	     "configMapGenerator:\n  - name: x\n    files: [a=large.txt]\n");
	assert_string_equal(found(), "r18@k/kustomization.yaml:2");
	text[(1 << 20) - 11] = '\0';
	give("k/large.txt", text);
	assert_string_equal(found(), "");
}

static void test_backups(void **state)
{
#define BACKUP(spec)                                                           \
	"apiVersion: postgresql.cnpg.io/v1\nkind: Backup\nmetadata:\n"         \
	"  name: b\n" KEPT "spec:\n" spec
	(void)state;
	file_gives(BACKUP("  method: plugin\n"), "");
	file_gives(BACKUP("  method: volumeSnapshot\n"), "");
	file_gives(BACKUP("  method: barmanObjectStore\n"), "r19@x.yaml:7");
	file_gives(BACKUP("  cluster: {name: x}\n"), "r19@x.yaml:1");
	file_gives(CLUSTER("db", "  bootstrap:\n    recovery:\n"
				 "      backup: {name: b}\n"),
		   "r19@x.yaml:9");
	file_gives(CLUSTER("db", "  backup:\n    barmanObjectStore: {}\n"),
		   "r19@x.yaml:8");
}

GM_UNIT_MAIN(LINT_TEST(test_prune), LINT_TEST(test_kept_by_others),
	     LINT_TEST(test_quotes), LINT_TEST(test_names),
	     LINT_TEST(test_other_programs), LINT_TEST(test_config),
	     LINT_TEST(test_backups))
