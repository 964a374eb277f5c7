#include "linted.h"

#define AFTER(name) "  dependsOn: [{name: " name "}]\n"
#define SOURCE                                                                 \
	"---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n"  \
	"metadata: {name: d, namespace: a}\n"

static void setup(void)
{
	give("a/job.yaml", JOB);
	give("b/job.yaml", JOB);
	give("c/x.yaml", "kind: ConfigMap\napiVersion: v1\n");
}

static void test_order(void **state)
{
	(void)state;
	setup();
	file_gives(KS("s-10", "a", "") "---\n" KS("s-20", "b", AFTER("s-10")),
		   "");
	file_gives(KS("s-20", "a", "") "---\n" KS("s-10", "b", AFTER("s-20")),
		   "r8@x.yaml:20");
	/* The app is called as it is. */
	file_gives(KS("z", "c", "") "---\n" KS("s-10", "b", AFTER("z")), "");
}

static void test_sources(void **state)
{
	(void)state;
	setup();
	file_gives(KS("s-10", "a",
		      "") "---\n"
			  "apiVersion: kustomize.toolkit.fluxcd.io/v1\n"
			  "kind: Kustomization\n"
			  "metadata: {name: s-20, namespace: a}\nspec:\n"
			  "  path: ./c\n  dependsOn: [{name: s-10}]\n"
			  "  sourceRef: {kind: OCIRepository, name: d}\n",
		   "r7@x.yaml:16");
	/* The same, with its namespace written. */
	file_gives(KS("s-10", "a",
		      "") "---\n"
			  "apiVersion: kustomize.toolkit.fluxcd.io/v1\n"
			  "kind: Kustomization\n"
			  "metadata: {name: s-20, namespace: a}\nspec:\n"
			  "  path: ./c\n  dependsOn: [{name: s-10}]\n"
			  "  sourceRef: {kind: GitRepository, name: d, "
			  "namespace: a}\n",
		   "");
}

#define FROM(metadata, source)                                                 \
	"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"    \
	"metadata: " metadata "\nspec:\n"                                      \
	"  path: ./c\n  dependsOn: [{name: s-10}]\n"                           \
	"  sourceRef: " source "\n"

/* What is not written may come by a patch, or a list of kustomize. */
static void test_unknown_sources(void **state)
{
	(void)state;
	setup();
	file_gives(KS("s-10", "a", "") "---\n" FROM(
			   "{name: s-20}", "{kind: GitRepository, name: d}"),
		   "");
	file_gives(KS("s-10", "a",
		      "") "---\n" FROM("{name: s-20, namespace: a}",
				       "{kind: GitRepository, name: ''}"),
		   "");
	file_gives(KS("s-10", "a", "") "---\n" FROM(
			   "{name: s-20, namespace: a}", "{name: d}"),
		   "");
	file_gives(KS("s-10", "a", "") "---\n" FROM(
			   "{name: s-20}", "{kind: GitRepository, name: e}"),
		   "r7@x.yaml:16");
}

static void test_dangling(void **state)
{
	(void)state;
	setup();
	file_gives(KS("s-10", "a", AFTER("gm-m-10-x")), "r20@x.yaml:10");
	file_gives(KS("s-10", "a", AFTER("app")), "");
	file_gives(KS("s-10", "a", AFTER("app")) SOURCE, "r20@x.yaml:10");
	file_gives(
		KS("s-10", "a",
		   "  dependsOn: [{name: app, namespace: b}]\n") "---\n" KS("ap"
									    "p",
									    "c",
									    "")
			SOURCE,
		"r20@x.yaml:10");
}

static void test_circle(void **state)
{
	(void)state;
	setup();
	file_gives(
		KS("p", "c", AFTER("q")) "---\n" KS(
			"q", "c", AFTER("r")) "---\n" KS("r", "c", AFTER("q")),
		"r20@x.yaml:32");
	assert_non_null(strstr(linted_found.items[0].message, "q -> r -> q"));
	file_gives(KS("p", "c", AFTER("p")), "r20@x.yaml:10");
	assert_non_null(strstr(linted_found.items[0].message, "p -> p"));
	file_gives(KS("p", "c", AFTER("q")) "---\n" KS("q", "c", ""), "");
}

/* Of two, the one that a rollout is in, at what the team can change. */
static void test_staged_circle(void **state)
{
	const struct gm_doc *at;
	const char *circle;

	(void)state;
	give("x.yaml",
	     KS("p", "c", AFTER("q")) "---\n" KS(
		     "q", "c", AFTER("p")) "---\n" KS("team", "c",
						      AFTER("gm-x-20-expand")));
	give("y.yaml",
	     "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
	     "metadata:\n  name: gm-x-20-expand\n  namespace: a\n"
	     "  labels: {git-migrate.dev/stage: expand}\n"
	     "spec:\n  path: ./none\n" AFTER("team"));
	found();
	gm_lint_circle(&at, &circle, &linted);
	assert_non_null(strstr(circle, "gm-x-20-expand"));
	assert_string_equal(at->name, "team");
}

#define BARE(name, more)                                                       \
	"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"    \
	"metadata: {name: " name "}\nspec:\n" more

/* Namespaces and sources may come by kustomize. */
static void test_unwritten(void **state)
{
	(void)state;
	file_gives(BARE("ldap", "  path: ./none\n  dependsOn:\n"
				"    - {name: ldap, namespace: data}\n"),
		   "");
	file_gives(BARE("ldap", "  path: ./none\n  dependsOn:\n"
				"    - {name: ldap}\n"),
		   "r20@x.yaml:7");
	give("a/job.yaml", JOB);
	file_gives(BARE("b", "  path: ./none\n") "---\n" KS(
			   "c", "a", "  dependsOn: [{name: b}]\n"),
		   "");
}

GM_UNIT_MAIN(LINT_TEST(test_order), LINT_TEST(test_sources),
	     LINT_TEST(test_unknown_sources), LINT_TEST(test_dangling),
	     LINT_TEST(test_circle), LINT_TEST(test_staged_circle),
	     LINT_TEST(test_unwritten))
