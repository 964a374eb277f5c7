#include "check/lineage.h"

#include <string.h>

#include "check/judge.h"

static int read_states(struct gm_lineage *l, struct gm_node *n,
		       struct gm_err *err)
{
	size_t bytes = l->roots->n * sizeof(struct gm_state);
	struct gm_arena_mark mark = gm_arena_mark(&l->scratch);
	struct gm_state *states = gm_alloc(&l->scratch, bytes);

	if (gm_states_read(states, l->repo, l->roots, &n->tree, err) < 0)
		return gm_fail_in(err, "commit %.12s",
				  gm_oid_hex(&l->scratch, &n->oid));
	if (!l->last || memcmp(l->last, states, bytes)) {
		struct gm_state *kept = gm_alloc(l->arena, bytes);

		memcpy(kept, states, bytes);
		l->last = kept;
	}
	n->states = l->last;
	gm_arena_reset(&l->scratch, mark);
	return 0;
}

static struct gm_node *known(const struct gm_lineage *l,
			     const struct gm_oid *oid)
{
	return gm_map_get(&l->nodes, gm_oid_key(oid));
}

static int read_node(struct gm_node **out, struct gm_lineage *l,
		     const struct gm_oid *oid, struct gm_err *err)
{
	struct gm_arena_mark mark = gm_arena_mark(&l->scratch);
	struct gm_commit c;
	struct gm_node *n;

	if (gm_commit_scan(&c, &l->scratch, l->repo, oid, err) < 0)
		return -1;
	n = gm_alloc(l->arena, sizeof(*n));
	n->oid = *oid;
	n->tree = c.tree;
	n->n_parents = (unsigned)c.n_parents;
	n->parents = gm_alloc_n(l->arena, c.n_parents, sizeof(*n->parents));
	for (size_t i = 0; i < c.n_parents; i++)
		n->parents[i] = c.parents[i];
	n->time = c.committer.time;
	n->speaks = gm_judge_speaks(&c);
	gm_arena_reset(&l->scratch, mark);
	gm_map_set(&l->nodes, gm_oid_key(&n->oid), n);
	*out = n;
	return 0;
}

static int node_of(struct gm_node **out, struct gm_lineage *l,
		   const struct gm_oid *oid, struct gm_err *err)
{
	*out = known(l, oid);
	if (*out)
		return 0;
	if (read_node(out, l, oid, err) < 0)
		return -1;
	return read_states(l, *out, err);
}

/* The line and its commits, without the states of their trees. */
static int read_line(struct gm_lineage *l, const struct gm_oid *tip,
		     struct gm_err *err)
{
	const struct gm_oid *next = tip;
	struct gm_node *n, **first = NULL;

	for (; next; next = n->n_parents ? &n->parents[0] : NULL) {
		/* Names are not checked here: a corrupt pack could lie. */
		if (known(l, next))
			return gm_fail(err, GM_EGIT,
				       "commit %s is its own ancestor",
				       gm_oid_hex(&l->scratch, next));
		if (read_node(&n, l, next, err) < 0)
			return -1;
		if (first)
			*first = n;
		first = &n->first;
		*GM_PUSH(l->arena, &l->line) = n;
		gm_treereader_add(&l->trees, &n->tree);
	}
	return 0;
}

static int line_states(struct gm_lineage *l, struct gm_err *err)
{
	struct gm_node **n = l->line.items, **end = n + l->line.n;
	struct gm_runs runs = { 0 };

	if (!gm_treereader_finish(&runs, l->arena, &l->trees)) {
		for (; n < end; n++)
			if (read_states(l, *n, err) < 0)
				return -1;
		return 0;
	}
	for (size_t i = 0; i < runs.n; i++) {
		for (size_t k = 0; k < runs.items[i].n; k++)
			(*n++)->states = runs.items[i].states;
		n[-1]->changes = runs.items[i].changes;
	}
	return 0;
}

int gm_lineage_read(struct gm_lineage *out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_roots *roots,
		    const struct gm_oid *tip, struct gm_err *err)
{
	*out = (struct gm_lineage){
		.arena = a, .repo = r, .roots = roots, .nodes = gm_map(a)
	};
	gm_treereader_start(&out->trees, r, roots);
	if (read_line(out, tip, err) < 0)
		return -1;
	return line_states(out, err);
}

void gm_lineage_done(struct gm_lineage *l)
{
	/* Only now: to wait for the twin's end would take a while. */
	gm_treereader_done(&l->trees);
	gm_arena_done(&l->scratch);
}

int gm_lineage_take(struct gm_nodes *out, struct gm_arena *a,
		    struct gm_lineage *l, struct gm_node *top,
		    struct gm_err *err)
{
	struct gm_nodes stack = { 0 };

	/* A walk in post-order, without recursion. */
	top->taken = true;
	*GM_PUSH(a, &stack) = top;
	while (stack.n) {
		struct gm_node *n = stack.items[stack.n - 1], *parent;

		if (n->next == n->n_parents) {
			*GM_PUSH(a, out) = n;
			stack.n--;
			continue;
		}
		if (node_of(&parent, l, &n->parents[n->next++], err) < 0)
			return -1;
		if (parent->taken)
			continue;
		parent->taken = true;
		*GM_PUSH(a, &stack) = parent;
	}
	return 0;
}

bool gm_lineage_touches(const struct gm_lineage *l, const struct gm_node *n)
{
	for (size_t i = 0; i < l->roots->n; i++) {
		bool same = false;

		for (unsigned p = 0; p < n->n_parents && !same; p++) {
			const struct gm_node *parent =
				!p && n->first ? n->first
					       : known(l, &n->parents[p]);

			same = parent->states == n->states ||
			       !memcmp(&parent->states[i], &n->states[i],
				       sizeof(n->states[i]));
		}
		if (!same && (n->states[i].mode || n->n_parents))
			return true;
	}
	return false;
}
