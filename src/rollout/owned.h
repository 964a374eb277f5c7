/*
 * rollout/owned: what was written beside a rollout, and how far it came.
 *
 * The file .git-migrate in the directory of a rollout.  Its lines are those of
 * sha256sum(1), which can check it, and comments:
 *
 *	# git-migrate 1
 *	# migration 20261121093000_add_phone
 *	# stage 20-expand active 1
 *	# lsn 0/3000060
 *	<64 hex digits>  20-expand/job.yaml
 *
 * One more is beside the rollouts, in the directory of the accounts that they
 * share; it says "# accounts" in the place of a migration and its stages.
 */
#ifndef GM_ROLLOUT_OWNED_H
#define GM_ROLLOUT_OWNED_H

#include "base/digest.h"
#include "rollout/fileset.h"
#include "rollout/rollout.h"

#define GM_OWNED_FILE ".git-migrate"

struct gm_owned_file {
	const char *path; /* from the directory of the rollout */
	const char *sha256;
};

struct gm_owned {
	const char *id; /* of the migration; NULL: there is no such file, or it
			   is that of the accounts */
	bool accounts;
	struct gm_progress progress;
	struct gm_owned_file *items; /* sorted */
	size_t n, cap;
};

/*
 * Read it.  GM_EINPUT, with path and line, for anything that was not written
 * by us.
 */
GM_MUST_CHECK
int gm_owned_read(struct gm_owned *out, struct gm_arena *a, const char *path,
		  struct gm_str text, struct gm_err *err);

/* The hash that stands there for a path; NULL: none. */
const char *gm_owned_find(const struct gm_owned *o, const char *path);

/*
 * Write one: `files` have paths from the root, all of them below `dir`.  With
 * NULL for `id` and `progress`, that of the accounts.
 */
struct gm_str gm_owned_write(struct gm_arena *a, const char *id,
			     const struct gm_progress *progress,
			     const struct gm_fileset *files, const char *dir);

#endif
