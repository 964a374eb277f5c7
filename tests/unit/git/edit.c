#include "git/object.h"

#include "base/buf.h"
#include "place.h"

static struct gm_files changes;
static struct gm_oid blob, base, zero, tree;

/* a, d/x, d/y, d/e/z and e.txt */
static void setup(void)
{
	make_repo();
	put("a", "text\n");
	put("d/x", "text\n");
	put("d/y", "text\n");
	put("d/e/z", "text\n");
	put("e.txt", "text\n");
	commit_all("one");
	open_repo();
	base = rev("HEAD^{tree}");
	assert_ok(gm_blob_write(&blob, repo, GM_STR("new\n"), &err));
	memset(&changes, 0, sizeof(changes));
}

static void change(const char *path, unsigned mode)
{
	struct gm_file *f = GM_PUSH(&arena, &changes);

	f->path = gm_str(path);
	f->mode = mode;
	if (mode != GM_MODE_NONE)
		f->oid = blob;
}

/* The paths of the edited tree, separated by blanks. */
static const char *edited(const struct gm_oid *from)
{
	char *names;

	assert_ok(gm_tree_edit(&tree, repo, from, &changes, &err));
	names = GIT("ls-tree", "-r", "--name-only", gm_oid_hex(&arena, &tree));
	for (char *p = names; *p; p++)
		*p = *p == '\n' ? ' ' : *p;
	return names;
}

static void test_nothing(void **state)
{
	(void)state;
	setup();
	edited(&base);
	assert_true(gm_oid_eq(&tree, &base));
	assert_string_equal(edited(&zero), "");
	assert_oid(&tree, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

static void test_add_and_replace(void **state)
{
	(void)state;
	setup();
	change("d/e/new", GM_MODE_EXEC);
	change("n/m/o", GM_MODE_FILE);
	change("a", GM_MODE_FILE);
	change("d.x", GM_MODE_FILE);
	assert_string_equal(edited(&base),
			    "a d.x d/e/new d/e/z d/x d/y e.txt n/m/o");
	assert_string_equal(
		GIT("cat-file", "blob",
		    gm_printf(&arena, "%s:a", gm_oid_hex(&arena, &tree))),
		"new");
}

static void test_from_nothing(void **state)
{
	(void)state;
	setup();
	change("b/c", GM_MODE_FILE);
	change("b/a/d", GM_MODE_FILE);
	change("b.a", GM_MODE_FILE);
	assert_string_equal(edited(&zero), "b.a b/a/d b/c");
}

static void test_remove(void **state)
{
	(void)state;
	setup();
	change("d/x", GM_MODE_NONE);
	change("d/e/z", GM_MODE_NONE);
	change("none/at/all", GM_MODE_NONE);
	change("missing", GM_MODE_NONE);
	/* The directory d/e is empty now, so it is gone, too. */
	assert_string_equal(edited(&base), "a d/y e.txt");
	changes.n = 0;
	change("d", GM_MODE_NONE);
	assert_string_equal(edited(&base), "a e.txt");
	changes.n = 0;
	change("a", GM_MODE_NONE);
	change("d/x", GM_MODE_NONE);
	change("d/y", GM_MODE_NONE);
	change("d/e/z", GM_MODE_NONE);
	change("e.txt", GM_MODE_NONE);
	assert_string_equal(edited(&base), "");
}

static void test_file_and_directory_swap(void **state)
{
	(void)state;
	setup();
	change("a/b", GM_MODE_FILE);
	change("a", GM_MODE_NONE);
	change("a.c", GM_MODE_FILE);
	change("d", GM_MODE_FILE);
	assert_string_equal(edited(&base), "a.c a/b d e.txt");
	changes.n = 0;
	change("a/b", GM_MODE_FILE);
	assert_string_equal(edited(&base), "a/b d/e/z d/x d/y e.txt");
	changes.n = 0;
	/* Below a file there is nothing to remove. */
	change("a/b", GM_MODE_NONE);
	assert_string_equal(edited(&base), "a d/e/z d/x d/y e.txt");
}

static void refuse(enum gm_errcode code, const char *why)
{
	assert_failed(gm_tree_edit(&tree, repo, &base, &changes, &err), code,
		      why);
	changes.n = 0;
}

static void test_refuses(void **state)
{
	struct gm_buf deep = gm_buf(&arena);

	(void)state;
	setup();
	change("x", GM_MODE_FILE);
	change("x", GM_MODE_FILE);
	refuse(GM_EINPUT, "meet at 'x'");
	change("x", GM_MODE_NONE);
	change("x", GM_MODE_NONE);
	refuse(GM_EINPUT, "meet at 'x'");
	change("x", GM_MODE_FILE);
	change("x/y", GM_MODE_FILE);
	refuse(GM_EINPUT, "meet at 'x'");
	change("", GM_MODE_FILE);
	refuse(GM_EINPUT, "empty name");
	change("x//y", GM_MODE_FILE);
	refuse(GM_EINPUT, "empty name");
	change("x/", GM_MODE_FILE);
	refuse(GM_EINPUT, "empty name");
	change("../x", GM_MODE_FILE);
	refuse(GM_EINPUT, "'..'");
	change("x/.git/y", GM_MODE_FILE);
	refuse(GM_EINPUT, ".git");
	for (int i = 0; i < 64; i++)
		gm_buf_puts(&deep, "d/");
	gm_buf_puts(&deep, "f");
	change(deep.ptr, GM_MODE_FILE);
	refuse(GM_ELIMIT, "64 levels");
	base = blob;
	change("x", GM_MODE_FILE);
	refuse(GM_EGIT, "is a blob, not a tree");
}

GM_UNIT_MAIN(PLACE_TEST(test_nothing), PLACE_TEST(test_add_and_replace),
	     PLACE_TEST(test_from_nothing), PLACE_TEST(test_remove),
	     PLACE_TEST(test_file_and_directory_swap), PLACE_TEST(test_refuses))
