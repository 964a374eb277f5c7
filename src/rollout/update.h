/*
 * rollout/update: bring a place to what is wanted there, and touch nothing
 * else.
 *
 * Everything is looked at before anything is written.  A file that was
 * changed by hand since it was written stops the update, unless it is forced;
 * a file of somebody else's does in any case.
 */
#ifndef GM_ROLLOUT_UPDATE_H
#define GM_ROLLOUT_UPDATE_H

#include "rollout/fileset.h"
#include "rollout/owned.h"
#include "rollout/place.h"

struct gm_update_change {
	const char *path;
	struct gm_str content; /* ptr NULL: it goes */
	bool is_new;
};

struct gm_update_refusal {
	const char *path;
	bool foreign;       /* not ours at all; else changed by hand */
	struct gm_str diff; /* of the one changed by hand: to what it would
			       become */
};

struct gm_update {
	struct gm_update_change *items; /* in order of their paths */
	size_t n, cap;
	struct {
		struct gm_update_refusal *items;
		size_t n, cap;
	} refused;
};

/*
 * Add what is to be done in the directory `dir`, so that it holds `want`, the
 * paths of which are below it, and nothing of what `owned` says was written
 * there before.  Files that are neither are refused.
 */
GM_MUST_CHECK
int gm_update_dir(struct gm_update *out, struct gm_arena *a,
		  const struct gm_place *p, const char *dir,
		  const struct gm_fileset *want, const struct gm_owned *owned,
		  bool force, struct gm_err *err);

/*
 * Add what is to be done so that the list of resources in the file `path`,
 * a kustomization.yaml, names `resources`.  It is shared with whoever else
 * writes it: all else in it stays as it is.  GM_EINPUT, with its place, where
 * it has to be done by hand.
 */
GM_MUST_CHECK
int gm_update_index(struct gm_update *out, struct gm_arena *a,
		    const struct gm_place *p, const char *path,
		    const struct gm_strings *resources, struct gm_err *err);

/* The same, so that it does not name them any more. */
GM_MUST_CHECK
int gm_update_index_without(struct gm_update *out, struct gm_arena *a,
			    const struct gm_place *p, const char *path,
			    const struct gm_strings *resources,
			    struct gm_err *err);

/* By path, as struct gm_place wants it. */
void gm_update_sort(struct gm_update *u);

/* Do it in a directory. */
GM_MUST_CHECK
int gm_update_write(const struct gm_update *u, const struct gm_place *p,
		    struct gm_err *err);

/* Do it in a tree: `*out` is the new one. */
GM_MUST_CHECK
int gm_update_tree(struct gm_oid *out, struct gm_arena *a,
		   const struct gm_update *u, const struct gm_place *p,
		   struct gm_err *err);

#endif
