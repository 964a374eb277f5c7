#include "db/control.h"

#include "base/buf.h"
#include "db/lock.h"

/* Which versions know a setting, and what it is to be. */
static const struct {
	int since;
	const char *setting;
} settings[] = {
	{ 0, "idle_in_transaction_session_timeout = 0" },
	{ 0, "row_security = off" },
	{ 0, "tcp_keepalives_idle = 10" },
	{ 0, "tcp_keepalives_interval = 5" },
	{ 0, "tcp_keepalives_count = 3" },
	{ 140000, "idle_session_timeout = 0" },
	{ 170000, "transaction_timeout = 0" },
};

static void set_all(struct gm_buf *sql, const struct gm_conn *c,
		    const char *set)
{
	for (size_t i = 0; i < GM_COUNT(settings); i++)
		if (gm_conn_version(c) >= settings[i].since)
			gm_buf_printf(sql, "%s%s;", set, settings[i].setting);
}

int gm_control_set(struct gm_conn *c, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_buf sql = gm_buf(&a);

	if (gm_lock_no_pooler(c, NULL, err) < 0)
		return -1;
	set_all(&sql, c, "SET ");
	gm_buf_puts(&sql,
		    "SET statement_timeout = '30s'; SET lock_timeout = 0;"
		    "SET default_transaction_isolation = 'read committed';"
		    "SET search_path = pg_catalog");
	return gm_conn_script(c, sql.ptr, err);
}

int gm_control_begin(struct gm_conn *c, const char *search_path,
		     struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_buf sql = gm_buf(&a);

	gm_buf_puts(&sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;");
	set_all(&sql, c, "SET LOCAL ");
	gm_buf_printf(&sql,
		      "SET LOCAL statement_timeout = 0;"
		      "SET LOCAL lock_timeout = '10s'; SELECT"
		      " pg_catalog.set_config('search_path', %s, true)",
		      gm_sql_literal(&a, search_path));
	return gm_conn_script(c, sql.ptr, err);
}
