/*
 * base/glob: the path and ref patterns of the policy.
 *
 * A pattern is matched against the whole path, component by component:
 * `*`, `?` and `[...]` stay inside one component (POSIX fnmatch, bytes),
 * a component `**` matches any number of components, also none, and a
 * trailing `/` + `**` matches everything below.  No pattern is negative.
 */
#ifndef GM_BASE_GLOB_H
#define GM_BASE_GLOB_H

#include "base/str.h"

/* Longest pattern accepted, in bytes. */
#define GM_GLOB_MAX 1024

/*
 * Why `pattern` cannot be used, in words; NULL when it can: empty, absolute,
 * too long, an empty, `.` or `..` component, `**` inside a component, an
 * unclosed bracket, a control byte, a leading `!`.
 */
const char *gm_glob_error(struct gm_str pattern);

/* Does it match?  Time is bounded by the product of both lengths. */
bool gm_glob_match(struct gm_str pattern, struct gm_str path);

#endif
