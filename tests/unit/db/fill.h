/*
 * tests/unit/db/fill: databases that get rows.
 */
#ifndef GM_TESTS_UNIT_DB_FILL_H
#define GM_TESTS_UNIT_DB_FILL_H

#include "db/rows.h"
#include "place.h"

/* A connection to a new database, in which `sql` was run. */
static GM_UNUSED struct gm_conn *fresh(const char *name, const char *sql)
{
	struct gm_conn *c = place_connect("postgres");

	assert_script(c, gm_printf(&arena, "CREATE DATABASE %s", name));
	gm_conn_close(&c);
	c = place_connect(name);
	assert_script(c, sql);
	return c;
}

static struct gm_fill GM_UNUSED fill(struct gm_conn *c, int64_t rows)
{
	const struct gm_fill_options o = { .rows = rows,
					   .limit_ms = 60000,
					   .without = "git_migrate" };
	struct gm_fill f;

	assert_ok(gm_rows_fill(&f, &arena, c, &o, &err));
	return f;
}

static GM_UNUSED const struct gm_filled *of(const struct gm_fill *f,
					    const char *table)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->items[i].table, table))
			return &f->items[i];
	fail_msg("there is no %s", table);
	return NULL;
}

static int64_t GM_UNUSED number(struct gm_conn *c, const char *sql)
{
	struct gm_rows r;

	assert_ok(gm_conn_row(&r, &arena, c, sql, NULL, 0, &err));
	return gm_cell_int(&r, 0, 0);
}

static void GM_UNUSED all_of_them(const struct gm_fill *f, int64_t rows)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->items[i].why)
			fail_msg("%s: %s", f->items[i].table, f->items[i].why);
		assert_int_equal(f->items[i].rows, rows);
	}
}

#endif
