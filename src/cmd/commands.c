/* The table of all commands, for the program that has them all. */
#include "cmd/cmd.h"

#define GM_CMD(name) extern const struct gm_cmd gm_cmd_##name;
#include "cmd/commands.def"
#undef GM_CMD

const struct gm_cmd *const gm_cmds[] = {
#define GM_CMD(name) &gm_cmd_##name,
#include "cmd/commands.def"
#undef GM_CMD
	NULL,
};

const char *const gm_cmd_full = NULL;
