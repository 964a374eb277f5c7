#include "unit/migration/place.h"

#include "base/clock.h"
#include "migration/history.h"

static struct gm_roots roots;
static struct gm_set set;
static struct gm_origin *origins;

#define NO_PARENT ((const struct gm_oid *)NULL)

/* A commit of `tree` at second `when`; parents may be NULL. */
static struct gm_oid commit(const struct gm_oid *tree, int64_t when,
			    const struct gm_oid *first,
			    const struct gm_oid *second, const char *message)
{
	struct gm_oid parents[2], out;
	struct gm_commit c = {
		.tree = *tree,
		.parents = parents,
		.author = { "Ann Lee", "ann@example.com", when, 60 },
		.committer = { "Bob", "bob@example.com", when, 0 },
		.message = gm_str(message),
	};

	if (first)
		parents[c.n_parents++] = *first;
	if (second)
		parents[c.n_parents++] = *second;
	assert_ok(gm_commit_write(&out, repo, &c, &err));
	return out;
}

static void history(const struct gm_oid *tip)
{
	struct gm_commit c;

	assert_ok(gm_commit_read(&c, &arena, repo, tip, &err));
	assert_ok(gm_set_read(&set, &arena, repo, &c.tree, &roots, &err));
	assert_ok(gm_history_read(&origins, &arena, repo, tip, &roots, &set,
				  &err));
	for (size_t i = 0; i < set.n; i++)
		assert_string_equal(origins[i].id, set.items[i]->id);
}

static const struct gm_origin *of(const char *id)
{
	for (size_t i = 0; i < set.n; i++) {
		if (strcmp(origins[i].id, id) != 0)
			continue;
		assert_int_equal(set.items[i]->meta.phase,
				 origins[i].meta.phase);
		assert_int_equal(set.items[i]->meta.window,
				 origins[i].meta.window);
		assert_ptr_equal(set.items[i]->meta.owner,
				 origins[i].meta.owner);
		return &origins[i];
	}
	fail_msg("no migration '%s'", id);
	return NULL;
}

static void is_oid(const struct gm_oid *got, const struct gm_oid *want)
{
	assert_string_equal(gm_oid_hex(&arena, got), gm_oid_hex(&arena, want));
}

static void test_line(void **state)
{
	struct gm_oid t1 = with(NULL, "app.c", "1");
	struct gm_oid t2 = with(&t1, "m/1_a/up.sql", "SELECT 1;");
	struct gm_oid t3 = with(&t2, "app.c", "2");
	struct gm_oid t4 =
		with(&t3, "m/2_b/up.sql", "-- Rollback-Window: 2h\nSELECT 2;");
	struct gm_oid t5 = with(&t4, "m/1_a/down.sql", "SELECT 0;");
	struct gm_oid c1 = commit(&t1, 1, NO_PARENT, NO_PARENT, "app\n");
	struct gm_oid c2 = commit(&t2, 2, &c1, NO_PARENT,
				  "a\n\nMigration-Phase: expand\n"
				  "Rollback-Window: 1h\n"
				  "Rollback-Owner: Cem <c@d>\n");
	struct gm_oid c3 =
		commit(&t3, 3, &c2, NO_PARENT, "app\n\nFeature-Flag: X\n");
	struct gm_oid c4 = commit(&t4, 4, &c3, NO_PARENT,
				  "b\n\nMigration-Phase: contract\n"
				  "Migration-Contracts: 1_a\n");
	struct gm_oid c5 = commit(&t5, 5, &c4, NO_PARENT,
				  "way back\n\nRollback-Window: 9h\n");
	const struct gm_origin *o;

	(void)state;
	roots = root_of("m", "directory");
	history(&c5);
	assert_int_equal(set.n, 2);
	o = of("1_a");
	is_oid(&o->introduced, &c2);
	is_oid(&o->changed, &c5);
	assert_string_equal(o->author, "Ann Lee <ann@example.com>");
	assert_int_equal(o->when, 2);
	assert_int_equal(o->meta.phase, GM_PHASE_EXPAND);
	/* A commit that leaves the up SQL alone says nothing of it. */
	assert_int_equal(o->meta.window, 3600);
	assert_string_equal(o->meta.owner, "Cem <c@d>");
	assert_null(o->meta.flag);
	o = of("2_b");
	is_oid(&o->introduced, &c4);
	is_oid(&o->changed, &c4);
	assert_int_equal(o->meta.phase, GM_PHASE_CONTRACT);
	assert_string_equal(o->meta.contracts, "1_a");
	assert_int_equal(o->meta.window, 7200);
}

static void test_edits(void **state)
{
	struct gm_oid t1 = with(NULL, "m/1_a/up.sql", "SELECT 1;");
	struct gm_oid t2 = with(&t1, "m/1_a/up.sql", "SELECT 2;");
	struct gm_oid c1 = commit(&t1, 1, NO_PARENT, NO_PARENT,
				  "a\n\nMigration-Phase: expand\n"
				  "Rollback-Window: 1h\nFeature-Flag: X\n"
				  "Break-Glass: T\n");
	struct gm_oid c2 = commit(&t2, 2, &c1, NO_PARENT,
				  "a, again\n\nRollback-Window: 2h\n");
	const struct gm_origin *o;

	(void)state;
	roots = root_of("m", "directory");
	history(&c2);
	o = of("1_a");
	is_oid(&o->introduced, &c1);
	is_oid(&o->changed, &c2);
	assert_int_equal(o->meta.phase, GM_PHASE_EXPAND);
	assert_int_equal(o->meta.window, 7200);
	assert_string_equal(o->meta.flag, "X");
	assert_string_equal(o->meta.break_glass, "T");
}

static void test_gone_and_back(void **state)
{
	struct gm_oid t0 = with(NULL, "app.c", "1");
	struct gm_oid t1 = with(&t0, "m/1_a/up.sql", "SELECT 1;");
	struct gm_oid c1 = commit(&t1, 1, NO_PARENT, NO_PARENT,
				  "a\n\nRollback-Window: 1h\n");
	struct gm_oid c2 = commit(&t0, 2, &c1, NO_PARENT, "gone\n");
	struct gm_oid c3 = commit(&t1, 3, &c2, NO_PARENT,
				  "back\n\nMigration-Phase: expand\n");
	const struct gm_origin *o;

	(void)state;
	roots = root_of("m", "directory");
	history(&c3);
	o = of("1_a");
	is_oid(&o->introduced, &c3);
	assert_int_equal(o->when, 3);
	assert_int_equal(o->meta.phase, GM_PHASE_EXPAND);
	assert_int_equal(o->meta.window, 0);
	history(&c2);
	assert_int_equal(set.n, 0);
}

static void test_moved(void **state)
{
	struct gm_oid t1 = with(NULL, "m/b/V1__a.sql", "SELECT 1;");
	struct gm_oid t2 = tree_of("m/a/V1__a.sql");
	struct gm_oid c1 = commit(&t1, 1, NO_PARENT, NO_PARENT, "a\n");
	struct gm_oid c2 = commit(&t2, 2, &c1, NO_PARENT, "moved\n");
	struct gm_oid c3 = commit(&t1, 3, &c2, NO_PARENT, "and back\n");

	(void)state;
	roots = root_of("m", "flyway");
	history(&c3);
	is_oid(&of("V1__a")->introduced, &c1);
	is_oid(&of("V1__a")->changed, &c3);
}

/* A new name takes along what was said under the old one. */
static void test_renamed(void **state)
{
	struct gm_oid t0 = with(NULL, "m/0_z/up.sql", "SELECT 0;");
	struct gm_oid t1 = with(&t0, "m/1_a/up.sql", "SELECT 1;");
	struct gm_oid t2 = with(&t0, "m/2_a/up.sql", "SELECT 1;");
	struct gm_oid t3 =
		with(&t0, "m/3_a/up.sql", "-- Rollback-Window: 3h\nSELECT 3;");
	struct gm_oid t4 = with(&t0, "m/4_b/up.sql", "SELECT 4;");
	struct gm_oid c0 = commit(&t0, 1, NO_PARENT, NO_PARENT, "0\n");
	struct gm_oid c1 = commit(&t1, 2, &c0, NO_PARENT,
				  "a\n\nMigration-Phase: expand\n"
				  "Rollback-Window: 1h\n");
	struct gm_oid c2 = commit(&t2, 3, &c1, NO_PARENT, "renumber\n");
	struct gm_oid c3 = commit(&t3, 4, &c2, NO_PARENT, "and again\n");
	struct gm_oid c4 = commit(&t4, 5, &c3, NO_PARENT, "another\n");

	(void)state;
	roots = root_of("m", "directory");
	history(&c2);
	is_oid(&of("2_a")->introduced, &c1);
	is_oid(&of("2_a")->changed, &c2);
	assert_int_equal(of("2_a")->when, 2);
	assert_int_equal(of("2_a")->meta.phase, GM_PHASE_EXPAND);
	assert_int_equal(of("2_a")->meta.window, 3600);
	/* The same name with other SQL, and other words. */
	history(&c3);
	is_oid(&of("3_a")->introduced, &c1);
	assert_int_equal(of("3_a")->meta.phase, GM_PHASE_EXPAND);
	assert_int_equal(of("3_a")->meta.window, 3 * 3600);
	history(&c4);
	is_oid(&of("4_b")->introduced, &c4);
	assert_int_equal(of("4_b")->meta.phase, GM_PHASE_NONE);
}

/* What a merge takes over from a parent came with that parent. */
static void test_merges(void **state)
{
	struct gm_oid t0 = with(NULL, "app.c", "1");
	struct gm_oid ta = with(&t0, "m/1_a/up.sql", "SELECT 1;");
	struct gm_oid tb = with(&t0, "m/2_b/up.sql", "SELECT 2;");
	struct gm_oid tm = with(&ta, "m/2_b/up.sql", "SELECT 2;");
	struct gm_oid te = with(&tm, "m/3_evil/up.sql", "SELECT 3;");
	struct gm_oid c0 = commit(&t0, 1, NO_PARENT, NO_PARENT, "0\n");
	struct gm_oid ca = commit(&ta, 2, &c0, NO_PARENT,
				  "a\n\nMigration-Phase: expand\n");
	struct gm_oid cb = commit(&tb, 3, &c0, NO_PARENT,
				  "b\n\nMigration-Phase: backfill\n");
	struct gm_oid clean = commit(&tm, 4, &ca, &cb,
				     "Merge\n\nMigration-Phase: contract\n");
	struct gm_oid evil = commit(&te, 4, &ca, &cb,
				    "Merge\n\nMigration-Phase: contract\n");

	(void)state;
	roots = root_of("m", "directory");
	history(&clean);
	is_oid(&of("1_a")->introduced, &ca);
	is_oid(&of("1_a")->changed, &ca);
	assert_int_equal(of("1_a")->meta.phase, GM_PHASE_EXPAND);
	is_oid(&of("2_b")->introduced, &cb);
	assert_int_equal(of("2_b")->meta.phase, GM_PHASE_BACKFILL);
	history(&evil);
	is_oid(&of("2_b")->introduced, &cb);
	is_oid(&of("3_evil")->introduced, &evil);
	assert_int_equal(of("3_evil")->meta.phase, GM_PHASE_CONTRACT);
}

/* One parent deleted it, the other did not, and the merge keeps it. */
static void test_kept_by_merge(void **state)
{
	struct gm_oid t0 = with(NULL, "app.c", "1");
	struct gm_oid t1 = with(&t0, "m/1_a/up.sql", "SELECT 1;");
	struct gm_oid c1 = commit(&t1, 1, NO_PARENT, NO_PARENT, "a\n");
	struct gm_oid c2 = commit(&t0, 2, &c1, NO_PARENT, "gone\n");
	struct gm_oid merge = commit(&t1, 3, &c2, &c1, "Merge\n");

	(void)state;
	roots = root_of("m", "directory");
	history(&merge);
	is_oid(&of("1_a")->introduced, &c1);
}

static void test_groups(void **state)
{
	struct gm_oid t = tree_of("m/1_a/up.sql m/2_b/up.sql n/1_x.up.sql");
	struct gm_oid c = commit(&t, 1, NO_PARENT, NO_PARENT,
				 "all\n\nMigration: 1_a\n"
				 "Migration-Phase: expand\nMigration: 1_x\n"
				 "Migration-Phase: contract\n");
	struct gm_root *second;

	(void)state;
	roots = root_of("m", "directory");
	second = GM_PUSH(&arena, &roots);
	*second = (struct gm_root){ .path = gm_str("n"),
				    .layout = gm_layout_find(
					    gm_str("golang-migrate")) };
	history(&c);
	assert_int_equal(set.n, 3);
	assert_int_equal(of("1_a")->meta.phase, GM_PHASE_EXPAND);
	assert_int_equal(of("2_b")->meta.phase, GM_PHASE_NONE);
	assert_int_equal(of("1_x")->meta.phase, GM_PHASE_CONTRACT);
}

static void test_odd_files(void **state)
{
	struct gm_entry entries[] = {
		{ GM_STR("1_a.up.sql"), blob("-- Rollback-Window: 1h\n"),
		  GM_MODE_LINK },
		{ GM_STR("2_b.up.sql"), { { 9 } }, GM_MODE_GITLINK },
	};
	struct gm_entries list = { entries, 2, 2 };
	struct gm_oid tree, c;

	(void)state;
	assert_ok(gm_tree_write(&tree, repo, &list, &err));
	c = commit(&tree, 1, NO_PARENT, NO_PARENT,
		   "x\n\nMigration-Phase: expand\n");
	roots = root_of("", "golang-migrate");
	history(&c);
	assert_int_equal(set.n, 2);
	assert_int_equal(of("2_b")->meta.phase, GM_PHASE_EXPAND);
	is_oid(&of("1_a")->introduced, &c);
}

static void history_fails(const struct gm_oid *tree, const struct gm_oid *tip)
{
	assert_ok(gm_set_read(&set, &arena, repo, tree, &roots, &err));
	assert_true(set.n > 0);
	assert_int_equal(gm_history_read(&origins, &arena, repo, tip, &roots,
					 &set, &err),
			 -1);
}

static void test_missing_objects(void **state)
{
	struct gm_oid t = tree_of("m/1_a/up.sql");
	struct gm_oid none = { { 1 } };
	struct gm_oid c = commit(&t, 1, &none, NO_PARENT, "orphan\n");
	struct gm_entry entry = { .name = GM_STR("1_a.up.sql"),
				  .mode = GM_MODE_FILE };
	struct gm_entries list = { &entry, 1, 1 };

	(void)state;
	roots = root_of("m", "directory");
	history_fails(&t, &c);
	/* A commit without its tree, and an up SQL that is not there. */
	c = commit(&none, 1, NO_PARENT, NO_PARENT, "no tree\n");
	assert_int_equal(
		gm_history_read(&origins, &arena, repo, &c, &roots, &set, &err),
		-1);
	entry.oid = none;
	assert_ok(gm_tree_write(&t, repo, &list, &err));
	c = commit(&t, 1, NO_PARENT, NO_PARENT, "no blob\n");
	roots = root_of("", "golang-migrate");
	history_fails(&t, &c);
	/* Of nothing, nothing needs to be known. */
	set = (struct gm_set){ 0 };
	assert_ok(gm_history_read(&origins, &arena, repo, &c, &roots, &set,
				  &err));
}

GM_UNIT_MAIN(CASE(test_line), CASE(test_edits), CASE(test_gone_and_back),
	     CASE(test_moved), CASE(test_renamed), CASE(test_merges),
	     CASE(test_kept_by_merge), CASE(test_groups), CASE(test_odd_files),
	     CASE(test_missing_objects))
