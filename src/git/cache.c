#include "git/lib.h"

#include <stdlib.h>
#include <string.h>

/*
 * Commits and trees have a pool each: a commit is wanted twice, by the walk
 * and by its judgement much later, a tree only as long as the next commit is
 * compared with it.
 *
 * A pool has two halves: new objects go into the young one; when it is full
 * it becomes the old one, and what the old one held is forgotten.
 */
#define COMMIT_BYTES ((size_t)6 << 20)
#define TREE_BYTES ((size_t)1 << 20)
#define HALF_SLOTS ((size_t)1 << 15)
/* Nothing larger is worth keeping. */
#define OBJECT_BYTES ((size_t)64 << 10)
/* A look-up gives up after this many slots, so nobody can slow it down. */
#define PROBES 8

struct item {
	struct gm_oid oid;
	uint32_t len;
	char content[];
};

/* Small, so that a look-up that fails touches one line of memory. */
struct slot {
	const struct item *item; /* NULL: free */
	uint64_t tag;            /* bytes of its name that the place has not */
};

struct half {
	struct gm_arena arena;
	struct slot *slots;
};

struct pool {
	struct half halves[2];
	unsigned young;
};

struct gm_cache {
	struct pool commits, trees;
};

struct gm_cache *gm_cache_new(void)
{
	return calloc(1, sizeof(struct gm_cache));
}

static void half_done(struct half *h)
{
	gm_arena_done(&h->arena);
	free(h->slots);
	h->slots = NULL;
}

void gm_cache_free(struct gm_cache *cache)
{
	if (!cache)
		return;
	for (int i = 0; i < 2; i++) {
		half_done(&cache->commits.halves[i]);
		half_done(&cache->trees.halves[i]);
	}
	free(cache);
}

static size_t place(const struct gm_oid *oid, uint64_t *tag)
{
	uint32_t word;

	memcpy(&word, oid->id, sizeof(word));
	memcpy(tag, oid->id + sizeof(word), sizeof(*tag));
	return word & (HALF_SLOTS - 1);
}

static const struct item *look_up(const struct half *h,
				  const struct gm_oid *oid)
{
	uint64_t tag;
	size_t at = place(oid, &tag);

	for (size_t i = 0; h->slots && i < PROBES; i++) {
		struct slot *s = &h->slots[(at + i) & (HALF_SLOTS - 1)];

		if (!s->item)
			return NULL;
		if (s->tag == tag && gm_oid_eq(&s->item->oid, oid))
			return s->item;
	}
	return NULL;
}

bool gm_cache_get(struct gm_str *out, struct gm_cache *cache,
		  const struct gm_oid *oid, enum gm_object_kind kind)
{
	const struct item *item = NULL;
	const struct pool *pool;

	if (!cache)
		return false;
	pool = kind == GM_OBJECT_COMMIT ? &cache->commits : &cache->trees;
	for (unsigned i = 0; i < 2 && !item; i++)
		item = look_up(&pool->halves[(pool->young + i) & 1], oid);
	if (!item)
		return false;
	*out = (struct gm_str){ item->content, item->len };
	return true;
}

static struct half *young_half(struct pool *pool, size_t max)
{
	struct half *h = &pool->halves[pool->young];

	if (h->arena.total > max) {
		pool->young ^= 1;
		h = &pool->halves[pool->young];
		half_done(h);
	}
	if (!h->slots)
		h->slots = calloc(HALF_SLOTS, sizeof(*h->slots));
	return h->slots ? h : NULL;
}

void gm_cache_put(struct gm_cache *cache, const struct gm_oid *oid,
		  enum gm_object_kind kind, struct gm_str content)
{
	struct half *h;
	struct slot *s = NULL;
	struct item *item;
	uint64_t tag;
	size_t at = place(oid, &tag);

	if (!cache || content.len > OBJECT_BYTES)
		return;
	h = kind == GM_OBJECT_COMMIT ? young_half(&cache->commits, COMMIT_BYTES)
				     : young_half(&cache->trees, TREE_BYTES);
	for (size_t i = 0; h && i < PROBES && (!s || s->item); i++)
		s = &h->slots[(at + i) & (HALF_SLOTS - 1)];
	if (!s || s->item)
		return;
	item = gm_alloc(&h->arena, sizeof(*item) + content.len);
	item->oid = *oid;
	item->len = (uint32_t)content.len;
	if (content.len)
		memcpy(item->content, content.ptr, content.len);
	s->item = item;
	s->tag = tag;
}
