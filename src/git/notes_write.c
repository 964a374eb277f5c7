#include "git/notes.h"

#include "git/lib.h"

#include <stdlib.h>
#include <string.h>

/*
 * More notes in one directory than this are fanned out.  A look-up reads
 * whole directories and an append writes them: this is 34 kB.
 */
#define FLAT_MAX 512

struct writer {
	struct gm_repo *r;
	const struct gm_oid *commit;
};

static int by_object(const void *a, const void *b)
{
	const struct gm_note *one = a, *two = b;

	return gm_oid_cmp(&one->on, &two->on);
}

/* How many from the first on go into the directory that it goes into. */
static size_t group(const struct gm_note *notes, size_t n, int level)
{
	size_t i = 1;

	while (i < n && notes[i].on.id[level] == notes[0].on.id[level])
		i++;
	return i;
}

static void put(struct gm_entries *list, struct gm_arena *a,
		const struct gm_oid *on, int level, unsigned mode,
		const struct gm_oid *oid)
{
	const char *hex = gm_oid_hex(a, on) + 2 * (size_t)level;
	struct gm_entry *e = GM_PUSH(a, list);

	e->name =
		(struct gm_str){ hex, mode == GM_MODE_TREE ? 2 : strlen(hex) };
	e->mode = mode;
	e->oid = *oid;
}

/* A directory of these notes alone. */
static int write_new(struct gm_oid *out, struct writer *w,
		     const struct gm_note *notes, size_t n, int level,
		     struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_entries list = { 0 };
	struct gm_oid dir;

	for (size_t i = 0, len; i < n; i += len) {
		if (n <= FLAT_MAX || level == GM_OID_SIZE - 1) {
			len = 1;
			put(&list, &a, &notes[i].on, level, GM_MODE_FILE,
			    &notes[i].blob);
			continue;
		}
		len = group(notes + i, n - i, level);
		if (write_new(&dir, w, notes + i, len, level + 1, err) < 0)
			return -1;
		put(&list, &a, &notes[i].on, level, GM_MODE_TREE, &dir);
	}
	return gm_tree_write(out, w->r, &list, err);
}

/* The notes of a flat directory with the changes put in. */
static int write_flat(struct gm_oid *out, struct writer *w,
		      const struct gm_notes_dir *dir,
		      const struct gm_note *changes, size_t n, int level,
		      struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_notes all = { 0 };
	char hex[GM_OID_HEX];
	size_t at = 0;

	memcpy(hex, gm_oid_hex(&a, &changes[0].on), GM_OID_HEX);
	for (size_t i = 0; i < dir->entries.n; i++) {
		const struct gm_entry *e = &dir->entries.items[i];
		struct gm_note note = { .blob = e->oid };

		memcpy(hex + 2 * (size_t)level, e->name.ptr, e->name.len);
		if (!gm_oid_parse(&note.on, (struct gm_str){ hex, GM_OID_HEX }))
			GM_BUG("hex digits that name no object");
		while (at < n && gm_oid_cmp(&changes[at].on, &note.on) < 0)
			*GM_PUSH(&a, &all) = changes[at++];
		if (at < n && gm_oid_eq(&changes[at].on, &note.on))
			note = changes[at++];
		*GM_PUSH(&a, &all) = note;
	}
	while (at < n)
		*GM_PUSH(&a, &all) = changes[at++];
	return write_new(out, w, all.items, all.n, level, err);
}

static int write_dir(struct gm_oid *out, struct writer *w,
		     const struct gm_oid *base, const struct gm_note *changes,
		     size_t n, int level, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_notes_dir dir;
	size_t known;

	if (gm_notes_dir_read(&dir, &a, w->r, w->commit, base, level, err) < 0)
		return -1;
	if (!dir.fans_out)
		return write_flat(out, w, &dir, changes, n, level, err);
	known = dir.entries.n;
	for (size_t i = 0, len; i < n; i += len) {
		struct gm_notes_dir old = { dir.entries, true };
		struct gm_entry *e;
		struct gm_oid oid;
		int rc;

		len = group(changes + i, n - i, level);
		/* What was put in behind is not sorted in yet. */
		old.entries.n = known;
		e = gm_notes_dir_find(&old, &changes[i].on, level);
		rc = e ? write_dir(&oid, w, &e->oid, changes + i, len,
				   level + 1, err)
		       : write_new(&oid, w, changes + i, len, level + 1, err);
		if (rc < 0)
			return -1;
		if (e)
			e->oid = oid;
		else
			put(&dir.entries, &a, &changes[i].on, level,
			    GM_MODE_TREE, &oid);
	}
	return gm_tree_write(out, w->r, &dir.entries, err);
}

int gm_notes_write(struct gm_oid *out, struct gm_repo *r,
		   const struct gm_oid *commit, const struct gm_oid *base,
		   const struct gm_notes *changes, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct writer w = { .r = r, .commit = commit };
	struct gm_note *sorted;

	if (gm_repo_may_write(r, err) < 0)
		return -1;
	if (!changes->n && !gm_oid_is_zero(base)) {
		*out = *base;
		return 0;
	}
	sorted = gm_alloc_n(&a, changes->n, sizeof(*sorted));
	if (changes->n) {
		memcpy(sorted, changes->items, changes->n * sizeof(*sorted));
		qsort(sorted, changes->n, sizeof(*sorted), by_object);
	}
	if (gm_oid_is_zero(base))
		return write_new(out, &w, sorted, changes->n, 0, err);
	return write_dir(out, &w, base, sorted, changes->n, 0, err);
}
