/*
 * migration/layout: how tools name migration files.
 *
 * A layout is a table entry with pure functions over paths below the
 * migrations directory.  To add one: write its entry and list it in
 * layout.c; nothing else changes.
 */
#ifndef GM_MIGRATION_LAYOUT_H
#define GM_MIGRATION_LAYOUT_H

#include "base/err.h"
#include "base/str.h"

enum gm_role {
	GM_ROLE_UP,
	GM_ROLE_DOWN,
	GM_ROLE_VERIFY,
	GM_ROLE_CONFIG, /* metadata.toml, <file>.conf */
};

/* "up", "down", "verify", "config". */
const char *gm_role_name(enum gm_role role);

/* What a layout reads from one path. */
struct gm_unit_path {
	struct gm_str id;      /* directory or file stem; borrowed */
	struct gm_str version; /* the part that orders; digits, dots, _ */
	enum gm_role role;
};

struct gm_layout {
	const char *name;
	const char *summary; /* one line for doctor and the manual */
	bool has_down;       /* rule missing-down applies */
	bool flat;           /* all units lie in one directory: the siblings of
				a file are found there, not in its directory */
	/*
	 * Is `path` (relative to the migrations directory) a file of a
	 * migration?  Fills `*out` and returns true, or false for any other
	 * file.
	 */
	bool (*match)(struct gm_unit_path *out, struct gm_str path);
};

/* The layouts, ended by an entry without a name. */
extern const struct gm_layout gm_layouts[];

/* By name; NULL when unknown. */
const struct gm_layout *gm_layout_find(struct gm_str name);

/*
 * Which layout do these paths (relative to the directory) follow?  Returns
 * NULL with `*why` set when none does, or when two do (refuse mixed layouts).
 */
const struct gm_layout *gm_layout_detect(const char **why, struct gm_arena *a,
					 const struct gm_str *paths, size_t n);

/*
 * Order of versions: numbers separated by `.` or `_` compare numerically
 * (leading zeros do not count, no limit on size), a missing part as 0; then
 * ids by byte order.  <0, 0, >0.
 */
int gm_version_cmp(struct gm_str a, struct gm_str b);

/* Do two versions stand for the same number? */
bool gm_version_eq(struct gm_str a, struct gm_str b);

#endif
