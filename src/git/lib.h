/*
 * git/lib: what the files of this room share.  Private to it: no other room
 * includes this header, or <git2.h>.
 */
#ifndef GM_GIT_LIB_H
#define GM_GIT_LIB_H

#include <git2.h>

#include "base/buf.h"
#include "git/notes.h"
#include "git/object.h"
#include "git/repo.h"

struct gm_cache;
struct gm_batch;

struct gm_repo {
	struct gm_arena arena; /* lives as long as the repository is open */
	git_repository *lib;
	git_odb *odb;
	git_config *config;
	struct gm_cache *cache;
	struct gm_batch *batch; /* NULL: none was begun */
	enum gm_repo_open how;
	bool bare;
	bool quarantine;  /* objects are not the repository's yet */
	const char *base; /* what relative paths of the environment are to */
	const char *gitdir;
	const char *commondir;
	const char *worktree; /* NULL when bare */
	/* Settings of the command line (git -c), in order. */
	struct gm_strings set_names, set_values;
};

static inline git_oid gm_lib_oid(const struct gm_oid *oid)
{
	git_oid lib;

	_Static_assert(sizeof(lib) == sizeof(*oid), "both are 20 bytes");
	__builtin_memcpy(&lib, oid, sizeof(lib));
	return lib;
}

static inline struct gm_oid gm_oid_of(const git_oid *lib)
{
	struct gm_oid oid;

	__builtin_memcpy(&oid, lib, sizeof(oid));
	return oid;
}

/*
 * Fail with `code`, the formatted text, and behind it what libgit2 says
 * about its last error.  Returns -1.
 */
int gm_lib_fail(struct gm_err *err, enum gm_errcode code, const char *fmt, ...)
	GM_PRINTF(3, 4);
#if defined(__clang_analyzer__) && !defined(GM_LIB_INTERNAL)
#define gm_lib_fail(...) gm_err_minus_one(gm_lib_fail(__VA_ARGS__))
#endif

/* The largest tree object that is read. */
#define GM_TREE_MAX ((size_t)16 << 20)
/* How deep directories may nest. */
#define GM_TREE_DEPTH 64
/* The longest path, in bytes. */
#define GM_TREE_PATH 4096

/*
 * The content of an object of `kind` (GM_OBJECT_NONE: of any), copied into
 * the arena with a NUL behind it.  GM_ELIMIT past `max` bytes: libgit2 is
 * then stopped before it takes the memory.  Commits and trees come from a
 * bounded cache when they were read lately.
 */
GM_MUST_CHECK
int gm_lib_read(struct gm_str *out, struct gm_arena *a, const struct gm_repo *r,
		const struct gm_oid *oid, enum gm_object_kind kind, size_t max,
		struct gm_err *err);

/*
 * The same without a copy: borrowed until the next read, and until
 * gm_lib_release.
 */
struct gm_lib_object {
	struct gm_str content;
	git_odb_object *object; /* NULL: it came from the cache */
};

GM_MUST_CHECK
int gm_lib_borrow(struct gm_lib_object *out, const struct gm_repo *r,
		  const struct gm_oid *oid, enum gm_object_kind kind,
		  size_t max, struct gm_err *err);
/* The same past the cache. */
GM_MUST_CHECK
int gm_lib_borrow_once(struct gm_lib_object *out, const struct gm_repo *r,
		       const struct gm_oid *oid, enum gm_object_kind kind,
		       size_t max, struct gm_err *err);
void gm_lib_release(struct gm_lib_object *object);

/* Set up libgit2 for this process: limits, caches, the search for files. */
GM_MUST_CHECK
int gm_lib_start(enum gm_repo_open how, struct gm_err *err);

/*
 * Allocations of libgit2 above this many bytes fail while it is set; what it
 * was is returned.  Whether one failed: gm_lib_capped, which also forgets it.
 */
size_t gm_lib_cap(size_t bytes);
bool gm_lib_capped(void);
#define GM_LIB_NO_CAP SIZE_MAX
/* Enough for commits, trees and what they are deltas of. */
#define GM_LIB_CAP ((size_t)32 << 20)

/* Refuse to write while the objects stand in quarantine. */
GM_MUST_CHECK
int gm_repo_may_write(const struct gm_repo *r, struct gm_err *err);

/* The steps of gm_repo_open; each in the file of its name. */
GM_MUST_CHECK
int gm_config_load(struct gm_repo *r, struct gm_err *err);
GM_MUST_CHECK
int gm_format_check(struct gm_repo *r, struct gm_err *err);
GM_MUST_CHECK
int gm_objects_open(struct gm_repo *r, struct gm_err *err);

/* Commits and trees read lately, by name. */
struct gm_cache *gm_cache_new(void);
void gm_cache_free(struct gm_cache *cache);
/* The content, borrowed until the next gm_cache_put; false: not there. */
bool gm_cache_get(struct gm_str *out, struct gm_cache *cache,
		  const struct gm_oid *oid, enum gm_object_kind kind);
void gm_cache_put(struct gm_cache *cache, const struct gm_oid *oid,
		  enum gm_object_kind kind, struct gm_str content);

/* Keep an object in a batch. */
void gm_batch_add(git_oid *out, struct gm_batch *b, struct gm_str content,
		  git_object_t type);
void gm_batch_free(struct gm_batch *b);

/*
 * Reads the entries of one raw tree in order and checks them as
 * gm_tree_read says.  Borrowed from `rest`'s bytes.
 */
#define GM_TREE_NAMES 64
struct gm_tree_reader {
	const struct gm_oid *tree; /* for messages */
	struct gm_str rest;
	struct gm_str prev;
	bool prev_dir;
	/* Files whose name a later directory could still repeat. */
	struct gm_str files[GM_TREE_NAMES];
	size_t n_files;
};

/* Start to read the raw bytes of tree `oid`. */
void gm_tree_start(struct gm_tree_reader *reader, const struct gm_oid *oid,
		   struct gm_str raw);

/* Open tree `oid`; its bytes live in the arena. */
GM_MUST_CHECK
int gm_tree_open(struct gm_tree_reader *reader, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *oid,
		 struct gm_err *err);

/* The next entry: 1, 0 at the end, -1. */
GM_MUST_CHECK
int gm_tree_next(struct gm_entry *out, struct gm_tree_reader *reader,
		 struct gm_err *err);

/*
 * One directory of a notes tree, `level` directories below its root: either
 * directories for the next two hex digits or notes, never both.  `commit` is
 * named in messages.  What git and libgit2 could read differently fails with
 * GM_EINPUT.
 */
struct gm_notes_dir {
	struct gm_entries entries;
	bool fans_out; /* they are directories */
};

GM_MUST_CHECK
int gm_notes_dir_read(struct gm_notes_dir *out, struct gm_arena *a,
		      const struct gm_repo *r, const struct gm_oid *commit,
		      const struct gm_oid *tree, int level, struct gm_err *err);

/* Its entry on the way to the note on `on`, or NULL. */
struct gm_entry *gm_notes_dir_find(const struct gm_notes_dir *dir,
				   const struct gm_oid *on, int level);

/*
 * All notes below a directory of a notes tree, whose place `prefix` says (two
 * hex digits a level).
 */
GM_MUST_CHECK
int gm_notes_below(struct gm_notes *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_oid *commit,
		   const struct gm_oid *tree, struct gm_str prefix,
		   struct gm_err *err);

/*
 * The notes that differ between two notes commits (zero: one without notes),
 * sorted by `on`.  Directories that are the same in both are not read, and so
 * not checked.
 */
struct gm_notes_change {
	struct gm_oid on;
	struct gm_oid old, new_; /* zero: no note */
};

struct gm_notes_changes {
	struct gm_notes_change *items;
	size_t n, cap;
};

GM_MUST_CHECK
int gm_notes_diff(struct gm_notes_changes *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_oid *old,
		  const struct gm_oid *new_, struct gm_err *err);

/*
 * Write the notes tree `base` (zero: an empty one) with `changes`, one an
 * object, put in; reads and writes only the directories on the way.  A
 * directory of many notes is fanned out.
 */
GM_MUST_CHECK
int gm_notes_write(struct gm_oid *out, struct gm_repo *r,
		   const struct gm_oid *commit, const struct gm_oid *base,
		   const struct gm_notes *changes, struct gm_err *err);

/*
 * Move notes ref `ref` by compare-and-swap.  `make` is called with the value
 * it has (zero: it does not exist) until nobody was faster; it says the commit
 * to move it to, or 0: nothing is to be done.  Returns what `make` did.
 */
struct gm_notes_move {
	struct gm_arena *a; /* for one attempt */
	struct gm_repo *r;
	struct gm_oid from;
	void *arg; /* of the caller */
};

GM_MUST_CHECK
int gm_notes_swap(struct gm_repo *r, const char *ref, const char *message,
		  int (*make)(struct gm_oid *to, struct gm_notes_move *m,
			      struct gm_err *err),
		  void *arg, struct gm_err *err);

/* Write a notes commit by who runs this; zero parents are left out. */
GM_MUST_CHECK
int gm_notes_commit(struct gm_oid *out, struct gm_notes_move *m,
		    const struct gm_oid *tree, const struct gm_oid *parents,
		    size_t n_parents, const char *message, struct gm_err *err);

/* The text of a note; GM_ELIMIT past GM_NOTE_MAX, GM_EINPUT for a NUL. */
GM_MUST_CHECK
int gm_note_read(struct gm_str *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *on,
		 const struct gm_oid *blob, struct gm_err *err);

/*
 * Append those of the lines to `text` that are not among its lines yet; true
 * when there were any.
 */
bool gm_note_extend(struct gm_buf *text, const struct gm_strings *lines);

/* The order of entries in a tree: a directory's name ends in a slash. */
int gm_tree_order(struct gm_str a, bool a_dir, struct gm_str b, bool b_dir);

/* "above/name", or "name" at the root; GM_ELIMIT past GM_TREE_PATH. */
GM_MUST_CHECK
int gm_tree_join(struct gm_str *out, struct gm_arena *a, struct gm_str above,
		 struct gm_str name, struct gm_err *err);

/*
 * Of a raw commit only what a walk needs; parents in the arena.
 */
struct gm_commit_links {
	struct gm_oid tree;
	struct gm_oid *parents;
	size_t n_parents;
	int64_t time; /* of the committer */
};

GM_MUST_CHECK
int gm_commit_links(struct gm_commit_links *out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *oid,
		    struct gm_err *err);

#endif
