/* db/engine: a migration that is one transaction, the ledger in it. */
#include "db/engine.h"

#include <string.h>

#include "base/buf.h"

/* For BEGIN, the ledger and COMMIT. */
#define AROUND_MS 300000

static int set_limit(struct gm_engine *e, int64_t *now, int64_t limit,
		     struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	if (limit == *now)
		return 0;
	*now = limit;
	return gm_conn_script(e->worker,
			      gm_printf(&a,
					"SET LOCAL statement_timeout ="
					" %lld",
					(long long)limit),
			      err);
}

/*
 * What all its statements may take together, and what is around them; 0: no
 * limit.  Once there is one, the file can set no other.
 */
static int64_t bound(const struct gm_engine *e)
{
	const struct gm_apply_unit *u = e->unit;
	int64_t sum = AROUND_MS;

	if (e->own_limit || gm_steps_sets(&u->steps, "transaction_timeout"))
		return 0;
	for (size_t i = 0; i < u->steps.file.n; i++)
		sum += gm_engine_limit(e, &u->steps.file.items[i]);
	for (size_t i = 0; u->verify.ptr && i < u->check.file.n; i++)
		sum += e->o->timeout_ms;
	return sum < INT32_MAX ? sum : INT32_MAX;
}

static int begin(struct gm_engine *e, int64_t limit, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_checkpoint *cp = &e->unit->checkpoint;
	struct gm_buf sql = gm_buf(&a);

	e->xid = 0;
	gm_buf_printf(&sql,
		      "BEGIN; SET LOCAL lock_timeout = %lld;"
		      "SET LOCAL statement_timeout = %lld",
		      (long long)e->ladder.timeout_ms, (long long)limit);
	if (gm_conn_version(e->worker) >= 170000)
		gm_buf_printf(&sql, ";SET LOCAL transaction_timeout = %lld",
			      (long long)bound(e));
	if (gm_conn_script(e->worker, sql.ptr, err) < 0)
		return -1;
	if (!e->point_inside)
		return 0;
	if (gm_checkpoint_take(cp, e->arena, e->worker, &e->rights, &e->entry,
			       err) < 0)
		return -1;
	e->entry.checkpoint = cp->id;
	return 0;
}

static int run_all(struct gm_engine *e, int64_t limit, struct gm_err *err)
{
	const struct gm_steps *s = &e->unit->steps;

	for (size_t i = 0; i < s->file.n; i++) {
		const struct gm_run_stmt *stmt = &s->file.items[i];

		if (stmt->mode == GM_RUN_BEGIN || stmt->mode == GM_RUN_COMMIT)
			continue;
		if (!e->own_limit &&
		    set_limit(e, &limit, gm_engine_limit(e, stmt), err) < 0)
			return -1;
		if (gm_engine_run(e, s, e->unit->path, stmt, err) == 0)
			continue;
		if (gm_engine_needs_none(e))
			gm_hint(err, "It runs in no transaction: write"
				     " '-- migrate: steps <reason>' at the top"
				     " of the file, or give it a migration of"
				     " its own that says so.");
		return -1;
	}
	return 0;
}

/*
 * Only defines things: what could have changed the session stands nowhere.
 */
static bool only_defines(const struct gm_steps *s)
{
	static const char *const verbs[] = { "CREATE",  "ALTER", "DROP",
					     "COMMENT", "GRANT", "REVOKE" };

	for (size_t i = 0; i < s->file.n; i++) {
		struct gm_str tag = gm_str(s->file.items[i].tag);
		bool found = false;

		for (size_t k = 0; k < GM_COUNT(verbs) && !found; k++)
			found = gm_str_starts(tag, gm_str(verbs[k]));
		if (!found)
			return false;
	}
	return true;
}

/* Whatever the file has set, the ledger is written as ourselves. */
static const char ourselves_sql[] =
	"RESET SESSION AUTHORIZATION; RESET ROLE;"
	"SET LOCAL client_encoding = 'UTF8';"
	"SET LOCAL statement_timeout = '60s'; SET LOCAL synchronous_commit ="
	" on";

static int finish(struct gm_engine *e, struct gm_err *err)
{
	const struct gm_steps *s = &e->unit->steps;

	if (!only_defines(s) &&
	    gm_conn_script(e->worker, ourselves_sql, err) < 0)
		return -1;
	return gm_ledger_applied(&e->xid, e->worker, &e->entry,
				 s->n ? &s->items[0] : NULL, err);
}

/* Why it failed, for whoever reads the ledger.  Nothing else is left of it. */
static void tell_ledger(struct gm_engine *e, const struct gm_err *why)
{
	struct gm_conn *c = gm_conn_alive(e->worker) ? e->worker : e->control;
	struct gm_err ignored = GM_ERR_INIT;

	if (gm_conn_alive(c) && gm_conn_tx(c) == GM_TX_IDLE &&
	    gm_ledger_event(c, &e->entry, "failed", 0, why->msg, &ignored) < 0)
		return;
}

enum gm_try gm_run_transaction(struct gm_engine *e, struct gm_err *err)
{
	int64_t limit = e->o->timeout_ms;
	enum gm_try how = GM_TRY_DONE;

	if (begin(e, limit, err) < 0 || run_all(e, limit, err) < 0)
		how = gm_engine_undo(e);
	else if (e->unit->verify.ptr)
		how = gm_run_verify(e, true, err);
	if (how == GM_TRY_DONE && finish(e, err) < 0)
		how = gm_engine_undo(e);
	if (how == GM_TRY_DONE && gm_conn_script(e->worker, "COMMIT", err) < 0)
		how = gm_engine_undo(e);
	if (how == GM_TRY_FAILED && !e->canceled)
		tell_ledger(e, err);
	return how;
}
