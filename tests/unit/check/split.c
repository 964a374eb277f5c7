#include "check/split.h"

#include "check/fixture.h"

#define UP "migrations/1_a/up.sql"
#define DOWN "migrations/1_a/down.sql"
#define OTHER "migrations/2_b/up.sql"
#define CREATE "CREATE TABLE t (i int);"
#define DROP "DROP TABLE t;"

static int plan(struct gm_split *out, struct fixture *f,
		const struct gm_oid *commit)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid none = { { 0 } };
	int mixed;

	assert_ok(gm_context_roots_between(&f->cx.roots, &f->arena, f->repo,
					   &f->cx.policy, &none, commit, &err));
	mixed = gm_split_plan(out, &f->arena, f->repo, &f->cx, commit, &err);
	assert_ok(mixed);
	return mixed;
}

static size_t size(const struct gm_split *s, enum gm_split_kind kind)
{
	return s->parts[kind].changes.n;
}

static void each_path_has_its_part(void **state)
{
	struct gm_split s;
	struct fixture f;
	struct gm_oid c;

	(void)state;
	fixture_start(&f);
	c = COMMIT(&f, NULL, "All\n", { GM_POLICY_PATH, POLICY },
		   { UP, CREATE }, { DOWN, DROP }, { OTHER, DROP },
		   { "app.c", "1" }, { "docs/x", "2" });
	assert_int_equal(plan(&s, &f, &c), 1);
	assert_int_equal(s.n, 4);
	assert_int_equal(size(&s, GM_SPLIT_POLICY), 1);
	assert_int_equal(size(&s, GM_SPLIT_ADD), 2);
	assert_int_equal(size(&s, GM_SPLIT_APP), 2);
	assert_int_equal(size(&s, GM_SPLIT_CONTRACT), 1);
	assert_int_equal(s.parts[GM_SPLIT_ADD].ids.n, 1);
	assert_string_equal(s.parts[GM_SPLIT_ADD].ids.items[0], "1_a");
	assert_string_equal(s.parts[GM_SPLIT_ADD].phase, "expand");
	assert_string_equal(s.parts[GM_SPLIT_CONTRACT].ids.items[0], "2_b");
	assert_string_equal(s.parts[GM_SPLIT_CONTRACT].phase, "contract");
	assert_true(s.parts[GM_SPLIT_ADD].fresh);
	fixture_done(&f);
}

static void what_is_not_mixed(void **state)
{
	struct gm_oid app, migration, neutral, empty;
	struct gm_split s;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	app = COMMIT(&f, NULL, "App\n", { "app.c", "1" }, { "docs/x", "2" });
	migration = COMMIT(&f, &app, "Migration\n", { UP, CREATE });
	neutral = COMMIT(&f, &app, "Drop\n", { UP, DROP }, { "docs/x", "3" });
	empty = COMMIT(&f, &app, "Nothing\n", { 0 });
	assert_int_equal(plan(&s, &f, &app), 0);
	assert_int_equal(plan(&s, &f, &migration), 0);
	assert_int_equal(plan(&s, &f, &empty), 0);
	assert_int_equal(plan(&s, &f, &neutral), 0);
	assert_int_equal(size(&s, GM_SPLIT_CONTRACT), 2);
	fixture_done(&f);
}

static void documentation_goes_with_what_adds(void **state)
{
	struct gm_split s;
	struct fixture f;
	struct gm_oid c;

	(void)state;
	fixture_start(&f);
	c = COMMIT(&f, NULL, "Two\n", { UP, CREATE }, { OTHER, DROP },
		   { "docs/x", "1" });
	assert_int_equal(plan(&s, &f, &c), 1);
	assert_int_equal(size(&s, GM_SPLIT_ADD), 2);
	assert_int_equal(size(&s, GM_SPLIT_APP), 0);
	c = COMMIT(&f, NULL, "Policy\n", { GM_POLICY_PATH, POLICY },
		   { "docs/x", "1" });
	assert_int_equal(plan(&s, &f, &c), 1);
	assert_int_equal(size(&s, GM_SPLIT_APP), 1);
	fixture_done(&f);
}

/* What is declared and what is done: the later of the two counts. */
static void words_and_deeds(void **state)
{
	static const struct {
		const char *message, *sql;
		enum gm_split_kind kind;
		const char *phase;
	} cases[] = {
		{ "T\n", CREATE, GM_SPLIT_ADD, "expand" },
		{ "T\n", "UPDATE t SET i = 1;", GM_SPLIT_ADD, "backfill" },
		{ "T\n", "-- nothing\n", GM_SPLIT_ADD, "" },
		{ "T\n\nMigration-Phase: contract\n", CREATE, GM_SPLIT_CONTRACT,
		  "contract" },
		{ "T\n\nMigration-Phase: expand\n", DROP, GM_SPLIT_CONTRACT,
		  "expand" },
		{ "T\n", "-- Migration-Phase: contract\n" CREATE,
		  GM_SPLIT_CONTRACT, "contract" },
		{ "T\n", "no SQL at all", GM_SPLIT_CONTRACT, "contract" },
		{ "T\n", "SELECT '\377';", GM_SPLIT_CONTRACT, "contract" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_split s;
		struct fixture f;
		struct gm_oid c;

		fixture_start(&f);
		c = COMMIT(&f, NULL, cases[i].message, { UP, cases[i].sql },
			   { "app.c", "1" });
		assert_int_equal(plan(&s, &f, &c), 1);
		assert_int_equal(size(&s, cases[i].kind), 1);
		assert_string_equal(s.parts[cases[i].kind].phase,
				    cases[i].phase);
		fixture_done(&f);
	}
}

static void a_link_is_opaque(void **state)
{
	struct gm_split s;
	struct fixture f;
	struct gm_oid c;

	(void)state;
	fixture_start(&f);
	c = COMMIT(&f, NULL, "Link\n", { UP, "../x", GM_MODE_LINK },
		   { "app.c", "1" });
	assert_int_equal(plan(&s, &f, &c), 1);
	assert_int_equal(size(&s, GM_SPLIT_CONTRACT), 1);
	fixture_done(&f);
}

static void what_goes_away(void **state)
{
	struct gm_oid base, c;
	struct gm_split s;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	base = COMMIT(&f, NULL, "Base\n", { UP, CREATE }, { "app.c", "1" });
	c = COMMIT(&f, &base, "Gone\n", { UP, NULL }, { "app.c", NULL },
		   { OTHER, CREATE }, { "migrations/2_b/down.sql", DROP });
	assert_int_equal(plan(&s, &f, &c), 1);
	assert_int_equal(size(&s, GM_SPLIT_ADD), 3);
	assert_int_equal(s.parts[GM_SPLIT_ADD].ids.n, 2);
	assert_string_equal(s.parts[GM_SPLIT_ADD].phase, "");
	assert_int_equal(size(&s, GM_SPLIT_APP), 1);
	fixture_done(&f);
}

static void merges_are_refused(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid a, b, merge;
	struct gm_split s;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	a = COMMIT(&f, NULL, "A\n", { "a", "1" });
	b = COMMIT(&f, NULL, "B\n", { "b", "1" });
	merge = fixture_commit(&f,
			       (const struct gm_oid *const[]){ &a, &b, NULL },
			       0, "Merge\n", (const struct put[]){ { 0 } });
	assert_int_equal(
		gm_split_plan(&s, &f.arena, f.repo, &f.cx, &merge, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
	fixture_done(&f);
}

static struct gm_commit read_commit(struct fixture *f, const struct gm_oid *oid)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_commit c;

	assert_ok(gm_commit_read(&c, &f->arena, f->repo, oid, &err));
	return c;
}

static void commits_are_written(void **state)
{
	const struct gm_person committer = { "Bob", "bob@example.com", 7, 60 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_oids later = { 0 };
	struct gm_oid base, c, next, tip;
	struct gm_commit was, is;
	struct gm_split s;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	base = COMMIT(&f, NULL, "Base\n", { "app.c", "1" });
	c = COMMIT(&f, &base, "Mixed\n", { UP, CREATE }, { "app.c", "2" });
	next = COMMIT(&f, &c, "Next\n", { "app.c", "3" });
	*GM_PUSH(&f.arena, &later) = next;
	assert_int_equal(plan(&s, &f, &c), 1);
	s.parts[GM_SPLIT_ADD].message = "One\n";
	s.parts[GM_SPLIT_APP].message = "Two\n";
	assert_ok(gm_split_write(&s, &tip, f.repo, &f.arena, &committer, &later,
				 &err));
	was = read_commit(&f, &next);
	is = read_commit(&f, &tip);
	assert_true(gm_oid_eq(&was.tree, &is.tree));
	assert_str(is.message, "Next\n");
	assert_string_equal(is.committer.name, "Bob");
	assert_string_equal(is.author.name, "Ann Lee");
	assert_true(is.author.time == was.author.time);
	is = read_commit(&f, &is.parents[0]);
	assert_str(is.message, "Two\n");
	assert_true(gm_oid_eq(&is.oid, &s.parts[GM_SPLIT_APP].commit));
	assert_true(gm_oid_eq(&is.tree, &s.commit.tree));
	is = read_commit(&f, &is.parents[0]);
	assert_str(is.message, "One\n");
	assert_true(gm_oid_eq(&is.parents[0], &base));
	fixture_done(&f);
}

/* Parts that do not add up give no commit to point at. */
static void a_lost_change_is_noticed(void **state)
{
	const struct gm_person committer = { "Bob", "bob@example.com", 7, 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_oids later = { 0 };
	struct gm_oid c, tip = { { 0 } };
	struct gm_split s;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	c = COMMIT(&f, NULL, "Mixed\n", { UP, CREATE }, { "app.c", "2" },
		   { "b.c", "3" });
	assert_int_equal(plan(&s, &f, &c), 1);
	s.parts[GM_SPLIT_ADD].message = "One\n";
	s.parts[GM_SPLIT_APP].message = "Two\n";
	s.parts[GM_SPLIT_APP].changes.n--;
	assert_int_equal(gm_split_write(&s, &tip, f.repo, &f.arena, &committer,
					&later, &err),
			 -1);
	assert_int_equal(err.code, GM_EGIT);
	assert_true(gm_oid_is_zero(&tip));
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(each_path_has_its_part),
	     cmocka_unit_test(what_is_not_mixed),
	     cmocka_unit_test(documentation_goes_with_what_adds),
	     cmocka_unit_test(words_and_deeds),
	     cmocka_unit_test(a_link_is_opaque),
	     cmocka_unit_test(what_goes_away),
	     cmocka_unit_test(merges_are_refused),
	     cmocka_unit_test(commits_are_written),
	     cmocka_unit_test(a_lost_change_is_noticed))
