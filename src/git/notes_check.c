#include "git/notes.h"

#include "base/map.h"
#include "git/lib.h"
#include "git/walk.h"

#include <string.h>

/* A push of more commits than this is not judged. */
#define COMMITS_MAX 20000

struct checker {
	const char *why; /* set as soon as it is no append */
	struct gm_arena *a;
	const struct gm_repo *r;
	bool exists; /* the ref is there already */
};

static int no(struct checker *c, const char *why)
{
	c->why = why;
	return 0;
}

/* What is wrong with pushed data is an answer, not a failure of ours. */
static int judge(struct checker *c, const struct gm_err *err)
{
	if (err->code != GM_EINPUT && err->code != GM_ELIMIT)
		return -1;
	c->why = gm_strdup(c->a, err->msg);
	return 0;
}

static const char *about(struct checker *c, const char *what,
			 const struct gm_oid *on)
{
	return gm_printf(c->a, "%s %s", what, gm_oid_hex(c->a, on));
}

static int read_note(struct gm_str *out, struct gm_arena *a, struct checker *c,
		     const struct gm_note *note, struct gm_err *err)
{
	if (gm_blob_read(out, a, c->r, &note->blob, GM_NOTE_MAX, err) < 0)
		return judge(c, err);
	if (gm_str_find(*out, '\0') != out->len)
		return no(c, about(c, "a NUL is in the note on", &note->on));
	return 1;
}

/* Are all lines of `old` (NULL: there was none) in `now_`, too? */
static int compare_note(struct checker *c, const struct gm_note *old,
			const struct gm_note *now_, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_map lines = gm_map(&a);
	struct gm_str text, line;
	int ok;

	if (old && gm_oid_eq(&old->blob, &now_->blob))
		return 1;
	ok = read_note(&text, &a, c, now_, err);
	if (ok <= 0 || !old)
		return ok;
	while (gm_str_line(&line, &text))
		if (line.len)
			gm_map_set(&lines, line, c);
	ok = read_note(&text, &a, c, old, err);
	if (ok <= 0)
		return ok;
	while (gm_str_line(&line, &text))
		if (line.len && !gm_map_get(&lines, line))
			return no(c, about(c, "a line is gone from the note on",
					   &old->on));
	return 1;
}

static int compare_all(struct checker *c, const struct gm_notes *old,
		       const struct gm_notes *now_, struct gm_err *err)
{
	size_t at = 0;
	int ok = 1;

	for (size_t i = 0; ok > 0 && i < now_->n; i++) {
		const struct gm_note *before = NULL;

		if (at < old->n) {
			int order = gm_oid_cmp(&old->items[at].on,
					       &now_->items[i].on);

			if (order < 0)
				break;
			if (!order)
				before = &old->items[at++];
		}
		ok = compare_note(c, before, &now_->items[i], err);
	}
	if (ok > 0 && at < old->n)
		return no(c, about(c, "the note is gone from",
				   &old->items[at].on));
	return ok;
}

static int check_commit(struct checker *c, const struct gm_oid *oid,
			struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_notes old = { 0 }, now_;
	struct gm_commit commit;
	int ok = 1;

	if (gm_commit_read(&commit, &a, c->r, oid, err) < 0)
		return judge(c, err);
	if (gm_notes_read(&now_, &a, c->r, oid, err) < 0)
		return judge(c, err);
	if (!commit.n_parents && c->exists)
		return no(c, "it begins a second history");
	if (!commit.n_parents)
		return compare_all(c, &old, &now_, err);
	for (size_t i = 0; ok > 0 && i < commit.n_parents; i++) {
		GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;

		if (gm_notes_read(&old, &scratch, c->r, &commit.parents[i],
				  err) < 0)
			return judge(c, err);
		ok = compare_all(c, &old, &now_, err);
	}
	return ok;
}

static int check(struct checker *c, const struct gm_oid *old,
		 const struct gm_oid *new_, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_oids commits;
	int ok;

	if (gm_oid_is_zero(new_))
		return no(c, "it deletes the ref");
	if (gm_object_kind(c->r, new_) != GM_OBJECT_COMMIT)
		return no(c, "it does not name a commit");
	ok = c->exists ? gm_is_ancestor(c->r, old, new_, err) : 1;
	if (ok <= 0)
		return ok ? -1
			  : no(c, "it does not continue the history that "
				  "is there");
	if (gm_walk(&commits, &a, c->r, new_, old, c->exists, COMMITS_MAX,
		    err) < 0)
		return judge(c, err);
	for (size_t i = 0; ok > 0 && i < commits.n; i++)
		ok = check_commit(c, &commits.items[i], err);
	return ok;
}

int gm_notes_is_append(const char **why, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_oid *old,
		       const struct gm_oid *new_, struct gm_err *err)
{
	struct checker c = { .a = a, .r = r, .exists = !gm_oid_is_zero(old) };
	int ok = check(&c, old, new_, err);

	if (!ok)
		*why = c.why;
	return ok;
}
