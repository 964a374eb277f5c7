#include "unit/migration/place.h"

static struct gm_roots settle(const char *paths, const char *path,
			      const char *layout)
{
	const struct gm_root_spec spec = { path, layout };
	struct gm_oid tree = tree_of(paths);
	struct gm_roots roots = { 0 };

	assert_ok(gm_roots_settle(&roots, &arena, repo, &tree, &spec,
				  path ? 1 : 0, &err));
	return roots;
}

static void is_root(const struct gm_roots *roots, size_t i, const char *path,
		    const char *layout)
{
	assert_true(i < roots->n);
	assert_str(roots->items[i].path, path);
	assert_string_equal(roots->items[i].layout->name, layout);
	assert_ptr_equal(roots->items[i].arena, &arena);
}

static void test_detects(void **state)
{
	static const struct {
		const char *paths, *layout;
	} cases[] = {
		{ "m/1_a/up.sql m/README.md", "directory" },
		{ "m/2019-01-01_a/up.sql", "diesel" },
		{ "m/1_a/up.sql diesel.toml", "diesel" },
		{ "m/1_a/metadata.toml m/1_a/up.sql", "diesel" },
		{ "m/1_a.up.sql diesel.toml", "golang-migrate" },
		{ "m/x/V1__a.sql 1_a/up.sql", "flyway" },
		{ "x/1_a.up.sql", "directory" },
		{ "m/a.sql", "directory" },
		{ "m", "directory" },
		{ "diesel.toml x", "diesel" },
		{ "x/diesel.toml m/1_a/up.sql", "directory" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_roots roots = settle(cases[i].paths, "m", "auto");

		assert_int_equal(roots.n, 1);
		is_root(&roots, 0, "m", cases[i].layout);
	}
}

static void test_named(void **state)
{
	struct gm_roots roots;

	(void)state;
	roots = settle("m/1_a/up.sql m/V1__a.sql", "m", "flyway");
	is_root(&roots, 0, "m", "flyway");
	roots = settle("1_a.up.sql", ".", "auto");
	is_root(&roots, 0, "", "golang-migrate");
	roots = settle("a/b/1_a/up.sql a/diesel.toml", "a/b//", "auto");
	is_root(&roots, 0, "a/b", "diesel");
}

static void test_fails(void **state)
{
	const struct gm_root_spec mixed = { "db/m", "auto" };
	const struct gm_root_spec unknown = { "m", "flywya" };
	const struct gm_root_spec strange = { "m", "liquibase" };
	struct gm_oid tree = tree_of("db/m/1_a/up.sql db/m/V1__a.sql");
	struct gm_roots roots = { 0 };

	(void)state;
	assert_int_equal(
		gm_roots_settle(&roots, &arena, repo, &tree, &mixed, 1, &err),
		-1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_string_equal(err.msg, "db/m: files of two layouts are mixed:"
				     " '1_a/up.sql' is of 'directory',"
				     " 'V1__a.sql' of 'flyway'");
	assert_true(err.hint[0] != '\0');
	assert_int_equal(
		gm_roots_settle(&roots, &arena, repo, &tree, &unknown, 1, &err),
		-1);
	assert_int_equal(err.code, GM_EPOLICY);
	assert_non_null(strstr(err.hint, "'flyway'"));
	assert_int_equal(
		gm_roots_settle(&roots, &arena, repo, &tree, &strange, 1, &err),
		-1);
	assert_non_null(strstr(err.hint, "git-migrate(1)"));
	tree = tree_of("1_a/up.sql 1_a.up.sql");
	assert_int_equal(gm_roots_settle(&roots, &arena, repo, &tree,
					 &(struct gm_root_spec){ ".", "auto" },
					 1, &err),
			 -1);
	assert_non_null(strstr(err.msg, "the root directory: "));
	assert_int_equal(roots.n, 0);
}

static void test_looks(void **state)
{
	struct gm_roots roots;

	(void)state;
	roots = settle("app/main.c "
		       "db/migrate/1_a.up.sql "
		       "migrations/1_a/up.sql "
		       "services/x/migrations/V1__a.sql "
		       "src/main/resources/db/migration/V1__a.sql "
		       ".hidden/migrations/1_a/up.sql "
		       "node_modules/x/migrations/1_a/up.sql "
		       "vendor/x/migrations/1_a/up.sql "
		       "web/migrations/0001_initial.py "
		       "web/migrations/sub/migrations/1_a/up.sql "
		       "other/1_a/up.sql",
		       NULL, NULL);
	assert_int_equal(roots.n, 5);
	is_root(&roots, 0, "migrations", "directory");
	is_root(&roots, 1, "db/migrate", "golang-migrate");
	is_root(&roots, 2, "services/x/migrations", "flyway");
	is_root(&roots, 3, "web/migrations/sub/migrations", "directory");
	is_root(&roots, 4, "src/main/resources/db/migration", "flyway");
}

static void test_finds_nothing(void **state)
{
	struct gm_roots roots;
	struct gm_oid tree;

	(void)state;
	roots = settle("app/main.c migrations/Up.sql", NULL, NULL);
	assert_int_equal(roots.n, 1);
	is_root(&roots, 0, "migrations", "directory");
	roots = settle("diesel.toml src/main.rs", NULL, NULL);
	is_root(&roots, 0, "migrations", "diesel");
	tree = tree_of("a/migrations/1_a/up.sql a/migrations/V1__a.sql");
	assert_int_equal(
		gm_roots_settle(&roots, &arena, repo, &tree, NULL, 0, &err),
		-1);
	assert_non_null(strstr(err.msg, "a/migrations: "));
}

static void test_limits(void **state)
{
	struct gm_oid tree = tree_of("x");
	struct gm_roots roots;

	(void)state;
	for (int i = 0; i < 70; i++) {
		struct gm_entry entry = { .name = GM_STR("d"),
					  .oid = tree,
					  .mode = GM_MODE_TREE };
		struct gm_entries entries = { &entry, 1, 1 };

		assert_ok(gm_tree_write(&tree, repo, &entries, &err));
	}
	assert_int_equal(
		gm_roots_settle(&roots, &arena, repo, &tree, NULL, 0, &err),
		-1);
	assert_int_equal(err.code, GM_ELIMIT);
}

static void test_missing_objects(void **state)
{
	const struct gm_root_spec spec = { "m", "auto" };
	struct gm_oid tree = { { 1, 2, 3 } };
	struct gm_roots roots;

	(void)state;
	assert_int_equal(
		gm_roots_settle(&roots, &arena, repo, &tree, &spec, 1, &err),
		-1);
	assert_int_equal(
		gm_roots_settle(&roots, &arena, repo, &tree, NULL, 0, &err),
		-1);
}

static void test_match(void **state)
{
	struct gm_roots roots = root_of("db/m", "flyway");
	struct gm_root *second = GM_PUSH(&arena, &roots);
	struct gm_unit_path unit;

	(void)state;
	*second = (struct gm_root){ .path = gm_str("migrations"),
				    .layout = gm_layout_find(
					    gm_str("directory")) };
	assert_ptr_equal(
		gm_roots_match(&unit, &roots, gm_str("db/m/U1__a.sql")),
		&roots.items[0]);
	assert_str(unit.id, "V1__a");
	assert_int_equal(unit.role, GM_ROLE_DOWN);
	assert_ptr_equal(
		gm_roots_match(&unit, &roots, gm_str("migrations/1_a/up.sql")),
		&roots.items[1]);
	assert_str(unit.id, "1_a");
	assert_null(gm_roots_match(&unit, &roots, gm_str("db/mV1__a.sql")));
	assert_null(gm_roots_match(&unit, &roots, gm_str("V1__a.sql")));
	assert_null(gm_roots_match(&unit, &roots, gm_str("db/m")));
	assert_null(gm_roots_match(&unit, &roots, gm_str("db/m/")));
	assert_null(gm_roots_match(&unit, &roots, gm_str("")));
	/* Without an arena the id is what the path says. */
	roots.items[0].arena = NULL;
	assert_non_null(
		gm_roots_match(&unit, &roots, gm_str("db/m/U1__a.sql")));
	assert_str(unit.id, "U1__a");
}

static void test_hold(void **state)
{
	struct gm_roots roots = root_of("db/m", "flyway");
	struct gm_roots all = root_of("", "directory");

	(void)state;
	assert_true(gm_roots_hold(&roots, gm_str("db/m")));
	assert_true(gm_roots_hold(&roots, gm_str("db/m/x/y")));
	assert_false(gm_roots_hold(&roots, gm_str("db/mx")));
	assert_false(gm_roots_hold(&roots, gm_str("db")));
	assert_false(gm_roots_hold(&roots, gm_str("m")));
	assert_true(gm_roots_hold(&all, gm_str("anything")));
}

GM_UNIT_MAIN(CASE(test_detects), CASE(test_named), CASE(test_fails),
	     CASE(test_looks), CASE(test_finds_nothing), CASE(test_limits),
	     CASE(test_missing_objects), CASE(test_match), CASE(test_hold))
