#include "sql/split.h"

/* What the words at the start of a statement make of it. */
struct head {
	size_t words;
	bool create, routine, rule;
	size_t brackets, blocks; /* open ones */
	bool begin;              /* the last word was BEGIN */
};

static void head_start(struct head *h, struct gm_str text, struct gm_token t)
{
	size_t n = h->words++;

	if (n == 0)
		h->create = gm_token_is(text, t, "create");
	else if (!h->create || n > 3)
		return;
	else if (gm_token_is(text, t, "function") ||
		 gm_token_is(text, t, "procedure"))
		h->routine = true;
	else if (gm_token_is(text, t, "rule"))
		h->rule = true;
	else if (!gm_token_is(text, t, "or") &&
		 !gm_token_is(text, t, "replace"))
		h->create = false;
}

/* BEGIN ATOMIC ... END, in which CASE ... END may stand. */
static void head_block(struct head *h, struct gm_str text, struct gm_token t)
{
	bool begin = h->begin;

	h->begin = gm_token_is(text, t, "begin");
	if (begin && gm_token_is(text, t, "atomic"))
		h->blocks = 1;
	else if (h->blocks && gm_token_is(text, t, "case"))
		h->blocks++;
	else if (h->blocks && gm_token_is(text, t, "end"))
		h->blocks--;
}

static void head_token(struct head *h, struct gm_str text, struct gm_token t)
{
	if (t.kind == GM_TOKEN_OPEN)
		h->brackets++;
	else if (t.kind == GM_TOKEN_CLOSE && h->brackets)
		h->brackets--;
	if (t.kind != GM_TOKEN_WORD) {
		h->begin = false;
		return;
	}
	head_start(h, text, t);
	if (h->routine && !h->brackets)
		head_block(h, text, t);
}

/* :name, :'name', :"name", :{?name}; but not the :: of a cast. */
static bool is_variable(struct gm_str text, struct gm_token t)
{
	size_t next = t.at + 1;
	char c;

	if (text.ptr[t.at] != ':' || next >= text.len ||
	    (t.at && text.ptr[t.at - 1] == ':'))
		return false;
	c = text.ptr[next];
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '\'' || c == '"' ||
	       c == '{' || (unsigned char)c >= 0x80;
}

/* The names that are psql's own have capital letters alone. */
static bool is_preset(struct gm_str text, size_t at)
{
	bool letter = false;

	if (at < text.len && (text.ptr[at] == '\'' || text.ptr[at] == '"'))
		at++;
	for (; at < text.len; at++) {
		char c = text.ptr[at];

		if (c >= 'A' && c <= 'Z')
			letter = true;
		else if ((c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80)
			return false;
		else if (c != '_' && !(c >= '0' && c <= '9'))
			break;
	}
	return letter;
}

/*
 * The end of a meta-command's arguments: the line's, or the next backslash
 * outside of quotes; `\\` ends it and is passed over.
 */
static size_t meta_end(struct gm_splitter *s, size_t at)
{
	const char *p = s->text.ptr;
	char quote = 0;
	bool shell = at < s->text.len && p[at] == '!';

	while (at < s->text.len && p[at] != ' ' && p[at] != '\t' &&
	       p[at] != '\n' && p[at] != '\r' && p[at] != '\\')
		at++;
	for (; at < s->text.len && p[at] != '\n'; at++) {
		if (shell)
			continue;
		if (quote) {
			if (quote == '\'' && p[at] == '\\' &&
			    at + 1 < s->text.len && p[at + 1] != '\n')
				at++;
			else if (p[at] == quote)
				quote = 0;
		} else if (p[at] == '\'' || p[at] == '"' || p[at] == '`') {
			quote = p[at];
		} else if (p[at] == '\\') {
			break;
		}
	}
	return at;
}

static void take_meta(struct gm_piece *piece, struct gm_splitter *s, size_t at)
{
	size_t end = meta_end(s, at + 1);
	const char *p = s->text.ptr;

	piece->kind = GM_PIECE_META;
	piece->at = at;
	s->at = end;
	if (end + 1 < s->text.len && p[end] == '\\' && p[end + 1] == '\\')
		s->at = end + 2;
	while (end > at + 1 &&
	       (p[end - 1] == ' ' || p[end - 1] == '\t' || p[end - 1] == '\r'))
		end--;
	piece->len = end - at;
}

static bool ends_statement(struct gm_splitter *s, const struct head *h,
			   struct gm_token t)
{
	return t.kind == GM_TOKEN_CHAR && s->text.ptr[t.at] == ';' &&
	       !h->blocks && !(h->rule && h->brackets);
}

void gm_split_next(struct gm_piece *piece, struct gm_splitter *s)
{
	struct head h = { 0 };
	size_t end = 0;
	bool some = false;

	*piece = (struct gm_piece){ .lead = s->at };
	for (;;) {
		struct gm_token t = gm_lex_skip(s->text, &s->at);

		if (t.kind == GM_TOKEN_END)
			break;
		if (ends_statement(s, &h, t)) {
			if (some) {
				piece->ended = true;
				break;
			}
			piece->lead = s->at;
			continue;
		}
		if (t.kind == GM_TOKEN_CHAR && s->text.ptr[t.at] == '\\' &&
		    !s->no_psql) {
			if (!some)
				take_meta(piece, s, t.at);
			else
				s->at = t.at;
			piece->cut = some;
			break;
		}
		if (!some)
			piece->at = t.at;
		some = true;
		end = t.at + t.len;
		if (t.kind == GM_TOKEN_CHAR && is_variable(s->text, t)) {
			piece->variable = true;
			piece->preset |= is_preset(s->text, t.at + 1);
		}
		head_token(&h, s->text, t);
	}
	if (some) {
		piece->kind = GM_PIECE_STATEMENT;
		piece->len = end - piece->at;
	}
}

enum gm_split_data gm_split_data(struct gm_splitter *s)
{
	struct gm_str rest = gm_str_sub(s->text, s->at, s->text.len);
	enum gm_split_data answer = GM_SPLIT_DATA_ENDLESS;
	struct gm_token t;
	struct gm_str line;
	size_t at = 0;

	if (!gm_str_line(&line, &rest))
		return GM_SPLIT_DATA_ENDLESS;
	t = gm_lex(line, &at);
	if (t.kind == GM_TOKEN_COMMENT)
		t = gm_lex(line, &at);
	if (t.kind != GM_TOKEN_END)
		answer = GM_SPLIT_DATA_BEHIND;
	while (gm_str_line(&line, &rest)) {
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (!gm_str_is(line, "\\."))
			continue;
		if (answer != GM_SPLIT_DATA_BEHIND)
			answer = GM_SPLIT_DATA_OK;
		break;
	}
	s->at = s->text.len - rest.len;
	return answer;
}
