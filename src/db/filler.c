#include "db/filler.h"

#include <string.h>

#include "db/pool.h"

/* Every so many rows have NULL where it is allowed. */
#define NULL_EVERY 10

struct plan {
	struct gm_filler *f;
	struct gm_fill_table *t;
	struct gm_pools pools;
};

static bool lost(const struct gm_filler *f)
{
	return !gm_conn_alive(f->conn);
}

/* ---- who gets what ---- */

/* The longest first: it may hold another. */
static struct gm_fill_ref *next_ref(struct gm_fill_table *t)
{
	struct gm_fill_ref *best = NULL;

	for (size_t i = 0; i < t->refs.n; i++)
		if (!t->refs.items[i].used &&
		    (!best || t->refs.items[i].n > best->n))
			best = &t->refs.items[i];
	return best;
}

static bool all_nullable(const struct gm_fill_table *t,
			 const struct gm_fill_ref *ref)
{
	for (size_t i = 0; i < ref->n; i++)
		if (!t->columns.items[ref->columns[i]].nullable)
			return false;
	return true;
}

static void settle_ref(struct plan *p, struct gm_fill_ref *ref)
{
	struct gm_fill_table *t = p->t;
	bool self = !strcmp(ref->other, t->oid);

	for (size_t i = 0; i < ref->n; i++)
		if (t->columns.items[ref->columns[i]].how != GM_FILL_VALUE)
			return;
	for (size_t i = 0; i < ref->n; i++) {
		struct gm_fill_column *c = &t->columns.items[ref->columns[i]];

		if (!self && ref->rows) {
			c->how = GM_FILL_REF;
			c->group = (size_t)(ref - t->refs.items);
		} else if (c->nullable) {
			c->how = GM_FILL_NULL;
		} else if (!self && !t->filled->why) {
			t->filled->why =
				gm_printf(p->f->arena,
					  "there are no rows in %s to refer to",
					  ref->name);
		}
	}
}

static int settle(struct plan *p, struct gm_err *err)
{
	struct gm_fill_table *t = p->t;
	struct gm_fill_ref *ref;
	struct gm_buf value;

	for (size_t i = 0; i < t->columns.n; i++)
		t->columns.items[i].how = t->columns.items[i].automatic
						  ? GM_FILL_AUTO
						  : GM_FILL_VALUE;
	for (; (ref = next_ref(t)); settle_ref(p, ref))
		ref->used = true;
	for (size_t i = 0; i < t->columns.n; i++) {
		struct gm_fill_column *c = &t->columns.items[i];

		value = gm_buf(p->f->arena);
		if (c->how != GM_FILL_VALUE ||
		    gm_value(&value, &p->f->types, &c->value, "1"))
			continue;
		c->how = c->given      ? GM_FILL_AUTO
			 : c->nullable ? GM_FILL_NULL
				       : GM_FILL_NONE;
		if (c->how == GM_FILL_NONE)
			t->filled->why = gm_printf(
				p->f->arena,
				"no value is known for the type %s of %s",
				c->full, c->name);
	}
	for (size_t i = 0; i < t->checks.n; i++)
		gm_pools_add(&p->pools, t->checks.items[i]);
	for (size_t i = 0; i < t->columns.n; i++) {
		const struct gm_fill_column *c = &t->columns.items[i];

		for (size_t k = 0; k < c->domains.n; k++)
			gm_pools_add(&p->pools,
				     gm_pool_check(p->f->arena,
						   c->domains.items[k],
						   c->name));
	}
	return gm_pools_settle(&p->pools, err);
}

/* ---- the statement ---- */

static void write_column(struct gm_buf *b, struct plan *p,
			 const struct gm_fill_column *c)
{
	bool ref = c->how == GM_FILL_REF;
	bool gaps = ref ? all_nullable(p->t, &p->t->refs.items[c->group])
			: c->how == GM_FILL_VALUE && c->nullable;

	gm_buf_puts(b, "(");
	if (gaps)
		gm_buf_printf(b, "CASE WHEN g.i %% %d = 0 THEN NULL ELSE ",
			      NULL_EVERY);
	if (c->how == GM_FILL_NULL)
		gm_buf_puts(b, "NULL");
	else if (c->how == GM_FILL_VALUE)
		(void)!gm_value(b, &p->f->types, &c->value, "g.i");
	else
		gm_buf_printf(b, "%c%zu.%s", ref ? 'r' : 'p', c->group,
			      c->name);
	gm_buf_printf(b, "%s)::%s AS %s", gaps ? " END" : "", c->full, c->name);
}

/*
 * The rows to refer to, numbered from 0, under the names of the columns.  The
 * first reference goes round its `round` rows; with each round the others are
 * one ahead (or `turn`), so that all pairs come.
 */
static void write_ref(struct gm_buf *b, struct plan *p, size_t at, size_t turn,
		      int64_t round)
{
	const struct gm_fill_ref *ref = &p->t->refs.items[at];

	gm_buf_puts(b, " LEFT JOIN (SELECT row_number() OVER () - 1 AS gm_n,"
		       " x.* FROM (SELECT ");
	for (size_t i = 0; i < ref->n; i++)
		gm_buf_printf(b, "%s%s AS %s", i ? ", " : "",
			      ref->keys.items[i],
			      p->t->columns.items[ref->columns[i]].name);
	gm_buf_printf(b,
		      " FROM %s LIMIT %lld) x) r%zu ON r%zu.gm_n = ((g.i - 1)"
		      " %% %lld + %zu * ((g.i - 1) / %lld)) %% %lld",
		      ref->name, (long long)ref->rows, at, at, (long long)round,
		      turn, (long long)round, (long long)ref->rows);
}

static bool is_used(const struct gm_fill_table *t, size_t ref)
{
	for (size_t i = 0; i < t->columns.n; i++)
		if (t->columns.items[i].how == GM_FILL_REF &&
		    t->columns.items[i].group == ref)
			return true;
	return false;
}

static const char *insert(struct plan *p, bool conflict)
{
	struct gm_fill_table *t = p->t;
	struct gm_buf b = gm_buf(p->f->arena), names = gm_buf(p->f->arena);
	size_t turn = 0;
	int64_t round = 0;

	for (size_t i = 0; i < t->columns.n; i++)
		if (t->columns.items[i].how != GM_FILL_AUTO)
			gm_buf_printf(&names, "%s%s", names.len ? ", " : "",
				      t->columns.items[i].name);
	if (!names.len)
		return gm_printf(p->f->arena,
				 "INSERT INTO %s SELECT FROM"
				 " generate_series(1::int8, %lld)",
				 t->name, (long long)p->f->options->rows);
	gm_buf_printf(&b, "INSERT INTO %s (%s) SELECT %s FROM (SELECT ",
		      t->name, names.ptr, names.ptr);
	names.len = 0;
	for (size_t i = 0; i < t->columns.n; i++)
		if (t->columns.items[i].how != GM_FILL_AUTO) {
			gm_buf_puts(&b, names.len++ ? ", " : "");
			write_column(&b, p, &t->columns.items[i]);
		}
	gm_buf_printf(&b, " FROM generate_series(1::int8, %lld) g (i)",
		      (long long)p->f->options->rows);
	for (size_t i = 0; i < t->refs.n; i++) {
		if (!is_used(t, i))
			continue;
		if (!turn)
			round = t->refs.items[i].rows;
		write_ref(&b, p, i, turn++, round);
	}
	for (size_t i = 0; i < p->pools.n; i++)
		if (p->pools.items[i].n)
			gm_buf_printf(&b,
				      " LEFT JOIN (%s) p%zu ON p%zu.gm_n ="
				      " (g.i - 1) %% %lld",
				      p->pools.items[i].sql, i, i,
				      (long long)p->pools.items[i].rows);
	gm_buf_puts(&b, ") s WHERE true");
	for (size_t i = 0; i < p->pools.late.n; i++)
		gm_buf_printf(&b, " AND (%s) IS NOT FALSE",
			      p->pools.late.items[i]);
	if (conflict)
		gm_buf_puts(&b, " ON CONFLICT DO NOTHING");
	return b.ptr;
}

static int run(struct plan *p, const char *sql, struct gm_err *err)
{
	if (gm_conn_exec(NULL, NULL, p->f->conn, sql, NULL, 0, err) < 0)
		return -1;
	p->t->filled->rows = (int64_t)gm_conn_affected(p->f->conn);
	return 0;
}

/* Once more, with those triggers off that are the owner's to switch. */
static int without_triggers(struct plan *p, const char *sql, struct gm_err *err)
{
	struct gm_arena *a = p->f->arena;
	struct gm_err ignored = GM_ERR_INIT;
	const char *name = p->t->name;
	struct gm_rows r;

	if (gm_conn_exec(&r, a, p->f->conn,
			 "SELECT pg_catalog.quote_ident(t.tgname) FROM"
			 " pg_catalog.pg_trigger t WHERE t.tgrelid ="
			 " $1::pg_catalog.oid AND NOT t.tgisinternal AND"
			 " t.tgenabled = 'O'",
			 &p->t->oid, 1, err) < 0)
		return -1;
	if (!r.n)
		return gm_fail(err, GM_EDB, "there are no triggers");
	if (gm_conn_script(p->f->conn, "BEGIN", err) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++)
		if (gm_conn_script(p->f->conn,
				   gm_printf(a,
					     "ALTER TABLE %s DISABLE TRIGGER"
					     " %s",
					     name, gm_cell(&r, i, 0)),
				   err) < 0)
			goto undo;
	if (run(p, sql, err) < 0)
		goto undo;
	for (size_t i = 0; i < r.n; i++)
		if (gm_conn_script(p->f->conn,
				   gm_printf(a,
					     "ALTER TABLE %s ENABLE TRIGGER %s",
					     name, gm_cell(&r, i, 0)),
				   err) < 0)
			goto undo;
	return gm_conn_script(p->f->conn, "COMMIT", err);
undo:
	p->t->filled->rows = 0;
	(void)!gm_conn_script(p->f->conn, "ROLLBACK", &ignored);
	return -1;
}

/* 1: they are in; 0: they cannot be, and why; `data`: because of a value. */
static int attempt(struct plan *p, struct gm_err *why, bool *data,
		   struct gm_err *err)
{
	const char *sql = insert(p, true), *hard = insert(p, false);
	struct gm_err later = GM_ERR_INIT;

	if (run(p, sql, why) == 0)
		return 1;
	*data = gm_conn_failed_with(p->f->conn, "22");
	/* Rules, and keys that are checked late, allow no ON CONFLICT. */
	if (!lost(p->f) && run(p, hard, &later) == 0)
		return 1;
	if (!lost(p->f) && without_triggers(p, sql, &later) == 0)
		return 1;
	if (!lost(p->f))
		return 0;
	*err = later.code ? later : *why;
	return -1;
}

/*
 * What reads a text as something else, as generated columns and triggers do, is
 * in no check.
 */
static int put_in(struct plan *p, struct gm_err *err)
{
	struct gm_types *types = &p->f->types;
	struct gm_err first = GM_ERR_INIT;
	bool data = true;
	int done = 0;

	for (types->texts = 0; !done && data && types->texts < GM_TEXTS;
	     types->texts++) {
		struct gm_err why = GM_ERR_INIT;

		data = false;
		done = attempt(p, &why, &data, err);
		if (!types->texts)
			first = why;
	}
	types->texts = GM_TEXTS_WORDS;
	if (!done)
		p->t->filled->why = gm_strdup(p->f->arena, first.msg);
	return done < 0 ? -1 : 0;
}

int gm_fill_table(struct gm_filler *f, struct gm_fill_table *t,
		  struct gm_err *err)
{
	struct plan p = { .f = f, .t = t };

	gm_pools_init(&p.pools, f, t);
	if (settle(&p, err) < 0)
		return -1;
	if (t->filled->why)
		return 0;
	if (put_in(&p, err) < 0)
		return -1;
	if (t->filled->rows < f->options->rows && !t->filled->why)
		t->filled->why = gm_strdup(
			f->arena,
			"others would break a key, a check or a reference");
	return 0;
}
