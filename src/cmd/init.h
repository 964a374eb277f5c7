/*
 * cmd/init: the parts of `git migrate init`.
 *
 * Both parts may be run again at any time; what is in place is kept.
 */
#ifndef GM_CMD_INIT_H
#define GM_CMD_INIT_H

#include "cmd/cmd.h"
#include "migration/set.h"

struct gm_init_args {
	bool server;
	bool transactions;
	const char *policy_ref;
	const char *project;
};

/* A clone: policy and signers in the work tree, hooks, notes refspecs. */
GM_MUST_CHECK
int gm_init_clone(struct gm_ctx *cx, const struct gm_init_args *args,
		  struct gm_err *err);

/*
 * A server: hooks, the policy ref and project pinned in the configuration,
 * and a record of what has landed already.  Returns 1 when a hook could not be
 * put in place.
 */
GM_MUST_CHECK
int gm_init_server(struct gm_ctx *cx, const struct gm_init_args *args,
		   struct gm_err *err);

/*
 * The text of a first policy for this repository: its branch, its directories
 * and their layouts, and the dumps of its schema.  `project` NULL: what its
 * origin is called, or its directory.
 */
GM_MUST_CHECK
int gm_init_policy(struct gm_str *out, struct gm_ctx *cx, const char *project,
		   struct gm_err *err);

/* The text of a first allowed_signers, with the user's own ssh key if any. */
GM_MUST_CHECK
int gm_init_signers(struct gm_str *out, struct gm_ctx *cx, struct gm_err *err);

/* The files of HEAD in which tools write the schema down. */
struct gm_init_dumps {
	const char *names;    /* "db/schema.sql, schema.rb", or "" */
	const char *patterns; /* the same behind other patterns of a policy */
	const char *sources;  /* those that the program is built from */
};

GM_MUST_CHECK
int gm_init_find_dumps(struct gm_init_dumps *out, struct gm_ctx *cx,
		       const struct gm_oid *tree, const struct gm_roots *roots,
		       struct gm_err *err);

/*
 * Put the hooks of the list in place and say so, one line each.  Returns how
 * many could not be, or -1.
 */
GM_MUST_CHECK
int gm_init_hooks(struct gm_ctx *cx, const char *const *names,
		  struct gm_err *err);

/* Print "<did>  <what>", escaped. */
void gm_init_say(struct gm_ctx *cx, const char *did, const char *what);

#endif
