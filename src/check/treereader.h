/*
 * check/treereader: what trees have at the migrations directories, and what
 * changes with that.
 *
 * For check/lineage.  The trees of a long history are read by a twin of this
 * process while its commits are followed: threads would wait for each other at
 * libgit2's locks.  A short history is not worth a twin.
 */
#ifndef GM_CHECK_TREEREADER_H
#define GM_CHECK_TREEREADER_H

#include "base/twin.h"
#include "git/diff.h"
#include "migration/set.h"

/* What a tree has at one migrations directory. */
struct gm_state {
	struct gm_oid oid;
	unsigned mode; /* 0: nothing there */
};

/* Read the states of one tree, one a directory. */
GM_MUST_CHECK
int gm_states_read(struct gm_state *out, const struct gm_repo *r,
		   const struct gm_roots *roots, const struct gm_oid *tree,
		   struct gm_err *err);

/* As many trees in a row have the same states. */
struct gm_run {
	size_t n;
	const struct gm_state *states;
	/* From the tree behind the run (none: the empty one) to its last; NULL
	   when there are too many to be sent or they cannot be read. */
	const struct gm_changes *changes;
};

struct gm_runs {
	struct gm_run *items;
	size_t n, cap;
};

/* As many trees go to the twin at once; the first as many start it. */
#define GM_TREE_BATCH 512

struct gm_treereader {
	const struct gm_repo *repo;
	const struct gm_roots *roots;
	struct gm_twin twin;
	bool failed; /* there is no twin, nor will there be */
	size_t sent;
	size_t n; /* waiting in `batch` */
	struct gm_oid batch[GM_TREE_BATCH];
};

/* A reader of no trees yet; end it with gm_treereader_done. */
void gm_treereader_start(struct gm_treereader *t, const struct gm_repo *r,
			 const struct gm_roots *roots);

/* One more tree. */
void gm_treereader_add(struct gm_treereader *t, const struct gm_oid *tree);

/* More changes than this in one run, or bytes in all, are not sent. */
#define GM_TREE_CHANGES 64
#define GM_TREE_BYTES ((size_t)8 << 20)

/*
 * The states of all trees in the order they were added, in `a`.  False when
 * nobody has read them, for whatever reason: the caller then reads them with
 * gm_states_read, and learns what is wrong with them.
 */
bool gm_treereader_finish(struct gm_runs *out, struct gm_arena *a,
			  struct gm_treereader *t);

void gm_treereader_done(struct gm_treereader *t);

#endif
