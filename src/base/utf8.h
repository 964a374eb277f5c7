/*
 * base/utf8: is this text what it seems?
 *
 * Rules `unsafe-path` and `unsafe-content` rest on these checks (Unicode
 * Standard Annex 15 for normal forms, Technical Report 36 and the "Trojan
 * Source" paper, CVE-2021-42574, for what can deceive a reader).
 */
#ifndef GM_BASE_UTF8_H
#define GM_BASE_UTF8_H

#include "base/str.h"

/*
 * Decode the character at s[*at], advancing *at.  Returns the code point, or
 * UINT32_MAX for a byte that starts no valid sequence (then *at moves by 1):
 * overlong forms, surrogates and values past U+10FFFF are invalid.
 */
uint32_t gm_utf8_next(struct gm_str s, size_t *at);

/* Does all of `s` decode?  Else `*bad` (may be NULL) is the first offset. */
bool gm_utf8_valid(struct gm_str s, size_t *bad);

/* At most the first `max` bytes of `s`: it ends with a whole character. */
struct gm_str gm_utf8_cut(struct gm_str s, size_t max);

/*
 * Characters that show as nothing or reorder what follows: bidi controls
 * (U+061C, U+200E/F, U+202A-E, U+2066-9), zero-width (U+200B-D, U+2060-F,
 * U+FEFF, U+00AD, U+034F, U+180E), fillers (U+115F/60, U+3164, U+FFA0), line
 * separators (U+2028/9), interlinear and tag characters (U+FFF9-B,
 * U+E0000-E007F), C1 controls, noncharacters.
 */
bool gm_utf8_deceives(uint32_t c);

/*
 * A look-alike of an ASCII character that has no business in SQL outside of
 * strings and comments, nor in a path: full-width forms (U+FF01-FF5E), Greek,
 * Cyrillic and Armenian letters that mimic Latin ones, mathematical letters
 * and digits, fraction slash, fullwidth/modifier quotes and hyphens, no-break
 * and other odd spaces.  Accented Latin letters mimic nothing.
 * Returns the ASCII character it mimics, or 0.
 */
char gm_utf8_mimics(uint32_t c);

/* In Unicode Normalization Form C?  ASCII always is, invalid UTF-8 never. */
bool gm_utf8_is_nfc(struct gm_str s);

/*
 * The folded form of a path: two paths with the same folded form are the same
 * file on some file system.  Compatibility-composed and case-folded, with the
 * characters of gm_utf8_mimics replaced, those that deceive or are ignored by
 * default dropped, trailing dots and spaces of each component dropped, `\`
 * turned into `/`.  Invalid UTF-8 is kept byte for byte.
 */
struct gm_str gm_path_fold(struct gm_arena *a, struct gm_str path);

#endif
