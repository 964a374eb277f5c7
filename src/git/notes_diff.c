#include "git/notes.h"

#include "base/map.h"
#include "git/lib.h"

#include <string.h>

/* What is read before it is given up: directories, and notes one by one. */
#define STEPS_MAX 1000000

struct side {
	const struct gm_oid *commit;
	const struct gm_oid *tree; /* NULL: nothing here */
	struct gm_notes_dir dir;
	struct gm_notes notes;
};

struct differ {
	struct gm_notes_changes changes;
	struct gm_arena *a;
	const struct gm_repo *r;
	const struct gm_oid *commits[2];
	size_t steps;
	char hex[GM_OID_HEX];
};

static int step(struct differ *d, size_t n, struct gm_err *err)
{
	d->steps += n;
	if (d->steps > STEPS_MAX)
		return gm_fail(err, GM_ELIMIT,
			       "the notes differ in more than %d places",
			       STEPS_MAX);
	return 0;
}

static void add(struct differ *d, const struct gm_oid *on,
		const struct gm_oid *old, const struct gm_oid *new_)
{
	struct gm_notes_change *change;

	if (old && new_ && gm_oid_eq(old, new_))
		return;
	change = GM_PUSH(d->a, &d->changes);
	change->on = *on;
	if (old)
		change->old = *old;
	if (new_)
		change->new_ = *new_;
}

static int collect(struct side *s, struct gm_arena *a, struct differ *d,
		   int level, struct gm_err *err)
{
	struct gm_str prefix = { d->hex, 2 * (size_t)level };

	if (!s->tree)
		return 0;
	return gm_notes_below(&s->notes, a, d->r, s->commit, s->tree, prefix,
			      err);
}

static const struct gm_note *at_or_null(const struct gm_notes *notes, size_t i)
{
	return i < notes->n ? &notes->items[i] : NULL;
}

/* Note by note, however deep they lie. */
static int compare_notes(struct differ *d, struct side *old, struct side *new_,
			 int level, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	size_t i = 0, k = 0;

	if (collect(old, &a, d, level, err) < 0 ||
	    collect(new_, &a, d, level, err) < 0)
		return -1;
	if (step(d, old->notes.n + new_->notes.n, err) < 0)
		return -1;
	while (i < old->notes.n || k < new_->notes.n) {
		const struct gm_note *one = at_or_null(&old->notes, i);
		const struct gm_note *two = at_or_null(&new_->notes, k);
		int order = !one   ? 1
			    : !two ? -1
				   : gm_oid_cmp(&one->on, &two->on);

		if (order < 0)
			add(d, &one->on, &one->blob, NULL);
		else if (order > 0)
			add(d, &two->on, NULL, &two->blob);
		else
			add(d, &one->on, &one->blob, &two->blob);
		i += order <= 0;
		k += order >= 0;
	}
	return 0;
}

static int compare(struct differ *d, const struct gm_oid *old,
		   const struct gm_oid *new_, int level, struct gm_err *err);

/* Directory by directory; those with the same name in both meet. */
static int compare_dirs(struct differ *d, const struct gm_entries *old,
			const struct gm_entries *new_, int level,
			struct gm_err *err)
{
	char *hex = d->hex + 2 * (size_t)level;
	size_t i = 0, k = 0;

	for (;;) {
		const struct gm_entry *one = NULL, *two = NULL;
		const struct gm_oid *was = NULL, *is = NULL;
		int order;

		if (i < old->n)
			one = &old->items[i];
		if (k < new_->n)
			two = &new_->items[k];
		if (!one && !two)
			return 0;
		order = !one ? 1 : !two ? -1 : gm_str_cmp(one->name, two->name);
		if (order <= 0) {
			was = &one->oid;
			memcpy(hex, one->name.ptr, 2);
			i++;
		}
		if (order >= 0) {
			is = &two->oid;
			memcpy(hex, two->name.ptr, 2);
			k++;
		}
		if (compare(d, was, is, level + 1, err) < 0)
			return -1;
	}
}

static int compare(struct differ *d, const struct gm_oid *old,
		   const struct gm_oid *new_, int level, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct side sides[2] = { { .commit = d->commits[0], .tree = old },
				 { .commit = d->commits[1], .tree = new_ } };

	if (old && new_ && gm_oid_eq(old, new_))
		return 0;
	if (step(d, 1, err) < 0)
		return -1;
	if (!old || !new_)
		return compare_notes(d, &sides[0], &sides[1], level, err);
	for (int i = 0; i < 2; i++)
		if (gm_notes_dir_read(&sides[i].dir, &a, d->r, sides[i].commit,
				      sides[i].tree, level, err) < 0)
			return -1;
	if (!sides[0].dir.fans_out || !sides[1].dir.fans_out)
		return compare_notes(d, &sides[0], &sides[1], level, err);
	return compare_dirs(d, &sides[0].dir.entries, &sides[1].dir.entries,
			    level, err);
}

int gm_notes_diff(struct gm_notes_changes *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_oid *old,
		  const struct gm_oid *new_, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct differ d = { .a = a, .r = r, .commits = { old, new_ } };
	const struct gm_oid *trees[2] = { NULL, NULL };
	struct gm_commit commits[2];

	for (int i = 0; i < 2; i++) {
		if (gm_oid_is_zero(d.commits[i]))
			continue;
		if (gm_commit_read(&commits[i], &scratch, r, d.commits[i],
				   err) < 0)
			return -1;
		trees[i] = &commits[i].tree;
	}
	if (compare(&d, trees[0], trees[1], 0, err) < 0)
		return -1;
	*out = d.changes;
	return 0;
}

/* --- what was added --- */

static int add_lines(struct gm_note_lines *out, struct gm_arena *a,
		     const struct gm_repo *r,
		     const struct gm_notes_change *change, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_map there = gm_map(&scratch);
	struct gm_str text, line;

	if (gm_oid_is_zero(&change->new_))
		return 0;
	if (!gm_oid_is_zero(&change->old)) {
		if (gm_note_read(&text, &scratch, r, &change->on, &change->old,
				 err) < 0)
			return -1;
		while (gm_str_line(&line, &text))
			if (line.len)
				gm_map_set(&there, line, out);
	}
	if (gm_note_read(&text, &scratch, r, &change->on, &change->new_, err) <
	    0)
		return -1;
	while (gm_str_line(&line, &text)) {
		struct gm_note_line *added;

		if (!line.len || gm_map_get(&there, line))
			continue;
		gm_map_set(&there, line, out);
		added = GM_PUSH(a, out);
		added->on = change->on;
		added->line = gm_str_dup(a, line);
	}
	return 0;
}

int gm_notes_added(struct gm_note_lines *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_oid *old,
		   const struct gm_oid *new_, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_note_lines lines = { 0 };
	struct gm_notes_changes changes;

	if (gm_notes_diff(&changes, &scratch, r, old, new_, err) < 0)
		return -1;
	for (size_t i = 0; i < changes.n; i++)
		if (add_lines(&lines, a, r, &changes.items[i], err) < 0)
			return -1;
	*out = lines;
	return 0;
}

int gm_notes_new(struct gm_notes *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *old,
		 const struct gm_oid *new_, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_notes notes = { 0 };
	struct gm_notes_changes changes;

	if (gm_notes_diff(&changes, &scratch, r, old, new_, err) < 0)
		return -1;
	for (size_t i = 0; i < changes.n; i++)
		if (!gm_oid_is_zero(&changes.items[i].new_))
			*GM_PUSH(a, &notes) =
				(struct gm_note){ changes.items[i].on,
						  changes.items[i].new_ };
	*out = notes;
	return 0;
}
