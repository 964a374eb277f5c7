#include "db/sums.h"

#include <string.h>

#include "base/buf.h"
#include "base/embed.h"

/* A row of more columns than this cannot be made into one value. */
#define MAX_ROW 1600

/* The sum of a text over all rows, independent of their order. */
static void sum_of(struct gm_buf *b, const char *text)
{
	gm_buf_printf(b,
		      "coalesce(pg_catalog.sum(pg_catalog.hashtextextended(%s,"
		      " 0)::pg_catalog.numeric), 0)",
		      text);
}

static int read_table(struct gm_sum *out, struct gm_arena *a, struct gm_conn *c,
		      const char *table, const struct gm_strings *columns,
		      struct gm_err *err)
{
	struct gm_buf sql = gm_buf(a), row = gm_buf(a);
	struct gm_rows r;

	gm_buf_puts(&row, "ROW(");
	for (size_t i = 0; i < columns->n; i++)
		gm_buf_printf(&row, "%s%s", i ? ", " : "", columns->items[i]);
	gm_buf_puts(&row, ")::pg_catalog.text");
	gm_buf_puts(&sql, "SELECT pg_catalog.count(*), ");
	sum_of(&sql, columns->n < MAX_ROW ? row.ptr : "''");
	for (size_t i = 0; i < columns->n && columns->n < MAX_ROW; i++) {
		gm_buf_puts(&sql, ", ");
		sum_of(&sql, gm_printf(a, "ROW(%s)::pg_catalog.text",
				       columns->items[i]));
	}
	gm_buf_printf(&sql, " FROM ONLY %s", table);
	if (gm_conn_row(&r, a, c, sql.ptr, NULL, 0, err) < 0)
		return gm_fail_in(err, "cannot read the rows of %s", table);
	*out = (struct gm_sum){ .table = table,
				.rows = gm_cell_int(&r, 0, 0),
				.sum = gm_cell(&r, 0, 1),
				.n = r.columns - 2 };
	out->columns = gm_alloc_n(a, out->n, sizeof(*out->columns));
	for (size_t i = 0; i < out->n; i++)
		out->columns[i] =
			(struct gm_sum_column){ columns->items[i],
						gm_cell(&r, 0, i + 2) };
	return 0;
}

int gm_sums_read(struct gm_sums *out, struct gm_arena *a, struct gm_conn *c,
		 const char *without, struct gm_err *err)
{
	const char *const params[] = { without ? without : "" };
	struct gm_sums sums = { NULL };
	struct gm_rows r;

	if (gm_conn_exec(&r, a, c,
			 gm_str_dup(a, gm_embed("sql/sums_columns.sql")),
			 params, 1, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++) {
		struct gm_strings columns = { NULL };
		struct gm_sum *sum;

		gm_array_parse(&columns, a, gm_cell(&r, i, 1));
		sum = GM_PUSH(a, &sums);
		if (read_table(sum, a, c, gm_cell(&r, i, 0), &columns, err) < 0)
			return -1;
		sum->logged = gm_cell_bool(&r, i, 2);
	}
	*out = sums;
	return 0;
}

static const struct gm_sum *find(const struct gm_sums *s, const char *table)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->items[i].table, table))
			return &s->items[i];
	return NULL;
}

static const struct gm_sum_column *column(const struct gm_sum *s,
					  const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->columns[i].name, name))
			return &s->columns[i];
	return NULL;
}

static void add(struct gm_strings *out, struct gm_arena *a, const char *line)
{
	*GM_PUSH(a, out) = line;
}

static bool same_columns(const struct gm_sum *a, const struct gm_sum *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->columns[i].name, b->columns[i].name))
			return false;
	return true;
}

static void compare_table(struct gm_strings *out, struct gm_arena *a,
			  const struct gm_sum *before,
			  const struct gm_sum *after)
{
	size_t said = out->n;

	for (size_t i = 0; i < before->n; i++)
		if (!column(after, before->columns[i].name))
			add(out, a,
			    gm_printf(a, "%s.%s: the column is gone",
				      before->table, before->columns[i].name));
	if (before->rows != after->rows) {
		add(out, a,
		    gm_printf(a, "%s: %lld rows instead of %lld", before->table,
			      (long long)after->rows, (long long)before->rows));
		return;
	}
	for (size_t i = 0; i < before->n; i++) {
		const struct gm_sum_column *was = &before->columns[i];
		const struct gm_sum_column *is = column(after, was->name);

		if (is && strcmp(was->sum, is->sum))
			add(out, a,
			    gm_printf(a, "%s.%s: the values are others",
				      before->table, was->name));
	}
	/* Each column has its values, but they stand in other rows. */
	if (out->n == said && same_columns(before, after) &&
	    strcmp(before->sum, after->sum))
		add(out, a,
		    gm_printf(a, "%s: the rows are others", before->table));
}

void gm_sums_compare(struct gm_strings *out, struct gm_arena *a,
		     const struct gm_sums *before, const struct gm_sums *after)
{
	*out = (struct gm_strings){ NULL };
	for (size_t i = 0; i < before->n; i++) {
		const struct gm_sum *was = &before->items[i];
		const struct gm_sum *is = find(after, was->table);

		if (is)
			compare_table(out, a, was, is);
		else
			add(out, a,
			    gm_printf(a, "%s: the table is gone", was->table));
	}
}

struct gm_sums gm_sums_logged(struct gm_arena *a, const struct gm_sums *s)
{
	struct gm_sums logged = { NULL };

	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].logged)
			*GM_PUSH(a, &logged) = s->items[i];
	return logged;
}

int64_t gm_sums_rows(const struct gm_sums *s)
{
	int64_t rows = 0;

	for (size_t i = 0; i < s->n; i++)
		rows += s->items[i].rows;
	return rows;
}
