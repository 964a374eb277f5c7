/*
 * sql/lex: where the tokens of SQL begin and end.
 *
 * Cuts text as PostgreSQL's own scanner does, as far as it takes to know what
 * is quoted, what is a comment and where a statement ends.  What the tokens
 * mean is the parser's business.
 */
#ifndef GM_SQL_LEX_H
#define GM_SQL_LEX_H

#include "base/str.h"

enum gm_token_kind {
	GM_TOKEN_END,
	GM_TOKEN_WORD,    /* keyword or unquoted name */
	GM_TOKEN_NAME,    /* "quoted", also U&"..." */
	GM_TOKEN_STRING,  /* '...', E'...', $tag$...$tag$ and the like */
	GM_TOKEN_NUMBER,  /* also $1 */
	GM_TOKEN_OPEN,    /* ( or [ */
	GM_TOKEN_CLOSE,   /* ) or ] */
	GM_TOKEN_CHAR,    /* any other single byte */
	GM_TOKEN_COMMENT, /* from -- to the end of the line, without it */
	GM_TOKEN_BLOCK,   /* a C comment, nested ones included */
	GM_TOKEN_BROKEN,  /* a quote or block comment that never ends */
};

struct gm_token {
	enum gm_token_kind kind;
	size_t at, len;
};

/* The next token at or after `*at`, which is moved behind it. */
struct gm_token gm_lex(struct gm_str text, size_t *at);

/* The same, passing over comments. */
struct gm_token gm_lex_skip(struct gm_str text, size_t *at);

/* The text of a token. */
struct gm_str gm_token_text(struct gm_str text, struct gm_token t);

/* Is it this unquoted word (ASCII case does not count), or this byte? */
bool gm_token_is(struct gm_str text, struct gm_token t, const char *word);

/*
 * How long is the token at `at`?  At least 1, unless `at` is at the end; a
 * string or comment counts up to the end of its line.
 */
size_t gm_token_width(struct gm_str text, size_t at);

/*
 * Why this statement must not be given to the parser, or NULL; `*where` (may be
 * NULL) is the place.  Something never ends; or its tree could be deeper than
 * `limit` levels (at most GM_LEX_DEPTH_MAX), on which the parser's stack would
 * overflow: that never says no when it is, and says yes too early only for
 * chains of hundreds of operators; or it has comments that take the parser's
 * scanner quadratic time.
 */
const char *gm_lex_unfit(struct gm_str text, size_t limit, size_t *where);
#define GM_LEX_DEPTH_MAX 1000

#endif
