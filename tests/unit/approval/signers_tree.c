/* approval/signers_tree: who may sign, as a commit has it. */
#include "approval/signers.h"

#include "unit/approval/keys.h"

#define NAME "main:.migrate/allowed_signers"

static struct gm_signers signers;

static int from_tree(void)
{
	struct gm_oid oid = rev("HEAD");

	memset(&err, 0, sizeof(err));
	memset(&signers, 0, sizeof(signers));
	open_repo();
	return gm_signers_read(&signers, &arena, repo, &oid, "main", &err);
}

static void test_tree(void **state)
{
	const char *ann;

	(void)state;
	make_repo();
	put("README", "x");
	commit_all("one");
	assert_ok(from_tree());
	assert_int_equal(signers.n, 0);

	put(".migrate/policy.yaml", "x");
	commit_all("two");
	assert_ok(from_tree());
	assert_int_equal(signers.n, 0);

	ann = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	put(".migrate/allowed_signers",
	    gm_printf(&arena, "bob %s\n", fake_key('a')));
	put(".migrate/keys/ann@example.com.asc",
	    gm_str_dup(&arena, gpg_armor(ann)));
	put(".migrate/keys/.gitkeep", "");
	commit_all("three");
	assert_ok(from_tree());
	assert_int_equal(signers.n, 2);
	assert_string_equal(signers.items[0].principal, "bob");
	assert_string_equal(signers.items[0].path, NAME);
	assert_string_equal(signers.items[1].principal, "ann@example.com");
	assert_string_equal(signers.items[1].path,
			    "main:.migrate/keys/ann@example.com.asc");

	/* Only the tree counts, not what lies in the work tree. */
	put(".migrate/allowed_signers", "garbage");
	assert_ok(from_tree());
	/* Whoever may run it. */
	put(".migrate/allowed_signers",
	    gm_printf(&arena, "bob %s\n", fake_key('a')));
	GIT("update-index", "--chmod=+x", ".migrate/allowed_signers");
	GIT("commit", "-qm", "x");
	assert_ok(from_tree());
	assert_int_equal(signers.n, 2);
}

/* Put an entry into a tree that git would not take from the work tree. */
static void index_entry(const char *mode, const char *oid, const char *path)
{
	GIT("rm", "-rq", "--cached", "--ignore-unmatch", ".migrate");
	GIT("update-index", "--add", "--cacheinfo", mode, oid, path);
	GIT("commit", "-qm", "entry");
}

static void test_tree_refuses(void **state)
{
	static const struct {
		const char *mode, *path, *where, *part;
	} cases[] = {
		{ "120000", ".migrate/allowed_signers", NULL,
		  "this is no file" },
		{ "160000", ".migrate/allowed_signers", NULL,
		  "this is no file" },
		{ "100644", ".migrate/allowed_signers/x",
		  ".migrate/allowed_signers", "this is no file" },
		{ "120000", ".migrate", NULL, "this is no directory" },
		{ "160000", ".migrate", NULL, "this is no directory" },
		{ "100644", ".migrate", NULL, "this is no directory" },
		{ "120000", ".migrate/keys", NULL, "this is no directory" },
		{ "160000", ".migrate/keys", NULL, "this is no directory" },
		{ "100644", ".migrate/keys", NULL, "this is no directory" },
		{ "120000", ".migrate/keys/ann.asc", NULL, "this is no file" },
		{ "160000", ".migrate/keys/ann.asc", NULL, "this is no file" },
		{ "100644", ".migrate/keys/ann.asc/x", ".migrate/keys/ann.asc",
		  "this is no file" },
		{ "100644", ".migrate/keys/ann.gpg", NULL, "end in .asc" },
		{ "100644", ".migrate/keys/ann/x.asc", ".migrate/keys/ann",
		  "end in .asc" },
		{ "100644", ".migrate/keys/a*b.asc", NULL, "is no principal" },
		{ "100644", ".migrate/keys/ann.asc", NULL,
		  "no OpenPGP public key" },
		{ "100644", ".migrate/allowed_signers", NULL,
		  "there is no key" },
	};
	const char *blob, *commit;

	(void)state;
	make_repo();
	put("README", "x");
	commit = commit_all("one");
	put("f", "ann");
	blob = GIT("hash-object", "-w", "f");
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		const char *where = cases[i].where;

		index_entry(cases[i].mode,
			    cases[i].mode[1] == '6' ? commit : blob,
			    cases[i].path);
		if (from_tree() == 0)
			fail_msg("%s %s was taken", cases[i].mode,
				 cases[i].path);
		if (err.code != GM_EPOLICY || !strstr(err.msg, cases[i].part) ||
		    !err.hint[0])
			fail_msg("%s: %s", cases[i].path, err.msg);
		assert_string_equal(err.path,
				    gm_printf(&arena, "main:%s",
					      where ? where : cases[i].path));
	}
}

static void test_large_and_missing(void **state)
{
	struct gm_buf text = gm_buf(&arena);
	struct gm_oid oid = { { 1 } };

	(void)state;
	make_repo();
	while (text.len <= GM_SIGNERS_MAX)
		gm_buf_puts(&text, "# comment\n");
	put(".migrate/allowed_signers", text.ptr);
	commit_all("one");
	assert_int_equal(from_tree(), -1);
	assert_int_equal(err.code, GM_EPOLICY);
	assert_string_equal(err.path, NAME);
	assert_int_equal(
		gm_signers_read(&signers, &arena, repo, &oid, NULL, &err), -1);
	put(".migrate/allowed_signers", "ann\n");
	commit_all("two");
	oid = rev("HEAD");
	open_repo();
	assert_int_equal(
		gm_signers_read(&signers, &arena, repo, &oid, NULL, &err), -1);
	assert_string_equal(err.path, ".migrate/allowed_signers");
}

GM_UNIT_MAIN(GPG_TEST(test_tree), PLACE_TEST(test_tree_refuses),
	     PLACE_TEST(test_large_and_missing))
