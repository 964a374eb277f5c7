/* check/treereader: what trees have at the migrations directories. */
#include <signal.h>

#include "check/fixture.h"

#include "check/treereader.h"

/* More than one batch, so that there is a twin. */
#define MANY (GM_TREE_BATCH + GM_TREE_BATCH / 2)

struct trees {
	struct fixture f;
	struct gm_roots roots;
	struct gm_root root;
	struct gm_oid none, one, two;
	struct gm_treereader reader;
	struct gm_runs runs;
};

static void start(struct trees *t)
{
	static const struct gm_oid zero;
	struct gm_root root = { .path = GM_STR("migrations") };

	memset(t, 0, sizeof(*t));
	fixture_start(&t->f);
	t->root = root;
	t->roots = (struct gm_roots){ .items = &t->root, .n = 1, .cap = 1 };
	t->none = fixture_tree(
		&t->f, &zero, (const struct put[]){ { "app", "1", 0 }, { 0 } });
	t->one = fixture_tree(
		&t->f, &t->none,
		(const struct put[]){ { "migrations/1_a/up.sql", "1", 0 },
				      { 0 } });
	t->two = fixture_tree(
		&t->f, &t->one,
		(const struct put[]){ { "migrations/2_b/up.sql", "2", 0 },
				      { "app", "2", 0 },
				      { 0 } });
	gm_treereader_start(&t->reader, t->f.repo, &t->roots);
}

static void done(struct trees *t)
{
	gm_treereader_done(&t->reader);
	fixture_done(&t->f);
}

static void add(struct trees *t, size_t n, const struct gm_oid *tree)
{
	while (n--)
		gm_treereader_add(&t->reader, tree);
}

static bool finish(struct trees *t)
{
	return gm_treereader_finish(&t->runs, &t->f.arena, &t->reader);
}

static void states(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid lost = { { 1 } };
	struct gm_entry at;
	struct gm_state now_;
	struct trees t;

	(void)state;
	start(&t);
	assert_ok(gm_states_read(&now_, t.f.repo, &t.roots, &t.none, &err));
	assert_int_equal(now_.mode, 0);
	assert_ok(gm_states_read(&now_, t.f.repo, &t.roots, &t.one, &err));
	assert_int_equal(gm_tree_find(&at, &t.f.arena, t.f.repo, &t.one,
				      gm_str("migrations"), &err),
			 1);
	assert_true(gm_oid_eq(&now_.oid, &at.oid));
	assert_int_equal(now_.mode, GM_MODE_TREE);
	assert_int_equal(gm_states_read(&now_, t.f.repo, &t.roots, &lost, &err),
			 -1);
	assert_int_equal(err.code, GM_EGIT);
	done(&t);
}

/* Too few for a twin: the caller reads them. */
static void few(void **state)
{
	struct trees t;

	(void)state;
	start(&t);
	add(&t, GM_TREE_BATCH - 1, &t.one);
	assert_int_equal(t.reader.twin.pid, 0);
	assert_false(finish(&t));
	done(&t);
}

static void runs(void **state)
{
	const struct gm_run *run;
	struct trees t;

	(void)state;
	start(&t);
	add(&t, MANY, &t.two);
	add(&t, 3, &t.one);
	add(&t, 2, &t.none);
	assert_true(t.reader.twin.pid > 0);
	assert_true(finish(&t));
	assert_int_equal(t.runs.n, 3);
	run = t.runs.items;
	assert_int_equal(run[0].n, MANY);
	assert_int_equal(run[1].n, 3);
	assert_int_equal(run[2].n, 2);
	assert_int_equal(run[0].states->mode, GM_MODE_TREE);
	assert_int_equal(run[2].states->mode, 0);
	assert_false(gm_oid_eq(&run[0].states->oid, &run[1].states->oid));
	/* Each against what is behind it. */
	assert_int_equal(run[0].changes->n, 2);
	assert_str(run[0].changes->items[0].path, "app");
	assert_str(run[0].changes->items[1].path, "migrations/2_b/up.sql");
	assert_int_equal(run[0].changes->items[0].old_mode, GM_MODE_FILE);
	assert_int_equal(run[0].changes->items[1].old_mode, 0);
	assert_int_equal(run[1].changes->n, 1);
	assert_str(run[1].changes->items[0].path, "migrations/1_a/up.sql");
	assert_int_equal(run[2].changes->n, 1);
	assert_str(run[2].changes->items[0].path, "app");
	done(&t);
}

/* Many changes are left to whoever needs them. */
static void large(void **state)
{
	struct put puts[GM_TREE_CHANGES + 2] = { 0 };
	struct gm_oid more;
	struct trees t;

	(void)state;
	start(&t);
	for (size_t i = 0; i <= GM_TREE_CHANGES; i++)
		puts[i] = (struct put){ gm_printf(&t.f.arena,
						  "migrations/3_%zu/up.sql", i),
					"3", 0 };
	more = fixture_tree(&t.f, &t.two, puts);
	add(&t, MANY, &more);
	add(&t, 1, &t.two);
	assert_true(finish(&t));
	assert_int_equal(t.runs.n, 2);
	assert_null(t.runs.items[0].changes);
	assert_non_null(t.runs.items[1].changes);
	done(&t);
}

/* What cannot be read, and a twin that is gone: nobody has read them. */
static void damage(void **state)
{
	struct gm_oid lost = { { 1 } };
	struct trees t;

	(void)state;
	start(&t);
	add(&t, MANY, &t.one);
	add(&t, 1, &lost);
	assert_false(finish(&t));
	gm_treereader_done(&t.reader);
	gm_treereader_start(&t.reader, t.f.repo, &t.roots);
	add(&t, MANY, &t.one);
	kill(t.reader.twin.pid, SIGKILL);
	add(&t, MANY, &t.one);
	assert_false(finish(&t));
	done(&t);
}

GM_UNIT_MAIN(cmocka_unit_test(states), cmocka_unit_test(few),
	     cmocka_unit_test(runs), cmocka_unit_test(large),
	     cmocka_unit_test(damage))
