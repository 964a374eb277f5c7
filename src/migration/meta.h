/*
 * migration/meta: what the author says of a migration.
 *
 * From the trailers of commits and from `-- Key: value` lines at the top of
 * the up SQL (design section 3).  Keys are case-insensitive.
 */
#ifndef GM_MIGRATION_META_H
#define GM_MIGRATION_META_H

#include "base/finding.h"
#include "git/trailer.h"
#include "migration/meta_key.h"

/* Keys whose value is none: a `bad-trailer` finding says so. */
enum gm_meta_bad {
	GM_META_BAD_PHASE = 1 << 0,
	GM_META_BAD_CONTRACTS = 1 << 1,
	GM_META_BAD_WINDOW = 1 << 2,
	GM_META_BAD_OWNER = 1 << 3,
	GM_META_BAD_FLAG = 1 << 4,
};

/* Each value is NULL (or none, or 0) where nothing was said. */
struct gm_meta {
	enum gm_phase phase;
	const char *contracts; /* id of the expand this one closes, or
				  "none: <reason>" as written */
	int64_t window;        /* seconds */
	const char *owner;
	const char *flag; /* "none: <reason>" is kept as written */
	const char *break_glass;
	unsigned bad; /* enum gm_meta_bad, of all that was said of it */
};

/* Trailers of one commit, sorted out. */
struct gm_commit_meta_item {
	const char *id; /* NULL: for the commit's only migration */
	struct gm_meta meta;
};

struct gm_commit_meta {
	struct gm_commit_meta_item *items;
	size_t n, cap;
	struct gm_strings requires_; /* Migration-Requires */
	bool any; /* something that only describes migrations was there */
};

/* More trailers, or comment lines at the top of a file, are not read. */
#define GM_META_LINES 1000

/*
 * Sort the trailers of a commit.  Keys before the first `Migration:` describe
 * every migration of the commit; consecutive `Migration:` lines start a group
 * that the keys behind them describe.  Adds `bad-trailer` findings for: an
 * unknown phase, a bad duration, an empty value, a key twice for one
 * migration, a CR, an owner that is no "Name <e-mail>", a flag that is no
 * word of letters, digits, `_`, `.`, `-`, a `Feature-Flag: none` or
 * `Migration-Contracts: none` without a reason, characters that do not show,
 * keys that start with Migration- or Rollback- (or nearly so) but are unknown
 * (with the nearest known one), more than GM_META_LINES trailers.  The caller
 * fills in the commit.
 */
void gm_meta_from_trailers(struct gm_commit_meta *out, struct gm_arena *a,
			   const struct gm_trailers *trailers,
			   struct gm_findings *findings);

/*
 * The `-- Key: value` lines at the top of an up SQL: the leading comment
 * lines and blank lines, up to the first other line.  Same findings, with
 * path, line and column.  Lines may end in CR LF.  Text such as "-- Note: x"
 * is a comment, and so is "-- Migration: x": a file says nothing of others.
 */
void gm_meta_from_sql(struct gm_meta *out, struct gm_arena *a,
		      struct gm_str path, struct gm_str text,
		      struct gm_findings *findings);

/*
 * The metadata of migration `id` in a commit: its trailers joined with its
 * header lines.  Both present and different is a `bad-trailer` finding.
 */
struct gm_meta gm_meta_join(struct gm_arena *a, const char *id,
			    const struct gm_commit_meta *commit,
			    const struct gm_meta *header, struct gm_str path,
			    struct gm_findings *findings);

/* Values of `later` where it has any, else those of `earlier`. */
struct gm_meta gm_meta_overlay(const struct gm_meta *earlier,
			       const struct gm_meta *later);

#endif
