/*
 * base/str: a borrowed slice of bytes.
 *
 * A slice has a length and may hold NUL bytes; it is not NUL-terminated.  It
 * owns nothing: it lives as long as what it points into.  Empty slices may
 * have a NULL pointer.
 */
#ifndef GM_BASE_STR_H
#define GM_BASE_STR_H

#include "base/arena.h"

struct gm_str {
	const char *ptr;
	size_t len;
};

#define GM_STR_NONE ((struct gm_str){ NULL, 0 })
/* A slice of a string literal. */
#define GM_STR(literal) ((struct gm_str){ "" literal, sizeof(literal) - 1 })

/* The whole of a C string; NULL gives the empty slice. */
struct gm_str gm_str(const char *s);

/* Bytes [from, to) of `s`; both are cut to its length. */
struct gm_str gm_str_sub(struct gm_str s, size_t from, size_t to);

bool gm_str_eq(struct gm_str a, struct gm_str b);
/* Equal but for the case of ASCII letters. */
bool gm_str_ieq(struct gm_str a, struct gm_str b);
bool gm_str_is(struct gm_str a, const char *b);
bool gm_str_starts(struct gm_str s, struct gm_str prefix);
bool gm_str_ends(struct gm_str s, struct gm_str suffix);

/* Byte order, as memcmp; a prefix sorts first.  <0, 0, >0. */
int gm_str_cmp(struct gm_str a, struct gm_str b);

/* Without the ASCII blanks (space, \t \n \v \f \r) at both ends. */
struct gm_str gm_str_trim(struct gm_str s);

/* Index of the first `c`, or s.len. */
size_t gm_str_find(struct gm_str s, char c);

/* Is `word` (lower case, not empty) in it, whatever the case of ASCII there? */
bool gm_str_iholds(struct gm_str s, struct gm_str word);

/*
 * Take the next line off the front of `*rest` (without its LF; a CR stays).
 * False when nothing is left.  A last line without LF counts.
 */
bool gm_str_line(struct gm_str *line, struct gm_str *rest);

/* Take the text before the next `sep` off `*rest`; false at the end. */
bool gm_str_split(struct gm_str *part, struct gm_str *rest, char sep);

/* All digits (at least one), and the value fits: true and `*out` is set. */
bool gm_str_uint(uint64_t *out, struct gm_str s);

/* A NUL-terminated copy. */
char *gm_str_dup(struct gm_arena *a, struct gm_str s);

/* 1-based line and column (in bytes) of byte `offset` of `text`. */
void gm_str_where(struct gm_str text, size_t offset, size_t *line,
		  size_t *column);

/* A growing list of C strings in an arena (for GM_PUSH). */
struct gm_strings {
	const char **items;
	size_t n, cap;
};

#endif
