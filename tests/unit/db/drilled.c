#include "db/drilled.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

/* Each text in memory of its own, which goes with the arena. */
#define TEXT(a, text) gm_strdup((a), (text))

static struct gm_object *object(struct gm_arena *a, const char *name)
{
	struct gm_object *o = gm_alloc(a, sizeof(*o));

	*o = (struct gm_object){ TEXT(a, "table"), TEXT(a, name), TEXT(a, ""),
				 TEXT(a, "OWNER x") };
	return o;
}

static void add_change(struct gm_changes *c, struct gm_arena *a)
{
	*GM_PUSH(a, c) = (struct gm_change){ object(a, "old"), NULL };
	*GM_PUSH(a, c) =
		(struct gm_change){ object(a, "was"), object(a, "is") };
}

static void fill(struct gm_drilled *d, struct gm_arena *a)
{
	struct gm_drill_check *c = &d->checks[GM_DRILL_DOWN];
	struct gm_seen *seen;

	*d = (struct gm_drilled){ .point = TEXT(a, "gm:1"),
				  .lsn = TEXT(a, "0/1"),
				  .n_stmts = 1 };
	c->why = TEXT(a, "why");
	c->hint = TEXT(a, "hint");
	c->path = TEXT(a, "path");
	add_change(&c->changes, a);
	*GM_PUSH(a, &c->rows) = TEXT(a, "a row");
	add_change(&d->changes, a);
	d->stmts = gm_alloc_n(a, 1, sizeof(*d->stmts));
	d->stmts[0].tag = TEXT(a, "DROP TABLE");
	*GM_PUSH(a, &d->stmts[0].defects) = TEXT(a, "defect");
	seen = &d->stmts[0].seen;
	*GM_PUSH(a, &seen->locks) =
		(struct gm_seen_lock){ TEXT(a, "public.t"), TEXT(a, "SHARE"), 5,
				       1 };
	*GM_PUSH(a, &seen->scans) =
		(struct gm_seen_scan){ TEXT(a, "public.t"), 1, 2 };
	*GM_PUSH(a, &seen->dropped) = TEXT(a, "table public.t");
	*GM_PUSH(a, &seen->added) = TEXT(a, "table public.u");
	*GM_PUSH(a, &d->fill) =
		(struct gm_filled){ TEXT(a, "public.t"), 1, false, NULL };
	*GM_PUSH(a, &d->fill) = (struct gm_filled){ TEXT(a, "public.u"), 0,
						    false, TEXT(a, "none") };
}

static void it_outlives_the_rest(void **state)
{
	struct gm_arena work = GM_ARENA_INIT;
	const struct gm_drill_check *c;
	const struct gm_drill_stmt *stmt;
	struct gm_drilled d, empty = { NULL };

	(void)state;
	fill(&d, &work);
	c = &d.checks[GM_DRILL_DOWN];
	gm_drilled_keep(&d, &arena);
	gm_drilled_keep(&empty, &arena);
	gm_arena_done(&work);
	/* Whatever still points there now points to this. */
	fill(&(struct gm_drilled){ NULL }, &work);
	memset(gm_alloc(&work, 4096), 'x', 4096);
	gm_arena_done(&work);
	assert_string_equal(d.point, "gm:1");
	assert_string_equal(d.lsn, "0/1");
	assert_string_equal(c->why, "why");
	assert_string_equal(c->hint, "hint");
	assert_string_equal(c->path, "path");
	assert_string_equal(c->rows.items[0], "a row");
	assert_int_equal(c->changes.n, 2);
	assert_string_equal(c->changes.items[0].before->name, "old");
	assert_null(c->changes.items[0].after);
	assert_string_equal(d.changes.items[1].after->name, "is");
	assert_string_equal(d.changes.items[1].after->definition, "OWNER x");
	stmt = &d.stmts[0];
	assert_string_equal(stmt->tag, "DROP TABLE");
	assert_string_equal(stmt->defects.items[0], "defect");
	assert_string_equal(stmt->seen.locks.items[0].relation, "public.t");
	assert_string_equal(stmt->seen.locks.items[0].mode, "SHARE");
	assert_string_equal(stmt->seen.scans.items[0].relation, "public.t");
	assert_string_equal(stmt->seen.dropped.items[0], "table public.t");
	assert_string_equal(stmt->seen.added.items[0], "table public.u");
	assert_null(d.fill.items[0].why);
	assert_string_equal(d.fill.items[1].why, "none");
	/* And can grow. */
	*GM_PUSH(&arena, &d.fill) = (struct gm_filled){ "public.v", 0, 0, "" };
	assert_string_equal(d.fill.items[1].table, "public.u");
}

GM_UNIT_MAIN(cmocka_unit_test_teardown(it_outlives_the_rest, finish))
