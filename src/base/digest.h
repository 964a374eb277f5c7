/*
 * base/digest: SHA-256; SHA-1 only where a format names things by it.
 */
#ifndef GM_BASE_DIGEST_H
#define GM_BASE_DIGEST_H

#include "base/str.h"

#define GM_SHA256_SIZE 32
#define GM_SHA256_HEX 64

/* The SHA-256 of `bytes`. */
void gm_sha256(uint8_t out[GM_SHA256_SIZE], struct gm_str bytes);

/* The same, as 64 lower-case hex digits and a NUL. */
void gm_sha256_hex(char out[GM_SHA256_HEX + 1], struct gm_str bytes);

/* The SHA-1, as 40 lower-case hex digits and a NUL: for fingerprints. */
#define GM_SHA1_HEX 40
void gm_sha1_hex(char out[GM_SHA1_HEX + 1], struct gm_str bytes);

#endif
