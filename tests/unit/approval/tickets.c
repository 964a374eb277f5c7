#include "approval/tickets.h"

#include "unit/approval/records.h"

static struct gm_map named;

static bool has(const char *ticket)
{
	return gm_map_get(&named, gm_str(ticket)) != NULL;
}

static struct gm_oid commit_as(const char *message)
{
	GIT("commit", "-q", "--allow-empty", "-m", message);
	return oid_of(GIT("rev-parse", "HEAD"));
}

static void test_history(void **state)
{
	struct gm_oid tip, first = policy_commit;

	(void)state;
	assert_ok(gm_tickets_read(&named, &arena, repo, &first, &err));
	assert_false(has("A-1"));
	commit_as("One\n\nBreak-Glass: A-1\nBREAK-GLASS: two words ");
	commit_as("Two\n\nBreak-Glass: A-2\n\nis what I would have written");
	GIT("checkout", "-q", "-b", "side", gm_oid_hex(&arena, &first));
	commit_as("Three\n\nSigned-off-by: A\nBreak-Glass: A-3");
	GIT("merge", "-q", "--no-ff", "-m", "Join", "-");
	tip = oid_of(GIT("rev-parse", "HEAD"));
	assert_ok(gm_tickets_read(&named, &arena, repo, &tip, &err));
	assert_true(has("A-1"));
	assert_true(has("two words"));
	assert_false(has("A-2"));
	assert_true(has("A-3"));
	assert_ok(gm_tickets_read(&named, &arena, repo, &first, &err));
	assert_false(has("A-1"));
}

static void test_long_history(void **state)
{
	struct gm_buf all = gm_buf(&arena);
	struct gm_oid tip;

	(void)state;
	for (int i = 0; i <= GM_TICKETS_COMMITS; i++)
		gm_buf_puts(&all, "commit refs/heads/long\n"
				  "committer A <a@b> 1 +0000\ndata 0\n\n");
	GIT_INPUT(gm_buf_view(&all), "fast-import", "--quiet");
	tip = oid_of(GIT("rev-parse", "long"));
	assert_failed(gm_tickets_read(&named, &arena, repo, &tip, &err),
		      GM_ELIMIT, "");
	tip = oid_of(GIT("rev-parse", "long~"));
	assert_ok(gm_tickets_read(&named, &arena, repo, &tip, &err));
}

static void test_missing(void **state)
{
	struct gm_oid none = { { 1 } };

	(void)state;
	assert_int_equal(gm_tickets_read(&named, &arena, repo, &none, &err),
			 -1);
	assert_int_equal(gm_tickets_of_sql(repo, &none, "A-1", &err), -1);
}

static void test_sql(void **state)
{
	struct gm_oid one = a_blob("-- x\n-- break-glass: A-1\nSELECT 1;\n"
				   "-- Break-Glass: A-2\n");

	(void)state;
	assert_int_equal(gm_tickets_of_sql(repo, &one, "A-1", &err), 1);
	assert_int_equal(gm_tickets_of_sql(repo, &one, "A-2", &err), 0);
	assert_int_equal(gm_tickets_of_sql(repo, &one, "A", &err), 0);
	assert_int_equal(gm_tickets_of_sql(repo, &up, "A-1", &err), 0);
}

GM_UNIT_MAIN(RECORDS_TEST(test_history), RECORDS_TEST(test_long_history),
	     RECORDS_TEST(test_missing), RECORDS_TEST(test_sql))
