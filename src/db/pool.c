#include "db/pool.h"

#include <string.h>

#include "sql/lex.h"

/* Ways to put values together that are tried. */
#define MAX_TRIES 20000
#define MAX_EACH 150

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

const char *gm_pool_check(struct gm_arena *a, const char *check,
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

static struct gm_pool *pool_of(struct gm_pools *p, size_t column)
{
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->items[i].n; k++)
			if (p->items[i].columns[k] == column)
				return &p->items[i];
	return NULL;
}

static void add_column(struct gm_pools *p, struct gm_pool *pool, size_t column)
{
	struct gm_pool *other = pool_of(p, column);
	struct gm_arena *a = p->filler->arena;

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

void gm_pools_add(struct gm_pools *p, const char *check)
{
	struct gm_fill_table *t = p->table;
	struct gm_arena *a = p->filler->arena;
	struct gm_pool *pool = NULL;
	bool late = p->n == GM_POOLS_MAX;

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
			pool = &p->items[p->n++];
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
	return most > MAX_EACH ? MAX_EACH : most;
}

static void write_tries(struct gm_buf *b, struct gm_pools *p,
			const struct gm_pool *pool, size_t column)
{
	struct gm_fill_column *c = &p->table->columns.items[column];
	struct gm_arena *a = p->filler->arena;
	size_t most = most_tries(pool->n), n = 0;
	struct gm_strings tries = { NULL };
	struct gm_buf checks = gm_buf(a);

	for (size_t i = 0; i < pool->checks.n; i++)
		if (mentions(gm_str(pool->checks.items[i]), c->name))
			gm_buf_printf(&checks, "%s ", pool->checks.items[i]);
	gm_value_tries(&tries, a, &p->filler->types, &c->value,
		       gm_buf_view(&checks));
	gm_buf_puts(b, "(VALUES ");
	for (size_t i = 0; i < tries.n && n < most; i++) {
		if (!is_valid(p->filler, tries.items[i], c->plain))
			continue;
		gm_buf_printf(b, "%s((%s)::%s)", n++ ? ", " : "",
			      tries.items[i], c->plain);
	}
	if (c->nullable || !n)
		gm_buf_printf(b, "%s(NULL::%s)", n ? ", " : "", c->plain);
	gm_buf_printf(b, ") v%zu (%s)", column, c->name);
}

/* All columns from one number, or from numbers that rise or fall. */
static void write_series(struct gm_buf *b, struct gm_pools *p,
			 const struct gm_pool *pool, bool rising)
{
	gm_buf_puts(b, "SELECT ");
	for (size_t i = 0; i < pool->n; i++) {
		struct gm_fill_column *c =
			&p->table->columns.items[pool->columns[i]];
		size_t step = rising ? i : pool->n - i;

		gm_buf_puts(b, i ? ", (" : "(");
		if (!gm_value(b, &p->filler->types, &c->value,
			      gm_printf(p->filler->arena, "(g.i + %zu)", step)))
			gm_buf_puts(b, "NULL");
		gm_buf_printf(b, ")::%s", c->plain);
	}
	gm_buf_printf(b, " FROM generate_series(1::int8, %lld) g (i)",
		      (long long)p->filler->options->rows);
}

/* All of them, as one condition. */
static const char *all_checks(struct gm_arena *a, const struct gm_pool *pool)
{
	struct gm_buf b = gm_buf(a);

	for (size_t i = 0; i < pool->checks.n; i++)
		gm_buf_printf(&b, "%s(%s) IS NOT FALSE", i ? " AND " : "",
			      pool->checks.items[i]);
	return b.ptr;
}

/*
 * The same for which an error is a no.  NULL when there can be no such
 * function, as where PL/pgSQL was dropped.
 */
static const char *patient(struct gm_pools *p, const struct gm_pool *pool)
{
	struct gm_arena *a = p->filler->arena;
	struct gm_buf call = gm_buf(a), define = gm_buf(a);
	struct gm_err ignored = GM_ERR_INIT;
	const char *body = gm_printf(a,
				     "BEGIN RETURN %s; EXCEPTION WHEN OTHERS"
				     " THEN RETURN false; END",
				     all_checks(a, pool));

	gm_buf_printf(&call, "pg_temp.gm_fits_%s_%zu(", p->table->oid,
		      (size_t)(pool - p->items));
	gm_buf_printf(&define, "CREATE FUNCTION %s", call.ptr);
	for (size_t i = 0; i < pool->n; i++) {
		const struct gm_fill_column *c =
			&p->table->columns.items[pool->columns[i]];

		gm_buf_printf(&call, "%s%s", i ? ", " : "", c->name);
		gm_buf_printf(&define, "%s%s %s", i ? ", " : "", c->name,
			      c->plain);
	}
	gm_buf_puts(&call, ")");
	gm_buf_printf(&define, ") RETURNS boolean LANGUAGE plpgsql AS %s",
		      gm_sql_literal(a, body));
	if (gm_conn_exec(NULL, NULL, p->filler->conn, define.ptr, NULL, 0,
			 &ignored) < 0)
		return NULL;
	return call.ptr;
}

static void write_pool(struct gm_buf *b, struct gm_pools *p,
		       const struct gm_pool *pool, const char *condition)
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
			      p->table->columns.items[pool->columns[i]].name);
	gm_buf_printf(b, ") WHERE %s", condition);
	for (size_t i = 0; i < pool->n; i++)
		if (!p->table->columns.items[pool->columns[i]].nullable)
			gm_buf_printf(
				b, " AND %s IS NOT NULL",
				p->table->columns.items[pool->columns[i]].name);
	gm_buf_printf(b, " LIMIT %lld) u", (long long)p->filler->options->rows);
}

/* How many there are.  Fails when the server says no to the question. */
static int count(struct gm_pools *p, struct gm_pool *pool,
		 const char *condition, struct gm_err *err)
{
	struct gm_arena *a = p->filler->arena;
	struct gm_buf b = gm_buf(a);
	struct gm_rows r;

	write_pool(&b, p, pool, condition);
	pool->sql = b.ptr;
	if (gm_conn_row(&r, a, p->filler->conn,
			gm_printf(a, "SELECT count(*) FROM (%s) x", b.ptr),
			NULL, 0, err) < 0)
		return -1;
	pool->rows = gm_cell_int(&r, 0, 0);
	return 0;
}

static int settle(struct gm_pools *p, struct gm_pool *pool, struct gm_err *err)
{
	struct gm_filled *filled = p->table->filled;
	struct gm_arena *a = p->filler->arena;
	struct gm_err first = GM_ERR_INIT;
	const char *condition = all_checks(a, pool);

	if (count(p, pool, condition, &first) < 0) {
		condition = gm_conn_alive(p->filler->conn) ? patient(p, pool)
							   : NULL;
		if (condition && count(p, pool, condition, err) < 0)
			condition = NULL;
		if (!gm_conn_alive(p->filler->conn)) {
			*err = err->code ? *err : first;
			return -1;
		}
		if (!condition || !pool->rows)
			filled->why = gm_strdup(a, first.msg);
	}
	if (!pool->rows && !filled->why)
		filled->why =
			gm_printf(a, "no values are found that fulfil (%s)",
				  pool->checks.items[0]);
	return 0;
}

void gm_pools_init(struct gm_pools *out, struct gm_filler *f,
		   struct gm_fill_table *t)
{
	*out = (struct gm_pools){ .filler = f, .table = t };
	out->items = gm_alloc_n(f->arena, GM_POOLS_MAX, sizeof(*out->items));
}

int gm_pools_settle(struct gm_pools *p, struct gm_err *err)
{
	struct gm_fill_table *t = p->table;

	for (size_t i = 0; i < p->n && !t->filled->why; i++) {
		if (!p->items[i].n)
			continue;
		if (settle(p, &p->items[i], err) < 0)
			return -1;
		for (size_t k = 0; k < p->items[i].n; k++) {
			struct gm_fill_column *c =
				&t->columns.items[p->items[i].columns[k]];

			c->how = GM_FILL_POOL;
			c->group = i;
		}
	}
	return 0;
}
