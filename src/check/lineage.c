#include "check/lineage.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "check/judge.h"

/* Reads the states of commits: who, with what, and into where. */
struct reader {
	const struct gm_repo *repo;
	const struct gm_roots *roots;
	struct gm_arena *kept, *scratch;
	const struct gm_state **last;
};

static int read_states(struct reader *r, struct gm_node *n, struct gm_err *err)
{
	size_t bytes = r->roots->n * sizeof(struct gm_state);
	struct gm_arena_mark mark = gm_arena_mark(r->scratch);
	struct gm_state *states = gm_alloc(r->scratch, bytes);

	for (size_t i = 0; i < r->roots->n; i++) {
		struct gm_entry entry;
		int found = gm_tree_find(&entry, r->scratch, r->repo, &n->tree,
					 r->roots->items[i].path, err);

		if (found < 0)
			return gm_fail_in(err, "commit %.12s",
					  gm_oid_hex(r->scratch, &n->oid));
		if (found) {
			states[i].oid = entry.oid;
			states[i].mode = entry.mode;
		}
	}
	if (!*r->last || memcmp(*r->last, states, bytes)) {
		struct gm_state *kept = gm_alloc(r->kept, bytes);

		memcpy(kept, states, bytes);
		*r->last = kept;
	}
	n->states = *r->last;
	gm_arena_reset(r->scratch, mark);
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

	if (gm_commit_read(&c, &l->scratch, l->repo, oid, err) < 0)
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

/* The second thread, following the line as the first one finds it. */
struct follower {
	struct gm_repo *repo;
	const struct gm_lineage *lineage;
	struct gm_arena *kept;
	struct gm_node *start;
	atomic_bool ended; /* the line will not grow any more */
	struct gm_err err;
	int result;
};

static void *follow(void *arg)
{
	struct follower *f = arg;
	struct gm_arena scratch = GM_ARENA_INIT;
	const struct gm_state *last = NULL;
	struct reader r = { .repo = f->repo,
			    .roots = f->lineage->roots,
			    .kept = f->kept,
			    .scratch = &scratch,
			    .last = &last };
	struct gm_node *n = f->start;

	while (n && f->result == 0) {
		struct gm_node *next;
		bool ended;

		f->result = read_states(&r, n, &f->err);
		do {
			/* In this order: what came before the end is seen. */
			ended = atomic_load(&f->ended);
			next = atomic_load(&n->first);
			if (!next && !ended)
				sched_yield();
		} while (!next && !ended);
		n = next;
	}
	gm_arena_done(&scratch);
	return NULL;
}

static int read_line(struct gm_lineage *l, struct gm_node *n,
		     struct gm_err *err)
{
	for (;;) {
		struct gm_node *parent;

		*GM_PUSH(l->arena, &l->line) = n;
		if (!n->n_parents)
			return 0;
		if (read_node(&parent, l, &n->parents[0], err) < 0)
			return -1;
		atomic_store(&n->first, parent);
		n = parent;
	}
}

int gm_lineage_read(struct gm_lineage *out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_roots *roots,
		    const struct gm_oid *tip, struct gm_err *err)
{
	GM_AUTO(gm_repo_close) struct gm_repo *other = NULL;
	struct follower f = { .lineage = out, .kept = &out->states };
	pthread_t thread;
	int result, made;

	*out = (struct gm_lineage){
		.arena = a, .repo = r, .roots = roots, .nodes = gm_map(a)
	};
	if (read_node(&f.start, out, tip, err) < 0 ||
	    gm_repo_open(&other, gm_repo_gitdir(r), GM_REPO_DISCOVER, err) < 0)
		return -1;
	f.repo = other;
	made = pthread_create(&thread, NULL, follow, &f);
	if (made)
		return gm_fail_errno(err, made, "cannot start a thread");
	result = read_line(out, f.start, err);
	atomic_store(&f.ended, true);
	pthread_join(thread, NULL);
	if (result == 0 && f.result < 0) {
		*err = f.err;
		return -1;
	}
	return result;
}

void gm_lineage_done(struct gm_lineage *l)
{
	gm_arena_done(&l->scratch);
	gm_arena_done(&l->states);
}

/* A commit beside the line. */
static int side_node(struct gm_node **out, struct gm_lineage *l,
		     const struct gm_oid *oid, struct gm_err *err)
{
	struct reader r = { .repo = l->repo,
			    .roots = l->roots,
			    .kept = l->arena,
			    .scratch = &l->scratch,
			    .last = &l->last };

	*out = known(l, oid);
	if (*out)
		return 0;
	if (read_node(out, l, oid, err) < 0)
		return -1;
	return read_states(&r, *out, err);
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
		if (side_node(&parent, l, &n->parents[n->next++], err) < 0)
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
				p ? known(l, &n->parents[p])
				  : atomic_load(&n->first);

			if (!parent)
				parent = known(l, &n->parents[p]);
			same = parent->states == n->states ||
			       !memcmp(&parent->states[i], &n->states[i],
				       sizeof(n->states[i]));
		}
		if (!same && (n->states[i].mode || n->n_parents))
			return true;
	}
	return false;
}
