/* db/engine: a step done range by range of a key. */
#include "db/engine.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "db/cut.h"
#include "db/health.h"
#include "db/lock.h"

#define FIRST_BATCH 1000
#define LARGEST_BATCH 200000
/* A batch may take so many times as long as it should. */
#define PATIENCE 20
#define NEWS_MS 1000

struct fill {
	struct gm_engine *e;
	const struct gm_step *step;
	const struct gm_run_stmt *stmt;
	size_t ordinal;
	struct gm_cut cut;
	const char *range_sql, *batch_sql;
	struct gm_arena now;      /* of one batch */
	struct gm_arena last_key; /* of `last` */
	const char **last;        /* NULL: none yet */
	const char **stop;        /* not beyond this key; NULL: to the end */
	int64_t size, walked, rows, estimate;
	int64_t began, told, here; /* walked in this run */
	bool more;                 /* behind this batch */
	const char **range;        /* first key, then last key of this batch */
	struct gm_health health;
};

static const char *number(struct gm_arena *a, int64_t n)
{
	return gm_printf(a, "%lld", (long long)n);
}

static int refuse(struct fill *f, const char *why, const char *hint,
		  struct gm_err *err)
{
	gm_fail(err, GM_EINPUT, "this cannot be done in batches: %s", why);
	gm_fail_at(err, f->e->unit->path, f->stmt->line, f->stmt->column);
	return hint ? gm_hint(err, "%s", hint) : -1;
}

/* --- the statements --- */

static void add_columns(struct gm_buf *b, struct gm_arena *a,
			const struct gm_strings *key, const char *before,
			const char *after)
{
	for (size_t i = 0; i < key->n; i++)
		gm_buf_printf(b, "%s%s%s%s", i ? ", " : "", before,
			      gm_sql_ident(a, key->items[i]), after);
}

/* (t.a, t.b) > ($n, $n+1) */
static void add_bound(struct fill *f, struct gm_buf *b, const char *before,
		      const char *op, size_t n)
{
	gm_buf_printf(b, "%s(", before);
	add_columns(b, f->e->arena, &f->cut.key, "t.", "");
	gm_buf_printf(b, ") %s (", op);
	for (size_t i = 0; i < f->cut.key.n; i++)
		gm_buf_printf(b, "%s$%zu", i ? ", " : "", n + i);
	gm_buf_putc(b, ')');
}

static void add_scan(struct fill *f, struct gm_buf *b, int which,
		     const char *after, const char *limit)
{
	struct gm_arena *a = f->e->arena;

	/* A bare name in ORDER BY would be the text that is put out. */
	gm_buf_printf(b, "(SELECT %d AS which, ", which);
	add_columns(b, a, &f->cut.key, "t.", "::text");
	gm_buf_printf(b, " FROM %s AS t", f->cut.relation);
	/* NULL is in no range. */
	if (f->last)
		add_bound(f, b, " WHERE ", ">", 2);
	else
		gm_buf_printf(b, " WHERE t.%s IS NOT NULL",
			      gm_sql_ident(a, f->cut.key.items[0]));
	if (f->stop)
		add_bound(f, b, " AND ", "<=", f->last ? f->cut.key.n + 2 : 2);
	gm_buf_puts(b, " ORDER BY ");
	add_columns(b, a, &f->cut.key, "t.", after);
	gm_buf_printf(b, " %s)", limit);
}

/* The first key behind the last one, the one `$1` further, and the very last.
 */
static void write_range(struct fill *f)
{
	struct gm_buf b = gm_buf(f->e->arena);

	add_scan(f, &b, 1, "", "LIMIT 1");
	gm_buf_puts(&b, " UNION ALL ");
	add_scan(f, &b, 2, "", "OFFSET $1::bigint - 1 LIMIT 1");
	gm_buf_puts(&b, " UNION ALL ");
	add_scan(f, &b, 3, " DESC", "LIMIT 1");
	gm_buf_puts(&b, " ORDER BY which");
	f->range_sql = b.ptr;
}

static int prepare(struct fill *f, struct gm_err *err)
{
	const struct gm_batch *b = &f->step->batch;
	struct gm_arena *a = f->e->arena;

	if (gm_cut_read(&f->cut, a, f->e->worker, b, err) < 0)
		return -1;
	if (f->cut.why)
		return refuse(f, f->cut.why, f->cut.hint, err);
	f->estimate = f->cut.estimate;
	f->batch_sql =
		f->cut.moves
			? gm_batch_counted(a, b, f->cut.key.items, f->cut.key.n)
			: gm_batch_sql(a, b, f->cut.key.items, f->cut.key.n);
	if (!f->batch_sql)
		return refuse(f, "its tree cannot be written as SQL again",
			      "Write $1 and $2 where the range goes.", err);
	return 0;
}

/*
 * Triggers may add rows to the table that is walked, without an end: those
 * that are there now are walked, and no more.
 */
static int find_stop(struct fill *f, struct gm_err *err)
{
	struct gm_arena *a = f->e->arena;
	struct gm_buf sql = gm_buf(a);
	struct gm_rows rows;

	if (!f->cut.triggers)
		return 0;
	gm_buf_puts(&sql, "SELECT ");
	add_columns(&sql, a, &f->cut.key, "t.", "::text");
	gm_buf_printf(&sql, " FROM %s AS t WHERE t.%s IS NOT NULL ORDER BY ",
		      f->cut.relation, gm_sql_ident(a, f->cut.key.items[0]));
	add_columns(&sql, a, &f->cut.key, "t.", " DESC");
	gm_buf_puts(&sql, " LIMIT 1");
	if (gm_conn_exec(&rows, a, f->e->worker, sql.ptr, NULL, 0, err) < 0)
		return -1;
	if (!rows.n)
		return 0;
	f->stop = gm_alloc_n(a, f->cut.key.n, sizeof(*f->stop));
	for (size_t i = 0; i < f->cut.key.n; i++)
		f->stop[i] = gm_cell(&rows, 0, i);
	return 0;
}

/* --- how far it is --- */

static const char progress_sql[] =
	"INSERT INTO git_migrate.backfill AS b (migration, unit, ordinal,"
	" relation, key_columns, batch_size, estimate) VALUES ($1, $2, $3,"
	" $4, $5, $6, $7) ON CONFLICT (migration, unit, ordinal) DO UPDATE SET"
	" relation = excluded.relation RETURNING walked, rows, batch_size,"
	" estimate, last_key IS NOT NULL, key_columns = $5::text[]";

static int read_last(struct fill *f, struct gm_err *err)
{
	struct gm_arena *a = &f->last_key;
	const struct gm_ledger_entry *e = &f->e->entry;
	const char *params[] = { e->id, number(a, e->unit),
				 number(a, (int64_t)f->ordinal) };
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, f->e->worker,
			 "SELECT k FROM git_migrate.backfill,"
			 " pg_catalog.unnest(last_key) WITH ORDINALITY"
			 " u (k, n) WHERE migration = $1 AND unit = $2 AND"
			 " ordinal = $3 ORDER BY n",
			 params, 3, err) < 0)
		return -1;
	f->last = gm_alloc_n(a, f->cut.key.n, sizeof(*f->last));
	for (size_t i = 0; i < rows.n && i < f->cut.key.n; i++)
		f->last[i] = gm_cell(&rows, i, 0);
	return 0;
}

static int read_progress(struct fill *f, struct gm_err *err)
{
	struct gm_arena *a = f->e->arena;
	const struct gm_ledger_entry *e = &f->e->entry;
	const char *params[] = {
		e->id,
		number(a, e->unit),
		number(a, (int64_t)f->ordinal),
		f->cut.relation,
		gm_sql_array(a, f->cut.key.items, f->cut.key.n),
		number(a, FIRST_BATCH),
		number(a, f->estimate),
	};
	struct gm_rows rows;

	if (gm_conn_row(&rows, a, f->e->worker, progress_sql, params,
			GM_COUNT(params), err) < 0)
		return -1;
	f->walked = gm_cell_int(&rows, 0, 0);
	f->rows = gm_cell_int(&rows, 0, 1);
	f->size = gm_cell_int(&rows, 0, 2);
	f->estimate = gm_cell_int(&rows, 0, 3);
	if (!gm_cell_bool(&rows, 0, 4))
		return 0;
	if (!gm_cell_bool(&rows, 0, 5))
		return refuse(f,
			      "the key of the table is another one than when it"
			      " was begun",
			      NULL, err);
	return read_last(f, err);
}

static void tell(struct fill *f, bool end)
{
	struct gm_news news = { .kind = GM_NEWS_PROGRESS,
				.unit = f->e->unit,
				.step = f->ordinal,
				.walked = f->walked,
				.total = f->estimate,
				.left_s = -1 };
	int64_t now = gm_ticks_ms(), ms = now - f->began;

	if (!f->e->o->news || (!end && now - f->told < NEWS_MS))
		return;
	f->told = now;
	if (news.total < news.walked || end)
		news.total = end ? news.walked : 0;
	if (ms > 0)
		news.rate = f->here * 1000 / ms;
	if (news.total && news.rate)
		news.left_s = (news.total - news.walked) / news.rate;
	f->e->o->news(f->e->o->ctx, &news);
}

/* --- one batch --- */

/* 1: `f->range` is the next one; 0: none is left. */
static int next_range(struct fill *f, struct gm_err *err)
{
	size_t n = f->cut.key.n;
	const char **params = gm_alloc_n(&f->now, 2 * n + 1, sizeof(*params));
	struct gm_rows rows;
	size_t last, used = 0;

	params[used++] = number(&f->now, f->size);
	for (size_t i = 0; f->last && i < n; i++)
		params[used++] = f->last[i];
	for (size_t i = 0; f->stop && i < n; i++)
		params[used++] = f->stop[i];
	if (gm_conn_exec(&rows, &f->now, f->e->worker, f->range_sql, params,
			 used, err) < 0)
		return -1;
	if (!rows.n)
		return 0;
	f->more = rows.n == 3;
	last = f->more ? 1 : rows.n - 1;
	f->range = gm_alloc_n(&f->now, 2 * n, sizeof(*f->range));
	for (size_t i = 0; i < n; i++) {
		f->range[i] = gm_cell(&rows, 0, i + 1);
		f->range[n + i] = gm_cell(&rows, last, i + 1);
	}
	return 1;
}

static const char checkpoint_sql[] =
	"UPDATE git_migrate.backfill SET last_key = $4, walked = $5,"
	" rows = $6, batch_size = $7, batches = batches + 1,"
	" updated_at = pg_catalog.clock_timestamp() WHERE migration = $1"
	" AND unit = $2 AND ordinal = $3"
	" AND last_key IS NOT DISTINCT FROM $8::text[]";

static int write_checkpoint(struct fill *f, int64_t rows, struct gm_err *err)
{
	struct gm_arena *a = &f->now;
	const struct gm_ledger_entry *e = &f->e->entry;
	const char *params[] = {
		e->id,
		number(a, e->unit),
		number(a, (int64_t)f->ordinal),
		gm_sql_array(a, f->range + f->cut.key.n, f->cut.key.n),
		number(a, f->walked + (f->more ? f->size : rows)),
		number(a, f->rows + rows),
		number(a, f->size),
		f->last ? gm_sql_array(a, f->last, f->cut.key.n) : NULL,
	};

	if (gm_conn_exec(NULL, NULL, f->e->worker, checkpoint_sql, params,
			 GM_COUNT(params), err) < 0)
		return -1;
	if (gm_conn_affected(f->e->worker) == 1)
		return 0;
	return gm_fail(err, GM_ERACE,
		       "somebody else has done this range meanwhile");
}

/* Rows that a trigger has put behind the range would be met again. */
static int count_moved(struct fill *f, int64_t *rows,
		       const struct gm_rows *done, struct gm_err *err)
{
	*rows = gm_cell_int(done, 0, 0);
	if (!gm_cell_int(done, 0, 1))
		return 0;
	return refuse(f, "a trigger changes the key, which the ranges go by",
		      "Disable the trigger for it, or write '-- migrate: whole"
		      " <reason>'.",
		      err);
}

static int run_batch(struct fill *f, int64_t *rows, struct gm_err *err)
{
	struct gm_engine *e = f->e;
	struct gm_rows done;

	if (gm_conn_script(
		    e->worker,
		    gm_printf(&f->now,
			      "BEGIN; SET LOCAL lock_timeout = %lld;"
			      "SET LOCAL statement_timeout = %lld",
			      (long long)e->ladder.timeout_ms,
			      (long long)e->o->limits.batch_ms * PATIENCE),
		    err) < 0)
		return -1;
	e->running = f->stmt;
	e->running_at = f->walked;
	if (gm_conn_exec(&done, &f->now, e->worker, f->batch_sql, f->range,
			 2 * f->cut.key.n, err) < 0)
		return gm_fail_at(err, e->unit->path, f->stmt->line,
				  f->stmt->column);
	e->running = NULL;
	*rows = (int64_t)done.affected;
	if (f->cut.moves && count_moved(f, rows, &done, err) < 0)
		return -1;
	if (gm_engine_ourselves(e, err) < 0 ||
	    write_checkpoint(f, *rows, err) < 0)
		return -1;
	return gm_conn_script(e->worker, "COMMIT", err);
}

/* Toward the time a batch should take, never in jumps. */
static void adapt(struct fill *f, int64_t ms)
{
	int64_t want = f->e->o->limits.batch_ms;

	if (ms < want / 8)
		f->size *= 4;
	else if (ms < want / 4)
		f->size *= 2;
	else if (ms < want)
		f->size += f->size / 5;
	else if (ms > 2 * want)
		f->size /= 2;
	else if (ms > want + want / 2)
		f->size -= f->size / 5;
	if (f->size < 1)
		f->size = 1;
	if (f->size > LARGEST_BATCH)
		f->size = LARGEST_BATCH;
}

static void move_on(struct fill *f, int64_t rows, int64_t ms)
{
	int64_t walked = f->more ? f->size : rows;
	size_t n = f->cut.key.n;

	gm_arena_done(&f->last_key);
	if (!f->last) {
		/* From here on there is one to start behind. */
		f->last = f->range;
		write_range(f);
	}
	f->last = gm_alloc_n(&f->last_key, n, sizeof(*f->last));
	for (size_t i = 0; i < n; i++)
		f->last[i] = gm_strdup(&f->last_key, f->range[n + i]);
	f->walked += walked;
	f->here += walked;
	f->rows += rows;
	adapt(f, ms);
}

/*
 * A batch that failed: try it again with a smaller one when it took too long;
 * when a lock was not to be had, later.
 */
static enum gm_try again(struct fill *f, struct gm_err *err)
{
	bool late = gm_conn_failed_with(f->e->worker, GM_SQLSTATE_CANCELED);
	enum gm_try how = gm_engine_undo(f->e);

	if (how == GM_TRY_FAILED && late && !f->e->canceled && f->size > 1) {
		f->size = f->size / 4 ? f->size / 4 : 1;
		return GM_TRY_AGAIN;
	}
	if (how != GM_TRY_AGAIN)
		return how;
	gm_engine_news(f->e, GM_NEWS_BLOCKED, f->ordinal,
		       f->e->blocked ? f->e->blocked : err->msg);
	if (!gm_ladder_up(&f->e->ladder))
		return GM_TRY_FAILED;
	gm_ladder_pause(&f->e->ladder);
	return GM_TRY_AGAIN;
}

static int throttle(struct fill *f, struct gm_err *err)
{
	const struct gm_health_limits limits = {
		.lag_s = f->e->o->limits.lag_s,
		.transaction_s = f->e->o->limits.transaction_s,
		.wal_bytes_s = f->e->o->limits.wal_bytes_s,
	};
	const char *why = NULL, *said = NULL;

	for (;;) {
		int64_t ms = gm_health_look(&f->health, &why, &f->now,
					    f->e->control, &limits, err);

		if (ms < 0 || gm_engine_go_on(f->e, err) < 0)
			return -1;
		if (!ms)
			return 0;
		if (!said || strcmp(said, why))
			gm_engine_news(f->e, GM_NEWS_NOTE, f->ordinal,
				       gm_printf(&f->now, "waiting: %s", why));
		said = why;
		gm_sleep_about(ms);
	}
}

static enum gm_try run_next(struct fill *f, bool *more, struct gm_err *err)
{
	int64_t began, rows = 0;
	int found;

	if (throttle(f, err) < 0)
		return gm_engine_lost(f->e) ? GM_TRY_LOST : GM_TRY_FAILED;
	began = gm_ticks_ms();
	found = next_range(f, err);
	if (found < 0)
		return gm_engine_undo(f->e);
	if (!found) {
		*more = false;
		return GM_TRY_DONE;
	}
	if (run_batch(f, &rows, err) < 0)
		return again(f, err);
	*more = f->more;
	move_on(f, rows, gm_ticks_ms() - began);
	tell(f, false);
	return GM_TRY_DONE;
}

static enum gm_try run_all(struct fill *f, struct gm_err *err)
{
	enum gm_try how = GM_TRY_DONE;
	bool more = true;

	f->began = f->told = gm_ticks_ms();
	while (more && (how == GM_TRY_DONE || how == GM_TRY_AGAIN)) {
		how = run_next(f, &more, err);
		if (how == GM_TRY_DONE)
			f->e->ladder = gm_ladder(f->e->o->patience_ms);
		gm_arena_done(&f->now);
	}
	return how;
}

enum gm_try gm_run_backfill(struct gm_engine *e, size_t ordinal,
			    struct gm_err *err)
{
	const struct gm_step *step = &e->unit->steps.items[ordinal - 1];
	struct fill f = { .e = e,
			  .step = step,
			  .stmt = &e->unit->steps.file.items[step->first],
			  .ordinal = ordinal };
	enum gm_try how;

	if (prepare(&f, err) < 0 || gm_engine_ourselves(e, err) < 0 ||
	    read_progress(&f, err) < 0 || gm_engine_leave(e, err) < 0 ||
	    find_stop(&f, err) < 0) {
		how = gm_engine_undo(e);
	} else {
		write_range(&f);
		how = run_all(&f, err);
	}
	if (how == GM_TRY_DONE) {
		tell(&f, true);
		if (gm_engine_ourselves(e, err) < 0 ||
		    gm_ledger_end(
			    e->worker, &e->entry, ordinal, true,
			    gm_printf(e->arena, "%lld rows", (long long)f.rows),
			    err) < 0 ||
		    gm_engine_leave(e, err) < 0)
			how = gm_engine_undo(e);
	}
	gm_arena_done(&f.now);
	gm_arena_done(&f.last_key);
	return how;
}
