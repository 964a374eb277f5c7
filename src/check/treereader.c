#include "check/treereader.h"

#include <string.h>

#include "base/buf.h"

static size_t state_bytes(const struct gm_roots *roots)
{
	return roots->n * sizeof(struct gm_state);
}

int gm_states_read(struct gm_state *out, const struct gm_repo *r,
		   const struct gm_roots *roots, const struct gm_oid *tree,
		   struct gm_err *err)
{
	memset(out, 0, state_bytes(roots));
	for (size_t i = 0; i < roots->n; i++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		struct gm_entry entry;
		int found = gm_tree_find(&entry, &a, r, tree,
					 roots->items[i].path, err);

		if (found < 0)
			return -1;
		if (!found)
			continue;
		out[i].oid = entry.oid;
		out[i].mode = entry.mode;
	}
	return 0;
}

/* --- the twin --- */

/* What the twin has read, and the run it is in. */
struct reading {
	const struct gm_treereader *t;
	struct gm_buf out;
	size_t run;
	struct gm_oid last;      /* tree */
	struct gm_state *states; /* of the run */
};

/* What is sent back: how many changes and one, and they; 0 without them. */
static void put_changes(struct reading *r, const struct gm_oid *behind)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_changes changes = { 0 };
	struct gm_err err = GM_ERR_INIT;
	size_t n = 0;

	if (r->out.len < GM_TREE_BYTES &&
	    !gm_diff_trees(&changes, &a, r->t->repo, behind, &r->last, &err) &&
	    changes.n <= GM_TREE_CHANGES)
		n = changes.n + 1;
	gm_buf_add(&r->out, &n, sizeof(n));
	for (size_t i = 0; i + 1 < n; i++) {
		const struct gm_change *c = &changes.items[i];

		gm_buf_add(&r->out, c, sizeof(*c));
		gm_buf_str(&r->out, c->path);
	}
}

/* A run's length, its states and its changes. */
static void put_run(struct reading *r, const struct gm_oid *behind)
{
	gm_buf_add(&r->out, &r->run, sizeof(r->run));
	gm_buf_add(&r->out, r->states, state_bytes(r->t->roots));
	put_changes(r, behind);
	r->run = 0;
}

static int read_batches(struct reading *r, struct gm_oid *batch, int fd,
			struct gm_err *err)
{
	static const struct gm_oid none;
	const struct gm_treereader *t = r->t;
	size_t bytes = state_bytes(t->roots), got;
	struct gm_state *now_ = gm_alloc(r->out.arena, bytes);

	while ((got = gm_twin_receive(fd, batch, sizeof(t->batch)))) {
		for (size_t i = 0; i < got / sizeof(*batch); i++) {
			if (gm_states_read(now_, t->repo, t->roots, &batch[i],
					   err) < 0)
				return -1;
			if (r->run && memcmp(r->states, now_, bytes))
				put_run(r, &batch[i]);
			memcpy(r->states, now_, bytes);
			r->last = batch[i];
			r->run++;
		}
	}
	put_run(r, &none);
	return 0;
}

/* It answers when it has all: who only sends, then only reads, cannot wait
 * for somebody who waits for him. */
static void serve(void *arg, int fd)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_treereader *t = arg;
	struct reading r = { .t = t, .out = gm_buf(&a) };
	struct gm_err err = GM_ERR_INIT;

	r.states = gm_alloc(&a, state_bytes(t->roots));
	if (!read_batches(&r, t->batch, fd, &err))
		gm_twin_send(fd, r.out.ptr, r.out.len);
}

/* --- its parent --- */

void gm_treereader_start(struct gm_treereader *t, const struct gm_repo *r,
			 const struct gm_roots *roots)
{
	t->repo = r;
	t->roots = roots;
	t->twin = (struct gm_twin){ 0 };
	t->failed = false;
	t->sent = t->n = 0;
}

static void send_batch(struct gm_treereader *t)
{
	if (!t->failed && !t->twin.pid)
		t->failed = !gm_twin_start(&t->twin, serve, t);
	if (!t->failed)
		t->failed = !gm_twin_send(t->twin.fd, t->batch,
					  t->n * sizeof(*t->batch));
	t->sent += t->n;
	t->n = 0;
}

void gm_treereader_add(struct gm_treereader *t, const struct gm_oid *tree)
{
	t->batch[t->n++] = *tree;
	if (t->n == GM_TREE_BATCH)
		send_batch(t);
}

static bool take(int fd, void *bytes, size_t len)
{
	return gm_twin_receive(fd, bytes, len) == len;
}

static bool take_changes(const struct gm_changes **out, struct gm_arena *a,
			 int fd)
{
	struct gm_changes *changes;
	size_t n;

	if (!take(fd, &n, sizeof(n)))
		return false;
	if (!n)
		return true;
	changes = gm_alloc(a, sizeof(*changes));
	for (size_t i = 1; i < n; i++) {
		struct gm_change *c = GM_PUSH(a, changes);
		char *path;

		if (!take(fd, c, sizeof(*c)))
			return false;
		path = gm_alloc(a, c->path.len + 1);
		c->path.ptr = path;
		if (!take(fd, path, c->path.len))
			return false;
	}
	*out = changes;
	return true;
}

bool gm_treereader_finish(struct gm_runs *out, struct gm_arena *a,
			  struct gm_treereader *t)
{
	size_t bytes = state_bytes(t->roots), trees = 0;

	if (!t->sent)
		return false;
	send_batch(t);
	if (t->failed)
		return false;
	gm_twin_last(t->twin.fd);
	while (trees < t->sent) {
		struct gm_run *run = GM_PUSH(a, out);
		struct gm_state *states = gm_alloc(a, bytes);

		run->states = states;
		if (!take(t->twin.fd, &run->n, sizeof(run->n)) ||
		    !take(t->twin.fd, states, bytes) ||
		    !take_changes(&run->changes, a, t->twin.fd))
			return false;
		trees += run->n;
	}
	return trees == t->sent;
}

void gm_treereader_done(struct gm_treereader *t)
{
	gm_twin_done(&t->twin);
}
