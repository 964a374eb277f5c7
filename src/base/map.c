#include "base/map.h"

#include <string.h>
#include <sys/random.h>

static uint64_t seed(void)
{
	static uint64_t value;

	if (!value && getrandom(&value, sizeof(value), GRND_NONBLOCK) !=
			      (ssize_t)sizeof(value))
		value = (uint64_t)(uintptr_t)&value;
	value |= 1;
	return value;
}

/*
 * Four bytes at a time, each multiplied by what nobody outside knows: of a
 * difference in them it is not known what becomes of it, so none can be made
 * that the next four take back.
 */
static size_t hash(struct gm_str key)
{
	uint64_t factor = seed();
	uint64_t h = factor ^ key.len;
	uint32_t word;

	for (; key.len >= sizeof(word); key.len -= sizeof(word)) {
		memcpy(&word, key.ptr, sizeof(word));
		key.ptr += sizeof(word);
		h = (h ^ word) * factor;
		h ^= h >> 29;
	}
	word = 0;
	if (key.len)
		memcpy(&word, key.ptr, key.len);
	h = (h ^ word) * factor;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return (size_t)(h ^ (h >> 29));
}

struct gm_map gm_map(struct gm_arena *a)
{
	return (struct gm_map){ a, NULL, 0, 0 };
}

/* The slot of `key`, or the free slot where it belongs. */
static struct gm_map_slot *find(const struct gm_map *m, struct gm_str key,
				size_t h)
{
	size_t i = h & (m->cap - 1);

	/* Keys lie anywhere: they are looked at where the hashes agree. */
	while (m->slots[i].key.ptr &&
	       (m->slots[i].hash != h || !gm_str_eq(m->slots[i].key, key)))
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

void *gm_map_get(const struct gm_map *m, struct gm_str key)
{
	return m->cap ? find(m, key, hash(key))->value : NULL;
}

static void rehash(struct gm_map *m)
{
	struct gm_map_slot *old = m->slots;
	size_t n = m->cap;

	m->cap = n ? n * 2 : 16;
	m->slots = gm_alloc_n(m->arena, m->cap, sizeof(*m->slots));
	for (size_t i = 0; i < n; i++)
		if (old[i].key.ptr)
			*find(m, old[i].key, old[i].hash) = old[i];
}

void gm_map_set(struct gm_map *m, struct gm_str key, void *value)
{
	size_t h = hash(key);
	struct gm_map_slot *slot;

	if (!key.ptr || !value)
		GM_BUG("a map holds no NULL");
	if (m->n * 4 >= m->cap * 3)
		rehash(m);
	slot = find(m, key, h);
	if (!slot->key.ptr) {
		slot->key = key;
		slot->hash = h;
		m->n++;
	}
	slot->value = value;
}

bool gm_map_del(struct gm_map *m, struct gm_str key)
{
	struct gm_map_slot *slot = m->cap ? find(m, key, hash(key)) : NULL;
	size_t i;

	if (!slot || !slot->key.ptr)
		return false;
	memset(slot, 0, sizeof(*slot));
	m->n--;
	/* The entries behind may have stepped over this one: place again. */
	i = (size_t)(slot - m->slots);
	while (m->slots[i = (i + 1) & (m->cap - 1)].key.ptr) {
		struct gm_map_slot moved = m->slots[i];

		memset(&m->slots[i], 0, sizeof(moved));
		*find(m, moved.key, moved.hash) = moved;
	}
	return true;
}

bool gm_map_next(const struct gm_map *m, size_t *at, struct gm_str *key,
		 void **value)
{
	for (; *at < m->cap; (*at)++) {
		if (!m->slots[*at].key.ptr)
			continue;
		*key = m->slots[*at].key;
		*value = m->slots[*at].value;
		(*at)++;
		return true;
	}
	return false;
}
