/* db/engine: verify SQL, which only reads. */
#include "db/engine.h"

/* In the open transaction, behind a savepoint whose end undoes the rest. */
static int begin_inside(struct gm_engine *e, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *path = e->o->search_path ? e->o->search_path : "public";

	return gm_conn_script(
		e->worker,
		gm_printf(&a,
			  "SAVEPOINT git_migrate_verify;"
			  "RESET SESSION AUTHORIZATION; RESET ROLE;"
			  "SELECT pg_catalog.set_config('search_path', %s,"
			  " true);"
			  "SET LOCAL statement_timeout = %lld;"
			  "SET LOCAL transaction_read_only = on",
			  gm_sql_literal(&a, path),
			  (long long)e->o->timeout_ms),
		err);
}

/* Once there was a query, nothing in it can make it write again. */
static int begin_own(struct gm_engine *e, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	if (gm_engine_pin(e, err) < 0)
		return -1;
	return gm_conn_script(e->worker,
			      gm_printf(&a,
					"BEGIN READ ONLY;"
					"SET LOCAL lock_timeout = %lld;"
					"SET LOCAL statement_timeout = %lld;"
					"SELECT 1",
					(long long)e->ladder.timeout_ms,
					(long long)e->o->timeout_ms),
			      err);
}

static enum gm_try refuse(struct gm_engine *e, bool inside,
			  const struct gm_err *why)
{
	struct gm_apply_unit *u = e->unit;

	return gm_engine_refuse(
		e, u, u->verify_path, why->line, why->column,
		gm_printf(e->arena, "verify failed: %s", why->msg),
		inside ? "It was rolled back: nothing of the migration is left."
		       : "Its steps stay, since some of them run in no"
			 " transaction. Repair what is wrong and apply again:"
			 " then only verify runs.");
}

enum gm_try gm_run_verify(struct gm_engine *e, bool inside, struct gm_err *err)
{
	const struct gm_steps *s = &e->unit->check;
	struct gm_err why = GM_ERR_INIT;
	enum gm_try how;

	if ((inside ? begin_inside(e, err) : begin_own(e, err)) < 0)
		return gm_engine_undo(e);
	for (size_t i = 0; i < s->file.n; i++) {
		const struct gm_run_stmt *stmt = &s->file.items[i];

		if (stmt->mode == GM_RUN_BEGIN || stmt->mode == GM_RUN_COMMIT)
			continue;
		if (gm_engine_run(e, s, e->unit->verify_path, stmt, &why) == 0)
			continue;
		how = gm_engine_undo(e);
		if (how == GM_TRY_FAILED && !e->canceled)
			return refuse(e, inside, &why);
		*err = why;
		return how;
	}
	if (gm_conn_script(e->worker,
			   inside ? "ROLLBACK TO SAVEPOINT git_migrate_verify;"
				    "RELEASE SAVEPOINT git_migrate_verify"
				  : "ROLLBACK",
			   err) < 0)
		return gm_engine_undo(e);
	return GM_TRY_DONE;
}
