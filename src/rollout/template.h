/*
 * rollout/template: the templates of manifests.
 *
 * templates/flux/<name>.yaml, or what the repository keeps in its place: the
 * file .migrate/templates/flux/<name>.yaml of the tree that is looked at.
 */
#ifndef GM_ROLLOUT_TEMPLATE_H
#define GM_ROLLOUT_TEMPLATE_H

#include "base/map.h"
#include "git/object.h"
#include "rollout/fileset.h"
#include "rollout/fill.h"

struct gm_templates {
	struct gm_arena *arena;     /* of what was read */
	const struct gm_repo *repo; /* NULL: the built-in ones alone */
	struct gm_oid tree;
	struct gm_map read; /* by name */
	bool own;           /* one of the repository's was read */
};

/* None is read yet. */
struct gm_templates gm_templates(struct gm_arena *a, const struct gm_repo *r,
				 const struct gm_oid *tree);

/*
 * Fill template `name`, and add what comes of it to `out` under `path`, behind
 * the lines of `head` (each begins with "# "; NULL: none).  A template whose
 * documents are all left out gives no file.
 */
GM_MUST_CHECK
int gm_template_fill(struct gm_fileset *out, struct gm_arena *a,
		     struct gm_templates *t, const char *name, const char *path,
		     const char *head, const struct gm_fill *fill,
		     struct gm_err *err);

/* The same as trees, one a document. */
GM_MUST_CHECK
int gm_template_trees(struct gm_yaml_docs *out, struct gm_arena *a,
		      struct gm_templates *t, const char *name,
		      const struct gm_fill *fill, struct gm_err *err);

/* Add trees as one file; none give no file. */
GM_MUST_CHECK
int gm_template_write(struct gm_fileset *out, struct gm_arena *a,
		      const char *path, const char *head,
		      const struct gm_yaml_docs *docs, struct gm_err *err);

#endif
