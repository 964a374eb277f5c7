#include "db/stage.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "db/binaries.h"
#include "sql/run.h"

#define LEAVE_MS 10000
#define DUMP_MS 600000
#define MAX_SCHEMA ((size_t)64 << 20)
/* So many things that are not there are made up; then it is a mistake. */
#define MAX_MADE_UP 100

int gm_stage_connect(struct gm_conn **out, const struct gm_stage *s,
		     const struct gm_server *server, const char *dbname,
		     struct gm_err *err)
{
	const struct gm_watch w = { .limit_ms = s->limit_ms };
	struct gm_conn *c = NULL;

	if (gm_server_connect(&c, server ? server : s->server, GM_STAGE_ROLE,
			      dbname, err) < 0)
		return -1;
	gm_conn_watch(c, &w);
	if (gm_conn_script(c,
			   "SET search_path = public;"
			   "SET client_min_messages = warning",
			   err) < 0) {
		gm_conn_close(&c);
		return -1;
	}
	*out = c;
	return 0;
}

/*
 * Before 15 the schema public belonged to the superuser, and all could make
 * tables there, as may here those who are made up.
 */
static int own_public(const struct gm_stage *s, struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;

	if (gm_server_connect(&c, s->server, NULL, GM_STAGE_DB, err) < 0)
		return -1;
	return gm_conn_script(c,
			      gm_server_version(s->server) < 150000
				      ? "ALTER SCHEMA public OWNER TO"
					" " GM_STAGE_ROLE
				      : "GRANT CREATE ON SCHEMA public TO"
					" PUBLIC",
			      err);
}

static int make_database(const struct gm_stage *s, struct gm_err *err)
{
	if (gm_conn_script(s->control,
			   "CREATE DATABASE " GM_STAGE_DB
			   " OWNER " GM_STAGE_ROLE,
			   err) < 0)
		return -1;
	return own_public(s, err);
}

int gm_stage_open(struct gm_stage *out, struct gm_arena *a, const char *bin,
		  int64_t limit_ms, struct gm_err *err)
{
	const struct gm_server_options o = { .bin = bin,
					     .superuser = GM_STAGE_SUPERUSER,
					     .archive = true };
	struct gm_stage s = { .arena = a, .limit_ms = limit_ms };

	if (gm_server_open(&s.server, a, &o, err) < 0)
		return -1;
	if (gm_server_connect(&s.control, s.server, NULL, "postgres", err) <
		    0 ||
	    gm_conn_script(s.control, "SET search_path = pg_catalog", err) <
		    0 ||
	    gm_conn_script(s.control,
			   "CREATE ROLE " GM_STAGE_ROLE " LOGIN NOSUPERUSER"
			   " NOCREATEDB NOCREATEROLE NOREPLICATION",
			   err) < 0 ||
	    make_database(&s, err) < 0) {
		gm_stage_close(&s);
		return -1;
	}
	*out = s;
	return 0;
}

void gm_stage_close(struct gm_stage *s)
{
	gm_conn_close(&s->control);
	gm_server_close(&s->server);
}

/*
 * A session that was closed may need a moment to be gone.  The server waits for
 * that as well, but looks only ten times a second.
 */
static int wait_until_alone(const struct gm_stage *s, const char *dbname,
			    struct gm_err *err)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	int64_t until = gm_ticks_ms() + LEAVE_MS;
	struct gm_rows r;

	for (;;) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

		if (gm_conn_row(&r, &a, s->control,
				"SELECT count(*) FROM pg_stat_activity"
				" WHERE datname = $1",
				&dbname, 1, err) < 0)
			return -1;
		if (!gm_cell_int(&r, 0, 0) || gm_ticks_ms() > until)
			return 0;
		nanosleep(&moment, NULL);
	}
}

int gm_stage_drop(const struct gm_stage *s, const char *name,
		  struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	if (wait_until_alone(s, name, err) < 0)
		return -1;
	return gm_conn_script(s->control,
			      gm_printf(&a, "DROP DATABASE IF EXISTS %s",
					gm_sql_ident(&a, name)),
			      err);
}

int gm_stage_clear(const struct gm_stage *s, struct gm_err *err)
{
	if (gm_stage_drop(s, GM_STAGE_DB, err) < 0)
		return -1;
	return make_database(s, err);
}

int gm_stage_copy(const struct gm_stage *s, const char *name,
		  struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	if (gm_stage_drop(s, name, err) < 0 ||
	    wait_until_alone(s, GM_STAGE_DB, err) < 0)
		return -1;
	return gm_conn_script(
		s->control,
		gm_printf(&a,
			  "CREATE DATABASE %s TEMPLATE " GM_STAGE_DB
			  " OWNER " GM_STAGE_ROLE "%s",
			  gm_sql_ident(&a, name),
			  gm_server_version(s->server) >= 150000
				  ? " STRATEGY file_copy"
				  : ""),
		err);
}

/* 'role "app" does not exist': app. */
static const char *missing(struct gm_arena *a, const char *message,
			   const char *what)
{
	size_t len = strlen(what);
	const char *at = strstr(message, what), *end;

	if (!at)
		return NULL;
	end = strstr(at + len, "\" does not exist");
	if (!end || end == at + len)
		return NULL;
	return gm_strndup(a, at + len, (size_t)(end - at) - len);
}

int gm_stage_make_up(struct gm_stage *s, const struct gm_conn *c,
		     struct gm_err *err)
{
	const char *message = gm_conn_said(c)->message, *name, *sql;
	struct gm_arena *a = s->arena;
	bool role = true;

	if (s->made_up.n >= MAX_MADE_UP)
		return 0;
	if (gm_conn_failed_with(c, "42704")) {
		name = missing(a, message, "role \"");
	} else if (gm_conn_failed_with(c, "3D000")) {
		name = missing(a, message, "database \"");
		role = false;
	} else {
		return 0;
	}
	if (!name || !strncmp(name, "pg_", 3))
		return 0;
	sql = role ? gm_printf(a,
			       "CREATE ROLE %s NOLOGIN; GRANT %s "
			       "TO " GM_STAGE_ROLE,
			       gm_sql_ident(a, name), gm_sql_ident(a, name))
		   : gm_printf(a, "CREATE DATABASE %s OWNER " GM_STAGE_ROLE,
			       gm_sql_ident(a, name));
	if (gm_conn_script(s->control, sql, err) < 0)
		return -1;
	*GM_PUSH(a, &s->made_up) =
		gm_printf(a, "%s %s", role ? "role" : "database", name);
	return 1;
}

/* ---- schemas ---- */

static struct gm_str text_of(struct gm_str text, const struct gm_run_stmt *stmt)
{
	return gm_str_sub(text, stmt->offset, stmt->offset + stmt->len);
}

/*
 * What pg_dump writes for psql alone, and the encoding it says it writes:
 * both mean nothing here.
 */
static bool passed_over(struct gm_str text, const struct gm_run_stmt *stmt)
{
	struct gm_str words = text_of(text, stmt);

	return gm_str_starts(words, GM_STR("\\restrict ")) ||
	       gm_str_starts(words, GM_STR("\\unrestrict ")) ||
	       gm_str_ieq(gm_str(stmt->setting), GM_STR("client_encoding"));
}

/*
 * What only a superuser may do, and no migration depends on; or a guess.  The
 * comment on an extension that was passed over finds none.
 */
static bool tolerated(const struct gm_conn *c, struct gm_str text,
		      const struct gm_run_stmt *stmt)
{
	if (!strcmp(stmt->tag, "CREATE EXTENSION"))
		return gm_conn_failed_with(c, GM_SQLSTATE_NO_RIGHTS) ||
		       gm_conn_failed_with(c, "58P01") ||
		       gm_conn_failed_with(c, "0A000");
	return !strcmp(stmt->tag, "COMMENT") &&
	       memmem(text.ptr + stmt->offset, stmt->len, " EXTENSION ", 11) &&
	       (gm_conn_failed_with(c, GM_SQLSTATE_NO_RIGHTS) ||
		gm_conn_failed_with(c, "42704"));
}

static int load_statement(struct gm_stage *s, struct gm_conn *c,
			  const char *path, struct gm_str text,
			  const struct gm_run_stmt *stmt, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *sql = gm_str_dup(&a, text_of(text, stmt));
	int again;

	while (gm_conn_exec(NULL, NULL, c, sql, NULL, 0, err) < 0) {
		gm_conn_fail_in(c, path, text, stmt->offset, err);
		if (!gm_conn_alive(c))
			return -1;
		if (tolerated(c, text, stmt)) {
			*GM_PUSH(s->arena, &s->notes) =
				gm_printf(s->arena, "%s:%zu: passed over: %s",
					  path, stmt->line, err->msg);
			return 0;
		}
		again = gm_stage_make_up(s, c, err);
		if (again <= 0)
			return -1;
	}
	return 0;
}

int gm_stage_load(struct gm_stage *s, const char *path, struct gm_str text,
		  struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	struct gm_run_file file;

	if (gm_run_read(&file, s->arena, text, err) < 0)
		return gm_fail_at(err, path, 0, 0);
	if (gm_stage_connect(&c, s, NULL, GM_STAGE_DB, err) < 0)
		return -1;
	for (size_t i = 0; i < file.n; i++) {
		const struct gm_run_stmt *stmt = &file.items[i];

		if (passed_over(text, stmt))
			continue;
		if (stmt->mode == GM_RUN_NEVER) {
			gm_fail(err, GM_EINPUT, "it cannot be loaded: %s",
				stmt->why ? stmt->why
					  : "it manages transactions itself");
			return gm_fail_at(err, path, stmt->line, stmt->column);
		}
		if (load_statement(s, c, path, text, stmt, err) < 0)
			return -1;
	}
	return 0;
}

/* Ours, without libpq's, and then those. */
static const char *const *environment(struct gm_arena *a,
				      const struct gm_strings *more)
{
	struct gm_strings all = { NULL };

	for (size_t i = 0; environ && environ[i]; i++) {
		bool replaced = false;

		for (size_t k = 0; k < more->n; k++) {
			size_t len = gm_str_find(gm_str(more->items[k]), '=');

			replaced =
				replaced ||
				!strncmp(environ[i], more->items[k], len + 1);
		}
		if (!replaced)
			*GM_PUSH(a, &all) = environ[i];
	}
	for (size_t i = 0; i < more->n; i++)
		*GM_PUSH(a, &all) = more->items[i];
	*GM_PUSH(a, &all) = NULL;
	return all.items;
}

int gm_stage_dump(struct gm_str *out, struct gm_arena *a, const char *bin,
		  const char *uri, struct gm_err *err)
{
	struct gm_strings more = { NULL };
	struct gm_binaries found;
	struct gm_child child = { .max_output = MAX_SCHEMA,
				  .timeout_ms = DUMP_MS };
	const char *argv[] = { NULL,
			       "--schema-only",
			       "--encoding=UTF8",
			       "--no-owner",
			       "--no-password",
			       "--no-publications",
			       "--no-subscriptions",
			       "--no-tablespaces",
			       NULL };
	struct gm_str text;
	int status;

	if (gm_binaries_find(&found, a, bin, err) < 0 ||
	    gm_conn_environment(&more, a, uri, err) < 0)
		return -1;
	argv[0] = gm_printf(a, "%s/pg_dump", found.dir);
	child.argv = argv;
	child.env = environment(a, &more);
	status = gm_child_run(&text, a, &child, err);
	if (status < 0)
		return -1;
	if (status) {
		gm_fail(err, GM_EDB, "pg_dump could not read the schema");
		return gm_hint(err, "What it says stands above.");
	}
	*out = text;
	return 0;
}
