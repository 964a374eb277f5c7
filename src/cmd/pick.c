#include "cmd/pick.h"

#include <string.h>

#include "base/near.h"

static int not_found(struct gm_arena *a, const struct gm_overview *o,
		     const char *id, struct gm_err *err)
{
	const char **ids = gm_alloc_n(a, o->n, sizeof(*ids));
	const char *near;

	for (size_t i = 0; i < o->n; i++)
		ids[i] = o->items[i].id;
	near = gm_near(gm_str(id), ids, o->n);
	gm_fail(err, GM_ENOT_FOUND, "there is no migration '%s'", id);
	if (near)
		return gm_hint(err, "Did you mean '%s'?", near);
	return gm_hint(err, "'git migrate log' lists the migrations.");
}

int gm_pick(size_t *at, struct gm_arena *a, const struct gm_overview *o,
	    const char *id, struct gm_err *err)
{
	size_t len = strlen(id), found = 0;

	for (size_t i = 0; i < o->n; i++) {
		if (!strcmp(o->items[i].id, id)) {
			*at = i;
			return 0;
		}
		if (len && !strncmp(o->items[i].id, id, len)) {
			*at = i;
			found++;
		}
	}
	if (!found)
		return not_found(a, o, id, err);
	if (found == 1)
		return 0;
	gm_fail(err, GM_ENOT_FOUND, "'%s' begins the ids of %zu migrations", id,
		found);
	return gm_hint(err, "Give the whole id; 'git migrate log' lists them.");
}
