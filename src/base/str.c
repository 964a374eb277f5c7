#include "base/str.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct gm_str gm_str(const char *s)
{
	return (struct gm_str){ s, s ? strlen(s) : 0 };
}

struct gm_str gm_str_sub(struct gm_str s, size_t from, size_t to)
{
	if (to > s.len)
		to = s.len;
	if (from > to)
		from = to;
	return s.ptr ? (struct gm_str){ s.ptr + from, to - from } : GM_STR_NONE;
}

bool gm_str_eq(struct gm_str a, struct gm_str b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

bool gm_str_ieq(struct gm_str a, struct gm_str b)
{
	return a.len == b.len && (!a.len || !strncasecmp(a.ptr, b.ptr, a.len));
}

bool gm_str_iholds(struct gm_str s, struct gm_str word)
{
	char upper = (char)toupper((unsigned char)word.ptr[0]);

	for (size_t i = 0; i + word.len <= s.len; i++)
		if ((s.ptr[i] == word.ptr[0] || s.ptr[i] == upper) &&
		    gm_str_ieq(gm_str_sub(s, i, i + word.len), word))
			return true;
	return false;
}

bool gm_str_is(struct gm_str a, const char *b)
{
	return gm_str_eq(a, gm_str(b));
}

bool gm_str_starts(struct gm_str s, struct gm_str prefix)
{
	return s.len >= prefix.len &&
	       gm_str_eq(gm_str_sub(s, 0, prefix.len), prefix);
}

bool gm_str_ends(struct gm_str s, struct gm_str suffix)
{
	return s.len >= suffix.len &&
	       gm_str_eq(gm_str_sub(s, s.len - suffix.len, s.len), suffix);
}

int gm_str_cmp(struct gm_str a, struct gm_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.ptr, b.ptr, n) : 0;

	if (c)
		return c;
	return a.len < b.len ? -1 : a.len > b.len;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct gm_str gm_str_trim(struct gm_str s)
{
	while (s.len && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

size_t gm_str_find(struct gm_str s, char c)
{
	const char *p = s.len ? memchr(s.ptr, c, s.len) : NULL;

	return p ? (size_t)(p - s.ptr) : s.len;
}

bool gm_str_split(struct gm_str *part, struct gm_str *rest, char sep)
{
	size_t at;

	if (!rest->len)
		return false;
	at = gm_str_find(*rest, sep);
	*part = gm_str_sub(*rest, 0, at);
	*rest = gm_str_sub(*rest, at + 1, rest->len);
	return true;
}

bool gm_str_line(struct gm_str *line, struct gm_str *rest)
{
	return gm_str_split(line, rest, '\n');
}

bool gm_str_uint(uint64_t *out, struct gm_str s)
{
	uint64_t value = 0;

	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.ptr[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*out = value;
	return true;
}

char *gm_str_dup(struct gm_arena *a, struct gm_str s)
{
	return gm_strndup(a, s.ptr, s.len);
}

void gm_str_where(struct gm_str text, size_t offset, size_t *line,
		  size_t *column)
{
	struct gm_str before = gm_str_sub(text, 0, offset);
	size_t start = 0;

	*line = 1;
	for (size_t i = 0; i < before.len; i++) {
		if (before.ptr[i] == '\n') {
			(*line)++;
			start = i + 1;
		}
	}
	*column = before.len - start + 1;
}
