/*
 * db/conn: a connection to PostgreSQL.
 *
 * What comes back are plain structs in the caller's arena; no type of libpq
 * leaves this room.  Passwords stay inside of libpq: no message, name or
 * trace of this file holds one.
 *
 * A call that fails sets `*err` (GM_EDB; a refused statement has the server's
 * message and, as hint, the server's hint) and, until the next call, all
 * that the server said can be had from gm_conn_said().
 */
#ifndef GM_DB_CONN_H
#define GM_DB_CONN_H

#include <signal.h>

#include "base/err.h"
#include "db/cell.h"

struct gm_conn;

/* The SQLSTATEs that decide what is done next. */
#define GM_SQLSTATE_NONE "00000"
#define GM_SQLSTATE_LOST "08006" /* also of ours: the connection is gone */
#define GM_SQLSTATE_NO_LOCK "55P03"
#define GM_SQLSTATE_DEADLOCK "40P01"
#define GM_SQLSTATE_SERIALIZATION "40001"
#define GM_SQLSTATE_CANCELED "57014"
#define GM_SQLSTATE_NO_RIGHTS "42501"
#define GM_SQLSTATE_SCHEMA_THERE "42P06"
#define GM_SQLSTATE_READ_ONLY "25006"
#define GM_SQLSTATE_IN_TRANSACTION "25001" /* and must not be */
#define GM_SQLSTATE_NO_END "2D000"         /* COMMIT where it cannot be */
#define GM_SQLSTATE_TOO_LONG "25P04" /* transaction_timeout, 17 and later */

/* What the server says of a failed statement, or notes of one that is not. */
struct gm_said {
	char sqlstate[6];     /* "" in a notice that has none */
	const char *severity; /* "ERROR", "WARNING", "NOTICE", ... */
	const char *message;
	const char *detail, *hint, *context; /* "" where nothing was said */
	const char *schema, *table, *column, *constraint;
	size_t position; /* 1-based, in characters of the text that was sent;
			    0: not known */
};

struct gm_notices {
	struct gm_said *items;
	size_t n, cap;
	size_t dropped; /* past the first GM_NOTICES_MAX */
};
#define GM_NOTICES_MAX 1000

struct gm_conn_options {
	const char *uri;         /* a URI or "key=value ..."; NULL or "": all
				    from the environment, as libpq does */
	const char *dbname;      /* instead of the one there, or NULL */
	const char *application; /* application_name; NULL: git-migrate */
	int timeout;             /* to connect, in seconds; 0: what `uri` or
				    the environment say, or 10 */
	const volatile sig_atomic_t *stop; /* set by a signal: connect no more;
					      or NULL */
};

/*
 * Connect.  Sessions begin with client_encoding UTF8; other settings are the
 * caller's to make.  A URI that cannot be read is GM_EINPUT, and no part of it
 * is shown: it could be a password.
 */
GM_MUST_CHECK
int gm_conn_open(struct gm_conn **out, const struct gm_conn_options *o,
		 struct gm_err *err);

/*
 * What a program of PostgreSQL's has to find in its environment to connect as
 * gm_conn_open would with `uri`: "PGHOST=..." and so on, the password too.
 */
GM_MUST_CHECK
int gm_conn_environment(struct gm_strings *out, struct gm_arena *a,
			const char *uri, struct gm_err *err);

/* Close and forget it; *c may be NULL.  For GM_AUTO. */
void gm_conn_close(struct gm_conn **c);

/* "app on db.example.com:5432 as deploy": for people, not escaped. */
const char *gm_conn_name(const struct gm_conn *c);
/* The database and the role connected to. */
const char *gm_conn_dbname(const struct gm_conn *c);
const char *gm_conn_user(const struct gm_conn *c);
/* 150020 is 15.20. */
int gm_conn_version(const struct gm_conn *c);
/* Process id of the backend; what pg_backend_pid() says but for poolers. */
int gm_conn_pid(const struct gm_conn *c);
/* Of a setting the server reports by itself ("server_encoding"); or NULL. */
const char *gm_conn_reports(const struct gm_conn *c, const char *setting);
/* False once the connection was seen to be lost. */
bool gm_conn_alive(const struct gm_conn *c);

enum gm_tx { GM_TX_IDLE, GM_TX_OPEN, GM_TX_FAILED, GM_TX_UNKNOWN };
/* As the server said with its last answer. */
enum gm_tx gm_conn_tx(const struct gm_conn *c);

/* More than this in the rows of one statement is GM_ELIMIT. */
#define GM_ROWS_MAX ((size_t)256 << 20)

/*
 * Run one statement with `n` parameters as text ($1 is params[0]; NULL is SQL
 * NULL).  Two statements in one text are refused by the server.  With `out`
 * NULL rows are read and dropped, however many.  COPY from or to the client
 * fails; see gm_conn_copy.
 */
GM_MUST_CHECK
int gm_conn_exec(struct gm_rows *out, struct gm_arena *a, struct gm_conn *c,
		 const char *sql, const char *const *params, size_t n,
		 struct gm_err *err);

/* Rows the last call wrote or gave, by its command tag. */
uint64_t gm_conn_affected(const struct gm_conn *c);

/* As gm_conn_exec, for an answer that has to be one row. */
GM_MUST_CHECK
int gm_conn_row(struct gm_rows *out, struct gm_arena *a, struct gm_conn *c,
		const char *sql, const char *const *params, size_t n,
		struct gm_err *err);

/*
 * Run any number of statements as one message: in one transaction unless they
 * make their own, or one is already open.  Rows are dropped.
 */
GM_MUST_CHECK
int gm_conn_script(struct gm_conn *c, const char *sql, struct gm_err *err);

/* Run COPY ... FROM STDIN with these bytes as what it reads. */
GM_MUST_CHECK
int gm_conn_copy(struct gm_conn *c, const char *sql, struct gm_str data,
		 struct gm_err *err);

/*
 * Looks on while the server works, every `every_ms` and when a signal comes:
 * so a second connection can see what the first one waits for.
 * `poll` may be NULL.  Its answer: 0 to go on; 1 to have the statement
 * canceled, which the server's error then tells; -1 the same, but the call
 * fails with what `poll` has put into `*err`.
 *
 * With `limit_ms` (0: none) a statement that takes longer is canceled; one
 * whose server does not even answer to that for another `grace_ms` (0: 10
 * seconds) is given up and the connection closed: GM_SQLSTATE_LOST.
 */
struct gm_watch {
	int (*poll)(void *ctx, struct gm_err *err);
	void *ctx;
	int64_t every_ms; /* 0: 100 */
	int64_t limit_ms;
	int64_t grace_ms;
};

/* Set, for all calls from here on, or NULL for none. */
void gm_conn_watch(struct gm_conn *c, const struct gm_watch *w);

/* Was the last call's statement canceled by its watch? */
bool gm_conn_canceled(const struct gm_conn *c);

/* Ask the server to cancel what the connection runs; from a handler too. */
void gm_conn_cancel(struct gm_conn *c);

/*
 * Of the last call: what the server said when it failed.  Never NULL;
 * sqlstate GM_SQLSTATE_NONE when it did not, and GM_SQLSTATE_LOST when the
 * connection was lost.
 */
const struct gm_said *gm_conn_said(const struct gm_conn *c);

/* The SQLSTATE of the last call is this one, or begins with this class. */
bool gm_conn_failed_with(const struct gm_conn *c, const char *sqlstate);

/* Notices since the last gm_conn_forget(), in the connection's memory. */
const struct gm_notices *gm_conn_notices(const struct gm_conn *c);
void gm_conn_forget(struct gm_conn *c);

/*
 * The text of a failed statement begins at byte `offset` of `text`: point
 * `*err` at the place in `path` that the server meant, or at the beginning
 * of the statement.  Returns -1.
 */
int gm_conn_fail_in(const struct gm_conn *c, const char *path,
		    struct gm_str text, size_t offset, struct gm_err *err);

#endif
