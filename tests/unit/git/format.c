#include "place.h"

static int try_open(enum gm_repo_open how)
{
	gm_repo_close(&repo);
	memset(&err, 0, sizeof(err));
	return gm_repo_open(&repo, place, how, &err);
}

static void refuse(const char *what, const char *hint)
{
	static const enum gm_repo_open ways[] = { GM_REPO_DISCOVER,
						  GM_REPO_HOOK };

	for (size_t i = 0; i < GM_COUNT(ways); i++) {
		assert_failed(try_open(ways[i]), GM_EUNSUPPORTED, what);
		if (!strstr(err.hint, hint))
			fail_msg("'%s': hint '%s'", what, err.hint);
	}
}

static void extension(const char *name, const char *value)
{
	put(".git/config", gm_printf(&arena,
				     "[core]\n\trepositoryformatversion = 1\n"
				     "[extensions]\n\t%s = %s\n",
				     name, value));
}

static void test_extensions(void **state)
{
	(void)state;
	make_repo();
	extension("noop", "true");
	assert_ok(try_open(GM_REPO_HOOK));
	extension("objectFormat", "sha1");
	assert_ok(try_open(GM_REPO_HOOK));
	extension("refStorage", "files");
	assert_ok(try_open(GM_REPO_HOOK));
	extension("objectFormat", "sha256");
	refuse("SHA-256", "SHA-1");
	extension("refStorage", "reftable");
	refuse("refs as files", "git refs migrate");
	extension("partialClone", "origin");
	refuse("partial clone", "--filter");
	extension("preciousObjects", "true");
	refuse("preciousobjects", "without it");
	extension("relativeWorktrees", "true");
	refuse("relativeworktrees", "without it");
	extension("futureThing", "1");
	refuse("futurething", "standard format");
}

static void test_real_sha256(void **state)
{
	(void)state;
	GIT("init", "-q", "--object-format=sha256", ".");
	refuse("SHA-256", "SHA-1");
}

/* Old repositories have these without the version that allows them. */
static void test_extensions_without_version(void **state)
{
	(void)state;
	make_repo();
	GIT("config", "extensions.partialClone", "origin");
	refuse("partial clone", "--filter");
}

static void test_version(void **state)
{
	(void)state;
	make_repo();
	GIT("config", "core.repositoryformatversion", "2");
	refuse("unsupported repository version", "standard format");
}

static void test_worktree_config(void **state)
{
	(void)state;
	make_repo();
	extension("worktreeConfig", "true");
	assert_ok(try_open(GM_REPO_DISCOVER));
	assert_failed(try_open(GM_REPO_HOOK), GM_EUNSUPPORTED,
		      "worktreeconfig");
}

static void test_promisor(void **state)
{
	(void)state;
	make_repo();
	GIT("config", "remote.origin.promisor", "false");
	assert_ok(try_open(GM_REPO_DISCOVER));
	GIT("config", "remote.origin.promisor", "true");
	refuse("partial clone", "--filter");
	GIT("config", "remote.origin.promisor", "odd");
	refuse("partial clone", "--filter");
	GIT("config", "--unset", "remote.origin.promisor");
	GIT("config", "remote.origin.partialCloneFilter", "blob:none");
	refuse("partial clone", "--filter");
}

static void test_shallow(void **state)
{
	(void)state;
	GIT("init", "-q", "-b", "main", "x");
	GIT("-C", "x", "commit", "-q", "--allow-empty", "-m", "one");
	GIT("-C", "x", "commit", "-q", "--allow-empty", "-m", "two");
	GIT("clone", "-q", "--depth", "1",
	    gm_printf(&arena, "file://%s", in_place("x")), "y");
	gm_repo_close(&repo);
	assert_failed(
		gm_repo_open(&repo, in_place("y"), GM_REPO_DISCOVER, &err),
		GM_EUNSUPPORTED, "shallow");
	assert_non_null(strstr(err.hint, "--unshallow"));
	/* Its work trees share the file. */
	GIT("-C", "y", "worktree", "add", "-q", "-b", "side", "../z");
	assert_failed(
		gm_repo_open(&repo, in_place("z"), GM_REPO_DISCOVER, &err),
		GM_EUNSUPPORTED, "shallow");
	put("y/.git/shallow", "");
	assert_ok(gm_repo_open(&repo, in_place("y"), GM_REPO_DISCOVER, &err));
}

static void test_shallow_push(void **state)
{
	(void)state;
	make_repo();
	put("empty", "");
	put("pushed", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
	setenv("GIT_SHALLOW_FILE", in_place("empty"), 1);
	assert_ok(try_open(GM_REPO_HOOK));
	setenv("GIT_SHALLOW_FILE", in_place("pushed"), 1);
	refuse("shallow", "--unshallow");
}

static void test_namespace(void **state)
{
	(void)state;
	make_repo();
	setenv("GIT_NAMESPACE", "tenant", 1);
	assert_ok(try_open(GM_REPO_DISCOVER));
	assert_failed(try_open(GM_REPO_HOOK), GM_EUNSUPPORTED, "GIT_NAMESPACE");
	setenv("GIT_NAMESPACE", "", 1);
	assert_ok(try_open(GM_REPO_HOOK));
}

GM_UNIT_MAIN(PLACE_TEST(test_extensions), PLACE_TEST(test_real_sha256),
	     PLACE_TEST(test_extensions_without_version),
	     PLACE_TEST(test_version), PLACE_TEST(test_worktree_config),
	     PLACE_TEST(test_promisor), PLACE_TEST(test_shallow),
	     PLACE_TEST(test_shallow_push), PLACE_TEST(test_namespace))
