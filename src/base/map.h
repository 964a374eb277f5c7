/*
 * base/map: byte strings to pointers.
 *
 * Keys are borrowed and must outlive the map; the table lives in the arena.
 * Keys an attacker may choose are fine: the hash is seeded per process.
 */
#ifndef GM_BASE_MAP_H
#define GM_BASE_MAP_H

#include "base/str.h"

struct gm_map_slot {
	struct gm_str key; /* key.ptr NULL: free */
	size_t hash;
	void *value;
};

struct gm_map {
	struct gm_arena *arena;
	struct gm_map_slot *slots;
	size_t n;
	size_t cap; /* a power of two, or 0 */
};

/* An empty map in `a`. */
struct gm_map gm_map(struct gm_arena *a);

/* The value at `key`, or NULL. */
void *gm_map_get(const struct gm_map *m, struct gm_str key);

/* Set the value (not NULL) at `key`, which may be empty but not NULL. */
void gm_map_set(struct gm_map *m, struct gm_str key, void *value);

/*
 * Take `key` out.  False when it was not there.
 */
bool gm_map_del(struct gm_map *m, struct gm_str key);

/*
 * Walk all entries in no special order: `*at` starts at 0; false at the end.
 * The map must not change meanwhile.
 */
bool gm_map_next(const struct gm_map *m, size_t *at, struct gm_str *key,
		 void **value);

#endif
