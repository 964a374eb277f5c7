#include "db/foreign.h"

#include <string.h>

#include "migration/layout.h"

/*
 * What tells the tables apart: a column that only this tool has.  The query
 * gives version, state (applied, failed, reverted) and time; the first %s is
 * the table.
 */
static const struct {
	const char *tool, *table, *column, *sql;
	bool through, by_name;
} tools[] = {
	{ "golang-migrate", "schema_migrations", "dirty",
	  "SELECT version::text, CASE WHEN dirty THEN 'failed' ELSE 'applied'"
	  " END, '' FROM %s",
	  true, false },
	{ "Flyway", "flyway_schema_history", "installed_rank",
	  "SELECT version, CASE WHEN success THEN 'applied' ELSE 'failed' END,"
	  " installed_on::text FROM %s WHERE version IS NOT NULL"
	  " AND type <> 'DELETE' AND type NOT LIKE 'UNDO%'"
	  " ORDER BY installed_rank",
	  false, false },
	{ "Diesel", "__diesel_schema_migrations", "run_on",
	  "SELECT version, 'applied', run_on::text FROM %s ORDER BY version",
	  false, false },
	{ "goose", "goose_db_version", "version_id",
	  "SELECT version_id::text, CASE WHEN is_applied THEN 'applied'"
	  " ELSE 'reverted' END, tstamp::text FROM (SELECT DISTINCT ON"
	  " (version_id) * FROM %s WHERE version_id > 0"
	  " ORDER BY version_id, id DESC) g ORDER BY version_id",
	  false, false },
	{ "sqlx", "_sqlx_migrations", "execution_time",
	  "SELECT version::text, CASE WHEN success THEN 'applied'"
	  " ELSE 'failed' END, installed_on::text FROM %s ORDER BY version",
	  false, false },
	{ "Prisma", "_prisma_migrations", "applied_steps_count",
	  "SELECT migration_name, CASE WHEN rolled_back_at IS NOT NULL"
	  " THEN 'reverted' WHEN finished_at IS NULL THEN 'failed'"
	  " ELSE 'applied' END, coalesce(finished_at::text, '') FROM %s"
	  " ORDER BY started_at",
	  false, true },
};

const char *gm_foreign_tool(struct gm_str table)
{
	for (size_t i = 0; i < GM_COUNT(tools); i++)
		if (gm_str_is(table, tools[i].table))
			return tools[i].tool;
	return NULL;
}

static enum gm_foreign_state state_of(const char *word)
{
	if (!strcmp(word, "applied"))
		return GM_FOREIGN_APPLIED;
	return !strcmp(word, "reverted") ? GM_FOREIGN_REVERTED
					 : GM_FOREIGN_FAILED;
}

static const char find_sql[] =
	"SELECT pg_catalog.quote_ident(n.nspname) || '.'"
	" || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c"
	" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	" JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
	" WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND a.attname = $2"
	" AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1";

static int read_table(struct gm_foreign *f, struct gm_arena *a,
		      struct gm_conn *c, const char *sql, struct gm_err *err)
{
	const char *at = strstr(sql, "%s");
	const char *text = gm_printf(a, "%.*s%s%s", (int)(at - sql), sql,
				     f->table, at + 2);
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, c, text, NULL, 0, err) < 0)
		return gm_fail_in(err, "the ledger of %s, %s", f->tool,
				  f->table);
	for (size_t i = 0; i < rows.n; i++)
		*GM_PUSH(a, f) = (struct gm_foreign_row){
			.version = gm_cell(&rows, i, 0),
			.state = state_of(gm_cell(&rows, i, 1)),
			.at = gm_cell(&rows, i, 2),
		};
	return 0;
}

int gm_foreign_read(struct gm_foreigns *out, struct gm_arena *a,
		    struct gm_conn *c, struct gm_err *err)
{
	struct gm_foreigns all = { 0 };

	for (size_t i = 0; i < GM_COUNT(tools); i++) {
		const char *params[] = { tools[i].table, tools[i].column };
		struct gm_rows rows;

		if (gm_conn_exec(&rows, a, c, find_sql, params, 2, err) < 0)
			return -1;
		for (size_t k = 0; k < rows.n; k++) {
			struct gm_foreign f = { .tool = tools[i].tool,
						.table = gm_cell(&rows, k, 0),
						.through = tools[i].through,
						.by_name = tools[i].by_name };

			if (read_table(&f, a, c, tools[i].sql, err) < 0)
				return -1;
			*GM_PUSH(a, &all) = f;
		}
	}
	*out = all;
	return 0;
}

enum gm_foreign_state gm_foreign_says(const struct gm_foreign *f,
				      const char *id, struct gm_str version)
{
	enum gm_foreign_state state = GM_FOREIGN_NONE;

	for (size_t i = 0; i < f->n; i++) {
		const struct gm_foreign_row *row = &f->items[i];
		struct gm_str theirs = gm_str(row->version);

		if (f->by_name ? !strcmp(row->version, id)
			       : version.len && gm_version_eq(theirs, version))
			state = row->state;
		else if (f->through && version.len &&
			 gm_version_cmp(version, theirs) < 0)
			state = GM_FOREIGN_APPLIED;
	}
	return state;
}
