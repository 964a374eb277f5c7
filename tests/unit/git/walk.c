#include "git/walk.h"

#include "base/buf.h"
#include "base/map.h"
#include "place.h"

static struct gm_oids commits;
static struct gm_oid tip, hide, base;

/*
 * A history in which commit N has random parents among the commits before it
 * and a random date: clocks are not to be trusted.
 */
static void random_history(uint32_t seed, int n, bool skewed)
{
	struct gm_buf in = gm_buf(&arena);

	for (int i = 1; i <= n; i++) {
		int parents = 0;
		int used[4] = { 0 };

		seed = seed * 1664525 + 1013904223;
		gm_buf_printf(&in,
			      "commit refs/heads/c%d\nmark :%d\n"
			      "committer A <a@b> %u +0000\ndata 1\nx\n",
			      i, i,
			      1700000000u + (skewed ? (seed >> 20)
						    : (unsigned)i / 3));
		for (int p = 0; i > 1 && p < 1 + (int)(seed >> 30); p++) {
			int parent;

			seed = seed * 1664525 + 1013904223;
			parent = i - 1 - (int)((seed >> 16) % 6);
			if (parent < 1)
				parent = 1;
			for (int u = 0; u < parents; u++)
				if (used[u] == parent)
					parent = 0;
			if (!parent)
				continue;
			used[parents] = parent;
			gm_buf_printf(&in, "%s :%d\n",
				      parents++ ? "merge" : "from", parent);
		}
		gm_buf_puts(&in, "\n");
	}
	GIT_INPUT(gm_buf_view(&in), "fast-import", "--quiet");
}

static const char *branch(int i)
{
	return gm_printf(&arena, "refs/heads/c%d", i);
}

/* The same commits as git lists, each after its parents. */
static void assert_range(const char *listed)
{
	struct gm_map seen = gm_map(&arena), want = gm_map(&arena);
	struct gm_str line, rest = gm_str(listed);
	size_t n = 0;

	for (; gm_str_line(&line, &rest); n++)
		gm_map_set(&want, line, repo);
	assert_int_equal(commits.n, n);
	for (size_t i = 0; i < commits.n; i++) {
		struct gm_str hex =
			gm_str(gm_oid_hex(&arena, &commits.items[i]));
		struct gm_commit c;

		assert_non_null(gm_map_get(&want, hex));
		assert_null(gm_map_get(&seen, hex));
		gm_map_set(&seen, hex, repo);
		assert_ok(gm_commit_read(&c, &arena, repo, &commits.items[i],
					 &err));
		for (size_t p = 0; p < c.n_parents; p++) {
			hex = gm_str(gm_oid_hex(&arena, &c.parents[p]));
			if (gm_map_get(&want, hex))
				assert_non_null(gm_map_get(&seen, hex));
		}
	}
}

static void compare_with_git(int n, bool exact)
{
	for (int i = n; i > n - 12; i--) {
		for (int k = n - 14; k < n; k += 5) {
			int yes;

			tip = rev(branch(i));
			hide = rev(branch(k));
			assert_ok(gm_walk(&commits, &arena, repo, &tip, &hide,
					  1, 0, &err));
			if (exact)
				assert_range(GIT("rev-list", branch(i), "--not",
						 branch(k)));
			yes = !place_run(NULL, GM_STR_NONE,
					 (const char *const[]){
						 "git", "merge-base",
						 "--is-ancestor", branch(k),
						 branch(i), NULL });
			assert_int_equal(
				gm_is_ancestor(repo, &hide, &tip, &err), yes);
			assert_int_equal(
				gm_merge_base(&base, repo, &tip, &hide, &err),
				1);
			assert_non_null(strstr(GIT("merge-base", "--all",
						   branch(i), branch(k)),
					       gm_oid_hex(&arena, &base)));
		}
	}
}

static void test_random_histories(void **state)
{
	(void)state;
	make_repo();
	random_history(42, 60, false);
	open_repo();
	tip = rev(branch(60));
	assert_ok(gm_walk(&commits, &arena, repo, &tip, NULL, 0, 0, &err));
	assert_range(GIT("rev-list", branch(60)));
	compare_with_git(60, true);
}

/* With clocks that lie a landed commit may come again, but none is missed. */
static void test_lying_clocks(void **state)
{
	struct gm_map got;

	(void)state;
	make_repo();
	random_history(7, 60, true);
	open_repo();
	compare_with_git(60, false);
	for (int i = 60; i > 48; i--) {
		struct gm_str line, rest;

		tip = rev(branch(i));
		hide = rev(branch(45));
		assert_ok(gm_walk(&commits, &arena, repo, &tip, &hide, 1, 0,
				  &err));
		got = gm_map(&arena);
		for (size_t k = 0; k < commits.n; k++)
			gm_map_set(&got, gm_oid_key(&commits.items[k]), repo);
		rest = gm_str(GIT("rev-list", branch(i), "--not", branch(45)));
		while (gm_str_line(&line, &rest)) {
			struct gm_oid oid;

			assert_true(gm_oid_parse(&oid, line));
			assert_non_null(gm_map_get(&got, gm_oid_key(&oid)));
		}
	}
}

static void test_several_hidden(void **state)
{
	struct gm_oid hidden[3];

	(void)state;
	make_repo();
	random_history(9, 40, false);
	open_repo();
	tip = rev(branch(40));
	hidden[0] = rev(branch(30));
	hidden[1] = rev(branch(35));
	hidden[2] = rev(branch(39));
	assert_ok(gm_walk(&commits, &arena, repo, &tip, hidden, 3, 0, &err));
	assert_range(GIT("rev-list", branch(40), "--not", branch(30),
			 branch(35), branch(39)));
	hidden[0] = tip;
	assert_ok(gm_walk(&commits, &arena, repo, &tip, hidden, 1, 0, &err));
	assert_int_equal(commits.n, 0);
}

static void linear(int n)
{
	struct gm_buf in = gm_buf(&arena);

	for (int i = 0; i < n; i++)
		gm_buf_printf(&in,
			      "commit refs/heads/main\n"
			      "committer A <a@b> %d +0000\ndata 1\nx\n",
			      1700000000 + i);
	GIT_INPUT(gm_buf_view(&in), "fast-import", "--quiet");
}

static void test_limit(void **state)
{
	(void)state;
	make_repo();
	linear(20);
	open_repo();
	tip = rev("main");
	hide = rev("main~10");
	assert_ok(gm_walk(&commits, &arena, repo, &tip, NULL, 0, 20, &err));
	assert_int_equal(commits.n, 20);
	assert_oid(&commits.items[19], GIT("rev-parse", "main"));
	assert_failed(gm_walk(&commits, &arena, repo, &tip, NULL, 0, 19, &err),
		      GM_ELIMIT, "more than 19 commits");
	assert_ok(gm_walk(&commits, &arena, repo, &tip, &hide, 1, 10, &err));
	assert_failed(gm_walk(&commits, &arena, repo, &tip, &hide, 1, 9, &err),
		      GM_ELIMIT, "more than 9 commits");
}

/* A forged date of 1970 at the tip must not hide what is below. */
static void test_old_tip(void **state)
{
	(void)state;
	make_repo();
	linear(30);
	GIT("symbolic-ref", "HEAD", "refs/heads/main");
	setenv("GIT_COMMITTER_DATE", "@1000 +0000", 1);
	GIT("commit", "-q", "--allow-empty", "-m", "old");
	setenv("GIT_COMMITTER_DATE", "@4000000000 +0000", 1);
	GIT("commit", "-q", "--allow-empty", "-m", "future");
	open_repo();
	tip = rev("main");
	hide = rev("main~5");
	assert_ok(gm_walk(&commits, &arena, repo, &tip, &hide, 1, 0, &err));
	assert_range(GIT("rev-list", "main", "--not", "main~5"));
	assert_int_equal(gm_is_ancestor(repo, &hide, &tip, &err), 1);
	assert_int_equal(gm_is_ancestor(repo, &tip, &hide, &err), 0);
	assert_int_equal(gm_is_ancestor(repo, &tip, &tip, &err), 1);
}

static void test_missing_objects(void **state)
{
	struct gm_oid missing = { { 1 } }, child;

	(void)state;
	make_repo();
	commit_all("one");
	tip = rev("HEAD");
	child = oid_of(GIT_INPUT(
		GM_STR("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
		       "parent aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
		       "author A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nm"),
		"hash-object", "-w", "-t", "commit", "--stdin"));
	open_repo();
	assert_failed(
		gm_walk(&commits, &arena, repo, &missing, NULL, 0, 0, &err),
		GM_EGIT, "cannot read commit");
	assert_failed(
		gm_walk(&commits, &arena, repo, &tip, &missing, 1, 0, &err),
		GM_EGIT, "cannot read commit");
	assert_failed(gm_walk(&commits, &arena, repo, &child, NULL, 0, 0, &err),
		      GM_EGIT, "cannot read commit");
	assert_failed(gm_is_ancestor(repo, &missing, &tip, &err), GM_EGIT,
		      "cannot read commit");
	assert_failed(gm_is_ancestor(repo, &tip, &child, &err), GM_EGIT,
		      "cannot read commit");
	assert_failed(gm_merge_base(&base, repo, &missing, &tip, &err), GM_EGIT,
		      "cannot read commit");
}

static void test_merge_base(void **state)
{
	struct gm_oid other;

	(void)state;
	make_repo();
	commit_all("base");
	GIT("checkout", "-q", "-b", "side");
	commit_all("side");
	GIT("checkout", "-q", "main");
	commit_all("main");
	GIT("checkout", "-q", "--orphan", "lone");
	commit_all("lone");
	open_repo();
	tip = rev("main");
	other = rev("side");
	assert_int_equal(gm_merge_base(&base, repo, &tip, &other, &err), 1);
	assert_oid(&base, GIT("merge-base", "main", "side"));
	other = rev("lone");
	assert_int_equal(gm_merge_base(&base, repo, &tip, &other, &err), 0);
	assert_int_equal(gm_is_ancestor(repo, &tip, &other, &err), 0);
}

static void test_merge_base_bomb(void **state)
{
	const size_t size = (size_t)40 << 20;
	struct gm_str zeros = { gm_alloc(&arena, size), size };

	(void)state;
	make_repo();
	commit_all("one");
	tip = rev("HEAD");
	hide = oid_of(GIT_INPUT(zeros, "hash-object", "-w", "--literally", "-t",
				"commit", "--stdin"));
	open_repo();
	assert_failed(gm_merge_base(&base, repo, &tip, &hide, &err), GM_ELIMIT,
		      "larger than");
}

/* refs/replace changes what git shows, not what we judge. */
static void test_ignores_replacements(void **state)
{
	(void)state;
	make_repo();
	commit_all("one");
	commit_all("two");
	commit_all("three");
	GIT("replace", "--graft", "HEAD~1");
	put(".git/info/grafts",
	    gm_printf(&arena, "%s\n", GIT("rev-parse", "HEAD")));
	open_repo();
	tip = rev("HEAD");
	assert_ok(gm_walk(&commits, &arena, repo, &tip, NULL, 0, 0, &err));
	assert_int_equal(commits.n, 3);
}

GM_UNIT_MAIN(PLACE_TEST(test_random_histories), PLACE_TEST(test_lying_clocks),
	     PLACE_TEST(test_several_hidden), PLACE_TEST(test_limit),
	     PLACE_TEST(test_old_tip), PLACE_TEST(test_missing_objects),
	     PLACE_TEST(test_merge_base), PLACE_TEST(test_merge_base_bomb),
	     PLACE_TEST(test_ignores_replacements))
