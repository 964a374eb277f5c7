#include "db/apply.h"

#include <string.h>

#include "db/drift.h"
#include "db/foreign.h"
#include "db/unit.h"

/* Objects that are named when they differ. */
#define SHOWN 5

const struct gm_apply_options gm_apply_defaults = {
	.wait_ms = 300000,
	.patience_ms = 600000,
	.timeout_ms = 3600000,
	.block_ms = 15000,
	.limits = { .lag_s = 10, .transaction_s = 600, .batch_ms = 500 },
};

static void refuse(struct gm_engine *e, struct gm_apply_unit *u, size_t line,
		   const char *why, const char *hint)
{
	u->state = GM_APPLY_REFUSED;
	gm_engine_refuse(e, u, u->path, line, 0, why, hint);
}

/* --- what the ledger says of each --- */

static void judge_done(struct gm_engine *e, struct gm_apply_unit *u,
		       const struct gm_ledger_row *row)
{
	u->state = GM_APPLY_DONE;
	if (!strcmp(row->digest, u->digest) ||
	    !strcmp(row->sql_sha256, u->sql_sha256))
		return;
	if (u->repeatable) {
		u->state = GM_APPLY_PENDING;
		return;
	}
	refuse(e, u, 0,
	       gm_printf(
		       e->arena, "its SQL changed after it was applied, at %s",
		       *row->finished_at ? row->finished_at : row->started_at),
	       "Put back what was there, and write what is to be different into"
	       " a migration of its own.");
}

static void judge_half(struct gm_engine *e, struct gm_apply_unit *u,
		       const struct gm_ledger_row *row)
{
	bool changed = strcmp(row->sql_sha256, u->sql_sha256) != 0;

	u->state = GM_APPLY_HALF;
	if (row->state == GM_LEDGER_FAILED && !e->o->resume)
		refuse(e, u, 0, gm_printf(e->arena, "it failed: %s", row->note),
		       "What came before the failed step stays. Repair the"
		       " cause, then go on with 'git migrate apply --resume'.");
	else if (changed && row->state != GM_LEDGER_FAILED)
		refuse(e, u, 0,
		       gm_printf(e->arena,
				 "its SQL changed after it was begun, at %s",
				 row->started_at),
		       "Put back what was there, and apply it.");
}

static void judge_row(struct gm_engine *e, struct gm_apply_unit *u,
		      const struct gm_ledger_row *row)
{
	if (!row || row->state == GM_LEDGER_REVERTED)
		u->state = GM_APPLY_PENDING;
	else if (gm_ledger_is_done(row->state))
		judge_done(e, u, row);
	else
		judge_half(e, u, row);
}

/* What another tool says of it, unless somebody has taken that over. */
static bool judge_theirs(struct gm_engine *e, const struct gm_foreign *f,
			 struct gm_apply_unit *u)
{
	switch (gm_foreign_says(f, u->id, u->version)) {
	case GM_FOREIGN_APPLIED:
		refuse(e, u, 0,
		       gm_printf(e->arena,
				 "%s has applied it, by its ledger %s", f->tool,
				 f->table),
		       "Take over what it has applied with 'git migrate"
		       " baseline'; or drop that ledger, when it is of other"
		       " migrations.");
		return true;
	case GM_FOREIGN_FAILED:
		refuse(e, u, 0,
		       gm_printf(e->arena, "%s failed at it, by its ledger %s",
				 f->tool, f->table),
		       "Repair it with that tool first.");
		return true;
	default:
		return false;
	}
}

/* What another tool has run must not run again: the first stands for all. */
static int judge_foreign(struct gm_engine *e, const struct gm_ledger *l,
			 struct gm_apply_unit *units, size_t n,
			 struct gm_err *err)
{
	struct gm_foreigns all = { 0 };
	bool asked = false;

	for (size_t i = 0; i < n; i++) {
		if (gm_ledger_find(l, units[i].id))
			continue;
		if (!asked &&
		    gm_foreign_read(&all, e->arena, e->control, err) < 0)
			return -1;
		asked = true;
		for (size_t k = 0; k < all.n; k++)
			if (judge_theirs(e, &all.items[k], &units[i]))
				return 0;
	}
	return 0;
}

/* What is pending must not stand before what is done. */
static void judge_order(struct gm_engine *e, struct gm_apply_unit *units,
			size_t n)
{
	const struct gm_apply_unit *later = NULL;

	if (e->o->out_of_order)
		return;
	for (size_t i = n; i--;) {
		if (units[i].state == GM_APPLY_DONE && !units[i].repeatable)
			later = later ? later : &units[i];
		else if (units[i].state == GM_APPLY_PENDING && later &&
			 !units[i].repeatable)
			refuse(e, &units[i], 0,
			       gm_printf(e->arena,
					 "'%s', which comes later, is applied"
					 " already",
					 later->id),
			       "Give it a later version, or apply it all the"
			       " same with --out-of-order.");
	}
}

static void judge_after(struct gm_engine *e, const struct gm_ledger *l,
			struct gm_apply_unit *units, size_t n)
{
	const struct gm_ledger_row *row;

	if (!e->o->partial || !e->o->after || !n ||
	    units[0].state != GM_APPLY_PENDING || e->o->out_of_order)
		return;
	row = gm_ledger_find(l, e->o->after);
	if (!row || !gm_ledger_is_done(row->state))
		refuse(e, &units[0], 0,
		       gm_printf(e->arena,
				 "'%s', which comes before it, is not applied",
				 e->o->after),
		       "Apply that first.");
}

/* It must not run a second time because it is called otherwise now. */
static void judge_renamed(struct gm_engine *e, const struct gm_ledger *l,
			  struct gm_apply_unit *units, size_t n,
			  const struct gm_ledger_row *was)
{
	if (was->state == GM_LEDGER_REVERTED)
		return;
	for (size_t i = 0; i < n; i++)
		if (units[i].state == GM_APPLY_PENDING &&
		    !units[i].repeatable && !gm_ledger_find(l, units[i].id) &&
		    !strcmp(units[i].sql_sha256, was->sql_sha256))
			refuse(e, &units[i], 0,
			       gm_printf(e->arena,
					 "it has the SQL of '%s', which is %s"
					 " in the database",
					 was->id,
					 gm_ledger_state_name(was->state)),
			       "Give it that id again; or, when it is applied,"
			       " take the new one over with 'git migrate"
			       " baseline --to'. To have it done once more,"
			       " change its text: a comment will do.");
}

/* What was applied and is not here: a newer revision, or another branch. */
static void judge_strangers(struct gm_engine *e, const struct gm_ledger *l,
			    struct gm_apply_unit *units, size_t n)
{
	struct gm_map ids = gm_map(e->arena);

	if (e->o->partial)
		return;
	for (size_t i = 0; i < n; i++)
		gm_map_set(&ids, gm_str(units[i].id), e);
	for (size_t i = 0; i < l->n; i++) {
		const struct gm_ledger_row *row = &l->items[i];

		if (gm_map_get(&ids, gm_str(row->id)))
			continue;
		gm_engine_news(e, GM_NEWS_NOTE, 0,
			       gm_printf(e->arena,
					 "'%s' is %s in the database, and is"
					 " not in this revision",
					 row->id,
					 gm_ledger_state_name(row->state)));
		judge_renamed(e, l, units, n, row);
	}
}

static int reconcile(struct gm_engine *e, struct gm_apply_unit *units, size_t n,
		     struct gm_err *err)
{
	struct gm_ledger l;

	if (gm_ledger_read(&l, e->arena, e->control, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		gm_sha256_hex(units[i].sql_sha256, units[i].up);
		judge_row(e, &units[i], gm_ledger_find(&l, units[i].id));
	}
	if (judge_foreign(e, &l, units, n, err) < 0)
		return -1;
	judge_order(e, units, n);
	judge_after(e, &l, units, n);
	judge_strangers(e, &l, units, n);
	return 0;
}

/* --- what can be known before anything runs --- */

static void refuse_steps(struct gm_engine *e, struct gm_apply_unit *u,
			 const struct gm_steps *s, const char *path)
{
	for (size_t i = 0; i < s->refused.n; i++) {
		const struct gm_steps_refusal *r = &s->refused.items[i];

		u->state = GM_APPLY_REFUSED;
		gm_engine_refuse(e, u, path, r->line, r->column, r->why,
				 r->hint);
	}
}

static int read_unit(struct gm_engine *e, struct gm_apply_unit *u,
		     struct gm_err *err)
{
	if (gm_steps_read(&u->steps, e->arena, u->up, u->phase, u->loose, err) <
	    0)
		return gm_fail_at(err, u->path, 0, 0);
	u->class_ = u->steps.sql.class_;
	refuse_steps(e, u, &u->steps, u->path);
	if (!u->verify.ptr)
		return 0;
	if (gm_steps_verify(&u->check, e->arena, u->verify, err) < 0)
		return gm_fail_at(err, u->verify_path, 0, 0);
	refuse_steps(e, u, &u->check, u->verify_path);
	return 0;
}

static bool is_pending(const struct gm_apply_unit *u)
{
	return u->state == GM_APPLY_PENDING || u->state == GM_APPLY_HALF;
}

static int read_units(struct gm_engine *e, struct gm_apply_unit *units,
		      size_t n, struct gm_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (is_pending(&units[i]) && read_unit(e, &units[i], err) < 0)
			return gm_fail_in(err, "migration '%s'", units[i].id);
	return 0;
}

/* A view that is being changed, or a right that is missing, stops nobody. */
static int skip_drift(struct gm_engine *e, const struct gm_err *why,
		      struct gm_err *err)
{
	if (gm_engine_go_on(e, err) < 0)
		return -1;
	if (!gm_conn_alive(e->control)) {
		*err = *why;
		return -1;
	}
	gm_engine_news(e, GM_NEWS_NOTE, 0,
		       gm_printf(e->arena,
				 "what was changed since the last apply cannot"
				 " be seen: %s",
				 why->msg));
	return 0;
}

/* What somebody else changed since the last apply: to be known, no more. */
static int name_drift(struct gm_engine *e, struct gm_err *err)
{
	struct gm_changes changes = { 0 };
	struct gm_err why = GM_ERR_INIT;
	struct gm_ledger l;

	if (gm_ledger_read(&l, e->arena, e->control, err) < 0)
		return -1;
	if (!l.present)
		return 0;
	if (gm_drift_read(&changes, e->arena, e->control, &why) < 0)
		return skip_drift(e, &why, err);
	for (size_t i = 0; i < changes.n && i < SHOWN; i++)
		gm_engine_news(
			e, GM_NEWS_NOTE, 0,
			gm_printf(e->arena, "%s was %s since the last apply",
				  gm_change_name(e->arena, &changes.items[i]),
				  gm_change_word(&changes.items[i])));
	if (changes.n > SHOWN)
		gm_engine_news(e, GM_NEWS_NOTE, 0,
			       gm_printf(e->arena,
					 "%zu more objects differ; 'git migrate"
					 " status --db' names them",
					 changes.n - SHOWN));
	return 0;
}

static int check_server(struct gm_engine *e, struct gm_err *err)
{
	struct gm_preflight *p = &e->out->preflight;

	if (gm_preflight_server(p, e->arena, e->control, e->o->search_path,
				err) < 0 ||
	    name_drift(e, err) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		const struct gm_preflight_item *item = &p->items[i];

		if (item->level == GM_PREFLIGHT_BLOCK)
			gm_engine_refuse(e, NULL, NULL, 0, 0, item->what,
					 item->hint);
		else
			gm_engine_news(e, GM_NEWS_NOTE, 0, item->what);
	}
	return p->blocks ? 1 : 0;
}

/* --- doing it --- */

/* 1 when somebody has to say yes first. */
static int is_held(struct gm_engine *e, struct gm_apply_unit *u,
		   struct gm_err *err)
{
	u->held = u->held_hint = NULL;
	if (e->o->hold && e->o->hold(e->o->ctx, u, err) < 0)
		return gm_fail_in(err, "migration '%s'", u->id);
	if (!u->held)
		return 0;
	refuse(e, u, 0, u->held, u->held_hint);
	return 1;
}

/* 0, 1 or -1, as gm_apply. */
static int run_units(struct gm_engine *e, struct gm_apply_unit *units, size_t n,
		     struct gm_err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct gm_apply_unit *u = &units[i];
		int held;

		if (!is_pending(u))
			continue;
		held = is_held(e, u, err);
		if (held)
			return held;
		switch (gm_run_unit(e, u, err)) {
		case GM_TRY_DONE:
			break;
		case GM_TRY_REFUSED:
			return 1;
		default:
			return gm_fail_in(err, "migration '%s'", u->id);
		}
	}
	return 0;
}

/* Only look: what would be said no to now, and notes. */
static int look_units(struct gm_engine *e, struct gm_apply_unit *units,
		      size_t n, struct gm_err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct gm_apply_unit *u = &units[i];
		struct gm_preflight *p = &u->preflight;

		if (!is_pending(u))
			continue;
		if (gm_preflight_steps(p, e->arena, e->worker, &u->steps, err) <
		    0)
			return -1;
		for (size_t k = 0; k < p->n; k++)
			if (p->items[k].level == GM_PREFLIGHT_BLOCK)
				refuse(e, u, 0, p->items[k].what,
				       p->items[k].hint);
		if (is_held(e, u, err) < 0)
			return -1;
	}
	return e->out->refused.n ? 1 : 0;
}

static int find_last(size_t *out, const struct gm_apply_unit *units, size_t n,
		     const char *to, struct gm_err *err)
{
	*out = n;
	if (!to)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(units[i].id, to)) {
			*out = i + 1;
			return 0;
		}
	return gm_fail(err, GM_ENOT_FOUND, "there is no migration '%s'", to);
}

/* So that drift can be seen later.  What was applied is, also without it. */
static void store_catalog(struct gm_engine *e)
{
	struct gm_err why = GM_ERR_INIT;

	if (gm_engine_go_on(e, &why) == 0 &&
	    gm_drift_store(e->control, &why) < 0)
		gm_engine_news(e, GM_NEWS_NOTE, 0, why.msg);
}

static bool any_pending(const struct gm_apply_unit *units, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_pending(&units[i]))
			return true;
	return false;
}

static int run(struct gm_engine *e, struct gm_apply_unit *units, size_t n,
	       size_t last, struct gm_err *err)
{
	int opened = gm_engine_open(e, err), stopped;

	if (opened <= 0)
		return opened < 0 ? -1 : 1;
	/* All of them, so that the order is judged by all of them. */
	if (reconcile(e, units, n, err) < 0 ||
	    read_units(e, units, last, err) < 0)
		return -1;
	if (!e->out->refused.n && !any_pending(units, last))
		return 0;
	stopped = check_server(e, err);
	if (stopped < 0)
		return -1;
	if (e->o->dry_run)
		return look_units(e, units, last, err);
	for (size_t i = 0; i < e->out->refused.n; i++)
		stopped = 1;
	if (stopped)
		return 1;
	if (gm_ledger_install(e->worker, err) < 0)
		return -1;
	stopped = run_units(e, units, last, err);
	if (e->out->applied && !gm_engine_lost(e))
		store_catalog(e);
	return stopped;
}

int gm_apply(struct gm_apply_result *out, struct gm_arena *a,
	     struct gm_apply_unit *units, size_t n,
	     const struct gm_apply_options *o, struct gm_err *err)
{
	struct gm_engine e = { .arena = a, .o = o, .out = out };
	size_t last;
	int result;

	*out = (struct gm_apply_result){ 0 };
	if (find_last(&last, units, n, o->to, err) < 0)
		return -1;
	e.ladder = gm_ladder(o->patience_ms);
	result = run(&e, units, n, last, err);
	gm_engine_close(&e);
	return result;
}
