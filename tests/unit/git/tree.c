#include "git/object.h"

#include "base/buf.h"
#include "place.h"

static struct gm_entries entries;
static struct gm_entry entry;
static struct gm_files files;
static struct gm_oid oid;

static void test_read(void **state)
{
	(void)state;
	make_repo();
	put("b.txt", "b");
	put("a/x", "x");
	put("a.txt", "a");
	put("run", "#!/bin/sh\n");
	assert_int_equal(chmod(in_place("run"), 0755), 0);
	assert_int_equal(symlink("b.txt", in_place("link")), 0);
	commit_all("one");
	open_repo();
	oid = rev("HEAD^{tree}");
	assert_ok(gm_tree_read(&entries, &arena, repo, &oid, &err));
	assert_int_equal(entries.n, 5);
	assert_str(entries.items[0].name, "a.txt");
	assert_str(entries.items[1].name, "a");
	assert_int_equal(entries.items[1].mode, GM_MODE_TREE);
	assert_str(entries.items[2].name, "b.txt");
	assert_int_equal(entries.items[2].mode, GM_MODE_FILE);
	assert_oid(&entries.items[2].oid, GIT("rev-parse", "HEAD:b.txt"));
	assert_int_equal(entries.items[3].mode, GM_MODE_LINK);
	assert_int_equal(entries.items[4].mode, GM_MODE_EXEC);
}

static void add(struct gm_buf *raw, const char *mode_and_name)
{
	struct gm_oid some = { { 1 } };

	gm_buf_puts(raw, mode_and_name);
	gm_buf_putc(raw, '\0');
	gm_buf_add(raw, some.id, sizeof(some.id));
}

/* A tree object with these "<mode> <name>" entries, NULL at the end. */
static struct gm_oid raw_tree(const char *const *list)
{
	struct gm_buf raw = gm_buf(&arena);

	for (; *list; list++)
		add(&raw, *list);
	return oid_of(GIT_INPUT(gm_buf_view(&raw), "hash-object", "-w",
				"--literally", "-t", "tree", "--stdin"));
}

#define RAW(...) raw_tree((const char *const[]){ __VA_ARGS__, NULL })

static void test_fine(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	oid = RAW("100644 a", "100644 a-b", "100644 a.b", "40000 ab",
		  "160000 sub", "100664 z");
	assert_ok(gm_tree_read(&entries, &arena, repo, &oid, &err));
	assert_int_equal(entries.n, 6);
	assert_int_equal(entries.items[4].mode, GM_MODE_GITLINK);
	assert_int_equal(entries.items[5].mode, 0100664);
	oid = RAW("100644 .gitignore", "100644 .gitx", "100644 git");
	assert_ok(gm_tree_read(&entries, &arena, repo, &oid, &err));
	oid = RAW("040000 padded");
	assert_ok(gm_tree_read(&entries, &arena, repo, &oid, &err));
}

static void refuse(struct gm_oid tree, const char *why)
{
	assert_failed(gm_tree_read(&entries, &arena, repo, &tree, &err),
		      GM_EGIT, why);
	assert_failed(
		gm_tree_find(&entry, &arena, repo, &tree, GM_STR("zzz"), &err),
		GM_EGIT, why);
}

static void test_malformed(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	refuse(RAW("100644 b", "100644 a"), "not sorted");
	refuse(RAW("40000 a", "100644 a.b"), "not sorted");
	refuse(RAW("100644 a", "100644 a"), "twice");
	refuse(RAW("100644 a", "40000 a"), "twice");
	refuse(RAW("100644 a", "100644 a.b", "40000 a"), "twice");
	refuse(RAW("100644 a", "100644 a-", "100644 a--", "100644 a-.",
		   "40000 a-", "40000 b"),
	       "twice");
	refuse(RAW("100644 "), "empty name");
	refuse(RAW("100644 a/b"), "slash");
	refuse(RAW("40000 ."), "'.'");
	refuse(RAW("40000 .."), "'..'");
	refuse(RAW("40000 .git"), ".git");
	refuse(RAW("40000 .GiT"), ".git");
	refuse(RAW("40000 .git. ."), ".git");
	refuse(RAW("40000 git~1"), ".git");
	refuse(RAW("40755 a"), "mode");
	refuse(RAW("10644 a"), "mode");
	refuse(RAW("0 a"), "mode");
	refuse(RAW("100648 a"), "mode");
	refuse(RAW("x a"), "mode");
	refuse(RAW(" a"), "mode");
	refuse(RAW("100644"), "mode");
	refuse(RAW("10000000644 a"), "mode");
	refuse(oid_of(GIT_INPUT(GM_STR("100644 a\0short"), "hash-object", "-w",
				"--literally", "-t", "tree", "--stdin")),
	       "ends early");
	refuse(oid_of(GIT_INPUT(GM_STR("100644 a"), "hash-object", "-w",
				"--literally", "-t", "tree", "--stdin")),
	       "ends early");
	refuse(oid_of(GIT_INPUT(GM_STR("100644"), "hash-object", "-w",
				"--literally", "-t", "tree", "--stdin")),
	       "mode");
}

/* Names that each begin with all before: "-", "--", ... */
static void test_names_that_begin_alike(void **state)
{
	struct gm_buf raw = gm_buf(&arena), name = gm_buf(&arena);

	(void)state;
	make_repo();
	open_repo();
	gm_buf_puts(&name, "100644 ");
	for (int i = 0; i < 100; i++) {
		gm_buf_putc(&name, '-');
		add(&raw, name.ptr);
	}
	oid = oid_of(GIT_INPUT(gm_buf_view(&raw), "hash-object", "-w",
			       "--literally", "-t", "tree", "--stdin"));
	refuse(oid, "begin alike");
}

static int find(const char *path)
{
	memset(&entry, 0, sizeof(entry));
	return gm_tree_find(&entry, &arena, repo, &oid, gm_str(path), &err);
}

static void test_find(void **state)
{
	(void)state;
	make_repo();
	put("a/b/c", "x");
	put("a/d", "x");
	commit_all("one");
	open_repo();
	oid = rev("HEAD^{tree}");
	assert_int_equal(find("a/b/c"), 1);
	assert_str(entry.name, "c");
	assert_int_equal(entry.mode, GM_MODE_FILE);
	assert_oid(&entry.oid, GIT("rev-parse", "HEAD:a/b/c"));
	assert_int_equal(find("a/b"), 1);
	assert_int_equal(entry.mode, GM_MODE_TREE);
	assert_int_equal(find(""), 1);
	assert_oid(&entry.oid, GIT("rev-parse", "HEAD^{tree}"));
	assert_int_equal(find("a/x"), 0);
	assert_int_equal(find("a/d/c"), 0);
	assert_int_equal(find("a//b"), 0);
	assert_int_equal(find("/a"), 0);
	assert_int_equal(find("x/y/z"), 0);
	oid = (struct gm_oid){ { 1 } };
	assert_failed(find("a"), GM_EGIT, "cannot read tree");
}

static void test_files(void **state)
{
	(void)state;
	make_repo();
	put("m/1/up.sql", "x");
	put("m/1.sql", "x");
	put("m/2/down.sql", "x");
	put("n", "x");
	commit_all("one");
	open_repo();
	oid = rev("HEAD^{tree}");
	assert_ok(gm_tree_files(&files, &arena, repo, &oid, GM_STR("m"), 9,
				&err));
	assert_int_equal(files.n, 3);
	assert_str(files.items[0].path, "m/1.sql");
	assert_str(files.items[1].path, "m/1/up.sql");
	assert_str(files.items[2].path, "m/2/down.sql");
	assert_int_equal(files.items[0].mode, GM_MODE_FILE);
	assert_ok(gm_tree_files(&files, &arena, repo, &oid, GM_STR("m/"), 9,
				&err));
	assert_str(files.items[0].path, "m/1.sql");
	assert_ok(
		gm_tree_files(&files, &arena, repo, &oid, GM_STR(""), 9, &err));
	assert_int_equal(files.n, 4);
	assert_str(files.items[3].path, "n");
	assert_ok(gm_tree_files(&files, &arena, repo, &oid, GM_STR("n"), 9,
				&err));
	assert_int_equal(files.n, 0);
	assert_ok(gm_tree_files(&files, &arena, repo, &oid, GM_STR("x/y"), 9,
				&err));
	assert_int_equal(files.n, 0);
	/* Two directories and three files. */
	assert_ok(gm_tree_files(&files, &arena, repo, &oid, GM_STR("m"), 5,
				&err));
	assert_failed(
		gm_tree_files(&files, &arena, repo, &oid, GM_STR("m"), 4, &err),
		GM_ELIMIT, "more than 4");
}

/* The tree with ten (or one) entries that all are `below`. */
static struct gm_oid nest(struct gm_oid below, const char *mode, int width,
			  const char *name)
{
	struct gm_buf raw = gm_buf(&arena);

	for (int i = 0; i < width; i++) {
		gm_buf_printf(&raw, "%s %s%d", mode, name, i);
		gm_buf_putc(&raw, '\0');
		gm_buf_add(&raw, below.id, sizeof(below.id));
	}
	return oid_of(GIT_INPUT(gm_buf_view(&raw), "hash-object", "-w",
				"--literally", "-t", "tree", "--stdin"));
}

static void test_bomb(void **state)
{
	const char *blob;

	(void)state;
	make_repo();
	blob = GIT_INPUT(GM_STR("x"), "hash-object", "-w", "--stdin");
	oid = nest(oid_of(blob), "100644", 10, "f");
	for (int i = 0; i < 7; i++)
		oid = nest(oid, "40000", 10, "d");
	open_repo();
	assert_failed(gm_tree_files(&files, &arena, repo, &oid, GM_STR(""),
				    100000, &err),
		      GM_ELIMIT, "more than 100000");
}

static void test_depth(void **state)
{
	const char *blob;

	(void)state;
	make_repo();
	blob = GIT_INPUT(GM_STR("x"), "hash-object", "-w", "--stdin");
	oid = nest(oid_of(blob), "100644", 1, "f");
	for (int i = 1; i < 64; i++)
		oid = nest(oid, "40000", 1, "d");
	open_repo();
	assert_ok(gm_tree_files(&files, &arena, repo, &oid, GM_STR(""), 999,
				&err));
	assert_int_equal(files.n, 1);
	oid = nest(oid, "40000", 1, "d");
	assert_failed(gm_tree_files(&files, &arena, repo, &oid, GM_STR(""), 999,
				    &err),
		      GM_ELIMIT, "64 levels");
}

static void test_long_paths(void **state)
{
	struct gm_buf name = gm_buf(&arena);
	struct gm_oid blob;

	(void)state;
	make_repo();
	blob = oid_of(GIT_INPUT(GM_STR("x"), "hash-object", "-w", "--stdin"));
	while (name.len < 2100)
		gm_buf_puts(&name, "long");
	oid = nest(nest(blob, "100644", 1, name.ptr), "40000", 1, name.ptr);
	open_repo();
	assert_failed(
		gm_tree_files(&files, &arena, repo, &oid, GM_STR(""), 99, &err),
		GM_ELIMIT, "longer than 4096 bytes");
}

GM_UNIT_MAIN(PLACE_TEST(test_read), PLACE_TEST(test_fine),
	     PLACE_TEST(test_malformed),
	     PLACE_TEST(test_names_that_begin_alike), PLACE_TEST(test_find),
	     PLACE_TEST(test_files), PLACE_TEST(test_bomb),
	     PLACE_TEST(test_depth), PLACE_TEST(test_long_paths))
