#include "rollout/fileset.h"

#include <stdlib.h>
#include <string.h>

void gm_fileset_add(struct gm_fileset *t, struct gm_arena *a, const char *path,
		    struct gm_str content)
{
	*GM_PUSH(a, t) = (struct gm_fileset_file){ path, content };
}

static int by_path(const void *a, const void *b)
{
	const struct gm_fileset_file *one = a, *two = b;

	return strcmp(one->path, two->path);
}

void gm_fileset_sort(struct gm_fileset *t)
{
	if (t->n)
		qsort(t->items, t->n, sizeof(*t->items), by_path);
}

const struct gm_fileset_file *gm_fileset_find(const struct gm_fileset *t,
					      const char *path)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->items[i].path, path))
			return &t->items[i];
	return NULL;
}
