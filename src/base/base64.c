#include "base/base64.h"

#include <nettle/base64.h>

void gm_base64_encode(struct gm_buf *out, struct gm_str bytes)
{
	char text[BASE64_ENCODE_RAW_LENGTH(48)];

	while (bytes.len) {
		struct gm_str part = gm_str_sub(bytes, 0, 48);

		base64_encode_raw(text, part.len, (const uint8_t *)part.ptr);
		gm_buf_add(out, text, BASE64_ENCODE_RAW_LENGTH(part.len));
		bytes = gm_str_sub(bytes, part.len, bytes.len);
	}
}

/* The six bits that a character stands for, or -1. */
static int bits_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool gm_base64_decode(struct gm_str *out, struct gm_arena *a,
		      struct gm_str text)
{
	size_t padding = 0, len = 0;
	unsigned bits = 0;
	char *bytes;

	if (text.len % 4)
		return false;
	while (padding < 2 && padding < text.len &&
	       text.ptr[text.len - 1 - padding] == '=')
		padding++;
	bytes = gm_alloc(a, text.len / 4 * 3 + 1);
	for (size_t i = 0; i < text.len; i++) {
		bool pad = i >= text.len - padding;
		int six = pad ? 0 : bits_of(text.ptr[i]);

		if (six < 0)
			return false;
		bits = bits << 6 | (unsigned)six;
		if (i % 4 != 3)
			continue;
		bytes[len++] = (char)(bits >> 16 & 0xff);
		bytes[len++] = (char)(bits >> 8 & 0xff);
		bytes[len++] = (char)(bits & 0xff);
	}
	for (; padding; padding--)
		if (bytes[--len])
			return false;
	*out = (struct gm_str){ bytes, len };
	return true;
}
