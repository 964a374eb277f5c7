#include "git/repo.h"

#include "place.h"

static const char *get(const char *name)
{
	const char *value = "unset";

	assert_ok(gm_config_get(&value, &arena, repo, name, &err));
	return value;
}

static void reopen(enum gm_repo_open how)
{
	gm_repo_close(&repo);
	assert_ok(gm_repo_open(&repo, place, how, &err));
}

static void test_get(void **state)
{
	(void)state;
	make_repo();
	put(".git/config", "[core]\n\tbare = false\n[a]\n\tb = one\n\tb = two\n"
			   "\tflag\n[Sub \"Name\"]\n\tKey = x\n");
	open_repo();
	assert_string_equal(get("a.b"), "two");
	assert_string_equal(get("A.B"), "two");
	assert_string_equal(get("a.flag"), "true");
	assert_string_equal(get("sub.Name.key"), "x");
	assert_null(get("sub.name.key"));
	assert_null(get("a.c"));
	assert_failed(gm_config_get(&(const char *){ NULL }, &arena, repo,
				    "nonsense", &err),
		      GM_EGIT, "nonsense");
}

static void test_set(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	assert_ok(gm_config_set(repo, "migrate.policyRef", "refs/x", &err));
	assert_string_equal(get("migrate.policyref"), "refs/x");
	assert_string_equal(GIT("config", "migrate.policyRef"), "refs/x");
	assert_ok(gm_config_set(repo, "migrate.policyRef", "refs/y", &err));
	assert_string_equal(GIT("config", "--get-all", "migrate.policyRef"),
			    "refs/y");
	assert_failed(gm_config_set(repo, "no", "x", &err), GM_EGIT, "'no'");
}

static void test_add(void **state)
{
	struct gm_strings all = { 0 };

	(void)state;
	make_repo();
	open_repo();
	assert_ok(gm_config_add(repo, "remote.o.fetch", "a:a", &err));
	assert_ok(gm_config_add(repo, "remote.o.fetch", "+b:b", &err));
	assert_ok(gm_config_add(repo, "remote.o.fetch", "a:a", &err));
	assert_string_equal(GIT("config", "--get-all", "remote.o.fetch"),
			    "a:a\n+b:b");
	assert_ok(gm_config_all(&all, &arena, repo, "remote.o.fetch", &err));
	assert_int_equal(all.n, 2);
	assert_string_equal(all.items[0], "a:a");
	assert_string_equal(all.items[1], "+b:b");
	assert_ok(gm_config_all(&all, &arena, repo, "remote.p.fetch", &err));
	assert_int_equal(all.n, 0);
	assert_failed(gm_config_add(repo, "no", "x", &err), GM_EGIT, "'no'");
	assert_failed(gm_config_all(&all, &arena, repo, "no", &err), GM_EGIT,
		      "'no'");
}

/* The user's file comes before the repository's, which counts more. */
static void test_levels(void **state)
{
	struct gm_strings all = { 0 };

	(void)state;
	make_repo();
	unsetenv("GIT_CONFIG_GLOBAL");
	put(".gitconfig", "[a]\n\tb = home\n\tc = home\n");
	put(".config/git/config", "[a]\n\td = xdg\n\tc = xdg\n");
	GIT("config", "a.b", "repository");
	open_repo();
	assert_string_equal(get("a.b"), "repository");
	assert_string_equal(get("a.c"), "home");
	assert_string_equal(get("a.d"), "xdg");
	assert_ok(gm_config_all(&all, &arena, repo, "a.b", &err));
	assert_int_equal(all.n, 2);
	assert_string_equal(all.items[0], "home");
	put("other", "[a]\n\tc = other\n");
	setenv("GIT_CONFIG_GLOBAL", in_place("other"), 1);
	open_repo();
	assert_string_equal(get("a.c"), "other");
	assert_null(get("a.d"));
	put("system", "[a]\n\te = system\n");
	setenv("GIT_CONFIG_SYSTEM", in_place("system"), 1);
	open_repo();
	assert_null(get("a.e"));
	unsetenv("GIT_CONFIG_NOSYSTEM");
	open_repo();
	assert_string_equal(get("a.e"), "system");
	setenv("GIT_CONFIG_SYSTEM", "", 1);
	open_repo();
	assert_null(get("a.e"));
}

/* In a server's hook the caller's home and environment say nothing. */
static void test_hook(void **state)
{
	(void)state;
	make_repo();
	unsetenv("GIT_CONFIG_GLOBAL");
	put(".gitconfig", "[a]\n\tb = home\n");
	put("other", "[a]\n\tb = other\n");
	GIT("config", "a.c", "repository");
	reopen(GM_REPO_HOOK);
	assert_null(get("a.b"));
	assert_string_equal(get("a.c"), "repository");
	setenv("GIT_CONFIG_GLOBAL", in_place("other"), 1);
	setenv("GIT_CONFIG_SYSTEM", in_place("other"), 1);
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "a.b", 1);
	setenv("GIT_CONFIG_VALUE_0", "pair", 1);
	setenv("GIT_CONFIG_PARAMETERS", "'a.b'='param'", 1);
	reopen(GM_REPO_HOOK);
	assert_null(get("a.b"));
	unsetenv("GIT_CONFIG_KEY_0");
	unsetenv("GIT_CONFIG_VALUE_0");
}

static void test_command_line(void **state)
{
	struct gm_strings all = { 0 };

	(void)state;
	make_repo();
	GIT("config", "a.b", "file");
	setenv("GIT_CONFIG_COUNT", "2", 1);
	setenv("GIT_CONFIG_KEY_0", "A.B", 1);
	setenv("GIT_CONFIG_VALUE_0", "pair", 1);
	setenv("GIT_CONFIG_KEY_1", "x.Y.Z", 1);
	setenv("GIT_CONFIG_VALUE_1", "sub", 1);
	open_repo();
	assert_string_equal(get("a.b"), "pair");
	assert_string_equal(get("x.Y.z"), "sub");
	setenv("GIT_CONFIG_PARAMETERS",
	       " 'a.b'='it'\\''s'  'c.d=old=style' 'e.f'= 'g.h' "
	       "'i.j'='bang'\\!''",
	       1);
	open_repo();
	assert_string_equal(get("a.b"), "it's");
	assert_string_equal(get("c.d"), "old=style");
	assert_string_equal(get("e.f"), "true");
	assert_string_equal(get("g.h"), "true");
	assert_string_equal(get("i.j"), "bang!");
	assert_ok(gm_config_all(&all, &arena, repo, "a.b", &err));
	assert_int_equal(all.n, 3);
	assert_string_equal(all.items[0], "file");
	assert_string_equal(all.items[1], "pair");
	assert_string_equal(all.items[2], "it's");
	for (int i = 0; i < 2; i++) {
		unsetenv(gm_printf(&arena, "GIT_CONFIG_KEY_%d", i));
		unsetenv(gm_printf(&arena, "GIT_CONFIG_VALUE_%d", i));
	}
}

static void test_from_git_itself(void **state)
{
	const char *line;

	(void)state;
	make_repo();
	line = GIT("-c", "a.b=it's a \"test\"!", "-c", "alias.e=!env", "-c",
		   "x.y", "e");
	line = strstr(line, "GIT_CONFIG_PARAMETERS=");
	assert_non_null(line);
	line = gm_strndup(&arena, line, strcspn(line, "\n"));
	setenv("GIT_CONFIG_PARAMETERS", strchr(line, '=') + 1, 1);
	open_repo();
	assert_string_equal(get("a.b"), "it's a \"test\"!");
	assert_string_equal(get("x.y"), "true");
}

static void refuse(const char *variable, const char *value, const char *named)
{
	setenv(variable, value, 1);
	gm_repo_close(&repo);
	assert_failed(gm_repo_open(&repo, place, GM_REPO_DISCOVER, &err),
		      GM_EGIT, named);
	unsetenv(variable);
}

static void test_malformed_command_line(void **state)
{
	(void)state;
	make_repo();
	refuse("GIT_CONFIG_COUNT", "x", "GIT_CONFIG_COUNT");
	refuse("GIT_CONFIG_COUNT", "99999", "GIT_CONFIG_COUNT");
	refuse("GIT_CONFIG_COUNT", "1", "GIT_CONFIG_KEY_0");
	setenv("GIT_CONFIG_KEY_0", "a.b", 1);
	refuse("GIT_CONFIG_COUNT", "1", "GIT_CONFIG_VALUE_0");
	unsetenv("GIT_CONFIG_KEY_0");
	refuse("GIT_CONFIG_PARAMETERS", "a.b=c", "GIT_CONFIG_PARAMETERS");
	refuse("GIT_CONFIG_PARAMETERS", "'a.b", "GIT_CONFIG_PARAMETERS");
	refuse("GIT_CONFIG_PARAMETERS", "'a.b'='c", "GIT_CONFIG_PARAMETERS");
}

static void test_swap(void **state)
{
	struct gm_strings all;

	(void)state;
	make_repo();
	GIT("config", "--add", "a.b", "one/*:two/*");
	GIT("config", "--add", "a.b", "one/x:two/*");
	GIT("config", "--add", "a.b", "+(^$[\\");
	open_repo();
	assert_ok(gm_config_swap(repo, "a.b", "one/*:two/*", "new", &err));
	assert_ok(gm_config_swap(repo, "a.b", "ne.", "other", &err));
	assert_ok(gm_config_swap(repo, "a.b", "+(^$[\\", NULL, &err));
	assert_ok(gm_config_swap(repo, "c.d", "x", "y", &err));
	open_repo();
	assert_ok(gm_config_all(&all, &arena, repo, "a.b", &err));
	assert_int_equal(all.n, 2);
	assert_string_equal(all.items[0], "new");
	assert_string_equal(all.items[1], "one/x:two/*");
	assert_ok(gm_config_all(&all, &arena, repo, "c.d", &err));
	assert_int_equal(all.n, 0);
}

static void test_per_worktree(void **state)
{
	(void)state;
	make_repo();
	GIT("config", "extensions.worktreeConfig", "true");
	GIT("config", "a.b", "shared");
	GIT("config", "--worktree", "a.b", "mine");
	open_repo();
	assert_string_equal(get("a.b"), "mine");
	assert_false(gm_repo_is_bare(repo));
	assert_ok(gm_config_set(repo, "c.d", "x", &err));
	assert_string_equal(GIT("config", "--local", "c.d"), "x");
}

/* A bare repository with work trees keeps core.bare beside them. */
static void test_bare_with_worktrees(void **state)
{
	(void)state;
	GIT("init", "-q", "--bare", "-b", "main", "x.git");
	GIT("-C", "x.git", "update-ref", "refs/heads/main",
	    GIT("-C", "x.git", "commit-tree", "-m", "x",
		GIT_INPUT(GM_STR_NONE, "-C", "x.git", "hash-object", "-w", "-t",
			  "tree", "--stdin")));
	GIT("-C", "x.git", "worktree", "add", "-q", "-b", "side", "../y");
	GIT("-C", "x.git", "config", "core.repositoryformatversion", "1");
	GIT("-C", "x.git", "config", "extensions.worktreeConfig", "true");
	GIT("-C", "x.git", "config", "--unset", "core.bare");
	put("x.git/config.worktree", "[core]\n\tbare = true\n");
	gm_repo_close(&repo);
	assert_ok(
		gm_repo_open(&repo, in_place("x.git"), GM_REPO_DISCOVER, &err));
	assert_true(gm_repo_is_bare(repo));
	assert_null(gm_repo_worktree(repo));
	gm_repo_close(&repo);
	assert_ok(gm_repo_open(&repo, in_place("y"), GM_REPO_DISCOVER, &err));
	assert_false(gm_repo_is_bare(repo));
	assert_string_equal(gm_repo_worktree(repo), in_place("y"));
}

GM_UNIT_MAIN(PLACE_TEST(test_get), PLACE_TEST(test_set), PLACE_TEST(test_add),
	     PLACE_TEST(test_swap), PLACE_TEST(test_levels),
	     PLACE_TEST(test_hook), PLACE_TEST(test_command_line),
	     PLACE_TEST(test_from_git_itself),
	     PLACE_TEST(test_malformed_command_line),
	     PLACE_TEST(test_per_worktree),
	     PLACE_TEST(test_bare_with_worktrees))
