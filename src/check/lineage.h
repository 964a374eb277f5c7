/*
 * check/lineage: the commits of a whole history, small and in order.
 *
 * Reads each commit once and keeps of it only what its judgement needs.
 */
#ifndef GM_CHECK_LINEAGE_H
#define GM_CHECK_LINEAGE_H

#include "base/map.h"
#include "check/treereader.h"

struct gm_node {
	struct gm_oid oid, tree;
	struct gm_oid *parents;
	int64_t time;                  /* the committer's */
	const struct gm_state *states; /* one a directory; shared while equal */
	struct gm_node *first;         /* its first parent, on the line */
	/* Against the first parent, where they have been read; else NULL. */
	const struct gm_changes *changes;
	unsigned n_parents;
	unsigned next; /* the parent to visit next */
	bool taken;    /* it has been given to a landing */
	bool speaks;   /* its message may hold metadata */
};

struct gm_nodes {
	struct gm_node **items;
	size_t n, cap;
};

struct gm_lineage {
	struct gm_arena *arena;
	struct gm_arena scratch;
	const struct gm_repo *repo;
	const struct gm_roots *roots;
	struct gm_map nodes;         /* oid -> struct gm_node */
	struct gm_nodes line;        /* first parents, newest first */
	struct gm_treereader trees;  /* of the line */
	const struct gm_state *last; /* the states read last */
};

/*
 * Read the first-parent line of `tip`.  What the lineage holds lives in `a`
 * and in itself: close it with gm_lineage_done.
 */
GM_MUST_CHECK
int gm_lineage_read(struct gm_lineage *out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_roots *roots,
		    const struct gm_oid *tip, struct gm_err *err);

void gm_lineage_done(struct gm_lineage *l);

/*
 * The commits that came with `top`, one of the line, and with none before it
 * (call it oldest first): parents before children, `top` last.  In `a`.
 */
GM_MUST_CHECK
int gm_lineage_take(struct gm_nodes *out, struct gm_arena *a,
		    struct gm_lineage *l, struct gm_node *top,
		    struct gm_err *err);

/* Does a migrations directory differ from that of every parent? */
bool gm_lineage_touches(const struct gm_lineage *l, const struct gm_node *n);

#endif
