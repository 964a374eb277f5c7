/*
 * rollout/fill: templates of manifests.
 *
 * A template is YAML, and so is what comes of it: it is read into a tree, and
 * values are put into scalars of that tree, so that no value can change its
 * structure.  In a scalar, {{name}} stands for a value.  A scalar that is one
 * {{name}} alone whose value is NULL is left out, with its key.  Tags say the
 * rest:
 *
 *	!if:name	kept only when the value is there
 *	!each:list	the one item of this list is filled once a row
 *	!bool !int	written without quotes, after a look at it
 */
#ifndef GM_ROLLOUT_FILL_H
#define GM_ROLLOUT_FILL_H

#include "base/tmpl.h"
#include "rollout/yaml.h"

struct gm_fill_row {
	const struct gm_tmpl_var *vars; /* ended by a NULL name; a NULL value:
					   not there */
};

struct gm_fill_list {
	const char *name; /* NULL ends the lists */
	const struct gm_fill_row *rows;
	size_t n;
};

struct gm_fill {
	const struct gm_tmpl_var *vars;   /* as in a row */
	const struct gm_fill_list *lists; /* or NULL */
};

/*
 * Fill a template, as a new tree in the arena; NULL in `*out` when nothing of
 * it is left.  Inside of a list the row's values come before the others.
 * GM_EINPUT with the place in template `name` for unknown names and tags, and
 * values that are no bool or int.
 */
GM_MUST_CHECK
int gm_fill(struct gm_yaml **out, struct gm_arena *a, const char *name,
	    const struct gm_yaml *template_, const struct gm_fill *fill,
	    struct gm_err *err);

#endif
