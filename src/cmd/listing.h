/*
 * cmd/listing: what the commands have in common that speak of all migrations
 * of a commit.
 */
#ifndef GM_CMD_LISTING_H
#define GM_CMD_LISTING_H

#include "base/buf.h"
#include "check/overview.h"
#include "cmd/cmd.h"

struct gm_listing_args {
	const char *format;
	const char *rev;
};

extern const struct gm_opt gm_listing_opts[];

struct gm_listing_writer {
	void (*human)(struct gm_buf *out, const struct gm_overview *o,
		      bool color);
	void (*json)(struct gm_buf *out, const struct gm_overview *o);
};

/* Fill in how far approvals are; a note where that cannot be told. */
void gm_listing_review(struct gm_overview *o, struct gm_ctx *cx);

/* Read them into `*o` and print them.  1: for a machine. */
GM_MUST_CHECK
int gm_listing_print(struct gm_overview *o, struct gm_ctx *cx,
		     const struct gm_listing_args *args,
		     const struct gm_listing_writer *writer,
		     struct gm_err *err);

#endif
