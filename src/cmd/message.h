/*
 * cmd/message: a commit message as git gives it to a hook.
 *
 * It is not cleaned up yet: it may hold comments and, below the scissors line
 * of `git commit --verbose`, a diff.
 */
#ifndef GM_CMD_MESSAGE_H
#define GM_CMD_MESSAGE_H

#include "git/repo.h"

/*
 * Where that begins, at the end of the message.  Comments are known by what
 * core.commentChar says.
 */
GM_MUST_CHECK
int gm_message_end(size_t *end, struct gm_arena *a, const struct gm_repo *r,
		   struct gm_str message, struct gm_err *err);

/*
 * The message that git is going to commit, as far as a hook can know.  Comments
 * are dropped where git does that by default: after an editor ran.
 */
GM_MUST_CHECK
int gm_message_clean(struct gm_str *out, struct gm_arena *a,
		     const struct gm_repo *r, struct gm_str message,
		     struct gm_err *err);

/*
 * Does it begin with the trailers of a migration, where the subject belongs?
 * One line such as "Migration: add a table" is a subject.
 */
bool gm_message_untitled(struct gm_arena *a, struct gm_str message);

#endif
