/*
 * cmd/exchange: records to and from a remote, so that nobody's are lost.
 */
#ifndef GM_CMD_EXCHANGE_H
#define GM_CMD_EXCHANGE_H

#include "cmd/cmd.h"

/* What a clone fetches of a remote's records, as long as none wait here. */
#define GM_EXCHANGE_SPEC "refs/notes/migrate/*:refs/notes/migrate/*"

/*
 * The same while some wait to be pushed: git-fetch(1) would call its refs
 * rejected, and fail, so they are fetched to where gm_exchange_tracking says.
 * Whoever asks for records reads both.
 */
const char *gm_exchange_apart(struct gm_arena *a, const char *remote);

/*
 * Have `remote` (NULL: none) fetch in the one way or the other, by whether
 * records wait; where init has set neither, nothing happens.
 */
GM_MUST_CHECK
int gm_exchange_settle(struct gm_ctx *cx, const char *remote,
		       struct gm_err *err);

/* Where the records of `ref` are kept as a remote had them. */
const char *gm_exchange_tracking(struct gm_arena *a, const char *remote,
				 const char *ref);

/* Fetch all records of `remote` to there, with git-fetch(1). */
GM_MUST_CHECK
int gm_exchange_fetch(struct gm_ctx *cx, const char *remote,
		      struct gm_err *err);

/* Bring what was fetched from `remote` (NULL: none) into `ref`. */
GM_MUST_CHECK
int gm_exchange_join(struct gm_ctx *cx, const char *remote, const char *ref,
		     struct gm_err *err);

/*
 * Fetch the records of `remote`, join those of `ref` and push it, never by
 * force; when others were faster, the same again.
 */
GM_MUST_CHECK
int gm_exchange_push(struct gm_ctx *cx, const char *remote, const char *ref,
		     struct gm_err *err);

#endif
