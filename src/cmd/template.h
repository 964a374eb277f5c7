/*
 * cmd/template: a template, or what the repository puts in its place.
 */
#ifndef GM_CMD_TEMPLATE_H
#define GM_CMD_TEMPLATE_H

#include "cmd/cmd.h"

/*
 * The text of .migrate/templates/<name> in the work tree, else of the built-in
 * template; `*from` is what to call it in messages.  Only for the directories
 * of templates/ that may be overridden.
 */
GM_MUST_CHECK
int gm_cmd_template(struct gm_str *out, const char **from, struct gm_ctx *cx,
		    const char *name, struct gm_err *err);

#endif
