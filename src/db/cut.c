#include "db/cut.h"

#include <string.h>

#include "db/preflight.h"

struct look {
	struct gm_cut *out;
	struct gm_arena *arena;
	struct gm_conn *c;
	const struct gm_batch *b;
};

#define HINT_PLACE                                                             \
	"Write $1 and $2 where the range of an indexed column goes, or"        \
	" '-- migrate: whole <reason>'."

/* No: 0, so that the next question is not asked. */
static int refuse(struct look *l, const char *why, const char *hint)
{
	l->out->why = why;
	l->out->hint = hint;
	return 0;
}

static const char *written(struct gm_arena *a, const struct gm_run_name *n)
{
	return *n->schema ? gm_sql_ident2(a, n->schema, n->name)
			  : gm_sql_ident(a, n->name);
}

static const char table_sql[] =
	"SELECT c.relkind IN ('r', 'p'), c.relhasrules,"
	" greatest(c.reltuples, 0)::bigint FROM pg_catalog.pg_class c"
	" WHERE c.oid = pg_catalog.to_regclass($1)";

static int check_table(struct look *l, struct gm_err *err)
{
	const struct gm_run_name *t = &l->b->table;
	const char *params[] = { l->out->relation };
	struct gm_rows rows;

	if (gm_conn_exec(&rows, l->arena, l->c, table_sql, params, 1, err) < 0)
		return -1;
	if (!rows.n)
		return refuse(
			l, gm_printf(l->arena, "there is no table %s", t->name),
			NULL);
	if (!gm_cell_bool(&rows, 0, 0))
		return refuse(l, gm_printf(l->arena, "%s is no table", t->name),
			      NULL);
	if (gm_cell_bool(&rows, 0, 1))
		return refuse(l, gm_printf(l->arena, "%s has rules", t->name),
			      "Write '-- migrate: whole <reason>' above it.");
	l->out->estimate = gm_cell_int(&rows, 0, 2);
	return 1;
}

/* Of a column `a`: a parameter is compared with it as a row of columns. */
#define COMPOSITE                                                              \
	"EXISTS (SELECT FROM pg_catalog.pg_type y WHERE y.oid = a.atttypid"    \
	" AND y.typtype = 'c')"

/* The primary key, else the shortest unique one that has no NULL. */
static const char key_sql[] =
	"SELECT a.attname, a.attgenerated <> '', " COMPOSITE
	" FROM (SELECT x.indexrelid, x.indrelid, x.indkey,"
	" x.indnkeyatts FROM pg_catalog.pg_index x"
	" JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid"
	" JOIN pg_catalog.pg_am m ON m.oid = c.relam"
	" WHERE x.indrelid = pg_catalog.to_regclass($1) AND x.indisunique"
	" AND x.indimmediate AND x.indisvalid AND x.indexprs IS NULL"
	" AND x.indpred IS NULL AND m.amname = 'btree' AND NOT EXISTS"
	" (SELECT FROM pg_catalog.unnest(x.indkey[0:x.indnkeyatts - 1])"
	" u (attnum) JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid"
	" AND a.attnum = u.attnum WHERE NOT a.attnotnull)"
	" ORDER BY NOT x.indisprimary, x.indnkeyatts, x.indexrelid LIMIT 1) k,"
	" pg_catalog.generate_series(0, k.indnkeyatts - 1) i"
	" JOIN pg_catalog.pg_attribute a ON true"
	" WHERE a.attrelid = k.indrelid AND a.attnum = k.indkey[i] ORDER BY i";

/* Is there an index that begins with the column the author named? */
static const char column_sql[] =
	"SELECT a.attname, a.attgenerated <> '', " COMPOSITE
	" FROM pg_catalog.pg_attribute a"
	" WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attname = $2"
	" AND NOT a.attisdropped AND EXISTS (SELECT FROM pg_catalog.pg_index x"
	" JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid"
	" JOIN pg_catalog.pg_am m ON m.oid = c.relam"
	" WHERE x.indrelid = a.attrelid AND x.indkey[0] = a.attnum"
	" AND x.indisvalid AND x.indpred IS NULL AND m.amname = 'btree')";

static int no_key(struct look *l)
{
	const struct gm_batch *b = l->b;

	if (b->column)
		return refuse(l,
			      gm_printf(l->arena,
					"%s has no index that begins with"
					" column %s",
					b->table.name, b->column),
			      "Make one first, or use the primary key.");
	return refuse(l,
		      gm_printf(l->arena,
				"%s has no primary key, and no other unique"
				" key without NULL",
				b->table.name),
		      HINT_PLACE);
}

/* Rows whose key changes would be met again, or never. */
static int check_key(struct look *l, const char *key, bool computed,
		     bool composite)
{
	const struct gm_strings *sets = &l->b->sets;

	if (composite)
		return refuse(l,
			      gm_printf(l->arena,
					"%s, which the ranges go by, is of a"
					" composite type",
					key),
			      HINT_PLACE);
	if (computed && sets->n)
		return refuse(l,
			      gm_printf(l->arena,
					"%s, which the ranges go by, is"
					" computed from other columns",
					key),
			      NULL);
	for (size_t i = 0; i < sets->n; i++)
		if (!strcmp(sets->items[i], key))
			return refuse(l,
				      gm_printf(l->arena,
						"it changes %s, which the"
						" ranges go by",
						key),
				      NULL);
	return 1;
}

static int find_key(struct look *l, struct gm_err *err)
{
	const char *params[] = { l->out->relation, l->b->column };
	struct gm_rows rows;
	int answer = 1;

	if (gm_conn_exec(&rows, l->arena, l->c,
			 l->b->column ? column_sql : key_sql, params,
			 l->b->column ? 2 : 1, err) < 0)
		return -1;
	if (!rows.n)
		return no_key(l);
	for (size_t i = 0; i < rows.n && answer > 0; i++) {
		*GM_PUSH(l->arena, &l->out->key) = gm_cell(&rows, i, 0);
		answer = check_key(l, gm_cell(&rows, i, 0),
				   gm_cell_bool(&rows, i, 1),
				   gm_cell_bool(&rows, i, 2));
	}
	return answer;
}

static const char calls_sql[] =
	"SELECT DISTINCT p.oid::pg_catalog.regprocedure,"
	" p.prokind IN ('a', 'w') FROM pg_catalog.pg_proc p"
	" JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace,"
	" ROWS FROM (pg_catalog.unnest($1::text[]),"
	" pg_catalog.unnest($2::text[])) AS u (schema, name)"
	" WHERE p.proname = u.name AND CASE WHEN u.schema = ''"
	" THEN pg_catalog.pg_function_is_visible(p.oid)"
	" ELSE n.nspname = u.schema END AND CASE WHEN $3::boolean"
	" THEN p.prokind IN ('a', 'w')"
	" ELSE n.nspname <> 'pg_catalog' AND p.provolatile <> 'i' END LIMIT 1";

static int check_names(struct look *l, const struct gm_run_names *names,
		       bool aggregates, struct gm_err *err)
{
	struct gm_strings schemas = { 0 }, last = { 0 };
	struct gm_arena *a = l->arena;
	const char *params[3];
	struct gm_rows rows;

	if (!names->n)
		return 1;
	for (size_t i = 0; i < names->n; i++) {
		*GM_PUSH(a, &schemas) = names->items[i].schema;
		*GM_PUSH(a, &last) = names->items[i].name;
	}
	params[0] = gm_sql_array(a, schemas.items, schemas.n);
	params[1] = gm_sql_array(a, last.items, last.n);
	params[2] = aggregates ? "t" : "f";
	if (gm_conn_exec(&rows, a, l->c, calls_sql, params, 3, err) < 0)
		return -1;
	if (!rows.n)
		return 1;
	return refuse(l,
		      gm_printf(a,
				aggregates
					? "%s computes over many rows"
					: "%s may read what is written, since"
					  " it is not IMMUTABLE",
				gm_cell(&rows, 0, 0)),
		      HINT_PLACE);
}

/*
 * What is read beside the table, and is a view, or a part or a parent of what
 * is written: it may show rows that other ranges have changed.
 */
static const char reads_sql[] =
	"WITH RECURSIVE up (oid) AS (SELECT pg_catalog.to_regclass(u.name)::oid"
	" FROM pg_catalog.unnest($2::text[]) u (name) UNION SELECT i.inhparent"
	" FROM up JOIN pg_catalog.pg_inherits i ON i.inhrelid = up.oid),"
	" down (oid) AS (SELECT pg_catalog.to_regclass(u.name)::oid"
	" FROM pg_catalog.unnest($2::text[]) u (name) UNION SELECT i.inhrelid"
	" FROM down JOIN pg_catalog.pg_inherits i ON i.inhparent = down.oid)"
	" SELECT c.oid::pg_catalog.regclass FROM"
	" pg_catalog.unnest($1::text[]) u (name)"
	" JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(u.name)"
	" WHERE c.relkind = 'v' OR c.oid IN (SELECT oid FROM up UNION"
	" SELECT oid FROM down) LIMIT 1";

static int check_kin(struct look *l, const struct gm_strings *names,
		     const struct gm_strings *writes, struct gm_err *err)
{
	const char *params[] = {
		gm_sql_array(l->arena, names->items, names->n),
		gm_sql_array(l->arena, writes->items, writes->n),
	};
	struct gm_rows rows;

	if (gm_conn_exec(&rows, l->arena, l->c, reads_sql, params, 2, err) < 0)
		return -1;
	if (!rows.n)
		return 1;
	return refuse(l,
		      gm_printf(l->arena,
				"%s may show rows that other ranges have"
				" changed",
				gm_cell(&rows, 0, 0)),
		      HINT_PLACE);
}

static int check_reads(struct look *l, struct gm_err *err)
{
	struct gm_strings reads = { 0 }, into = { 0 }, writes = { 0 };
	struct gm_arena *a = l->arena;
	int answer = 1;

	*GM_PUSH(a, &writes) = l->out->relation;
	if (*l->b->into.name) {
		*GM_PUSH(a, &into) = written(a, &l->b->into);
		answer = check_kin(l, &into, &writes, err);
		*GM_PUSH(a, &writes) = into.items[0];
	}
	for (size_t i = 0; i < l->b->reads.n; i++)
		*GM_PUSH(a, &reads) = written(a, &l->b->reads.items[i]);
	return answer > 0 ? check_kin(l, &reads, &writes, err) : answer;
}

/*
 * Of all that the statement names: what it writes may be any of it.  The bits
 * are those of rows, BEFORE and UPDATE.
 */
static const char triggers_sql[] =
	"WITH RECURSIVE down (oid) AS (SELECT"
	" pg_catalog.to_regclass(u.name)::oid"
	" FROM pg_catalog.unnest($1::text[]) u (name) UNION SELECT i.inhrelid"
	" FROM down JOIN pg_catalog.pg_inherits i ON i.inhparent = down.oid)"
	" SELECT t.tgtype & 19 = 19 FROM down"
	" JOIN pg_catalog.pg_trigger t ON t.tgrelid = down.oid"
	" WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' ORDER BY 1 DESC"
	" LIMIT 1";

static int find_triggers(struct look *l, struct gm_err *err)
{
	struct gm_strings all = { 0 };
	const char *params[1];
	struct gm_rows rows;

	*GM_PUSH(l->arena, &all) = l->out->relation;
	if (*l->b->into.name)
		*GM_PUSH(l->arena, &all) = written(l->arena, &l->b->into);
	for (size_t i = 0; i < l->b->reads.n; i++)
		*GM_PUSH(l->arena, &all) =
			written(l->arena, &l->b->reads.items[i]);
	params[0] = gm_sql_array(l->arena, all.items, all.n);
	if (gm_conn_exec(&rows, l->arena, l->c, triggers_sql, params, 1, err) <
	    0)
		return -1;
	l->out->triggers = rows.n > 0;
	l->out->moves = l->b->updates && rows.n && gm_cell_bool(&rows, 0, 0);
	return 0;
}

int gm_cut_read(struct gm_cut *out, struct gm_arena *a, struct gm_conn *c,
		const struct gm_batch *b, struct gm_err *err)
{
	struct gm_cut cut = { .relation = written(a, &b->table) };
	struct look l = { &cut, a, c, b };
	int answer = check_table(&l, err);

	if (answer > 0)
		answer = find_key(&l, err);
	if (answer > 0)
		answer = check_names(&l, &b->calls, false, err);
	if (answer > 0)
		answer = check_names(&l, &b->rows, true, err);
	/* What the author placed, the author answers for. */
	if (answer > 0 && !b->column)
		answer = check_reads(&l, err);
	if (answer > 0)
		answer = find_triggers(&l, err);
	if (answer < 0)
		return -1;
	*out = cut;
	return 0;
}
