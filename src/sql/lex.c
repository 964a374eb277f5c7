#include "sql/lex.h"

#include <string.h>

/* Comments opened inside of one comment. */
#define COMMENTS_MAX 100

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' ||
	       c == '\v';
}

static bool is_newline(char c)
{
	return c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

static char at_or_nul(struct gm_str s, size_t i)
{
	return i < s.len ? s.ptr[i] : '\0';
}

static size_t skip_line(struct gm_str s, size_t i)
{
	while (i < s.len && !is_newline(s.ptr[i]))
		i++;
	return i;
}

/* Behind the closing quote, a doubled one being part; 0: there is none. */
static size_t skip_quoted(struct gm_str s, size_t i, char quote, bool escapes)
{
	while (i < s.len) {
		if (escapes && s.ptr[i] == '\\') {
			i += 2;
		} else if (s.ptr[i] != quote) {
			i++;
		} else if (at_or_nul(s, i + 1) == quote) {
			i += 2;
		} else {
			return i + 1;
		}
	}
	return 0;
}

/*
 * A string goes on behind a line break: 'a'
 * 'b'.  Behind E'...' the second part has escapes as well.  Behind the
 * opening quote of that part; 0: the string is over.
 */
static size_t continuation(struct gm_str s, size_t i)
{
	bool broken = false;

	for (;;) {
		char c = at_or_nul(s, i);

		if (is_newline(c)) {
			broken = true;
			i++;
		} else if (is_blank(c)) {
			i++;
		} else if (c == '-' && at_or_nul(s, i + 1) == '-') {
			i = skip_line(s, i);
		} else {
			return broken && c == '\'' ? i + 1 : 0;
		}
	}
}

static size_t skip_escaped(struct gm_str s, size_t i)
{
	for (;;) {
		size_t end = skip_quoted(s, i, '\'', true);

		if (!end)
			return 0;
		i = continuation(s, end);
		if (!i)
			return end;
	}
}

static size_t skip_block(struct gm_str s, size_t i)
{
	size_t depth = 1;

	while (depth && i < s.len) {
		char next = at_or_nul(s, i + 1);

		if (s.ptr[i] == '/' && next == '*') {
			depth++;
			i += 2;
		} else if (s.ptr[i] == '*' && next == '/') {
			depth--;
			i += 2;
		} else {
			i++;
		}
	}
	return depth ? 0 : i;
}

/* $tag$...$tag$; 0: no such thing begins here, SIZE_MAX: it never ends. */
static size_t skip_dollar(struct gm_str s, size_t i)
{
	size_t tag = i + 1;
	char *end;

	if (is_word_start(at_or_nul(s, tag)))
		while (is_word_start(at_or_nul(s, tag)) ||
		       is_digit(at_or_nul(s, tag)))
			tag++;
	if (at_or_nul(s, tag) != '$')
		return 0;
	tag++;
	end = memmem(s.ptr + tag, s.len - tag, s.ptr + i, tag - i);
	return end ? (size_t)(end - s.ptr) + (tag - i) : SIZE_MAX;
}

static struct gm_token token(enum gm_token_kind kind, size_t at, size_t end)
{
	return (struct gm_token){ kind, at, end - at };
}

/* A token that ends at `end`, or goes on to the end of the text. */
static struct gm_token quoted(struct gm_str s, enum gm_token_kind kind,
			      size_t at, size_t end)
{
	if (!end || end > s.len)
		return token(GM_TOKEN_BROKEN, at, s.len);
	return token(kind, at, end);
}

static struct gm_token lex_word(struct gm_str s, size_t at)
{
	char c = s.ptr[at], next = at_or_nul(s, at + 1);
	size_t end = at;

	if ((c == 'e' || c == 'E') && next == '\'')
		return quoted(s, GM_TOKEN_STRING, at, skip_escaped(s, at + 2));
	if (strchr("bBxXnN", c) && next == '\'')
		return quoted(s, GM_TOKEN_STRING, at,
			      skip_quoted(s, at + 2, '\'', false));
	if ((c == 'u' || c == 'U') && next == '&') {
		char quote = at_or_nul(s, at + 2);

		if (quote == '\'' || quote == '"')
			return quoted(s,
				      quote == '"' ? GM_TOKEN_NAME
						   : GM_TOKEN_STRING,
				      at, skip_quoted(s, at + 3, quote, false));
	}
	while (is_word_start(at_or_nul(s, end)) ||
	       is_digit(at_or_nul(s, end)) || at_or_nul(s, end) == '$')
		end++;
	return token(GM_TOKEN_WORD, at, end);
}

static struct gm_token lex_number(struct gm_str s, size_t at)
{
	size_t end = at;

	while (is_digit(at_or_nul(s, end)) || is_word_start(at_or_nul(s, end)))
		end++;
	/* 1.5, but not the 1 of 1..2 */
	if (at_or_nul(s, end) == '.' && at_or_nul(s, end + 1) != '.') {
		end++;
		while (is_digit(at_or_nul(s, end)) ||
		       is_word_start(at_or_nul(s, end)))
			end++;
	}
	return token(GM_TOKEN_NUMBER, at, end);
}

static struct gm_token lex_dollar(struct gm_str s, size_t at)
{
	size_t end = skip_dollar(s, at);

	if (end)
		return quoted(s, GM_TOKEN_STRING, at, end);
	end = at + 1;
	while (is_digit(at_or_nul(s, end)))
		end++;
	return token(end > at + 1 ? GM_TOKEN_NUMBER : GM_TOKEN_CHAR, at, end);
}

static struct gm_token lex_one(struct gm_str s, size_t at)
{
	char c = s.ptr[at], next = at_or_nul(s, at + 1);

	if (is_word_start(c))
		return lex_word(s, at);
	if (is_digit(c))
		return lex_number(s, at);
	if (c == '$')
		return lex_dollar(s, at);
	if (c == '\'' || c == '"')
		return quoted(s, c == '"' ? GM_TOKEN_NAME : GM_TOKEN_STRING, at,
			      skip_quoted(s, at + 1, c, false));
	if (c == '-' && next == '-')
		return token(GM_TOKEN_COMMENT, at, skip_line(s, at));
	if (c == '/' && next == '*')
		return quoted(s, GM_TOKEN_BLOCK, at, skip_block(s, at + 2));
	if (c == '(' || c == '[')
		return token(GM_TOKEN_OPEN, at, at + 1);
	if (c == ')' || c == ']')
		return token(GM_TOKEN_CLOSE, at, at + 1);
	return token(GM_TOKEN_CHAR, at, at + 1);
}

struct gm_token gm_lex(struct gm_str text, size_t *at)
{
	struct gm_token t;

	while (*at < text.len && is_blank(text.ptr[*at]))
		(*at)++;
	if (*at >= text.len)
		return token(GM_TOKEN_END, text.len, text.len);
	t = lex_one(text, *at);
	*at = t.at + t.len;
	return t;
}

struct gm_token gm_lex_skip(struct gm_str text, size_t *at)
{
	struct gm_token t;

	do {
		t = gm_lex(text, at);
	} while (t.kind == GM_TOKEN_COMMENT || t.kind == GM_TOKEN_BLOCK);
	return t;
}

struct gm_str gm_token_text(struct gm_str text, struct gm_token t)
{
	return gm_str_sub(text, t.at, t.at + t.len);
}

bool gm_token_is(struct gm_str text, struct gm_token t, const char *word)
{
	if (t.kind != GM_TOKEN_WORD && t.kind != GM_TOKEN_CHAR)
		return false;
	return gm_str_ieq(gm_token_text(text, t), gm_str(word));
}

size_t gm_token_width(struct gm_str text, size_t at)
{
	size_t pos = at, line;
	struct gm_token t;

	if (at >= text.len)
		return 0;
	t = gm_lex(text, &pos);
	if (t.at != at)
		return 1;
	line = skip_line(text, at) - at;
	if (line && line < t.len)
		return line;
	return t.len;
}

/*
 * One level of brackets or of CASE ... END.  What follows a comma (in CASE: a
 * WHEN, THEN or ELSE; or an AND, OR) is a sibling of what came before; all
 * else may be nested in it.  `sets` are JOIN and UNION, whose trees go on
 * over commas.
 */
struct frame {
	size_t ops, child, best, sets;
	bool is_case, between;
};

struct depth {
	struct gm_str text;
	struct frame frames[GM_LEX_DEPTH_MAX + 1];
	size_t n, limit;
	struct gm_token last;
	bool operand; /* the last token may end an operand */
};

static void sibling(struct frame *f)
{
	size_t deep = f->ops + f->child;

	if (deep > f->best)
		f->best = deep;
	f->ops = f->child = 0;
}

static size_t height(struct frame *f)
{
	size_t deep = f->ops + f->child;

	return (deep > f->best ? deep : f->best) + f->sets;
}

static void leave(struct depth *d)
{
	size_t child = height(&d->frames[d->n - 1]) + 1;

	d->n--;
	if (child > d->frames[d->n - 1].child)
		d->frames[d->n - 1].child = child;
}

static bool enter(struct depth *d, bool is_case)
{
	if (d->n > d->limit)
		return false;
	d->frames[d->n++] = (struct frame){ .is_case = is_case };
	return true;
}

static bool one_of(struct depth *d, struct gm_token t, const char *const *words)
{
	for (; *words; words++)
		if (gm_token_is(d->text, t, *words))
			return true;
	return false;
}

static bool depth_word(struct depth *d, struct gm_token t)
{
	static const char *const sets[] = { "join", "union", "intersect",
					    "except", NULL };
	static const char *const arms[] = { "when", "then", "else", NULL };
	static const char *const bools[] = { "and", "or", NULL };
	struct frame *f = &d->frames[d->n - 1];

	if (gm_token_is(d->text, t, "case"))
		return enter(d, true);
	if (f->is_case && gm_token_is(d->text, t, "end")) {
		leave(d);
		return true;
	}
	if (one_of(d, t, sets)) {
		f->sets++;
	} else if (f->is_case && one_of(d, t, arms)) {
		sibling(f);
	} else if (one_of(d, t, bools) && !f->between) {
		sibling(f);
	} else if (gm_token_is(d->text, t, "between")) {
		/* Its AND is no boolean one. */
		f->between = true;
		f->ops++;
	} else {
		f->ops += d->operand;
		if (gm_token_is(d->text, t, "and"))
			f->between = false;
	}
	return true;
}

static bool depth_char(struct depth *d, struct gm_token t)
{
	static const char names[] = "~!@#^&|`?+-*/%<>=:";
	struct frame *f = &d->frames[d->n - 1];
	char c = d->text.ptr[t.at];
	bool follows = d->last.kind == GM_TOKEN_CHAR &&
		       d->last.at + 1 == t.at && d->last.len == 1 &&
		       strchr(names, d->text.ptr[d->last.at]);

	if (c == ',') {
		sibling(f);
	} else if (c == ';') {
		*f = (struct frame){ .best = height(f) };
	} else if (c != '.' && (!follows || c == '+' || c == '-')) {
		f->ops++;
	}
	return true;
}

static bool depth_token(struct depth *d, struct gm_token t)
{
	switch (t.kind) {
	case GM_TOKEN_OPEN:
		return enter(d, false);
	case GM_TOKEN_CLOSE:
		while (d->n > 1 && d->frames[d->n - 1].is_case)
			leave(d);
		if (d->n > 1)
			leave(d);
		return true;
	case GM_TOKEN_WORD:
		return depth_word(d, t);
	case GM_TOKEN_CHAR:
		return depth_char(d, t);
	default:
		return true;
	}
}

/*
 * Each comment opened inside a comment costs PostgreSQL's scanner a look at
 * all operator characters behind it.
 */
static bool is_costly(struct gm_str comment)
{
	size_t opened = 0;

	for (size_t i = 0; i + 1 < comment.len; i++)
		if (comment.ptr[i] == '/' && comment.ptr[i + 1] == '*')
			opened++;
	return opened > COMMENTS_MAX;
}

static const char *unfit_token(struct gm_str text, struct gm_token t)
{
	char c = text.ptr[t.at];

	if (t.kind == GM_TOKEN_BLOCK && is_costly(gm_token_text(text, t)))
		return "it has too many comments inside of a comment";
	if (t.kind != GM_TOKEN_BROKEN)
		return NULL;
	if (c == '/')
		return "unterminated comment";
	if (c == '$')
		return "unterminated dollar-quoted string";
	return c == '"' ? "unterminated quoted name"
			: "unterminated quoted string";
}

const char *gm_lex_unfit(struct gm_str text, size_t limit, size_t *where)
{
	static const char deep[] = "it is nested too deeply";
	struct depth d;
	size_t at = 0, scratch;

	if (!where)
		where = &scratch;
	d.text = text;
	d.limit = limit < GM_LEX_DEPTH_MAX ? limit : GM_LEX_DEPTH_MAX;
	d.frames[0] = (struct frame){ 0 };
	d.n = 1;
	d.last = (struct gm_token){ 0 };
	d.operand = false;
	for (;;) {
		struct gm_token t = gm_lex(text, &at);
		const char *why;

		*where = t.at;
		if (t.kind == GM_TOKEN_END)
			break;
		why = unfit_token(text, t);
		if (why)
			return why;
		if (t.kind == GM_TOKEN_COMMENT || t.kind == GM_TOKEN_BLOCK)
			continue;
		if (!depth_token(&d, t) || height(&d.frames[d.n - 1]) > limit)
			return deep;
		d.operand = t.kind != GM_TOKEN_CHAR && t.kind != GM_TOKEN_OPEN;
		d.last = t;
	}
	while (d.n > 1)
		leave(&d);
	*where = 0;
	return height(&d.frames[0]) > limit ? deep : NULL;
}
