/*
 * cmd/trailers_file: trailers prepared for a commit that is yet to come.
 *
 * `new` knows what the commit message of a migration has to say; the file
 * `migrate-trailers` in the git directory remembers it until the migration is
 * committed.  One paragraph a migration: its files as `path <path>` lines,
 * then the trailers.
 */
#ifndef GM_CMD_TRAILERS_FILE_H
#define GM_CMD_TRAILERS_FILE_H

#include "git/repo.h"
#include "git/trailer.h"

/* Add the trailers of one migration; `paths` from the root of the tree. */
GM_MUST_CHECK
int gm_trailers_file_save(struct gm_arena *a, const struct gm_repo *r,
			  const struct gm_strings *paths,
			  const struct gm_trailers *trailers,
			  struct gm_err *err);

/*
 * Add to the commit message in the file `message` the trailers of each
 * migration of which a file is staged and new, unless the message names the
 * migration already.  Where the staged up SQL says something else at its top,
 * that is used.  Migrations that are committed or deleted are forgotten.
 */
GM_MUST_CHECK
int gm_trailers_file_apply(struct gm_arena *a, struct gm_repo *r,
			   const char *message, struct gm_err *err);

#endif
