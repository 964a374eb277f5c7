/*
 * base/embed: the files of templates/, built into the program.
 *
 * templates/embed.awk writes the table at build time, sorted by name.
 */
#ifndef GM_BASE_EMBED_H
#define GM_BASE_EMBED_H

#include "base/str.h"

struct gm_embedded {
	const char *name; /* "migration/up.sql": the path below templates/ */
	const char *text;
	size_t len;
};

extern const struct gm_embedded gm_embedded[];
extern const size_t gm_embedded_n;

/* The content of a template; ends the program when there is no such name. */
struct gm_str gm_embed(const char *name);

#endif
