/*
 * rollout/fileset: files that are to be written, as a value.
 */
#ifndef GM_ROLLOUT_FILESET_H
#define GM_ROLLOUT_FILESET_H

#include "base/err.h"
#include "base/str.h"

struct gm_fileset_file {
	const char *path; /* from the root of the repository */
	struct gm_str content;
};

struct gm_fileset {
	struct gm_fileset_file *items;
	size_t n, cap;
};

/* Add a file. */
void gm_fileset_add(struct gm_fileset *t, struct gm_arena *a, const char *path,
		    struct gm_str content);

/* Sort by path bytes. */
void gm_fileset_sort(struct gm_fileset *t);

/* The file at a path, or NULL. */
const struct gm_fileset_file *gm_fileset_find(const struct gm_fileset *t,
					      const char *path);

#endif
