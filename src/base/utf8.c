#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

#include "base/buf.h"

/* Below this, every character is a normal form of its own. */
#define FIRST_COMBINING 0x300

struct range {
	uint32_t first, last;
};

static const struct range deceiving[] = {
	{ 0x80, 0x9f },       /* C1 controls */
	{ 0xad, 0xad },       /* soft hyphen */
	{ 0x34f, 0x34f },     /* combining grapheme joiner */
	{ 0x61c, 0x61c },     /* Arabic letter mark */
	{ 0x115f, 0x1160 },   /* Hangul fillers */
	{ 0x180e, 0x180e },   /* Mongolian vowel separator */
	{ 0x200b, 0x200f },   /* zero-width and direction marks */
	{ 0x2028, 0x202e },   /* separators, bidi embeddings */
	{ 0x2060, 0x206f },   /* word joiner to bidi isolates */
	{ 0x3164, 0x3164 },   /* Hangul filler */
	{ 0xfdd0, 0xfdef },   /* noncharacters */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xffa0, 0xffa0 },   /* half-width Hangul filler */
	{ 0xfff9, 0xfffb },   /* interlinear annotations */
	{ 0xe0000, 0xe007f }, /* tags */
};

struct mimic {
	uint32_t c;
	char ascii;
};

/* By code point.  Letters that need good will to be misread are left out. */
/* clang-format off */
static const struct mimic mimics[] = {
	{ 0xa0, ' ' }, { 0x1c0, '|' }, { 0x1c3, '!' }, { 0x251, 'a' },
	{ 0x261, 'g' }, { 0x2b9, '\'' }, { 0x2ba, '"' }, { 0x2bb, '\'' },
	{ 0x2bc, '\'' }, { 0x2bd, '\'' }, { 0x2c2, '<' }, { 0x2c3, '>' },
	{ 0x2c6, '^' }, { 0x2c8, '\'' }, { 0x2cb, '`' }, { 0x2cd, '_' },
	{ 0x2d0, ':' }, { 0x2d7, '-' }, { 0x2dc, '~' }, { 0x2ee, '"' },
	{ 0x2f8, ':' }, { 0x37e, ';' }, { 0x37f, 'J' }, { 0x391, 'A' },
	{ 0x392, 'B' }, { 0x395, 'E' }, { 0x396, 'Z' }, { 0x397, 'H' },
	{ 0x399, 'I' }, { 0x39a, 'K' }, { 0x39c, 'M' }, { 0x39d, 'N' },
	{ 0x39f, 'O' }, { 0x3a1, 'P' }, { 0x3a4, 'T' }, { 0x3a5, 'Y' },
	{ 0x3a7, 'X' }, { 0x3b1, 'a' }, { 0x3b3, 'y' }, { 0x3b9, 'i' },
	{ 0x3ba, 'k' }, { 0x3bd, 'v' }, { 0x3bf, 'o' }, { 0x3c1, 'p' },
	{ 0x3c5, 'u' }, { 0x3c7, 'x' }, { 0x3f2, 'c' }, { 0x3f3, 'j' },
	{ 0x3f9, 'C' }, { 0x405, 'S' }, { 0x406, 'I' }, { 0x408, 'J' },
	{ 0x410, 'A' }, { 0x412, 'B' }, { 0x415, 'E' }, { 0x41a, 'K' },
	{ 0x41c, 'M' }, { 0x41d, 'H' }, { 0x41e, 'O' }, { 0x420, 'P' },
	{ 0x421, 'C' }, { 0x422, 'T' }, { 0x423, 'Y' }, { 0x425, 'X' },
	{ 0x430, 'a' }, { 0x435, 'e' }, { 0x43a, 'k' }, { 0x43e, 'o' },
	{ 0x440, 'p' }, { 0x441, 'c' }, { 0x443, 'y' }, { 0x445, 'x' },
	{ 0x455, 's' }, { 0x456, 'i' }, { 0x458, 'j' }, { 0x474, 'V' },
	{ 0x475, 'v' }, { 0x4ae, 'Y' }, { 0x4af, 'y' }, { 0x4ba, 'h' },
	{ 0x4bb, 'h' }, { 0x4c0, 'I' }, { 0x4cf, 'l' }, { 0x501, 'd' },
	{ 0x50c, 'G' }, { 0x51a, 'Q' }, { 0x51b, 'q' }, { 0x51c, 'W' },
	{ 0x51d, 'w' }, { 0x53c, 'L' }, { 0x54d, 'U' }, { 0x54f, 'S' },
	{ 0x555, 'O' }, { 0x563, 'q' }, { 0x566, 'q' }, { 0x570, 'h' },
	{ 0x575, 'j' }, { 0x578, 'n' }, { 0x57d, 'u' }, { 0x581, 'g' },
	{ 0x584, 'f' }, { 0x585, 'o' }, { 0x589, ':' }, { 0x5c3, ':' },
	{ 0x5f3, '\'' }, { 0x5f4, '"' }, { 0x66a, '%' }, { 0x66d, '*' },
	{ 0x1680, ' ' }, { 0x2000, ' ' }, { 0x2001, ' ' }, { 0x2002, ' ' },
	{ 0x2003, ' ' }, { 0x2004, ' ' }, { 0x2005, ' ' }, { 0x2006, ' ' },
	{ 0x2007, ' ' }, { 0x2008, ' ' }, { 0x2009, ' ' }, { 0x200a, ' ' },
	{ 0x2010, '-' }, { 0x2011, '-' }, { 0x2012, '-' }, { 0x2013, '-' },
	{ 0x2014, '-' }, { 0x2015, '-' }, { 0x2018, '\'' }, { 0x2019, '\'' },
	{ 0x201a, ',' }, { 0x201b, '\'' }, { 0x201c, '"' }, { 0x201d, '"' },
	{ 0x201f, '"' }, { 0x2024, '.' }, { 0x202f, ' ' }, { 0x2032, '\'' },
	{ 0x2033, '"' }, { 0x2035, '`' }, { 0x2036, '"' }, { 0x2039, '<' },
	{ 0x203a, '>' }, { 0x2043, '-' }, { 0x2044, '/' }, { 0x204e, '*' },
	{ 0x2053, '~' }, { 0x205a, ':' }, { 0x205f, ' ' }, { 0x212a, 'K' },
	{ 0x2160, 'I' }, { 0x2164, 'V' }, { 0x2169, 'X' }, { 0x216c, 'L' },
	{ 0x216d, 'C' }, { 0x216e, 'D' }, { 0x216f, 'M' }, { 0x2170, 'i' },
	{ 0x2174, 'v' }, { 0x2179, 'x' }, { 0x217c, 'l' }, { 0x217d, 'c' },
	{ 0x217e, 'd' }, { 0x217f, 'm' }, { 0x2212, '-' }, { 0x2215, '/' },
	{ 0x2216, '\\' }, { 0x2217, '*' }, { 0x2223, '|' }, { 0x2236, ':' },
	{ 0x223c, '~' }, { 0x2571, '/' }, { 0x2572, '\\' }, { 0x2758, '|' },
	{ 0x275b, '\'' }, { 0x275c, '\'' }, { 0x275d, '"' }, { 0x275e, '"' },
	{ 0x29f5, '\\' }, { 0x29f8, '/' }, { 0x29f9, '\\' }, { 0x3000, ' ' },
	{ 0xa789, ':' }, { 0xa78a, '=' }, { 0xa78c, '\'' }, { 0xfe50, ',' },
	{ 0xfe52, '.' }, { 0xfe54, ';' }, { 0xfe55, ':' }, { 0xfe56, '?' },
	{ 0xfe57, '!' }, { 0xfe58, '-' }, { 0xfe59, '(' }, { 0xfe5a, ')' },
	{ 0xfe5b, '{' }, { 0xfe5c, '}' }, { 0xfe5f, '#' }, { 0xfe60, '&' },
	{ 0xfe61, '*' }, { 0xfe62, '+' }, { 0xfe63, '-' }, { 0xfe64, '<' },
	{ 0xfe65, '>' }, { 0xfe66, '=' }, { 0xfe68, '\\' }, { 0xfe69, '$' },
	{ 0xfe6a, '%' }, { 0xfe6b, '@' },
};
/* clang-format on */

uint32_t gm_utf8_next(struct gm_str s, size_t *at)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s.ptr + *at;
	size_t left = s.len - *at, n;
	uint32_t c = *p;

	(*at)++;
	if (c < 0x80)
		return c;
	n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || left < n)
		return UINT32_MAX;
	c &= 0xffu >> (n + 1);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return UINT32_MAX;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return UINT32_MAX;
	*at += n - 1;
	return c;
}

/* How many bytes at the start of `s` are ASCII. */
static size_t ascii_run(struct gm_str s)
{
	size_t i = 0;
	uint64_t word;

	for (; s.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, s.ptr + i, sizeof(word));
		if (word & 0x8080808080808080u)
			break;
	}
	while (i < s.len && !(s.ptr[i] & 0x80))
		i++;
	return i;
}

bool gm_utf8_valid(struct gm_str s, size_t *bad)
{
	for (size_t at = ascii_run(s); at < s.len;) {
		size_t start = at;

		if (gm_utf8_next(s, &at) == UINT32_MAX) {
			if (bad)
				*bad = start;
			return false;
		}
		at += ascii_run(gm_str_sub(s, at, s.len));
	}
	return true;
}

struct gm_str gm_utf8_cut(struct gm_str s, size_t max)
{
	if (max >= s.len)
		return s;
	while (max && ((unsigned char)s.ptr[max] & 0xc0) == 0x80)
		max--;
	return gm_str_sub(s, 0, max);
}

bool gm_utf8_deceives(uint32_t c)
{
	if (c < deceiving[0].first)
		return false;
	if ((c & 0xfffe) == 0xfffe)
		return true;
	for (size_t i = 0; i < GM_COUNT(deceiving); i++)
		if (c >= deceiving[i].first && c <= deceiving[i].last)
			return true;
	return false;
}

static int compare_mimics(const void *key, const void *element)
{
	const uint32_t *c = key;
	const struct mimic *m = element;

	return *c < m->c ? -1 : *c > m->c;
}

char gm_utf8_mimics(uint32_t c)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz";
	const struct mimic *m;

	if (c < mimics[0].c)
		return 0;
	if (c >= 0xff01 && c <= 0xff5e)
		return (char)(c - 0xff01 + '!');
	if (c >= 0x1d400 && c <= 0x1d6a3)
		return letters[(c - 0x1d400) % 52];
	if (c >= 0x1d7ce && c <= 0x1d7ff)
		return (char)('0' + (c - 0x1d7ce) % 10);
	m = bsearch(&c, mimics, GM_COUNT(mimics), sizeof(*mimics),
		    compare_mimics);
	return m ? m->ascii : 0;
}

static void free_bytes(uint8_t **bytes)
{
	free(*bytes);
}

bool gm_utf8_is_nfc(struct gm_str s)
{
	GM_AUTO(free_bytes) uint8_t *normal = NULL;
	uint32_t highest = 0;
	size_t len;

	for (size_t at = ascii_run(s); at < s.len;) {
		uint32_t c = gm_utf8_next(s, &at);

		highest = c > highest ? c : highest;
	}
	if (highest < FIRST_COMBINING)
		return true;
	normal = u8_normalize(UNINORM_NFC, (const uint8_t *)s.ptr, s.len, NULL,
			      &len);
	return normal && len == s.len && !memcmp(normal, s.ptr, len);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Without what deceives, and with ASCII for what mimics it. */
static struct gm_str plain(struct gm_arena *a, struct gm_str s)
{
	struct gm_buf out = gm_buf(a);

	for (size_t at = 0; at < s.len;) {
		size_t start = at;
		uint32_t c = gm_utf8_next(s, &at);
		char ascii = c < 0x80 ? (char)c : gm_utf8_mimics(c);

		if (ascii || !c)
			gm_buf_putc(&out, lower(ascii));
		else if (!gm_utf8_deceives(c) &&
			 !uc_is_property_default_ignorable_code_point(c))
			gm_buf_add(&out, s.ptr + start, at - start);
	}
	return gm_buf_view(&out);
}

/* One step of folding, whose result libunistring takes from malloc(). */
static struct gm_str step(struct gm_arena *a, struct gm_str s, bool fold,
			  uninorm_t form)
{
	GM_AUTO(free_bytes) uint8_t *bytes = NULL;
	const uint8_t *from = (const uint8_t *)s.ptr;
	size_t len;

	if (!s.len)
		return s;
	bytes = fold ? u8_casefold(from, s.len, NULL, form, NULL, &len)
		     : u8_normalize(form, from, s.len, NULL, &len);
	if (!bytes)
		GM_BUG("valid UTF-8 cannot be normalized");
	return (struct gm_str){ gm_strndup(a, (const char *)bytes, len), len };
}

/*
 * Fold valid UTF-8.  It is taken apart first, so that a mimic with an accent
 * is seen; and mimics are looked for on both sides of case folding, since
 * some mimic in one case only.
 */
static struct gm_str fold_valid(struct gm_arena *a, struct gm_str s)
{
	s = plain(a, step(a, s, false, UNINORM_NFKD));
	s = plain(a, step(a, s, true, UNINORM_NFKD));
	return step(a, s, false, UNINORM_NFKC);
}

static struct gm_str fold_all(struct gm_arena *a, struct gm_str s)
{
	struct gm_buf out = gm_buf(a);

	while (s.len) {
		size_t run = s.len;

		gm_utf8_valid(s, &run);
		gm_buf_str(&out, fold_valid(a, gm_str_sub(s, 0, run)));
		if (run < s.len)
			gm_buf_putc(&out, s.ptr[run++]);
		s = gm_str_sub(s, run, s.len);
	}
	return gm_buf_view(&out);
}

struct gm_str gm_path_fold(struct gm_arena *a, struct gm_str path)
{
	size_t len = 0, kept = 0;
	char *out;

	if (ascii_run(path) < path.len)
		path = fold_all(a, path);
	out = gm_alloc(a, path.len + 1);
	/* `kept` is the length up to the last byte that is no dot or space. */
	for (size_t i = 0; i < path.len; i++) {
		char c = path.ptr[i] == '\\' ? '/' : lower(path.ptr[i]);

		if (c == '/')
			len = kept;
		out[len++] = c;
		if (c != '.' && c != ' ')
			kept = len;
	}
	out[kept] = '\0';
	return (struct gm_str){ out, kept };
}
