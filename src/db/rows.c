#include "db/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "db/filler.h"

struct tables {
	struct gm_fill_table *items;
	size_t n;
	struct gm_map by_oid;
};

static int query(struct gm_rows *r, struct gm_filler *f, const char *name,
		 const char *const *params, size_t n, struct gm_err *err)
{
	return gm_conn_exec(r, f->arena, f->conn,
			    gm_str_dup(f->arena, gm_embed(name)), params, n,
			    err);
}

static int read_tables(struct tables *out, struct gm_filler *f,
		       struct gm_fill *fill, struct gm_err *err)
{
	const char *without = f->options->without;
	const char *const params[] = { without ? without : "" };
	struct gm_arena *a = f->arena;
	struct gm_rows r;

	if (query(&r, f, "sql/rows_tables.sql", params, 1, err) < 0)
		return -1;
	*out = (struct tables){ .items =
					gm_alloc_n(a, r.n, sizeof(*out->items)),
				.n = r.n,
				.by_oid = gm_map(a) };
	fill->items = gm_alloc_n(a, r.n, sizeof(*fill->items));
	fill->n = fill->cap = r.n;
	for (size_t i = 0; i < r.n; i++) {
		struct gm_fill_table *t = &out->items[i];

		t->oid = gm_cell(&r, i, 0);
		t->name = gm_cell(&r, i, 1);
		t->filled = &fill->items[i];
		t->filled->table = t->name;
		if (*gm_cell(&r, i, 2))
			*GM_PUSH(a, &t->checks) = gm_cell(&r, i, 2);
		gm_map_set(&out->by_oid, gm_str(t->oid), t);
	}
	return 0;
}

static int read_columns(struct tables *all, struct gm_filler *f,
			struct gm_err *err)
{
	struct gm_rows r;

	if (query(&r, f, "sql/rows_columns.sql", NULL, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++) {
		struct gm_fill_table *t =
			gm_map_get(&all->by_oid, gm_str(gm_cell(&r, i, 0)));
		struct gm_fill_column *c;

		if (!t)
			continue;
		c = GM_PUSH(f->arena, &t->columns);
		c->number = gm_cell_int(&r, i, 1);
		c->name = gm_cell(&r, i, 2);
		c->value = (struct gm_valued){ c->name, gm_cell(&r, i, 3),
					       gm_cell_int(&r, i, 4) };
		c->full = gm_cell(&r, i, 5);
		c->nullable = gm_cell_bool(&r, i, 6);
		c->automatic = gm_cell_bool(&r, i, 7);
		c->given = gm_cell_bool(&r, i, 8);
		c->plain = gm_cell(&r, i, 9);
		gm_array_parse(&c->domains, f->arena, gm_cell(&r, i, 10));
	}
	return 0;
}

static void add_ref(struct gm_fill_table *t, struct gm_arena *a,
		    const struct gm_rows *r, size_t row)
{
	struct gm_strings numbers = { NULL };
	struct gm_fill_ref ref = { .other = gm_cell(r, row, 4),
				   .name = gm_cell(r, row, 5) };

	gm_array_parse(&numbers, a, gm_cell(r, row, 3));
	gm_array_parse(&ref.keys, a, gm_cell(r, row, 6));
	if (!numbers.n || numbers.n != ref.keys.n)
		return;
	ref.columns = gm_alloc_n(a, numbers.n, sizeof(*ref.columns));
	for (size_t i = 0; i < numbers.n; i++)
		for (size_t k = 0; k < t->columns.n; k++)
			if (!strcmp(gm_printf(a, "%lld",
					      (long long)t->columns.items[k]
						      .number),
				    numbers.items[i]))
				ref.columns[ref.n++] = k;
	if (ref.n == numbers.n)
		*GM_PUSH(a, &t->refs) = ref;
}

static int read_constraints(struct tables *all, struct gm_filler *f,
			    struct gm_err *err)
{
	struct gm_rows r;

	if (query(&r, f, "sql/rows_constraints.sql", NULL, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++) {
		struct gm_fill_table *t =
			gm_map_get(&all->by_oid, gm_str(gm_cell(&r, i, 0)));

		if (t && *gm_cell(&r, i, 1) == 'f')
			add_ref(t, f->arena, &r, i);
		else if (t)
			*GM_PUSH(f->arena, &t->checks) = gm_cell(&r, i, 2);
	}
	return 0;
}

/* Rows that are there, at most as many as are wanted. */
static int count(int64_t *rows, struct gm_filler *f, const char *table,
		 bool only, struct gm_err *err)
{
	struct gm_rows r;

	if (gm_conn_row(&r, f->arena, f->conn,
			gm_printf(f->arena,
				  "SELECT pg_catalog.count(*) FROM (SELECT 1"
				  " FROM %s%s LIMIT %lld) x",
				  only ? "ONLY " : "", table,
				  (long long)f->options->rows),
			NULL, 0, err) < 0)
		return -1;
	*rows = gm_cell_int(&r, 0, 0);
	return 0;
}

/* Can what it refers to be NULL for now? */
static bool may_wait(const struct gm_fill_table *t,
		     const struct gm_fill_ref *ref)
{
	for (size_t i = 0; i < ref->n; i++)
		if (t->columns.items[ref->columns[i]].nullable)
			return true;
	return false;
}

/*
 * Is all there that it refers to?  `patience` 2: all; 1: all that cannot be
 * NULL; 0: whatever there is.
 */
static int ready(struct gm_filler *f, const struct tables *all,
		 struct gm_fill_table *t, int patience, struct gm_err *err)
{
	for (size_t i = 0; i < t->refs.n; i++) {
		struct gm_fill_ref *ref = &t->refs.items[i];
		const struct gm_fill_table *other =
			gm_map_get(&all->by_oid, gm_str(ref->other));

		if (other == t)
			continue;
		if (count(&ref->rows, f, ref->name, false, err) < 0)
			return -1;
		if (ref->rows || (other && other->done) || !patience ||
		    (patience == 1 && may_wait(t, ref)))
			continue;
		return 0;
	}
	return 1;
}

static int fill(struct gm_filler *f, struct gm_fill_table *t,
		struct gm_err *err)
{
	t->done = true;
	if (count(&t->filled->rows, f, t->name, true, err) < 0)
		return -1;
	t->filled->old = t->filled->rows > 0;
	if (t->filled->old)
		return 0;
	return gm_fill_table(f, t, err);
}

static int fill_all(struct gm_filler *f, struct tables *all, struct gm_err *err)
{
	int patience = 2;

	for (;;) {
		size_t filled = 0, left = 0;

		for (size_t i = 0; i < all->n; i++) {
			struct gm_fill_table *t = &all->items[i];
			int now;

			if (t->done)
				continue;
			now = ready(f, all, t, patience, err);
			if (now < 0 || (now && fill(f, t, err) < 0))
				return -1;
			filled += now > 0;
			left += now == 0;
		}
		if (!left)
			return 0;
		/* What waited for this one may have its turn now. */
		patience = filled ? 2 : patience - 1;
	}
}

int gm_rows_fill(struct gm_fill *out, struct gm_arena *a, struct gm_conn *c,
		 const struct gm_fill_options *o, struct gm_err *err)
{
	struct gm_filler f = { .arena = a, .conn = c, .options = o };
	const struct gm_watch w = { .limit_ms = o->limit_ms };
	struct gm_fill filled = { NULL };
	struct tables all;
	int result;

	gm_conn_watch(c, &w);
	result = gm_types_read(&f.types, a, c, err);
	if (!result)
		result = read_tables(&all, &f, &filled, err);
	if (!result)
		result = read_columns(&all, &f, err);
	if (!result)
		result = read_constraints(&all, &f, err);
	if (!result)
		result = fill_all(&f, &all, err);
	gm_conn_watch(c, NULL);
	if (!result)
		*out = filled;
	return result;
}
