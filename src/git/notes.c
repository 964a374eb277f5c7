#include "git/notes.h"

#include "git/lib.h"

#include <stdlib.h>
#include <string.h>

#define NOTES_MAX 500000

struct reader {
	struct gm_notes notes;
	struct gm_arena *a;
	const struct gm_repo *r;
	const struct gm_oid *commit;
	int level; /* of all notes; -1: none was seen yet */
	char hex[GM_OID_HEX];
};

static int odd(const struct reader *n, struct gm_err *err, const char *what)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	gm_fail(err, GM_EINPUT, "notes commit %s holds %s",
		gm_oid_hex(&a, n->commit), what);
	return gm_hint(err, "Programs disagree on what such notes say.");
}

static bool is_hex(struct gm_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr("0123456789abcdef", s.ptr[i]) || !s.ptr[i])
			return false;
	return true;
}

static int read_level(struct reader *n, const struct gm_oid *tree, int level,
		      struct gm_err *err);

static int read_entry(struct reader *n, const struct gm_entry *e, int level,
		      struct gm_err *err)
{
	size_t at = 2 * (size_t)level;
	struct gm_note *note;

	if (!is_hex(e->name))
		return odd(n, err, "a name that is not lower-case hex");
	if (e->mode == GM_MODE_TREE) {
		if (e->name.len != 2 || at + 2 >= GM_OID_HEX)
			return odd(n, err, "a directory that is no fan-out");
		memcpy(n->hex + at, e->name.ptr, 2);
		return read_level(n, &e->oid, level + 1, err);
	}
	if (e->mode != GM_MODE_FILE)
		return odd(n, err, "something that is not a plain file");
	if (at + e->name.len != GM_OID_HEX)
		return odd(n, err, "a name that is no object's");
	if (n->level >= 0 && n->level != level)
		return odd(n, err, "notes at different levels");
	if (n->notes.n >= NOTES_MAX)
		return gm_fail(err, GM_ELIMIT, "more than %d notes", NOTES_MAX);
	n->level = level;
	memcpy(n->hex + at, e->name.ptr, e->name.len);
	note = GM_PUSH(n->a, &n->notes);
	note->blob = e->oid;
	if (!gm_oid_parse(&note->on, (struct gm_str){ n->hex, GM_OID_HEX }))
		return odd(n, err, "a name that is no object's");
	return 0;
}

static int read_level(struct reader *n, const struct gm_oid *tree, int level,
		      struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_tree_reader reader;
	struct gm_entry entry;
	size_t before = n->notes.n;
	int more;

	if (gm_tree_open(&reader, &scratch, n->r, tree, err) < 0)
		return -1;
	while ((more = gm_tree_next(&entry, &reader, err)) > 0)
		if (read_entry(n, &entry, level, err) < 0)
			return -1;
	if (more < 0) {
		err->code = GM_EINPUT;
		return -1;
	}
	if (level && n->notes.n == before)
		return odd(n, err, "an empty directory");
	return 0;
}

int gm_notes_read_level(struct gm_notes *out, int *level, struct gm_arena *a,
			const struct gm_repo *r, const struct gm_oid *commit,
			struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct reader n = { .a = a, .r = r, .commit = commit, .level = -1 };
	struct gm_commit c;

	if (gm_commit_read(&c, &scratch, r, commit, err) < 0 ||
	    read_level(&n, &c.tree, 0, err) < 0)
		return -1;
	*out = n.notes;
	*level = n.level < 0 ? 0 : n.level;
	return 0;
}

int gm_notes_read(struct gm_notes *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_oid *commit,
		  struct gm_err *err)
{
	int level;

	return gm_notes_read_level(out, &level, a, r, commit, err);
}

static int by_object(const void *key, const void *member)
{
	const struct gm_note *note = member;

	return gm_oid_cmp(key, &note->on);
}

const struct gm_note *gm_notes_find(const struct gm_notes *notes,
				    const struct gm_oid *on)
{
	if (!notes->n)
		return NULL;
	return bsearch(on, notes->items, notes->n, sizeof(*notes->items),
		       by_object);
}
