#include "git/object.h"

#include "place.h"

static struct gm_oid oid, blob;

static void setup(void)
{
	make_repo();
	open_repo();
	assert_ok(gm_blob_write(&blob, repo, GM_STR("text\n"), &err));
}

static void test_blob(void **state)
{
	struct gm_str text;

	(void)state;
	setup();
	assert_oid(&blob,
		   GIT_INPUT(GM_STR("text\n"), "hash-object", "--stdin"));
	assert_ok(gm_blob_read(&text, &arena, repo, &blob, 99, &err));
	assert_str(text, "text\n");
	assert_ok(gm_blob_write(&oid, repo, GM_STR_NONE, &err));
	assert_oid(&oid, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

static void test_tree(void **state)
{
	struct gm_entries list = { 0 };
	const struct {
		const char *name;
		unsigned mode;
	} entries[] = {
		{ "b", GM_MODE_FILE },   { "a.b", GM_MODE_FILE },
		{ "a", GM_MODE_TREE },   { "a0", GM_MODE_EXEC },
		{ "sub", GM_MODE_LINK },
	};
	struct gm_oid empty;

	(void)state;
	setup();
	assert_ok(gm_tree_write(&empty, repo, &list, &err));
	assert_oid(&empty, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
	for (size_t i = 0; i < GM_COUNT(entries); i++) {
		struct gm_entry *e = GM_PUSH(&arena, &list);

		e->name = gm_str(entries[i].name);
		e->mode = entries[i].mode;
		e->oid = e->mode == GM_MODE_TREE ? empty : blob;
	}
	assert_ok(gm_tree_write(&oid, repo, &list, &err));
	assert_string_equal(
		GIT("ls-tree", gm_oid_hex(&arena, &oid)),
		GIT("ls-tree",
		    GIT_INPUT(GIT_RAW("ls-tree", gm_oid_hex(&arena, &oid)),
			      "mktree")));
	assert_string_equal(
		gm_oid_hex(&arena, &oid),
		GIT_INPUT(GIT_RAW("ls-tree", gm_oid_hex(&arena, &oid)),
			  "mktree"));
	list.items[0].name = GM_STR("a.b");
	assert_failed(gm_tree_write(&oid, repo, &list, &err), GM_EINPUT,
		      "twice");
	list.items[0].name = GM_STR("x/y");
	assert_failed(gm_tree_write(&oid, repo, &list, &err), GM_EINPUT,
		      "slash");
	list.items[0].name = GM_STR(".git");
	assert_failed(gm_tree_write(&oid, repo, &list, &err), GM_EINPUT,
		      ".git");
}

static void test_commit(void **state)
{
	struct gm_commit one, two;
	struct gm_oid read;

	(void)state;
	setup();
	commit_all("first");
	put("a", "a");
	commit_all("subject\n\nbody\n");
	read = rev("HEAD");
	assert_ok(gm_commit_read(&one, &arena, repo, &read, &err));
	/* Written again it is the very same object. */
	assert_ok(gm_commit_write(&oid, repo, &one, &err));
	assert_oid(&oid, GIT("rev-parse", "HEAD"));
	one.encoding = "ISO-8859-1";
	one.n_parents = 0;
	assert_ok(gm_commit_write(&oid, repo, &one, &err));
	assert_ok(gm_commit_read(&two, &arena, repo, &oid, &err));
	assert_string_equal(two.encoding, "ISO-8859-1");
	assert_int_equal(two.n_parents, 0);
	assert_str(two.message, "subject\n\nbody\n");
}

static void test_commit_refuses(void **state)
{
	struct gm_commit c;
	struct gm_oid read;

	(void)state;
	setup();
	commit_all("first");
	read = rev("HEAD");
	assert_ok(gm_commit_read(&c, &arena, repo, &read, &err));
	c.author.name = "A\nparent x";
	assert_failed(gm_commit_write(&oid, repo, &c, &err), GM_EINPUT,
		      "bad author");
	c.author.name = "A";
	c.committer.email = "a> 1 +0000";
	assert_failed(gm_commit_write(&oid, repo, &c, &err), GM_EINPUT,
		      "bad committer");
	c.committer.email = NULL;
	assert_failed(gm_commit_write(&oid, repo, &c, &err), GM_EINPUT,
		      "bad committer");
	c.committer.email = "a";
	c.encoding = "x\ny";
	assert_failed(gm_commit_write(&oid, repo, &c, &err), GM_EINPUT,
		      "bad encoding");
}

static void test_not_in_quarantine(void **state)
{
	struct gm_entries none = { 0 };
	struct gm_files files = { 0 };
	struct gm_oid zero = { { 0 } };

	(void)state;
	setup();
	commit_all("one");
	oid = rev("HEAD");
	setenv("GIT_QUARANTINE_PATH", in_place(".git/objects"), 1);
	open_repo();
	assert_failed(gm_blob_write(&blob, repo, GM_STR("new"), &err), GM_EGIT,
		      "nothing is written");
	assert_failed(gm_tree_write(&blob, repo, &none, &err), GM_EGIT,
		      "nothing is written");
	assert_failed(gm_tree_edit(&blob, repo, &zero, &files, &err), GM_EGIT,
		      "nothing is written");
}

GM_UNIT_MAIN(PLACE_TEST(test_blob), PLACE_TEST(test_tree),
	     PLACE_TEST(test_commit), PLACE_TEST(test_commit_refuses),
	     PLACE_TEST(test_not_in_quarantine))
