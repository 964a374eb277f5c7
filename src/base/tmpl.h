/*
 * base/tmpl: fill a template.
 *
 * The whole language: `{{name}}` is replaced by a value; a line that holds
 * only `{{#if name}}` or `{{/if}}` (blanks around allowed) keeps the lines
 * between when the value is not empty.  Nothing else.  An unknown name is an
 * error, never an empty string.
 */
#ifndef GM_BASE_TMPL_H
#define GM_BASE_TMPL_H

#include "base/err.h"
#include "base/str.h"

struct gm_tmpl_var {
	const char *name; /* NULL ends the list */
	const char *value;
};

/*
 * Fill `text`.  `name` is for error messages only, which give line and
 * column.  Fails with GM_EINPUT.
 */
GM_MUST_CHECK
int gm_tmpl_fill(struct gm_str *out, struct gm_arena *a, const char *name,
		 struct gm_str text, const struct gm_tmpl_var *vars,
		 struct gm_err *err);

#endif
