#include "git/repo.h"

#include <fcntl.h>

#include "base/escape.h"
#include "git/object.h"
#include "git/ref.h"
#include "place.h"

static int open_at(const char *dir, enum gm_repo_open how)
{
	gm_repo_close(&repo);
	memset(&err, 0, sizeof(err));
	return gm_repo_open(&repo, dir, how, &err);
}

static void test_discover(void **state)
{
	(void)state;
	make_repo();
	put("a/b/c", "x");
	assert_ok(open_at(in_place("a/b"), GM_REPO_DISCOVER));
	assert_false(gm_repo_is_bare(repo));
	assert_string_equal(gm_repo_worktree(repo), place);
	assert_string_equal(gm_repo_gitdir(repo), in_place(".git"));
	assert_string_equal(gm_repo_commondir(repo), in_place(".git"));
}

static void test_current_directory(void **state)
{
	int before = open(".", O_RDONLY | O_DIRECTORY);

	(void)state;
	make_repo();
	assert_int_equal(chdir(place), 0);
	assert_ok(open_at(NULL, GM_REPO_DISCOVER));
	assert_string_equal(gm_repo_worktree(repo), place);
	assert_int_equal(fchdir(before), 0);
	close(before);
}

static void test_bare(void **state)
{
	(void)state;
	GIT("init", "-q", "--bare", "x.git");
	assert_ok(open_at(in_place("x.git"), GM_REPO_DISCOVER));
	assert_true(gm_repo_is_bare(repo));
	assert_null(gm_repo_worktree(repo));
	assert_string_equal(gm_repo_gitdir(repo), in_place("x.git"));
	assert_ok(open_at(in_place("x.git"), GM_REPO_HOOK));
	assert_true(gm_repo_is_bare(repo));
}

static void test_linked_worktree(void **state)
{
	struct gm_oid oid;

	(void)state;
	GIT("init", "-q", "-b", "main", "x");
	GIT("-C", "x", "commit", "-q", "--allow-empty", "-m", "one");
	GIT("-C", "x", "worktree", "add", "-q", "-b", "side", "../y");
	assert_ok(open_at(in_place("y"), GM_REPO_DISCOVER));
	assert_string_equal(gm_repo_worktree(repo), in_place("y"));
	assert_string_equal(gm_repo_gitdir(repo),
			    in_place("x/.git/worktrees/y"));
	assert_string_equal(gm_repo_commondir(repo), in_place("x/.git"));
	assert_int_equal(gm_ref_get(&oid, repo, "refs/heads/main", &err), 1);
	/* As a hook in that work tree sees it. */
	setenv("GIT_DIR", in_place("x/.git/worktrees/y"), 1);
	assert_ok(open_at(in_place("y"), GM_REPO_DISCOVER));
	assert_string_equal(gm_repo_worktree(repo), in_place("y"));
	assert_string_equal(gm_repo_commondir(repo), in_place("x/.git"));
}

static void test_separate_git_dir(void **state)
{
	(void)state;
	GIT("init", "-q", "--separate-git-dir=real", "x");
	put("x/d/f", "");
	assert_ok(open_at(in_place("x/d"), GM_REPO_DISCOVER));
	assert_string_equal(gm_repo_worktree(repo), in_place("x"));
	assert_string_equal(gm_repo_gitdir(repo), in_place("real"));
}

static void test_git_dir(void **state)
{
	(void)state;
	GIT("init", "-q", "x");
	put("elsewhere/f", "");
	setenv("GIT_DIR", "../x/.git", 1);
	assert_ok(open_at(in_place("elsewhere"), GM_REPO_DISCOVER));
	assert_string_equal(gm_repo_gitdir(repo), in_place("x/.git"));
	/* As git has it: GIT_DIR alone makes this directory the work tree. */
	assert_string_equal(gm_repo_worktree(repo), in_place("elsewhere"));
	setenv("GIT_WORK_TREE", in_place("x"), 1);
	assert_ok(open_at(in_place("elsewhere"), GM_REPO_DISCOVER));
	assert_string_equal(gm_repo_worktree(repo), in_place("x"));
	unsetenv("GIT_DIR");
	setenv("GIT_WORK_TREE", "../elsewhere", 1);
	assert_ok(open_at(in_place("x"), GM_REPO_DISCOVER));
	assert_string_equal(gm_repo_worktree(repo), in_place("elsewhere"));
	unsetenv("GIT_WORK_TREE");
	setenv("GIT_DIR", in_place("elsewhere"), 1);
	assert_failed(open_at(in_place("x"), GM_REPO_DISCOVER), GM_ENOT_FOUND,
		      "no git repository at '");
}

static void test_core_worktree(void **state)
{
	(void)state;
	GIT("init", "-q", "x");
	put("tree/f", "");
	GIT("-C", "x", "config", "core.worktree", "../../tree");
	assert_ok(open_at(in_place("x"), GM_REPO_DISCOVER));
	assert_string_equal(gm_repo_worktree(repo), in_place("tree"));
	setenv("GIT_DIR", in_place("x/.git"), 1);
	assert_ok(open_at(place, GM_REPO_DISCOVER));
	assert_string_equal(gm_repo_worktree(repo), in_place("tree"));
}

static void test_common_dir(void **state)
{
	(void)state;
	make_repo();
	setenv("GIT_COMMON_DIR", in_place(".git"), 1);
	assert_ok(open_at(place, GM_REPO_DISCOVER));
	setenv("GIT_COMMON_DIR", "/nowhere", 1);
	assert_failed(open_at(place, GM_REPO_DISCOVER), GM_EUNSUPPORTED,
		      "GIT_COMMON_DIR");
}

static void test_not_found(void **state)
{
	(void)state;
	assert_failed(open_at(place, GM_REPO_DISCOVER), GM_ENOT_FOUND,
		      "no git repository at or above");
	assert_non_null(strstr(err.hint, "-C"));
	assert_failed(open_at(in_place("nope"), GM_REPO_DISCOVER),
		      GM_ENOT_FOUND, "no directory");
	make_repo();
	put("a/b", "");
	/* A hook's repository is where it is, not somewhere above. */
	assert_failed(open_at(in_place("a"), GM_REPO_HOOK), GM_ENOT_FOUND,
		      "no git repository at '");
	assert_ok(open_at(place, GM_REPO_HOOK));
	assert_ok(open_at(in_place("a"), GM_REPO_DISCOVER));
	setenv("GIT_CEILING_DIRECTORIES", place, 1);
	assert_failed(open_at(in_place("a"), GM_REPO_DISCOVER), GM_ENOT_FOUND,
		      "no git repository");
	setenv("GIT_DISCOVERY_ACROSS_FILESYSTEM", "yes", 1);
	assert_ok(open_at(place, GM_REPO_DISCOVER));
}

static void test_broken(void **state)
{
	(void)state;
	make_repo();
	put(".git/config", "[core\nbroken");
	assert_failed(open_at(place, GM_REPO_DISCOVER), GM_EGIT,
		      "cannot open the repository");
	assert_null(repo);
	gm_repo_close(&repo);
}

/* Only root can give a repository away. */
static void test_foreign_owner(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	GIT("init", "-q", "x y");
	GIT("init", "-q", "--bare", "y.git");
	assert_int_equal(chown(in_place("x y"), 12345, 12345), 0);
	assert_int_equal(chown(in_place("x y/.git"), 12345, 12345), 0);
	assert_int_equal(chown(in_place("y.git"), 12345, 12345), 0);
	assert_failed(open_at(in_place("x y"), GM_REPO_DISCOVER), GM_EGIT,
		      "dubious ownership");
	assert_non_null(strstr(
		err.hint,
		gm_printf(&arena,
			  "git config --global --add safe.directory '%s'",
			  in_place("x y"))));
	setenv("GIT_DIR", ".", 1);
	assert_failed(open_at(in_place("y.git"), GM_REPO_HOOK), GM_EGIT,
		      "dubious ownership");
	assert_non_null(strstr(
		err.hint,
		gm_printf(&arena, "git config --system --add safe.directory %s",
			  gm_shell_word(&arena, in_place("y.git")))));
	unsetenv("GIT_DIR");
	put(".gitconfig",
	    gm_printf(&arena, "[safe]\n\tdirectory = %s\n", in_place("x y")));
	assert_ok(open_at(in_place("x y"), GM_REPO_DISCOVER));
}

static void test_hooks_dir(void **state)
{
	const char *dir;

	(void)state;
	make_repo();
	open_repo();
	assert_ok(gm_repo_hooks_dir(&dir, &arena, repo, &err));
	assert_string_equal(dir, in_place(".git/hooks"));
	GIT("config", "core.hooksPath", "my/hooks/");
	open_repo();
	assert_ok(gm_repo_hooks_dir(&dir, &arena, repo, &err));
	assert_string_equal(dir, in_place("my/hooks"));
	GIT("config", "core.hooksPath", "~/h");
	open_repo();
	assert_ok(gm_repo_hooks_dir(&dir, &arena, repo, &err));
	assert_string_equal(dir, in_place("h"));
	unsetenv("HOME");
	assert_failed(gm_repo_hooks_dir(&dir, &arena, repo, &err), GM_EGIT,
		      "HOME");
	GIT("config", "core.hooksPath", "/abs/hooks");
	open_repo();
	assert_ok(gm_repo_hooks_dir(&dir, &arena, repo, &err));
	assert_string_equal(dir, "/abs/hooks");
}

static void test_remotes(void **state)
{
	struct gm_strings names = { 0 };

	(void)state;
	make_repo();
	open_repo();
	assert_ok(gm_repo_remotes(&names, &arena, repo, &err));
	assert_int_equal(names.n, 0);
	GIT("remote", "add", "origin", "/x");
	GIT("remote", "add", "backup", "/y");
	open_repo();
	assert_ok(gm_repo_remotes(&names, &arena, repo, &err));
	assert_int_equal(names.n, 2);
	assert_string_equal(names.items[0], "backup");
	assert_string_equal(names.items[1], "origin");
}

GM_UNIT_MAIN(PLACE_TEST(test_discover), PLACE_TEST(test_current_directory),
	     PLACE_TEST(test_bare), PLACE_TEST(test_linked_worktree),
	     PLACE_TEST(test_separate_git_dir), PLACE_TEST(test_git_dir),
	     PLACE_TEST(test_core_worktree), PLACE_TEST(test_common_dir),
	     PLACE_TEST(test_not_found), PLACE_TEST(test_broken),
	     PLACE_TEST(test_foreign_owner), PLACE_TEST(test_hooks_dir),
	     PLACE_TEST(test_remotes))
