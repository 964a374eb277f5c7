/* check/land: what the server has taken is noted. */
#include "check/fixture.h"
#include "check/puts.h"

#include "check/land.h"

#define MAIN "refs/heads/main"

/* Take what `ref` has at that time; the records there are then. */
static struct gm_landed_list land(struct fixture *f, const char *ref,
				  const char *time)
{
	struct gm_landed_list list = { 0 };
	struct gm_err err = GM_ERR_INIT;

	setenv("GIT_MIGRATE_NOW", time, 1);
	assert_ok(gm_land_all(f->repo, &f->cx.policy, ref, &err));
	unsetenv("GIT_MIGRATE_NOW");
	assert_ok(gm_landed_read(&list, &f->arena, f->repo, &err));
	return list;
}

/* How long a window the record gives, in hours. */
static int64_t hours(const struct gm_landed *l)
{
	return (l->until - l->at) / 3600;
}

static void records(void **state)
{
	struct gm_oid one, two, three, blob;
	struct gm_landed_list list;
	const struct gm_landed *l;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	/* Nothing there yet: nothing to note. */
	list = land(&f, MAIN, "2026-11-01T00:00:00Z");
	assert_int_equal(list.n, 0);
	one = COMMIT(&f, NULL, "Add a\n\n" EXPAND,
		     UP("1_a", "CREATE TABLE a (b int);"), DOWN("1_a"));
	two = COMMIT(&f, &one,
		     "Fill it\n\nMigration-Phase: backfill\n"
		     "Rollback-Window: 3d\n",
		     UP("2_b", "UPDATE a SET b = 1;"));
	/* Not declared, and one without any up SQL. */
	three = COMMIT(&f, &two, "Mend\n", UP("3_c", "DROP TABLE z;"),
		       DOWN("4_d"));
	fixture_ref(&f, MAIN, &three);
	list = land(&f, MAIN, "2026-11-02T00:00:00Z");
	assert_int_equal(list.n, 3);
	l = &list.items[0];
	assert_string_equal(l->project, "shop");
	assert_string_equal(l->path, "migrations/1_a/up.sql");
	assert_memory_equal(l->digest, "sha256:", 7);
	assert_string_equal(l->phase, "expand");
	assert_string_equal(l->class_, "expand");
	assert_string_equal(l->ref, MAIN);
	assert_string_equal(gm_time_format(&f.arena, l->at),
			    "2026-11-02T00:00:00Z");
	assert_int_equal(hours(l), 24);
	blob = fixture_at(&f, &three, "migrations/1_a/up.sql");
	assert_true(gm_oid_eq(&l->on, &blob));
	/* Its own window where that is the longer one. */
	assert_string_equal(list.items[1].phase, "backfill");
	assert_int_equal(hours(&list.items[1]), 72);
	assert_string_equal(list.items[2].phase, "none");
	assert_string_equal(list.items[2].class_, "contract");
	assert_int_equal(hours(&list.items[2]), 24);
	fixture_done(&f);
}

/* Each once: the time of landing does not move. */
static void again(void **state)
{
	struct gm_oid one, two, before, after;
	struct gm_landed_list list;
	struct gm_err err = GM_ERR_INIT;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	one = COMMIT(&f, NULL, "Add a\n\n" EXPAND, UP("1_a", "SELECT 1;"));
	fixture_ref(&f, MAIN, &one);
	list = land(&f, MAIN, "2026-11-01T00:00:00Z");
	assert_int_equal(list.n, 1);
	assert_ok(gm_ref_get(&before, f.repo, GM_LANDED_REF, &err));
	list = land(&f, MAIN, "2026-11-02T00:00:00Z");
	assert_int_equal(list.n, 1);
	assert_ok(gm_ref_get(&after, f.repo, GM_LANDED_REF, &err));
	assert_true(gm_oid_eq(&before, &after));
	/* Only what is new. */
	two = COMMIT(&f, &one, "Add b\n", UP("2_b", "SELECT 2;"));
	fixture_ref(&f, MAIN, &two);
	list = land(&f, MAIN, "2026-11-03T00:00:00Z");
	assert_int_equal(list.n, 2);
	assert_string_equal(gm_time_format(&f.arena, list.items[0].at),
			    "2026-11-01T00:00:00Z");
	/* Another ref has its own time. */
	fixture_ref(&f, "refs/heads/stable", &one);
	list = land(&f, "refs/heads/stable", "2026-11-04T00:00:00Z");
	assert_int_equal(list.n, 3);
	assert_string_equal(list.items[1].ref, "refs/heads/stable");
	/* So has SQL that was changed, where the policy lets that pass. */
	two = COMMIT(&f, &two, "Edit b\n", UP("2_b", "SELECT 22;"));
	fixture_ref(&f, MAIN, &two);
	list = land(&f, MAIN, "2026-11-05T00:00:00Z");
	assert_int_equal(list.n, 4);
	assert_string_not_equal(list.items[2].digest, list.items[3].digest);
	fixture_done(&f);
}

/* Whatever makes another digest of it lands again. */
static void other_digests(void **state)
{
	struct gm_oid one, two, three;
	struct gm_landed_list list;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	one = COMMIT(&f, NULL, "Add a\n\n" EXPAND, UP("1_a", "SELECT 1;"),
		     DOWN("1_a"));
	fixture_ref(&f, MAIN, &one);
	list = land(&f, MAIN, "2026-11-01T00:00:00Z");
	assert_int_equal(list.n, 1);
	two = COMMIT(&f, &one, "Way back\n",
		     { "migrations/1_a/down.sql", "SELECT 2;" });
	fixture_ref(&f, MAIN, &two);
	list = land(&f, MAIN, "2026-11-02T00:00:00Z");
	assert_int_equal(list.n, 2);
	/* Other words, and the same SQL in the end. */
	two = COMMIT(&f, &two, "Other words\n\nRollback-Window: 5d\n",
		     UP("1_a", "SELECT 11;"));
	three = COMMIT(&f, &two, "Back\n", UP("1_a", "SELECT 1;"));
	fixture_ref(&f, MAIN, &three);
	list = land(&f, MAIN, "2026-11-03T00:00:00Z");
	assert_int_equal(list.n, 3);
	assert_int_equal(hours(&list.items[2]), 5 * 24);
	/* What it was before is not what it is. */
	three = COMMIT(&f, &three, "As before\n\nRollback-Window: 24h\n",
		       UP("1_a", "SELECT 11;"));
	three = COMMIT(&f, &three, "Back\n", UP("1_a", "SELECT 1;"));
	fixture_ref(&f, MAIN, &three);
	list = land(&f, MAIN, "2026-11-04T00:00:00Z");
	assert_int_equal(list.n, 4);
	assert_string_equal(list.items[3].digest, list.items[1].digest);
	list = land(&f, MAIN, "2026-11-05T00:00:00Z");
	assert_int_equal(list.n, 4);
	fixture_done(&f);
}

/* After a push: what was there before it has been seen to. */
static void since(void **state)
{
	struct gm_oid one, two, app, lost, missing = { { 1 } };
	struct gm_landed_list list = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	one = COMMIT(&f, NULL, "Add a\n\n" EXPAND, UP("1_a", "SELECT 1;"),
		     DOWN("1_a"));
	fixture_ref(&f, MAIN, &one);
	/* One that has no record is recorded, whenever it came. */
	assert_ok(gm_land_since(f.repo, &f.cx.policy, MAIN, &one, &err));
	two = COMMIT(&f, &one, "Way back\n",
		     { "migrations/1_a/down.sql", "SELECT 2;" });
	app = COMMIT(&f, &two, "App\n", { "app/code", "1" });
	fixture_ref(&f, MAIN, &app);
	/* Nothing of it came with the last commit. */
	assert_ok(gm_land_since(f.repo, &f.cx.policy, MAIN, &two, &err));
	assert_ok(gm_landed_read(&list, &f.arena, f.repo, &err));
	assert_int_equal(list.n, 1);
	assert_ok(gm_land_since(f.repo, &f.cx.policy, MAIN, &one, &err));
	assert_ok(gm_landed_read(&list, &f.arena, f.repo, &err));
	assert_int_equal(list.n, 2);
	/* Where the old end is not known, all of it is looked at. */
	assert_ok(gm_land_since(f.repo, &f.cx.policy, MAIN, &missing, &err));
	assert_int_equal(err.code, GM_ENONE);
	/* Nor is an app read that no migration needs. */
	lost = fixture_at(&f, &app, "app/code");
	fixture_lose(&f, &lost);
	assert_ok(gm_land_since(f.repo, &f.cx.policy, MAIN, &two, &err));
	fixture_done(&f);
}

/* An annotated tag can be protected: what it names has landed. */
static void tags(void **state)
{
	struct gm_landed_list list;
	struct gm_oid one;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	one = COMMIT(&f, NULL, "Add a\n", UP("1_a", "SELECT 1;"));
	fixture_ref(&f, MAIN, &one);
	GIT(&f, "-c", "user.name=A", "-c", "user.email=a@b", "tag", "-m", "x",
	    "v1", "main");
	list = land(&f, "refs/tags/v1", "2026-11-01T00:00:00Z");
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0].ref, "refs/tags/v1");
	fixture_done(&f);
}

static void too_large(void **state)
{
	struct gm_landed_list list;
	struct fixture f;
	struct gm_oid one;
	char *sql;

	(void)state;
	fixture_start(&f);
	sql = gm_alloc(&f.arena, GM_SQL_MAX + 2);
	memset(sql, '\n', GM_SQL_MAX + 1);
	one = COMMIT(&f, NULL, "Add a\n", UP("1_a", sql));
	fixture_ref(&f, MAIN, &one);
	list = land(&f, MAIN, "2026-11-01T00:00:00Z");
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0].class_, "opaque");
	fixture_done(&f);
}

/* What cannot be read is never noted as landed. */
static void damage(void **state)
{
	static const char *const paths[] = { "migrations",
					     "migrations/1_a/up.sql",
					     "migrations/1_a/down.sql" };
	struct gm_err err;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(paths); i++) {
		struct gm_landed_list list = { 0 };
		struct gm_oid one, lost;
		struct fixture f;

		fixture_start(&f);
		err = (struct gm_err)GM_ERR_INIT;
		one = COMMIT(&f, NULL, "Add a\n", UP("1_a", "SELECT 2;"),
			     DOWN("1_a"));
		fixture_ref(&f, MAIN, &one);
		lost = fixture_at(&f, &one, paths[i]);
		fixture_lose(&f, &lost);
		assert_int_equal(gm_land_all(f.repo, &f.cx.policy, MAIN, &err),
				 -1);
		assert_int_equal(err.code, GM_EGIT);
		err = (struct gm_err)GM_ERR_INIT;
		assert_ok(gm_landed_read(&list, &f.arena, f.repo, &err));
		assert_int_equal(list.n, 0);
		fixture_done(&f);
	}
}

GM_UNIT_MAIN(cmocka_unit_test(records), cmocka_unit_test(again),
	     cmocka_unit_test(other_digests), cmocka_unit_test(since),
	     cmocka_unit_test(tags), cmocka_unit_test(too_large),
	     cmocka_unit_test(damage))
