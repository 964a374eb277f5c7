/*
 * cmd/newfiles: write the files of a new migration.
 */
#ifndef GM_CMD_NEWFILES_H
#define GM_CMD_NEWFILES_H

#include "cmd/newplace.h"

/* What is said of it; NULL where nothing is. */
struct gm_newmeta {
	const char *name;  /* a-z, 0-9, _ */
	const char *phase; /* "expand", ... */
	const char *contracts, *window, *owner, *flag;
};

/*
 * Write them, from templates/migration/ or what overrides it in
 * .migrate/templates/migration/, and remember the trailers for the commit.
 * Refuses to touch a file that exists.  `*paths` are from the root of the work
 * tree.
 */
GM_MUST_CHECK
int gm_newfiles_write(struct gm_strings *paths, const struct gm_newmeta *meta,
		      struct gm_ctx *cx, const struct gm_newplace *place,
		      struct gm_err *err);

#endif
