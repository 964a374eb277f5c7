/*
 * rollout/place: where manifests are kept: a directory, or a tree of git.
 *
 * Paths are those from its root.  In a directory no link is followed, so that
 * nothing outside of it is read or written.
 */
#ifndef GM_ROLLOUT_PLACE_H
#define GM_ROLLOUT_PLACE_H

#include "git/object.h"

struct gm_update;

struct gm_place {
	const char *dir;      /* NULL: a tree */
	struct gm_repo *repo; /* of the tree */
	struct gm_oid tree;   /* zero: an empty one */
	/* Read as though these, sorted, were written already; or NULL. */
	const struct gm_update *pending;
};

/* No file of a place is larger, and none holds more files or levels. */
#define GM_PLACE_FILE_MAX ((size_t)16 << 20)
#define GM_PLACE_FILES_MAX 100000
#define GM_PLACE_DEPTH 64

/*
 * Read a file: 1; 0 when there is none.  GM_EINPUT for what is no regular
 * file, or lies behind a link.
 */
GM_MUST_CHECK
int gm_place_read(struct gm_str *out, struct gm_arena *a,
		  const struct gm_place *p, const char *path,
		  struct gm_err *err);

/*
 * All that is no directory below one, as sorted paths from the root; `.git` is
 * passed over.  "" is the root.  An absent directory gives none.
 */
GM_MUST_CHECK
int gm_place_list(struct gm_strings *out, struct gm_arena *a,
		  const struct gm_place *p, const char *dir,
		  struct gm_err *err);

/* The directory of that name without links in it; NULL when there is none. */
const char *gm_place_real(struct gm_arena *a, const char *dir);

/*
 * In a directory: write a file as a whole, making the directories above it;
 * or remove one, with the directories above it that are empty then.
 */
GM_MUST_CHECK
int gm_place_write(const struct gm_place *p, const char *path,
		   struct gm_str content, struct gm_err *err);
GM_MUST_CHECK
int gm_place_remove(const struct gm_place *p, const char *path,
		    struct gm_err *err);

#endif
