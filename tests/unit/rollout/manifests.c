#include "rollout/manifests.h"

#include "linted.h"

static void test_clean(void **state)
{
	static const struct {
		const char *dir, *path, *want;
	} paths[] = {
		{ "", "./a//b/.", "a/b" },
		{ "a/b", "../c", "a/c" },
		{ "a", "..", "" },
		{ "a", "../..", NULL },
		{ "", "/", "" },
		{ "", "a/../../b", NULL },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(paths); i++) {
		const char *got =
			gm_path_clean(&arena, paths[i].dir, paths[i].path);

		if (!paths[i].want)
			assert_null(got);
		else
			assert_string_equal(got, paths[i].want);
	}
}

static void read_all(void)
{
	assert_ok(
		gm_manifests_read(&linted, &arena, &linted_place, NULL, &err));
}

static void test_docs(void **state)
{
	const struct gm_doc *d;

	(void)state;
	give("a.yaml", "# nothing\n");
	give("b.yml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x, "
		      "namespace: y, labels: {l: 1}, annotations: {k: v}}\n"
		      "---\n- list\n---\nkind: Job\napiVersion: batch/v1\n");
	give("c.txt", "a: [\n");
	give(".git/d.yaml", "a: [\n");
	read_all();
	assert_int_equal(linted.docs.n, 2);
	d = &linted.docs.items[0];
	assert_string_equal(d->path, "b.yml");
	assert_string_equal(d->name, "x");
	assert_string_equal(d->namespace_, "y");
	assert_true(gm_doc_is(d, "", "ConfigMap"));
	assert_false(gm_doc_is(d, "batch", "ConfigMap"));
	assert_non_null(gm_doc_annotation(d, "k"));
	assert_null(gm_doc_annotation(d, "l"));
	assert_non_null(gm_doc_label(d, "l"));
	assert_string_equal(gm_doc_text(&arena, d, "spec/none"), "");
	d = &linted.docs.items[1];
	assert_true(gm_doc_is(d, "batch", "Job"));
	assert_false(gm_doc_is(d, "batchx", "Job"));
	assert_string_equal(d->name, "");
	assert_null(gm_doc_label(d, "l"));
}

/* The one file that cannot be read. */
static const char *unread(void)
{
	assert_ok(
		gm_manifests_read(&linted, &arena, &linted_place, NULL, &err));
	assert_int_equal(linted.unread.n, 1);
	return linted.unread.items[0].path;
}

static void test_broken(void **state)
{
	struct gm_strings exclude = { 0 };
	const struct gm_manifests_options o = { .exclude = &exclude };
	const struct gm_manifests_options some = { .holding = "text" };

	(void)state;
	give("d/x.yaml", "a: [\n");
	assert_string_equal(unread(), "d/x.yaml");
	*GM_PUSH(&arena, &exclude) = "d/**";
	assert_ok(gm_manifests_read(&linted, &arena, &linted_place, &o, &err));
	assert_int_equal(linted.docs.n, 0);
	assert_int_equal(linted.files.n, 1);
	/* Some alone, and whatever they are. */
	give("d/x.yaml", "a: [ text\n");
	give("d/y.yaml", "a: text\n");
	give("d/z.yaml", "a: [\n");
	assert_ok(
		gm_manifests_read(&linted, &arena, &linted_place, &some, &err));
	assert_int_equal(linted.docs.n, 1);
	assert_string_equal(linted.docs.items[0].path, "d/y.yaml");
}

/* "dir(docs,lists)flux" of each unit. */
static const char *units(void)
{
	struct gm_buf out = gm_buf(&arena);

	read_all();
	for (size_t i = 0; i < linted.units.n; i++) {
		const struct gm_unit *u = &linted.units.items[i];

		gm_buf_printf(&out, "%s%s(%zu,%zu)%s%s%s", i ? " " : "", u->dir,
			      u->docs.n, u->kustomize.n,
			      u->flux ? u->flux->name : "-",
			      u->stage ? "!" : "", u->exists ? "" : "?");
	}
	return out.ptr;
}

static void test_units(void **state)
{
	(void)state;
	give("flux.yaml", KS("one", "a", "") "---\n" KS("two", "nowhere", ""));
	give("a/kustomization.yaml",
	     "resources: [job.yaml, ../b, https://x/y, none.yaml]\n");
	give("a/job.yaml", JOB);
	give("a/left-out.yaml", JOB);
	give("b/kustomization.yaml", "resources: [c.yaml]\n");
	give("b/c.yaml", "kind: ConfigMap\napiVersion: v1\n");
	give("alone/kustomization.yaml", "resources: [in]\n");
	give("alone/in/x.yaml", "kind: Secret\napiVersion: v1\n");
	assert_string_equal(units(), "a(2,2)one! nowhere(0,0)two? "
				     "alone(1,1)-");
}

/* Without a list Flux takes all; and lists may name each other. */
static void test_odd_units(void **state)
{
	(void)state;
	give("flux/kustomization.yaml", KS("one", "a", ""));
	give("a/x/job.yaml", JOB);
	assert_string_equal(units(), "a(1,0)one!");
	give("a/kustomization.yaml", "resources: [../a]\n");
	assert_string_equal(units(), "a(0,1)one");
	give("flux/kustomization.yaml", KS("one", "../..", ""));
	read_all();
	assert_string_equal(linted.units.items[0].dir, "..");
}

/* Each is taken once, however often it is named. */
static void test_named_often(void **state)
{
	(void)state;
	give("flux/ks.yaml", KS("one", "a", ""));
	give("a/kustomization.yaml",
	     "resources: [., ., ../a, ../a, ../b, ../b, x.yaml, ./x.yaml]\n");
	give("a/x.yaml", JOB);
	give("b/Kustomization", "resources: [../a, ../a, y.yaml]\n");
	give("b/y.yaml", "kind: Secret\napiVersion: v1\n");
	assert_string_equal(units(), "a(2,2)one!");
}

/* A list that Flux makes names the lists below it, not what they leave out. */
static void test_made_list(void **state)
{
	(void)state;
	give("flux/ks.yaml", KS("one", "a", ""));
	give("a/x.yaml", JOB);
	give("a/b/c/kustomization.yaml", "resources: [y.yaml]\n");
	give("a/b/c/y.yaml", "kind: Secret\napiVersion: v1\n");
	give("a/b/c/left-out.yaml", JOB);
	give("a/b/c/d/left-out.yaml", JOB);
	assert_string_equal(units(), "a(2,1)one!");
}

static void test_other_files(void **state)
{
	(void)state;
	give("a/kustomization.yaml", "resources: [job.json, list.yaml]\n");
	give("a/job.json", "{\"apiVersion\": \"batch/v1\",\n"
			   "\t\"kind\": \"Job\"}\n");
	give("a/dashboard.json", "{\"a\": [}");
	give("a/list.yaml", "apiVersion: v1\nkind: List\nitems:\n"
			    "  - {kind: Secret, apiVersion: v1}\n"
			    "  - {kind: Secret, apiVersion: v1}\n");
	assert_string_equal(units(), "a(3,1)-!");
	give("a/job.json", "{");
	assert_string_equal(unread(), "a/job.json");
}

static void test_charts(void **state)
{
	static const char text[] = "a: {{ .Values.a }}\n{{- end }}\n";

	(void)state;
	give("chart/Chart.yaml", "name: x\n");
	give("chart/templates/in/x.yaml", text);
	read_all();
	assert_int_equal(linted.docs.n, 1);
	give("other/templates/x.yaml", text);
	assert_string_equal(unread(), "other/templates/x.yaml");
}

/* They are no objects, and apply nothing. */
static void test_patches(void **state)
{
	(void)state;
	give("a/kustomization.yaml", "patches:\n  - {path: ks.yaml}\n"
				     "  - {patch: x}\n"
				     "patchesStrategicMerge: [job.yaml]\n");
	give("a/ks.yaml", KS("one", "a", ""));
	give("a/job.yaml", JOB);
	assert_string_equal(units(), "a(0,1)-");
	assert_true(linted.docs.items[0].patch);
	assert_true(linted.docs.items[1].patch);
	assert_false(linted.docs.items[2].patch);
}

GM_UNIT_MAIN(LINT_TEST(test_clean), LINT_TEST(test_docs),
	     LINT_TEST(test_broken), LINT_TEST(test_units),
	     LINT_TEST(test_odd_units), LINT_TEST(test_named_often),
	     LINT_TEST(test_made_list), LINT_TEST(test_other_files),
	     LINT_TEST(test_charts), LINT_TEST(test_patches))
