#include "db/drift.h"

#include "base/digest.h"
#include "db/lock.h"
#include "db/preflight.h"

/* Definitions as digests, which is all that is kept. */
static void digest(struct gm_catalog *c, struct gm_arena *a)
{
	char hex[GM_SHA256_HEX + 1];

	for (size_t i = 0; i < c->n; i++) {
		gm_sha256_hex(hex, gm_str(c->items[i].definition));
		c->items[i].definition = gm_strdup(a, hex);
	}
}

static const char store_sql[] =
	"WITH gone AS (DELETE FROM git_migrate.object o WHERE NOT EXISTS"
	" (SELECT FROM ROWS FROM (pg_catalog.unnest($1::text[]),"
	" pg_catalog.unnest($2::text[])) AS u (kind, identity)"
	" WHERE u.kind = o.kind AND u.identity = o.identity))"
	" INSERT INTO git_migrate.object AS o (kind, identity, parent, sha256)"
	" SELECT * FROM ROWS FROM (pg_catalog.unnest($1::text[]),"
	" pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[]),"
	" pg_catalog.unnest($4::text[])) AS u (kind, identity, parent, sha256)"
	" ON CONFLICT (kind, identity) DO UPDATE SET parent = excluded.parent,"
	" sha256 = excluded.sha256, seen_at = pg_catalog.clock_timestamp()"
	" WHERE o.parent <> excluded.parent OR o.sha256 <> excluded.sha256";

int gm_drift_store(struct gm_conn *c, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_strings columns[4] = { { 0 } };
	const char *params[4];
	struct gm_catalog now;

	if (gm_catalog_read(&now, &a, c, GM_LEDGER_SCHEMA, err) < 0)
		return -1;
	digest(&now, &a);
	for (size_t i = 0; i < now.n; i++) {
		*GM_PUSH(&a, &columns[0]) = now.items[i].kind;
		*GM_PUSH(&a, &columns[1]) = now.items[i].name;
		*GM_PUSH(&a, &columns[2]) = now.items[i].parent;
		*GM_PUSH(&a, &columns[3]) = now.items[i].definition;
	}
	for (size_t i = 0; i < 4; i++)
		params[i] = gm_sql_array(&a, columns[i].items, columns[i].n);
	if (gm_conn_exec(NULL, NULL, c, store_sql, params, 4, err) < 0)
		return gm_fail_in(err, "cannot write down the catalog");
	return gm_ledger_event(c, NULL, "catalog", 0,
			       gm_catalog_digest(&a, &now), err);
}

/* Is the last word on the catalog behind the last one on migrations? */
static const char known_sql[] =
	"SELECT coalesce((SELECT max(seq) FROM git_migrate.event"
	" WHERE kind = 'catalog') > (SELECT max(seq) FROM git_migrate.event"
	" WHERE kind IN ('started', 'step-done', 'applied')), false)";

int gm_drift_read(struct gm_changes *out, struct gm_arena *a, struct gm_conn *c,
		  struct gm_err *err)
{
	struct gm_catalog before = { 0 }, now;
	struct gm_rows rows;

	if (gm_conn_row(&rows, a, c, known_sql, NULL, 0, err) < 0)
		return -1;
	if (!gm_cell_bool(&rows, 0, 0))
		return 0;
	if (gm_conn_exec(&rows, a, c,
			 "SELECT kind, identity, parent, sha256"
			 " FROM git_migrate.object ORDER BY kind COLLATE \"C\","
			 " identity COLLATE \"C\"",
			 NULL, 0, err) < 0 ||
	    gm_catalog_read(&now, a, c, GM_LEDGER_SCHEMA, err) < 0)
		return -1;
	digest(&now, a);
	before.n = rows.n;
	before.items = gm_alloc_n(a, rows.n, sizeof(*before.items));
	for (size_t i = 0; i < rows.n; i++)
		before.items[i] = (struct gm_object){
			.kind = gm_cell(&rows, i, 0),
			.name = gm_cell(&rows, i, 1),
			.parent = gm_cell(&rows, i, 2),
			.definition = gm_cell(&rows, i, 3),
		};
	gm_catalog_compare(out, a, &before, &now);
	return 1;
}
