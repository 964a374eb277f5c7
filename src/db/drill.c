#include "db/drill.h"

#include <string.h>

#include "base/clock.h"
#include "db/drilled.h"
#include "db/lock.h"
#include "db/rehearse.h"
#include "db/sums.h"

#define COPY GM_STAGE_DB "_copy"
/* Names of restore points have to be shorter than 64 bytes. */
#define MAX_POINT 63

/* A database at a moment. */
struct moment {
	struct gm_catalog catalog;
	struct gm_sums sums;
};

struct rehearsal {
	struct gm_arena *keep; /* of what is told in the end */
	struct gm_arena work;  /* of the migration that is tried */
	struct gm_stage stage;
	const struct gm_drill_options *o;
	struct gm_drill *out;
	/* Of the migration that is tried. */
	struct gm_drilled *now;
	struct gm_steps steps;
	struct moment before, after;
};

const char *gm_drill_answer_name(enum gm_drill_answer answer)
{
	static const char *const names[] = { "skipped", "yes", "note", "no" };

	return names[answer];
}

const char *gm_drill_what_name(enum gm_drill_what what)
{
	static const char *const names[] = { "apply", "verify",   "again",
					     "down",  "up again", "restore" };

	return names[what];
}

/* ---- looking ---- */

static int look(struct moment *out, struct rehearsal *r,
		const struct gm_server *server, const char *dbname,
		struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;

	if (gm_stage_connect(&c, &r->stage, server, dbname, err) < 0 ||
	    gm_catalog_read(&out->catalog, &r->work, c, NULL, err) < 0)
		return -1;
	return gm_sums_read(&out->sums, &r->work, c, GM_LEDGER_SCHEMA, err);
}

static bool differ(struct gm_drill_check *c, struct rehearsal *r,
		   const struct moment *want, const struct moment *got)
{
	gm_catalog_compare(&c->changes, &r->work, &want->catalog,
			   &got->catalog);
	gm_sums_compare(&c->rows, &r->work, &want->sums, &got->sums);
	return c->changes.n || c->rows.n;
}

static struct gm_drill_check *check_of(struct rehearsal *r,
				       enum gm_drill_what what)
{
	return &r->now->checks[what];
}

static void answer(struct gm_drill_check *c, enum gm_drill_answer how,
		   const char *why)
{
	c->answer = how;
	c->why = why;
}

/* What the server said of a text, as the answer to a check. */
static void tell(struct gm_drill_check *c, const struct gm_act *act,
		 const char *path, enum gm_drill_answer failed)
{
	c->answer = act->failed ? failed : GM_DRILL_YES;
	c->why = act->why;
	c->hint = act->hint;
	c->path = path;
	c->line = act->line;
	c->column = act->column;
	c->us = act->us;
}

/* ---- defects of the reading ---- */

/* Does a relation answer to the old name, as a view may? */
static bool is_back(const struct gm_catalog *after, const char *thing)
{
	static const char *const kinds[] = { "table ", "view ",
					     "materialized view " };
	const char *name = strchr(thing, ' ');
	struct gm_str old;

	if (!name)
		return false;
	old = gm_str(name + 1);
	old = gm_str_sub(old, 0, gm_str_find(old, ' '));
	for (size_t i = 0; i < after->n; i++)
		for (size_t k = 0; k < GM_COUNT(kinds); k++)
			if (!strncmp(kinds[k], after->items[i].kind,
				     strlen(kinds[k]) - 1) &&
			    gm_str_is(old, after->items[i].name))
				return true;
	return false;
}

static void defect(struct gm_strings *out, struct gm_arena *a,
		   const struct gm_sql_stmt *read, const char *did,
		   const char *what)
{
	*GM_PUSH(a, out) = gm_printf(a, "read as %s, but it %s %s",
				     gm_class_name(read->class_), did, what);
}

void gm_drill_defects(struct gm_strings *out, struct gm_arena *a,
		      const struct gm_sql_stmt *read,
		      const struct gm_seen *seen,
		      const struct gm_catalog *after)
{
	const struct {
		const struct gm_strings *list;
		const char *did;
	} taken[] = {
		{ &seen->dropped, "dropped" },
		{ &seen->renamed, "renamed" },
		{ &seen->narrowed, "forbade NULL in" },
	};

	*out = (struct gm_strings){ NULL };
	for (size_t i = 0; i < GM_COUNT(taken); i++)
		for (size_t k = 0; k < taken[i].list->n; k++)
			if (read->class_ < GM_CLASS_CONTRACT &&
			    !is_back(after, taken[i].list->items[k]))
				defect(out, a, read, taken[i].did,
				       taken[i].list->items[k]);
	for (size_t i = 0; i < seen->rewritten.n; i++)
		if (read->class_ == GM_CLASS_EXPAND)
			defect(out, a, read, "wrote anew",
			       seen->rewritten.items[i]);
}

/* ---- the checks ---- */

static const struct gm_sql_stmt *read_as(const struct gm_steps *s, size_t at)
{
	for (size_t i = 0; i < s->sql.n; i++)
		if (s->sql.items[i].offset == s->file.items[at].offset)
			return &s->sql.items[i];
	return NULL;
}

static void judge_statements(struct rehearsal *r, const struct gm_seen *seen)
{
	struct gm_drilled *d = r->now;
	struct gm_drill_check *c = check_of(r, GM_DRILL_APPLY);

	/* Without the time that looking took. */
	c->us = 0;
	for (size_t i = 0; i < d->n_stmts; i++) {
		const struct gm_run_stmt *stmt = &r->steps.file.items[i];
		const struct gm_sql_stmt *read = read_as(&r->steps, i);
		struct gm_drill_stmt *s = &d->stmts[i];

		*s = (struct gm_drill_stmt){
			.line = stmt->line,
			.column = stmt->column,
			.tag = stmt->tag,
			.class_ = read ? read->class_ : GM_CLASS_OPAQUE,
			.seen = seen[i],
		};
		d->wal += seen[i].wal;
		c->us += seen[i].us;
		if (read)
			gm_drill_defects(&s->defects, &r->work, read, &seen[i],
					 &r->after.catalog);
		d->defects += s->defects.n;
		if (seen[i].invalid.n && c->answer == GM_DRILL_YES)
			answer(c, GM_DRILL_NO,
			       gm_printf(&r->work,
					 "it left %s, which is not"
					 " valid",
					 seen[i].invalid.items[0]));
	}
}

static int try_apply(struct rehearsal *r, struct gm_err *err)
{
	struct gm_drill_check *c = check_of(r, GM_DRILL_APPLY);
	const struct gm_drill_unit *u = r->now->unit;
	struct gm_seen *seen;
	struct gm_act act;

	if (r->steps.refused.n) {
		const struct gm_steps_refusal *no = &r->steps.refused.items[0];

		answer(c, GM_DRILL_NO, no->why);
		c->hint = no->hint ? no->hint : "";
		c->path = u->path;
		c->line = no->line;
		c->column = no->column;
		return 0;
	}
	r->now->n_stmts = r->steps.file.n;
	seen = gm_alloc_n(&r->work, r->now->n_stmts, sizeof(*seen));
	r->now->stmts =
		gm_alloc_n(&r->work, r->now->n_stmts, sizeof(*r->now->stmts));
	if (gm_rehearse_up(&act, &r->work, seen, &r->stage, GM_STAGE_DB,
			   &r->steps, err) < 0 ||
	    look(&r->after, r, NULL, GM_STAGE_DB, err) < 0)
		return -1;
	tell(c, &act, u->path, GM_DRILL_NO);
	if (act.partly)
		c->hint = gm_printf(&r->work,
				    "%s%sWhat came before it has"
				    " stayed.",
				    act.hint, *act.hint ? " " : "");
	/* Class 22: the rows are no such data; 23: they break a constraint. */
	if (act.failed && r->o->rows && r->now->rows &&
	    (strstr(act.why, " [22") || strstr(act.why, " [23")))
		c->hint = gm_printf(&r->work,
				    "%s%sIt was tried on rows that the drill"
				    " made; --rows 0 tries it on empty"
				    " tables.",
				    c->hint, *c->hint ? " " : "");
	gm_catalog_compare(&r->now->changes, &r->work, &r->before.catalog,
			   &r->after.catalog);
	judge_statements(r, seen);
	return 0;
}

static int try_verify(struct rehearsal *r, struct gm_err *err)
{
	struct gm_drill_check *c = check_of(r, GM_DRILL_VERIFY);
	const struct gm_drill_unit *u = r->now->unit;
	struct gm_act act;

	if (!u->verify.ptr) {
		answer(c, GM_DRILL_SKIPPED, "there is no verify SQL");
		return 0;
	}
	if (gm_rehearse_verify(&act, &r->work, &r->stage, GM_STAGE_DB,
			       u->verify, err) < 0)
		return -1;
	tell(c, &act, u->verify_path, GM_DRILL_NO);
	return 0;
}

/* In a copy, so that whatever it does is gone afterwards. */
static int try_again(struct rehearsal *r, struct gm_err *err)
{
	struct gm_drill_check *c = check_of(r, GM_DRILL_AGAIN);
	struct moment then;
	struct gm_act act;

	if (gm_stage_copy(&r->stage, COPY, err) < 0 ||
	    gm_rehearse_up(&act, &r->work, NULL, &r->stage, COPY, &r->steps,
			   err) < 0)
		return -1;
	tell(c, &act, r->now->unit->path, GM_DRILL_NOTE);
	if (act.failed)
		return 0;
	if (look(&then, r, NULL, COPY, err) < 0)
		return -1;
	if (differ(c, r, &r->after, &then))
		answer(c, GM_DRILL_NOTE, "a second run changes more");
	return 0;
}

static int try_up_again(struct rehearsal *r, struct gm_err *err)
{
	struct gm_drill_check *c = check_of(r, GM_DRILL_UP_AGAIN);
	struct moment then;
	struct gm_act act;

	if (gm_rehearse_up(&act, &r->work, NULL, &r->stage, COPY, &r->steps,
			   err) < 0)
		return -1;
	tell(c, &act, r->now->unit->path, GM_DRILL_NO);
	if (act.failed)
		return 0;
	if (look(&then, r, NULL, COPY, err) < 0)
		return -1;
	if (!differ(c, r, &r->after, &then))
		return 0;
	if (c->changes.n)
		answer(c, GM_DRILL_NO,
		       "it does not lead where it did the first time");
	else
		answer(c, GM_DRILL_NOTE,
		       "the rows are not those of the first"
		       " time");
	return 0;
}

static int try_down(struct rehearsal *r, struct gm_err *err)
{
	struct gm_drill_check *c = check_of(r, GM_DRILL_DOWN);
	const struct gm_drill_unit *u = r->now->unit;
	struct moment then;
	struct gm_act act;

	if (!u->down.ptr) {
		answer(c, GM_DRILL_SKIPPED, "there is no down SQL");
		answer(check_of(r, GM_DRILL_UP_AGAIN), GM_DRILL_SKIPPED,
		       c->why);
		return 0;
	}
	if (gm_stage_copy(&r->stage, COPY, err) < 0 ||
	    gm_rehearse_down(&act, &r->work, &r->stage, COPY, u->down, err) < 0)
		return -1;
	tell(c, &act, u->down_path, GM_DRILL_NO);
	if (act.failed) {
		answer(check_of(r, GM_DRILL_UP_AGAIN), GM_DRILL_SKIPPED,
		       "down failed");
		return 0;
	}
	if (look(&then, r, NULL, COPY, err) < 0)
		return -1;
	if (differ(c, r, &r->before, &then)) {
		if (c->changes.n)
			answer(c, GM_DRILL_NO,
			       "the schema is not what it was before");
		else
			answer(c, GM_DRILL_NOTE, "rows are lost");
	}
	return try_up_again(r, err);
}

/* No backup holds what is not logged: that it is lost is no surprise. */
static bool only_unlogged(const struct gm_drill_check *c, struct rehearsal *r,
			  const struct gm_sums *got)
{
	const struct gm_sums want = gm_sums_logged(&r->work, &r->before.sums);
	struct gm_strings rows;

	gm_sums_compare(&rows, &r->work, &want, got);
	return !c->changes.n && !rows.n;
}

/* On another server, made from the backup and the archive. */
static int try_restore(struct rehearsal *r, struct gm_err *err)
{
	GM_AUTO(gm_server_close) struct gm_server *old = NULL;
	struct gm_drill_check *c = check_of(r, GM_DRILL_RESTORE);
	struct gm_err why = GM_ERR_INIT;
	int64_t from = gm_ticks_ms();
	struct moment then;

	if (gm_server_restore(&old, &r->work, r->stage.server, r->now->point,
			      &why) < 0) {
		answer(c, GM_DRILL_NO, gm_strdup(&r->work, why.msg));
		return 0;
	}
	r->now->rto_ms = gm_ticks_ms() - from;
	if (look(&then, r, old, GM_STAGE_DB, err) < 0)
		return -1;
	c->us = (gm_ticks_ms() - from) * 1000;
	if (!differ(c, r, &r->before, &then))
		answer(c, GM_DRILL_YES, "");
	else if (only_unlogged(c, r, &then.sums))
		answer(c, GM_DRILL_NOTE, "rows of UNLOGGED tables are lost");
	else
		answer(c, GM_DRILL_NO,
		       "the database is not what it was at the restore point");
	return 0;
}

/* ---- one migration ---- */

/* A name the server takes and recovery finds. */
static const char *point_of(struct gm_arena *a, const char *id)
{
	char *name = gm_printf(a, "gm:%.*s", MAX_POINT - 3, id);

	for (char *c = name; *c; c++)
		if (*c <= ' ' || *c > '~')
			*c = '_';
	return name;
}

/* Rows, a backup, and a point to come back to. */
static int prepare(struct rehearsal *r, struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	const struct gm_fill_options o = { .without = GM_LEDGER_SCHEMA,
					   .rows = r->o->rows,
					   .limit_ms = r->o->limit_ms };
	struct gm_server *server = r->stage.server;
	const struct gm_drill_unit *u = r->now->unit;

	r->before = r->after = (struct moment){ .catalog = { NULL, 0 } };
	if (gm_steps_read(&r->steps, &r->work, u->up, u->phase, u->loose, err) <
	    0)
		return gm_fail_at(err, u->path, 0, 0);
	if (gm_stage_connect(&c, &r->stage, NULL, GM_STAGE_DB, err) < 0 ||
	    (o.rows && gm_rows_fill(&r->now->fill, &r->work, c, &o, err) < 0))
		return -1;
	gm_conn_close(&c);
	if (look(&r->before, r, NULL, GM_STAGE_DB, err) < 0 ||
	    gm_server_backup(server, err) < 0)
		return -1;
	r->now->rows = gm_sums_rows(&r->before.sums);
	r->now->tables = r->before.sums.n;
	r->now->backup_ms = gm_server_times(server)->backup;
	r->now->point = point_of(&r->work, u->id);
	return gm_server_point(&r->now->lsn, &r->work, server, r->now->point,
			       err);
}

static void conclude(struct gm_drilled *d)
{
	d->no = d->defects > 0;
	for (size_t i = 0; i < GM_DRILL_CHECKS; i++) {
		struct gm_drill_check *c = &d->checks[i];

		d->no = d->no || c->answer == GM_DRILL_NO;
		c->why = c->why ? c->why : "";
		c->hint = c->hint ? c->hint : "";
		c->path = c->path ? c->path : "";
	}
}

static int rehearse(struct rehearsal *r, const struct gm_drill_unit *u,
		    struct gm_drilled *now, struct gm_err *err)
{
	int64_t from = gm_ticks_ms();

	*now = (struct gm_drilled){ .unit = u };
	r->now = now;
	gm_arena_done(&r->work);
	if (r->o->news)
		r->o->news(r->o->ctx, "drill", u->id);
	if (prepare(r, err) < 0 || try_apply(r, err) < 0)
		return -1;
	if (check_of(r, GM_DRILL_APPLY)->answer == GM_DRILL_YES) {
		if (try_verify(r, err) < 0 || try_again(r, err) < 0 ||
		    try_down(r, err) < 0 ||
		    gm_stage_drop(&r->stage, COPY, err) < 0)
			return -1;
	} else {
		for (int i = GM_DRILL_VERIFY; i < GM_DRILL_RESTORE; i++)
			answer(&now->checks[i], GM_DRILL_SKIPPED,
			       "it was not applied");
	}
	if (try_restore(r, err) < 0)
		return -1;
	conclude(now);
	gm_drilled_keep(now, r->keep);
	now->ms = gm_ticks_ms() - from;
	return 0;
}

/* ---- what comes before ---- */

/* Run it unobserved.  What is refused is told in `act` as well. */
static int replay(struct gm_act *act, struct gm_arena *a, struct rehearsal *r,
		  const struct gm_drill_unit *u, struct gm_err *err)
{
	const struct gm_steps_refusal *no;
	struct gm_steps steps;

	if (r->o->news)
		r->o->news(r->o->ctx, "replay", u->id);
	if (gm_steps_read(&steps, a, u->up, u->phase, u->loose, err) < 0)
		return gm_fail_at(err, u->path, 0, 0);
	if (!steps.refused.n)
		return gm_rehearse_up(act, a, NULL, &r->stage, GM_STAGE_DB,
				      &steps, err);
	no = &steps.refused.items[0];
	*act = (struct gm_act){ .failed = true,
				.why = no->why,
				.hint = no->hint ? no->hint : "",
				.line = no->line,
				.column = no->column };
	return 0;
}

static int replay_earlier(struct rehearsal *r, const struct gm_drill_unit *u,
			  struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena work = GM_ARENA_INIT;
	struct gm_act act;

	if (replay(&act, &work, r, u, err) < 0)
		return -1;
	r->out->replayed++;
	if (!act.failed)
		return 0;
	gm_fail(err, GM_EDB, "it cannot be applied: %s", act.why);
	if (*act.hint)
		gm_hint(err, "%s", act.hint);
	return gm_fail_at(err, u->path, act.line, act.column);
}

/*
 * What could not be applied on rows may be on none.  Then the answer is 1, and
 * what comes behind it can be tried: without those rows it stands there.
 */
static int start_over(struct rehearsal *r, const struct gm_drill_unit *units,
		      size_t n, struct gm_err *err)
{
	if (gm_stage_clear(&r->stage, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		GM_AUTO(gm_arena_done) struct gm_arena work = GM_ARENA_INIT;
		struct gm_act act;

		if (replay(&act, &work, r, &units[i], err) < 0)
			return -1;
		if (act.failed)
			return 0;
	}
	return 1;
}

static int set_stage(struct rehearsal *r, const struct gm_drill_unit *units,
		     size_t from, struct gm_err *err)
{
	const struct gm_server_times *times = gm_server_times(r->stage.server);
	int64_t began = gm_ticks_ms();

	r->out->version = gm_server_version(r->stage.server);
	r->out->start_ms = times->initdb + times->start;
	if (r->o->schema.ptr) {
		if (gm_stage_load(&r->stage, r->o->schema_path, r->o->schema,
				  err) < 0)
			return -1;
	} else {
		for (size_t i = 0; i < from; i++)
			if (replay_earlier(r, &units[i], err) < 0)
				return -1;
	}
	r->out->replay_ms = gm_ticks_ms() - began;
	return 0;
}

static int drill(struct rehearsal *r, const struct gm_drill_unit *units,
		 size_t from, size_t to, struct gm_err *err)
{
	int applied = 1;
	bool no = false;

	if (set_stage(r, units, from, err) < 0)
		return -1;
	r->out->items = gm_alloc_n(r->keep, to - from, sizeof(*r->out->items));
	for (size_t i = from; i < to && applied; i++) {
		struct gm_drilled *d = &r->out->items[r->out->n++];

		if (rehearse(r, &units[i], d, err) < 0)
			return gm_fail_in(err, "%s", units[i].id);
		no = no || d->no;
		applied = d->checks[GM_DRILL_APPLY].answer == GM_DRILL_YES;
		if (!applied && r->o->rows && i + 1 < to)
			applied = start_over(r, units, i + 1, err);
		if (applied < 0)
			return -1;
	}
	r->out->made_up = r->stage.made_up;
	r->out->notes = r->stage.notes;
	return no;
}

int gm_drill(struct gm_drill *out, struct gm_arena *a,
	     const struct gm_drill_unit *units, size_t from, size_t to,
	     const struct gm_drill_options *o, struct gm_err *err)
{
	struct rehearsal r = { .keep = a, .o = o, .out = out };
	int result;

	*out = (struct gm_drill){ NULL };
	if (gm_stage_open(&r.stage, a, o->bin, o->limit_ms, err) < 0)
		return -1;
	result = drill(&r, units, from, to, err);
	gm_stage_close(&r.stage);
	gm_arena_done(&r.work);
	return result;
}
