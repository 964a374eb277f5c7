/*
 * base/arena: memory that is freed all at once.
 *
 * The ownership law of the program: a function that takes an arena puts what
 * it returns there, and whoever owns the arena frees everything together.
 * Nothing taken from an arena is ever freed alone.  Running out of memory
 * ends the program: no caller tests for NULL.
 */
#ifndef GM_BASE_ARENA_H
#define GM_BASE_ARENA_H

#include <stdarg.h>

#include "base/base.h"

struct gm_arena_block;

struct gm_arena {
	struct gm_arena_block *head; /* newest block, NULL while empty */
	size_t used;                 /* bytes taken in `head` */
	size_t total;                /* bytes held from malloc, all blocks */
};

#define GM_ARENA_INIT                                                          \
	{                                                                      \
		NULL, 0, 0                                                     \
	}

/* `size` zeroed bytes, aligned for any type.  `size` may be 0. */
void *gm_alloc(struct gm_arena *a, size_t size)
	__attribute__((malloc, alloc_size(2), returns_nonnull));

/* `n` zeroed elements of `size` bytes; ends the program on overflow. */
void *gm_alloc_n(struct gm_arena *a, size_t n, size_t size)
	__attribute__((malloc, alloc_size(2, 3), returns_nonnull));

/* A copy of `len` bytes with a NUL after them. */
char *gm_strndup(struct gm_arena *a, const char *s, size_t len)
	__attribute__((returns_nonnull));

/* A copy of the string. */
char *gm_strdup(struct gm_arena *a, const char *s)
	__attribute__((returns_nonnull));

/* A formatted string. */
char *gm_printf(struct gm_arena *a, const char *fmt, ...) GM_PRINTF(2, 3)
	__attribute__((returns_nonnull));

/* The same with its arguments in a list. */
char *gm_vprintf(struct gm_arena *a, const char *fmt, va_list args)
	GM_PRINTF(2, 0) __attribute__((returns_nonnull));

/*
 * Make room for one more element behind `*items` (element size `size`, `n`
 * in use, `*cap` allocated).  The old array stays where it was until the
 * arena goes.  Use it through GM_PUSH.
 */
void gm_grow(struct gm_arena *a, void **items, size_t n, size_t *cap,
	     size_t size);

/*
 * Append to a growable array: a struct with the fields `items`, `n`, `cap`.
 * Yields a pointer to the new, zeroed element.
 */
#define GM_PUSH(a, list)                                                       \
	(gm_grow((a), (void **)&(list)->items, (list)->n, &(list)->cap,        \
		 sizeof *(list)->items),                                       \
	 &(list)->items[(list)->n++])

/* Free everything.  The arena is empty and usable again afterwards. */
void gm_arena_done(struct gm_arena *a);

/* A place in an arena to come back to. */
struct gm_arena_mark {
	struct gm_arena_block *head;
	size_t used;
};

/* Where the arena stands now. */
struct gm_arena_mark gm_arena_mark(const struct gm_arena *a);

/*
 * Free all that was taken since the mark.  Loops over commits and files use
 * this so that memory does not grow with the history.
 */
void gm_arena_reset(struct gm_arena *a, struct gm_arena_mark mark);

#endif
