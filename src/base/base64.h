/*
 * base/base64: bytes as printable text (RFC 4648, section 4).
 */
#ifndef GM_BASE_BASE64_H
#define GM_BASE_BASE64_H

#include "base/buf.h"

/* Append them on one line, with padding. */
void gm_base64_encode(struct gm_buf *out, struct gm_str bytes);

/*
 * The strict inverse: false for anything but what gm_base64_encode writes, so
 * for line ends, missing padding and bits that should be zero; `*out` is then
 * as it was.  A NUL stands behind the bytes.
 */
bool gm_base64_decode(struct gm_str *out, struct gm_arena *a,
		      struct gm_str text);

#endif
