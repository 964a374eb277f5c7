/*
 * db/checkpoint: the place in the write-ahead log to come back to.
 */
#ifndef GM_DB_CHECKPOINT_H
#define GM_DB_CHECKPOINT_H

#include "db/ledger.h"
#include "db/lock.h"

struct gm_checkpoint {
	int64_t id; /* in the ledger; 0: none was taken, `why` says why */
	const char *name, *lsn, *wal_file;
	const char *why; /* not taken, or not proven to be archived */
	bool archived;   /* its segment was seen in the archive */
	bool archiving;  /* the server archives */
};

/* What the role and the server allow, which is asked once. */
struct gm_checkpoint_rights {
	bool known, point, switch_, archiving, minimal;
};

GM_MUST_CHECK
int gm_checkpoint_ask(struct gm_checkpoint_rights *out, struct gm_conn *c,
		      struct gm_err *err);

/*
 * Write a restore point for a migration, and its row; in the open transaction,
 * if there is one.  A role that may not, or a server that writes too little
 * WAL, is no error: `id` is 0 then.  The name is
 * "gm:<id>:<class>:<digest>:<time>", at most 63 bytes and never used before:
 * recovery stops at the first of a name.
 */
GM_MUST_CHECK
int gm_checkpoint_take(struct gm_checkpoint *out, struct gm_arena *a,
		       struct gm_conn *c,
		       const struct gm_checkpoint_rights *rights,
		       const struct gm_ledger_entry *e, struct gm_err *err);

/*
 * Where the server archives: end the segment, and wait until the archive has
 * it.  What cannot be proven is in `why`.
 */
GM_MUST_CHECK
int gm_checkpoint_archive(struct gm_checkpoint *cp, struct gm_arena *a,
			  struct gm_conn *c,
			  const struct gm_checkpoint_rights *rights,
			  const struct gm_ledger_entry *e,
			  const struct gm_wait *wait, struct gm_err *err);

/* The name, for tests: `now_ms` since 1970. */
const char *gm_checkpoint_name(struct gm_arena *a,
			       const struct gm_ledger_entry *e, int64_t now_ms);

#endif
