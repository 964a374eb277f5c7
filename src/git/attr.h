/*
 * git/attr: attributes that make git change a file's bytes.
 */
#ifndef GM_GIT_ATTR_H
#define GM_GIT_ATTR_H

#include "git/object.h"

/*
 * The first attribute of `path` in the .gitattributes files of `commit` (and
 * in info/attributes) under which what is deployed differs from the blob:
 * filter, ident, working-tree-encoding, eol=crlf, export-subst,
 * export-ignore, text or text=auto with eol rules.  Returns 1 and the
 * attribute as "name=value" in `*what`, 0 when there is none, -1 on error.
 */
GM_MUST_CHECK
int gm_attr_transforms(const char **what, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_oid *commit,
		       struct gm_str path, struct gm_err *err);

#endif
