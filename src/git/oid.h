/*
 * git/oid: the name of an object.
 */
#ifndef GM_GIT_OID_H
#define GM_GIT_OID_H

#include "base/str.h"

#define GM_OID_SIZE 20
#define GM_OID_HEX 40

/* Plain bytes, so that rooms above need no libgit2 header. */
struct gm_oid {
	unsigned char id[GM_OID_SIZE];
};

/* All zero: "no object" on a hook's standard input. */
bool gm_oid_is_zero(const struct gm_oid *oid);
bool gm_oid_eq(const struct gm_oid *a, const struct gm_oid *b);
int gm_oid_cmp(const struct gm_oid *a, const struct gm_oid *b);

/* 40 lower-case hex digits, in the arena. */
const char *gm_oid_hex(struct gm_arena *a, const struct gm_oid *oid);

/* Exactly 40 lower-case hex digits, or false. */
bool gm_oid_parse(struct gm_oid *out, struct gm_str hex);

/* The bytes as a map key, borrowed from `oid`. */
struct gm_str gm_oid_key(const struct gm_oid *oid);

/* A growing list. */
struct gm_oids {
	struct gm_oid *items;
	size_t n, cap;
};

#endif
