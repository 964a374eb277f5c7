/* The whole history, as a line of landings. */
#include <string.h>

#include "check/judge.h"
#include "check/range.h"

/* What a tree has at each migrations directory. */
struct state {
	struct gm_oid oid;
	unsigned mode; /* 0: nothing there */
};

/* A commit, kept small: a long history has many. */
struct node {
	struct gm_oid oid;
	struct gm_oid *parents;
	int64_t time;               /* the committer's */
	const struct state *states; /* one a directory; shared while equal */
	unsigned n_parents;
	unsigned next; /* the parent to visit next */
	bool done;     /* it has been given to a landing */
	bool speaks;   /* its message may hold metadata */
};

struct nodes {
	struct node **items;
	size_t n, cap;
};

struct history {
	struct gm_judge *judge;
	struct gm_map nodes;      /* oid -> struct node */
	struct nodes line;        /* first parents, newest first */
	const struct state *last; /* the states read last */
};

static int read_states(struct node *n, struct history *h,
		       const struct gm_oid *tree, struct gm_err *err)
{
	struct gm_judge *j = h->judge;
	const struct gm_roots *roots = &j->cx->roots;
	struct state *states =
		gm_alloc_n(j->scratch, roots->n, sizeof(*states));
	size_t bytes = roots->n * sizeof(*states);

	for (size_t i = 0; i < roots->n; i++) {
		struct gm_entry entry;
		int found = gm_tree_find(&entry, j->scratch, j->repo, tree,
					 roots->items[i].path, err);

		if (found < 0)
			return -1;
		if (found) {
			states[i].oid = entry.oid;
			states[i].mode = entry.mode;
		}
	}
	if (!h->last || memcmp(h->last, states, bytes)) {
		struct state *kept = gm_alloc(j->arena, bytes);

		memcpy(kept, states, bytes);
		h->last = kept;
	}
	n->states = h->last;
	return 0;
}

/* Each commit is read once: what is needed of it later stays in its node. */
static int node_of(struct node **out, struct history *h,
		   const struct gm_oid *oid, struct gm_err *err)
{
	struct gm_arena *a = h->judge->arena;
	struct gm_arena_mark mark = gm_arena_mark(h->judge->scratch);
	struct gm_commit c;
	struct node *n;

	*out = gm_map_get(&h->nodes, gm_oid_key(oid));
	if (*out)
		return 0;
	if (gm_commit_read(&c, h->judge->scratch, h->judge->repo, oid, err) < 0)
		return -1;
	n = gm_alloc(a, sizeof(*n));
	n->oid = *oid;
	n->n_parents = (unsigned)c.n_parents;
	n->parents = gm_alloc_n(a, c.n_parents, sizeof(*n->parents));
	for (size_t i = 0; i < c.n_parents; i++)
		n->parents[i] = c.parents[i];
	n->time = c.committer.time;
	n->speaks = gm_judge_speaks(&c);
	if (read_states(n, h, &c.tree, err) < 0)
		return -1;
	gm_arena_reset(h->judge->scratch, mark);
	gm_map_set(&h->nodes, gm_oid_key(&n->oid), n);
	*out = n;
	return 0;
}

/* As gm_judge_touches, from what the nodes know. */
static bool touches(const struct history *h, const struct node *n)
{
	for (size_t i = 0; i < h->judge->cx->roots.n; i++) {
		bool same = false;

		for (unsigned p = 0; p < n->n_parents && !same; p++) {
			const struct node *parent = gm_map_get(
				&h->nodes, gm_oid_key(&n->parents[p]));

			same = !memcmp(&parent->states[i], &n->states[i],
				       sizeof(n->states[i]));
		}
		if (!same && (n->states[i].mode || n->n_parents))
			return true;
	}
	return false;
}

static int read_line(struct history *h, const struct gm_oid *tip,
		     struct gm_err *err)
{
	struct gm_oid oid = *tip;
	struct node *n;

	for (;;) {
		if (node_of(&n, h, &oid, err) < 0)
			return -1;
		*GM_PUSH(h->judge->arena, &h->line) = n;
		if (!n->n_parents)
			return 0;
		oid = n->parents[0];
	}
}

/*
 * The commits that came with `top` and with no landing before it, parents
 * before children: a walk in post-order, without recursion.
 */
static int commits_of(struct nodes *out, struct history *h, struct node *top,
		      struct gm_err *err)
{
	struct gm_arena *a = h->judge->scratch;
	struct nodes stack = { 0 };

	top->done = true;
	*GM_PUSH(a, &stack) = top;
	while (stack.n) {
		struct node *n = stack.items[stack.n - 1], *parent;

		if (n->next == n->n_parents) {
			*GM_PUSH(a, out) = n;
			stack.n--;
			continue;
		}
		if (node_of(&parent, h, &n->parents[n->next++], err) < 0)
			return -1;
		if (parent->done)
			continue;
		parent->done = true;
		*GM_PUSH(a, &stack) = parent;
	}
	return 0;
}

/* Read and judge one commit; `*c` stays for the end of its landing. */
static int judge_one(struct history *h, const struct node *n,
		     struct gm_judged_commit *c, bool *touched,
		     struct gm_err *err)
{
	struct gm_judge *j = h->judge;
	bool touching = touches(h, n);

	*c = (struct gm_judged_commit){ 0 };
	if (!touching && !n->speaks) {
		j->result->commits++;
		return 0;
	}
	if (gm_commit_read(&c->commit, j->scratch, j->repo, &n->oid, err) < 0)
		return -1;
	*touched |= touching;
	c->hex = gm_oid_hex(j->arena, &c->commit.oid);
	c->subject = gm_commit_subject(j->arena, &c->commit);
	if (touching && gm_diff_commit(&c->changes, j->scratch, j->repo,
				       &c->commit, err) < 0)
		return -1;
	return gm_judge_commit(j, c, err);
}

/* From now on this migration has landed; or is gone. */
static void land(struct history *h, const struct gm_ended *ended, int64_t time)
{
	struct gm_judge *j = h->judge;
	const struct gm_pending_unit *p =
		gm_map_get(&j->pending, gm_str(ended->id));

	if (ended->now_)
		gm_landing_add(j, ended->now_,
			       p ? p->meta.phase : GM_PHASE_NONE, time,
			       time + (p ? p->meta.window : 0));
	else
		gm_map_del(&j->landed, gm_str(ended->id));
}

/* A landing of several commits: its tip against what was there before. */
static int read_ends(struct history *h, const struct node *top,
		     struct gm_judged_commit *tip, struct gm_err *err)
{
	struct gm_judge *j = h->judge;
	struct gm_commit first = { 0 };

	*tip = (struct gm_judged_commit){ 0 };
	if (gm_commit_read(&tip->commit, j->scratch, j->repo, &top->oid, err) <
	    0)
		return -1;
	tip->hex = gm_oid_hex(j->arena, &top->oid);
	tip->subject = gm_commit_subject(j->arena, &tip->commit);
	if (top->n_parents && gm_commit_read(&first, j->scratch, j->repo,
					     &top->parents[0], err) < 0)
		return -1;
	return gm_diff_trees(&tip->changes, j->scratch, j->repo, &first.tree,
			     &tip->commit.tree, err);
}

static int judge_end(struct history *h, const struct node *top,
		     struct gm_judged_commit *tip, struct gm_err *err)
{
	struct gm_judge *j = h->judge;
	struct gm_ended_list ended = { 0 };

	if (gm_judge_end(j, tip, &ended, err) < 0)
		return -1;
	for (size_t i = 0; i < ended.n; i++)
		land(h, &ended.items[i], top->time);
	if (j->reported.n)
		j->reported = gm_map(j->arena);
	return 0;
}

static int judge_landing(struct history *h, struct node *top,
			 struct gm_err *err)
{
	struct gm_judge *j = h->judge;
	struct nodes commits = { 0 };
	struct gm_judged_commit c = { 0 };
	struct gm_arena_mark mark;
	bool touched = false;

	if (commits_of(&commits, h, top, err) < 0)
		return -1;
	j->now = top->time;
	mark = gm_arena_mark(j->scratch);
	for (size_t i = 0; i < commits.n; i++) {
		gm_arena_reset(j->scratch, mark);
		if (judge_one(h, commits.items[i], &c, &touched, err) < 0)
			return gm_fail_in(
				err, "commit %.12s",
				gm_oid_hex(j->scratch, &commits.items[i]->oid));
	}
	if (!touched)
		return 0;
	/* A lone ordinary commit has been compared with its parent already. */
	if ((commits.n > 1 || top->n_parents > 1) &&
	    read_ends(h, top, &c, err) < 0)
		return -1;
	return judge_end(h, top, &c, err);
}

static int judge_last_tree(struct history *h, const struct gm_oid *oid,
			   struct gm_err *err)
{
	struct gm_judge *j = h->judge;
	struct gm_judged_commit tip = { 0 };
	struct gm_set set = { 0 };

	if (gm_commit_read(&tip.commit, j->scratch, j->repo, oid, err) < 0 ||
	    gm_set_read(&set, j->scratch, j->repo, &tip.commit.tree,
			&j->cx->roots, err) < 0)
		return -1;
	tip.hex = gm_oid_hex(j->arena, oid);
	tip.subject = gm_commit_subject(j->arena, &tip.commit);
	gm_judge_duplicates(j, &tip, &set);
	if (gm_judge_way(j, &tip, err) < 0)
		return -1;
	return gm_judge_tree(j, &tip, &set, true, err);
}

int gm_check_history(struct gm_result *result, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_context *cx,
		     const struct gm_oid *tip, int64_t now, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_judge judge;
	struct history h = { .judge = &judge, .nodes = gm_map(a) };
	struct gm_arena_mark mark;

	gm_judge_start(&judge, result, a, &scratch, r, cx);
	judge.now = now;
	if (read_line(&h, tip, err) < 0)
		return -1;
	mark = gm_arena_mark(&scratch);
	for (size_t i = h.line.n; i-- > 0;) {
		if (judge_landing(&h, h.line.items[i], err) < 0)
			return -1;
		gm_arena_reset(&scratch, mark);
	}
	return judge_last_tree(&h, tip, err);
}
