/*
 * base/near: what was probably meant by a mistyped word.
 */
#ifndef GM_BASE_NEAR_H
#define GM_BASE_NEAR_H

#include "base/str.h"

/*
 * The one of the `n` `words` (NULLs are skipped) that is closest to `word`,
 * at most two edits away and sharing something with it; NULL when there is
 * none.  An edit inserts, drops or replaces a byte or swaps two neighbours;
 * the case of ASCII letters does not count.  The first wins a tie.
 */
const char *gm_near(struct gm_str word, const char *const *words, size_t n);

#endif
