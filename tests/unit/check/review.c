#include "clone.h"

/* What was fetched of a branch of a remote. */
static void fetched(struct clone *c, const char *remote, const char *branch,
		    const char *rev)
{
	GIT(c, "update-ref",
	    gm_printf(&c->a, "refs/remotes/%s/%s", remote, branch), rev);
}

static void test_no_policy(void **state)
{
	struct clone c;
	struct gm_review r;
	struct gm_err err;

	(void)state;
	clone_start(&c, NULL);
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 0);
	clone_commit(&c, "Empty");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 0);
	clone_end(&c);
}

static void test_no_remote(void **state)
{
	struct clone c;
	struct gm_review r;
	struct gm_err err;

	(void)state;
	clone_start(&c, SHOP);
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 1);
	assert_null(r.remote);
	assert_string_equal(r.where, "HEAD");
	assert_string_equal(r.ref, "refs/heads/main");
	assert_true(gm_oid_is_zero(&r.landed));
	assert_string_equal(r.policy.project, "shop");
	/* The branch one is on, where that is protected. */
	GIT(&c, "checkout", "-q", "-b", "release/2");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 1);
	assert_string_equal(r.ref, "refs/heads/release/2");
	GIT(&c, "checkout", "-q", "-b", "topic");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 1);
	assert_string_equal(r.ref, "refs/heads/main");
	clone_end(&c);
}

/* The server's policy, not the one at HEAD. */
static void test_remote(void **state)
{
	struct clone c;
	struct gm_review r;
	struct gm_err err;

	(void)state;
	clone_start(&c, SHOP);
	GIT(&c, "remote", "add", "origin", "nowhere");
	fetched(&c, "origin", "main", "HEAD");
	clone_write(&c, GM_POLICY_PATH, SHOP "# more\n");
	clone_commit(&c, "More");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 1);
	assert_string_equal(r.remote, "origin");
	assert_string_equal(r.where, "origin/main");
	assert_true(gm_oid_eq(&r.landed, &r.policy_commit));
	/* Another default branch of theirs goes first. */
	fetched(&c, "origin", "trunk", "HEAD");
	GIT(&c, "symbolic-ref", "refs/remotes/origin/HEAD",
	    "refs/remotes/origin/trunk");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 1);
	assert_string_equal(r.where, "origin/trunk");
	assert_string_equal(r.ref, "refs/heads/main");
	assert_false(gm_oid_eq(&r.landed, &r.policy_commit));
	clone_end(&c);
}

static void test_choice_of_remote(void **state)
{
	struct clone c;
	struct gm_review r;
	struct gm_err err;

	(void)state;
	clone_start(&c, SHOP);
	GIT(&c, "remote", "add", "one", "nowhere");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 1);
	assert_string_equal(r.remote, "one");
	/* Theirs has no policy yet: ours it is. */
	assert_string_equal(r.where, "HEAD");
	GIT(&c, "remote", "add", "two", "nowhere");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 1);
	assert_null(r.remote);
	GIT(&c, "remote", "add", "origin", "nowhere");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 1);
	assert_string_equal(r.remote, "origin");
	fetched(&c, "two", "release/1", "HEAD");
	GIT(&c, "config", "branch.main.remote", "two");
	GIT(&c, "config", "branch.main.merge", "refs/heads/release/1");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 1);
	assert_string_equal(r.remote, "two");
	assert_string_equal(r.ref, "refs/heads/release/1");
	assert_string_equal(r.where, "two/release/1");
	/* What is pushed to one says nothing of another. */
	assert_int_equal(clone_review(&r, &c, "one", NULL, &err), 1);
	assert_string_equal(r.remote, "one");
	assert_string_equal(r.ref, "refs/heads/main");
	/* A branch of a remote that is gone. */
	GIT(&c, "config", "branch.main.remote", "gone");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 1);
	assert_string_equal(r.remote, "origin");
	assert_int_equal(clone_review(&r, &c, "tow", NULL, &err), -1);
	assert_int_equal(err.code, GM_ENOT_FOUND);
	assert_non_null(strstr(err.hint, "'two'"));
	assert_int_equal(clone_review(&r, &c, "xxxxxxxx", NULL, &err), -1);
	assert_non_null(strstr(err.hint, "git remote"));
	clone_end(&c);
}

static void test_refs(void **state)
{
	static const char *const bad[] = { "topic",          "refs/heads/topic",
					   "refs/tags/main", "release/a/b",
					   "release/..x",    "" };
	struct clone c;
	struct gm_review r;
	struct gm_err err;

	(void)state;
	clone_start(&c, SHOP);
	assert_int_equal(clone_review(&r, &c, NULL, "release/3", &err), 1);
	assert_string_equal(r.ref, "refs/heads/release/3");
	assert_int_equal(clone_review(&r, &c, NULL, "refs/heads/main", &err),
			 1);
	assert_string_equal(r.ref, "refs/heads/main");
	for (size_t i = 0; i < GM_COUNT(bad); i++) {
		assert_int_equal(clone_review(&r, &c, NULL, bad[i], &err), -1);
		assert_int_equal(err.code, GM_EINPUT);
		assert_non_null(strstr(err.hint, "refs/heads/release/*"));
	}
	clone_write(&c, GM_POLICY_PATH,
		    "version: 1\nproject: shop\n"
		    "protected: [\"refs/heads/release/*\"]\n");
	clone_commit(&c, "Patterns only");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), -1);
	assert_non_null(strstr(err.hint, "--ref"));
	clone_end(&c);
}

/* In the repository that is pushed to. */
static void test_bare(void **state)
{
	struct clone c;
	struct gm_review r;
	struct gm_err err;

	(void)state;
	clone_start(&c, SHOP);
	GIT(&c, "branch", "policy");
	GIT(&c, "config", "core.bare", "true");
	c.dir = gm_printf(&c.a, "%s/.git", c.dir);
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), 1);
	assert_null(r.remote);
	assert_string_equal(r.where, "HEAD");
	assert_true(gm_oid_eq(&r.landed, &r.policy_commit));
	GIT(&c, "config", "migrate.policyRef", "refs/heads/policy");
	assert_int_equal(clone_review(&r, &c, NULL, "release/1", &err), 1);
	assert_string_equal(r.where, "policy");
	assert_true(gm_oid_is_zero(&r.landed));
	clone_end(&c);
}

static void test_bad_policy(void **state)
{
	struct clone c;
	struct gm_review r;
	struct gm_err err;

	(void)state;
	clone_start(&c, "version: 1\n");
	assert_int_equal(clone_review(&r, &c, NULL, NULL, &err), -1);
	assert_int_equal(err.code, GM_EPOLICY);
	assert_string_equal(err.path, "HEAD:" GM_POLICY_PATH);
	clone_end(&c);
}

GM_UNIT_MAIN(cmocka_unit_test(test_no_policy), cmocka_unit_test(test_no_remote),
	     cmocka_unit_test(test_remote),
	     cmocka_unit_test(test_choice_of_remote),
	     cmocka_unit_test(test_refs), cmocka_unit_test(test_bare),
	     cmocka_unit_test(test_bad_policy))
