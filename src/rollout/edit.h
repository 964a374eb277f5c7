/*
 * rollout/edit: one change to YAML that people wrote.
 *
 * All else in the file stays as it is: comments, order, quotes.  What comes of
 * it is read again, and has to be the change that was meant and no other; else
 * nothing is changed, and GM_EINPUT says where to do it by hand.
 */
#ifndef GM_ROLLOUT_EDIT_H
#define GM_ROLLOUT_EDIT_H

#include "rollout/yaml.h"

struct gm_edit {
	struct gm_arena *arena;
	const char *path;         /* for messages */
	struct gm_str text;       /* as it is now */
	struct gm_yaml_docs docs; /* its documents; new ones after a change */
};

/* Begin with a text; fails as gm_yaml_read. */
GM_MUST_CHECK
int gm_edit_open(struct gm_edit *out, struct gm_arena *a, const char *path,
		 struct gm_str text, struct gm_err *err);

/* Give a scalar of its documents another value. */
GM_MUST_CHECK
int gm_edit_set(struct gm_edit *e, struct gm_yaml *scalar, const char *to,
		struct gm_err *err);

/*
 * Add an item, a scalar or a mapping of scalars, to the list that `map` has
 * under `key`; the list is made where there is none.
 */
GM_MUST_CHECK
int gm_edit_push(struct gm_edit *e, struct gm_yaml *map, const char *key,
		 const struct gm_yaml *item, struct gm_err *err);

/* Take an item from that list, and with the last one the list. */
GM_MUST_CHECK
int gm_edit_take(struct gm_edit *e, struct gm_yaml *map, const char *key,
		 size_t index, struct gm_err *err);

/* Take all items from that list, which stays. */
GM_MUST_CHECK
int gm_edit_empty(struct gm_edit *e, struct gm_yaml *map, const char *key,
		  struct gm_err *err);

#endif
