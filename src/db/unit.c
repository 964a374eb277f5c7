/* db/engine: one migration, tried until it is settled. */
#include "db/engine.h"

#include <string.h>

#include "base/clock.h"
#include "db/unit.h"

/* Losses of the connection in one migration, and in one of its statements. */
#define MAX_LOSSES 10
#define MAX_SAME 2
#define ARCHIVE_WAIT_MS 60000

static const char *phase_word(enum gm_phase phase)
{
	const char *name = gm_phase_name(phase);

	return name ? name : "none";
}

static void fill_entry(struct gm_engine *e, const struct gm_ledger_row *row)
{
	struct gm_apply_unit *u = e->unit;
	bool again = row && (row->state == GM_LEDGER_RUNNING ||
			     row->state == GM_LEDGER_FAILED ||
			     row->state == GM_LEDGER_UNVERIFIED);

	e->entry = (struct gm_ledger_entry){
		.id = u->id,
		.digest = u->digest,
		.path = u->path,
		.sql_sha256 = u->sql_sha256,
		.phase = phase_word(u->phase),
		.class_ = gm_class_name(u->class_),
		.env = e->o->env,
		.revision = u->revision,
		.steps = u->steps.n,
		.unit = row ? row->unit : 0,
	};
	if (!again || !e->entry.unit)
		e->entry.unit++;
}

static bool destructive(const struct gm_apply_unit *u)
{
	return gm_class_destructive(u->class_) ||
	       u->phase == GM_PHASE_CONTRACT || u->phase == GM_PHASE_BACKFILL;
}

/* Is it to be seen in the archive?  That costs a segment of WAL. */
static bool wants_proof(const struct gm_engine *e)
{
	return e->rights.archiving &&
	       (destructive(e->unit) || !e->out->applied);
}

static enum gm_try judge_checkpoint(struct gm_engine *e)
{
	struct gm_apply_unit *u = e->unit;
	const struct gm_checkpoint *cp = &u->checkpoint;
	const char *what = cp->id ? "the restore point is not proven to be"
				    " archived"
				  : "no restore point can be written";

	if (!cp->why)
		return GM_TRY_DONE;
	if (e->o->need_checkpoint && destructive(u))
		return gm_engine_refuse(
			e, u, u->path, 0, 0,
			gm_printf(e->arena, "%s: %s", what, cp->why),
			"The policy asks for backups: connect as a role that"
			" may execute pg_create_restore_point and"
			" pg_switch_wal, and have WAL archived.");
	/* Once is enough to know it. */
	if (!e->out->applied)
		gm_engine_news(e, GM_NEWS_NOTE, 0,
			       gm_printf(e->arena, "%s: %s", what, cp->why));
	return GM_TRY_DONE;
}

/* Has it to be said before the first query of the transaction? */
static bool sets_transaction(const struct gm_steps *s)
{
	struct gm_str word = GM_STR("transaction");

	for (size_t i = 0; i < s->file.n; i++)
		if (gm_str_ieq(gm_str_sub(gm_str(s->file.items[i].setting), 0,
					  word.len),
			       word))
			return true;
	return false;
}

/*
 * The restore point: of each migration that changes anything, but for one that
 * is gone on with.  Where it needs no proof, it can be of the migration's own
 * transaction.
 */
static enum gm_try checkpoint(struct gm_engine *e, struct gm_err *err)
{
	struct gm_apply_unit *u = e->unit;
	struct gm_wait wait = gm_engine_wait(e, ARCHIVE_WAIT_MS);
	struct gm_checkpoint *cp = &u->checkpoint;

	e->point_inside = false;
	if (u->class_ == GM_CLASS_NEUTRAL && !destructive(u))
		return GM_TRY_DONE;
	if (!e->rights.known &&
	    gm_checkpoint_ask(&e->rights, e->worker, err) < 0)
		return gm_engine_undo(e);
	e->point_inside = u->steps.transactional && e->rights.point &&
			  !e->rights.minimal && !wants_proof(e) &&
			  !sets_transaction(&u->steps);
	if (e->point_inside)
		return GM_TRY_DONE;
	if (gm_checkpoint_take(cp, e->arena, e->worker, &e->rights, &e->entry,
			       err) < 0)
		return gm_engine_undo(e);
	if (cp->id && wants_proof(e) &&
	    gm_checkpoint_archive(cp, e->arena, e->worker, &e->rights,
				  &e->entry, &wait, err) < 0)
		return gm_engine_undo(e);
	e->entry.checkpoint = cp->id;
	return judge_checkpoint(e);
}

static enum gm_try preflight(struct gm_engine *e, struct gm_err *err)
{
	struct gm_apply_unit *u = e->unit;
	struct gm_preflight *p = &u->preflight;

	*p = (struct gm_preflight){ 0 };
	if (gm_preflight_steps(p, e->arena, e->worker, &u->steps, err) < 0)
		return gm_engine_undo(e);
	for (size_t i = 0; i < p->n; i++) {
		const struct gm_preflight_item *item = &p->items[i];

		if (item->level == GM_PREFLIGHT_BLOCK)
			gm_engine_refuse(e, u, u->path, 0, 0, item->what,
					 item->hint);
		else
			gm_engine_news(e, GM_NEWS_NOTE, 0, item->what);
	}
	return p->blocks ? GM_TRY_REFUSED : GM_TRY_DONE;
}

static enum gm_try attempt(struct gm_engine *e, struct gm_err *err)
{
	if (gm_engine_go_on(e, err) < 0)
		return GM_TRY_FAILED;
	e->blocked = NULL;
	e->running = NULL;
	gm_arena_done(&e->blockers);
	return e->unit->steps.transactional ? gm_run_transaction(e, err)
					    : gm_run_steps(e, err);
}

/* A lock was not to be had.  GM_TRY_AGAIN: after a pause. */
static enum gm_try step_back(struct gm_engine *e, struct gm_err *err)
{
	const char *who = e->blocked ? e->blocked : err->msg;

	gm_engine_news(e, GM_NEWS_BLOCKED, 0, who);
	if (gm_ladder_up(&e->ladder)) {
		gm_ladder_pause(&e->ladder);
		return GM_TRY_AGAIN;
	}
	gm_fail_in(err, "after %u tries", e->ladder.tries);
	if (e->blocked)
		gm_hint(err,
			"In the way: %s. Nothing was changed by this"
			" migration; try when they are done, or with a"
			" longer --patience.",
			e->blocked);
	return GM_TRY_FAILED;
}

/*
 * What the server says of the transaction that was open.  After a restart its
 * number may be another one's, or nobody's yet.
 */
static int ask_status(struct gm_engine *e, int64_t xid, int64_t started,
		      bool in_ledger, struct gm_err *err)
{
	const char *params[] = { gm_printf(e->arena, "%lld", (long long)xid) };
	struct gm_rows rows;

	if (!xid || e->identity.started != started)
		return 0;
	if (gm_conn_row(&rows, e->arena, e->worker,
			"SELECT pg_catalog.pg_xact_status($1::text::xid8)",
			params, 1, err) < 0)
		return -1;
	if (in_ledger || strcmp(gm_cell(&rows, 0, 0), "committed"))
		return 0;
	return gm_fail(err, GM_EDB,
		       "transaction %lld was committed, but the ledger does not"
		       " have it",
		       (long long)xid);
}

/*
 * The connection went while something ran, COMMIT perhaps.  Once the old
 * session is gone, the transaction's own status says what became of it, and
 * the ledger, which is part of it, has to say the same.
 */
static enum gm_try resolve(struct gm_engine *e, struct gm_err *err)
{
	int64_t xid = e->xid, started = e->identity.started;
	struct gm_ledger_row row;
	int found, taken = gm_engine_reopen(e, err);

	if (taken <= 0)
		return taken < 0 ? GM_TRY_FAILED : GM_TRY_REFUSED;
	e->xid = 0;
	found = gm_ledger_look(&row, e->arena, e->worker, e->unit->id, err);
	if (found < 0 || ask_status(e, xid, started, found, err) < 0)
		return gm_engine_undo(e);
	if (!found || row.state != GM_LEDGER_APPLIED ||
	    strcmp(row.digest, e->unit->digest))
		return GM_TRY_AGAIN;
	gm_engine_news(e, GM_NEWS_NOTE, 0,
		       "the connection was lost, but COMMIT had been done");
	if (gm_ledger_event(e->worker, &e->entry, "recovered", 0,
			    "the answer to COMMIT was lost", err) < 0)
		return gm_engine_undo(e);
	return GM_TRY_DONE;
}

/* Losses at one place. */
struct losses {
	const struct gm_run_stmt *stmt;
	int64_t at;
	unsigned n;
};

/* Has this statement lost it too often?  It may do so each time. */
static bool same_again(const struct gm_engine *e, struct losses *l)
{
	bool same = e->running == l->stmt && e->running_at == l->at;

	*l = (struct losses){ e->running, e->running_at, same ? l->n + 1 : 1 };
	return e->running && l->n >= MAX_SAME;
}

static enum gm_try give_up(struct gm_engine *e, const struct gm_err *lost,
			   struct gm_err *err)
{
	struct gm_err ignored = GM_ERR_INIT;
	int told;

	*err = *lost;
	gm_fail_in(err, "the connection was lost %d times while this ran",
		   MAX_SAME);
	gm_hint(err, "It may end its own session, or have the server fail: see"
		     " the server's log, and change it.");
	told = e->unit->steps.transactional
		       ? gm_ledger_event(e->worker, &e->entry, "failed", 0,
					 err->msg, &ignored)
		       : gm_ledger_set(e->worker, &e->entry, GM_LEDGER_FAILED,
				       err->msg, &ignored);
	/* What the ledger has then, the next apply finds as it is. */
	if (told < 0)
		gm_engine_undo(e);
	return GM_TRY_FAILED;
}

static enum gm_try settle(struct gm_engine *e, struct gm_err *err)
{
	enum gm_try how = attempt(e, err);
	struct losses same = { 0 };
	unsigned losses = 0;

	for (;;) {
		if (how == GM_TRY_LOST && losses++ < MAX_LOSSES) {
			struct gm_err lost = *err;
			bool enough = same_again(e, &same);

			how = resolve(e, err);
			if (how == GM_TRY_AGAIN && enough)
				return give_up(e, &lost, err);
			if (how == GM_TRY_AGAIN)
				how = gm_engine_pin(e, err) < 0
					      ? gm_engine_undo(e)
					      : attempt(e, err);
		} else if (how == GM_TRY_AGAIN) {
			how = step_back(e, err);
			if (how == GM_TRY_AGAIN)
				how = attempt(e, err);
		} else {
			return how == GM_TRY_LOST ? GM_TRY_FAILED : how;
		}
	}
}

enum gm_try gm_run_unit(struct gm_engine *e, struct gm_apply_unit *u,
			struct gm_err *err)
{
	int64_t began = gm_ticks_ms();
	enum gm_try how = GM_TRY_LOST;
	struct gm_ledger_row row;
	unsigned losses = 0;
	int found;

	e->unit = u;
	e->own_limit = gm_steps_sets(&u->steps, "statement_timeout");
	e->ladder = gm_ladder(e->o->patience_ms);
	gm_engine_news(e, GM_NEWS_BEGIN, 0, NULL);
	while (how == GM_TRY_LOST && losses++ < MAX_LOSSES) {
		int taken = 1;

		if (gm_engine_lost(e))
			taken = gm_engine_reopen(e, err);
		if (taken <= 0)
			return taken < 0 ? GM_TRY_FAILED : GM_TRY_REFUSED;
		found = gm_engine_pin(e, err) < 0
				? -1
				: gm_ledger_look(&row, e->arena, e->worker,
						 u->id, err);
		if (found < 0) {
			how = gm_engine_undo(e);
			continue;
		}
		fill_entry(e, found ? &row : NULL);
		how = u->state == GM_APPLY_HALF ? gm_check_steps(e, err)
						: GM_TRY_DONE;
		if (how == GM_TRY_DONE)
			how = preflight(e, err);
		if (how == GM_TRY_DONE && u->state != GM_APPLY_HALF)
			how = checkpoint(e, err);
	}
	if (how == GM_TRY_DONE)
		how = settle(e, err);
	u->ms = gm_ticks_ms() - began;
	if (how == GM_TRY_DONE) {
		u->state = GM_APPLY_APPLIED;
		e->out->applied++;
		gm_engine_news(e, GM_NEWS_DONE, 0, NULL);
	} else if (how == GM_TRY_REFUSED) {
		u->state = GM_APPLY_REFUSED;
	}
	e->unit = NULL;
	return how;
}
