/*
 * base/escape: untrusted bytes made safe to show.
 *
 * Paths, SQL, commit messages, ref names and record fields come from people
 * who may wish the reader ill: control bytes, terminal escapes, bidi marks.
 * Whatever is printed goes through here first.
 */
#ifndef GM_BASE_ESCAPE_H
#define GM_BASE_ESCAPE_H

#include "base/buf.h"

/*
 * Append `s` so that a terminal shows it harmlessly on one line: valid
 * printable UTF-8 stays; control bytes (LF and TAB too), DEL, invalid UTF-8,
 * C1 controls, bidi, zero-width and other format characters, line and
 * paragraph separators become \n \t \r \e, \xHH or \u{HEX}; a backslash
 * becomes two.
 */
void gm_escape(struct gm_buf *out, struct gm_str s);

/* The same for a C string or slice, as a new string. */
const char *gm_escaped(struct gm_arena *a, struct gm_str s);

/*
 * As gm_escape for one line of source code: TAB becomes spaces up to the next
 * multiple of 8 and a backslash stays one, so that code reads as written.
 * `*column`, a 1-based byte column of `s`, is turned into the 1-based column
 * on the screen.  NULL or 0: not wanted.
 */
void gm_escape_source(struct gm_buf *out, struct gm_str s, size_t *column);

/*
 * A path, quoted only when needed: as gm_escape, and in double quotes (with
 * inner quotes escaped) when that changed it or it holds a space or quote.
 */
const char *gm_escape_path(struct gm_arena *a, struct gm_str path);

/*
 * A word of a command to be shown for copying, quoted for a POSIX shell only
 * when needed, and without backslashes, which would be escaped when printed.
 */
const char *gm_shell_word(struct gm_arena *a, const char *word);

/*
 * The text inside XML: & < > " ' escaped, what XML 1.0 forbids as \xHH, what
 * else gm_escape changes (but LF, TAB and backslash) as &#xHEX;
 */
void gm_escape_xml(struct gm_buf *out, struct gm_str s);

/*
 * RFC 3986 percent-encoding of all but A-Z a-z 0-9 - . _ ~ / @ : * + , =
 * Records and digests use it so that a value is one printable word.
 */
void gm_percent_encode(struct gm_buf *out, struct gm_str s);

/*
 * The strict inverse: false when a % is not followed by two upper-case hex
 * digits, when a byte stands encoded that would not have been, or the other
 * way round; `*out` is then as it was.  So encoding the result gives `s`
 * again.
 */
bool gm_percent_decode(struct gm_buf *out, struct gm_str s);

#endif
