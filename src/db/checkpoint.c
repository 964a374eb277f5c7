#include "db/checkpoint.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/utf8.h"

/* PostgreSQL keeps 63 bytes of the name of a restore point. */
#define NAME_MAX_LEN 63

static const char *base36(struct gm_arena *a, uint64_t n)
{
	char digits[16], *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = "0123456789abcdefghijklmnopqrstuvwxyz"[n % 36];
	while (n /= 36);
	return gm_strdup(a, at);
}

const char *gm_checkpoint_name(struct gm_arena *a,
			       const struct gm_ledger_entry *e, int64_t now_ms)
{
	const char *digest = strchr(e->digest, ':');
	const char *tail = gm_printf(a, ":%s:%.7s:%s", e->class_,
				     digest ? digest + 1 : e->digest,
				     base36(a, (uint64_t)now_ms));
	/* Whole characters only: the name is text of the database. */
	struct gm_str id = gm_utf8_cut(
		gm_str(e->id), NAME_MAX_LEN - strlen("gm:") - strlen(tail));

	return gm_printf(a, "gm:%.*s%s", (int)id.len, id.ptr, tail);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char may_sql[] =
	"SELECT pg_catalog.has_function_privilege("
	"'pg_catalog.pg_create_restore_point(text)', 'EXECUTE'),"
	" pg_catalog.current_setting('wal_level'),"
	" pg_catalog.current_setting('archive_mode'),"
	" pg_catalog.has_function_privilege('pg_catalog.pg_switch_wal()',"
	" 'EXECUTE')";

static const char take_sql[] =
	"WITH c AS (INSERT INTO git_migrate.checkpoint (migration, name, lsn,"
	" timeline, system_id, wal_file) SELECT $1, $2, p.lsn,"
	" k.timeline_id, s.system_identifier,"
	" pg_catalog.pg_walfile_name(p.lsn)"
	" FROM pg_catalog.pg_create_restore_point($2) p (lsn),"
	" pg_catalog.pg_control_checkpoint() k,"
	" pg_catalog.pg_control_system() s RETURNING id, lsn, wal_file),"
	" e AS (INSERT INTO git_migrate.event (migration, digest, kind,"
	" detail, tool) SELECT $1, $3, 'checkpoint', $2, $4 FROM c)"
	" SELECT id, lsn, wal_file FROM c";

int gm_checkpoint_ask(struct gm_checkpoint_rights *out, struct gm_conn *c,
		      struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_rows rows;

	if (gm_conn_row(&rows, &a, c, may_sql, NULL, 0, err) < 0)
		return -1;
	*out = (struct gm_checkpoint_rights){
		.known = true,
		.point = gm_cell_bool(&rows, 0, 0),
		.minimal = !strcmp(gm_cell(&rows, 0, 1), "minimal"),
		.archiving = strcmp(gm_cell(&rows, 0, 2), "off") != 0,
		.switch_ = gm_cell_bool(&rows, 0, 3),
	};
	return 0;
}

int gm_checkpoint_take(struct gm_checkpoint *out, struct gm_arena *a,
		       struct gm_conn *c,
		       const struct gm_checkpoint_rights *rights,
		       const struct gm_ledger_entry *e, struct gm_err *err)
{
	struct gm_checkpoint cp = {
		.name = gm_checkpoint_name(a, e, now_ms()),
	};
	const char *params[] = { e->id, cp.name, e->digest,
				 gm_printf(a, "git-migrate %s", gm_version) };
	struct gm_rows rows;

	if (!rights->point)
		cp.why = gm_printf(a,
				   "role %s may not execute"
				   " pg_create_restore_point(text)",
				   gm_conn_user(c));
	else if (rights->minimal)
		cp.why = "the server runs with wal_level = minimal";
	if (cp.why) {
		*out = cp;
		return 0;
	}
	if (gm_conn_row(&rows, a, c, take_sql, params, GM_COUNT(params), err) <
	    0)
		return gm_fail_in(err, "the restore point");
	cp.id = gm_cell_int(&rows, 0, 0);
	cp.lsn = gm_cell(&rows, 0, 1);
	cp.wal_file = gm_cell(&rows, 0, 2);
	*out = cp;
	return 0;
}

/* The view may show .backup and .history files as well: only plain names. */
static const char archived_sql[] =
	"SELECT coalesce(last_archived_wal ~ '^[0-9A-F]{24}$'"
	" AND last_archived_wal COLLATE \"C\" >= $1, false),"
	" coalesce(last_failed_time > coalesce(last_archived_time,"
	" '-infinity'), false), coalesce(last_failed_wal, '')"
	" FROM pg_catalog.pg_stat_archiver";

static int wait_archived(struct gm_checkpoint *cp, struct gm_arena *a,
			 struct gm_conn *c, const struct gm_wait *wait,
			 struct gm_err *err)
{
	const char *params[] = { cp->wal_file };
	int64_t end = gm_ticks_ms() + wait->limit_ms, pause = 20;
	struct gm_rows rows;

	for (;;) {
		if ((wait->go_on && wait->go_on(wait->ctx, err) < 0) ||
		    gm_conn_row(&rows, a, c, archived_sql, params, 1, err) < 0)
			return -1;
		cp->archived = gm_cell_bool(&rows, 0, 0);
		if (cp->archived || gm_ticks_ms() >= end)
			break;
		gm_sleep_about(pause);
		pause = pause < 500 ? pause * 2 : 1000;
	}
	if (!cp->archived)
		cp->why = gm_cell_bool(&rows, 0, 1)
				  ? gm_printf(a, "archiving fails, at %s",
					      gm_cell(&rows, 0, 2))
				  : gm_printf(a,
					      "%s was not archived in %lld"
					      " seconds",
					      cp->wal_file,
					      (long long)wait->limit_ms / 1000);
	return 0;
}

int gm_checkpoint_archive(struct gm_checkpoint *cp, struct gm_arena *a,
			  struct gm_conn *c,
			  const struct gm_checkpoint_rights *rights,
			  const struct gm_ledger_entry *e,
			  const struct gm_wait *wait, struct gm_err *err)
{
	const char *params[] = { gm_printf(a, "%lld", (long long)cp->id) };

	if (!cp->id || !rights->archiving)
		return 0;
	if (!rights->switch_) {
		cp->why =
			gm_printf(a, "role %s may not execute pg_switch_wal()",
				  gm_conn_user(c));
		return 0;
	}
	if (gm_conn_exec(NULL, NULL, c, "SELECT pg_catalog.pg_switch_wal()",
			 NULL, 0, err) < 0 ||
	    wait_archived(cp, a, c, wait, err) < 0)
		return -1;
	if (!cp->archived)
		return 0;
	if (gm_conn_exec(NULL, NULL, c,
			 "UPDATE git_migrate.checkpoint SET archived_at ="
			 " pg_catalog.clock_timestamp() WHERE id = $1",
			 params, 1, err) < 0)
		return -1;
	return gm_ledger_event(c, e, "archived", 0, cp->wal_file, err);
}
