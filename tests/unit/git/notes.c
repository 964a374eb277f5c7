#include "git/notes.h"

#include "base/buf.h"
#include "git/object.h"
#include "place.h"

static struct gm_notes notes;
static struct gm_oid oid;

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define AB "abaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define REST38 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define REST36 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/*
 * A commit whose tree holds a blob at each of these paths ("mode path"), NULL
 * at the end.
 */
static struct gm_oid notes_commit(const char *const *paths)
{
	struct gm_buf in = gm_buf(&arena);

	GIT("read-tree", "--empty");
	for (; *paths; paths++) {
		const char *blob = GIT_INPUT(gm_str(*paths), "hash-object",
					     "-w", "--stdin");

		gm_buf_printf(&in, "%.6s %s\t%s\n", *paths, blob, *paths + 7);
	}
	GIT_INPUT(gm_buf_view(&in), "update-index", "--add", "--index-info");
	return oid_of(GIT("commit-tree", "-m", "x", GIT("write-tree")));
}

#define NOTES(...) notes_commit((const char *const[]){ __VA_ARGS__, NULL })

static int read_notes(struct gm_oid commit)
{
	oid = commit;
	return gm_notes_read(&notes, &arena, repo, &oid, &err);
}

static void assert_notes(struct gm_oid commit)
{
	const struct gm_note *note;
	struct gm_oid on = oid_of(A);

	assert_ok(read_notes(commit));
	assert_int_equal(notes.n, 2);
	assert_oid(&notes.items[0].on, A);
	assert_oid(&notes.items[1].on, AB);
	note = gm_notes_find(&notes, &on);
	assert_ptr_equal(note, &notes.items[0]);
	on = oid_of(AB);
	note = gm_notes_find(&notes, &on);
	assert_ptr_equal(note, &notes.items[1]);
	on.id[19] = 0;
	assert_null(gm_notes_find(&notes, &on));
}

static void test_levels(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	assert_notes(NOTES("100644 " A, "100644 " AB));
	assert_notes(NOTES("100644 aa/" REST38, "100644 ab/" REST38));
	assert_notes(NOTES("100644 aa/aa/" REST36, "100644 ab/aa/" REST36));
}

/* How deep notes lie may differ from one directory to the next. */
static void test_mixed_levels(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	assert_notes(NOTES("100644 aa/" REST38, "100644 ab/aa/" REST36));
	assert_notes(NOTES("100644 aa/aa/" REST36, "100644 ab/" REST38));
}

static int find_one(struct gm_oid *blob, struct gm_oid commit, const char *hex)
{
	struct gm_oid on = oid_of(hex);

	oid = commit;
	return gm_notes_find_one(blob, &arena, repo, &oid, &on, &err);
}

#define B "baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_find_one(void **state)
{
	struct gm_oid blob, some, commits[3];

	(void)state;
	make_repo();
	open_repo();
	commits[0] = NOTES("100644 " A, "100644 " AB);
	commits[1] = NOTES("100644 aa/" REST38, "100644 ab/" REST38);
	commits[2] = NOTES("100644 aa/" REST38, "100644 ab/aa/" REST36);
	for (size_t i = 0; i < GM_COUNT(commits); i++) {
		some = oid_of(A);
		assert_ok(read_notes(commits[i]));
		assert_int_equal(find_one(&blob, commits[i], A), 1);
		assert_true(gm_oid_eq(&blob, &notes.items[0].blob));
		assert_int_equal(find_one(&blob, commits[i], AB), 1);
		assert_true(gm_oid_eq(&blob, &notes.items[1].blob));
		blob = some;
		assert_int_equal(find_one(&blob, commits[i], B), 0);
		assert_int_equal(find_one(&blob, commits[i],
					  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					  "aaab"),
				 0);
		assert_true(gm_oid_eq(&blob, &some));
	}
	commit_all("empty");
	assert_int_equal(find_one(&blob, rev("HEAD"), A), 0);
}

static void refuse_one(struct gm_oid commit, const char *why)
{
	struct gm_oid blob;

	assert_failed(find_one(&blob, commit, A), GM_EINPUT, why);
}

static void test_find_one_refuses(void **state)
{
	struct gm_oid blob;

	(void)state;
	make_repo();
	open_repo();
	refuse_one(NOTES("100644 " A, "100644 ab/" REST38), "different levels");
	refuse_one(NOTES("100644 aa/" REST38, "100644 " AB),
		   "different levels");
	refuse_one(NOTES("100644 aa/" REST38, "100644 aa/aa/" REST36),
		   "different levels");
	refuse_one(NOTES("100644 aa/" REST38, "100644 AA/" REST38),
		   "lower-case hex");
	refuse_one(NOTES("120000 " A), "not a plain file");
	refuse_one(NOTES("100644 aa/" REST38, "100644 README"),
		   "lower-case hex");
	/* What is not on the way is not looked at. */
	assert_int_equal(
		find_one(&blob, NOTES("100644 aa/" REST38, "100755 ab/x"), A),
		1);
	commit_all("x");
	assert_failed(find_one(&blob, rev("HEAD^{tree}"), A), GM_EGIT,
		      "is a tree, not a commit");
}

static void test_none(void **state)
{
	struct gm_oid some = { { 1 } };

	(void)state;
	make_repo();
	open_repo();
	commit_all("empty");
	assert_ok(read_notes(rev("HEAD")));
	assert_int_equal(notes.n, 0);
	assert_null(gm_notes_find(&notes, &some));
}

/* A big notes tree as git itself lays it out. */
static void test_of_git(void **state)
{
	struct gm_buf in = gm_buf(&arena);
	struct gm_str line, rest;

	(void)state;
	make_repo();
	for (int i = 0; i < 300; i++)
		gm_buf_printf(&in,
			      "commit refs/heads/main\nmark :%d\n"
			      "committer A <a@b> %d +0000\ndata 1\nx\n",
			      i + 1, i + 1);
	gm_buf_puts(&in, "commit refs/notes/x\ncommitter A <a@b> 1 +0000\n"
			 "data 1\nx\n");
	for (int i = 0; i < 300; i++)
		gm_buf_printf(&in, "N inline :%d\ndata 2\nx\n\n", i + 1);
	GIT_INPUT(gm_buf_view(&in), "fast-import", "--quiet");
	open_repo();
	assert_ok(read_notes(rev("refs/notes/x")));
	assert_int_equal(notes.n, 300);
	rest = gm_str(GIT("notes", "--ref", "x", "list"));
	for (int n = 0; gm_str_line(&line, &rest); n++) {
		const struct gm_note *note;
		struct gm_oid on =
			oid_of(gm_str_dup(&arena, gm_str_sub(line, 41, 81)));

		note = gm_notes_find(&notes, &on);
		assert_non_null(note);
		assert_oid(&note->blob,
			   gm_str_dup(&arena, gm_str_sub(line, 0, 40)));
	}
}

static void refuse(struct gm_oid commit, const char *why)
{
	assert_failed(read_notes(commit), GM_EINPUT, why);
}

static void test_refuses(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	refuse(NOTES("100644 AAAAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	       "lower-case hex");
	refuse(NOTES("100644 AA/" REST38), "lower-case hex");
	refuse(NOTES("100644 README"), "lower-case hex");
	refuse(NOTES("100644 " A, "100644 ab/" REST38), "different levels");
	refuse(NOTES("100644 " A, "100644 aa/" REST38), "different levels");
	refuse(NOTES("100644 aa/" REST38, "100644 aa/aa/" REST36),
	       "different levels");
	refuse(NOTES("120000 " A), "not a plain file");
	refuse(NOTES("100755 " A), "not a plain file");
	refuse(NOTES("100644 aaa"), "no object's");
	refuse(NOTES("100644 " A "a"), "no object's");
	refuse(NOTES("100644 aaaa/" REST36), "no fan-out");
	refuse(NOTES("100644 aa/aa"), "no object's");
	refuse(NOTES("100644 aa/aa/aa/aa/aa/aa/aa/aa/aa/aa/aa/aa/aa/aa/aa/aa/"
		     "aa/aa/aa/aa/aa"),
	       "no fan-out");
}

static void test_refuses_odd_trees(void **state)
{
	const char *blob, *tree;
	struct gm_buf raw;
	struct gm_oid id;

	(void)state;
	make_repo();
	open_repo();
	blob = GIT_INPUT(GM_STR("x"), "hash-object", "-w", "--stdin");
	tree = GIT_INPUT(GM_STR_NONE, "hash-object", "-w", "-t", "tree",
			 "--stdin");
	tree = GIT_INPUT(
		gm_str(gm_printf(&arena, "040000 tree %s\taa\n", tree)),
		"mktree");
	refuse(oid_of(GIT("commit-tree", "-m", "x", tree)), "empty directory");
	/* One name twice. */
	raw = gm_buf(&arena);
	id = oid_of(blob);
	for (int i = 0; i < 2; i++) {
		gm_buf_puts(&raw, "100644 " A);
		gm_buf_putc(&raw, '\0');
		gm_buf_add(&raw, id.id, sizeof(id.id));
	}
	tree = GIT_INPUT(gm_buf_view(&raw), "hash-object", "-w", "--literally",
			 "-t", "tree", "--stdin");
	refuse(oid_of(GIT("commit-tree", "-m", "x", tree)), "twice");
}

static void test_not_a_commit(void **state)
{
	(void)state;
	make_repo();
	commit_all("x");
	open_repo();
	assert_failed(read_notes(rev("HEAD^{tree}")), GM_EGIT,
		      "is a tree, not a commit");
}

GM_UNIT_MAIN(PLACE_TEST(test_levels), PLACE_TEST(test_mixed_levels),
	     PLACE_TEST(test_find_one), PLACE_TEST(test_find_one_refuses),
	     PLACE_TEST(test_none), PLACE_TEST(test_of_git),
	     PLACE_TEST(test_refuses), PLACE_TEST(test_refuses_odd_trees),
	     PLACE_TEST(test_not_a_commit))
