#include "git/walk.h"

#include "base/map.h"
#include "git/lib.h"

#include <string.h>

/*
 * Colours flow from two ends of history to its roots, newest commit first.
 * A commit with both is stale: what is behind it is common, too.  Once all
 * that waits is stale and older than every commit found, nothing can change
 * any more, unless landed commits carry dates before those of their parents;
 * then a landed commit may be listed again, but never is a new one missed.
 */
enum colour {
	TIP = 1,
	HIDE = 2,
	BOTH = TIP | HIDE,
	BEHIND = 4, /* a child of it has both */
};

/* More candidates for a merge base than anybody has; see gm_merge_base. */
#define BASES_MAX 16

struct node {
	struct gm_oid oid;
	uint32_t n_parents;
	struct node **parents;
	int64_t time;
	uint32_t serial; /* when it was queued, for equal times */
	uint32_t next;   /* in the final order: the parent to visit next */
	unsigned char colour;
	bool loaded, queued, visited;
};

struct painter {
	struct gm_arena arena;
	struct gm_arena scratch; /* for one commit */
	const struct gm_repo *r;
	struct gm_map nodes;
	/* A heap, the newest commit first. */
	struct {
		struct node **items;
		size_t n, cap;
	} queue;
	uint32_t serial;
	size_t fresh;   /* queued nodes that are not stale */
	size_t found;   /* nodes of colour TIP alone */
	int64_t oldest; /* time of the oldest of them */
};

static void painter_done(struct painter *p)
{
	gm_arena_done(&p->arena);
	gm_arena_done(&p->scratch);
}

static void painter_init(struct painter *p, const struct gm_repo *r)
{
	memset(p, 0, sizeof(*p));
	p->r = r;
	/* Keeps the first block of scratch over the resets. */
	gm_alloc(&p->scratch, 1);
	p->nodes = gm_map(&p->arena);
	p->oldest = INT64_MAX;
}

static struct node *node_of(struct painter *p, const struct gm_oid *oid)
{
	struct node *n = gm_map_get(&p->nodes, gm_oid_key(oid));

	if (n)
		return n;
	n = gm_alloc(&p->arena, sizeof(*n));
	n->oid = *oid;
	gm_map_set(&p->nodes, gm_oid_key(&n->oid), n);
	return n;
}

static int load(struct painter *p, struct node *n, struct gm_err *err)
{
	struct gm_commit_links links;
	struct gm_arena_mark mark = gm_arena_mark(&p->scratch);

	if (n->loaded)
		return 0;
	if (gm_commit_links(&links, &p->scratch, p->r, &n->oid, err) < 0)
		return -1;
	n->time = links.time;
	n->n_parents = (uint32_t)links.n_parents;
	if (n->n_parents)
		n->parents = gm_alloc_n(&p->arena, n->n_parents,
					sizeof(struct node *));
	for (size_t i = 0; i < n->n_parents; i++)
		n->parents[i] = node_of(p, &links.parents[i]);
	n->loaded = true;
	gm_arena_reset(&p->scratch, mark);
	return 0;
}

static bool before(const struct node *a, const struct node *b)
{
	return a->time != b->time ? a->time > b->time : a->serial < b->serial;
}

/* The same for nodes of a map, which come in any order: names settle it. */
static bool before_in_time(const struct node *a, const struct node *b)
{
	return a->time != b->time ? a->time > b->time
				  : gm_oid_cmp(&a->oid, &b->oid) < 0;
}

static void enqueue(struct painter *p, struct node *n)
{
	size_t at = p->queue.n;
	struct node **heap;

	n->serial = p->serial++;
	n->queued = true;
	*GM_PUSH(&p->arena, &p->queue) = n;
	heap = p->queue.items;
	while (at && before(n, heap[(at - 1) / 2])) {
		heap[at] = heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap[at] = n;
}

static struct node *dequeue(struct painter *p)
{
	struct node **heap = p->queue.items;
	struct node *top = heap[0], *last = heap[--p->queue.n];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < p->queue.n) {
		if (child + 1 < p->queue.n &&
		    before(heap[child + 1], heap[child]))
			child++;
		if (!before(heap[child], last))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
	top->queued = false;
	return top;
}

static bool stale(unsigned char colour)
{
	return (colour & BOTH) == BOTH;
}

static int paint(struct painter *p, struct node *n, unsigned char colour,
		 struct gm_err *err)
{
	unsigned char old = n->colour;

	if ((old | colour) == old)
		return 0;
	if (load(p, n, err) < 0)
		return -1;
	n->colour |= colour;
	if (n->queued)
		p->fresh -= !stale(old);
	else
		enqueue(p, n);
	p->fresh += !stale(n->colour);
	p->found -= old == TIP;
	if (n->colour == TIP) {
		p->found++;
		if (n->time < p->oldest)
			p->oldest = n->time;
	}
	return 0;
}

/* Let the newest waiting commit colour its parents. */
static int step(struct painter *p, struct gm_err *err)
{
	struct node *n = dequeue(p);
	unsigned char colour = n->colour;

	p->fresh -= !stale(colour);
	if (stale(colour))
		colour |= BEHIND;
	for (size_t i = 0; i < n->n_parents; i++)
		if (paint(p, n->parents[i], colour, err) < 0)
			return -1;
	return 0;
}

static bool settled(const struct painter *p)
{
	if (!p->queue.n)
		return true;
	return !p->fresh && (!p->found || p->queue.items[0]->time < p->oldest);
}

static int too_many(struct gm_err *err, size_t max)
{
	gm_fail(err, GM_ELIMIT, "the range has more than %zu commits", max);
	return gm_hint(err, "Name a shorter range.");
}

static int paint_range(struct painter *p, const struct gm_oid *tip,
		       const struct gm_oid *hide, size_t n_hide, size_t max,
		       struct gm_err *err)
{
	/* Commits may be found first and hidden later, but not by far. */
	size_t most = n_hide ? max + 65536 : max;

	for (size_t i = 0; i < n_hide; i++)
		if (paint(p, node_of(p, &hide[i]), HIDE, err) < 0)
			return -1;
	if (paint(p, node_of(p, tip), TIP, err) < 0)
		return -1;
	while (!settled(p)) {
		if (step(p, err) < 0)
			return -1;
		if (max && p->found > most)
			return too_many(err, max);
	}
	return max && p->found > max ? too_many(err, max) : 0;
}

struct stack {
	struct node **items;
	size_t n, cap;
};

/* Put found commits into `out`, each after its parents. */
static void sort(struct gm_oids *out, struct gm_arena *a, struct painter *p,
		 struct node *tip)
{
	struct stack stack = { 0 };

	out->items = gm_alloc_n(a, p->found, sizeof(*out->items));
	out->cap = p->found;
	out->n = 0;
	if (tip->colour == TIP)
		*GM_PUSH(&p->arena, &stack) = tip;
	tip->visited = true;
	while (stack.n) {
		struct node *n = stack.items[stack.n - 1], *parent;

		if (n->next == n->n_parents) {
			out->items[out->n++] = n->oid;
			stack.n--;
			continue;
		}
		parent = n->parents[n->next++];
		if (parent->visited || parent->colour != TIP)
			continue;
		parent->visited = true;
		*GM_PUSH(&p->arena, &stack) = parent;
	}
}

int gm_walk(struct gm_oids *out, struct gm_arena *a, const struct gm_repo *r,
	    const struct gm_oid *tip, const struct gm_oid *hide, size_t n_hide,
	    size_t max, struct gm_err *err)
{
	GM_AUTO(painter_done) struct painter p;

	painter_init(&p, r);
	if (paint_range(&p, tip, hide, n_hide, max, err) < 0)
		return -1;
	sort(out, a, &p, node_of(&p, tip));
	return 0;
}

int gm_is_ancestor(const struct gm_repo *r, const struct gm_oid *old,
		   const struct gm_oid *tip, struct gm_err *err)
{
	GM_AUTO(painter_done) struct painter p;
	struct node *goal;

	painter_init(&p, r);
	goal = node_of(&p, old);
	if (paint(&p, goal, HIDE, err) < 0 ||
	    paint(&p, node_of(&p, tip), TIP, err) < 0)
		return -1;
	while (p.fresh && !(goal->colour & TIP))
		if (step(&p, err) < 0)
			return -1;
	return !!(goal->colour & TIP);
}

/* The newest commits that both have and no child of theirs has, too. */
static size_t candidates(struct gm_oid out[BASES_MAX], const struct painter *p)
{
	const struct node *best[BASES_MAX];
	struct gm_str key;
	size_t at = 0, n = 0;
	void *value;

	while (gm_map_next(&p->nodes, &at, &key, &value)) {
		const struct node *c = value;
		size_t i;

		if (c->colour != BOTH)
			continue;
		for (i = n; i && before_in_time(c, best[i - 1]); i--)
			if (i < BASES_MAX)
				best[i] = best[i - 1];
		if (i < BASES_MAX)
			best[i] = c;
		n += n < BASES_MAX;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = best[i]->oid;
	return n;
}

/* With clocks that lie one candidate may still be behind another. */
static int is_behind_another(const struct gm_repo *r,
			     const struct gm_oid *bases, size_t n, size_t i,
			     struct gm_err *err)
{
	int behind = 0;

	for (size_t k = 0; !behind && k < n; k++)
		if (k != i)
			behind = gm_is_ancestor(r, &bases[i], &bases[k], err);
	return behind;
}

int gm_merge_base(struct gm_oid *out, const struct gm_repo *r,
		  const struct gm_oid *one, const struct gm_oid *two,
		  struct gm_err *err)
{
	GM_AUTO(painter_done) struct painter p;
	struct gm_oid bases[BASES_MAX];
	size_t n;

	painter_init(&p, r);
	if (paint(&p, node_of(&p, one), TIP, err) < 0 ||
	    paint(&p, node_of(&p, two), HIDE, err) < 0)
		return -1;
	while (p.fresh)
		if (step(&p, err) < 0)
			return -1;
	n = candidates(bases, &p);
	for (size_t i = 0; i < n; i++) {
		int behind = is_behind_another(r, bases, n, i, err);

		if (behind < 0)
			return -1;
		if (behind)
			continue;
		*out = bases[i];
		return 1;
	}
	return 0;
}
