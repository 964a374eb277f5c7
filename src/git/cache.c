#include "git/lib.h"

#include <stdlib.h>
#include <string.h>

/*
 * Two halves: new objects go into the young one; when it is full it becomes
 * the old one, and what the old one held is forgotten.
 */
#define HALF_BYTES ((size_t)5 << 20)
#define HALF_SLOTS ((size_t)1 << 15)
/* Nothing larger is worth keeping. */
#define OBJECT_BYTES ((size_t)64 << 10)
/* A look-up gives up after this many slots, so nobody can slow it down. */
#define PROBES 8

struct slot {
	struct gm_oid oid;
	enum gm_object_kind kind; /* GM_OBJECT_NONE: free */
	struct gm_str content;
};

struct half {
	struct gm_arena arena;
	struct slot *slots;
};

struct gm_cache {
	struct half halves[2];
	unsigned young;
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
	half_done(&cache->halves[0]);
	half_done(&cache->halves[1]);
	free(cache);
}

static size_t first_slot(const struct gm_oid *oid)
{
	uint32_t word;

	memcpy(&word, oid->id, sizeof(word));
	return word & (HALF_SLOTS - 1);
}

static struct slot *look_up(const struct half *h, const struct gm_oid *oid)
{
	size_t at = first_slot(oid);

	for (size_t i = 0; h->slots && i < PROBES; i++) {
		struct slot *s = &h->slots[(at + i) & (HALF_SLOTS - 1)];

		if (s->kind == GM_OBJECT_NONE)
			return NULL;
		if (gm_oid_eq(&s->oid, oid))
			return s;
	}
	return NULL;
}

bool gm_cache_get(struct gm_str *out, struct gm_cache *cache,
		  const struct gm_oid *oid, enum gm_object_kind kind)
{
	const struct slot *s = NULL;

	if (!cache)
		return false;
	for (unsigned i = 0; i < 2 && !s; i++)
		s = look_up(&cache->halves[(cache->young + i) & 1], oid);
	if (!s || s->kind != kind)
		return false;
	*out = s->content;
	return true;
}

void gm_cache_put(struct gm_cache *cache, const struct gm_oid *oid,
		  enum gm_object_kind kind, struct gm_str content)
{
	struct half *h;
	size_t at = first_slot(oid);

	if (!cache || content.len > OBJECT_BYTES)
		return;
	h = &cache->halves[cache->young];
	if (h->arena.total > HALF_BYTES) {
		cache->young ^= 1;
		h = &cache->halves[cache->young];
		half_done(h);
	}
	if (!h->slots)
		h->slots = calloc(HALF_SLOTS, sizeof(*h->slots));
	if (!h->slots)
		return;
	for (size_t i = 0; i < PROBES; i++) {
		struct slot *s = &h->slots[(at + i) & (HALF_SLOTS - 1)];

		if (s->kind != GM_OBJECT_NONE)
			continue;
		s->oid = *oid;
		s->kind = kind;
		s->content.ptr =
			gm_strndup(&h->arena, content.ptr, content.len);
		s->content.len = content.len;
		return;
	}
}
