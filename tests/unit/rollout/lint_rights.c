#include "linted.h"

#define ACCOUNT                                                                \
	"apiVersion: v1\nkind: ServiceAccount\n"                               \
	"metadata: {name: acc, namespace: a}\n---\n"
#define BINDING(kind, role)                                                    \
	"apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n"        \
	"metadata: {name: acc, namespace: a}\n"                                \
	"roleRef: {kind: " kind ", name: " role "}\n"                          \
	"subjects: [{kind: ServiceAccount, name: acc, namespace: a}]\n---\n"
#define ROLE(rules)                                                            \
	"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n"               \
	"metadata: {name: r, namespace: a}\nrules:\n" rules "---\n"
#define ALL "verbs: [get, list, create, patch, delete]"
#define JOBS "  - {apiGroups: [batch], resources: [jobs], " ALL "}\n"
#define MINE "  prune: true\n  serviceAccountName: acc\n"

#define GROUP(space)                                                           \
	"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n" \
	"metadata: {name: g}\nroleRef: {kind: ClusterRole, name: c}\n"         \
	"subjects: [{kind: Group, name: \"system:serviceaccounts:" space       \
	"\"}]\n---\n"
#define WIDE(more)                                                             \
	"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"        \
	"metadata: {name: c}\n" more "rules:\n" JOBS "---\n"

/* The second of these is what applies a Job. */
static void rights(const char *others, const char *want)
{
	give("y.yaml", others);
	file_gives(KS("s-10", "s", MINE), want);
}

static void test_applier(void **state)
{
	(void)state;
	give("s/job.yaml", JOB);
	/* Nothing is known of accounts that are elsewhere. */
	rights("kind: X\n", "");
	rights(ACCOUNT, "");
	rights(ACCOUNT BINDING("Role", "r") ROLE(""), "rights@x.yaml:11");
	rights(ACCOUNT BINDING("Role", "r") ROLE(JOBS), "");
	/* Nor of roles. */
	rights(ACCOUNT BINDING("ClusterRole", "r") ROLE(JOBS), "");
	rights(ACCOUNT BINDING("Role", "r") ROLE("") GROUP("a") WIDE(""), "");
	rights(ACCOUNT BINDING("Role", "r") ROLE("") GROUP("b") WIDE(""),
	       "rights@x.yaml:11");
	rights(ACCOUNT GROUP("a") WIDE("aggregationRule: {}\n"), "");
	rights(ACCOUNT BINDING("Role", "r")
		       ROLE("  - {apiGroups: ['*'], resources: ['*'], verbs: "
			    "['*']}\n"),
	       "");
	rights(ACCOUNT BINDING("Role", "r")
		       ROLE("  - {apiGroups: [batch], resources: [jobs], "
			    "verbs: [get, create, patch]}\n"),
	       "rights@x.yaml:11");
	assert_non_null(strstr(linted_found.items[0].message,
			       "'acc' may not delete jobs.batch,"));
	rights(ACCOUNT BINDING("Role", "r")
		       ROLE("  - {apiGroups: [batch], resources: [jobs], " ALL
			    ", resourceNames: [x]}\n"),
	       "rights@x.yaml:11");
}

static void test_kinds(void **state)
{
	(void)state;
	give("y.yaml", ACCOUNT BINDING("Role", "r") ROLE(JOBS));
	give("s/kustomization.yaml",
	     "configMapGenerator: [{name: c}]\nsecretGenerator: [{name: c}]\n"
	     "resources: [a.yaml]\n");
	give("s/a.yaml", "apiVersion: networking.k8s.io/v1\n"
			 "kind: NetworkPolicy\nmetadata: {name: a}\n---\n"
			 "apiVersion: networking.k8s.io/v1\n"
			 "kind: NetworkPolicy\nmetadata: {name: b}\n");
	file_gives(KS("s-10", "s", MINE),
		   "rights@x.yaml:11 rights@x.yaml:11 rights@x.yaml:11");
	assert_non_null(strstr(linted_found.items[0].message,
			       " networkpolicies.networking.k8s.io,"));
	/* What a patch takes out again is not applied. */
	give("s/kustomization.yaml",
	     "resources: [a.yaml]\npatches:\n"
	     "  - target: {kind: Service|NetworkPolicy}\n"
	     "    patch: |\n      $patch: delete\n      kind: Any\n");
	file_gives(KS("s-10", "s", MINE), "");
	give("s/kustomization.yaml",
	     "resources: [a.yaml]\npatches:\n"
	     "  - target: {kind: NetworkPolicy, name: b}\n"
	     "    patch: |\n      $patch: delete\n      kind: Any\n");
	file_gives(KS("s-10", "s", MINE), "rights@x.yaml:11");
}

/* What is never removed needs no right to be. */
static void test_kept(void **state)
{
	(void)state;
	give("y.yaml", ACCOUNT BINDING("Role", "r") ROLE(
			       "  - {apiGroups: [''], resources: [configmaps], "
			       "verbs: [get, create, patch]}\n"));
	give("s/a.yaml", "apiVersion: v1\nkind: ConfigMap\n"
			 "metadata: {name: a}\n");
	file_gives(KS("s-10", "s", MINE), "rights@x.yaml:11");
	give("s/a.yaml",
	     "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, "
	     "annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}}\n");
	file_gives(KS("s-10", "s", MINE), "");
}

#define ASKS                                                                   \
	"apiVersion: batch/v1\nkind: Job\n"                                    \
	"metadata: {name: gm-m1-observe-0123abcd-1, namespace: a}\nspec:\n"    \
	"  backoffLimit: 0\n"                                                  \
	"  template:\n    spec:\n      restartPolicy: Never\n"                 \
	"      serviceAccountName: acc\n"                                      \
	"      containers: [{command: [git-migrate, observe, --job, u]}]\n"

static void test_watcher(void **state)
{
	(void)state;
	give("y.yaml", ACCOUNT BINDING("Role", "r") ROLE(""));
	file_gives(ASKS, "rights@x.yaml:9");
	give("y.yaml",
	     ACCOUNT BINDING("Role", "r")
		     ROLE("  - {apiGroups: [batch], resources: [jobs], verbs: "
			  "[get]}\n"));
	file_gives(ASKS, "");
	give("y.yaml", "kind: X\n");
	file_gives(ASKS, "");
}

GM_UNIT_MAIN(LINT_TEST(test_applier), LINT_TEST(test_kinds),
	     LINT_TEST(test_kept), LINT_TEST(test_watcher))
