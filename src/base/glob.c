#include "base/glob.h"

#include <ctype.h>
#include <string.h>

static const struct {
	const char *name;
	int (*holds)(int);
} classes[] = {
	{ "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank },
	{ "cntrl", iscntrl }, { "digit", isdigit }, { "graph", isgraph },
	{ "lower", islower }, { "print", isprint }, { "punct", ispunct },
	{ "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
};

/*
 * The end of the "[:name:]" at s[at], with its number in `*which` (or
 * GM_COUNT(classes) for a name nobody knows); 0 when there is none.
 */
static size_t class_at(struct gm_str s, size_t at, size_t *which)
{
	struct gm_str name = gm_str_sub(s, at + 2, s.len);
	size_t end;

	if (!gm_str_starts(gm_str_sub(s, at, s.len), GM_STR("[:")))
		return 0;
	end = gm_str_find(name, ':');
	if (end + 1 >= name.len || name.ptr[end + 1] != ']')
		return 0;
	for (*which = 0; *which < GM_COUNT(classes); (*which)++)
		if (gm_str_is(gm_str_sub(name, 0, end), classes[*which].name))
			break;
	return at + 2 + end + 2;
}

/* What a bracket expression says of a byte. */
struct bracket {
	size_t end;        /* behind the `]`; 0: unclosed */
	bool holds;        /* the byte is one of those meant */
	const char *wrong; /* why it is unusable, or NULL */
};

/* One byte of a bracket, perhaps escaped; moves `*at` behind it. */
static unsigned char member(struct gm_str s, size_t *at)
{
	if (s.ptr[*at] == '\\' && *at + 1 < s.len)
		(*at)++;
	return (unsigned char)s.ptr[(*at)++];
}

/* A byte, or two with a hyphen between. */
static void range(struct bracket *b, struct gm_str s, size_t *at,
		  unsigned char c)
{
	unsigned char from, to;

	if (gm_str_starts(gm_str_sub(s, *at, s.len), GM_STR("[.")) ||
	    gm_str_starts(gm_str_sub(s, *at, s.len), GM_STR("[=")))
		b->wrong = "a collating element in a bracket";
	from = to = member(s, at);
	if (*at + 1 < s.len && s.ptr[*at] == '-' && s.ptr[*at + 1] != ']') {
		(*at)++;
		to = member(s, at);
	}
	if (from > to)
		b->wrong = "a range in a bracket that goes backwards";
	b->holds |= from <= c && c <= to;
}

/* Read the bracket expression that begins at s[at]. */
static struct bracket bracket(struct gm_str s, size_t at, unsigned char c)
{
	struct bracket b = { 0 };
	bool negated;
	size_t first;

	at++;
	negated = at < s.len && (s.ptr[at] == '!' || s.ptr[at] == '^');
	at += negated;
	for (first = at; at < s.len;) {
		size_t which, end = class_at(s, at, &which);

		if (s.ptr[at] == ']' && at > first) {
			b.end = at + 1;
			b.holds = b.holds != negated;
			return b;
		}
		if (!end) {
			range(&b, s, &at, c);
			continue;
		}
		if (which == GM_COUNT(classes))
			b.wrong = "an unknown character class";
		else
			b.holds |= classes[which].holds(c) != 0;
		at = end;
	}
	return b;
}

static const char *component_error(struct gm_str part)
{
	if (!part.len)
		return "it has an empty component";
	if (gm_str_is(part, ".") || gm_str_is(part, ".."))
		return "it has a component '.' or '..'";
	if (gm_str_is(part, "**"))
		return NULL;
	for (size_t i = 0; i < part.len; i++) {
		struct bracket b;

		if (part.ptr[i] == '\\') {
			if (++i == part.len)
				return "a component ends in a backslash";
		} else if (part.ptr[i] == '[') {
			b = bracket(part, i, 0);
			if (b.wrong)
				return b.wrong;
			if (!b.end)
				return "it has an unclosed bracket";
			i = b.end - 1;
		} else if (part.ptr[i] == '*' && i + 1 < part.len &&
			   part.ptr[i + 1] == '*') {
			return "'**' must be a component of its own";
		}
	}
	return NULL;
}

const char *gm_glob_error(struct gm_str pattern)
{
	struct gm_str rest = pattern, part;
	const char *why = NULL;

	if (!pattern.len)
		return "it is empty";
	if (pattern.len > GM_GLOB_MAX)
		return "it is too long";
	if (pattern.ptr[0] == '/')
		return "it is absolute";
	if (pattern.ptr[0] == '!')
		return "patterns cannot be negated";
	if (pattern.ptr[pattern.len - 1] == '/')
		return "it has an empty component";
	for (size_t i = 0; i < pattern.len; i++)
		if (iscntrl((unsigned char)pattern.ptr[i]))
			return "it holds a control character";
	while (!why && gm_str_split(&part, &rest, '/'))
		why = component_error(part);
	return why;
}

/*
 * Does the pattern's unit at `*at` (no star) match `c`?  Moves `*at` behind
 * the unit.
 */
static bool unit_matches(struct gm_str pattern, size_t *at, char c)
{
	struct bracket b;

	switch (pattern.ptr[*at]) {
	case '?':
		(*at)++;
		return true;
	case '[':
		b = bracket(pattern, *at, (unsigned char)c);
		if (!b.end || b.wrong)
			return false;
		*at = b.end;
		return b.holds;
	default:
		return member(pattern, at) == (unsigned char)c;
	}
}

/* One component; only the last star ever needs to take another byte. */
static bool component_matches(struct gm_str pattern, struct gm_str s)
{
	size_t p = 0, i = 0, star = SIZE_MAX, taken = 0;

	while (i < s.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = ++p;
			taken = i;
		} else if (p < pattern.len &&
			   unit_matches(pattern, &p, s.ptr[i])) {
			i++;
		} else if (star == SIZE_MAX) {
			return false;
		} else {
			p = star;
			i = ++taken;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

/* The same, a level up: components for bytes, `**` for the star. */
bool gm_glob_match(struct gm_str pattern, struct gm_str path)
{
	struct gm_str after_star, taken = path, part, name, pattern_rest, rest;
	bool star = false;

	while (path.len) {
		pattern_rest = pattern;
		rest = path;
		gm_str_split(&name, &rest, '/');
		if (!gm_str_split(&part, &pattern_rest, '/')) {
			part = GM_STR_NONE;
		} else if (gm_str_is(part, "**")) {
			/* At the end it takes all, and there is some left. */
			if (!pattern_rest.len)
				return true;
			star = true;
			after_star = pattern = pattern_rest;
			taken = path;
			continue;
		}
		if (part.len && component_matches(part, name)) {
			pattern = pattern_rest;
			path = rest;
		} else if (star) {
			pattern = after_star;
			gm_str_split(&name, &taken, '/');
			path = taken;
		} else {
			return false;
		}
	}
	return !pattern.len;
}
