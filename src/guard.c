/*
 * git-migrate, as git starts it: the commands that a push or a commit waits
 * for.  Any other is left to git-migrate-full.
 */
#include "cmd/cmd.h"

extern const struct gm_cmd gm_cmd_check, gm_cmd_hook;

const struct gm_cmd *const gm_cmds[] = { &gm_cmd_check, &gm_cmd_hook, NULL };
const char *const gm_cmd_full = "git-migrate-full";
