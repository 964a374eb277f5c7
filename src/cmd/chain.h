/*
 * cmd/chain: the commits from one to HEAD, when they are to be made again.
 */
#ifndef GM_CMD_CHAIN_H
#define GM_CMD_CHAIN_H

#include "cmd/cmd.h"
#include "git/object.h"

struct gm_chain {
	struct gm_oid commit; /* where it starts */
	struct gm_oid head;   /* where it ends: HEAD */
	struct gm_oids later; /* behind `commit` up to HEAD, oldest first */
	size_t signed_;       /* commits of it that carry a signature */
	const char *branch;   /* the branch HEAD is on; NULL: detached */
	const char *pushed;   /* a remote-tracking ref that has it, or NULL */
};

/*
 * From `rev` to HEAD.  Refuses when `rev` is no ancestor of HEAD, when a merge
 * lies between them, and when it is not HEAD itself and was pushed.
 */
GM_MUST_CHECK
int gm_chain_read(struct gm_chain *out, struct gm_ctx *cx, const char *rev,
		  struct gm_err *err);

/* Who commits, as git knows it: environment, configuration, time. */
GM_MUST_CHECK
int gm_chain_committer(struct gm_person *out, struct gm_ctx *cx,
		       struct gm_err *err);

/*
 * Point HEAD's branch (or HEAD itself) at `tip` if it is still where it was,
 * and ORIG_HEAD at where it was.
 */
GM_MUST_CHECK
int gm_chain_move(struct gm_ctx *cx, const struct gm_chain *chain,
		  const struct gm_oid *tip, struct gm_err *err);

#endif
