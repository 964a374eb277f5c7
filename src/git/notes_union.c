#include "git/notes.h"

#include "base/map.h"
#include "git/lib.h"
#include "git/walk.h"

struct merger {
	const struct gm_oid *other;
	const char *message;
	struct gm_notes changes; /* to our notes */
	bool ours;               /* has what the other has not */
};

static int read_lines(struct gm_str *text, struct gm_strings *lines,
		      struct gm_notes_move *m, const struct gm_oid *on,
		      const struct gm_oid *blob, struct gm_err *err)
{
	struct gm_str rest, line;

	if (gm_note_read(text, m->a, m->r, on, blob, err) < 0)
		return -1;
	for (rest = *text; gm_str_line(&line, &rest);)
		if (line.len)
			*GM_PUSH(m->a, lines) = gm_str_dup(m->a, line);
	return 0;
}

static bool has_all(struct gm_arena *a, const struct gm_strings *these,
		    const struct gm_strings *those)
{
	struct gm_map there = gm_map(a);

	for (size_t i = 0; i < these->n; i++)
		gm_map_set(&there, gm_str(these->items[i]), a);
	for (size_t i = 0; i < those->n; i++)
		if (!gm_map_get(&there, gm_str(those->items[i])))
			return false;
	return true;
}

/* A note that both have, with other text. */
static int merge_note(struct merger *g, struct gm_notes_move *m,
		      const struct gm_notes_change *c, struct gm_err *err)
{
	struct gm_strings ours = { 0 }, theirs = { 0 };
	struct gm_buf text = gm_buf(m->a);
	struct gm_str content, ignored;
	struct gm_oid blob;

	if (read_lines(&content, &ours, m, &c->on, &c->old, err) < 0 ||
	    read_lines(&ignored, &theirs, m, &c->on, &c->new_, err) < 0)
		return -1;
	if (!has_all(m->a, &theirs, &ours))
		g->ours = true;
	gm_buf_str(&text, content);
	if (!gm_note_extend(&text, &theirs))
		return 0;
	if (text.len > GM_NOTE_MAX)
		return gm_fail(err, GM_ELIMIT,
			       "a note would be larger than %zu bytes",
			       GM_NOTE_MAX);
	if (gm_blob_write(&blob, m->r, gm_buf_view(&text), err) < 0)
		return -1;
	*GM_PUSH(m->a, &g->changes) =
		(struct gm_note){ .on = c->on, .blob = blob };
	return 0;
}

static int merge_all(struct merger *g, struct gm_notes_move *m,
		     struct gm_err *err)
{
	struct gm_notes_changes diff;

	if (gm_notes_diff(&diff, m->a, m->r, &m->from, g->other, err) < 0)
		return -1;
	for (size_t i = 0; i < diff.n; i++) {
		const struct gm_notes_change *c = &diff.items[i];

		if (gm_oid_is_zero(&c->new_))
			g->ours = true;
		else if (gm_oid_is_zero(&c->old))
			*GM_PUSH(m->a, &g->changes) =
				(struct gm_note){ .on = c->on,
						  .blob = c->new_ };
		else if (merge_note(g, m, c, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * A merge joins two lines of one history.  Where they share no commit it would
 * bring a second root, which no server takes: then ours go on top of theirs.
 */
static int write_merge(struct gm_oid *to, struct merger *g,
		       struct gm_notes_move *m, struct gm_err *err)
{
	struct gm_oid parents[2] = { m->from, *g->other }, base, tree;
	struct gm_commit ours;
	int related = gm_merge_base(&base, m->r, &m->from, g->other, err);

	if (related < 0 || gm_commit_read(&ours, m->a, m->r, &m->from, err) < 0)
		return -1;
	if (!related)
		parents[0] = (struct gm_oid){ { 0 } };
	if (gm_notes_write(&tree, m->r, &m->from, &ours.tree, &g->changes,
			   err) < 0 ||
	    gm_notes_commit(to, m, &tree, parents, 2, g->message, err) < 0)
		return -1;
	return 1;
}

static int make(struct gm_oid *to, struct gm_notes_move *m, struct gm_err *err)
{
	struct merger *g = m->arg;
	int has;

	g->changes = (struct gm_notes){ 0 };
	g->ours = false;
	if (!gm_oid_is_zero(&m->from)) {
		has = gm_is_ancestor(m->r, g->other, &m->from, err);
		if (has)
			return has < 0 ? -1 : 0;
	}
	if (merge_all(g, m, err) < 0)
		return -1;
	if (g->ours)
		return write_merge(to, g, m, err);
	/* They have all of ours: nothing of their history may be lost. */
	*to = *g->other;
	return 1;
}

int gm_notes_union(struct gm_repo *r, const char *ref,
		   const struct gm_oid *other, const char *message,
		   struct gm_err *err)
{
	struct merger g = { .other = other, .message = message };

	return gm_notes_swap(r, ref, message, make, &g, err);
}
