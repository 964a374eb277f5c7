/*
 * cmd/hooks: git's hooks, one function each.
 *
 * Arguments and input are what githooks(5) says.  The result is that of a
 * command: 0 lets git go on, anything else stops it.  Those of the server
 * (hook_server.c) fail closed; those of a clone (hook_client.c) are a
 * courtesy, since everything is judged again on the server.
 */
#ifndef GM_CMD_HOOKS_H
#define GM_CMD_HOOKS_H

#include "cmd/cmd.h"

int gm_hook_pre_receive(struct gm_ctx *cx, const struct gm_strings *args,
			struct gm_err *err);
int gm_hook_update(struct gm_ctx *cx, const struct gm_strings *args,
		   struct gm_err *err);
int gm_hook_post_receive(struct gm_ctx *cx, const struct gm_strings *args,
			 struct gm_err *err);
int gm_hook_reference_transaction(struct gm_ctx *cx,
				  const struct gm_strings *args,
				  struct gm_err *err);

int gm_hook_pre_commit(struct gm_ctx *cx, const struct gm_strings *args,
		       struct gm_err *err);
int gm_hook_prepare_commit_msg(struct gm_ctx *cx, const struct gm_strings *args,
			       struct gm_err *err);
int gm_hook_commit_msg(struct gm_ctx *cx, const struct gm_strings *args,
		       struct gm_err *err);
int gm_hook_pre_push(struct gm_ctx *cx, const struct gm_strings *args,
		     struct gm_err *err);

#endif
