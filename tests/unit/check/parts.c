/* check/parts: the changes of a commit, sorted by what they are. */
#include "check/parts.h"
#include "check/fixture.h"

/* Sort what a commit on top of `parent` (NULL: none) changes. */
static struct gm_parts sort(struct fixture *f, const struct gm_oid *parent,
			    const struct put *puts)
{
	struct gm_oid tip = fixture_commit(
		f, (const struct gm_oid *const[]){ parent, NULL }, 0, "Do\n",
		puts);
	struct gm_judged_commit c = fixture_judged(f, &tip);
	struct gm_judge j = fixture_judgement(f);
	struct gm_parts parts = { 0 };

	gm_parts_sort(&parts, &j, &c);
	return parts;
}

#define SORT(f, parent, ...)                                                   \
	sort((f), (parent), (const struct put[]){ __VA_ARGS__, { 0 } })

static void kinds(void **state)
{
	static const struct {
		const char *path;
		size_t units, app, odd;
	} cases[] = {
		{ "app/code", 0, 1, 0 },
		{ "migrations.txt", 0, 1, 0 },
		{ "docs/a/b", 0, 0, 0 },
		{ ".migrate/policy.yaml", 0, 0, 0 },
		{ ".migrate/templates/up.sql", 0, 0, 0 },
		{ ".migrated", 0, 1, 0 },
		{ "migrations/1_x/up.sql", 1, 0, 0 },
		{ "migrations/1_x/down.sql", 1, 0, 0 },
		{ "migrations/1_x/notes", 0, 1, 0 },
		/* Nearly a migration: refused, and no app. */
		{ "migrations/1_x/Up.sql", 0, 0, 1 },
		{ "migrations/1_x.sql", 0, 0, 1 },
		{ "migrations/.gitkeep", 0, 0, 0 },
		{ "elsewhere/1_x/Up.sql", 0, 1, 0 },
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_parts p = SORT(&f, NULL, { cases[i].path, "x" });

		if (p.n != cases[i].units || p.app.n != cases[i].app ||
		    found(&f, GM_RULE_UNSAFE_PATH) != cases[i].odd)
			fail_msg("%s: %zu units, %zu app, %zu odd",
				 cases[i].path, p.n, p.app.n,
				 found(&f, GM_RULE_UNSAFE_PATH));
	}
	/* What stands behind a link or a submodule is not known. */
	for (unsigned link = 0; link < 2; link++) {
		struct gm_oid root =
			COMMIT(&f, NULL, "Start\n",
			       { "docs/a", "x", link ? GM_MODE_LINK : 0 });
		struct gm_parts p = SORT(
			&f, &root, { "docs/a", "y", link ? 0 : GM_MODE_LINK });

		assert_int_equal(p.app.n, 1);
		assert_string_equal(p.app.items[0], "docs/a");
	}
	/* Named from the migrations directory on, as its layout names it. */
	SORT(&f, NULL, { "migrations/1_x.sql", "x" });
	assert_non_null(
		strstr(finding(&f, GM_RULE_UNSAFE_PATH)->message, "'1_x.sql'"));
	fixture_done(&f);
}

static void units(void **state)
{
	struct fixture f;
	struct gm_oid root;
	struct gm_parts p;

	(void)state;
	fixture_start(&f);
	p = SORT(&f, NULL, { "migrations/1_x/down.sql", "a" },
		 { "migrations/1_x/up.sql", "b" },
		 { "migrations/2_y/down.sql", "c" });
	assert_int_equal(p.n, 2);
	assert_str(p.items[0]->unit.id, "1_x");
	assert_str(p.items[0]->path, "migrations/1_x/down.sql");
	assert_ptr_equal(p.items[0]->root, &f.cx.roots.items[0]);
	assert_true(p.items[0]->up);
	assert_false(p.items[1]->up);
	assert_true(p.items[0]->stays);
	assert_false(p.items[0]->verify);
	assert_true(gm_parts_have(&p, "1_x"));
	assert_false(gm_parts_have(&p, "1_"));
	/* What is taken away touches its migration, but brings no up SQL. */
	root = COMMIT(&f, NULL, "Start\n", { "migrations/1_x/up.sql", "a" },
		      { "migrations/1_x/Down.sql", "b" });
	p = SORT(&f, &root, { "migrations/1_x/up.sql", NULL },
		 { "migrations/1_x/Down.sql", NULL });
	assert_int_equal(p.n, 1);
	assert_false(p.items[0]->up);
	assert_false(p.items[0]->stays);
	assert_int_equal(f.result.findings.n, 0);
	/* A wrong name that goes away is no change of the app. */
	assert_int_equal(p.app.n, 0);
	fixture_done(&f);
}

/* The same migration under another name. */
static void sources(void **state)
{
	struct gm_change submodule = { .path = GM_STR("docs/a"),
				       .new_mode = GM_MODE_GITLINK };
	struct fixture f;
	struct gm_oid root;
	struct gm_parts p;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "migrations/1_x/up.sql", "a" },
		      { "migrations/2_y/up.sql", "b" });
	p = SORT(&f, &root, { "migrations/1_x/up.sql", NULL },
		 { "migrations/3_z/up.sql", "a" },
		 { "migrations/4_z/up.sql", "c" },
		 { "migrations/5_z/verify.sql", "a" });
	assert_int_equal(p.n, 4);
	assert_null(gm_parts_source(&p, p.items[0]));
	assert_ptr_equal(gm_parts_source(&p, p.items[1]), p.items[0]);
	assert_null(gm_parts_source(&p, p.items[2]));
	assert_true(p.items[3]->verify);
	assert_null(gm_parts_source(&p, p.items[3]));
	/* A copy is none. */
	p = SORT(&f, &root, { "migrations/3_x/up.sql", "a" });
	assert_null(gm_parts_source(&p, p.items[0]));
	assert_false(gm_parts_neutral(&f.cx.policy, &submodule));
	submodule.new_mode = GM_MODE_FILE;
	assert_true(gm_parts_neutral(&f.cx.policy, &submodule));
	fixture_done(&f);
}

/* A repository that is one migrations directory. */
static void at_the_root(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct fixture f;
	struct gm_parts p;

	(void)state;
	fixture_start(&f);
	assert_ok(gm_policy_read(&f.cx.policy, &f.arena, "policy",
				 GM_STR("version: 1\nproject: shop\n"
					"migrations: [{path: ., layout:"
					" directory}]\n"),
				 &err));
	p = SORT(&f, NULL, { "1_x/up.sql", "a" }, { "2_y/UP.SQL", "b" });
	assert_int_equal(p.n, 1);
	assert_str(finding(&f, GM_RULE_UNSAFE_PATH)->path, "2_y/UP.SQL");
	assert_non_null(
		strstr(finding(&f, GM_RULE_UNSAFE_PATH)->hint, "'directory'"));
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(kinds), cmocka_unit_test(units),
	     cmocka_unit_test(sources), cmocka_unit_test(at_the_root))
