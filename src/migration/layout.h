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
	struct gm_str version; /* the part that orders: digits, `.`, `_`, `-`;
				  empty for a repeatable one */
	enum gm_role role;
	bool repeatable; /* runs again when it changes, after all others */
	bool baseline;   /* stands for all up to its version; one of that
			    version may stand beside it */
};

struct gm_layout {
	const char *name;
	const char *summary; /* one line for doctor and the manual */
	bool has_down;       /* rule missing-down applies */
	bool flat;           /* the files of one unit are found by their names
				anywhere below the directory, not by the
				directory they lie in */
	bool by_version;     /* a file without an up SQL of its id belongs to
				the unit of its version */
	/*
	 * Is `path` (relative to the migrations directory) a file of a
	 * migration?  Fills `*out` and returns true, or false for any other
	 * file.
	 */
	bool (*match)(struct gm_unit_path *out, struct gm_str path);
	/*
	 * What is wrong with a path that `match` refuses; `sql` when its name
	 * ends in ".sql", read with any case and look-alike letters.  NULL
	 * when nothing is odd.
	 */
	const char *(*odd)(struct gm_arena *a, struct gm_str path, bool sql);
	/*
	 * The id that a unit goes by where that is not in the path of each of
	 * its files; NULL: it always is.
	 */
	struct gm_str (*unit_id)(struct gm_arena *a,
				 const struct gm_unit_path *unit);
	/*
	 * How the tool orders versions, where it is not by number; else NULL.
	 */
	int (*compare)(struct gm_str a, struct gm_str b);
};

/* The layouts, ended by an entry without a name. */
extern const struct gm_layout gm_layouts[];

/* By name; NULL when unknown. */
const struct gm_layout *gm_layout_find(struct gm_str name);

/* Does any of the layouts read this path as a file of a migration? */
bool gm_layout_known(struct gm_str path);

/*
 * Which layout do these paths (relative to the directory) follow?  The first
 * of the table that reads all files any layout reads.  Returns NULL with
 * `*why` set, in words, when there are no such files, or when no layout reads
 * them all: mixed layouts are to be refused, and `*why` names both.
 */
const struct gm_layout *gm_layout_detect(const char **why, struct gm_arena *a,
					 const struct gm_str *paths, size_t n);

/*
 * A path that is not read as a file of a migration, but that a reader or
 * another tool would take for one (threat 74): what is wrong with it, in
 * words; NULL when nothing is odd.  So whoever writes `Up.sql` or
 * `V1_x.sql` is told, and not silently ignored.  Snapshots of the schema
 * (schema.sql, structure.sql) beside the migrations are not odd.
 */
const char *gm_layout_near_miss(const struct gm_layout *l, struct gm_arena *a,
				struct gm_str path);

/*
 * Order of two versions of a layout: its own order where it has one, else
 * gm_version_cmp.  <0, 0, >0.
 */
int gm_layout_cmp(const struct gm_layout *l, struct gm_str a, struct gm_str b);

/*
 * Order of versions: numbers separated by `.` or `_` compare numerically
 * (leading zeros and `-` do not count, no limit on size), a missing part as 0.
 * <0, 0, >0.
 */
int gm_version_cmp(struct gm_str a, struct gm_str b);

/* Do two versions stand for the same number? */
bool gm_version_eq(struct gm_str a, struct gm_str b);

#endif
