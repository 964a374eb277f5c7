/*
 * git/repo: an open repository, its place on disk and its configuration.
 *
 * The only room that includes <git2.h>.  Everything returned is copied into
 * the caller's arena; no libgit2 object leaves the room.
 */
#ifndef GM_GIT_REPO_H
#define GM_GIT_REPO_H

#include "base/err.h"
#include "git/oid.h"

struct gm_repo; /* opaque; one per command */

enum gm_repo_open {
	/* Find it upwards from the directory, as git does; GIT_DIR and
	 * GIT_WORK_TREE count when set. */
	GM_REPO_DISCOVER,
	/* Inside a server hook: GIT_DIR and the quarantine's object
	 * directories from the environment, nothing else.  Configuration is
	 * then read from the system and the repository only, never from a
	 * home directory. */
	GM_REPO_HOOK,
};

/*
 * Open the repository at or above `dir` (NULL: the current directory).
 * Refuses with GM_EUNSUPPORTED, naming the reason and the way out: SHA-256
 * object format, partial clone (extensions.partialClone or a promisor
 * remote), shallow repositories, and any other extension libgit2 does not
 * know.  GM_EGIT with a hint for "dubious ownership".  GM_ENOT_FOUND when
 * there is no repository.  In GM_REPO_HOOK mode also refuses a set
 * GIT_NAMESPACE and a quarantine path outside of the repository.
 *
 * References under refs/replace and grafts are never followed.
 * Close it with gm_repo_close; use GM_AUTO(gm_repo_close).
 */
GM_MUST_CHECK
int gm_repo_open(struct gm_repo **out, const char *dir, enum gm_repo_open how,
		 struct gm_err *err);

/* Free it; *repo may be NULL and becomes so. */
void gm_repo_close(struct gm_repo **repo);

bool gm_repo_is_bare(const struct gm_repo *r);

/* The git directory, the common directory of all work trees, the work tree
 * (NULL when bare); absolute, without a trailing slash; borrowed. */
const char *gm_repo_gitdir(const struct gm_repo *r);
const char *gm_repo_commondir(const struct gm_repo *r);
const char *gm_repo_worktree(const struct gm_repo *r);

/* Where hooks are looked for: core.hooksPath (resolved as git does), or
 * "hooks" in the common directory. */
GM_MUST_CHECK
int gm_repo_hooks_dir(const char **out, struct gm_arena *a,
		      const struct gm_repo *r, struct gm_err *err);

/*
 * A configuration value, the last one that counts; NULL when unset.
 */
GM_MUST_CHECK
int gm_config_get(const char **out, struct gm_arena *a, const struct gm_repo *r,
		  const char *name, struct gm_err *err);

/* All values of a multi-valued key, in order. */
GM_MUST_CHECK
int gm_config_all(struct gm_strings *out, struct gm_arena *a,
		  const struct gm_repo *r, const char *name,
		  struct gm_err *err);

/* Set a value in the repository's own configuration file. */
GM_MUST_CHECK
int gm_config_set(struct gm_repo *r, const char *name, const char *value,
		  struct gm_err *err);

/* Add a value to a multi-valued key there, unless it is there already. */
GM_MUST_CHECK
int gm_config_add(struct gm_repo *r, const char *name, const char *value,
		  struct gm_err *err);

/*
 * There, put `value` (NULL: nothing) in the place of one that reads `old`;
 * nothing happens when there is none.
 */
GM_MUST_CHECK
int gm_config_swap(struct gm_repo *r, const char *name, const char *old,
		   const char *value, struct gm_err *err);

/* The names of the remotes. */
GM_MUST_CHECK
int gm_repo_remotes(struct gm_strings *out, struct gm_arena *a,
		    const struct gm_repo *r, struct gm_err *err);

#endif
