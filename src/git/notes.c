#include "git/notes.h"

#include "git/lib.h"

#include <stdlib.h>
#include <string.h>

#define NOTES_MAX 500000

static int odd(const struct gm_oid *commit, struct gm_err *err,
	       const char *what)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	gm_fail(err, GM_EINPUT, "notes commit %s holds %s",
		gm_oid_hex(&a, commit), what);
	return gm_hint(err, "Programs disagree on what such notes say.");
}

static bool is_hex(struct gm_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') &&
		    !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))
			return false;
	return true;
}

/* What is odd about an entry, or NULL. */
static const char *oddity(const struct gm_entry *e, int level)
{
	size_t above = 2 * (size_t)level;

	if (!is_hex(e->name))
		return "a name that is not lower-case hex";
	if (e->mode == GM_MODE_TREE)
		return e->name.len == 2 && above + 2 < GM_OID_HEX
			       ? NULL
			       : "a directory that is no fan-out";
	if (e->mode != GM_MODE_FILE)
		return "something that is not a plain file";
	return above + e->name.len == GM_OID_HEX ? NULL
						 : "a name that is no object's";
}

int gm_notes_dir_read(struct gm_notes_dir *out, struct gm_arena *a,
		      const struct gm_repo *r, const struct gm_oid *commit,
		      const struct gm_oid *tree, int level, struct gm_err *err)
{
	struct gm_tree_reader reader;
	struct gm_notes_dir dir = { .fans_out = false };
	struct gm_entry entry;
	int more;

	if (gm_tree_open(&reader, a, r, tree, err) < 0)
		return -1;
	while ((more = gm_tree_next(&entry, &reader, err)) > 0) {
		bool is_dir = entry.mode == GM_MODE_TREE;
		const char *why = oddity(&entry, level);

		/* One object could have two notes. */
		if (!why && dir.entries.n && is_dir != dir.fans_out)
			why = "notes at different levels";
		if (why)
			return odd(commit, err, why);
		dir.fans_out = is_dir;
		*GM_PUSH(a, &dir.entries) = entry;
	}
	if (more < 0) {
		err->code = GM_EINPUT;
		return -1;
	}
	if (level && !dir.entries.n)
		return odd(commit, err, "an empty directory");
	*out = dir;
	return 0;
}

struct place {
	char hex[GM_OID_HEX];
	int level;
};

static int by_name(const void *key, const void *member)
{
	const struct place *place = key;
	const struct gm_entry *e = member;

	return memcmp(place->hex + 2 * (size_t)place->level, e->name.ptr,
		      e->name.len);
}

struct gm_entry *gm_notes_dir_find(const struct gm_notes_dir *dir,
				   const struct gm_oid *on, int level)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct place place = { .level = level };

	if (!dir->entries.n)
		return NULL;
	memcpy(place.hex, gm_oid_hex(&a, on), GM_OID_HEX);
	return bsearch(&place, dir->entries.items, dir->entries.n,
		       sizeof(*dir->entries.items), by_name);
}

int gm_notes_find_one(struct gm_oid *blob, struct gm_arena *a,
		      const struct gm_repo *r, const struct gm_oid *commit,
		      const struct gm_oid *on, struct gm_err *err)
{
	struct gm_arena_mark mark = gm_arena_mark(a);
	const struct gm_entry *entry;
	struct gm_notes_dir dir = { .fans_out = true };
	struct gm_commit c;
	struct gm_oid at;
	int found = 0;

	if (gm_commit_read(&c, a, r, commit, err) < 0)
		return -1;
	at = c.tree;
	for (int level = 0; dir.fans_out; level++) {
		if (gm_notes_dir_read(&dir, a, r, commit, &at, level, err) < 0)
			return -1;
		entry = gm_notes_dir_find(&dir, on, level);
		found = entry != NULL;
		if (!entry)
			break;
		at = entry->oid;
	}
	gm_arena_reset(a, mark);
	if (found)
		*blob = at;
	return found;
}

/* --- all of them --- */

struct reader {
	struct gm_notes notes;
	struct gm_arena *a;
	const struct gm_repo *r;
	const struct gm_oid *commit;
	char hex[GM_OID_HEX];
};

static int read_level(struct reader *n, const struct gm_oid *tree, int level,
		      struct gm_err *err);

static int read_entry(struct reader *n, const struct gm_entry *e, int level,
		      struct gm_err *err)
{
	struct gm_note *note;

	memcpy(n->hex + 2 * (size_t)level, e->name.ptr, e->name.len);
	if (e->mode == GM_MODE_TREE)
		return read_level(n, &e->oid, level + 1, err);
	if (n->notes.n >= NOTES_MAX)
		return gm_fail(err, GM_ELIMIT, "more than %d notes", NOTES_MAX);
	note = GM_PUSH(n->a, &n->notes);
	note->blob = e->oid;
	if (!gm_oid_parse(&note->on, (struct gm_str){ n->hex, GM_OID_HEX }))
		GM_BUG("hex digits that name no object");
	return 0;
}

static int read_level(struct reader *n, const struct gm_oid *tree, int level,
		      struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_notes_dir dir;

	if (gm_notes_dir_read(&dir, &scratch, n->r, n->commit, tree, level,
			      err) < 0)
		return -1;
	for (size_t i = 0; i < dir.entries.n; i++)
		if (read_entry(n, &dir.entries.items[i], level, err) < 0)
			return -1;
	return 0;
}

int gm_notes_below(struct gm_notes *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_oid *commit,
		   const struct gm_oid *tree, struct gm_str prefix,
		   struct gm_err *err)
{
	struct reader n = { .a = a, .r = r, .commit = commit };

	if (prefix.len)
		memcpy(n.hex, prefix.ptr, prefix.len);
	if (read_level(&n, tree, (int)prefix.len / 2, err) < 0)
		return -1;
	*out = n.notes;
	return 0;
}

int gm_notes_read(struct gm_notes *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_oid *commit,
		  struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_commit c;

	if (gm_commit_read(&c, &scratch, r, commit, err) < 0)
		return -1;
	return gm_notes_below(out, a, r, commit, &c.tree, GM_STR_NONE, err);
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
