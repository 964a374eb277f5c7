/*
 * cmd/exchange: records to and from a remote, so that nobody's are lost.
 */
#ifndef GM_CMD_EXCHANGE_H
#define GM_CMD_EXCHANGE_H

#include "cmd/cmd.h"

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
