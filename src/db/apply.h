/*
 * db/apply: run migrations on a real database.
 *
 * One apply at a time (db/lock), each migration as db/steps cuts it, with the
 * ledger written in the same transaction wherever there is one.  Killed at any
 * moment, on either side, the next run finds out from the ledger and the
 * catalog what was done, and does the rest.
 */
#ifndef GM_DB_APPLY_H
#define GM_DB_APPLY_H

#include <signal.h>

#include "db/checkpoint.h"
#include "db/ledger.h"
#include "db/preflight.h"
#include "db/steps.h"

enum gm_apply_state {
	GM_APPLY_DONE,    /* was applied before */
	GM_APPLY_PENDING, /* is to be run, or was not reached */
	GM_APPLY_HALF,    /* was begun before, and is to be finished */
	GM_APPLY_APPLIED, /* has been run now */
	GM_APPLY_REFUSED, /* may not be run, or its verify SQL said no */
};

/* One migration.  The first part is given, the second is found out. */
struct gm_apply_unit {
	const char *id, *path, *digest;
	struct gm_str version; /* by which other tools know it; or empty */
	enum gm_phase phase;
	struct gm_str up;
	struct gm_str verify; /* ptr NULL: it has none */
	const char *verify_path;
	bool repeatable;      /* runs again when it has changed */
	bool loose;           /* see gm_steps_read */
	const char *revision; /* the commit it comes from, or NULL */

	enum gm_apply_state state;
	const char *held, *held_hint; /* why it must not run now, or NULL */
	struct gm_steps steps, check; /* of those that are not done */
	enum gm_class class_;
	char sql_sha256[GM_SHA256_HEX + 1];
	struct gm_preflight preflight;
	struct gm_checkpoint checkpoint;
	int64_t ms; /* it took */
};

enum gm_news_kind {
	GM_NEWS_NOTE,     /* of the database or a migration */
	GM_NEWS_WAIT,     /* somebody else applies: `text` says who */
	GM_NEWS_BEGIN,    /* a migration */
	GM_NEWS_STEP,     /* one of several */
	GM_NEWS_BLOCKED,  /* `text` names those in the way */
	GM_NEWS_PROGRESS, /* of a backfill */
	GM_NEWS_DONE,     /* a migration */
};

struct gm_news {
	enum gm_news_kind kind;
	const struct gm_apply_unit *unit; /* or NULL */
	size_t step;                      /* from 1; 0: none */
	const char *text;
	int64_t walked, total; /* keys; total 0: not known */
	int64_t rate;          /* keys a second */
	int64_t left_s;        /* -1: not known */
};

/* What makes a backfill wait. */
struct gm_apply_limits {
	int64_t lag_s;         /* a standby is so far behind */
	int64_t transaction_s; /* a transaction is open so long */
	int64_t wal_bytes_s;   /* WAL is written so fast; 0: no limit */
	int64_t batch_ms;      /* how long a batch should take */
};

struct gm_apply_options {
	const char *uri;         /* as for gm_conn_open */
	const char *env;         /* or NULL */
	const char *to;          /* the last one to run, or NULL */
	const char *search_path; /* NULL: public */
	bool dry_run;            /* only read, and say what would be done */
	bool resume;             /* go on behind a step that failed */
	bool out_of_order;       /* also what comes before what is applied */
	bool redact;             /* do not show the statements of others */
	bool partial;            /* `units` are not all there are: a bundle */
	const char *after;    /* then: what must be applied before, or NULL */
	bool need_checkpoint; /* no restore point, no migration */
	int64_t wait_ms;      /* for another apply to end */
	int64_t patience_ms;  /* for locks */
	int64_t timeout_ms;   /* of a statement that blocks nobody */
	int64_t block_ms;     /* of one that does */
	struct gm_apply_limits limits;
	const volatile sig_atomic_t *stop; /* set: end cleanly; or NULL */
	/*
	 * Asked just before a migration would run, with its class filled in:
	 * sets `held` where it must not; or NULL.  `ctx` as for `news`.
	 */
	int (*hold)(void *ctx, struct gm_apply_unit *u, struct gm_err *err);
	void (*news)(void *ctx, const struct gm_news *news);
	void *ctx;
};

/* What holds where nothing else is said. */
extern const struct gm_apply_options gm_apply_defaults;

struct gm_apply_refusal {
	const char *id;   /* of the migration; NULL: of the database */
	const char *path; /* or NULL */
	size_t line, column;
	const char *why, *hint; /* `hint` may be NULL or "" */
};

struct gm_apply_result {
	struct {
		struct gm_apply_refusal *items;
		size_t n, cap;
	} refused;
	struct gm_preflight preflight; /* of the server */
	size_t applied;
	const char *database; /* for people */
	struct gm_identity identity;
};

/*
 * Apply those of `units`, which stand in order, that are pending.  0: all
 * that was asked for is applied; 1: something was refused, and what was
 * applied before it stays; -1: it could not be done, `units` and the ledger
 * say how far it came.
 */
GM_MUST_CHECK
int gm_apply(struct gm_apply_result *out, struct gm_arena *a,
	     struct gm_apply_unit *units, size_t n,
	     const struct gm_apply_options *o, struct gm_err *err);

#endif
