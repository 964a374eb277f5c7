#include "rollout/update.h"

#include "base/buf.h"
#include "git/place.h"

static struct gm_place where;
static struct gm_fileset want;
static struct gm_owned owned;

/* d/a and d/b as they were written before. */
static int setup(void **state)
{
	static struct gm_owned_file files[2];
	const struct gm_progress none = { 0 };

	place_setup(state);
	want = (struct gm_fileset){ 0 };
	gm_fileset_add(&want, &arena, "d/a", GM_STR("1\n"));
	gm_fileset_add(&want, &arena, "d/b", GM_STR("2\n"));
	assert_ok(gm_owned_read(&owned, &arena, "x",
				gm_owned_write(&arena, "m", &none, &want, "d"),
				&err));
	memcpy(files, owned.items, sizeof(files));
	owned.items = files;
	where = (struct gm_place){ .dir = place };
	put("d/a", "1\n");
	put("d/b", "2\n");
	put("d/.git-migrate", "ours");
	want = (struct gm_fileset){ 0 };
	return 0;
}

static void wish(const char *path, const char *content)
{
	gm_fileset_add(&want, &arena, path, gm_str(content));
}

/* "+new ~changed -gone !edited ?foreign" */
static const char *plan(bool force)
{
	struct gm_buf out = gm_buf(&arena);
	struct gm_update u = { 0 };

	assert_ok(gm_update_dir(&u, &arena, &where, "d", &want, &owned, force,
				&err));
	for (size_t i = 0; i < u.n; i++)
		gm_buf_printf(&out, "%s%s ",
			      u.items[i].is_new        ? "+"
			      : u.items[i].content.ptr ? "~"
						       : "-",
			      u.items[i].path);
	for (size_t i = 0; i < u.refused.n; i++)
		gm_buf_printf(&out, "%s%s ",
			      u.refused.items[i].foreign ? "?" : "!",
			      u.refused.items[i].path);
	return out.ptr;
}

static void test_changes(void **state)
{
	(void)state;
	wish("d/a", "1\n");
	wish("d/b", "2\n");
	assert_string_equal(plan(false), "");
	want.items[0].content = GM_STR("one\n");
	assert_string_equal(plan(false), "~d/a ");
	wish("d/c/e", "3\n");
	assert_string_equal(plan(false), "~d/a +d/c/e ");
	want.n = 1;
	assert_string_equal(plan(false), "~d/a -d/b ");
}

static void test_by_hand(void **state)
{
	struct gm_update u = { 0 };

	(void)state;
	put("d/a", "mine\n");
	put("d/b", "mine\n");
	wish("d/a", "one\n");
	assert_string_equal(plan(false), "!d/a !d/b ");
	assert_string_equal(plan(true), "~d/a -d/b ");
	assert_ok(gm_update_dir(&u, &arena, &where, "d", &want, &owned, false,
				&err));
	assert_non_null(strstr(u.refused.items[0].diff.ptr, "-mine\n+one\n"));
	assert_non_null(strstr(u.refused.items[1].diff.ptr, "-mine\n"));
	/* By hand to what is wanted is no quarrel. */
	put("d/a", "one\n");
	assert_string_equal(plan(false), "!d/b ");
}

static void test_foreign(void **state)
{
	(void)state;
	put("d/x/theirs", "x");
	put("d/c", "x");
	put("elsewhere", "x");
	wish("d/a", "1\n");
	wish("d/b", "2\n");
	wish("d/c", "3\n");
	assert_string_equal(plan(false), "?d/c ?d/x/theirs ");
	assert_string_equal(plan(true), "?d/c ?d/x/theirs ");
	/* What lies there is what is wanted: after a run that was cut off. */
	put("d/c", "3\n");
	assert_string_equal(plan(false), "?d/x/theirs ");
}

/* A temporary file of what is ours or is to be. */
static void test_left_over(void **state)
{
	(void)state;
	put("d/a.tmp-0123456789abcdef", "");
	put("d/c/e.tmp-0123456789abcdef", "");
	put("d/.git-migrate.tmp-0123456789abcdef", "");
	put("d/e.tmp-0123456789abcdef", "");
	put("d/a.tmp-0123456789abcdeg", "");
	wish("d/a", "1\n");
	wish("d/b", "2\n");
	wish("d/c/e", "3\n");
	assert_string_equal(plan(false),
			    "+d/c/e -d/.git-migrate.tmp-0123456789abcdef "
			    "-d/a.tmp-0123456789abcdef "
			    "-d/c/e.tmp-0123456789abcdef "
			    "?d/a.tmp-0123456789abcdeg "
			    "?d/e.tmp-0123456789abcdef ");
}

static void test_gone(void **state)
{
	(void)state;
	assert_int_equal(unlink(in_place("d/a")), 0);
	assert_int_equal(unlink(in_place("d/b")), 0);
	wish("d/a", "1\n");
	assert_string_equal(plan(false), "+d/a ");
}

static void test_link(void **state)
{
	struct gm_update u = { 0 };

	(void)state;
	assert_int_equal(unlink(in_place("d/a")), 0);
	assert_int_equal(symlink("b", in_place("d/a")), 0);
	wish("d/a", "1\n");
	assert_failed(gm_update_dir(&u, &arena, &where, "d", &want, &owned,
				    true, &err),
		      GM_EINPUT, "a link stands");
}

static void test_write(void **state)
{
	struct gm_update u = { 0 };
	struct gm_str text;

	(void)state;
	wish("d/a", "one\n");
	wish("d/c/e", "3\n");
	assert_ok(gm_update_dir(&u, &arena, &where, "d", &want, &owned, false,
				&err));
	assert_ok(gm_update_write(&u, &where, &err));
	assert_int_equal(gm_place_read(&text, &arena, &where, "d/a", &err), 1);
	assert_str(text, "one\n");
	assert_int_equal(gm_place_read(&text, &arena, &where, "d/c/e", &err),
			 1);
	assert_int_equal(gm_place_read(&text, &arena, &where, "d/b", &err), 0);
}

static void test_tree(void **state)
{
	struct gm_update u = { 0 };
	struct gm_oid made;

	(void)state;
	put("keep", "x");
	make_repo();
	commit_all("one");
	open_repo();
	where = (struct gm_place){ .repo = repo, .tree = rev("HEAD^{tree}") };
	wish("d/c/e", "3\n");
	wish("d/a", "one\n");
	assert_ok(gm_update_dir(&u, &arena, &where, "d", &want, &owned, false,
				&err));
	assert_ok(gm_update_tree(&made, &arena, &u, &where, &err));
	assert_string_equal(
		GIT("ls-tree", "-r", "--name-only", gm_oid_hex(&arena, &made)),
		"d/.git-migrate\nd/a\nd/c/e\nkeep");
}

#define INDEX "e/kustomization.yaml"

/* Do it; the text that is there then, or "" where nothing was to be done. */
static const char *done_with(struct gm_update *u)
{
	struct gm_str text;

	assert_int_equal(u->refused.n, 0);
	if (!u->n)
		return "";
	assert_ok(gm_update_write(u, &where, &err));
	assert_int_equal(gm_place_read(&text, &arena, &where, INDEX, &err), 1);
	return gm_str_dup(&arena, text);
}

static const char *with(const char *name)
{
	struct gm_strings names = { 0 };
	struct gm_update u = { 0 };

	*GM_PUSH(&arena, &names) = name;
	assert_ok(gm_update_index(&u, &arena, &where, INDEX, &names, &err));
	return done_with(&u);
}

static const char *without(const char *name)
{
	struct gm_strings names = { 0 };
	struct gm_update u = { 0 };

	*GM_PUSH(&arena, &names) = name;
	assert_ok(gm_update_index_without(&u, &arena, &where, INDEX, &names,
					  &err));
	return done_with(&u);
}

static void test_index(void **state)
{
	const char *text;

	(void)state;
	assert_string_equal(without("b/flux"), "");
	assert_non_null(strstr(with("b/flux"), "resources:\n- \"b/flux\"\n"));
	assert_string_equal(with("b/flux"), "");
	text = with("a/flux");
	assert_non_null(strstr(text, "- \"a/flux\"\n- \"b/flux\"\n"));
	assert_string_equal(without("x/flux"), "");
	assert_null(strstr(without("a/flux"), "a/flux"));
	assert_non_null(strstr(without("b/flux"), "resources: []\n"));
}

/* What others wrote there stays as it is. */
static void test_index_by_hand(void **state)
{
	(void)state;
	put(INDEX, "# mine\nresources: [x, ./a/flux/]\nnamespace: shop\n");
	assert_string_equal(with("a/flux"), "");
	assert_string_equal(with("b/flux"),
			    "# mine\nresources: [x, ./a/flux/, \"b/flux\"]\n"
			    "namespace: shop\n");
	assert_string_equal(without("a/flux"),
			    "# mine\nresources: [x, \"b/flux\"]\n"
			    "namespace: shop\n");
	put(INDEX, "resources:\n  - a/flux # old\n  - a/flux\n"
		   "patches:\n  - path: p.yaml\n");
	assert_string_equal(with("b/flux"),
			    "resources:\n  - a/flux # old\n  - a/flux\n"
			    "  - \"b/flux\"\npatches:\n  - path: p.yaml\n");
	assert_string_equal(without("a/flux"), "resources:\n  - \"b/flux\"\n"
					       "patches:\n  - path: p.yaml\n");
	assert_string_equal(without("b/flux"),
			    "resources: []\npatches:\n  - path: p.yaml\n");
	assert_string_equal(with("c/flux"),
			    "resources: [\"c/flux\"]\npatches:\n"
			    "  - path: p.yaml\n");
	put(INDEX, "namespace: shop\n");
	assert_string_equal(with("c/flux"),
			    "namespace: shop\nresources: [\"c/flux\"]\n");
	put(INDEX, "# mine");
	assert_int_equal(strncmp(with("c/flux"), "# mine\n# The", 12), 0);
}

static void refuse_index(const char *text)
{
	struct gm_strings names = { 0 };
	struct gm_update u = { 0 };

	put(INDEX, text);
	*GM_PUSH(&arena, &names) = "a/flux";
	err = (struct gm_err)GM_ERR_INIT;
	assert_int_equal(
		gm_update_index(&u, &arena, &where, INDEX, &names, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_int_equal(u.n, 0);
}

static void test_index_refused(void **state)
{
	(void)state;
	refuse_index("a: [\n");
	refuse_index("- a\n");
	refuse_index("resources: x\n");
	refuse_index("resources: [x]\n---\nresources: [y]\n");
	refuse_index("apiVersion: kustomize.toolkit.fluxcd.io/v1\n"
		     "kind: Kustomization\nspec: {path: x}\n");
}

#define UPDATE_TEST(name)                                                      \
	cmocka_unit_test_setup_teardown(name, setup, place_done)

GM_UNIT_MAIN(UPDATE_TEST(test_changes), UPDATE_TEST(test_by_hand),
	     UPDATE_TEST(test_foreign), UPDATE_TEST(test_left_over),
	     UPDATE_TEST(test_gone), UPDATE_TEST(test_link),
	     UPDATE_TEST(test_write), UPDATE_TEST(test_tree),
	     UPDATE_TEST(test_index), UPDATE_TEST(test_index_by_hand),
	     UPDATE_TEST(test_index_refused))
