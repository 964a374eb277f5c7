#include "git/notes.h"

#include "base/buf.h"
#include "place.h"

static struct gm_oid old, new_, zero;
static const char *why;

/* A notes ref "x" with two notes, and objects to annotate. */
static void setup(void)
{
	make_repo();
	commit_all("one");
	commit_all("two");
	commit_all("three");
	GIT("notes", "--ref", "x", "add", "-m", "a1", "HEAD");
	GIT("notes", "--ref", "x", "append", "-m", "a2", "HEAD");
	GIT("notes", "--ref", "x", "add", "-m", "b1", "HEAD~1");
	old = rev("refs/notes/x");
	open_repo();
}

static int check(void)
{
	why = NULL;
	new_ = rev("refs/notes/x");
	return gm_notes_is_append(&why, &arena, repo, &old, &new_, &err);
}

static void refuse(const char *because)
{
	int ok = check();

	if (ok || !why || !strstr(why, because))
		fail_msg("%d, '%s' (%s)", ok, why ? why : "", err.msg);
}

static void test_append(void **state)
{
	(void)state;
	setup();
	assert_int_equal(check(), 1);
	GIT("notes", "--ref", "x", "append", "-m", "a3", "HEAD");
	GIT("notes", "--ref", "x", "add", "-m", "c1", "HEAD~2");
	assert_int_equal(check(), 1);
	/* Order does not count. */
	GIT("notes", "--ref", "x", "add", "-f", "-m", "a3\na2\na1", "HEAD");
	assert_int_equal(check(), 1);
	old = zero;
	assert_int_equal(check(), 1);
}

static void test_lost_lines(void **state)
{
	(void)state;
	setup();
	GIT("notes", "--ref", "x", "add", "-f", "-m", "a2", "HEAD");
	refuse("a line is gone");
}

static void test_lost_note(void **state)
{
	(void)state;
	setup();
	GIT("notes", "--ref", "x", "remove", "HEAD~1");
	refuse("the note is gone");
}

static void test_lost_on_the_way(void **state)
{
	(void)state;
	setup();
	GIT("notes", "--ref", "x", "remove", "HEAD");
	GIT("notes", "--ref", "x", "add", "-m", "a1\na2", "HEAD");
	refuse("the note is gone");
}

static void test_rewind(void **state)
{
	(void)state;
	setup();
	GIT("update-ref", "refs/notes/x", "refs/notes/x~1");
	refuse("does not continue");
}

static void test_new_history(void **state)
{
	const char *root;

	(void)state;
	setup();
	root = GIT("commit-tree", "-m", "x", "refs/notes/x^{tree}");
	GIT("update-ref", "refs/notes/x", root);
	refuse("does not continue");
	GIT("update-ref", "refs/notes/x",
	    GIT("commit-tree", "-m", "x", "-p", gm_oid_hex(&arena, &old), "-p",
		root, GIT("rev-parse", "refs/notes/x^{tree}")));
	refuse("second history");
}

static void test_merge(void **state)
{
	const char *left, *right, *tree;

	(void)state;
	setup();
	GIT("notes", "--ref", "x", "append", "-m", "a3", "HEAD");
	left = GIT("rev-parse", "refs/notes/x");
	GIT("update-ref", "refs/notes/x", gm_oid_hex(&arena, &old));
	GIT("notes", "--ref", "x", "append", "-m", "a4", "HEAD");
	right = GIT("rev-parse", "refs/notes/x");
	tree = GIT("rev-parse", "refs/notes/x^{tree}");
	GIT("update-ref", "refs/notes/x",
	    GIT("commit-tree", "-m", "x", "-p", left, "-p", right, tree));
	refuse("a line is gone");
	GIT("update-ref", "refs/notes/x", left);
	GIT("update-ref", "refs/notes/y", right);
	GIT("notes", "--ref", "x", "merge", "-q", "-s", "cat_sort_uniq", "y");
	assert_int_equal(check(), 1);
}

static void test_not_commits(void **state)
{
	(void)state;
	setup();
	new_ = zero;
	assert_int_equal(
		gm_notes_is_append(&why, &arena, repo, &old, &new_, &err), 0);
	assert_non_null(strstr(why, "deletes"));
	GIT("update-ref", "refs/notes/x", GIT("rev-parse", "HEAD^{tree}"));
	refuse("not name a commit");
	GIT("tag", "-a", "-m", "x", "v1", gm_oid_hex(&arena, &old));
	GIT("update-ref", "refs/notes/x", GIT("rev-parse", "v1"));
	refuse("not name a commit");
}

static void test_odd_tree(void **state)
{
	(void)state;
	setup();
	GIT("checkout", "-q", "--detach", gm_oid_hex(&arena, &old));
	put("README", "x");
	commit_all("x");
	GIT("update-ref", "refs/notes/x", "HEAD");
	refuse("lower-case hex");
}

static void test_nul_and_size(void **state)
{
	const size_t size = GM_NOTE_MAX + 1;
	struct gm_str big = { memset(gm_alloc(&arena, size), 'x', size), size };

	(void)state;
	setup();
	GIT("notes", "--ref", "x", "add", "-f", "-C",
	    GIT_INPUT(GM_STR("a1\na2\nx\0y\n"), "hash-object", "-w", "--stdin"),
	    "HEAD");
	refuse("NUL");
	GIT("update-ref", "refs/notes/x", gm_oid_hex(&arena, &old));
	GIT("notes", "--ref", "x", "add", "-C",
	    GIT_INPUT(big, "hash-object", "-w", "--stdin"), "HEAD~2");
	refuse("the limit is");
}

static void test_errors(void **state)
{
	struct gm_oid missing = { { 1 } };

	(void)state;
	setup();
	new_ = rev("refs/notes/x");
	assert_failed(
		gm_notes_is_append(&why, &arena, repo, &missing, &new_, &err),
		GM_EGIT, "cannot read commit");
}

GM_UNIT_MAIN(PLACE_TEST(test_append), PLACE_TEST(test_lost_lines),
	     PLACE_TEST(test_lost_note), PLACE_TEST(test_lost_on_the_way),
	     PLACE_TEST(test_rewind), PLACE_TEST(test_new_history),
	     PLACE_TEST(test_merge), PLACE_TEST(test_not_commits),
	     PLACE_TEST(test_odd_tree), PLACE_TEST(test_nul_and_size),
	     PLACE_TEST(test_errors))
