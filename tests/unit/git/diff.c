#include "git/diff.h"

#include "base/buf.h"
#include "place.h"

static struct gm_changes changes;
static struct gm_oid old, new_, zero;

/* As `git diff-tree -r --raw --no-abbrev` puts it, without its status. */
static const char *listed(void)
{
	struct gm_buf out = gm_buf(&arena);

	for (size_t i = 0; i < changes.n; i++) {
		const struct gm_change *c = &changes.items[i];

		gm_buf_printf(&out, ":%06o %06o %s %s %.*s\n", c->old_mode,
			      c->new_mode, gm_oid_hex(&arena, &c->old_oid),
			      gm_oid_hex(&arena, &c->new_oid), (int)c->path.len,
			      c->path.ptr);
	}
	return out.ptr;
}

static const char *by_git(const char *from, const char *to)
{
	struct gm_buf out = gm_buf(&arena);
	struct gm_str line, word,
		rest = GIT_RAW("diff-tree", "-r", "--no-renames", "--raw",
			       "--no-abbrev", from, to);

	while (gm_str_line(&line, &rest)) {
		for (int i = 0; i < 4; i++) {
			assert_true(gm_str_split(&word, &line, ' '));
			gm_buf_str(&out, word);
			gm_buf_putc(&out, ' ');
		}
		gm_buf_str(&out, gm_str_sub(line, 2, line.len));
		gm_buf_putc(&out, '\n');
	}
	return out.ptr;
}

static void make_two(void)
{
	make_repo();
	put("a", "1");
	put("b/c/d", "1");
	put("b/c/e", "1");
	put("b.x", "1");
	put("f", "1");
	put("g/h", "1");
	put("same/x", "1");
	put("mode", "1");
	commit_all("one");
	/* Files become directories and the other way round. */
	GIT("rm", "-q", "-r", "a", "g");
	put("a/b", "1");
	put("a.b", "1");
	put("g", "1");
	put("b/c/d", "2");
	put("n/o/p", "1");
	assert_int_equal(unlink(in_place("f")), 0);
	assert_int_equal(symlink("x", in_place("f")), 0);
	assert_int_equal(chmod(in_place("mode"), 0755), 0);
	commit_all("two");
}

static void test_as_git(void **state)
{
	(void)state;
	make_two();
	open_repo();
	old = rev("HEAD~1^{tree}");
	new_ = rev("HEAD^{tree}");
	assert_ok(gm_diff_trees(&changes, &arena, repo, &old, &new_, &err));
	assert_string_equal(listed(), by_git("HEAD~1", "HEAD"));
	assert_ok(gm_diff_trees(&changes, &arena, repo, &new_, &old, &err));
	assert_string_equal(listed(), by_git("HEAD", "HEAD~1"));
	for (size_t i = 1; i < changes.n; i++)
		assert_true(gm_str_cmp(changes.items[i - 1].path,
				       changes.items[i].path) < 0);
	assert_ok(gm_diff_trees(&changes, &arena, repo, &old, &old, &err));
	assert_int_equal(changes.n, 0);
}

static void test_empty_tree(void **state)
{
	static const char empty[] = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

	(void)state;
	make_two();
	GIT_INPUT(GM_STR_NONE, "hash-object", "-w", "-t", "tree", "--stdin");
	open_repo();
	new_ = rev("HEAD^{tree}");
	assert_ok(gm_diff_trees(&changes, &arena, repo, &zero, &new_, &err));
	assert_string_equal(listed(), by_git(empty, "HEAD"));
	assert_ok(gm_diff_trees(&changes, &arena, repo, &new_, &zero, &err));
	assert_string_equal(listed(), by_git("HEAD", empty));
	assert_ok(gm_diff_trees(&changes, &arena, repo, &zero, &zero, &err));
	assert_int_equal(changes.n, 0);
}

static void diff_of(const char *name)
{
	struct gm_oid oid = rev(name);
	struct gm_commit c;

	assert_ok(gm_commit_read(&c, &arena, repo, &oid, &err));
	assert_ok(gm_diff_commit(&changes, &arena, repo, &c, &err));
}

static void test_commit(void **state)
{
	(void)state;
	make_two();
	open_repo();
	diff_of("HEAD~1");
	assert_int_equal(changes.n, 8);
	diff_of("HEAD");
	assert_string_equal(listed(), by_git("HEAD~1", "HEAD"));
}

/* A merge brings only what none of its parents has. */
static void test_merge(void **state)
{
	(void)state;
	make_repo();
	put("base", "1");
	put("both", "1\n2\n3\n4\n5\n");
	commit_all("base");
	GIT("checkout", "-q", "-b", "side");
	put("side", "1");
	put("both", "1\n2\n3\n4\nside\n");
	commit_all("side");
	GIT("checkout", "-q", "main");
	put("main", "1");
	put("both", "main\n2\n3\n4\n5\n");
	commit_all("main");
	GIT("merge", "-q", "--no-commit", "--no-ff", "side");
	put("evil", "DROP TABLE x;");
	put("main", "2");
	GIT("rm", "-q", "base");
	commit_all("merge");
	open_repo();
	diff_of("HEAD");
	assert_int_equal(changes.n, 4);
	assert_str(changes.items[0].path, "base");
	assert_int_equal(changes.items[0].new_mode, GM_MODE_NONE);
	assert_str(changes.items[1].path, "both");
	assert_oid(&changes.items[1].old_oid, GIT("rev-parse", "HEAD^1:both"));
	assert_str(changes.items[2].path, "evil");
	assert_int_equal(changes.items[2].old_mode, GM_MODE_NONE);
	/* The second parent has no `main`: against it, too, it differs. */
	assert_str(changes.items[3].path, "main");
}

static void test_merge_that_takes_one_side(void **state)
{
	(void)state;
	make_repo();
	commit_all("base");
	GIT("checkout", "-q", "-b", "side");
	put("side", "1");
	commit_all("side");
	GIT("checkout", "-q", "main");
	put("main", "1");
	commit_all("main");
	GIT("merge", "-q", "-s", "ours", "-m", "merge", "side");
	open_repo();
	diff_of("HEAD");
	assert_int_equal(changes.n, 0);
}

static void test_octopus(void **state)
{
	(void)state;
	make_repo();
	commit_all("base");
	for (int i = 0; i < 3; i++) {
		GIT("checkout", "-q", "-b", gm_printf(&arena, "b%d", i),
		    "main");
		put(gm_printf(&arena, "f%d", i), "1");
		commit_all("leg");
	}
	GIT("checkout", "-q", "main");
	GIT("merge", "-q", "--no-commit", "--no-ff", "b0", "b1", "b2");
	put("new", "1");
	commit_all("merge");
	open_repo();
	diff_of("HEAD");
	assert_int_equal(changes.n, 1);
	assert_str(changes.items[0].path, "new");
}

static void test_many_parents(void **state)
{
	struct gm_commit c = { .n_parents = GM_DIFF_PARENTS + 1 };

	(void)state;
	make_repo();
	open_repo();
	assert_failed(gm_diff_commit(&changes, &arena, repo, &c, &err),
		      GM_ELIMIT, "257 parents");
}

static struct gm_oid nest(struct gm_oid below, const char *mode, int width)
{
	struct gm_buf raw = gm_buf(&arena);

	for (int i = 0; i < width; i++) {
		gm_buf_printf(&raw, "%s f%d", mode, i);
		gm_buf_putc(&raw, '\0');
		gm_buf_add(&raw, below.id, sizeof(below.id));
	}
	return oid_of(GIT_INPUT(gm_buf_view(&raw), "hash-object", "-w",
				"--literally", "-t", "tree", "--stdin"));
}

static void test_bomb(void **state)
{
	struct gm_arena own = GM_ARENA_INIT;

	(void)state;
	make_repo();
	new_ = oid_of(GIT_INPUT(GM_STR("x"), "hash-object", "-w", "--stdin"));
	new_ = nest(new_, "100644", 10);
	for (int i = 0; i < 7; i++)
		new_ = nest(new_, "40000", 10);
	open_repo();
	assert_failed(gm_diff_trees(&changes, &own, repo, &zero, &new_, &err),
		      GM_ELIMIT, "more than 250000 changed files");
	assert_true(own.total < (size_t)128 << 20);
	gm_arena_done(&own);
}

/* Directories upon directories, and no file anywhere. */
static void test_empty_bomb(void **state)
{
	(void)state;
	make_repo();
	new_ = oid_of(GIT_INPUT(GM_STR_NONE, "hash-object", "-w", "-t", "tree",
				"--stdin"));
	for (int i = 0; i < 7; i++)
		new_ = nest(new_, "40000", 10);
	open_repo();
	assert_failed(gm_diff_trees(&changes, &arena, repo, &zero, &new_, &err),
		      GM_ELIMIT, "tree entries");
}

static void test_depth(void **state)
{
	(void)state;
	make_repo();
	new_ = oid_of(GIT_INPUT(GM_STR("x"), "hash-object", "-w", "--stdin"));
	new_ = nest(new_, "100644", 1);
	for (int i = 0; i < 64; i++)
		new_ = nest(new_, "40000", 1);
	open_repo();
	assert_failed(gm_diff_trees(&changes, &arena, repo, &zero, &new_, &err),
		      GM_ELIMIT, "64 levels");
}

/* A tree with these files; one whose name ends in a slash is a directory. */
static struct gm_oid flat(const char *const *names)
{
	struct gm_buf raw = gm_buf(&arena);
	struct gm_oid some = { { 1 } };

	for (; *names; names++) {
		struct gm_str name = gm_str(*names);
		bool dir = gm_str_ends(name, GM_STR("/"));

		gm_buf_puts(&raw, dir ? "40000 " : "100644 ");
		gm_buf_str(&raw, gm_str_sub(name, 0, name.len - dir));
		gm_buf_putc(&raw, '\0');
		gm_buf_add(&raw, some.id, sizeof(some.id));
	}
	return oid_of(GIT_INPUT(gm_buf_view(&raw), "hash-object", "-w",
				"--literally", "-t", "tree", "--stdin"));
}

#define FLAT(...) flat((const char *const[]){ __VA_ARGS__, NULL })

/* What both trees begin with decides whether the rest is well formed. */
static void test_common(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	old = FLAT("a", "a-b", "b");
	new_ = FLAT("a", "a-b", "b", "c");
	assert_ok(gm_diff_trees(&changes, &arena, repo, &old, &new_, &err));
	assert_int_equal(changes.n, 1);
	assert_str(changes.items[0].path, "c");
	assert_ok(gm_diff_trees(&changes, &arena, repo, &new_, &old, &err));
	assert_int_equal(changes.n, 1);
	new_ = FLAT("a", "a-b", "a/");
	assert_failed(gm_diff_trees(&changes, &arena, repo, &old, &new_, &err),
		      GM_EGIT, "twice");
	assert_failed(gm_diff_trees(&changes, &arena, repo, &new_, &old, &err),
		      GM_EGIT, "twice");
	new_ = FLAT("a", "a-b", "a");
	assert_failed(gm_diff_trees(&changes, &arena, repo, &old, &new_, &err),
		      GM_EGIT, "not sorted");
	new_ = FLAT("a", "a-b", "b", "b");
	assert_failed(gm_diff_trees(&changes, &arena, repo, &old, &new_, &err),
		      GM_EGIT, "twice");
	old = FLAT("b", "a", "c");
	new_ = FLAT("b", "a", "d");
	assert_failed(gm_diff_trees(&changes, &arena, repo, &old, &new_, &err),
		      GM_EGIT, "not sorted");
}

static void test_unreadable(void **state)
{
	struct gm_oid missing = { { 1 } };

	(void)state;
	make_repo();
	commit_all("one");
	open_repo();
	old = rev("HEAD^{tree}");
	assert_failed(
		gm_diff_trees(&changes, &arena, repo, &old, &missing, &err),
		GM_EGIT, "cannot read tree");
	assert_failed(
		gm_diff_trees(&changes, &arena, repo, &missing, &old, &err),
		GM_EGIT, "cannot read tree");
}

GM_UNIT_MAIN(PLACE_TEST(test_as_git), PLACE_TEST(test_empty_tree),
	     PLACE_TEST(test_commit), PLACE_TEST(test_merge),
	     PLACE_TEST(test_merge_that_takes_one_side),
	     PLACE_TEST(test_octopus), PLACE_TEST(test_many_parents),
	     PLACE_TEST(test_bomb), PLACE_TEST(test_empty_bomb),
	     PLACE_TEST(test_depth), PLACE_TEST(test_common),
	     PLACE_TEST(test_unreadable))
