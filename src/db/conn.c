#include "db/conn.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "db/talk.h"

#define CONNECT_SECONDS "10"
/* How often a signal is looked for while it connects. */
#define LOOK_MS 200

struct settings {
	const char *keys[16], *values[16];
	size_t n;
};

static void set(struct settings *s, const char *key, const char *value)
{
	s->keys[s->n] = key;
	s->values[s->n++] = value;
}

/* What libpq says of a URI, without the parts of the URI that it quotes. */
static int bad_uri(const char *said, struct gm_err *err)
{
	char clean[256];
	size_t n = 0;
	bool inside = false;

	for (; said && *said && *said != '\n' && n + 5 < sizeof(clean);
	     said++) {
		if (*said == '"') {
			inside = !inside;
			if (inside)
				continue;
			memcpy(clean + n, "'...'", 5);
			n += 5;
		} else if (!inside) {
			clean[n++] = *said;
		}
	}
	clean[n] = '\0';
	gm_fail(err, GM_EINPUT, "the database's URI cannot be read: %s", clean);
	return gm_hint(err, "Write postgresql://user@host:port/dbname, or leave"
			    " it out and set PGHOST, PGDATABASE and so on.");
}

/* Patience, unless who wrote the URI or the environment had their own. */
static void set_patience(struct settings *s, const PQconninfoOption *given)
{
	static const struct {
		const char *key, *env, *value;
	} defaults[] = {
		{ "connect_timeout", "PGCONNECT_TIMEOUT", CONNECT_SECONDS },
		{ "keepalives_idle", NULL, "10" },
		{ "keepalives_interval", NULL, "5" },
		{ "keepalives_count", NULL, "3" },
		{ "tcp_user_timeout", NULL, "20000" },
	};

	for (size_t i = 0; i < GM_COUNT(defaults); i++) {
		const PQconninfoOption *o = given;
		const char *env = defaults[i].env;

		while (o && o->keyword && strcmp(o->keyword, defaults[i].key))
			o++;
		if (o && o->keyword && o->val)
			continue;
		if (!env || !getenv(env))
			set(s, defaults[i].key, defaults[i].value);
	}
}

/* The rest of a password with an @ in it: libpq would show that as a host. */
static int check_host(const PQconninfoOption *given, struct gm_err *err)
{
	for (; given->keyword; given++) {
		if (strcmp(given->keyword, "host") || !given->val ||
		    !strchr(given->val, '@') || *given->val == '/' ||
		    *given->val == '@')
			continue;
		gm_fail(err, GM_EINPUT,
			"the host in the database's URI holds"
			" an @");
		return gm_hint(err, "Write an @ of a password as %%40.");
	}
	return 0;
}

/* A bare word is a database, as it is to psql. */
static bool is_conninfo(const char *uri)
{
	return strchr(uri, '=') || strstr(uri, "://");
}

static int parse_uri(PQconninfoOption **out, const char *uri,
		     struct gm_err *err)
{
	PQconninfoOption *given;
	char *said = NULL;

	given = PQconninfoParse(uri, &said);
	if (!given) {
		bad_uri(said, err);
		PQfreemem(said);
		return -1;
	}
	if (check_host(given, err) < 0) {
		PQconninfoFree(given);
		return -1;
	}
	*out = given;
	return 0;
}

int gm_conn_environment(struct gm_strings *out, struct gm_arena *a,
			const char *uri, struct gm_err *err)
{
	PQconninfoOption *given = NULL;

	if (!uri || !*uri)
		return 0;
	if (!is_conninfo(uri)) {
		*GM_PUSH(a, out) = gm_printf(a, "PGDATABASE=%s", uri);
		return 0;
	}
	if (parse_uri(&given, uri, err) < 0)
		return -1;
	for (const PQconninfoOption *o = given; o->keyword; o++)
		if (o->val && o->envvar)
			*GM_PUSH(a, out) =
				gm_printf(a, "%s=%s", o->envvar, o->val);
	PQconninfoFree(given);
	return 0;
}

/* libpq would print it. */
static void ignore_notice(void *ctx, const PGresult *result)
{
	(void)ctx;
	(void)result;
}

static PGconn *connect_pg(const struct gm_conn_options *o, struct gm_err *err)
{
	PQconninfoOption *given = NULL;
	struct settings s = { .n = 0 };
	char timeout[16];
	PGconn *pg;

	if (o->uri && is_conninfo(o->uri) && parse_uri(&given, o->uri, err) < 0)
		return NULL;
	set(&s, "dbname", o->uri && *o->uri ? o->uri : NULL);
	if (o->dbname)
		set(&s, "dbname", o->dbname);
	set_patience(&s, given);
	if (o->timeout) {
		snprintf(timeout, sizeof(timeout), "%d", o->timeout);
		set(&s, "connect_timeout", timeout);
	}
	set(&s, "client_encoding", "UTF8");
	set(&s, "application_name",
	    o->application ? o->application : "git-migrate");
	set(&s, NULL, NULL);
	pg = PQconnectStartParams(s.keys, s.values, 1);
	PQconninfoFree(given);
	if (!pg)
		gm_fail(err, GM_EDB, "out of memory for a connection");
	else
		PQsetNoticeReceiver(pg, ignore_notice, NULL);
	return pg;
}

/* Milliseconds for each address. */
static int64_t time_to_connect(PGconn *pg)
{
	PQconninfoOption *all = PQconninfo(pg);
	uint64_t seconds = 0;

	for (PQconninfoOption *o = all; o && o->keyword; o++)
		if (!strcmp(o->keyword, "connect_timeout") &&
		    (!gm_str_uint(&seconds, gm_str(gm_talk_text(o->val))) ||
		     seconds > 86400))
			seconds = 0;
	PQconninfoFree(all);
	return seconds ? (int64_t)seconds * 1000 : INT64_MAX / 2;
}

/* Does it try another address than `now`, which is set to that? */
static bool is_next(char *now, size_t size, const PGconn *pg)
{
	char next[512];

	snprintf(next, sizeof(next), "%s %s %s", gm_talk_text(PQhost(pg)),
		 gm_talk_text(PQhostaddr(pg)), gm_talk_text(PQport(pg)));
	if (!strcmp(now, next))
		return false;
	snprintf(now, size, "%s", next);
	return true;
}

static bool is_ready(const PGconn *pg, PostgresPollingStatusType next,
		     int64_t ms)
{
	struct pollfd fd = { .fd = PQsocket(pg),
			     .events = next == PGRES_POLLING_READING
					       ? POLLIN
					       : POLLOUT };

	return poll(&fd, 1, (int)(ms < LOOK_MS ? ms : LOOK_MS)) > 0;
}

/* 0 when it is settled; -1: stopped, or the last address did not answer. */
static int connect_in_time(PGconn *pg, const volatile sig_atomic_t *stop,
			   struct gm_err *err)
{
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;
	int64_t each = time_to_connect(pg), until = 0;
	char address[512] = "";
	bool late = false;

	while (PQstatus(pg) != CONNECTION_BAD && next != PGRES_POLLING_OK &&
	       next != PGRES_POLLING_FAILED) {
		int64_t now = gm_ticks_ms();

		if (stop && *stop)
			return gm_fail(err, GM_EDB, "interrupted");
		if (is_next(address, sizeof(address), pg)) {
			until = now + each;
			late = false;
		}
		/* Then libpq takes the next one, if there is one. */
		if (now >= until && !late) {
			shutdown(PQsocket(pg), SHUT_RDWR);
			late = true;
		}
		if (is_ready(pg, next, late ? LOOK_MS : until - now))
			next = PQconnectPoll(pg);
	}
	if (!late || next == PGRES_POLLING_OK)
		return 0;
	return gm_fail(err, GM_EDB,
		       "cannot connect to the database: %s port %s does not"
		       " answer",
		       gm_talk_text(PQhost(pg)), gm_talk_text(PQport(pg)));
}

static int cannot_connect(PGconn *pg, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	char *why = gm_str_dup(&a, gm_talk_message(PQerrorMessage(pg)));

	/* libpq indents its advice. */
	for (char *c = why; *c; c++)
		if (*c == '\t')
			*c = ' ';
	gm_fail(err, GM_EDB, "cannot connect to the database: %s", why);
	if (PQconnectionNeedsPassword(pg))
		gm_hint(err, "Put the password into ~/.pgpass, or into"
			     " PGPASSWORD.");
	return -1;
}

static const char *describe(struct gm_arena *a, const PGconn *pg)
{
	const char *host = gm_talk_text(PQhost(pg)),
		   *port = gm_talk_text(PQport(pg));

	return gm_printf(a, "%s on %s:%s as %s", gm_talk_text(PQdb(pg)),
			 *host ? host : "localhost", port,
			 gm_talk_text(PQuser(pg)));
}

int gm_conn_open(struct gm_conn **out, const struct gm_conn_options *o,
		 struct gm_err *err)
{
	struct gm_arena own = GM_ARENA_INIT;
	PGconn *pg = connect_pg(o, err);
	struct gm_conn *c;

	if (!pg)
		return -1;
	if (connect_in_time(pg, o->stop, err) < 0 ||
	    ((PQstatus(pg) != CONNECTION_OK || PQsetnonblocking(pg, 1) < 0) &&
	     cannot_connect(pg, err) < 0)) {
		PQfinish(pg);
		return -1;
	}
	c = gm_alloc(&own, sizeof(*c));
	c->name = describe(&own, pg);
	c->dbname = gm_strdup(&own, gm_talk_text(PQdb(pg)));
	c->user = gm_strdup(&own, gm_talk_text(PQuser(pg)));
	c->own = own;
	c->pg = pg;
	c->pid = PQbackendPID(pg);
	c->version = PQserverVersion(pg);
	c->cancel = PQgetCancel(pg);
	memcpy(c->said.sqlstate, GM_SQLSTATE_NONE, 6);
	PQsetNoticeReceiver(pg, gm_talk_notice, c);
	*out = c;
	return 0;
}

void gm_conn_close(struct gm_conn **c)
{
	struct gm_arena own;

	if (!*c)
		return;
	PQfreeCancel((*c)->cancel);
	PQfinish((*c)->pg);
	gm_arena_done(&(*c)->words);
	gm_arena_done(&(*c)->notes);
	own = (*c)->own;
	gm_arena_done(&own);
	*c = NULL;
}

const char *gm_conn_name(const struct gm_conn *c)
{
	return c->name;
}

const char *gm_conn_dbname(const struct gm_conn *c)
{
	return c->dbname;
}

const char *gm_conn_user(const struct gm_conn *c)
{
	return c->user;
}

int gm_conn_version(const struct gm_conn *c)
{
	return c->version;
}

int gm_conn_pid(const struct gm_conn *c)
{
	return c->pid;
}

const char *gm_conn_reports(const struct gm_conn *c, const char *setting)
{
	return PQparameterStatus(c->pg, setting);
}

bool gm_conn_alive(const struct gm_conn *c)
{
	return !c->lost && PQstatus(c->pg) == CONNECTION_OK;
}

enum gm_tx gm_conn_tx(const struct gm_conn *c)
{
	switch (PQtransactionStatus(c->pg)) {
	case PQTRANS_IDLE:
		return GM_TX_IDLE;
	case PQTRANS_INTRANS:
		return GM_TX_OPEN;
	case PQTRANS_INERROR:
		return GM_TX_FAILED;
	case PQTRANS_ACTIVE:
	case PQTRANS_UNKNOWN:
		break;
	}
	return GM_TX_UNKNOWN;
}

uint64_t gm_conn_affected(const struct gm_conn *c)
{
	return c->affected;
}

void gm_conn_watch(struct gm_conn *c, const struct gm_watch *w)
{
	c->watch = w ? *w : (struct gm_watch){ NULL };
}

bool gm_conn_canceled(const struct gm_conn *c)
{
	return c->canceled;
}

void gm_conn_cancel(struct gm_conn *c)
{
	char why[256];

	/* It fails where there is nothing to cancel any more. */
	if (c->cancel)
		(void)PQcancel(c->cancel, why, sizeof(why));
}

const struct gm_notices *gm_conn_notices(const struct gm_conn *c)
{
	return &c->notices;
}

void gm_conn_forget(struct gm_conn *c)
{
	gm_arena_done(&c->notes);
	c->notices = (struct gm_notices){ NULL };
}

const struct gm_said *gm_conn_said(const struct gm_conn *c)
{
	return &c->said;
}

bool gm_conn_failed_with(const struct gm_conn *c, const char *sqlstate)
{
	return gm_str_starts(gm_str(c->said.sqlstate), gm_str(sqlstate));
}

/* The byte at which character number `position` of `text` begins. */
static size_t character(struct gm_str text, size_t position)
{
	size_t at = 0;

	for (; position > 1 && at < text.len; position--) {
		at++;
		while (at < text.len && (text.ptr[at] & 0xc0) == 0x80)
			at++;
	}
	return at;
}

int gm_conn_fail_in(const struct gm_conn *c, const char *path,
		    struct gm_str text, size_t offset, struct gm_err *err)
{
	size_t line, column;

	offset +=
		character(gm_str_sub(text, offset, text.len), c->said.position);
	gm_str_where(text, offset, &line, &column);
	return gm_fail_at(err, path, line, column);
}
