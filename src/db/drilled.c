#include "db/drilled.h"

#include <string.h>

static void keep(const char **text, struct gm_arena *a)
{
	if (*text)
		*text = gm_strdup(a, *text);
}

static void *keep_array(const void *items, size_t n, size_t size,
			struct gm_arena *a)
{
	void *copy = gm_alloc_n(a, n, size);

	if (n)
		memcpy(copy, items, n * size);
	return copy;
}

#define KEEP_ARRAY(list, a)                                                    \
	((list)->items = keep_array((list)->items, (list)->n,                  \
				    sizeof(*(list)->items), (a)),              \
	 (list)->cap = (list)->n)

static void keep_strings(struct gm_strings *list, struct gm_arena *a)
{
	KEEP_ARRAY(list, a);
	for (size_t i = 0; i < list->n; i++)
		keep(&list->items[i], a);
}

static void keep_object(const struct gm_object **object, struct gm_arena *a)
{
	struct gm_object *copy;

	if (!*object)
		return;
	copy = keep_array(*object, 1, sizeof(*copy), a);
	keep(&copy->kind, a);
	keep(&copy->name, a);
	keep(&copy->parent, a);
	keep(&copy->definition, a);
	*object = copy;
}

static void keep_changes(struct gm_changes *changes, struct gm_arena *a)
{
	KEEP_ARRAY(changes, a);
	for (size_t i = 0; i < changes->n; i++) {
		keep_object(&changes->items[i].before, a);
		keep_object(&changes->items[i].after, a);
	}
}

static void keep_seen(struct gm_seen *seen, struct gm_arena *a)
{
	struct gm_strings *const lists[] = {
		&seen->rewritten, &seen->rebuilt, &seen->dropped,
		&seen->renamed,   &seen->retyped, &seen->narrowed,
		&seen->invalid,   &seen->added,
	};

	KEEP_ARRAY(&seen->locks, a);
	for (size_t i = 0; i < seen->locks.n; i++) {
		keep(&seen->locks.items[i].relation, a);
		keep(&seen->locks.items[i].mode, a);
	}
	KEEP_ARRAY(&seen->scans, a);
	for (size_t i = 0; i < seen->scans.n; i++)
		keep(&seen->scans.items[i].relation, a);
	for (size_t i = 0; i < GM_COUNT(lists); i++)
		keep_strings(lists[i], a);
}

void gm_drilled_keep(struct gm_drilled *d, struct gm_arena *a)
{
	for (size_t i = 0; i < GM_DRILL_CHECKS; i++) {
		struct gm_drill_check *c = &d->checks[i];

		keep(&c->why, a);
		keep(&c->hint, a);
		keep(&c->path, a);
		keep_changes(&c->changes, a);
		keep_strings(&c->rows, a);
	}
	d->stmts = keep_array(d->stmts, d->n_stmts, sizeof(*d->stmts), a);
	for (size_t i = 0; i < d->n_stmts; i++) {
		keep(&d->stmts[i].tag, a);
		keep_seen(&d->stmts[i].seen, a);
		keep_strings(&d->stmts[i].defects, a);
	}
	keep_changes(&d->changes, a);
	KEEP_ARRAY(&d->fill, a);
	for (size_t i = 0; i < d->fill.n; i++) {
		keep(&d->fill.items[i].table, a);
		keep(&d->fill.items[i].why, a);
	}
	keep(&d->point, a);
	keep(&d->lsn, a);
}
