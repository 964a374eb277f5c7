#include "db/talk.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

#define EVERY_MS 100
#define GRACE_MS 10000
#define COPY_CHUNK ((size_t)64 << 10)

const char *gm_talk_text(const char *s)
{
	return s ? s : "";
}

struct gm_str gm_talk_message(const char *s)
{
	return gm_str_trim(gm_str(gm_talk_text(s)));
}

static const char *field(struct gm_arena *a, const PGresult *r, int code)
{
	const char *text = PQresultErrorField(r, code);

	return text && *text ? gm_strdup(a, text) : "";
}

static void listen_to(struct gm_said *s, struct gm_arena *a, const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *at = PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION);
	uint64_t position;

	*s = (struct gm_said){ .sqlstate = "" };
	snprintf(s->sqlstate, sizeof(s->sqlstate), "%s", gm_talk_text(state));
	s->severity = field(a, r, PG_DIAG_SEVERITY_NONLOCALIZED);
	s->message = field(a, r, PG_DIAG_MESSAGE_PRIMARY);
	if (!*s->message)
		s->message =
			gm_str_dup(a, gm_talk_message(PQresultErrorMessage(r)));
	s->detail = field(a, r, PG_DIAG_MESSAGE_DETAIL);
	s->hint = field(a, r, PG_DIAG_MESSAGE_HINT);
	s->context = field(a, r, PG_DIAG_CONTEXT);
	s->schema = field(a, r, PG_DIAG_SCHEMA_NAME);
	s->table = field(a, r, PG_DIAG_TABLE_NAME);
	s->column = field(a, r, PG_DIAG_COLUMN_NAME);
	s->constraint = field(a, r, PG_DIAG_CONSTRAINT_NAME);
	if (at && gm_str_uint(&position, gm_str(at)))
		s->position = (size_t)position;
}

void gm_talk_notice(void *ctx, const PGresult *result)
{
	struct gm_conn *c = ctx;

	if (c->notices.n >= GM_NOTICES_MAX)
		c->notices.dropped++;
	else
		listen_to(GM_PUSH(&c->notes, &c->notices), &c->notes, result);
}

static void say_nothing(struct gm_conn *c)
{
	gm_arena_done(&c->words);
	c->said = (struct gm_said){ .sqlstate = GM_SQLSTATE_NONE,
				    .severity = "",
				    .message = "",
				    .detail = "",
				    .hint = "",
				    .context = "",
				    .schema = "",
				    .table = "",
				    .column = "",
				    .constraint = "" };
}

static bool failed(const struct gm_conn *c)
{
	return !gm_conn_failed_with(c, GM_SQLSTATE_NONE);
}

/* The connection is gone; keep what the server said before, if it did. */
static int lose(struct gm_conn *c, struct gm_err *err)
{
	struct gm_str why = gm_talk_message(PQerrorMessage(c->pg));

	c->lost = true;
	if (!failed(c) || !c->said.sqlstate[0]) {
		memcpy(c->said.sqlstate, GM_SQLSTATE_LOST, 6);
		c->said.message = c->given_up
					  ? "the server did not answer any more"
				  : why.len ? gm_str_dup(&c->words, why)
					    : "the connection was closed";
	}
	return gm_fail(err, GM_EDB, "lost the connection to %s: %s [%s]",
		       c->name, c->said.message, c->said.sqlstate);
}

static int fail_as_said(struct gm_conn *c, struct gm_err *err)
{
	const struct gm_said *s = &c->said;

	gm_fail(err, GM_EDB, "%s [%s]%s%s", s->message, s->sqlstate,
		*s->detail ? "\n" : "", s->detail);
	if (*s->hint)
		gm_hint(err, "%s", s->hint);
	return -1;
}

/* What becomes of the answer. */
struct answer {
	struct gm_rows *out; /* NULL: rows are dropped */
	struct gm_rows rows;
	struct gm_arena *arena;
	size_t cap, bytes;
	bool too_much;
	const struct gm_str *copy;
	bool copied, odd_copy;
};

static void begin(struct gm_conn *c)
{
	int64_t now = gm_ticks_ms();

	say_nothing(c);
	c->canceled = c->given_up = false;
	c->affected = 0;
	c->stopped = 0;
	c->looked = now;
	c->deadline = c->watch.limit_ms ? now + c->watch.limit_ms : INT64_MAX;
}

/* Have it canceled, and wait a while for the server to say so. */
static void cancel(struct gm_conn *c)
{
	int64_t grace = c->watch.grace_ms ? c->watch.grace_ms : GRACE_MS;

	c->canceled = true;
	c->deadline = gm_ticks_ms() + grace;
	gm_conn_cancel(c);
}

/* Time for the watch to look, or for the statement to end? */
static void look(struct gm_conn *c, bool signaled)
{
	int64_t every = c->watch.every_ms ? c->watch.every_ms : EVERY_MS;
	int64_t now = gm_ticks_ms();

	if (now >= c->deadline) {
		if (c->canceled) {
			c->given_up = true;
			shutdown(PQsocket(c->pg), SHUT_RDWR);
			c->deadline = INT64_MAX;
		} else {
			cancel(c);
		}
	}
	if (!c->watch.poll || c->canceled ||
	    (now - c->looked < every && !signaled))
		return;
	c->looked = now;
	c->stopped = c->watch.poll(c->watch.ctx, &c->why);
	if (c->stopped)
		cancel(c);
}

static int patience(const struct gm_conn *c)
{
	int64_t now = gm_ticks_ms(), until = c->deadline;

	if (c->watch.poll && !c->canceled) {
		int64_t every =
			c->watch.every_ms ? c->watch.every_ms : EVERY_MS;

		if (c->looked + every < until)
			until = c->looked + every;
	}
	if (until == INT64_MAX)
		return -1;
	if (until <= now)
		return 0;
	return until - now > INT_MAX ? INT_MAX : (int)(until - now);
}

/* Until something can be read, or written when that is wanted. */
static int wait_for(struct gm_conn *c, bool write, struct gm_err *err)
{
	struct pollfd fd = { .fd = PQsocket(c->pg),
			     .events = (short)(write ? POLLIN | POLLOUT
						     : POLLIN) };
	int ready = fd.fd < 0 ? -1 : poll(&fd, 1, patience(c));

	if (ready < 0 && errno != EINTR)
		return lose(c, err);
	look(c, ready < 0);
	if (ready > 0 && (fd.revents & (POLLIN | POLLERR | POLLHUP)) &&
	    !PQconsumeInput(c->pg))
		return -1;
	return 0;
}

/* Send what is still to be sent; -1: it is lost. */
static int flush(struct gm_conn *c, struct gm_err *err)
{
	int left;

	while ((left = PQflush(c->pg)) > 0)
		if (wait_for(c, true, err) < 0)
			return -1;
	return left;
}

static void name_columns(struct answer *to, const PGresult *r)
{
	struct gm_rows *rows = &to->rows;

	rows->columns = (size_t)PQnfields(r);
	rows->names =
		gm_alloc_n(to->arena, rows->columns + 1, sizeof(*rows->names));
	for (size_t i = 0; i < rows->columns; i++)
		rows->names[i] = gm_strdup(to->arena, PQfname(r, (int)i));
}

/* Room for one more row. */
static struct gm_str *next_row(struct answer *to)
{
	struct gm_rows *rows = &to->rows;
	size_t used = rows->n * rows->columns;
	struct gm_str *cells;

	if (used + rows->columns > to->cap) {
		to->cap = (used + rows->columns) * 2;
		cells = gm_alloc_n(to->arena, to->cap, sizeof(*cells));
		if (used)
			memcpy(cells, rows->cells, used * sizeof(*cells));
		rows->cells = cells;
	}
	return rows->cells + used;
}

static void add_row(struct answer *to, const PGresult *r)
{
	struct gm_rows *rows = &to->rows;

	if (!to->out || to->too_much)
		return;
	if (!rows->names)
		name_columns(to, r);
	for (int row = 0; row < PQntuples(r); row++) {
		struct gm_str *cells = next_row(to);

		for (size_t i = 0; i < rows->columns; i++) {
			size_t len = (size_t)PQgetlength(r, row, (int)i);

			to->bytes += len + sizeof(*cells);
			if (to->bytes > GM_ROWS_MAX) {
				to->too_much = true;
				return;
			}
			if (PQgetisnull(r, row, (int)i))
				continue;
			cells[i].len = len;
			cells[i].ptr = gm_strndup(
				to->arena, PQgetvalue(r, row, (int)i), len);
		}
		rows->n++;
	}
}

static void end_rows(struct gm_conn *c, struct answer *to, PGresult *r)
{
	struct gm_str tuples = gm_str(gm_talk_text(PQcmdTuples(r)));

	add_row(to, r);
	if (!gm_str_uint(&c->affected, tuples))
		c->affected = 0;
	if (!to->out)
		return;
	to->rows.tag = gm_strdup(to->arena, gm_talk_text(PQcmdStatus(r)));
	to->rows.affected = c->affected;
}

/* Give it all there is, as the server takes it. */
static int send_copy(struct gm_conn *c, struct gm_str data, struct gm_err *err)
{
	size_t done = 0;
	int put = 1;

	while (done < data.len && put >= 0) {
		size_t len = data.len - done;

		if (len > COPY_CHUNK)
			len = COPY_CHUNK;
		put = PQputCopyData(c->pg, data.ptr + done, (int)len);
		if (put > 0)
			done += len;
		if (put == 0 && wait_for(c, true, err) < 0)
			return -1;
	}
	do {
		put = put < 0 ? -1 : PQputCopyEnd(c->pg, NULL);
	} while (put == 0 && wait_for(c, true, err) == 0);
	return put < 0 ? -1 : 0;
}

static void drain_copy(struct gm_conn *c, struct gm_err *err)
{
	char *bytes = NULL;
	int got;

	while ((got = PQgetCopyData(c->pg, &bytes, 1)) >= 0) {
		PQfreemem(bytes);
		bytes = NULL;
		if (got == 0 && wait_for(c, false, err) < 0)
			return;
	}
}

/* COPY to or from us: only where it is expected. */
static int take_copy(struct gm_conn *c, struct answer *to, const PGresult *r,
		     struct gm_err *err)
{
	if (PQresultStatus(r) == PGRES_COPY_IN) {
		if (to->copy && !to->copied) {
			to->copied = true;
			return send_copy(c, *to->copy, err);
		}
		to->odd_copy = true;
		while (PQputCopyEnd(c->pg, "there is nothing to copy") == 0)
			if (wait_for(c, true, err) < 0)
				return -1;
		return flush(c, err);
	}
	to->odd_copy = true;
	drain_copy(c, err);
	return 0;
}

static int take(struct gm_conn *c, struct answer *to, PGresult *r,
		struct gm_err *err)
{
	switch (PQresultStatus(r)) {
	case PGRES_SINGLE_TUPLE:
		add_row(to, r);
		break;
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		end_rows(c, to, r);
		break;
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_COPY_BOTH:
		return take_copy(c, to, r, err);
	default:
		if (!failed(c))
			listen_to(&c->said, &c->words, r);
		/* Of the client's own making: without a SQLSTATE. */
		if (!c->said.sqlstate[0])
			memcpy(c->said.sqlstate, GM_SQLSTATE_LOST, 6);
	}
	return 0;
}

static int collect(struct gm_conn *c, struct answer *to, struct gm_err *err)
{
	PGresult *r;
	int bad = flush(c, err);

	while (!bad) {
		while (!bad && PQisBusy(c->pg))
			bad = wait_for(c, false, err);
		if (bad)
			break;
		r = PQgetResult(c->pg);
		if (!r)
			break;
		bad = take(c, to, r, err);
		PQclear(r);
		if (!bad)
			bad = flush(c, err);
	}
	/* What the server had said before it went away. */
	while (PQstatus(c->pg) == CONNECTION_BAD && (r = PQgetResult(c->pg))) {
		if (!failed(c) && PQresultErrorField(r, PG_DIAG_SQLSTATE))
			listen_to(&c->said, &c->words, r);
		PQclear(r);
	}
	return bad;
}

/* The statement was sent, or could not be. */
static int finish(struct gm_conn *c, int sent, struct answer *to,
		  struct gm_err *err)
{
	if (sent) {
		(void)PQsetSingleRowMode(c->pg);
		sent = collect(c, to, err) == 0;
	}
	if (c->stopped < 0) {
		*err = c->why;
		if (PQstatus(c->pg) != CONNECTION_OK)
			c->lost = true;
		return -1;
	}
	if (!sent || c->given_up || PQstatus(c->pg) != CONNECTION_OK)
		return lose(c, err);
	if (to->odd_copy) {
		gm_fail(err, GM_EDB,
			"COPY from or to the client cannot be run");
		return gm_hint(err, "Write INSERT statements instead.");
	}
	if (failed(c))
		return fail_as_said(c, err);
	if (to->copy && !to->copied)
		return gm_fail(err, GM_EDB, "COPY did not ask for data");
	if (to->too_much)
		return gm_fail(err, GM_ELIMIT,
			       "the answer is larger than %zu MiB",
			       GM_ROWS_MAX >> 20);
	if (to->out)
		*to->out = to->rows;
	return 0;
}

/* Nothing can be sent any more. */
static int refuse(struct gm_conn *c, struct gm_err *err)
{
	say_nothing(c);
	return lose(c, err);
}

int gm_conn_exec(struct gm_rows *out, struct gm_arena *a, struct gm_conn *c,
		 const char *sql, const char *const *params, size_t n,
		 struct gm_err *err)
{
	struct answer to = { .out = out, .arena = a };

	if (!gm_conn_alive(c))
		return refuse(c, err);
	begin(c);
	return finish(c,
		      PQsendQueryParams(c->pg, sql, (int)n, NULL, params, NULL,
					NULL, 0),
		      &to, err);
}

int gm_conn_row(struct gm_rows *out, struct gm_arena *a, struct gm_conn *c,
		const char *sql, const char *const *params, size_t n,
		struct gm_err *err)
{
	struct gm_rows rows;

	if (gm_conn_exec(&rows, a, c, sql, params, n, err) < 0)
		return -1;
	if (rows.n != 1)
		return gm_fail(err, GM_EDB,
			       "the database gave %zu rows instead of one",
			       rows.n);
	*out = rows;
	return 0;
}

int gm_conn_script(struct gm_conn *c, const char *sql, struct gm_err *err)
{
	struct answer to = { .out = NULL };

	if (!gm_conn_alive(c))
		return refuse(c, err);
	begin(c);
	return finish(c, PQsendQuery(c->pg, sql), &to, err);
}

int gm_conn_copy(struct gm_conn *c, const char *sql, struct gm_str data,
		 struct gm_err *err)
{
	struct answer to = { .copy = &data };

	if (!gm_conn_alive(c))
		return refuse(c, err);
	begin(c);
	return finish(c, PQsendQuery(c->pg, sql), &to, err);
}
