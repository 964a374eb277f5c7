/*
 * git/object: commits, trees and blobs as plain structs.
 */
#ifndef GM_GIT_OBJECT_H
#define GM_GIT_OBJECT_H

#include "git/repo.h"

enum gm_object_kind {
	GM_OBJECT_NONE,
	GM_OBJECT_COMMIT,
	GM_OBJECT_TREE,
	GM_OBJECT_BLOB,
	GM_OBJECT_TAG,
};

/* What `oid` is: GM_OBJECT_NONE when it is not in the repository. */
enum gm_object_kind gm_object_kind(const struct gm_repo *r,
				   const struct gm_oid *oid);

/*
 * Peel tags (at most 8 levels) down to what they name.  Fails with GM_EGIT
 * for a missing object, GM_ELIMIT for deeper nesting.
 */
GM_MUST_CHECK
int gm_object_peel(struct gm_oid *out, enum gm_object_kind *kind,
		   const struct gm_repo *r, const struct gm_oid *oid,
		   struct gm_err *err);

/* Resolve a revision ("HEAD~2", "v1.0") to the commit it names. */
GM_MUST_CHECK
int gm_rev_commit(struct gm_oid *out, const struct gm_repo *r, const char *rev,
		  struct gm_err *err);

struct gm_person {
	const char *name;
	const char *email;
	int64_t time; /* seconds, UTC */
	int offset;   /* minutes east of UTC */
};

struct gm_commit {
	struct gm_oid oid;
	struct gm_oid tree;
	struct gm_oid *parents;
	size_t n_parents;
	struct gm_person author;
	struct gm_person committer;
	const char *encoding;  /* of the header, or NULL */
	struct gm_str message; /* raw bytes after the header */
};

/*
 * Read a commit.  Fails with GM_EGIT when it is missing or malformed,
 * GM_ELIMIT when its object is over GM_COMMIT_MAX bytes.
 */
GM_MUST_CHECK
int gm_commit_read(struct gm_commit *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_oid *oid,
		   struct gm_err *err);
#define GM_COMMIT_MAX ((size_t)4 << 20)

/*
 * The same for walks over a whole history: without an author, of the committer
 * only the time, and not kept for whoever reads the commit next.
 */
GM_MUST_CHECK
int gm_commit_scan(struct gm_commit *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_oid *oid,
		   struct gm_err *err);

/* The commit HEAD is at: 1, or 0 when nothing is committed yet. */
GM_MUST_CHECK
int gm_commit_head(struct gm_commit *out, struct gm_arena *a,
		   const struct gm_repo *r, struct gm_err *err);

/* The first line of the message, cut at 200 bytes. */
const char *gm_commit_subject(struct gm_arena *a, const struct gm_commit *c);

enum gm_mode {
	GM_MODE_NONE = 0,
	GM_MODE_TREE = 040000,
	GM_MODE_FILE = 0100644,
	GM_MODE_EXEC = 0100755,
	GM_MODE_LINK = 0120000,
	GM_MODE_GITLINK = 0160000,
};

struct gm_entry {
	struct gm_str name; /* one component, raw bytes */
	struct gm_oid oid;
	unsigned mode; /* enum gm_mode, or what the tree says */
};

struct gm_entries {
	struct gm_entry *items;
	size_t n, cap;
};

/*
 * The entries of one tree, in its order.  Checks what fsck would: sorted, no
 * duplicate, no empty name, `.`, `..`, `.git`, no slash; GM_EGIT otherwise.
 */
GM_MUST_CHECK
int gm_tree_read(struct gm_entries *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *tree,
		 struct gm_err *err);

/*
 * Look `path` up from a root tree.  Returns 1 and fills `*out` (its name is
 * the last component), 0 when there is none, -1 on error.  "" is the root.
 */
GM_MUST_CHECK
int gm_tree_find(struct gm_entry *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *root,
		 struct gm_str path, struct gm_err *err);

/*
 * Every file below the tree of `path`, as paths from the root, in tree order.
 * Fails with GM_ELIMIT past `max` entries or 64 levels.  An absent path gives
 * none.
 */
struct gm_file {
	struct gm_str path;
	struct gm_oid oid;
	unsigned mode;
};

struct gm_files {
	struct gm_file *items;
	size_t n, cap;
};

GM_MUST_CHECK
int gm_tree_files(struct gm_files *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_oid *root,
		  struct gm_str path, size_t max, struct gm_err *err);

/* The size of an object from its header, without reading it whole. */
GM_MUST_CHECK
int gm_object_size(uint64_t *out, const struct gm_repo *r,
		   const struct gm_oid *oid, struct gm_err *err);

/*
 * The content of a blob of at most `max` bytes; a NUL stands behind it.
 * GM_ELIMIT when it is larger (known from the header, before it is read).
 */
GM_MUST_CHECK
int gm_blob_read(struct gm_str *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *oid, size_t max,
		 struct gm_err *err);

/* Write objects. */
GM_MUST_CHECK
int gm_blob_write(struct gm_oid *out, struct gm_repo *r, struct gm_str content,
		  struct gm_err *err);
GM_MUST_CHECK
int gm_tree_write(struct gm_oid *out, struct gm_repo *r,
		  const struct gm_entries *entries, struct gm_err *err);
GM_MUST_CHECK
int gm_commit_write(struct gm_oid *out, struct gm_repo *r,
		    const struct gm_commit *c, struct gm_err *err);

/*
 * A new root tree: `base` (zero: the empty tree) with the files of `changes`
 * put in their place; mode GM_MODE_NONE takes a path away.
 */
GM_MUST_CHECK
int gm_tree_edit(struct gm_oid *out, struct gm_repo *r,
		 const struct gm_oid *base, const struct gm_files *changes,
		 struct gm_err *err);

#endif
