#include "rollout/template.h"

#include "git/place.h"

static const struct gm_tmpl_var vars[] = { { "resource", "x" },
					   { NULL, NULL } };
static const struct gm_fill_row rows[] = { { vars } };
static const struct gm_fill_list lists[] = { { "resources", rows, 1 },
					     { NULL, NULL, 0 } };
static const struct gm_fill fill = { vars, lists };

static int fill_index(struct gm_fileset *out, struct gm_templates *t)
{
	return gm_template_fill(out, &arena, t, "index", "a/b.yaml", "# head\n",
				&fill, &err);
}

static void test_built_in(void **state)
{
	struct gm_templates t = gm_templates(&arena, NULL, NULL);
	struct gm_fileset out = { 0 };

	(void)state;
	assert_ok(fill_index(&out, &t));
	assert_ok(fill_index(&out, &t));
	assert_int_equal(t.read.n, 1);
	assert_int_equal(out.n, 2);
	assert_string_equal(out.items[0].path, "a/b.yaml");
	assert_str(out.items[0].content,
		   "# head\n"
		   "apiVersion: \"kustomize.config.k8s.io/v1beta1\"\n"
		   "kind: \"Kustomization\"\n"
		   "resources:\n- \"x\"\n");
}

static void own(const char *text, struct gm_templates *t)
{
	struct gm_oid tree;

	make_repo();
	put(".migrate/templates/flux/index.yaml", text);
	commit_all("one");
	open_repo();
	tree = rev("HEAD^{tree}");
	*t = gm_templates(&arena, repo, &tree);
}

static void test_own(void **state)
{
	struct gm_fileset out = { 0 };
	struct gm_templates t;

	(void)state;
	own("a: '{{resource}}'\n---\nb: 1\n", &t);
	assert_ok(fill_index(&out, &t));
	assert_str(out.items[0].content, "# head\na: \"x\"\n---\nb: 1\n");
}

static void test_nothing_left(void **state)
{
	const struct gm_tmpl_var none[] = { { "resource", NULL },
					    { NULL, NULL } };
	const struct gm_fill empty = { none, NULL };
	struct gm_fileset out = { 0 };
	struct gm_templates t;

	(void)state;
	own("!if:resource\na: 1\n", &t);
	assert_ok(gm_template_fill(&out, &arena, &t, "index", "x", NULL, &empty,
				   &err));
	assert_int_equal(out.n, 0);
}

static void test_broken(void **state)
{
	static const char path[] = ".migrate/templates/flux/index.yaml";
	struct gm_fileset out = { 0 };
	struct gm_templates t;
	struct gm_oid tree;

	(void)state;
	own("a: '{{what}}'\n", &t);
	assert_int_equal(fill_index(&out, &t), -1);
	assert_string_equal(err.path, path);
	assert_int_equal(err.line, 1);
	gm_repo_close(&repo);
	put(path, "a: [\n");
	commit_all("two");
	open_repo();
	tree = rev("HEAD^{tree}");
	t = gm_templates(&arena, repo, &tree);
	assert_int_equal(fill_index(&out, &t), -1);
	assert_string_equal(err.path, path);
}

static void test_link(void **state)
{
	struct gm_fileset out = { 0 };
	struct gm_templates t;
	struct gm_oid tree;

	(void)state;
	make_repo();
	put("x", "y\n");
	assert_int_equal(gm_dir_make(in_place(".migrate/templates/flux"), &err),
			 0);
	assert_int_equal(
		symlink("../../../x",
			in_place(".migrate/templates/flux/index.yaml")),
		0);
	commit_all("one");
	open_repo();
	tree = rev("HEAD^{tree}");
	t = gm_templates(&arena, repo, &tree);
	assert_int_equal(fill_index(&out, &t), -1);
	assert_non_null(strstr(err.msg, "regular file"));
}

GM_UNIT_MAIN(PLACE_TEST(test_built_in), PLACE_TEST(test_own),
	     PLACE_TEST(test_nothing_left), PLACE_TEST(test_broken),
	     PLACE_TEST(test_link))
