/*
 * base/percent: bytes as one printable word.
 *
 * The encoding of values in records and digests (design section 7): printable
 * ASCII but for `%` stands for itself; blanks, `%`, control bytes and those
 * above 0x7e are written %XX with upper-case digits.  Each value has exactly
 * one encoding.
 */
#ifndef GM_BASE_PERCENT_H
#define GM_BASE_PERCENT_H

#include "base/buf.h"

/* Append `s`, encoded. */
void gm_percent_encode(struct gm_buf *out, struct gm_str s);

/*
 * Decode into the arena, a NUL behind it.  False for anything the encoder
 * would not have written.
 */
bool gm_percent_decode(struct gm_str *out, struct gm_arena *a, struct gm_str s);

#endif
