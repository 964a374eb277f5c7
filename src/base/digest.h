/*
 * base/digest: SHA-256.
 */
#ifndef GM_BASE_DIGEST_H
#define GM_BASE_DIGEST_H

#include "base/str.h"

#define GM_SHA256_SIZE 32
#define GM_SHA256_HEX 64

/* The SHA-256 of `bytes`, as 64 lower-case hex digits and a NUL. */
void gm_sha256_hex(char out[GM_SHA256_HEX + 1], struct gm_str bytes);

#endif
