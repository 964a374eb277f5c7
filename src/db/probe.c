#include "db/probe.h"

#include <string.h>

/* An index by its name. */
struct index {
	bool there, valid, ours; /* `ours`: it is on the table that is meant */
	bool unique;
	const char *name;   /* as SQL writes it */
	const char *def;    /* what stands behind ON <table> */
	const char *schema; /* of both */
};

static const char *written(struct gm_arena *a, const struct gm_run_name *n)
{
	return *n->schema ? gm_sql_ident2(a, n->schema, n->name)
			  : gm_sql_ident(a, n->name);
}

/* " USING btree (a) WHERE b": the same for equal indexes on other tables. */
static const char *behind_table(const char *def)
{
	const char *using = strstr(def, " USING ");

	return using ? using : def;
}

static const char index_sql[] =
	"SELECT x.indisvalid AND x.indisready AND x.indislive,"
	" x.indrelid = t.oid, x.indisunique,"
	" pg_catalog.quote_ident(n.nspname) || '.'"
	" || pg_catalog.quote_ident(c.relname),"
	" pg_catalog.pg_get_indexdef(c.oid), n.nspname"
	" FROM pg_catalog.pg_class t JOIN pg_catalog.pg_class c"
	" ON c.relnamespace = t.relnamespace AND c.relname = $2"
	" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	" JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid"
	" WHERE t.oid = pg_catalog.to_regclass($1)";

static int find_index(struct index *out, struct gm_arena *a, struct gm_conn *c,
		      const struct gm_run_stmt *stmt, struct gm_err *err)
{
	const char *params[] = { written(a, &stmt->table), stmt->object.name };
	struct gm_rows rows;

	*out = (struct index){ 0 };
	if (gm_conn_exec(&rows, a, c, index_sql, params, 2, err) < 0)
		return -1;
	if (!rows.n)
		return 0;
	*out = (struct index){
		.there = true,
		.valid = gm_cell_bool(&rows, 0, 0),
		.ours = gm_cell_bool(&rows, 0, 1),
		.unique = gm_cell_bool(&rows, 0, 2),
		.name = gm_cell(&rows, 0, 3),
		.def = behind_table(gm_cell(&rows, 0, 4)),
		.schema = gm_cell(&rows, 0, 5),
	};
	return 0;
}

/*
 * How the server writes the definition that is planned: it is made on an empty
 * table of the same columns, in a transaction that is rolled back.  That table
 * is where the index is, since who builds that may make things there, and
 * temporary ones perhaps nowhere.
 */
static int plan_index(const char **def, struct gm_arena *a, struct gm_conn *c,
		      const struct gm_steps *steps,
		      const struct gm_run_stmt *stmt, const struct index *x,
		      struct gm_err *err)
{
	const struct gm_run_name on = { x->schema, "git_migrate_planned" };
	const char *sql = gm_run_index_on(a, gm_steps_text(steps, stmt), &on);
	const char *params[] = { written(a, &on) };
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_rows rows;
	int result = -1;

	if (!sql)
		return gm_fail(err, GM_EINPUT,
			       "its definition cannot be compared");
	if (gm_conn_script(c,
			   gm_printf(a,
				     "BEGIN; SET LOCAL lock_timeout = '5s';"
				     "CREATE TABLE %s (LIKE %s); %s",
				     params[0], written(a, &stmt->table), sql),
			   err) == 0 &&
	    gm_conn_row(&rows, a, c,
			"SELECT pg_catalog.pg_get_indexdef(indexrelid)"
			" FROM pg_catalog.pg_index WHERE indrelid ="
			" pg_catalog.to_regclass($1)",
			params, 1, err) == 0) {
		*def = behind_table(gm_cell(&rows, 0, 0));
		result = 0;
	}
	if (gm_conn_alive(c) && gm_conn_script(c, "ROLLBACK", &ignored) < 0)
		result = result < 0 ? -1 : (*err = ignored, -1);
	return result;
}

static int drop_index(struct gm_arena *a, struct gm_conn *c, const char *name,
		      struct gm_err *err)
{
	return gm_conn_exec(
		NULL, NULL, c,
		gm_printf(a, "DROP INDEX CONCURRENTLY IF EXISTS %s", name),
		NULL, 0, err);
}

static int other_definition(const struct gm_run_stmt *stmt,
			    const struct index *x, const char *planned,
			    struct gm_err *err)
{
	gm_fail(err, GM_EINPUT,
		"index %s is there%s with another definition:%s%s, not%s%s",
		stmt->object.name, x->valid ? "" : ", INVALID,",
		x->unique ? " UNIQUE" : "", x->def,
		stmt->unique ? " UNIQUE" : "", planned);
	return gm_hint(err, "Drop it, or give the new one another name.");
}

static int before_index(struct gm_probe *out, struct gm_arena *a,
			struct gm_conn *c, const struct gm_steps *steps,
			const struct gm_run_stmt *stmt, bool begun,
			struct gm_err *err)
{
	const char *planned;
	struct index x;

	if (find_index(&x, a, c, stmt, err) < 0)
		return -1;
	/* Without IF NOT EXISTS the server itself refuses a valid one. */
	if (!x.there || (x.valid && !begun && !stmt->bare))
		return 0;
	if (!x.ours) {
		gm_fail(err, GM_EINPUT,
			"index %s is there, on another table than %s", x.name,
			stmt->table.name);
		return gm_hint(err, "Give the new one another name.");
	}
	if (plan_index(&planned, a, c, steps, stmt, &x, err) < 0)
		return gm_fail_in(err, "index %s is there already", x.name);
	if (strcmp(x.def, planned) || x.unique != stmt->unique)
		return other_definition(stmt, &x, planned, err);
	if (x.valid) {
		out->done = true;
		out->note = gm_printf(a, "index %s is there and valid", x.name);
		return 0;
	}
	out->note = gm_printf(a,
			      "dropped the INVALID index %s, which was left"
			      " by a build that was cut off",
			      x.name);
	return drop_index(a, c, x.name, err);
}

static int exists(bool *out, struct gm_arena *a, struct gm_conn *c,
		  const char *sql, const char *one, const char *two,
		  struct gm_err *err)
{
	const char *params[] = { one, two };
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, c, sql, params, two ? 2 : 1, err) < 0)
		return -1;
	*out = rows.n > 0;
	return 0;
}

static int before_drop(struct gm_probe *out, struct gm_arena *a,
		       struct gm_conn *c, const struct gm_run_stmt *stmt,
		       bool begun, struct gm_err *err)
{
	bool there;

	if (exists(&there, a, c,
		   "SELECT WHERE pg_catalog.to_regclass($1) IS NOT NULL",
		   written(a, &stmt->object), NULL, err) < 0)
		return -1;
	if (!there && begun) {
		out->done = true;
		out->note = "the index is gone";
	}
	return 0;
}

/* Of an index or a table with all its parts; of a schema; or of all. */
static const char leftovers_sql[] =
	"SELECT pg_catalog.quote_ident(n.nspname) || '.'"
	" || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_index x"
	" JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid"
	" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	" LEFT JOIN pg_catalog.pg_class t ON t.reltoastrelid = x.indrelid"
	" JOIN pg_catalog.pg_class o ON o.oid = coalesce(t.oid, x.indrelid)"
	" WHERE NOT x.indisvalid AND c.relkind = 'i'"
	" AND c.relname ~ '_cc(new|old)[0-9]*$' AND CASE WHEN $1 <> ''"
	" THEN o.oid IN (SELECT coalesce(i.indrelid, m.oid) FROM"
	" (SELECT pg_catalog.to_regclass($1)::oid AS oid UNION SELECT relid"
	" FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass($1))) m"
	" LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = m.oid)"
	" WHEN $2 <> '' THEN o.relnamespace = (SELECT s.oid FROM"
	" pg_catalog.pg_namespace s WHERE s.nspname = $2) ELSE true END";

/* How many there were. */
static int drop_leftovers(struct gm_arena *a, struct gm_conn *c,
			  const struct gm_run_stmt *stmt, struct gm_err *err)
{
	const char *params[] = {
		*stmt->object.name ? written(a, &stmt->object) : "",
		stmt->object.schema,
	};
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, c, leftovers_sql, params, 2, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		if (drop_index(a, c, gm_cell(&rows, i, 0), err) < 0)
			return -1;
	return (int)rows.n;
}

static int before_reindex(struct gm_probe *out, struct gm_arena *a,
			  struct gm_conn *c, const struct gm_run_stmt *stmt,
			  bool begun, struct gm_err *err)
{
	int n = begun ? drop_leftovers(a, c, stmt, err) : 0;

	if (n > 0)
		out->note = gm_printf(a,
				      "dropped %d INVALID indexes that were"
				      " left by a rebuild that was cut off",
				      n);
	return n < 0 ? -1 : 0;
}

static int before_detach(struct gm_probe *out, struct gm_arena *a,
			 struct gm_conn *c, const struct gm_run_stmt *stmt,
			 bool begun, struct gm_err *err)
{
	const char *parent = written(a, &stmt->table);
	const char *part = written(a, &stmt->object);
	const char *params[] = { parent, part };
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, c,
			 "SELECT inhdetachpending FROM pg_catalog.pg_inherits"
			 " WHERE inhparent = pg_catalog.to_regclass($1)"
			 " AND inhrelid = pg_catalog.to_regclass($2)",
			 params, 2, err) < 0)
		return -1;
	if (rows.n && !gm_cell_bool(&rows, 0, 0))
		return 0;
	if (!rows.n && !begun)
		return 0;
	out->done = true;
	out->note = "the partition is detached";
	if (!rows.n)
		return 0;
	out->note = "finished a detachment that was cut off";
	return gm_conn_exec(
		NULL, NULL, c,
		gm_printf(a, "ALTER TABLE %s DETACH PARTITION %s FINALIZE",
			  parent, part),
		NULL, 0, err);
}

static int before_enum(struct gm_probe *out, struct gm_arena *a,
		       struct gm_conn *c, const struct gm_run_stmt *stmt,
		       struct gm_err *err)
{
	if (exists(&out->done, a, c,
		   "SELECT FROM pg_catalog.pg_enum WHERE enumtypid ="
		   " pg_catalog.to_regtype($1) AND enumlabel = $2",
		   written(a, &stmt->object), stmt->label, err) < 0)
		return -1;
	if (out->done)
		out->note =
			gm_printf(a, "the value '%s' is there", stmt->label);
	return 0;
}

static int before_name(struct gm_probe *out, struct gm_arena *a,
		       struct gm_conn *c, const struct gm_run_stmt *stmt,
		       struct gm_err *err)
{
	static const char *const columns[][2] = {
		{ "pg_database", "datname" },
		{ "pg_tablespace", "spcname" },
		{ "pg_subscription", "subname" },
	};
	const char *column = columns[0][1];
	bool there;

	for (size_t i = 0; i < GM_COUNT(columns); i++)
		if (!strcmp(stmt->catalog, columns[i][0]))
			column = columns[i][1];
	if (exists(&there, a, c,
		   gm_printf(a, "SELECT FROM pg_catalog.%s WHERE %s = $1",
			     stmt->catalog, column),
		   stmt->object.name, NULL, err) < 0)
		return -1;
	out->done = there != stmt->drops;
	if (out->done)
		out->note = there ? "it is there" : "it is gone";
	return 0;
}

static int nobody_knows(const struct gm_run_stmt *stmt, struct gm_err *err)
{
	gm_fail(err, GM_EINPUT,
		"%s ends transactions itself and was begun before: how much"
		" of it is done cannot be known",
		stmt->tag);
	return gm_hint(err, "See what it has done; then have it run again with"
			    " 'git migrate apply --resume'.");
}

int gm_probe_before(struct gm_probe *out, struct gm_arena *a, struct gm_conn *c,
		    const struct gm_steps *steps,
		    const struct gm_run_stmt *stmt, bool begun,
		    struct gm_err *err)
{
	*out = (struct gm_probe){ 0 };
	switch (stmt->probe) {
	case GM_PROBE_INDEX:
		return before_index(out, a, c, steps, stmt, begun, err);
	case GM_PROBE_DROP_INDEX:
		return before_drop(out, a, c, stmt, begun, err);
	case GM_PROBE_REINDEX:
		return before_reindex(out, a, c, stmt, begun, err);
	case GM_PROBE_DETACH:
		return before_detach(out, a, c, stmt, begun, err);
	case GM_PROBE_ENUM:
		return begun ? before_enum(out, a, c, stmt, err) : 0;
	case GM_PROBE_NAME:
		return begun ? before_name(out, a, c, stmt, err) : 0;
	case GM_PROBE_NONE:
		return begun ? nobody_knows(stmt, err) : 0;
	case GM_PROBE_AGAIN:
		return 0;
	}
	GM_BUG("no such probe");
}

int gm_probe_first(struct gm_arena *a, struct gm_conn *c,
		   const struct gm_run_stmt *stmt, struct gm_err *err)
{
	struct gm_probe found = { 0 };

	if (stmt->probe == GM_PROBE_ENUM && !stmt->bare) {
		if (before_enum(&found, a, c, stmt, err) < 0)
			return -1;
	} else if (stmt->probe == GM_PROBE_NAME && !stmt->drops) {
		if (before_name(&found, a, c, stmt, err) < 0)
			return -1;
	}
	if (!found.done)
		return 0;
	gm_fail(err, GM_EINPUT, "'%s' is there already",
		stmt->probe == GM_PROBE_ENUM ? stmt->label : stmt->object.name);
	return gm_hint(err, "See whose it is; then drop it, or take the"
			    " statement out.");
}

int gm_probe_after(struct gm_arena *a, struct gm_conn *c,
		   const struct gm_steps *steps, const struct gm_run_stmt *stmt,
		   struct gm_err *err)
{
	const char *planned;
	struct index x;

	if (stmt->probe != GM_PROBE_INDEX)
		return 0;
	if (find_index(&x, a, c, stmt, err) < 0)
		return -1;
	if (!x.there || !x.valid)
		return gm_fail(err, GM_EDB, "index %s is %s after its build",
			       stmt->object.name,
			       x.there ? "INVALID" : "not there");
	/* Only IF NOT EXISTS could have passed over another one. */
	if (!stmt->bare)
		return 0;
	if (plan_index(&planned, a, c, steps, stmt, &x, err) < 0)
		return -1;
	if (!x.ours || strcmp(x.def, planned) || x.unique != stmt->unique)
		return other_definition(stmt, &x, planned, err);
	return 0;
}

int gm_probe_look(const char **out, struct gm_arena *a, struct gm_conn *c,
		  const struct gm_run_stmt *stmt, struct gm_err *err)
{
	struct index x;
	bool there;

	*out = NULL;
	if (stmt->probe == GM_PROBE_INDEX) {
		if (find_index(&x, a, c, stmt, err) < 0)
			return -1;
		*out = gm_printf(a, "index %s is %s", stmt->object.name,
				 !x.there  ? "not there"
				 : x.valid ? "there and valid"
					   : "there and INVALID");
	} else if (stmt->probe == GM_PROBE_DROP_INDEX) {
		if (exists(&there, a, c,
			   "SELECT WHERE pg_catalog.to_regclass($1) IS NOT"
			   " NULL",
			   written(a, &stmt->object), NULL, err) < 0)
			return -1;
		*out = gm_printf(a, "index %s is %s", stmt->object.name,
				 there ? "there" : "gone");
	}
	return 0;
}

int gm_probe_clean(struct gm_arena *a, struct gm_conn *c,
		   const struct gm_run_stmt *stmt, struct gm_err *err)
{
	struct index x;

	if (stmt->probe == GM_PROBE_REINDEX) {
		int n = drop_leftovers(a, c, stmt, err);

		return n > 0 ? 1 : n;
	}
	if (stmt->probe != GM_PROBE_INDEX)
		return 0;
	if (find_index(&x, a, c, stmt, err) < 0)
		return -1;
	if (!x.there || x.valid || !x.ours)
		return 0;
	if (drop_index(a, c, x.name, err) < 0)
		return -1;
	return 1;
}
