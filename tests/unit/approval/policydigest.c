#include "approval/approvals.h"

#include "unit/git/place.h"

static const char *digest(const char *previous)
{
	struct gm_oid commit = rev("HEAD");
	const char *out = NULL;

	assert_ok(
		gm_policy_digest(&out, &arena, repo, previous, &commit, &err));
	return out;
}

static const char *sha256(const char *text)
{
	char *hex = gm_alloc(&arena, GM_SHA256_HEX + 1);

	gm_sha256_hex(hex, gm_str(text));
	return hex;
}

static const char *digest_of(const char *text)
{
	return gm_printf(&arena, "sha256:%s", sha256(text));
}

static void setup(void)
{
	make_repo();
	open_repo();
}

static void test_form(void **state)
{
	const char *text;

	(void)state;
	setup();
	commit_all("empty");
	assert_string_equal(digest(NULL),
			    digest_of("git-migrate policy 1\nprevious none\n"));
	put(".migrate/policy.yaml", "p");
	put(".migrate/allowed_signers", "s");
	put(".migrate/keys/ann b.asc", "k");
	put(".migrate/templates/x", "not enforced");
	put(".migrate/keys.txt", "not enforced");
	put("policy.yaml", "not enforced");
	commit_all("policy");
	text = gm_printf(&arena,
			 "git-migrate policy 1\nprevious %s\n"
			 "file %s .migrate/allowed_signers\n"
			 "file %s .migrate/keys/ann%%20b.asc\n"
			 "file %s .migrate/policy.yaml\n",
			 digest_of("before"), sha256("s"), sha256("k"),
			 sha256("p"));
	assert_string_equal(digest(digest_of("before")), digest_of(text));
}

static void test_changes(void **state)
{
	static const char *const names[] = { ".migrate/policy.yaml",
					     ".migrate/allowed_signers",
					     ".migrate/keys/ann.asc" };
	const char *last, *next;

	(void)state;
	setup();
	commit_all("empty");
	last = digest(NULL);
	assert_string_not_equal(last, digest(last));
	for (size_t i = 0; i < GM_COUNT(names); i++) {
		put(names[i], "one");
		commit_all("x");
		next = digest(NULL);
		assert_string_not_equal(next, last);
		put(names[i], "two");
		commit_all("x");
		last = digest(NULL);
		assert_string_not_equal(next, last);
	}
	put("README", "x");
	commit_all("x");
	assert_string_equal(digest(NULL), last);
}

static void test_refuses(void **state)
{
	struct gm_oid commit;
	const char *out, *tree;

	(void)state;
	setup();
	put(".migrate/policy.yaml", "p");
	commit_all("x");
	assert_int_equal(
		symlink("policy.yaml", in_place(".migrate/allowed_signers")),
		0);
	commit_all("link");
	commit = rev("HEAD");
	assert_failed(gm_policy_digest(&out, &arena, repo, NULL, &commit, &err),
		      GM_EPOLICY, "no plain file");
	assert_string_equal(err.path, ".migrate/allowed_signers");
	GIT("rm", "-q", ".migrate/allowed_signers");
	assert_int_equal(symlink("/etc", in_place(".migrate/keys")), 0);
	commit_all("link");
	commit = rev("HEAD");
	assert_failed(gm_policy_digest(&out, &arena, repo, NULL, &commit, &err),
		      GM_EPOLICY, "no plain file");
	/* A file that is not there. */
	tree = GIT_INPUT(GM_STR("100644 blob 012345678901234567890123456789"
				"0123456789\tpolicy.yaml\n"),
			 "mktree", "--missing");
	tree = GIT_INPUT(
		gm_str(gm_printf(&arena, "040000 tree %s\t.migrate\n", tree)),
		"mktree");
	commit = oid_of(GIT("commit-tree", "-m", "x", tree));
	assert_failed(gm_policy_digest(&out, &arena, repo, NULL, &commit, &err),
		      GM_EGIT, "");
	assert_string_equal(err.path, ".migrate/policy.yaml");
	commit = rev("HEAD^{tree}");
	assert_failed(gm_policy_digest(&out, &arena, repo, NULL, &commit, &err),
		      GM_EGIT, "not a commit");
}

GM_UNIT_MAIN(PLACE_TEST(test_form), PLACE_TEST(test_changes),
	     PLACE_TEST(test_refuses))
