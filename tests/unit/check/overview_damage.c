/* check/overview: of damaged repositories. */
#include "check/fixture.h"

#include "approval/landed.h"
#include "check/overview.h"

/* Reads all of it: how many migrations could be read. */
static int read_all(struct fixture *f, void *data, struct gm_err *err)
{
	struct gm_overview o;
	int readable = 0;

	(void)data;
	if (gm_overview_read(&o, &f->arena, f->repo, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < o.n; i++) {
		struct gm_overview_detail d;

		if (gm_overview_detail(&d, &f->arena, f->repo, &o, i, err) < 0)
			return -1;
		readable += !o.items[i].unread;
	}
	return readable;
}

static void damage(void **state)
{
	struct gm_oid one, two;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	one = COMMIT(&f, NULL, "Add a\n\n" EXPAND,
		     { "migrations/1_a/up.sql", "CREATE TABLE a (b int);" },
		     { "migrations/1_a/down.sql", "DROP TABLE a;" });
	two = COMMIT(&f, &one, "Add b\n\n" EXPAND,
		     { "migrations/2_b/up.sql", "CREATE TABLE b (c int);" });
	fixture_ref(&f, "refs/heads/main", &two);
	fixture_ref(&f, "refs/remotes/origin/main", &one);
	GIT(&f, "config", "remote.origin.url", "x");
	GIT(&f, "config", "remote.origin.fetch",
	    "+refs/heads/*:refs/remotes/origin/*");
	GIT(&f, "config", "branch.main.remote", "origin");
	GIT(&f, "config", "branch.main.merge", "refs/heads/main");
	fixture_reopen(&f);
	fixture_sweep(&f, read_all, NULL);
	fixture_done(&f);
}

/* An upstream that cannot be read; records that cannot. */
static void broken_refs(void **state)
{
	static const char *const refs[] = { "refs/remotes/origin/main",
					    GM_LANDED_REF };
	struct fixture f;
	struct gm_oid one;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(refs); i++) {
		struct gm_err err = GM_ERR_INIT;
		struct gm_overview o;
		struct gm_oid tree;

		fixture_start(&f);
		one = COMMIT(&f, NULL, "Add a\n\n" EXPAND,
			     { "migrations/1_a/up.sql", "SELECT 1;" });
		tree = fixture_at(&f, &one, "migrations");
		fixture_ref(&f, "refs/heads/main", &one);
		GIT(&f, "config", "remote.origin.url", "x");
		GIT(&f, "config", "remote.origin.fetch",
		    "+refs/heads/*:refs/remotes/origin/*");
		GIT(&f, "config", "branch.main.remote", "origin");
		GIT(&f, "config", "branch.main.merge", "refs/heads/main");
		fixture_reopen(&f);
		assert_ok(gm_overview_read(&o, &f.arena, f.repo, NULL, &err));
		assert_int_equal(o.n, 1);
		assert_int_equal(o.items[0].state, GM_STATE_PENDING);
		fixture_ref(&f, refs[i], &tree);
		assert_int_equal(
			gm_overview_read(&o, &f.arena, f.repo, NULL, &err), -1);
		assert_int_not_equal(err.code, GM_ENONE);
		fixture_done(&f);
	}
}

GM_UNIT_MAIN(cmocka_unit_test(damage), cmocka_unit_test(broken_refs))
