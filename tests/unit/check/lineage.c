/* check/lineage: the commits of a whole history, small and in order. */
#include "check/fixture.h"

#include "check/lineage.h"

#define UP(id)                                                                 \
	{                                                                      \
		"migrations/" id "/up.sql", "SELECT 1;"                        \
	}

/*
 *	a --- b --- m --- t	b and s bring migrations, and m merges s;
 *	 \         /		t speaks, and touches nothing
 *	  s ----- x
 */
struct history {
	struct fixture f;
	struct gm_oid a, b, s, x, m, t;
};

static void start(struct history *h)
{
	struct fixture *f = &h->f;

	fixture_start(f);
	h->a = COMMIT(f, NULL, "a\n", { "app", "1" });
	h->b = COMMIT(f, &h->a, "b\n", UP("1_b"));
	h->s = COMMIT(f, &h->a, "s\n", UP("2_s"));
	h->x = COMMIT(f, &h->s, "x\n", { "app", "2" });
	h->m = fixture_commit(
		f, (const struct gm_oid *const[]){ &h->b, &h->x, NULL }, 2,
		"m\n",
		(const struct put[]){ UP("2_s"), { "app", "2", 0 }, { 0 } });
	h->t = fixture_commit(f, (const struct gm_oid *const[]){ &h->m, NULL },
			      3, "t\n\nMigration-Requires: 1_b\n",
			      (const struct put[]){ { "app", "3", 0 }, { 0 } });
	fixture_judged(f, &h->t);
}

static int read_all(struct gm_lineage *l, struct history *h, struct gm_err *err)
{
	return gm_lineage_read(l, &h->f.arena, h->f.repo, &h->f.cx.roots, &h->t,
			       err);
}

static void the_line(void **state)
{
	struct gm_lineage l = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct history h;
	const struct gm_oid *line[] = { &h.t, &h.m, &h.b, &h.a };

	(void)state;
	start(&h);
	assert_ok(read_all(&l, &h, &err));
	assert_int_equal(l.line.n, GM_COUNT(line));
	for (size_t i = 0; i < GM_COUNT(line); i++) {
		const struct gm_node *n = l.line.items[i];

		assert_true(gm_oid_eq(&n->oid, line[i]));
		assert_int_equal(n->speaks, i == 0);
		assert_int_equal(n->n_parents, i == 1 ? 2 : i < 3);
		assert_non_null(n->states);
	}
	assert_int_equal(l.line.items[0]->time - l.line.items[1]->time, 3600);
	/* Equal states are kept once. */
	assert_ptr_equal(l.line.items[0]->states, l.line.items[1]->states);
	assert_int_equal(l.line.items[0]->states->mode, GM_MODE_TREE);
	assert_int_equal(l.line.items[3]->states->mode, 0);
	gm_lineage_done(&l);
	fixture_done(&h.f);
}

/* Parents before children, each once, and the tip of the landing last. */
static void landings(void **state)
{
	static const struct {
		const char *subjects, *touching;
	} expected[] = {
		{ "a", "" }, { "b", "b" }, { "sxm", "sm" }, { "t", "" }
	};
	struct gm_lineage l = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct history h;

	(void)state;
	start(&h);
	assert_ok(read_all(&l, &h, &err));
	for (size_t i = 0; i < GM_COUNT(expected); i++) {
		const char *subjects = "", *touching = "";
		struct gm_nodes nodes = { 0 };
		struct gm_commit c;

		assert_ok(gm_lineage_take(&nodes, &h.f.arena, &l,
					  l.line.items[3 - i], &err));
		for (size_t k = 0; k < nodes.n; k++) {
			char name;

			assert_ok(gm_commit_read(&c, &h.f.arena, h.f.repo,
						 &nodes.items[k]->oid, &err));
			name = c.message.ptr[0];
			subjects =
				gm_printf(&h.f.arena, "%s%c", subjects, name);
			if (gm_lineage_touches(&l, nodes.items[k]))
				touching = gm_printf(&h.f.arena, "%s%c",
						     touching, name);
		}
		assert_string_equal(subjects, expected[i].subjects);
		assert_string_equal(touching, expected[i].touching);
	}
	gm_lineage_done(&l);
	fixture_done(&h.f);
}

/* On the line and beside it: what is missing is an error. */
static void damage(void **state)
{
	struct gm_lineage l = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_nodes nodes = { 0 };
	struct history h;
	struct gm_oid lost;

	(void)state;
	start(&h);
	fixture_lose(&h.f, &h.s);
	assert_ok(read_all(&l, &h, &err));
	l.line.items[2]->taken = true;
	assert_int_equal(
		gm_lineage_take(&nodes, &h.f.arena, &l, l.line.items[1], &err),
		-1);
	assert_int_equal(err.code, GM_EGIT);
	gm_lineage_done(&l);
	err = (struct gm_err)GM_ERR_INIT;
	lost = fixture_at(&h.f, &h.b, "");
	fixture_lose(&h.f, &lost);
	assert_int_equal(read_all(&l, &h, &err), -1);
	assert_non_null(strstr(err.msg, "commit "));
	gm_lineage_done(&l);
	err = (struct gm_err)GM_ERR_INIT;
	fixture_lose(&h.f, &h.a);
	assert_int_equal(read_all(&l, &h, &err), -1);
	assert_int_equal(err.code, GM_EGIT);
	gm_lineage_done(&l);
	fixture_lose(&h.f, &h.t);
	assert_int_equal(read_all(&l, &h, &err), -1);
	gm_lineage_done(&l);
	fixture_done(&h.f);
}

/* However long the line is: the one commit that touches is found. */
static void long_lines(void **state)
{
	static const int n = 1100, at = 700;
	struct gm_lineage l = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct fixture f;
	struct gm_oid tip, before = { { 0 } };

	(void)state;
	fixture_start(&f);
	tip = COMMIT(&f, NULL, "Start\n", { "app", "1" });
	for (int i = 1; i < n; i++) {
		const struct put puts[] = { UP("1_a"), { 0 } };

		before = tip;
		tip = fixture_commit(
			&f, (const struct gm_oid *const[]){ &before, NULL }, i,
			"Next\n", i == at ? puts : &puts[1]);
	}
	fixture_judged(&f, &tip);
	assert_ok(
		gm_lineage_read(&l, &f.arena, f.repo, &f.cx.roots, &tip, &err));
	assert_int_equal(l.line.n, n);
	for (int i = 1; i < n; i++) {
		struct gm_nodes nodes = { 0 };
		struct gm_node *node = l.line.items[n - 1 - i];

		assert_ok(gm_lineage_take(&nodes, &f.arena, &l, node, &err));
		assert_int_equal(gm_lineage_touches(&l, node), i == at);
		assert_int_equal(node->states->mode, i < at ? 0 : GM_MODE_TREE);
	}
	gm_lineage_done(&l);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(the_line), cmocka_unit_test(landings),
	     cmocka_unit_test(damage), cmocka_unit_test(long_lines))
