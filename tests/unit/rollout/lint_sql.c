#include "linted.h"

/* SHA-256 of "abc" and of nothing. */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NONE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void give_job(const char *path, const char *sha256)
{
	give(path, gm_printf(&arena,
			     "apiVersion: batch/v1\nkind: Job\nmetadata:\n"
			     "  name: gm-m1-expand-0123abcd-1\n"
			     "  annotations:\n"
			     "    git-migrate.dev/id: m1\n"
			     "    git-migrate.dev/sql-sha256: %s\nspec:\n"
			     "  backoffLimit: 0\n"
			     "  template: {spec: {restartPolicy: Never}}\n",
			     sha256));
}

static void test_environments(void **state)
{
	(void)state;
	give_job("f/dev/m1/20-expand/job.yaml", ABC);
	give_job("f/prod/m1/20-expand/job.yaml", ABC);
	assert_string_equal(found(), "");
	give_job("f/prod/m1/20-expand/job.yaml", NONE);
	assert_string_equal(found(), "sql@f/prod/m1/20-expand/job.yaml:7");
	assert_non_null(strstr(linted_found.items[0].message,
			       "'f/dev/m1/20-expand/job.yaml' has for 'm1'"));
	/* Of another repository's, and another stage. */
	assert_int_equal(rename(in_place("tree/f/prod"), in_place("tree/prod")),
			 0);
	assert_string_equal(found(), "");
	give_job("f/prod/m1/80-rollback/job.yaml", NONE);
	assert_string_equal(found(), "");
	/* At the root. */
	give_job("dev/m1/20-expand/job.yaml", ABC);
	assert_string_equal(found(), "sql@prod/m1/20-expand/job.yaml:7");
	give_job("job.yaml", NONE);
	assert_string_equal(found(), "sql@prod/m1/20-expand/job.yaml:7");
}

static void test_beside(void **state)
{
	(void)state;
	give_job("a/job.yaml", ABC);
	give("a/up.sql", "abc");
	give("a/down.sql", "x");
	assert_string_equal(found(), "");
	give("a/up.sql", "abc ");
	assert_string_equal(found(), "sql@a/job.yaml:7");
}

GM_UNIT_MAIN(LINT_TEST(test_environments), LINT_TEST(test_beside))
