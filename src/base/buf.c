#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct gm_buf gm_buf(struct gm_arena *a)
{
	return (struct gm_buf){ a, gm_alloc(a, 64), 0, 64 };
}

static void reserve(struct gm_buf *b, size_t more)
{
	size_t cap = b->cap;
	char *bigger;

	if (b->cap - b->len > more)
		return;
	while (cap - b->len <= more)
		cap *= 2;
	bigger = gm_alloc(b->arena, cap);
	memcpy(bigger, b->ptr, b->len);
	b->ptr = bigger;
	b->cap = cap;
}

void gm_buf_add(struct gm_buf *b, const void *bytes, size_t len)
{
	if (!len)
		return;
	reserve(b, len);
	memcpy(b->ptr + b->len, bytes, len);
	b->len += len;
	b->ptr[b->len] = '\0';
}

void gm_buf_puts(struct gm_buf *b, const char *s)
{
	gm_buf_add(b, s, strlen(s));
}

void gm_buf_putc(struct gm_buf *b, char c)
{
	gm_buf_add(b, &c, 1);
}

void gm_buf_str(struct gm_buf *b, struct gm_str s)
{
	gm_buf_add(b, s.ptr, s.len);
}

void gm_buf_vprintf(struct gm_buf *b, const char *fmt, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		GM_BUG("bad format");
	reserve(b, (size_t)len);
	vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, args);
	b->len += (size_t)len;
}

void gm_buf_printf(struct gm_buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	gm_buf_vprintf(b, fmt, args);
	va_end(args);
}

struct gm_str gm_buf_view(const struct gm_buf *b)
{
	return (struct gm_str){ b->ptr, b->len };
}
