#include "db/preflight.h"

#include <string.h>
#include <sys/statvfs.h>

#include "base/buf.h"
#include "base/embed.h"

const char *gm_preflight_level_name(enum gm_preflight_level level)
{
	static const char *const names[] = { "note", "warning", "no-go" };

	return names[level];
}

const char *gm_sql_array(struct gm_arena *a, const char *const *items, size_t n)
{
	struct gm_buf out = gm_buf(a);

	gm_buf_putc(&out, '{');
	for (size_t i = 0; i < n; i++) {
		gm_buf_puts(&out, i ? ",\"" : "\"");
		for (const char *s = items[i]; *s; s++) {
			if (*s == '"' || *s == '\\')
				gm_buf_putc(&out, '\\');
			gm_buf_putc(&out, *s);
		}
		gm_buf_putc(&out, '"');
	}
	gm_buf_putc(&out, '}');
	return out.ptr;
}

static void add(struct gm_preflight *p, struct gm_arena *a,
		enum gm_preflight_level level, const char *check,
		const char *what, const char *hint)
{
	*GM_PUSH(a, p) = (struct gm_preflight_item){ level, check, what, hint };
	if (level == GM_PREFLIGHT_BLOCK)
		p->blocks++;
}

static void add_rows(struct gm_preflight *p, struct gm_arena *a,
		     const struct gm_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		const char *level = gm_cell(rows, i, 1);

		add(p, a,
		    !strcmp(level, "block")  ? GM_PREFLIGHT_BLOCK
		    : !strcmp(level, "warn") ? GM_PREFLIGHT_WARN
					     : GM_PREFLIGHT_NOTE,
		    gm_cell(rows, i, 0), gm_cell(rows, i, 2),
		    gm_cell(rows, i, 3));
	}
}

int gm_preflight_server(struct gm_preflight *out, struct gm_arena *a,
			struct gm_conn *c, const char *search_path,
			struct gm_err *err)
{
	const char *params[] = { gm_printf(a, "%d", GM_PREFLIGHT_OLD_S),
				 search_path ? search_path : "" };
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, c,
			 gm_str_dup(a, gm_embed("sql/preflight_server.sql")),
			 params, 2, err) < 0)
		return gm_fail_in(err, "preflight");
	add_rows(out, a, &rows);
	return 0;
}

/*
 * No function of the server tells how much room its disk has; where it is on
 * this machine and lets us see where its files are, we look ourselves.
 */
static int check_disk(struct gm_preflight *out, struct gm_arena *a,
		      struct gm_conn *c, const char *names, struct gm_err *err)
{
	const char *params[] = { names };
	struct statvfs disk;
	struct gm_rows rows;
	uint64_t need, left;

	if (gm_conn_row(&rows, a, c,
			"SELECT pg_catalog.inet_server_addr() IS NULL,"
			" CASE WHEN pg_catalog.pg_has_role("
			"'pg_read_all_settings', 'USAGE') THEN"
			" pg_catalog.current_setting('data_directory', true)"
			" END,"
			" (SELECT sum(pg_catalog.pg_total_relation_size("
			"pg_catalog.to_regclass(u.name)))"
			" FROM pg_catalog.unnest($1::text[]) u (name))",
			params, 1, err) < 0)
		return gm_fail_in(err, "preflight");
	need = (uint64_t)gm_cell_int(&rows, 0, 2);
	if (!gm_cell_bool(&rows, 0, 0) || !need ||
	    statvfs(gm_cell(&rows, 0, 1), &disk) < 0)
		return 0;
	left = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (left < need + need / 4)
		add(out, a, GM_PREFLIGHT_BLOCK, "space",
		    gm_printf(a,
			      "%llu MiB are free on the server's disk, and what"
			      " is written anew takes %llu MiB",
			      (unsigned long long)(left >> 20),
			      (unsigned long long)(need >> 20)),
		    "Make room first: a full disk stops the whole server.");
	return 0;
}

static const char *lock_word(enum gm_run_lock lock)
{
	switch (lock) {
	case GM_RUN_LOCK_ALL:
		return "all";
	case GM_RUN_LOCK_WRITES:
		return "writes";
	case GM_RUN_LOCK_LONG:
		return "long";
	default:
		return "rows";
	}
}

static int check_targets(struct gm_preflight *out, struct gm_arena *a,
			 struct gm_conn *c, const struct gm_steps_targets *t,
			 struct gm_err *err)
{
	struct gm_strings names = { 0 }, locks = { 0 }, space = { 0 };
	struct gm_strings anew = { 0 };
	const char *params[4];
	struct gm_rows rows;

	for (size_t i = 0; i < t->n; i++) {
		const struct gm_run_name *n = &t->items[i].name;
		const char *name =
			*n->schema ? gm_sql_ident2(a, n->schema, n->name)
				   : gm_sql_ident(a, n->name);

		*GM_PUSH(a, &names) = name;
		*GM_PUSH(a, &locks) = lock_word(t->items[i].lock);
		*GM_PUSH(a, &space) = t->items[i].space ? "t" : "f";
		if (t->items[i].space)
			*GM_PUSH(a, &anew) = name;
	}
	params[0] = gm_sql_array(a, names.items, names.n);
	params[1] = gm_sql_array(a, locks.items, locks.n);
	params[2] = gm_sql_array(a, space.items, space.n);
	params[3] = gm_printf(a, "%d", GM_PREFLIGHT_OLD_S);
	if (gm_conn_exec(&rows, a, c,
			 gm_str_dup(a, gm_embed("sql/preflight_targets.sql")),
			 params, 4, err) < 0)
		return gm_fail_in(err, "preflight");
	add_rows(out, a, &rows);
	if (!anew.n)
		return 0;
	return check_disk(out, a, c, gm_sql_array(a, anew.items, anew.n), err);
}

/* Before 14.4 a concurrent build could leave rows out, silently. */
static void check_version(struct gm_preflight *out, struct gm_arena *a,
			  struct gm_conn *c, const struct gm_steps *steps)
{
	int version = gm_conn_version(c);

	if (version < 140000 || version >= 140004)
		return;
	for (size_t i = 0; i < steps->file.n; i++) {
		enum gm_run_probe probe = steps->file.items[i].probe;

		if (probe != GM_PROBE_INDEX && probe != GM_PROBE_REINDEX)
			continue;
		add(out, a, GM_PREFLIGHT_BLOCK, "version",
		    "CONCURRENTLY corrupts indexes on PostgreSQL 14.0 to"
		    " 14.3",
		    "Update the server to 14.4 or later.");
		return;
	}
}

int gm_preflight_steps(struct gm_preflight *out, struct gm_arena *a,
		       struct gm_conn *c, const struct gm_steps *steps,
		       struct gm_err *err)
{
	struct gm_steps_targets targets;

	gm_steps_targets(&targets, a, steps);
	check_version(out, a, c, steps);
	if (!targets.n)
		return 0;
	return check_targets(out, a, c, &targets, err);
}

int gm_identity_read(struct gm_identity *out, struct gm_conn *c,
		     struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_rows rows;

	if (gm_conn_row(&rows, &scratch, c,
			"SELECT s.system_identifier, CASE WHEN"
			" pg_catalog.pg_is_in_recovery() THEN 0 ELSE"
			" ('x' || pg_catalog.substr("
			"pg_catalog.pg_walfile_name("
			"pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int"
			" END, (extract(epoch FROM"
			" pg_catalog.pg_postmaster_start_time()) * 1000000)"
			"::bigint FROM pg_catalog.pg_control_system() s",
			NULL, 0, err) < 0)
		return -1;
	out->system_id = gm_cell_int(&rows, 0, 0);
	out->timeline = gm_cell_int(&rows, 0, 1);
	out->started = gm_cell_int(&rows, 0, 2);
	return 0;
}
