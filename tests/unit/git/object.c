#include "git/object.h"

#include <fcntl.h>

#include "base/buf.h"
#include "place.h"

static struct gm_oid oid, zero;

static void test_kind(void **state)
{
	struct gm_oid missing = { { 1 } };

	(void)state;
	make_repo();
	put("a.txt", "hello\n");
	commit_all("one");
	GIT("tag", "-a", "-m", "x", "v1");
	open_repo();
	oid = rev("HEAD");
	assert_int_equal(gm_object_kind(repo, &oid), GM_OBJECT_COMMIT);
	oid = rev("HEAD^{tree}");
	assert_int_equal(gm_object_kind(repo, &oid), GM_OBJECT_TREE);
	oid = rev("HEAD:a.txt");
	assert_int_equal(gm_object_kind(repo, &oid), GM_OBJECT_BLOB);
	oid = rev("v1");
	assert_int_equal(gm_object_kind(repo, &oid), GM_OBJECT_TAG);
	assert_int_equal(gm_object_kind(repo, &missing), GM_OBJECT_NONE);
	assert_int_equal(gm_object_kind(repo, &zero), GM_OBJECT_NONE);
}

static void test_peel(void **state)
{
	enum gm_object_kind kind;
	const char *name = "HEAD";

	(void)state;
	make_repo();
	put("a.txt", "hello\n");
	commit_all("one");
	/* Tags 1 to 8 nest; 9 is one level too many. */
	for (int i = 1; i <= 9; i++) {
		const char *tag = gm_printf(&arena, "v%d", i);

		GIT("-c", "advice.nestedTag=false", "tag", "-a", "-m", "x", tag,
		    name);
		name = tag;
	}
	GIT("tag", "-a", "-m", "x", "blob", "HEAD:a.txt");
	open_repo();
	oid = rev("v8");
	assert_ok(gm_object_peel(&oid, &kind, repo, &oid, &err));
	assert_oid(&oid, GIT("rev-parse", "HEAD"));
	assert_int_equal(kind, GM_OBJECT_COMMIT);
	oid = rev("blob");
	assert_ok(gm_object_peel(&oid, NULL, repo, &oid, &err));
	assert_oid(&oid, GIT("rev-parse", "HEAD:a.txt"));
	oid = rev("v9");
	assert_failed(gm_object_peel(&oid, &kind, repo, &oid, &err), GM_ELIMIT,
		      "8 levels");
	assert_failed(gm_object_peel(&oid, &kind, repo, &zero, &err), GM_EGIT,
		      "cannot read");
}

static void test_peel_malformed(void **state)
{
	static const char *const bad[] = {
		"nothing",
		"object 1234\ntype commit\n",
		"object AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
		"object aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};

	(void)state;
	make_repo();
	open_repo();
	for (size_t i = 0; i < GM_COUNT(bad); i++) {
		oid = oid_of(GIT_INPUT(gm_str(bad[i]), "hash-object", "-w",
				       "--literally", "-t", "tag", "--stdin"));
		assert_failed(gm_object_peel(&oid, NULL, repo, &oid, &err),
			      GM_EGIT, "malformed");
	}
}

static void test_rev(void **state)
{
	(void)state;
	make_repo();
	put("a.txt", "hello\n");
	commit_all("one");
	commit_all("two");
	GIT("tag", "-a", "-m", "x", "v1");
	open_repo();
	assert_ok(gm_rev_commit(&oid, repo, "HEAD~1", &err));
	assert_oid(&oid, GIT("rev-parse", "HEAD~1"));
	assert_ok(gm_rev_commit(&oid, repo, "v1", &err));
	assert_oid(&oid, GIT("rev-parse", "HEAD"));
	assert_failed(gm_rev_commit(&oid, repo, "nope", &err), GM_ENOT_FOUND,
		      "nope");
	assert_failed(gm_rev_commit(&oid, repo, "HEAD~9", &err), GM_ENOT_FOUND,
		      "HEAD~9");
	assert_failed(gm_rev_commit(&oid, repo, "HEAD:a.txt", &err), GM_EINPUT,
		      "a blob, not a commit");
	assert_failed(gm_rev_commit(&oid, repo, "..", &err), GM_EINPUT, "..");
}

static void test_size(void **state)
{
	uint64_t size = 0;

	(void)state;
	make_repo();
	put("a.txt", "hello\n");
	commit_all("one");
	open_repo();
	oid = rev("HEAD:a.txt");
	assert_ok(gm_object_size(&size, repo, &oid, &err));
	assert_int_equal(size, 6);
	assert_failed(gm_object_size(&size, repo, &zero, &err), GM_EGIT,
		      "cannot read");
}

static void test_blob(void **state)
{
	struct gm_str text;

	(void)state;
	make_repo();
	oid = oid_of(
		GIT_INPUT(GM_STR("one\0two"), "hash-object", "-w", "--stdin"));
	put("empty", "");
	commit_all("one");
	open_repo();
	assert_ok(gm_blob_read(&text, &arena, repo, &oid, 7, &err));
	assert_int_equal(text.len, 7);
	assert_memory_equal(text.ptr, "one\0two", 8);
	assert_failed(gm_blob_read(&text, &arena, repo, &oid, 6, &err),
		      GM_ELIMIT, "7 bytes, the limit is 6");
	oid = rev("HEAD:empty");
	assert_ok(gm_blob_read(&text, &arena, repo, &oid, 0, &err));
	assert_int_equal(text.len, 0);
	oid = rev("HEAD");
	assert_failed(gm_blob_read(&text, &arena, repo, &oid, 9999, &err),
		      GM_EGIT, "is a commit, not a blob");
	assert_failed(gm_blob_read(&text, &arena, repo, &zero, 9, &err),
		      GM_EGIT, "cannot read");
}

/* Where a loose object lies. */
static const char *loose(const char *hex)
{
	return in_place(
		gm_printf(&arena, ".git/objects/%.2s/%s", hex, hex + 2));
}

static void test_corrupt_blob(void **state)
{
	struct gm_str content, text;
	const char *good, *bad;

	(void)state;
	make_repo();
	good = GIT_INPUT(GM_STR("good"), "hash-object", "-w", "--stdin");
	bad = GIT_INPUT(GM_STR("evil"), "hash-object", "-w", "--stdin");
	assert_ok(gm_file_read(&content, &arena, loose(bad), 999, &err));
	assert_ok(gm_file_write(loose(good), content, 0444, false, &err));
	open_repo();
	oid = oid_of(good);
	assert_failed(gm_blob_read(&text, &arena, repo, &oid, 99, &err),
		      GM_EGIT, "corrupt");
	assert_ok(
		gm_file_write(loose(good), GM_STR("junk"), 0444, false, &err));
	open_repo();
	assert_failed(gm_blob_read(&text, &arena, repo, &oid, 99, &err),
		      GM_EGIT, "cannot read");
}

/* Objects that inflate to far more than any commit or tree may have. */
static void test_bombs(void **state)
{
	static const char *const kinds[] = { "commit", "tree" };
	const size_t size = (size_t)40 << 20;
	struct gm_str zeros = { NULL, size };
	struct gm_commit commit;
	struct gm_entries entries;
	const char *hex[2];

	(void)state;
	make_repo();
	zeros.ptr = gm_alloc(&arena, size);
	for (size_t i = 0; i < GM_COUNT(kinds); i++)
		hex[i] = GIT_INPUT(zeros, "hash-object", "-w", "--literally",
				   "-t", kinds[i], "--stdin");
	open_repo();
	oid = oid_of(hex[0]);
	assert_failed(gm_commit_read(&commit, &arena, repo, &oid, &err),
		      GM_ELIMIT, "larger than 4194304 bytes");
	oid = oid_of(hex[1]);
	assert_failed(gm_tree_read(&entries, &arena, repo, &oid, &err),
		      GM_ELIMIT, "larger than");
}

static void test_larger_than_a_commit_may_be(void **state)
{
	struct gm_buf text = gm_buf(&arena);
	struct gm_commit commit;

	(void)state;
	make_repo();
	gm_buf_printf(&text,
		      "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
		      "author A <a> 1 +0000\ncommitter A <a> 1 +0000\n\n");
	while (text.len <= GM_COMMIT_MAX)
		gm_buf_puts(&text, "A line of a message that never ends.\n");
	oid = oid_of(GIT_INPUT(gm_buf_view(&text), "hash-object", "-w", "-t",
			       "commit", "--stdin"));
	open_repo();
	assert_failed(gm_commit_read(&commit, &arena, repo, &oid, &err),
		      GM_ELIMIT, "larger than");
}

GM_UNIT_MAIN(PLACE_TEST(test_kind), PLACE_TEST(test_peel),
	     PLACE_TEST(test_peel_malformed), PLACE_TEST(test_rev),
	     PLACE_TEST(test_size), PLACE_TEST(test_blob),
	     PLACE_TEST(test_corrupt_blob), PLACE_TEST(test_bombs),
	     PLACE_TEST(test_larger_than_a_commit_may_be))
