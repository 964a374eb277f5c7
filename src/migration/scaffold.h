/*
 * migration/scaffold: names for a migration that is yet to be written.
 */
#ifndef GM_MIGRATION_SCAFFOLD_H
#define GM_MIGRATION_SCAFFOLD_H

#include "base/str.h"

/*
 * The files of a new migration in one layout.  In the patterns `%v` is the
 * version and `%n` the name.
 */
struct gm_scaffold {
	const char *layout;
	const char *id;     /* pattern */
	const char *up;     /* patterns of paths below the directory */
	const char *down;   /* NULL: none */
	const char *verify; /* the same */
};

/* How to write that layout; NULL when only its own tool can. */
const struct gm_scaffold *gm_scaffold_find(const char *layout);

/* Fill `%v` and `%n` into a pattern. */
const char *gm_scaffold_fill(struct gm_arena *a, const char *pattern,
			     const char *version, const char *name);

/*
 * A version after `highest` in the style of `highest` (empty: there is none
 * yet, and the layout's own style is used): a time (YYYYMMDDHHMMSS, with
 * dashes, down to minutes or milliseconds, or seconds or milliseconds since
 * 1970) is `now`, or one more than `highest` when that is not before now; any
 * other number is continued, its width kept.
 */
const char *gm_version_next(struct gm_arena *a, const char *layout,
			    struct gm_str highest, int64_t now);

/* `text` in a-z, 0-9 and single _ inside; "" when nothing is left. */
const char *gm_scaffold_name(struct gm_arena *a, const char *text);

#endif
