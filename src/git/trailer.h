/*
 * git/trailer: the trailers of a commit message.
 *
 * Read with git's own rules (git-interpret-trailers(1), trailer.c): only the
 * last paragraph counts; it is a trailer block when all its lines are
 * trailers, or when at least one is a git-generated line ("Signed-off-by: ",
 * "(cherry picked from commit ") and at least a quarter are trailers; a
 * message needs a title paragraph before it; lines that begin with blanks
 * continue the value; comment lines and a scissors part are ignored as git
 * does.  trailer.* configuration is ignored: the separator is ":" alone, so
 * that nobody's configuration changes what a message says (threat 40).  A
 * "---" line does not end the message (as with --no-divider, which git uses
 * on commit objects).
 */
#ifndef GM_GIT_TRAILER_H
#define GM_GIT_TRAILER_H

#include "base/str.h"

struct gm_trailer {
	struct gm_str key;   /* as written */
	struct gm_str value; /* trimmed; continuation lines joined by a space */
	size_t line;         /* 1-based, in the message */
	bool has_cr; /* its line ended in CR, which git drops silently */
};

struct gm_trailers {
	struct gm_trailer *items;
	size_t n, cap;
};

/* All trailers of `message`, in order; borrowed from it or the arena. */
void gm_trailers_parse(struct gm_trailers *out, struct gm_arena *a,
		       struct gm_str message);

/* The message with `key: value` added to (or starting) its trailer block. */
struct gm_str gm_trailer_add(struct gm_arena *a, struct gm_str message,
			     const char *key, const char *value);

#endif
