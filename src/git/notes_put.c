#include "git/notes.h"

#include "git/lib.h"

struct put {
	const struct gm_oid *on;
	const struct gm_oid *blob;
	const char *message;
};

static int make(struct gm_oid *to, struct gm_notes_move *m, struct gm_err *err)
{
	const struct put *put = m->arg;
	struct gm_note change = { *put->on, *put->blob };
	const struct gm_notes changes = { &change, 1, 1 };
	struct gm_commit parent = { .n_parents = 0 };
	struct gm_oid old, tree;
	int found = 0;

	if (!gm_oid_is_zero(&m->from))
		found = gm_notes_find_one(&old, m->a, m->r, &m->from, put->on,
					  err);
	if (found < 0)
		return -1;
	if (found && gm_oid_eq(&old, put->blob))
		return 0;
	if (found)
		return gm_fail(err, GM_EINPUT,
			       "there is another note on %s already",
			       gm_oid_hex(m->a, put->on));
	if (!gm_oid_is_zero(&m->from) &&
	    gm_commit_read(&parent, m->a, m->r, &m->from, err) < 0)
		return -1;
	if (gm_notes_write(&tree, m->r, &m->from, &parent.tree, &changes, err) <
		    0 ||
	    gm_notes_commit(to, m, &tree, &m->from, 1, put->message, err) < 0)
		return -1;
	return 1;
}

int gm_notes_put(struct gm_repo *r, const char *ref, const struct gm_oid *on,
		 struct gm_str text, const char *message, struct gm_err *err)
{
	struct gm_oid blob;
	struct put put = { on, &blob, message };

	if (gm_repo_may_write(r, err) < 0)
		return -1;
	if (text.len > GM_NOTE_MAX)
		return gm_fail(err, GM_ELIMIT,
			       "a note would be larger than %zu bytes",
			       GM_NOTE_MAX);
	if (gm_blob_write(&blob, r, text, err) < 0)
		return -1;
	return gm_notes_swap(r, ref, message, make, &put, err) < 0 ? -1 : 0;
}
