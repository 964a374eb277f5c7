#include "git/notes.h"

#include "base/map.h"
#include "git/lib.h"

#include <string.h>

/* The lines of one object. */
struct addition {
	struct gm_oid on;
	struct gm_strings lines;
};

struct additions {
	struct addition **items;
	size_t n, cap;
	const char *message;
};

static int group(struct additions *out, struct gm_arena *a,
		 const struct gm_note_line *lines, size_t n, struct gm_err *err)
{
	struct gm_map known = gm_map(a);

	for (size_t i = 0; i < n; i++) {
		struct addition *add =
			gm_map_get(&known, gm_oid_key(&lines[i].on));

		if (!*lines[i].line || strchr(lines[i].line, '\n'))
			return gm_fail(err, GM_EINPUT,
				       "a note is made of single lines");
		if (!add) {
			add = gm_alloc(a, sizeof(*add));
			add->on = lines[i].on;
			gm_map_set(&known, gm_oid_key(&add->on), add);
			*GM_PUSH(a, out) = add;
		}
		*GM_PUSH(a, &add->lines) = lines[i].line;
	}
	return 0;
}

/* The note with the lines that are new to it: 1, or 0 when none is. */
static int extend(struct gm_oid *blob, struct gm_notes_move *m,
		  const struct addition *add, struct gm_err *err)
{
	struct gm_buf text = gm_buf(m->a);
	struct gm_str content;
	struct gm_oid old;
	int found = 0;

	if (!gm_oid_is_zero(&m->from))
		found = gm_notes_find_one(&old, m->a, m->r, &m->from, &add->on,
					  err);
	if (found < 0)
		return -1;
	if (found) {
		if (gm_blob_read(&content, m->a, m->r, &old, GM_NOTE_MAX, err) <
		    0)
			return -1;
		gm_buf_str(&text, content);
	}
	if (!gm_note_extend(&text, &add->lines))
		return 0;
	if (text.len > GM_NOTE_MAX)
		return gm_fail(err, GM_ELIMIT,
			       "a note would be larger than %zu bytes",
			       GM_NOTE_MAX);
	return gm_blob_write(blob, m->r, gm_buf_view(&text), err) < 0 ? -1 : 1;
}

static int make(struct gm_oid *to, struct gm_notes_move *m, struct gm_err *err)
{
	const struct additions *additions = m->arg;
	struct gm_notes changes = { 0 };
	struct gm_commit parent = { .n_parents = 0 };
	struct gm_oid tree;

	for (size_t i = 0; i < additions->n; i++) {
		const struct addition *add = additions->items[i];
		struct gm_oid blob;
		struct gm_note *change;
		int changed = extend(&blob, m, add, err);

		if (changed < 0)
			return -1;
		if (!changed)
			continue;
		change = GM_PUSH(m->a, &changes);
		change->on = add->on;
		change->blob = blob;
	}
	if (!changes.n)
		return 0;
	if (!gm_oid_is_zero(&m->from) &&
	    gm_commit_read(&parent, m->a, m->r, &m->from, err) < 0)
		return -1;
	if (gm_notes_write(&tree, m->r, &m->from, &parent.tree, &changes, err) <
		    0 ||
	    gm_notes_commit(to, m, &tree, &m->from, 1, additions->message,
			    err) < 0)
		return -1;
	return 1;
}

int gm_notes_append(struct gm_repo *r, const char *ref,
		    const struct gm_note_line *lines, size_t n,
		    const char *message, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct additions additions = { .message = message };

	if (gm_repo_may_write(r, err) < 0 ||
	    group(&additions, &a, lines, n, err) < 0)
		return -1;
	return gm_notes_swap(r, ref, message, make, &additions, err) < 0 ? -1
									 : 0;
}
