#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Debug builds set a tiny block, so that sanitizers see each allocation. */
#ifndef GM_ARENA_BLOCK
#define GM_ARENA_BLOCK ((size_t)16 * 1024)
#endif

struct gm_arena_block {
	struct gm_arena_block *next;
	size_t size; /* usable bytes in `data` */
	_Alignas(max_align_t) unsigned char data[];
};

static void out_of_memory(void)
{
	fputs("fatal: out of memory\n", stderr);
	exit(128);
}

static size_t aligned(size_t size)
{
	size_t unit = _Alignof(max_align_t);

	if (size > SIZE_MAX - unit)
		out_of_memory();
	return (size + unit - 1) / unit * unit;
}

static void add_block(struct gm_arena *a, size_t need)
{
	size_t size = need > GM_ARENA_BLOCK ? need : GM_ARENA_BLOCK;
	struct gm_arena_block *b;

	if (size > SIZE_MAX - sizeof(*b))
		out_of_memory();
	b = malloc(sizeof(*b) + size);
	if (!b)
		out_of_memory();
	b->size = size;
	b->next = a->head;
	a->head = b;
	a->used = 0;
	a->total += size;
}

void *gm_alloc(struct gm_arena *a, size_t size)
{
	size_t need = aligned(size ? size : 1);
	void *p;

	if (!a->head || a->head->size - a->used < need)
		add_block(a, need);
	p = a->head->data + a->used;
	a->used += need;
	memset(p, 0, need);
	return p;
}

void *gm_alloc_n(struct gm_arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		out_of_memory();
	return gm_alloc(a, bytes);
}

char *gm_strndup(struct gm_arena *a, const char *s, size_t len)
{
	char *p = gm_alloc(a, len + 1);

	if (len)
		memcpy(p, s, len);
	return p;
}

char *gm_strdup(struct gm_arena *a, const char *s)
{
	return gm_strndup(a, s, strlen(s));
}

char *gm_vprintf(struct gm_arena *a, const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		GM_BUG("bad format");
	text = gm_alloc(a, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	return text;
}

char *gm_printf(struct gm_arena *a, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = gm_vprintf(a, fmt, args);
	va_end(args);
	return text;
}

void gm_grow(struct gm_arena *a, void **items, size_t n, size_t *cap,
	     size_t size)
{
	void *bigger;

	if (n < *cap)
		return;
	*cap = *cap ? *cap * 2 : 8;
	bigger = gm_alloc_n(a, *cap, size);
	if (n)
		memcpy(bigger, *items, n * size);
	*items = bigger;
}

static void pop_block(struct gm_arena *a)
{
	struct gm_arena_block *b = a->head;

	a->head = b->next;
	a->total -= b->size;
	free(b);
}

void gm_arena_done(struct gm_arena *a)
{
	while (a->head)
		pop_block(a);
	a->used = 0;
}

struct gm_arena_mark gm_arena_mark(const struct gm_arena *a)
{
	return (struct gm_arena_mark){ a->head, a->used };
}

void gm_arena_reset(struct gm_arena *a, struct gm_arena_mark mark)
{
	while (a->head != mark.head)
		pop_block(a);
	a->used = mark.used;
}
