#include "git/object.h"

#include "base/buf.h"
#include "place.h"

#define TREE "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
#define A "author Ann <ann@example.com> 1700000000 +0000\n"
#define C "committer Bob <bob@example.com> 1700000000 +0000\n"

static struct gm_commit commit;
static struct gm_oid oid;

/* A commit object with just these bytes. */
static int read_raw(struct gm_str raw)
{
	int scanned;

	oid = oid_of(GIT_INPUT(raw, "hash-object", "-w", "--literally", "-t",
			       "commit", "--stdin"));
	scanned = gm_commit_scan(&commit, &arena, repo, &oid, &err);
	assert_int_equal(gm_commit_read(&commit, &arena, repo, &oid, &err),
			 scanned);
	return scanned;
}

static void test_fields(void **state)
{
	(void)state;
	make_repo();
	commit_all("first");
	commit_all("subject\n\nbody\n\nKey: value\n");
	open_repo();
	oid = rev("HEAD");
	assert_ok(gm_commit_read(&commit, &arena, repo, &oid, &err));
	assert_oid(&commit.oid, GIT("rev-parse", "HEAD"));
	assert_oid(&commit.tree, GIT("rev-parse", "HEAD^{tree}"));
	assert_int_equal(commit.n_parents, 1);
	assert_oid(&commit.parents[0], GIT("rev-parse", "HEAD~1"));
	assert_string_equal(commit.author.name, "Ann Lee");
	assert_string_equal(commit.author.email, "ann@example.com");
	assert_int_equal(commit.author.time, 1700000000);
	assert_int_equal(commit.author.offset, 90);
	assert_string_equal(commit.committer.name, "Bob Ray");
	assert_string_equal(commit.committer.email, "bob@example.com");
	assert_int_equal(commit.committer.time, 1700000100);
	assert_int_equal(commit.committer.offset, -300);
	assert_null(commit.encoding);
	assert_str(commit.message, "subject\n\nbody\n\nKey: value\n");
	/* Once more, from the cache. */
	assert_ok(gm_commit_read(&commit, &arena, repo, &oid, &err));
	assert_string_equal(commit.author.name, "Ann Lee");
}

/* What a scan leaves out, and what it has. */
static void test_scan(void **state)
{
	struct gm_commit scanned;

	(void)state;
	make_repo();
	commit_all("first");
	commit_all("subject\n\nKey: value\n");
	open_repo();
	oid = rev("HEAD");
	assert_ok(gm_commit_scan(&scanned, &arena, repo, &oid, &err));
	assert_ok(gm_commit_read(&commit, &arena, repo, &oid, &err));
	assert_true(gm_oid_eq(&scanned.oid, &commit.oid));
	assert_true(gm_oid_eq(&scanned.tree, &commit.tree));
	assert_int_equal(scanned.n_parents, 1);
	assert_true(gm_oid_eq(&scanned.parents[0], &commit.parents[0]));
	assert_str(scanned.message, "subject\n\nKey: value\n");
	assert_int_equal(scanned.committer.time, commit.committer.time);
	assert_null(scanned.committer.name);
	assert_null(scanned.author.name);
	oid = commit.tree;
	assert_failed(gm_commit_scan(&scanned, &arena, repo, &oid, &err),
		      GM_EGIT, "is a tree");
}

static void test_merge(void **state)
{
	(void)state;
	make_repo();
	commit_all("base");
	GIT("checkout", "-q", "-b", "side");
	commit_all("side");
	GIT("checkout", "-q", "main");
	commit_all("main");
	GIT("merge", "-q", "--no-ff", "-m", "merge", "side");
	open_repo();
	oid = rev("HEAD");
	assert_ok(gm_commit_read(&commit, &arena, repo, &oid, &err));
	assert_int_equal(commit.n_parents, 2);
	assert_oid(&commit.parents[0], GIT("rev-parse", "HEAD^1"));
	assert_oid(&commit.parents[1], GIT("rev-parse", "HEAD^2"));
}

static void test_extra_headers(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	assert_ok(read_raw(GM_STR(TREE A C
				  "encoding ISO-8859-1\n"
				  "gpgsig -----BEGIN\n encoding UTF-7\n \n"
				  " -----END\n"
				  "\n\nsubject\n")));
	assert_string_equal(commit.encoding, "ISO-8859-1");
	assert_str(commit.message, "\nsubject\n");
	assert_string_equal(gm_commit_subject(&arena, &commit), "subject");
}

static void test_odd_but_readable(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	/* No message, not even an empty line. */
	assert_ok(read_raw(GM_STR(TREE A C)));
	assert_int_equal(commit.message.len, 0);
	assert_string_equal(gm_commit_subject(&arena, &commit), "");
	/* Identities as old programs wrote them. */
	assert_ok(read_raw(GM_STR(TREE "author nobody\n"
				       "committer <> 12x +0000\n\nm")));
	assert_string_equal(commit.author.name, "nobody");
	assert_string_equal(commit.author.email, "");
	assert_int_equal(commit.author.time, 0);
	assert_string_equal(commit.committer.name, "");
	assert_int_equal(commit.committer.time, 0);
	assert_ok(read_raw(GM_STR(TREE "author A <a>b> -5 -0130\n"
				       "committer A<a 1 +\n\nm\0n")));
	assert_string_equal(commit.author.email, "a");
	assert_int_equal(commit.author.time, -5);
	assert_int_equal(commit.author.offset, -90);
	assert_string_equal(commit.committer.name, "A");
	assert_int_equal(commit.message.len, 3);
}

static void test_malformed(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	assert_failed(read_raw(GM_STR("")), GM_EGIT, "no tree");
	assert_failed(read_raw(GM_STR("tree 123\n" A C "\nm")), GM_EGIT,
		      "no tree");
	assert_failed(read_raw(GM_STR(A C "\nm")), GM_EGIT, "no tree");
	assert_failed(read_raw(GM_STR(TREE "parent 12\n" A C "\nm")), GM_EGIT,
		      "bad parent");
	assert_failed(read_raw(GM_STR(TREE C "\nm")), GM_EGIT, "no author");
	assert_failed(read_raw(GM_STR(TREE A "\nm")), GM_EGIT, "no committer");
	assert_failed(read_raw(GM_STR(TREE A "committer B <b> 1 +0000")),
		      GM_EGIT, "no committer");
	assert_failed(read_raw(GM_STR(TREE A C "encoding a\nencoding b\n\nm")),
		      GM_EGIT, "two encodings");
	assert_failed(read_raw(GM_STR(TREE "author A\0 <a> 1 +0000\n" C "\nm")),
		      GM_EGIT, "NUL");
	/* A parent line further down is not one. */
	assert_ok(read_raw(GM_STR(TREE A C TREE "\nm")));
	assert_int_equal(commit.n_parents, 0);
}

static void test_not_a_commit(void **state)
{
	(void)state;
	make_repo();
	commit_all("one");
	open_repo();
	oid = rev("HEAD^{tree}");
	assert_failed(gm_commit_read(&commit, &arena, repo, &oid, &err),
		      GM_EGIT, "is a tree, not a commit");
}

static void test_head(void **state)
{
	(void)state;
	make_repo();
	open_repo();
	assert_int_equal(gm_commit_head(&commit, &arena, repo, &err), 0);
	commit_all("one");
	assert_int_equal(gm_commit_head(&commit, &arena, repo, &err), 1);
	assert_str(gm_str_trim(commit.message), "one");
	put(".git/HEAD", GIT("rev-parse", "HEAD^{tree}"));
	assert_int_equal(gm_commit_head(&commit, &arena, repo, &err), -1);
}

static const char *subject(const char *message)
{
	struct gm_commit c = { .message = gm_str(message) };

	return gm_commit_subject(&arena, &c);
}

static void test_subject(void **state)
{
	struct gm_buf text = gm_buf(&arena);

	(void)state;
	assert_string_equal(subject(""), "");
	assert_string_equal(subject("one\ntwo\n"), "one");
	assert_string_equal(subject("\n \n  one \r\ntwo\n"), "one");
	for (int i = 0; i < 199; i++)
		gm_buf_putc(&text, 'x');
	gm_buf_puts(&text, "\xc3\xa4xyz");
	assert_int_equal(strlen(subject(text.ptr)), 199);
}

GM_UNIT_MAIN(PLACE_TEST(test_fields), PLACE_TEST(test_scan),
	     PLACE_TEST(test_merge), PLACE_TEST(test_extra_headers),
	     PLACE_TEST(test_odd_but_readable), PLACE_TEST(test_malformed),
	     PLACE_TEST(test_not_a_commit), PLACE_TEST(test_head),
	     PLACE_TEST(test_subject))
