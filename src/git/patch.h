/*
 * git/patch: what changed in a text, for people.
 */
#ifndef GM_GIT_PATCH_H
#define GM_GIT_PATCH_H

#include "base/err.h"
#include "base/str.h"

/*
 * A unified diff of two texts, under the name `path`; empty when they are
 * equal.  NULL in ptr: the file is not there.
 */
GM_MUST_CHECK
int gm_patch_text(struct gm_str *out, struct gm_arena *a, const char *path,
		  struct gm_str old, struct gm_str new_, struct gm_err *err);

#endif
