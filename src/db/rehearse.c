#include "db/rehearse.h"

#include <string.h>

#include "base/clock.h"
#include "db/foreign.h"

/* One text that is run. */
struct play {
	struct gm_arena *arena;
	struct gm_stage *stage;
	struct gm_conn *conn;
	struct gm_str text;
	const struct gm_run_file *file;
	const struct gm_steps *steps; /* or NULL */
	struct gm_observer *observer; /* or NULL */
	struct gm_seen *seen;
	struct gm_act *out;
};

static int64_t now_us(void)
{
	return gm_ticks_ms() * 1000;
}

static void refuse(struct gm_act *out, struct gm_arena *a,
		   const struct gm_run_stmt *stmt, const char *why,
		   const char *hint)
{
	out->failed = true;
	out->why = gm_strdup(a, why);
	out->hint = hint ? gm_strdup(a, hint) : "";
	if (stmt) {
		out->line = stmt->line;
		out->column = stmt->column;
	}
}

/* The tool whose ledger is the table that is not there, or NULL. */
static const char *owner_of_missing(const struct gm_conn *c)
{
	struct gm_str rest = gm_str(gm_conn_said(c)->message), name;

	if (!gm_conn_failed_with(c, "42P01") ||
	    !gm_str_split(&name, &rest, '"') ||
	    !gm_str_split(&name, &rest, '"'))
		return NULL;
	for (size_t dot; (dot = gm_str_find(name, '.')) < name.len;)
		name = gm_str_sub(name, dot + 1, name.len);
	return gm_foreign_tool(name);
}

static const char *hint_of(struct gm_arena *a, const struct gm_conn *c,
			   const struct gm_err *why)
{
	const char *tool = owner_of_missing(c);

	if (tool)
		return gm_printf(a,
				 "%s keeps its ledger in it, and a rehearsal"
				 " has none; --schema can begin with one.",
				 tool);
	if (gm_conn_failed_with(c, GM_SQLSTATE_NO_RIGHTS) && !*why->hint)
		return "A rehearsal runs as a role that owns its database and"
		       " has no other rights.";
	return why->hint;
}

/* The server said no to a statement; -1 when it says nothing any more. */
static int said_no(struct play *p, const struct gm_run_stmt *stmt,
		   const struct gm_err *why, struct gm_err *err)
{
	struct gm_arena *a = p->arena;
	struct gm_err at = *why;
	const char *text = why->msg;

	if (!gm_conn_alive(p->conn) || !gm_conn_alive(p->stage->control)) {
		*err = *why;
		return -1;
	}
	if (gm_conn_canceled(p->conn) && why->code == GM_EDB)
		text = gm_printf(a, "it takes longer than %lld s",
				 (long long)(p->stage->limit_ms / 1000));
	refuse(p->out, a, stmt, text, hint_of(a, p->conn, why));
	if (stmt && gm_conn_said(p->conn)->position) {
		gm_conn_fail_in(p->conn, "", p->text, stmt->offset, &at);
		p->out->line = at.line;
		p->out->column = at.column;
	}
	return 0;
}

/* The first and last key of what is walked, where the text asks for them. */
static int range(const char *params[2], struct play *p,
		 const struct gm_batch *b, struct gm_err *err)
{
	struct gm_arena *a = p->arena;
	const char *table = *b->table.schema ? gm_sql_ident2(a, b->table.schema,
							     b->table.name)
					     : gm_sql_ident(a, b->table.name);
	const char *column = gm_sql_ident(a, b->column);
	struct gm_rows r;

	if (gm_conn_row(&r, a, p->conn,
			gm_printf(a, "SELECT min(%s), max(%s) FROM %s", column,
				  column, table),
			NULL, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++)
		params[i] = gm_cell_null(&r, 0, i) ? NULL : gm_cell(&r, 0, i);
	return 0;
}

static const struct gm_batch *batch_of(const struct play *p, size_t at)
{
	for (size_t i = 0; p->steps && i < p->steps->n; i++)
		if (p->steps->items[i].kind == GM_STEP_BATCHES &&
		    p->steps->items[i].first == at)
			return &p->steps->items[i].batch;
	return NULL;
}

static int run_statement(struct play *p, size_t at, struct gm_err *err)
{
	const struct gm_run_stmt *stmt = &p->file->items[at];
	const struct gm_batch *batch = batch_of(p, at);
	const char *params[2] = { NULL, NULL };
	struct gm_arena *a = p->arena;
	size_t n = 0;
	const char *sql = gm_str_dup(
		a, gm_str_sub(p->text, stmt->offset, stmt->offset + stmt->len));

	if (batch && batch->column) {
		if (range(params, p, batch, err) < 0)
			return -1;
		n = 2;
	}
	if (p->observer)
		return gm_observer_run(&p->seen[at], p->observer, sql, params,
				       n, p->stage->limit_ms, err);
	return gm_conn_exec(NULL, NULL, p->conn, sql, params, n, err);
}

static bool is_frame(const struct gm_run_stmt *stmt)
{
	return stmt->mode == GM_RUN_BEGIN || stmt->mode == GM_RUN_COMMIT;
}

/* The locks were held until now. */
static void let_go(struct play *p)
{
	struct gm_arena *a = p->arena;
	struct gm_seen **all;

	if (!p->observer)
		return;
	all = gm_alloc_n(a, p->file->n, sizeof(*all));
	for (size_t i = 0; i < p->file->n; i++)
		all[i] = &p->seen[i];
	gm_observer_ended(p->observer, all, p->file->n);
}

/* What it names was not there, and now is: once more from the beginning. */
static int transaction(struct play *p, struct gm_err *err)
{
	struct gm_err why = GM_ERR_INIT, ignored = GM_ERR_INIT;
	const struct gm_run_stmt *stmt = NULL;
	int again = 0;

	do {
		bool ok = gm_conn_script(p->conn, "BEGIN", &why) == 0;

		stmt = NULL;
		for (size_t i = 0; ok && i < p->file->n; i++) {
			if (is_frame(&p->file->items[i]))
				continue;
			stmt = &p->file->items[i];
			ok = run_statement(p, i, &why) == 0;
		}
		if (ok) {
			stmt = NULL;
			ok = gm_conn_script(p->conn, "COMMIT", &why) == 0;
		}
		let_go(p);
		if (ok)
			return 0;
		if (said_no(p, stmt, &why, err) < 0)
			return -1;
		again = gm_stage_make_up(p->stage, p->conn, err);
		if (gm_conn_tx(p->conn) != GM_TX_IDLE)
			(void)!gm_conn_script(p->conn, "ROLLBACK", &ignored);
		if (again > 0)
			p->out->failed = false;
	} while (again > 0);
	return again;
}

static int one_by_one(struct play *p, struct gm_err *err)
{
	struct gm_err why = GM_ERR_INIT;

	for (size_t i = 0; i < p->file->n; i++) {
		const struct gm_run_stmt *stmt = &p->file->items[i];
		int again;

		if (is_frame(stmt) || run_statement(p, i, &why) == 0)
			continue;
		if (said_no(p, stmt, &why, err) < 0)
			return -1;
		again = gm_stage_make_up(p->stage, p->conn, err);
		if (again < 0)
			return -1;
		if (!again) {
			p->out->partly = i > 0;
			return 0;
		}
		p->out->failed = false;
		i--;
	}
	return 0;
}

static int play(struct play *p, bool transactional, struct gm_err *err)
{
	int64_t from = now_us();
	int result = transactional ? transaction(p, err) : one_by_one(p, err);

	p->out->us = now_us() - from;
	return result;
}

int gm_rehearse_up(struct gm_act *out, struct gm_arena *a, struct gm_seen *seen,
		   struct gm_stage *s, const char *dbname,
		   const struct gm_steps *steps, struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	GM_AUTO(gm_conn_close) struct gm_conn *gate = NULL;
	GM_AUTO(gm_observer_close) struct gm_observer *observer = NULL;
	struct play p = { .arena = a,
			  .stage = s,
			  .text = steps->text,
			  .file = &steps->file,
			  .steps = steps,
			  .seen = seen,
			  .out = out };

	*out = (struct gm_act){ .why = "", .hint = "" };
	if (gm_stage_connect(&c, s, NULL, dbname, err) < 0)
		return -1;
	p.conn = c;
	if (seen && !steps->transactional &&
	    gm_stage_connect(&gate, s, NULL, dbname, err) < 0)
		return -1;
	if (seen &&
	    gm_observer_open(&observer, a, c, s->control, gate, err) < 0)
		return -1;
	p.observer = observer;
	return play(&p, steps->transactional, err);
}

int gm_rehearse_down(struct gm_act *out, struct gm_arena *a, struct gm_stage *s,
		     const char *dbname, struct gm_str text, struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	struct gm_run_file file;
	struct play p = {
		.arena = a, .stage = s, .text = text, .file = &file, .out = out
	};
	bool inside = true;

	*out = (struct gm_act){ .why = "", .hint = "" };
	if (gm_run_read(&file, a, text, err) < 0)
		return -1;
	for (size_t i = 0; i < file.n; i++) {
		inside = inside && file.items[i].mode != GM_RUN_ALONE;
		if (file.items[i].mode != GM_RUN_NEVER)
			continue;
		refuse(out, a, &file.items[i],
		       file.items[i].why ? file.items[i].why
					 : "it manages transactions itself",
		       NULL);
		return 0;
	}
	if (gm_stage_connect(&c, s, NULL, dbname, err) < 0)
		return -1;
	p.conn = c;
	return play(&p, inside, err);
}

int gm_rehearse_verify(struct gm_act *out, struct gm_arena *a,
		       struct gm_stage *s, const char *dbname,
		       struct gm_str text, struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	struct gm_err why = GM_ERR_INIT;
	struct play p = { .arena = a, .stage = s, .text = text, .out = out };
	struct gm_steps steps;
	int64_t from = now_us();

	*out = (struct gm_act){ .why = "", .hint = "" };
	if (gm_steps_verify(&steps, a, text, err) < 0)
		return -1;
	if (steps.refused.n) {
		refuse(out, a, NULL, steps.refused.items[0].why,
		       steps.refused.items[0].hint);
		out->line = steps.refused.items[0].line;
		out->column = steps.refused.items[0].column;
		return 0;
	}
	if (gm_stage_connect(&c, s, NULL, dbname, err) < 0 ||
	    gm_conn_script(c, "BEGIN READ ONLY", err) < 0)
		return -1;
	p.conn = c;
	p.file = &steps.file;
	for (size_t i = 0; i < steps.file.n && !out->failed; i++)
		if (!is_frame(&steps.file.items[i]) &&
		    run_statement(&p, i, &why) < 0 &&
		    said_no(&p, &steps.file.items[i], &why, err) < 0)
			return -1;
	out->us = now_us() - from;
	return 0;
}
