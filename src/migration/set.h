/*
 * migration/set: the migrations in a tree.
 */
#ifndef GM_MIGRATION_SET_H
#define GM_MIGRATION_SET_H

#include "base/digest.h"
#include "base/map.h"
#include "git/object.h"
#include "migration/layout.h"
#include "migration/meta.h"

/* One directory of migrations with its layout. */
struct gm_root {
	struct gm_str path; /* from the root of the tree, no slash at the end;
			       "" is the root itself */
	const struct gm_layout *layout;
	struct gm_arena *arena; /* of the roots: for ids that do not stand in
				   the path itself; may be NULL */
};

struct gm_roots {
	struct gm_root *items;
	size_t n, cap;
};

struct gm_migration_file {
	enum gm_role role;
	struct gm_str path; /* from the root of the tree */
	struct gm_oid oid;
	unsigned mode;
};

struct gm_migration {
	const char *id;
	struct gm_str version; /* slice of the id */
	bool repeatable;       /* may change after it landed; sorts last */
	bool baseline;         /* may come at a version that has landed */
	const struct gm_root *root;
	struct gm_migration_file *files; /* sorted by role, then path */
	size_t n_files, cap_files;
	struct gm_meta meta; /* set by whoever knows it */
};

/* The file of that role, or NULL. */
const struct gm_migration_file *gm_migration_file(const struct gm_migration *m,
						  enum gm_role role);

/* What stands twice, or cannot be placed. */
struct gm_duplicate {
	const char *words;                    /* lower case, no full stop */
	const struct gm_migration *one, *two; /* the same where it is about
						 one */
};

struct gm_duplicates {
	struct gm_duplicate *items;
	size_t n, cap;
};

struct gm_set {
	struct gm_migration **items; /* in order */
	size_t n, cap;
	struct gm_map by_id;             /* id -> struct gm_migration * */
	struct gm_duplicates duplicates; /* what does not make one order: ids,
versions or roles found twice, an
undo of no migration */
};

/* How a policy names a directory: path and layout ("auto" to detect). */
struct gm_root_spec {
	const char *path;
	const char *layout;
};

/*
 * Settle the directories for a tree.  With n_specs 0 they are looked for: the
 * usual names (migrations, db/migrations, db/migrate, sql/migrations,
 * src/main/resources/db/migration, and any directory of such a name) that hold
 * a known layout.  A spec with "auto" whose directory is absent or empty gets
 * the layout `directory`, and so does one that holds files no layout knows, and
 * `migrations` when nothing is found at all: what lies there is then judged as
 * near misses (gm_layout_near_miss).  A diesel.toml in the root of the tree or
 * beside the directory makes `diesel` of `directory`.  Fails with GM_EINPUT,
 * naming the directory and the two layouts, when files of two layouts are mixed
 * in one; with GM_EPOLICY when a spec names an unknown layout.
 */
GM_MUST_CHECK
int gm_roots_settle(struct gm_roots *out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *tree,
		    const struct gm_root_spec *specs, size_t n_specs,
		    struct gm_err *err);

/*
 * Which migration file is `path` (from the root of the tree)?  Fills `*unit`
 * and returns its root, or NULL when it is none.
 */
const struct gm_root *gm_roots_match(struct gm_unit_path *unit,
				     const struct gm_roots *roots,
				     struct gm_str path);

/* Is `path` inside one of the directories, or one of them itself? */
bool gm_roots_hold(const struct gm_roots *roots, struct gm_str path);

/*
 * All migrations of a tree, in order (version, then id; repeatable ones last,
 * by id).  Metadata is not filled in.  Modes are not judged: links and
 * submodules with the name of a migration file are there as files.
 */
GM_MUST_CHECK
int gm_set_read(struct gm_set *out, struct gm_arena *a, const struct gm_repo *r,
		const struct gm_oid *tree, const struct gm_roots *roots,
		struct gm_err *err);

/*
 * Is `to` what `from` was, under another name?  So it is when a commit takes
 * away the one and brings the other, with the same up SQL, or with the same
 * name behind another version.
 */
bool gm_unit_moved(const struct gm_unit_path *from,
		   const struct gm_oid *from_up, const struct gm_unit_path *to,
		   const struct gm_oid *to_up);

/*
 * One migration of a tree by a path of one of its files, present or not, and
 * by its id; NULL in `*out` when the tree has none there.  Its id may be
 * another than `id` where a layout pairs files by version.
 */
GM_MUST_CHECK
int gm_set_read_one(struct gm_migration **out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *tree,
		    const struct gm_root *root, struct gm_str id,
		    struct gm_str path, struct gm_err *err);

/*
 * The digest of a migration (design section 3): SHA-256 of the text
 *
 *	git-migrate digest 1
 *	id <id>
 *	file <role> <sha256 of the bytes> <path>	up, down, verify,
 *							config; then by path
 *	meta <key> <value>				sorted by key
 *
 * each line ended by LF, values percent-encoded; keys are contracts, flag,
 * owner, phase, window (in seconds), those that are set.  The result reads
 * "sha256:<64 hex digits>".  GM_ELIMIT for files over GM_MIGRATION_MAX bytes.
 */
#define GM_MIGRATION_MAX ((size_t)64 << 20)
GM_MUST_CHECK
int gm_migration_digest(const char **out, struct gm_arena *a,
			const struct gm_repo *r, const struct gm_migration *m,
			struct gm_err *err);

/* The same of files that lie elsewhere, in that order. */
struct gm_digest_file {
	enum gm_role role;
	char sha256[GM_SHA256_HEX + 1];
	struct gm_str path;
};
const char *gm_digest_of(struct gm_arena *a, const char *id,
			 const struct gm_digest_file *files, size_t n,
			 const struct gm_meta *meta);

#endif
