#include "db/regex.h"

#include <string.h>

#include "base/buf.h"

#define MAX_DEPTH 20
#define MAX_TEXT 4000
#define MAX_REPEAT 255

struct sampler {
	struct gm_str regex;
	size_t at;
	unsigned turn;
	bool lost; /* not of the plainer kind */
};

static char peek(const struct sampler *s)
{
	return s->at < s->regex.len ? s->regex.ptr[s->at] : '\0';
}

static char next(struct sampler *s)
{
	char c = peek(s);

	if (s->at < s->regex.len)
		s->at++;
	else
		s->lost = true;
	return c;
}

/* A character of the class \d and so on; 0: takes none. */
static char escaped(struct sampler *s)
{
	char c = next(s);

	switch (c) {
	case 'd':
		return (char)('1' + s->turn % 9);
	case 'w':
		return (char)('a' + s->turn % 26);
	case 's':
		return ' ';
	case 'D':
	case 'S':
		return 'a';
	case 'W':
		return '-';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'A':
	case 'Z':
	case 'm':
	case 'M':
	case 'y':
		return '\0';
	default:
		s->lost = s->lost || (c >= '0' && c <= '9') ||
			  (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		return c;
	}
}

/* [:name:] */
static void named(struct sampler *s, bool set[256])
{
	static const struct {
		const char *name, *members;
	} classes[] = {
		{ "[:alpha:]", "abcxyzABCXYZ" },
		{ "[:lower:]", "abcxyz" },
		{ "[:upper:]", "ABCXYZ" },
		{ "[:digit:]", "0123456789" },
		{ "[:alnum:]", "abcxyzABCXYZ0123456789" },
		{ "[:xdigit:]", "0123456789abcdefABCDEF" },
		{ "[:space:]", " \t\n" },
		{ "[:punct:]", ".,;-_!?" },
	};

	for (size_t i = 0; i < GM_COUNT(classes); i++) {
		struct gm_str name = gm_str(classes[i].name);

		if (!gm_str_starts(gm_str_sub(s->regex, s->at, s->regex.len),
				   name))
			continue;
		for (const char *c = classes[i].members; *c; c++)
			set[(unsigned char)*c] = true;
		s->at += name.len;
		return;
	}
	s->lost = true;
}

static void add_escaped(struct sampler *s, bool set[256])
{
	static const char digits[] = "0123456789";
	static const char words[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
	const char *all = NULL;
	char c = peek(s);

	if (c == 'd')
		all = digits;
	else if (c == 'w')
		all = words;
	else if (c == 's')
		all = " \t";
	for (const char *m = all; m && *m; m++)
		set[(unsigned char)*m] = true;
	if (all)
		s->at++;
	else
		set[(unsigned char)escaped(s)] = true;
}

/* Behind the [ : a character that fits. */
static char bracket(struct sampler *s)
{
	static const char often[] = "aA1bB2_- .@zZ9xX0+/#,";
	bool set[256] = { false }, negated = peek(s) == '^', first = true;
	unsigned skip = s->turn;
	char best = '\0';

	s->at += negated;
	for (; !s->lost && (first || peek(s) != ']'); first = false) {
		unsigned char from, to;

		if (peek(s) == '[') {
			named(s, set);
			continue;
		}
		from = to = (unsigned char)next(s);
		if (from == '\\') {
			add_escaped(s, set);
			continue;
		}
		if (peek(s) == '-' && s->at + 1 < s->regex.len &&
		    s->regex.ptr[s->at + 1] != ']') {
			s->at++;
			to = (unsigned char)next(s);
		}
		for (unsigned c = from; c <= to; c++)
			set[c] = true;
	}
	next(s);
	for (const char *c = often; *c; c++)
		if (set[(unsigned char)*c] != negated) {
			best = *c;
			if (!skip--)
				return best;
		}
	for (unsigned c = ' '; c < 127 && !best; c++)
		if (set[c] != negated)
			best = (char)c;
	s->lost = s->lost || !best;
	return best;
}

static unsigned number(struct sampler *s)
{
	unsigned n = 0;

	while (peek(s) >= '0' && peek(s) <= '9' && n <= MAX_REPEAT)
		n = n * 10 + (unsigned)(next(s) - '0');
	s->lost = s->lost || n > MAX_REPEAT;
	return n;
}

/* How often what stands before it is to come. */
static unsigned times(struct sampler *s)
{
	unsigned least = 1, most = 1;

	switch (peek(s)) {
	case '*':
	case '?':
		s->at++;
		least = s->turn % 2;
		break;
	case '+':
		s->at++;
		least = 1 + s->turn % 3;
		break;
	case '{':
		s->at++;
		least = most = number(s);
		if (peek(s) == ',') {
			s->at++;
			most = peek(s) == '}' ? least + 3 : number(s);
		}
		s->lost = s->lost || next(s) != '}' || most < least;
		if (!s->lost)
			least += s->turn % (most - least + 1);
		break;
	default:
		break;
	}
	if (peek(s) == '?')
		s->at++;
	return least;
}

static void alternatives(struct gm_buf *out, struct sampler *s, int depth);

static void group(struct gm_buf *out, struct sampler *s, int depth)
{
	if (peek(s) == '?') {
		s->at++;
		if (next(s) != ':') {
			s->lost = true;
			return;
		}
	}
	alternatives(out, s, depth + 1);
	s->lost = s->lost || next(s) != ')';
}

static void atom(struct gm_buf *out, struct sampler *s, int depth)
{
	char c = next(s), taken = c;

	switch (c) {
	case '^':
	case '$':
		return;
	case '.':
		taken = (char)('a' + s->turn % 26);
		break;
	case '\\':
		taken = escaped(s);
		break;
	case '[':
		taken = bracket(s);
		break;
	case '(':
		group(out, s, depth);
		return;
	case '*':
	case '+':
	case '?':
	case '{':
		s->lost = true;
		return;
	default:
		break;
	}
	if (taken)
		gm_buf_putc(out, taken);
}

static void branch(struct gm_buf *out, struct sampler *s, int depth)
{
	while (!s->lost && s->at < s->regex.len && peek(s) != '|' &&
	       peek(s) != ')') {
		struct gm_buf one = gm_buf(out->arena);
		unsigned n;

		atom(&one, s, depth);
		n = times(s);
		for (unsigned i = 0; !s->lost && i < n; i++) {
			gm_buf_add(out, one.ptr, one.len);
			s->lost = out->len > MAX_TEXT;
		}
	}
}

static void alternatives(struct gm_buf *out, struct sampler *s, int depth)
{
	struct gm_buf chosen = gm_buf(out->arena);

	if (depth > MAX_DEPTH) {
		s->lost = true;
		return;
	}
	for (unsigned i = 0; !s->lost; i++) {
		struct gm_buf one = gm_buf(out->arena);

		branch(&one, s, depth);
		if (i <= s->turn)
			chosen = one;
		if (peek(s) != '|')
			break;
		s->at++;
	}
	gm_buf_add(out, chosen.ptr, chosen.len);
}

const char *gm_regex_sample(struct gm_arena *a, struct gm_str regex,
			    unsigned turn)
{
	struct sampler s = { .regex = regex, .turn = turn };
	struct gm_buf b = gm_buf(a);

	if (gm_str_find(regex, '\0') < regex.len)
		return NULL;
	alternatives(&b, &s, 0);
	return s.lost || s.at < regex.len ? NULL : b.ptr;
}
