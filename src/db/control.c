#include "db/control.h"

#include "base/buf.h"

static const char settings[] =
	"SET statement_timeout = '30s'; SET lock_timeout = 0;"
	"SET idle_in_transaction_session_timeout = 0; SET row_security = off;"
	"SET default_transaction_isolation = 'read committed';"
	"SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
	"SET tcp_keepalives_count = 3;";

int gm_control_set(struct gm_conn *c, const char *search_path,
		   struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_buf sql = gm_buf(&a);

	/* At once, so that a short one does not end this. */
	if (gm_conn_exec(NULL, NULL, c, "SET statement_timeout = 0", NULL, 0,
			 err) < 0)
		return -1;
	if (gm_conn_version(c) >= 170000)
		gm_buf_puts(&sql, "SET transaction_timeout = 0;");
	if (gm_conn_version(c) >= 140000)
		gm_buf_puts(&sql, "SET idle_session_timeout = 0;");
	gm_buf_printf(
		&sql,
		"%sSELECT pg_catalog.set_config('search_path', %s,"
		" false)",
		settings,
		gm_sql_literal(&a, search_path ? search_path : "pg_catalog"));
	return gm_conn_script(c, sql.ptr, err);
}
