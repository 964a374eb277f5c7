#include "base/percent.h"

static const char digits[] = "0123456789ABCDEF";

static bool stands_for_itself(char c)
{
	return c > ' ' && c < 0x7f && c != '%';
}

void gm_percent_encode(struct gm_buf *out, struct gm_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned byte = (unsigned char)s.ptr[i];

		if (stands_for_itself(s.ptr[i])) {
			gm_buf_putc(out, s.ptr[i]);
			continue;
		}
		gm_buf_putc(out, '%');
		gm_buf_putc(out, digits[byte >> 4]);
		gm_buf_putc(out, digits[byte & 15]);
	}
}

/* The value of an upper-case hex digit, or -1. */
static int value(char c)
{
	for (int i = 0; i < 16; i++)
		if (digits[i] == c)
			return i;
	return -1;
}

bool gm_percent_decode(struct gm_str *out, struct gm_arena *a, struct gm_str s)
{
	char *text = gm_alloc(a, s.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		int high, low;

		if (stands_for_itself(s.ptr[i])) {
			text[len++] = s.ptr[i];
			continue;
		}
		if (s.ptr[i] != '%' || s.len - i < 3)
			return false;
		high = value(s.ptr[i + 1]);
		low = value(s.ptr[i + 2]);
		if (high < 0 || low < 0)
			return false;
		text[len] = (char)(high << 4 | low);
		if (stands_for_itself(text[len]))
			return false;
		len++;
		i += 2;
	}
	*out = (struct gm_str){ text, len };
	return true;
}
