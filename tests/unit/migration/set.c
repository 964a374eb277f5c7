#include "unit/migration/place.h"

#include "base/buf.h"
#include "base/clock.h"

static struct gm_set set_of(const char *paths, const struct gm_roots *roots)
{
	struct gm_oid tree = tree_of(paths);
	struct gm_set set = { 0 };

	assert_ok(gm_set_read(&set, &arena, repo, &tree, roots, &err));
	return set;
}

/* "id:role=path,role=path id:..." */
static const char *shown(const struct gm_set *set)
{
	struct gm_buf b = gm_buf(&arena);

	for (size_t i = 0; i < set->n; i++) {
		const struct gm_migration *m = set->items[i];

		gm_buf_printf(&b, "%s%s", i ? " " : "", m->id);
		for (size_t f = 0; f < m->n_files; f++)
			gm_buf_printf(&b, "%c%s=%.*s", f ? ',' : ':',
				      gm_role_name(m->files[f].role),
				      (int)m->files[f].path.len,
				      m->files[f].path.ptr);
	}
	return b.ptr;
}

static void is_set(const char *layout, const char *paths, const char *want)
{
	struct gm_roots roots = root_of("m", layout);
	struct gm_set set = set_of(paths, &roots);

	assert_string_equal(shown(&set), want);
	if (set.duplicates.n)
		fail_msg("%s", set.duplicates.items[0].words);
	for (size_t i = 0; i < set.n; i++) {
		struct gm_migration *m = set.items[i];

		assert_ptr_equal(gm_map_get(&set.by_id, gm_str(m->id)), m);
		assert_ptr_equal(m->root, &roots.items[0]);
		assert_true(m->version.ptr >= m->id &&
			    m->version.ptr + m->version.len <=
				    m->id + strlen(m->id));
		assert_int_equal(m->meta.phase, GM_PHASE_NONE);
	}
}

static void test_directory(void **state)
{
	(void)state;
	is_set("directory",
	       "m/10_c/up.sql m/2_b/up.sql m/2_b/verify.sql m/2_b/down.sql"
	       " m/001_a/up.sql m/README.md m/x/up.sql x/3_d/up.sql "
	       "m/4_e/Up.sql",
	       "001_a:up=m/001_a/up.sql"
	       " 2_b:up=m/2_b/up.sql,down=m/2_b/down.sql,"
	       "verify=m/2_b/verify.sql"
	       " 10_c:up=m/10_c/up.sql");
	is_set("directory", "x", "");
	is_set("directory", "m", "");
	is_set("directory", "m/1_a/down.sql", "1_a:down=m/1_a/down.sql");
}

static void test_diesel(void **state)
{
	(void)state;
	is_set("diesel",
	       "m/2020-01-01-000000_b/up.sql m/2019-12-31-235959_a/up.sql"
	       " m/2019-12-31-235959_a/metadata.toml m/20191231235960_c/up.sql",
	       "2019-12-31-235959_a:up=m/2019-12-31-235959_a/up.sql,"
	       "config=m/2019-12-31-235959_a/metadata.toml"
	       " 20191231235960_c:up=m/20191231235960_c/up.sql"
	       " 2020-01-01-000000_b:up=m/2020-01-01-000000_b/up.sql");
}

static void test_golang(void **state)
{
	(void)state;
	is_set("golang-migrate",
	       "m/10_c.up.sql m/9_b.up.sql m/9_b.down.sql m/1_a.up.sql m/x.go"
	       " m/1_other.down.sql m/11_d.down.sql",
	       "1_a:up=m/1_a.up.sql,down=m/1_other.down.sql"
	       " 9_b:up=m/9_b.up.sql,down=m/9_b.down.sql 10_c:up=m/10_c.up.sql"
	       " 11_d:down=m/11_d.down.sql");
}

static void test_flyway(void **state)
{
	(void)state;
	is_set("flyway",
	       "m/V1.10__c.sql m/a/V1_2__b.sql m/a/U1.2__b.sql"
	       " m/V1__a.sql m/V1__a.sql.conf m/U1__undo_a.sql"
	       " m/U1__undo_a.sql.conf m/R__z.sql m/R__a.sql m/B1.10__base.sql"
	       " m/afterMigrate.sql",
	       "V1__a:up=m/V1__a.sql,down=m/U1__undo_a.sql,"
	       "config=m/U1__undo_a.sql.conf,config=m/V1__a.sql.conf"
	       " V1_2__b:up=m/a/V1_2__b.sql,down=m/a/U1.2__b.sql"
	       " B1.10__base:up=m/B1.10__base.sql V1.10__c:up=m/V1.10__c.sql"
	       " R__a:up=m/R__a.sql R__z:up=m/R__z.sql");
}

static void test_kinds(void **state)
{
	struct gm_roots roots = root_of("m", "flyway");
	struct gm_set set =
		set_of("m/R__a.sql m/B1__b.sql m/V1__c.sql", &roots);

	(void)state;
	assert_int_equal(set.n, 3);
	assert_true(set.items[0]->baseline && !set.items[0]->repeatable);
	assert_true(!set.items[1]->baseline && !set.items[1]->repeatable);
	assert_true(!set.items[2]->baseline && set.items[2]->repeatable);
	assert_str(set.items[1]->version, "1");
	assert_int_equal(set.items[2]->version.len, 0);
	assert_int_equal(set.duplicates.n, 0);
}

static void test_several_roots(void **state)
{
	struct gm_roots roots = root_of("b", "golang-migrate");
	struct gm_root *second = GM_PUSH(&arena, &roots);
	struct gm_set set;

	(void)state;
	*second = (struct gm_root){ .path = gm_str("a"),
				    .layout = gm_layout_find(
					    gm_str("directory")) };
	set = set_of("b/1_x.up.sql a/1_y/up.sql b/3_z.up.sql a/2_w/up.sql",
		     &roots);
	assert_string_equal(shown(&set), "1_x:up=b/1_x.up.sql"
					 " 1_y:up=a/1_y/up.sql"
					 " 2_w:up=a/2_w/up.sql"
					 " 3_z:up=b/3_z.up.sql");
	assert_int_equal(set.duplicates.n, 0);
	set = set_of("b/1_x.up.sql a/1_x/up.sql", &roots);
	assert_int_equal(set.n, 2);
	assert_int_equal(set.duplicates.n, 1);
	assert_string_equal(set.duplicates.items[0].words,
			    "the id '1_x' is in 'a' and in 'b'");
	assert_ptr_equal(gm_map_get(&set.by_id, gm_str("1_x")), set.items[0]);
}

static void test_whole_tree(void **state)
{
	struct gm_roots roots = root_of("", "flyway");
	struct gm_set set = set_of("V1__a.sql x/V2__b.sql", &roots);

	(void)state;
	assert_string_equal(shown(&set), "V1__a:up=V1__a.sql"
					 " V2__b:up=x/V2__b.sql");
}

static void test_duplicates(void **state)
{
	static const struct {
		const char *layout, *paths, *says;
	} cases[] = {
		{ "directory", "m/1_a/up.sql m/01_b/up.sql",
		  "'01_b' and '1_a' have the same version" },
		{ "diesel", "m/2019-01-01_a/up.sql m/20190101_b/up.sql",
		  "'2019-01-01_a' and '20190101_b' have the same version" },
		{ "golang-migrate", "m/1_a.up.sql m/1_b.up.sql",
		  "'1_a' and '1_b' have the same version" },
		{ "flyway", "m/V1.0__a.sql m/V1__b.sql",
		  "'V1.0__a' and 'V1__b' have the same version" },
		{ "flyway", "m/B1__a.sql m/B1__b.sql m/V1__c.sql",
		  "'B1__a' and 'B1__b' have the same version" },
		{ "flyway", "m/V1__a.sql m/x/V1__a.sql",
		  "migration 'V1__a' has two files for 'up': 'm/V1__a.sql' and"
		  " 'm/x/V1__a.sql'" },
		{ "flyway", "m/R__a.sql m/x/R__a.sql",
		  "migration 'R__a' has two files for 'up': 'm/R__a.sql' and"
		  " 'm/x/R__a.sql'" },
		{ "flyway", "m/V1__a.sql m/U1__b.sql m/U1.0__c.sql",
		  "migration 'V1__a' has two files for 'down': 'm/U1.0__c.sql'"
		  " and 'm/U1__b.sql'" },
		{ "flyway", "m/V1__a.sql m/U2__b.sql",
		  "'m/U2__b.sql' is to undo version 2, and no migration has"
		  " it" },
		{ "flyway", "m/B2__a.sql m/U2__b.sql",
		  "'m/U2__b.sql' is to undo version 2, and no migration has"
		  " it" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_roots roots = root_of("m", cases[i].layout);
		struct gm_set set = set_of(cases[i].paths, &roots);

		if (set.duplicates.n != 1)
			fail_msg("%s: %zu duplicates", cases[i].paths,
				 set.duplicates.n);
		assert_string_equal(set.duplicates.items[0].words,
				    cases[i].says);
	}
}

static void test_files(void **state)
{
	struct gm_roots roots = root_of("m", "directory");
	struct gm_set set = set_of("m/1_a/up.sql m/1_a/down.sql", &roots);
	const struct gm_migration_file *f;
	struct gm_oid oid = blob("m/1_a/down.sql");

	(void)state;
	assert_null(gm_migration_file(set.items[0], GM_ROLE_VERIFY));
	f = gm_migration_file(set.items[0], GM_ROLE_DOWN);
	assert_non_null(f);
	assert_true(gm_oid_eq(&f->oid, &oid));
	assert_int_equal(f->mode, GM_MODE_FILE);
}

static void test_odd_modes(void **state)
{
	struct gm_roots roots = root_of("m", "golang-migrate");
	struct gm_entry entry = { .name = GM_STR("1_a.up.sql"),
				  .oid = blob("x"),
				  .mode = GM_MODE_LINK };
	struct gm_entries entries = { &entry, 1, 1 };
	struct gm_set set;
	struct gm_oid dir, tree;

	(void)state;
	assert_ok(gm_tree_write(&dir, repo, &entries, &err));
	entry = (struct gm_entry){ .name = GM_STR("m"),
				   .oid = dir,
				   .mode = GM_MODE_TREE };
	assert_ok(gm_tree_write(&tree, repo, &entries, &err));
	assert_ok(gm_set_read(&set, &arena, repo, &tree, &roots, &err));
	assert_int_equal(set.n, 1);
	assert_int_equal(set.items[0]->files[0].mode, GM_MODE_LINK);
}

static void is_one(const char *layout, const char *paths, const char *id,
		   const char *path, const char *want)
{
	struct gm_roots roots = root_of("m", layout);
	struct gm_oid tree = tree_of(paths);
	struct gm_migration *m = NULL;
	struct gm_set set = { &m, 1, 1, { 0 }, { 0 } };

	assert_ok(gm_set_read_one(&m, &arena, repo, &tree, &roots.items[0],
				  gm_str(id), gm_str(path), &err));
	if (!want)
		assert_null(m);
	else if (!m)
		fail_msg("%s: nothing of '%s'", paths, id);
	else
		assert_string_equal(shown(&set), want);
}

static void test_one(void **state)
{
	static const char dirs[] = "m/1_a/up.sql m/1_a/down.sql m/2_b/up.sql"
				   " m/3_c/down.sql";
	static const char flat[] = "m/1_a.up.sql m/1_x.down.sql m/2_b.up.sql";

	(void)state;
	is_one("directory", dirs, "1_a", "m/1_a/up.sql",
	       "1_a:up=m/1_a/up.sql,down=m/1_a/down.sql");
	is_one("directory", dirs, "2_b", "m/2_b/down.sql",
	       "2_b:up=m/2_b/up.sql");
	is_one("directory", dirs, "3_c", "m/3_c/up.sql",
	       "3_c:down=m/3_c/down.sql");
	is_one("directory", dirs, "4_d", "m/4_d/up.sql", NULL);
	is_one("directory", dirs, "1_a", "1_a/up.sql",
	       "1_a:up=m/1_a/up.sql,down=m/1_a/down.sql");
	is_one("golang-migrate", flat, "1_a", "m/1_a.up.sql",
	       "1_a:up=m/1_a.up.sql,down=m/1_x.down.sql");
	is_one("golang-migrate", flat, "1_x", "m/1_x.down.sql",
	       "1_a:up=m/1_a.up.sql,down=m/1_x.down.sql");
	/* A down SQL that is gone, of another title. */
	is_one("golang-migrate", flat, "2_y", "m/2_y.down.sql",
	       "2_b:up=m/2_b.up.sql");
	/* An up SQL that is gone is no other one of its version. */
	is_one("golang-migrate", flat, "2_y", "m/2_y.up.sql", NULL);
	is_one("golang-migrate", flat, "7_y", "m/7_y.down.sql", NULL);
}

static void test_one_flyway(void **state)
{
	static const char paths[] =
		"m/V1__a.sql m/x/U1__b.sql m/R__a.sql m/R__b.sql m/B2__x.sql"
		" m/V2__y.sql m/V2__y.sql.conf";

	(void)state;
	is_one("flyway", paths, "V1__a", "m/V1__a.sql",
	       "V1__a:up=m/V1__a.sql,down=m/x/U1__b.sql");
	is_one("flyway", paths, "V1__b", "m/x/U1__b.sql",
	       "V1__a:up=m/V1__a.sql,down=m/x/U1__b.sql");
	is_one("flyway", paths, "R__b", "m/R__b.sql", "R__b:up=m/R__b.sql");
	is_one("flyway", paths, "R__c", "m/R__c.sql", NULL);
	is_one("flyway", paths, "B2__x", "m/B2__x.sql", "B2__x:up=m/B2__x.sql");
	is_one("flyway", paths, "V2__y", "m/V2__y.sql.conf",
	       "V2__y:up=m/V2__y.sql,config=m/V2__y.sql.conf");
	is_one("flyway", paths, "V2__y", "m/U2__gone.sql",
	       "V2__y:up=m/V2__y.sql,config=m/V2__y.sql.conf");
	is_one("flyway", paths, "V2__gone", "m/U2__gone.sql",
	       "V2__y:up=m/V2__y.sql,config=m/V2__y.sql.conf");
}

static void test_one_at_the_root(void **state)
{
	struct gm_roots roots = root_of("", "directory");
	struct gm_oid tree = tree_of("1_a/up.sql 2_b/up.sql");
	struct gm_migration *m;

	(void)state;
	assert_ok(gm_set_read_one(&m, &arena, repo, &tree, &roots.items[0],
				  gm_str("2_b"), gm_str("2_b/up.sql"), &err));
	assert_string_equal(m->id, "2_b");
	assert_int_equal(m->n_files, 1);
}

static void test_missing_objects(void **state)
{
	struct gm_roots roots = root_of("m", "directory");
	struct gm_oid tree = { { 1 } };
	struct gm_migration *m;
	struct gm_set set;

	(void)state;
	assert_int_equal(gm_set_read(&set, &arena, repo, &tree, &roots, &err),
			 -1);
	assert_int_equal(gm_set_read_one(&m, &arena, repo, &tree,
					 &roots.items[0], gm_str("1_a"),
					 gm_str("m/1_a/up.sql"), &err),
			 -1);
}

/* Thousands of migrations are read at once, not one by one. */
static void test_many(void **state)
{
	static const struct gm_oid none;
	struct gm_roots roots = root_of("m", "golang-migrate");
	struct gm_files list = { 0 };
	struct gm_oid tree, text = blob("x");
	struct gm_set set;
	int64_t start;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct gm_file *file = GM_PUSH(&arena, &list);

		file->path = gm_str(gm_printf(&arena, "m/%d_x.%s.sql",
					      1 + (i * 7919 % 10000) / 2,
					      i * 7919 % 2 ? "up" : "down"));
		file->oid = text;
		file->mode = GM_MODE_FILE;
	}
	assert_ok(gm_tree_edit(&tree, repo, &none, &list, &err));
	start = gm_ticks_ms();
	assert_ok(gm_set_read(&set, &arena, repo, &tree, &roots, &err));
	assert_int_equal(set.n, 5000);
	assert_int_equal(set.duplicates.n, 0);
	for (size_t i = 0; i < set.n; i++)
		assert_string_equal(set.items[i]->id,
				    gm_printf(&arena, "%zu_x", i + 1));
	assert_true(gm_ticks_ms() - start < 5000);
}

static bool moved(const char *layout, const char *from, unsigned char one,
		  const char *to, unsigned char two)
{
	const struct gm_layout *l = gm_layout_find(gm_str(layout));
	struct gm_oid from_up = { { one } }, to_up = { { two } };
	struct gm_unit_path a = { 0 }, b = { 0 };

	assert_true(l->match(&a, gm_str(from)));
	assert_true(l->match(&b, gm_str(to)));
	return gm_unit_moved(&a, &from_up, &b, &to_up);
}

static void test_moved(void **state)
{
	(void)state;
	assert_true(moved("directory", "1_a/up.sql", 1, "2_b/up.sql", 1));
	assert_true(moved("directory", "1_a/up.sql", 1, "20_a/up.sql", 2));
	assert_false(moved("directory", "1_a/up.sql", 1, "2_b/up.sql", 2));
	assert_false(moved("directory", "1_a/up.sql", 1, "2_aa/up.sql", 2));
	assert_true(moved("flyway", "V1__a.sql", 1, "x/V1.1__a.sql", 2));
	assert_false(moved("flyway", "V1__a.sql", 1, "V1__b.sql", 2));
	/* Without a version there is no name behind it. */
	assert_false(moved("flyway", "R__a.sql", 1, "x/R__a.sql", 2));
	assert_true(moved("flyway", "R__a.sql", 1, "R__b.sql", 1));
}

GM_UNIT_MAIN(CASE(test_moved), CASE(test_directory), CASE(test_diesel),
	     CASE(test_golang), CASE(test_flyway), CASE(test_kinds),
	     CASE(test_several_roots), CASE(test_whole_tree),
	     CASE(test_duplicates), CASE(test_files), CASE(test_odd_modes),
	     CASE(test_one), CASE(test_one_flyway), CASE(test_one_at_the_root),
	     CASE(test_missing_objects), CASE(test_many))
