#include "db/observe.h"

#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/embed.h"
#include "base/map.h"

#define LOOK_EVERY_MS 1

/* One row of templates/sql/observe.sql. */
struct thing {
	struct gm_str id;
	const char *what, *name, *facts;
	int64_t file;
	bool odd;
};

struct state {
	struct gm_arena arena; /* has all of it */
	struct thing *items;   /* by id */
	size_t n;
	struct gm_map by_id;   /* id: struct thing */
	struct gm_map by_name; /* "what name": struct thing */
};

struct scan {
	int64_t scans, rows;
};

/* A lock held by the transaction. */
struct held {
	struct gm_seen *by;
	size_t at;     /* in its locks */
	int64_t since; /* microseconds */
};

struct gm_observer {
	struct gm_arena *arena;
	struct gm_conn *worker, *control, *gate;
	struct state *first, *last; /* may be the same */
	struct gm_map locked;       /* "relation mode" of this transaction */
	struct gm_map scanned; /* relation: struct scan, of this transaction */
	bool inside;           /* a transaction is open */
	bool closed;           /* the gate */
	/* Of the statement that runs. */
	struct gm_seen *now;
	int64_t began, wal_from;
	const char *lsn;
};

static const struct {
	const char *mode, *words;
} strengths[] = {
	{ "AccessShareLock", "ACCESS SHARE" },
	{ "RowShareLock", "ROW SHARE" },
	{ "RowExclusiveLock", "ROW EXCLUSIVE" },
	{ "ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE" },
	{ "ShareLock", "SHARE" },
	{ "ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE" },
	{ "ExclusiveLock", "EXCLUSIVE" },
	{ "AccessExclusiveLock", "ACCESS EXCLUSIVE" },
};

static int64_t now_us(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		GM_BUG("no monotonic clock");
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- what there is ---- */

static struct gm_str by_name(struct gm_arena *a, const struct thing *t)
{
	return gm_str(gm_printf(a, "%s %s", t->what, t->name));
}

static int read_state(struct state **to, struct gm_observer *o,
		      struct gm_err *err)
{
	struct state *out = gm_alloc(o->arena, sizeof(*out));
	struct gm_arena *a = &out->arena;
	struct gm_rows r;

	if (gm_conn_exec(&r, a, o->worker,
			 gm_str_dup(a, gm_embed("sql/observe.sql")), NULL, 0,
			 err) < 0) {
		gm_arena_done(a);
		return -1;
	}
	out->items = gm_alloc_n(a, r.n, sizeof(*out->items));
	out->n = r.n;
	out->by_id = gm_map(a);
	out->by_name = gm_map(a);
	for (size_t i = 0; i < r.n; i++) {
		struct thing *t = &out->items[i];

		*t = (struct thing){ .id = gm_str(gm_cell(&r, i, 0)),
				     .what = gm_cell(&r, i, 1),
				     .name = gm_cell(&r, i, 2),
				     .file = gm_cell_int(&r, i, 3),
				     .facts = gm_cell(&r, i, 4),
				     .odd = gm_cell_bool(&r, i, 5) };
		gm_map_set(&out->by_id, t->id, t);
		gm_map_set(&out->by_name, by_name(a, t), t);
	}
	*to = out;
	return 0;
}

/* The relation of that number, if it was there at the beginning. */
static const struct thing *old_relation(const struct gm_observer *o,
					const char *oid)
{
	const struct thing *t = gm_map_get(
		&o->first->by_id, gm_str(gm_printf(o->arena, "r%s", oid)));

	return t;
}

static void say(struct gm_strings *list, struct gm_arena *a, const char *text)
{
	*GM_PUSH(a, list) = text;
}

static bool not_null(const struct thing *t)
{
	return !strncmp(t->facts, "NOT NULL ", 9);
}

static const char *type_of(const struct thing *t)
{
	return t->facts + (not_null(t) ? 9 : 0);
}

/* Is the table or type of which it is a part gone as well? */
static bool went_with(const struct state *after, struct gm_arena *a,
		      const struct thing *t)
{
	size_t dot = gm_str_find(t->id, '.');

	if (dot == t->id.len)
		return false;
	return !gm_map_get(
		&after->by_id,
		gm_str(gm_printf(a, "r%.*s", (int)dot - 1, t->id.ptr + 1)));
}

static void gone(struct gm_seen *out, struct gm_observer *o,
		 const struct state *after, const struct thing *t)
{
	const struct thing *same =
		gm_map_get(&after->by_name, by_name(o->arena, t));

	/* In its place stands another: REINDEX CONCURRENTLY does that. */
	if (same && strcmp(t->what, "table"))
		return;
	if (!went_with(after, o->arena, t))
		say(&out->dropped, o->arena, by_name(o->arena, t).ptr);
}

static void changed(struct gm_seen *out, struct gm_arena *a,
		    const struct thing *was, const struct thing *is)
{
	const char *name = by_name(a, was).ptr;

	if (strcmp(was->name, is->name) &&
	    (was->id.ptr[0] == 'r' || was->id.ptr[0] == 't'))
		say(&out->renamed, a, gm_printf(a, "%s to %s", name, is->name));
	if (was->id.ptr[0] == 'a') {
		const char *old = strrchr(was->name, '.');
		const char *new = strrchr(is->name, '.');

		if (old && new &&strcmp(old, new))
			say(&out->renamed, a,
			    gm_printf(a, "%s to %s", name, is->name));
		if (strcmp(type_of(was), type_of(is)))
			say(&out->retyped, a,
			    gm_printf(a, "%s from %s to %s", name, type_of(was),
				      type_of(is)));
		if (!not_null(was) && not_null(is))
			say(&out->narrowed, a, name);
	}
	if (was->id.ptr[0] == 'r' && was->file && was->file != is->file)
		say(strcmp(was->what, "index") ? &out->rewritten
					       : &out->rebuilt,
		    a, name);
}

/*
 * Was it there at the beginning?  An index may be another by now, which
 * REINDEX CONCURRENTLY has put in its place; another table is new.
 */
static bool is_old(const struct gm_observer *o, const struct thing *t)
{
	if (gm_map_get(&o->first->by_id, t->id))
		return true;
	return !strcmp(t->what, "index") &&
	       gm_map_get(&o->first->by_name, by_name(o->arena, t));
}

static void compare(struct gm_seen *out, struct gm_observer *o,
		    const struct state *after)
{
	for (size_t i = 0; i < o->last->n; i++) {
		const struct thing *was = &o->last->items[i], *is;

		if (!is_old(o, was))
			continue;
		is = gm_map_get(&after->by_id, was->id);
		if (is)
			changed(out, o->arena, was, is);
		else
			gone(out, o, after, was);
	}
	for (size_t i = 0; i < after->n; i++) {
		const struct thing *is = &after->items[i], *was;

		was = gm_map_get(&o->last->by_id, is->id);
		if (is->odd && (!was || !was->odd))
			say(&out->invalid, o->arena, by_name(o->arena, is).ptr);
		if (!was && is->id.ptr[0] == 'r')
			say(&out->added, o->arena, by_name(o->arena, is).ptr);
	}
}

/* ---- locks, scans and WAL ---- */

static void add_lock(struct gm_observer *o, const char *oid, const char *mode)
{
	struct gm_arena *a = o->arena;
	struct gm_str key = gm_str(gm_printf(a, "%s %s", oid, mode));
	const struct thing *t = old_relation(o, oid);
	struct gm_seen_lock *lock;
	struct held *held;

	if (!t || gm_map_get(&o->locked, key))
		return;
	held = gm_alloc(a, sizeof(*held));
	*held = (struct held){ o->now, o->now->locks.n, now_us() };
	gm_map_set(&o->locked, key, held);
	lock = GM_PUSH(a, &o->now->locks);
	*lock = (struct gm_seen_lock){ .relation = gm_strdup(a, t->name),
				       .mode = "?" };
	for (unsigned i = 0; i < GM_COUNT(strengths); i++)
		if (!strcmp(strengths[i].mode, mode)) {
			lock->mode = strengths[i].words;
			lock->strength = i + 1;
		}
}

static bool known(const struct gm_observer *o, struct gm_arena *a,
		  const char *oid, const char *mode)
{
	return gm_map_get(&o->locked, gm_str(gm_printf(a, "%s %s", oid, mode)));
}

static int read_locks(struct gm_observer *o, struct gm_conn *by,
		      struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *const params[] = { gm_printf(&a, "%d",
						 gm_conn_pid(o->worker)) };
	struct gm_rows r;

	if (gm_conn_exec(&r, &a, by,
			 "SELECT l.relation::pg_catalog.text, l.mode"
			 " FROM pg_catalog.pg_locks l WHERE l.pid ="
			 " $1::pg_catalog.int4 AND l.locktype = 'relation' AND"
			 " l.relation >= 16384 ORDER BY l.relation, l.mode",
			 params, 1, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++)
		if (!known(o, &a, gm_cell(&r, i, 0), gm_cell(&r, i, 1)))
			add_lock(o, gm_cell(&r, i, 0), gm_cell(&r, i, 1));
	return 0;
}

/* How often tables were read from end to end so far. */
static int read_scans(struct gm_observer *o, bool tell, struct gm_err *err)
{
	const char *sql =
		o->inside ? "SELECT s.relid::pg_catalog.text, s.seq_scan,"
			    " s.seq_tup_read FROM"
			    " pg_catalog.pg_stat_xact_all_tables s WHERE"
			    " s.relid >= 16384 AND s.seq_scan > 0"
			  : "SELECT s.relid::pg_catalog.text, s.seq_scan,"
			    " s.seq_tup_read FROM"
			    " pg_catalog.pg_stat_all_tables s WHERE s.relid >="
			    " 16384 AND s.seq_scan > 0";
	struct gm_rows r;

	/* Since 15 a session can be told to hand in its counts at once. */
	if (!o->inside &&
	    (gm_conn_version(o->worker) < 150000 ||
	     gm_conn_script(o->worker,
			    "SELECT pg_catalog.pg_stat_force_next_flush()",
			    err) < 0))
		return gm_conn_version(o->worker) < 150000 ? 0 : -1;
	if (gm_conn_exec(&r, o->arena, o->worker, sql, NULL, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++) {
		struct gm_str oid = gm_str(gm_cell(&r, i, 0));
		const struct thing *t = old_relation(o, oid.ptr);
		struct scan *s = gm_map_get(&o->scanned, oid);
		struct scan is = { gm_cell_int(&r, i, 1),
				   gm_cell_int(&r, i, 2) };

		if (!s) {
			s = gm_alloc(o->arena, sizeof(*s));
			gm_map_set(&o->scanned, oid, s);
		}
		if (tell && t && is.scans > s->scans)
			*GM_PUSH(o->arena, &o->now->scans) =
				(struct gm_seen_scan){
					gm_strdup(o->arena, t->name),
					is.scans - s->scans, is.rows - s->rows
				};
		*s = is;
	}
	return 0;
}

static int wal(int64_t *bytes, const struct gm_observer *o, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_rows r;

	if (gm_conn_row(&r, &a, o->control,
			"SELECT pg_catalog.pg_wal_lsn_diff("
			"pg_catalog.pg_current_wal_insert_lsn(), '0/0')",
			NULL, 0, err) < 0)
		return -1;
	*bytes = gm_cell_int(&r, 0, 0);
	return 0;
}

/*
 * Lock all tables as writers do.  A time-out for locks is the migration's own:
 * then nothing is held up.
 */
static int close_gate(struct gm_observer *o, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_buf sql = gm_buf(&a);
	size_t n = 0;
	struct gm_rows r;

	if (!o->gate || o->inside)
		return 0;
	if (gm_conn_row(&r, &a, o->worker, "SHOW lock_timeout", NULL, 0, err) <
	    0)
		return -1;
	if (strcmp(gm_cell(&r, 0, 0), "0"))
		return 0;
	gm_buf_puts(&sql, "BEGIN; LOCK TABLE ");
	for (size_t i = 0; i < o->last->n; i++)
		if (!strcmp(o->last->items[i].what, "table"))
			gm_buf_printf(&sql, "%s%s", n++ ? ", " : "",
				      o->last->items[i].name);
	gm_buf_puts(&sql, " IN ROW EXCLUSIVE MODE");
	if (!n)
		return 0;
	/* Where that is not to be had, less is seen. */
	o->closed = gm_conn_script(o->gate, sql.ptr, &ignored) == 0;
	if (!o->closed)
		(void)!gm_conn_script(o->gate, "ROLLBACK", &ignored);
	return 0;
}

static int open_gate(struct gm_observer *o, struct gm_err *err)
{
	if (!o->closed)
		return 0;
	o->closed = false;
	return gm_conn_script(o->gate, "ROLLBACK", err);
}

/* Once it waits for us, all its locks have been seen. */
static int look_at_gate(struct gm_observer *o, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *const params[] = {
		gm_printf(&a, "%d", gm_conn_pid(o->worker)),
		gm_printf(&a, "%d", gm_conn_pid(o->gate)),
	};
	struct gm_rows r;

	if (gm_conn_row(&r, &a, o->control,
			"SELECT $2::pg_catalog.int4 = ANY"
			" (pg_catalog.pg_blocking_pids($1::pg_catalog.int4))",
			params, 2, err) < 0)
		return -1;
	if (!gm_cell_bool(&r, 0, 0))
		return 0;
	if (read_locks(o, o->control, err) < 0)
		return -1;
	return open_gate(o, err);
}

/* While it runs. */
static int look(void *ctx, struct gm_err *err)
{
	struct gm_observer *o = ctx;
	int64_t at;

	if ((!o->inside && read_locks(o, o->control, err) < 0) ||
	    (o->closed && look_at_gate(o, err) < 0) || wal(&at, o, err) < 0)
		return -1;
	if (at - o->wal_from <= GM_OBSERVE_WAL_MAX)
		return 0;
	gm_fail(err, GM_ELIMIT, "it writes more than %lld GiB of WAL",
		(long long)(GM_OBSERVE_WAL_MAX >> 30));
	return -1;
}

/* ---- running ---- */

int gm_observer_open(struct gm_observer **out, struct gm_arena *a,
		     struct gm_conn *worker, struct gm_conn *control,
		     struct gm_conn *gate, struct gm_err *err)
{
	struct gm_observer *o = gm_alloc(a, sizeof(*o));

	o->arena = a;
	o->worker = worker;
	o->control = control;
	o->gate = gate;
	o->locked = gm_map(a);
	o->scanned = gm_map(a);
	if (read_state(&o->first, o, err) < 0)
		return -1;
	o->last = o->first;
	*out = o;
	return 0;
}

void gm_observer_close(struct gm_observer **o)
{
	if (!*o)
		return;
	if ((*o)->last != (*o)->first)
		gm_arena_done(&(*o)->last->arena);
	gm_arena_done(&(*o)->first->arena);
	*o = NULL;
}

static int run(struct gm_observer *o, const char *sql,
	       const char *const *params, size_t n, int64_t limit_ms,
	       struct gm_err *err)
{
	const struct gm_watch w = { .poll = look,
				    .ctx = o,
				    .every_ms = o->inside ? 100 : LOOK_EVERY_MS,
				    .limit_ms = limit_ms };
	const struct gm_watch rest = { .limit_ms = limit_ms };
	int result;

	gm_conn_watch(o->worker, &w);
	o->began = now_us();
	result = gm_conn_exec(NULL, o->arena, o->worker, sql, params, n, err);
	o->now->us = now_us() - o->began;
	o->now->affected = gm_conn_affected(o->worker);
	gm_conn_watch(o->worker, &rest);
	return result;
}

int gm_observer_run(struct gm_seen *out, struct gm_observer *o, const char *sql,
		    const char *const *params, size_t n, int64_t limit_ms,
		    struct gm_err *err)
{
	struct gm_err ignored = GM_ERR_INIT;
	struct state *after;
	int result;
	int64_t at;

	*out = (struct gm_seen){ 0 };
	o->now = out;
	o->inside = gm_conn_tx(o->worker) == GM_TX_OPEN;
	if (!o->inside) {
		o->locked = gm_map(o->arena);
		o->scanned = gm_map(o->arena);
		if (read_scans(o, false, err) < 0)
			return -1;
	}
	if (close_gate(o, err) < 0 || wal(&o->wal_from, o, err) < 0)
		return -1;
	result = run(o, sql, params, n, limit_ms, err);
	if (open_gate(o, result < 0 ? &ignored : err) < 0 || result < 0 ||
	    wal(&at, o, err) < 0)
		return -1;
	out->wal = at - o->wal_from;
	if ((o->inside && read_locks(o, o->worker, err) < 0) ||
	    read_scans(o, true, err) < 0 || read_state(&after, o, err) < 0)
		return -1;
	compare(out, o, after);
	if (o->last != o->first)
		gm_arena_done(&o->last->arena);
	o->last = after;
	for (size_t i = 0; !o->inside && i < out->locks.n; i++)
		out->locks.items[i].held_us = out->us;
	return 0;
}

void gm_observer_ended(struct gm_observer *o, struct gm_seen *const *seen,
		       size_t n)
{
	int64_t now = now_us();
	size_t at = 0;
	struct gm_str key;
	void *value;

	while (gm_map_next(&o->locked, &at, &key, &value)) {
		const struct held *held = value;

		for (size_t i = 0; i < n; i++)
			if (seen[i] == held->by)
				seen[i]->locks.items[held->at].held_us =
					now - held->since + seen[i]->us;
	}
	o->locked = gm_map(o->arena);
	o->scanned = gm_map(o->arena);
}
