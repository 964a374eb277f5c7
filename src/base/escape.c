#include "base/escape.h"

#include <string.h>
#include <unictype.h>
#include <uniwidth.h>

#include "base/utf8.h"

#define TAB_WIDTH 8

/* Has `c` a shape of its own on the screen, and no power over the rest? */
static bool is_shown(uint32_t c)
{
	if (c < 0x80)
		return c >= ' ' && c != 0x7f;
	return !gm_utf8_deceives(c) &&
	       !uc_is_general_category_withtable(
		       c, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf |
				  UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp);
}

static void escape_control(struct gm_buf *out, unsigned char c)
{
	static const char short_forms[] = {
		['\n'] = 'n', ['\t'] = 't', ['\r'] = 'r', [0x1b] = 'e'
	};

	gm_buf_putc(out, '\\');
	if (c < sizeof(short_forms) && short_forms[c])
		gm_buf_putc(out, short_forms[c]);
	else
		gm_buf_printf(out, "x%02X", c);
}

/* The character at s[*at], made safe. */
static void escape_next(struct gm_buf *out, struct gm_str s, size_t *at)
{
	size_t start = *at;
	uint32_t c = gm_utf8_next(s, at);

	if (c == UINT32_MAX || (c < 0x80 && !is_shown(c)))
		escape_control(out, (unsigned char)s.ptr[start]);
	else if (is_shown(c))
		gm_buf_add(out, s.ptr + start, *at - start);
	else
		gm_buf_printf(out, "\\u{%X}", (unsigned)c);
}

void gm_escape(struct gm_buf *out, struct gm_str s)
{
	for (size_t at = 0; at < s.len;) {
		size_t run = at;

		while (run < s.len && s.ptr[run] >= ' ' && s.ptr[run] < 0x7f &&
		       s.ptr[run] != '\\')
			run++;
		gm_buf_add(out, s.ptr + at, run - at);
		at = run;
		if (at == s.len)
			return;
		if (s.ptr[at] == '\\') {
			gm_buf_puts(out, "\\\\");
			at++;
		} else {
			escape_next(out, s, &at);
		}
	}
}

const char *gm_escaped(struct gm_arena *a, struct gm_str s)
{
	struct gm_buf out = gm_buf(a);

	gm_escape(&out, s);
	return out.ptr;
}

/* Columns a terminal gives to what stands in `shown` from byte `at` on. */
static size_t width(const struct gm_buf *shown, size_t at)
{
	struct gm_str s = gm_buf_view(shown);
	size_t columns = 0;

	while (at < s.len) {
		uint32_t c = gm_utf8_next(s, &at);
		int w = c < 0x80 ? 1 : uc_width(c, "UTF-8");

		columns += w > 0 ? (size_t)w : 0;
	}
	return columns;
}

void gm_escape_source(struct gm_buf *out, struct gm_str s, size_t *column)
{
	size_t wanted = column && *column ? *column - 1 : SIZE_MAX;
	size_t on_screen = 0;

	for (size_t at = 0; at < s.len;) {
		size_t start = at, before = out->len;

		if (s.ptr[at] == '\\') {
			gm_buf_putc(out, '\\');
			at++;
		} else if (s.ptr[at] == '\t') {
			size_t blanks = TAB_WIDTH - on_screen % TAB_WIDTH;

			while (blanks--)
				gm_buf_putc(out, ' ');
			at++;
		} else {
			escape_next(out, s, &at);
		}
		if (wanted >= start && wanted < at)
			*column = on_screen + 1;
		on_screen += width(out, before);
	}
	if (wanted != SIZE_MAX && wanted >= s.len)
		*column = on_screen + 1;
}

const char *gm_escape_path(struct gm_arena *a, struct gm_str path)
{
	struct gm_buf safe = gm_buf(a), quoted = gm_buf(a);

	gm_escape(&safe, path);
	if (gm_str_eq(gm_buf_view(&safe), path) &&
	    gm_str_find(path, ' ') == path.len &&
	    gm_str_find(path, '"') == path.len)
		return safe.ptr;
	gm_buf_putc(&quoted, '"');
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.ptr[i] == '"')
			gm_buf_putc(&quoted, '\\');
		gm_buf_putc(&quoted, safe.ptr[i]);
	}
	gm_buf_putc(&quoted, '"');
	return quoted.ptr;
}

const char *gm_shell_word(struct gm_arena *a, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789%+,-./:=@_";
	struct gm_buf out = gm_buf(a);

	if (*word && !word[strspn(word, plain)])
		return word;
	gm_buf_putc(&out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			gm_buf_puts(&out, "'\"'\"'");
		else
			gm_buf_putc(&out, *word);
	}
	gm_buf_putc(&out, '\'');
	return out.ptr;
}

static const char *xml_entity(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	default:
		return NULL;
	}
}

static bool xml_forbids(uint32_t c)
{
	if (c < ' ')
		return c != '\t' && c != '\n' && c != '\r';
	return c == 0xfffe || c == 0xffff || c == UINT32_MAX;
}

void gm_escape_xml(struct gm_buf *out, struct gm_str s)
{
	for (size_t at = 0; at < s.len;) {
		size_t start = at;
		uint32_t c = gm_utf8_next(s, &at);

		if (xml_entity(c))
			gm_buf_puts(out, xml_entity(c));
		else if (xml_forbids(c))
			for (; start < at; start++)
				gm_buf_printf(out, "\\x%02X",
					      (unsigned char)s.ptr[start]);
		else if (is_shown(c) || c == '\t' || c == '\n')
			gm_buf_add(out, s.ptr + start, at - start);
		else
			gm_buf_printf(out, "&#x%X;", (unsigned)c);
	}
}

static bool is_plain(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-._~/@:*+,=", c));
}

void gm_percent_encode(struct gm_buf *out, struct gm_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (is_plain(s.ptr[i]))
			gm_buf_putc(out, s.ptr[i]);
		else
			gm_buf_printf(out, "%%%02X", (unsigned char)s.ptr[i]);
	}
}

/* The value of an upper-case hex digit, or -1. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte a "%XX" at `at` stands for, or -1. */
static int encoded_byte(struct gm_str s, size_t at)
{
	int high, low;

	if (s.ptr[at] != '%' || s.len - at < 3)
		return -1;
	high = hex_digit(s.ptr[at + 1]);
	low = hex_digit(s.ptr[at + 2]);
	if (high < 0 || low < 0 || is_plain((char)(high * 16 + low)))
		return -1;
	return high * 16 + low;
}

bool gm_percent_decode(struct gm_buf *out, struct gm_str s)
{
	size_t before = out->len;

	for (size_t i = 0; i < s.len; i++) {
		int byte;

		if (is_plain(s.ptr[i])) {
			gm_buf_putc(out, s.ptr[i]);
			continue;
		}
		byte = encoded_byte(s, i);
		if (byte < 0) {
			out->len = before;
			out->ptr[before] = '\0';
			return false;
		}
		gm_buf_putc(out, (char)byte);
		i += 2;
	}
	return true;
}
