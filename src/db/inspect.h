/*
 * db/inspect: a database beside the migrations of a revision.
 *
 * Only reads, and takes no lock against an apply that runs.
 */
#ifndef GM_DB_INSPECT_H
#define GM_DB_INSPECT_H

#include "db/apply.h"
#include "db/catalog.h"
#include "db/foreign.h"

enum gm_inspect_state {
	GM_INSPECT_PENDING,
	GM_INSPECT_APPLIED,  /* or taken as applied */
	GM_INSPECT_HALF,     /* running, failed, unverified */
	GM_INSPECT_CHANGED,  /* applied, and its SQL is another one now */
	GM_INSPECT_STRANGER, /* applied, and not in this revision */
	GM_INSPECT_STATES
};

/* "pending", "applied", "half-done", "changed", "stranger". */
const char *gm_inspect_state_name(enum gm_inspect_state state);

struct gm_inspect_item {
	const char *id;
	enum gm_inspect_state state;
	const struct gm_ledger_row *row; /* NULL: the ledger has none */
	struct gm_ledger_steps steps;    /* of one that is half done */
	struct gm_strings found;      /* what the catalog says of its steps */
	enum gm_foreign_state theirs; /* what another tool says */
};

struct gm_inspect {
	const char *database;
	bool present; /* the ledger is there */
	int64_t version;
	struct gm_ledger ledger;
	struct gm_inspect_item *items; /* the units, then strangers */
	size_t n, cap;
	size_t count[GM_INSPECT_STATES];
	bool drift_known;
	struct gm_changes drift;
	struct gm_foreigns foreign;
};

GM_MUST_CHECK
int gm_inspect(struct gm_inspect *out, struct gm_arena *a, const char *uri,
	       struct gm_apply_unit *units, size_t n, struct gm_err *err);

#endif
