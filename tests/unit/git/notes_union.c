#include "git/notes.h"

#include "git/lib.h"
#include "git/ref.h"
#include "place.h"

#define REF "refs/notes/migrate/x"
#define OTHER "refs/notes/remotes/origin/migrate/x"

static struct gm_oid one, two;

static void setup(void)
{
	make_repo();
	commit_all("one");
	commit_all("two");
	one = rev("HEAD~1");
	two = rev("HEAD");
	open_repo();
}

static void append(const char *ref, const struct gm_oid *on, const char *line)
{
	const struct gm_note_line l = { *on, line };

	assert_ok(gm_notes_append(repo, ref, &l, 1, "Add a line", &err));
}

static int join(void)
{
	struct gm_oid other = rev(OTHER);

	return gm_notes_union(repo, REF, &other, "Join", &err);
}

static const char *note_on(const char *name)
{
	return GIT("notes", "--ref", REF, "show", name);
}

static void test_new(void **state)
{
	(void)state;
	setup();
	append(OTHER, &one, "a");
	assert_int_equal(join(), 1);
	assert_string_equal(GIT("rev-parse", REF), GIT("rev-parse", OTHER));
	assert_int_equal(join(), 0);
}

static void test_fast_forward(void **state)
{
	const char *tip;

	(void)state;
	setup();
	append(REF, &one, "a");
	GIT("update-ref", OTHER, REF);
	append(OTHER, &one, "b");
	append(OTHER, &two, "c");
	assert_int_equal(join(), 1);
	assert_string_equal(GIT("rev-parse", REF), GIT("rev-parse", OTHER));
	append(REF, &two, "d");
	tip = GIT("rev-parse", REF);
	assert_int_equal(join(), 0);
	assert_string_equal(GIT("rev-parse", REF), tip);
}

static void test_merge(void **state)
{
	(void)state;
	setup();
	append(REF, &one, "a");
	GIT("update-ref", OTHER, REF);
	append(REF, &one, "ours");
	append(OTHER, &one, "theirs");
	append(OTHER, &two, "new");
	assert_int_equal(join(), 1);
	assert_string_equal(note_on("HEAD~1"), "a\nours\ntheirs");
	assert_string_equal(note_on("HEAD"), "new");
	assert_string_equal(GIT("log", "-1", "--format=%s|%an", REF),
			    "Join|Bob Ray");
	assert_string_equal(GIT("rev-parse", REF "^2"),
			    GIT("rev-parse", OTHER));
	assert_string_equal(GIT("rev-list", "--count", REF), "5");
	/* The other side needs no merge of its own. */
	GIT("update-ref", "refs/notes/y", OTHER);
	GIT("update-ref", OTHER, REF);
	GIT("update-ref", REF, "refs/notes/y");
	assert_int_equal(join(), 1);
	assert_string_equal(GIT("rev-parse", REF), GIT("rev-parse", OTHER));
}

/* Notes that only we have stay, whatever else is there. */
static void test_merge_of_notes(void **state)
{
	(void)state;
	setup();
	append(REF, &one, "a");
	GIT("update-ref", OTHER, REF);
	append(REF, &two, "ours");
	append(OTHER, &one, "theirs");
	assert_int_equal(join(), 1);
	assert_string_equal(note_on("HEAD~1"), "a\ntheirs");
	assert_string_equal(note_on("HEAD"), "ours");
}

/* A second root is what no server takes: ours are put on top of theirs. */
static void test_unrelated(void **state)
{
	(void)state;
	setup();
	append(REF, &one, "ours");
	append(OTHER, &one, "theirs");
	assert_int_equal(join(), 1);
	assert_string_equal(note_on("HEAD~1"), "ours\ntheirs");
	assert_string_equal(GIT("log", "-1", "--format=%P", REF),
			    GIT("rev-parse", OTHER));
	/* With nothing of our own theirs is as good. */
	GIT("update-ref", "-d", REF);
	append(REF, &one, "theirs");
	GIT("update-ref", REF,
	    GIT("commit-tree", "-m", "other", REF "^{tree}"));
	assert_int_equal(join(), 1);
	assert_string_equal(GIT("rev-parse", REF), GIT("rev-parse", OTHER));
}

/* What they have thrown away comes back. */
static void test_rewritten(void **state)
{
	(void)state;
	setup();
	append(REF, &one, "a");
	append(REF, &one, "b");
	GIT("update-ref", OTHER, REF);
	GIT("notes", "--ref", OTHER, "add", "-f", "-m", "a\nc", "HEAD~1");
	assert_int_equal(join(), 1);
	assert_string_equal(note_on("HEAD~1"), "a\nb\nc");
	assert_string_equal(GIT("rev-parse", REF "^2"),
			    GIT("rev-parse", OTHER));
}

/* Another order and blank lines are no difference. */
static void test_same_lines(void **state)
{
	(void)state;
	setup();
	append(REF, &one, "a");
	append(REF, &one, "b");
	GIT("update-ref", OTHER, REF);
	GIT("notes", "--ref", OTHER, "add", "-f", "-m", "b\n\na", "HEAD~1");
	assert_int_equal(join(), 1);
	assert_string_equal(GIT("rev-parse", REF), GIT("rev-parse", OTHER));
}

static void test_refuses(void **state)
{
	struct gm_oid tree, blob;
	const char *tip;
	struct gm_buf big = gm_buf(&arena);

	(void)state;
	setup();
	put("README", "x");
	GIT("update-ref", OTHER, commit_all("x"));
	assert_failed(join(), GM_EINPUT, "lower-case hex");
	append(REF, &one, "a");
	tip = GIT("rev-parse", REF);
	assert_failed(join(), GM_EINPUT, "lower-case hex");
	tree = rev("HEAD^{tree}");
	assert_failed(gm_notes_union(repo, REF, &tree, "x", &err), GM_EGIT, "");
	blob = oid_of("1111111111111111111111111111111111111111");
	assert_failed(gm_notes_union(repo, REF, &blob, "x", &err), GM_EGIT, "");
	GIT("update-ref", "-d", OTHER);
	while (big.len < GM_NOTE_MAX - 2)
		gm_buf_putc(&big, 'x');
	append(OTHER, &one, big.ptr);
	assert_failed(join(), GM_ELIMIT, "larger than");
	assert_string_equal(GIT("rev-parse", REF), tip);
}

GM_UNIT_MAIN(PLACE_TEST(test_new), PLACE_TEST(test_fast_forward),
	     PLACE_TEST(test_merge), PLACE_TEST(test_merge_of_notes),
	     PLACE_TEST(test_unrelated), PLACE_TEST(test_rewritten),
	     PLACE_TEST(test_same_lines), PLACE_TEST(test_refuses))
