#include "git/index.h"

#include "place.h"

static struct gm_oid tree;

static void test_as_git(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	assert_ok(gm_index_tree(&tree, repo, &err));
	assert_oid(&tree, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
	put("a", "1");
	put("b/c", "1");
	put("b/d", "1");
	commit_all("one");
	assert_ok(gm_index_tree(&tree, repo, &err));
	assert_oid(&tree, GIT("rev-parse", "HEAD^{tree}"));
	put("b/c", "2");
	put("b/e", "unstaged");
	GIT("add", "b/c");
	assert_ok(gm_index_tree(&tree, repo, &err));
	assert_oid(&tree, GIT("write-tree"));
}

static void test_intent_to_add(void **state)
{
	(void)state;
	make_repo();
	put("a", "1");
	commit_all("one");
	put("b", "1");
	GIT("add", "-N", "b");
	open_repo();
	assert_ok(gm_index_tree(&tree, repo, &err));
	assert_oid(&tree, GIT("rev-parse", "HEAD^{tree}"));
}

static void test_other_index(void **state)
{
	(void)state;
	make_repo();
	put("a", "1");
	commit_all("one");
	put("b", "1");
	setenv("GIT_INDEX_FILE", in_place(".git/other"), 1);
	GIT("add", "b");
	open_repo();
	assert_ok(gm_index_tree(&tree, repo, &err));
	assert_oid(&tree, GIT("write-tree"));
	assert_string_equal(
		GIT("ls-tree", "--name-only", gm_oid_hex(&arena, &tree)), "b");
	setenv("GIT_INDEX_FILE", ".git/other", 1);
	assert_ok(gm_index_tree(&tree, repo, &err));
	assert_oid(&tree, GIT("write-tree"));
}

static void test_conflict(void **state)
{
	struct gm_str out;

	(void)state;
	make_repo();
	put("a", "1");
	commit_all("one");
	GIT("checkout", "-q", "-b", "side");
	put("a", "2");
	commit_all("two");
	GIT("checkout", "-q", "main");
	put("a", "3");
	commit_all("three");
	place_run(&out, GM_STR_NONE,
		  (const char *const[]){ "git", "merge", "-q", "side", NULL });
	open_repo();
	assert_failed(gm_index_tree(&tree, repo, &err), GM_EGIT,
		      "a conflict in 'a'");
}

static void test_unreadable(void **state)
{
	(void)state;
	make_repo();
	put("a", "1");
	commit_all("one");
	GIT("update-index", "--split-index");
	open_repo();
	assert_failed(gm_index_tree(&tree, repo, &err), GM_EGIT,
		      "cannot read the index");
	assert_non_null(strstr(err.hint, "--no-split-index"));
	put(".git/index", "garbage that is no index at all");
	assert_failed(gm_index_tree(&tree, repo, &err), GM_EGIT,
		      "cannot read the index");
	assert_string_equal(err.hint, "");
}

static void test_quarantine(void **state)
{
	(void)state;
	make_repo();
	setenv("GIT_QUARANTINE_PATH", in_place(".git/objects"), 1);
	open_repo();
	assert_failed(gm_index_tree(&tree, repo, &err), GM_EGIT,
		      "nothing is written");
}

GM_UNIT_MAIN(PLACE_TEST(test_as_git), PLACE_TEST(test_intent_to_add),
	     PLACE_TEST(test_other_index), PLACE_TEST(test_conflict),
	     PLACE_TEST(test_unreadable), PLACE_TEST(test_quarantine))
