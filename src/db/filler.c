#include "db/filler.h"

#include <string.h>

#include "sql/lex.h"

/* Every so many rows have NULL where it is allowed. */
#define NULL_EVERY 10
/* Ways to put values together that are tried. */
#define MAX_TRIES 20000
#define MAX_POOLS 64

/* A set of columns with the checks that tie them together. */
struct pool {
	size_t *columns, n;
	struct gm_strings checks;
	int64_t rows; /* combinations that fulfil them */
	const char *sql;
};

struct plan {
	struct gm_filler *f;
	struct gm_fill_table *t;
	struct pool *pools;
	size_t n_pools;
	struct gm_strings late; /* checks that are looked at in the end */
};

static bool lost(const struct gm_filler *f)
{
	return !gm_conn_alive(f->conn);
}

/* ---- which columns a check is about ---- */

static bool mentions(struct gm_str check, const char *column)
{
	size_t at = 0;

	for (;;) {
		struct gm_token token = gm_lex(check, &at);
		struct gm_str word = gm_token_text(check, token);

		if (token.kind == GM_TOKEN_END || token.kind == GM_TOKEN_BROKEN)
			return false;
		if ((token.kind == GM_TOKEN_WORD ||
		     token.kind == GM_TOKEN_NAME) &&
		    gm_str_is(word, column))
			return true;
	}
}

/* The check of a domain, with the column in the place of VALUE. */
static const char *of_column(struct gm_arena *a, const char *check,
			     const char *column)
{
	struct gm_str text = gm_str(check);
	struct gm_buf b = gm_buf(a);
	size_t at = 0, done = 0;

	for (;;) {
		struct gm_token token = gm_lex(text, &at);

		if (token.kind == GM_TOKEN_END || token.kind == GM_TOKEN_BROKEN)
			break;
		if (!gm_token_is(text, token, "VALUE"))
			continue;
		gm_buf_str(&b, gm_str_sub(text, done, token.at));
		gm_buf_puts(&b, column);
		done = token.at + token.len;
	}
	gm_buf_str(&b, gm_str_sub(text, done, text.len));
	return b.ptr;
}

static struct pool *pool_of(struct plan *p, size_t column)
{
	for (size_t i = 0; i < p->n_pools; i++)
		for (size_t k = 0; k < p->pools[i].n; k++)
			if (p->pools[i].columns[k] == column)
				return &p->pools[i];
	return NULL;
}

static void add_column(struct plan *p, struct pool *pool, size_t column)
{
	struct pool *other = pool_of(p, column);
	struct gm_arena *a = p->f->arena;

	if (other == pool)
		return;
	if (!other) {
		pool->columns[pool->n++] = column;
		return;
	}
	/* Two become one. */
	for (size_t i = 0; i < other->n; i++)
		pool->columns[pool->n++] = other->columns[i];
	for (size_t i = 0; i < other->checks.n; i++)
		*GM_PUSH(a, &pool->checks) = other->checks.items[i];
	other->n = other->checks.n = 0;
}

static void add_check(struct plan *p, const char *check)
{
	struct gm_fill_table *t = p->t;
	struct gm_arena *a = p->f->arena;
	struct pool *pool = NULL;
	bool late = p->n_pools == MAX_POOLS;

	for (size_t i = 0; i < t->columns.n; i++)
		if (mentions(gm_str(check), t->columns.items[i].name)) {
			if (t->columns.items[i].how == GM_FILL_AUTO)
				return; /* the server will say */
			late = late || t->columns.items[i].how != GM_FILL_VALUE;
		}
	if (late) {
		*GM_PUSH(a, &p->late) = check;
		return;
	}
	for (size_t i = 0; i < t->columns.n; i++) {
		if (!mentions(gm_str(check), t->columns.items[i].name))
			continue;
		if (!pool) {
			pool = &p->pools[p->n_pools++];
			pool->columns = gm_alloc_n(a, t->columns.n,
						   sizeof(*pool->columns));
		}
		add_column(p, pool, i);
	}
	if (pool)
		*GM_PUSH(a, &pool->checks) = check;
}

/* ---- what there is to choose from ---- */

/* Does the server take the expression as a value of that type? */
static bool is_valid(struct gm_filler *f, const char *expression,
		     const char *type)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_err ignored = GM_ERR_INIT;

	return gm_conn_exec(
		       NULL, NULL, f->conn,
		       gm_printf(&scratch, "SELECT (%s)::%s", expression, type),
		       NULL, 0, &ignored) == 0;
}

static size_t most_tries(size_t columns)
{
	size_t most = MAX_TRIES;

	/* So many that their product stays below MAX_TRIES. */
	while (most > 2) {
		size_t product = 1;

		for (size_t i = 0; i < columns && product <= MAX_TRIES; i++)
			product *= most;
		if (product <= MAX_TRIES)
			break;
		most--;
	}
	return most > 150 ? 150 : most;
}

static void write_tries(struct gm_buf *b, struct plan *p,
			const struct pool *pool, size_t column)
{
	struct gm_fill_column *c = &p->t->columns.items[column];
	struct gm_arena *a = p->f->arena;
	size_t most = most_tries(pool->n), n = 0;
	struct gm_strings tries = { NULL };
	struct gm_buf checks = gm_buf(a);

	for (size_t i = 0; i < pool->checks.n; i++)
		if (mentions(gm_str(pool->checks.items[i]), c->name))
			gm_buf_printf(&checks, "%s ", pool->checks.items[i]);
	gm_value_tries(&tries, a, &p->f->types, &c->value,
		       gm_buf_view(&checks));
	gm_buf_puts(b, "(VALUES ");
	for (size_t i = 0; i < tries.n && n < most; i++) {
		if (!is_valid(p->f, tries.items[i], c->plain))
			continue;
		gm_buf_printf(b, "%s((%s)::%s)", n++ ? ", " : "",
			      tries.items[i], c->plain);
	}
	if (c->nullable || !n)
		gm_buf_printf(b, "%s(NULL::%s)", n ? ", " : "", c->plain);
	gm_buf_printf(b, ") v%zu (%s)", column, c->name);
}

/* All columns from one number, or from numbers that rise or fall. */
static void write_series(struct gm_buf *b, struct plan *p,
			 const struct pool *pool, bool rising)
{
	gm_buf_puts(b, "SELECT ");
	for (size_t i = 0; i < pool->n; i++) {
		struct gm_fill_column *c =
			&p->t->columns.items[pool->columns[i]];
		size_t step = rising ? i : pool->n - i;

		gm_buf_puts(b, i ? ", (" : "(");
		if (!gm_value(b, &p->f->types, &c->value,
			      gm_printf(p->f->arena, "(g.i + %zu)", step)))
			gm_buf_puts(b, "NULL");
		gm_buf_printf(b, ")::%s", c->plain);
	}
	gm_buf_printf(b, " FROM generate_series(1::int8, %lld) g (i)",
		      (long long)p->f->options->rows);
}

static void write_pool(struct gm_buf *b, struct plan *p,
		       const struct pool *pool)
{
	gm_buf_puts(b,
		    "SELECT row_number() OVER () - 1 AS gm_n, u.* FROM (SELECT"
		    " * FROM (");
	write_series(b, p, pool, true);
	if (pool->n > 1) {
		gm_buf_puts(b, " UNION ALL ");
		write_series(b, p, pool, false);
	}
	gm_buf_puts(b, " UNION ALL SELECT ");
	for (size_t i = 0; i < pool->n; i++)
		gm_buf_printf(b, "%sv%zu.*", i ? ", " : "", pool->columns[i]);
	gm_buf_puts(b, " FROM ");
	for (size_t i = 0; i < pool->n; i++) {
		gm_buf_puts(b, i ? " CROSS JOIN " : "");
		write_tries(b, p, pool, pool->columns[i]);
	}
	gm_buf_puts(b, ") w (");
	for (size_t i = 0; i < pool->n; i++)
		gm_buf_printf(b, "%s%s", i ? ", " : "",
			      p->t->columns.items[pool->columns[i]].name);
	gm_buf_puts(b, ") WHERE true");
	for (size_t i = 0; i < pool->checks.n; i++)
		gm_buf_printf(b, " AND (%s) IS NOT FALSE",
			      pool->checks.items[i]);
	for (size_t i = 0; i < pool->n; i++)
		if (!p->t->columns.items[pool->columns[i]].nullable)
			gm_buf_printf(
				b, " AND %s IS NOT NULL",
				p->t->columns.items[pool->columns[i]].name);
	gm_buf_printf(b, " LIMIT %lld) u", (long long)p->f->options->rows);
}

/* Find combinations.  What there are none for is said; 1 then. */
static int settle_pool(struct plan *p, struct pool *pool, struct gm_err *err)
{
	struct gm_arena *a = p->f->arena;
	struct gm_buf b = gm_buf(a);
	struct gm_rows r;

	write_pool(&b, p, pool);
	pool->sql = b.ptr;
	if (gm_conn_row(&r, a, p->f->conn,
			gm_printf(a, "SELECT count(*) FROM (%s) x", b.ptr),
			NULL, 0, err) == 0)
		pool->rows = gm_cell_int(&r, 0, 0);
	else if (lost(p->f))
		return -1;
	else
		p->t->filled->why = gm_strdup(a, err->msg);
	if (pool->rows)
		return 0;
	if (!p->t->filled->why)
		p->t->filled->why =
			gm_printf(a, "no values are found that fulfil (%s)",
				  pool->checks.items[0]);
	return 1;
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
		add_check(p, t->checks.items[i]);
	for (size_t i = 0; i < t->columns.n; i++)
		for (size_t k = 0; k < t->columns.items[i].domains.n; k++)
			add_check(
				p,
				of_column(p->f->arena,
					  t->columns.items[i].domains.items[k],
					  t->columns.items[i].name));
	for (size_t i = 0; i < p->n_pools && !t->filled->why; i++) {
		if (!p->pools[i].n)
			continue;
		if (settle_pool(p, &p->pools[i], err) < 0)
			return -1;
		for (size_t k = 0; k < p->pools[i].n; k++) {
			struct gm_fill_column *c =
				&t->columns.items[p->pools[i].columns[k]];

			c->how = GM_FILL_POOL;
			c->group = i;
		}
	}
	return 0;
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
	for (size_t i = 0; i < p->n_pools; i++)
		if (p->pools[i].n)
			gm_buf_printf(&b,
				      " LEFT JOIN (%s) p%zu ON p%zu.gm_n ="
				      " (g.i - 1) %% %lld",
				      p->pools[i].sql, i, i,
				      (long long)p->pools[i].rows);
	gm_buf_puts(&b, ") s WHERE true");
	for (size_t i = 0; i < p->late.n; i++)
		gm_buf_printf(&b, " AND (%s) IS NOT FALSE", p->late.items[i]);
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

static int put_in(struct plan *p, struct gm_err *err)
{
	struct gm_err first = GM_ERR_INIT, later = GM_ERR_INIT;
	const char *sql = insert(p, true), *hard = insert(p, false);

	if (run(p, sql, &first) == 0)
		return 0;
	/* Rules, and keys that are checked late, allow no ON CONFLICT. */
	if (!lost(p->f) && run(p, hard, &later) == 0)
		return 0;
	if (!lost(p->f) && without_triggers(p, sql, &later) == 0)
		return 0;
	if (lost(p->f)) {
		*err = later.code ? later : first;
		return -1;
	}
	p->t->filled->why = gm_strdup(p->f->arena, first.msg);
	return 0;
}

int gm_fill_table(struct gm_filler *f, struct gm_fill_table *t,
		  struct gm_err *err)
{
	struct plan p = { .f = f, .t = t };

	p.pools = gm_alloc_n(f->arena, MAX_POOLS, sizeof(*p.pools));
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
