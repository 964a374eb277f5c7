/*
 * base/buf: text that grows, in an arena.
 *
 * `ptr` is never NULL after gm_buf_init and always ends in a NUL that `len`
 * does not count; the content may hold NULs of its own.
 */
#ifndef GM_BASE_BUF_H
#define GM_BASE_BUF_H

#include <stdarg.h>

#include "base/str.h"

struct gm_buf {
	struct gm_arena *arena;
	char *ptr;
	size_t len;
	size_t cap;
};

/* An empty buffer whose text lives in `a`. */
struct gm_buf gm_buf(struct gm_arena *a);

void gm_buf_add(struct gm_buf *b, const void *bytes, size_t len);
void gm_buf_puts(struct gm_buf *b, const char *s);
void gm_buf_putc(struct gm_buf *b, char c);
void gm_buf_str(struct gm_buf *b, struct gm_str s);
void gm_buf_printf(struct gm_buf *b, const char *fmt, ...) GM_PRINTF(2, 3);
void gm_buf_vprintf(struct gm_buf *b, const char *fmt, va_list args)
	GM_PRINTF(2, 0);

/* What is in it, borrowed until the next change. */
struct gm_str gm_buf_view(const struct gm_buf *b);

#endif
