#include "git/ref.h"

#include "place.h"

static struct gm_oid oid;

static void test_get(void **state)
{
	(void)state;
	make_repo();
	commit_all("one");
	GIT("tag", "-a", "-m", "x", "v1");
	GIT("symbolic-ref", "refs/heads/alias", "refs/heads/main");
	GIT("symbolic-ref", "refs/heads/broken", "refs/heads/none");
	open_repo();
	assert_int_equal(gm_ref_get(&oid, repo, "refs/heads/main", &err), 1);
	assert_oid(&oid, GIT("rev-parse", "main"));
	assert_int_equal(gm_ref_get(&oid, repo, "refs/heads/alias", &err), 1);
	assert_oid(&oid, GIT("rev-parse", "main"));
	assert_int_equal(gm_ref_get(&oid, repo, "refs/tags/v1", &err), 1);
	assert_oid(&oid, GIT("rev-parse", "refs/tags/v1"));
	assert_int_equal(gm_ref_get(&oid, repo, "refs/heads/no", &err), 0);
	assert_int_equal(gm_ref_get(&oid, repo, "refs/heads/broken", &err), 0);
	assert_failed(gm_ref_get(&oid, repo, "refs/heads/a..b", &err), GM_EGIT,
		      "a..b");
}

static void test_packed(void **state)
{
	(void)state;
	make_repo();
	commit_all("one");
	GIT("pack-refs", "--all");
	open_repo();
	assert_int_equal(gm_ref_get(&oid, repo, "refs/heads/main", &err), 1);
}

static void test_symbolic(void **state)
{
	const char *target = NULL;

	(void)state;
	make_repo();
	commit_all("one");
	open_repo();
	assert_int_equal(gm_ref_symbolic(&target, &arena, repo, "HEAD", &err),
			 1);
	assert_string_equal(target, "refs/heads/main");
	assert_int_equal(
		gm_ref_symbolic(&target, &arena, repo, "refs/heads/main", &err),
		0);
	assert_int_equal(
		gm_ref_symbolic(&target, &arena, repo, "refs/heads/x", &err),
		0);
	assert_failed(gm_ref_symbolic(&target, &arena, repo, "refs/..", &err),
		      GM_EGIT, "refs/..");
}

static void test_swap(void **state)
{
	struct gm_oid zero = { { 0 } }, one, two;
	const char *name = "refs/notes/x";

	(void)state;
	make_repo();
	one = oid_of(commit_all("one"));
	two = oid_of(commit_all("two"));
	open_repo();
	assert_ok(gm_ref_swap(repo, name, &zero, &one, "first", &err));
	assert_oid(&one, GIT("rev-parse", name));
	assert_failed(gm_ref_swap(repo, name, &zero, &two, "x", &err), GM_ERACE,
		      name);
	assert_failed(gm_ref_swap(repo, name, &two, &one, "x", &err), GM_ERACE,
		      name);
	assert_failed(gm_ref_swap(repo, "refs/notes/y", &one, &two, "x", &err),
		      GM_ERACE, "refs/notes/y");
	assert_ok(gm_ref_swap(repo, name, &one, &two, "second", &err));
	assert_oid(&two, GIT("rev-parse", name));
	GIT("update-ref", name, GIT("rev-parse", "HEAD~1"));
	assert_failed(gm_ref_swap(repo, name, &two, &two, "x", &err), GM_ERACE,
		      name);
}

static void test_swap_writes_the_reflog(void **state)
{
	struct gm_oid one, two;

	(void)state;
	make_repo();
	one = oid_of(commit_all("one"));
	two = oid_of(commit_all("two"));
	open_repo();
	assert_ok(gm_ref_swap(repo, "refs/heads/main", &two, &one, "step back",
			      &err));
	assert_non_null(strstr(GIT("reflog", "refs/heads/main"), "step back"));
}

static void test_swap_follows_symbolic_refs(void **state)
{
	struct gm_oid one, two;

	(void)state;
	make_repo();
	one = oid_of(commit_all("one"));
	two = oid_of(commit_all("two"));
	open_repo();
	assert_ok(gm_ref_swap(repo, "HEAD", &two, &one, "x", &err));
	assert_string_equal(GIT("symbolic-ref", "HEAD"), "refs/heads/main");
	assert_oid(&one, GIT("rev-parse", "refs/heads/main"));
	GIT("symbolic-ref", "refs/heads/a", "refs/heads/b");
	GIT("symbolic-ref", "refs/heads/b", "refs/heads/a");
	assert_failed(gm_ref_swap(repo, "refs/heads/a", &one, &two, "x", &err),
		      GM_EGIT, "refs/heads/a");
}

static void test_swap_refuses(void **state)
{
	struct gm_oid zero = { { 0 } }, one, missing = { { 1, 2, 3 } };

	(void)state;
	make_repo();
	one = oid_of(commit_all("one"));
	open_repo();
	assert_failed(
		gm_ref_swap(repo, "refs/notes/x", &zero, &missing, "x", &err),
		GM_EGIT, "not there");
	assert_failed(
		gm_ref_swap(repo, "refs/heads/main/x", &zero, &one, "x", &err),
		GM_EGIT, "refs/heads/main/x");
}

static void test_valid_as_git(void **state)
{
	static const char *const names[] = {
		"refs/heads/main",
		"refs/heads/a/b",
		"refs/x",
		"refs/heads/",
		"refs//x",
		"refs/heads/.x",
		"refs/heads/x.",
		"refs/heads/x./y",
		"refs/heads/a..b",
		"refs/heads/x.lock",
		"refs/heads/x.lock/y",
		"refs/heads/xlock",
		"refs/heads/a b",
		"refs/heads/a~b",
		"refs/heads/a^b",
		"refs/heads/a:b",
		"refs/heads/a?b",
		"refs/heads/a*b",
		"refs/heads/a[b",
		"refs/heads/a]b",
		"refs/heads/a\\b",
		"refs/heads/@",
		"refs/heads/a@{b",
		"refs/heads/a@b",
		"refs/heads/{",
		"refs/heads/-x",
		"refs/heads/\x7f",
		"refs/heads/\x01",
		"refs/heads/\t",
		"refs/heads/\n",
		"refs/heads/\xc3\xa4",
		"refs/heads/\xff",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(names); i++) {
		const char *const argv[] = { "git", "check-ref-format",
					     names[i], NULL };
		struct gm_str out;
		bool git = !place_run(&out, GM_STR_NONE, argv);

		if (gm_ref_valid(gm_str(names[i])) != git)
			fail_msg("'%s': git says %d", names[i], git);
	}
	assert_false(gm_ref_valid(GM_STR("")));
	assert_false(gm_ref_valid(GM_STR("HEAD")));
	assert_false(gm_ref_valid(GM_STR("heads/main")));
	assert_false(gm_ref_valid(GM_STR("refs/heads/a\0b")));
}

static void test_head(void **state)
{
	const char *head = NULL;

	(void)state;
	make_repo();
	open_repo();
	assert_ok(gm_ref_head(&head, &arena, repo, &err));
	assert_string_equal(head, "refs/heads/main");
	commit_all("one");
	GIT("checkout", "-q", "--detach");
	assert_ok(gm_ref_head(&head, &arena, repo, &err));
	assert_null(head);
}

static void test_upstream(void **state)
{
	const char *name = "x";

	(void)state;
	make_repo();
	commit_all("one");
	open_repo();
	assert_ok(gm_ref_upstream(&name, &arena, repo, &err));
	assert_null(name);
	GIT("remote", "add", "origin", "/nowhere");
	GIT("config", "branch.main.remote", "origin");
	GIT("config", "branch.main.merge", "refs/heads/trunk");
	open_repo();
	assert_ok(gm_ref_upstream(&name, &arena, repo, &err));
	assert_string_equal(name, "refs/remotes/origin/trunk");
	GIT("checkout", "-q", "--detach");
	assert_ok(gm_ref_upstream(&name, &arena, repo, &err));
	assert_null(name);
}

static void test_list(void **state)
{
	struct gm_refs refs = { 0 };

	(void)state;
	make_repo();
	commit_all("one");
	GIT("update-ref", "refs/notes/migrate/b", "HEAD");
	GIT("update-ref", "refs/notes/migrate/a/c", "HEAD");
	GIT("pack-refs", "--all");
	GIT("update-ref", "refs/notes/migrate/a/b", "HEAD");
	GIT("update-ref", "refs/notes/mine", "HEAD");
	GIT("symbolic-ref", "refs/notes/migrate/s", "refs/heads/main");
	open_repo();
	assert_ok(gm_ref_list(&refs, &arena, repo, "refs/notes/mi", &err));
	assert_int_equal(refs.n, 4);
	assert_string_equal(refs.items[0].name, "refs/notes/migrate/a/b");
	assert_string_equal(refs.items[1].name, "refs/notes/migrate/a/c");
	assert_string_equal(refs.items[2].name, "refs/notes/migrate/b");
	assert_string_equal(refs.items[3].name, "refs/notes/mine");
	assert_oid(&refs.items[1].oid, GIT("rev-parse", "HEAD"));
	assert_ok(gm_ref_list(&refs, &arena, repo, "", &err));
	assert_int_equal(refs.n, 5);
	assert_ok(gm_ref_list(&refs, &arena, repo, "refs/notes/*", &err));
	assert_int_equal(refs.n, 0);
	assert_ok(gm_ref_list(&refs, &arena, repo, "refs/none/", &err));
	assert_int_equal(refs.n, 0);
}

GM_UNIT_MAIN(PLACE_TEST(test_get), PLACE_TEST(test_packed),
	     PLACE_TEST(test_symbolic), PLACE_TEST(test_swap),
	     PLACE_TEST(test_swap_writes_the_reflog),
	     PLACE_TEST(test_swap_follows_symbolic_refs),
	     PLACE_TEST(test_swap_refuses), PLACE_TEST(test_valid_as_git),
	     PLACE_TEST(test_head), PLACE_TEST(test_upstream),
	     PLACE_TEST(test_list))
