#include "db/catalog.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/embed.h"
#include "base/map.h"
#include "db/preflight.h"
#include "sql/same.h"

/*
 * However long a large catalog takes; but views are locked to be written as
 * SQL, and nobody waits for those.
 */
static const char begin[] =
	"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
	"SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '10s'";

/* How definitions are written must not hang on who asks. */
static const char only[] =
	"SELECT u.name, pg_catalog.current_setting(u.name),"
	" pg_catalog.set_config(u.name, u.value, true) FROM (VALUES"
	" ('search_path', 'pg_catalog'), ('datestyle', 'ISO, YMD'),"
	" ('intervalstyle', 'postgres'), ('timezone', 'UTC'),"
	" ('extra_float_digits', '1'), ('quote_all_identifiers', 'off'),"
	" ('bytea_output', 'hex'), ('standard_conforming_strings', 'on'),"
	" ('lc_monetary', 'C')) u (name, value)";
static const char back[] =
	"SELECT pg_catalog.set_config(u.name, u.value, true) FROM"
	" ROWS FROM (pg_catalog.unnest($1::text[]),"
	" pg_catalog.unnest($2::text[])) AS u (name, value)";

static int set_back(struct gm_arena *a, struct gm_conn *c,
		    const struct gm_rows *old, struct gm_err *err)
{
	struct gm_strings names = { 0 }, values = { 0 };
	const char *params[2];

	for (size_t i = 0; i < old->n; i++) {
		*GM_PUSH(a, &names) = gm_cell(old, i, 0);
		*GM_PUSH(a, &values) = gm_cell(old, i, 1);
	}
	params[0] = gm_sql_array(a, names.items, names.n);
	params[1] = gm_sql_array(a, values.items, values.n);
	return gm_conn_exec(NULL, NULL, c, back, params, 2, err);
}

static int read_objects(struct gm_catalog *out, struct gm_arena *a,
			struct gm_conn *c, const char *without,
			struct gm_err *err)
{
	const char *const params[] = { without ? without : "" };
	struct gm_rows r, old;

	if (gm_conn_exec(&old, a, c, only, NULL, 0, err) < 0 ||
	    gm_conn_exec(&r, a, c, gm_str_dup(a, gm_embed("sql/catalog.sql")),
			 params, 1, err) < 0 ||
	    set_back(a, c, &old, err) < 0)
		return -1;
	out->n = r.n;
	out->items = gm_alloc_n(a, r.n, sizeof(*out->items));
	for (size_t i = 0; i < r.n; i++)
		out->items[i] = (struct gm_object){ gm_cell(&r, i, 0),
						    gm_cell(&r, i, 1),
						    gm_cell(&r, i, 2),
						    gm_cell(&r, i, 3) };
	return 0;
}

int gm_catalog_read(struct gm_catalog *out, struct gm_arena *a,
		    struct gm_conn *c, const char *without, struct gm_err *err)
{
	bool own = gm_conn_tx(c) == GM_TX_IDLE;
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_catalog all = { NULL, 0 };

	if (own && gm_conn_script(c, begin, err) < 0)
		return -1;
	if (read_objects(&all, a, c, without, err) < 0) {
		if (own)
			(void)!gm_conn_script(c, "ROLLBACK", &ignored);
		return -1;
	}
	if (own && gm_conn_script(c, "COMMIT", err) < 0)
		return -1;
	*out = all;
	return 0;
}

const char *gm_catalog_digest(struct gm_arena *a, const struct gm_catalog *c)
{
	char *hex = gm_alloc(a, GM_SHA256_HEX + 1);
	struct gm_buf b = gm_buf(a);

	for (size_t i = 0; i < c->n; i++) {
		const struct gm_object *o = &c->items[i];

		/* With the lengths, so that no two texts can run together. */
		gm_buf_printf(&b, "%s %zu %s %zu %s\n", o->kind,
			      strlen(o->name), o->name, strlen(o->definition),
			      o->definition);
	}
	gm_sha256_hex(hex, gm_buf_view(&b));
	return hex;
}

static int order(const struct gm_object *a, const struct gm_object *b)
{
	int by_kind = strcmp(a->kind, b->kind);

	return by_kind ? by_kind : strcmp(a->name, b->name);
}

/* The objects of one side alone, by kind and name. */
static struct gm_map only_in(struct gm_arena *a, const struct gm_catalog *one,
			     const struct gm_catalog *other)
{
	struct gm_map all = gm_map(a), alone = gm_map(a);

	for (size_t i = 0; i < other->n; i++) {
		const struct gm_object *o = &other->items[i];

		gm_map_set(&all,
			   gm_str(gm_printf(a, "%s %s", o->kind, o->name)),
			   &other->items[i]);
	}
	for (size_t i = 0; i < one->n; i++) {
		const struct gm_object *o = &one->items[i];
		struct gm_str key =
			gm_str(gm_printf(a, "%s %s", o->kind, o->name));

		if (!gm_map_get(&all, key))
			gm_map_set(&alone, key, &one->items[i]);
	}
	return alone;
}

static void add(struct gm_changes *out, struct gm_arena *a,
		const struct gm_map *alone, const struct gm_object *before,
		const struct gm_object *after)
{
	const struct gm_object *o = before ? before : after;

	if (alone && o && *o->parent && gm_map_get(alone, gm_str(o->parent)))
		return;
	*GM_PUSH(a, out) = (struct gm_change){ before, after };
}

/*
 * Of a check the server keeps how it was tied together, and of a routine how
 * it was laid out: neither comes back when a dump is loaded, or somebody
 * writes it again.
 */
static bool same(struct gm_arena *a, const struct gm_object *before,
		 const struct gm_object *after)
{
	const char *was = before->definition, *is = after->definition;

	if (!strcmp(was, is))
		return true;
	if (!strcmp(before->kind, "function") ||
	    !strcmp(before->kind, "procedure"))
		return gm_sql_same_routine(gm_str(was), gm_str(is));
	if (!strcmp(before->kind, "constraint"))
		return gm_sql_same(
			gm_str(gm_printf(a, "ALTER TABLE t ADD %s", was)),
			gm_str(gm_printf(a, "ALTER TABLE t ADD %s", is)));
	return false;
}

void gm_catalog_compare(struct gm_changes *out, struct gm_arena *a,
			const struct gm_catalog *before,
			const struct gm_catalog *after)
{
	struct gm_map gone = only_in(a, before, after);
	struct gm_map come = only_in(a, after, before);
	size_t i = 0, k = 0;

	*out = (struct gm_changes){ NULL };
	while (i < before->n || k < after->n) {
		const struct gm_object *b = &before->items[i];
		const struct gm_object *f = &after->items[k];
		int cmp = i == before->n ? 1 : k == after->n ? -1 : order(b, f);

		if (cmp < 0) {
			add(out, a, &gone, b, NULL);
			i++;
		} else if (cmp > 0) {
			add(out, a, &come, NULL, f);
			k++;
		} else {
			if (!same(a, b, f))
				add(out, a, NULL, b, f);
			i++;
			k++;
		}
	}
}

const char *gm_change_word(const struct gm_change *c)
{
	return !c->before ? "added" : !c->after ? "removed" : "changed";
}

const char *gm_change_name(struct gm_arena *a, const struct gm_change *c)
{
	const struct gm_object *o = c->before ? c->before : c->after;

	return gm_printf(a, "%s %s", o->kind, o->name);
}
