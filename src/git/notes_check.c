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
		     const struct gm_oid *on, const struct gm_oid *blob,
		     struct gm_err *err)
{
	if (gm_note_read(out, a, c->r, on, blob, err) < 0)
		return judge(c, err);
	return 1;
}

/* Are all lines of the old note, if there was one, in the new one, too? */
static int compare_note(struct checker *c, const struct gm_notes_change *note,
			struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_map lines = gm_map(&a);
	struct gm_str text, line;
	int ok;

	if (gm_oid_is_zero(&note->new_))
		return no(c, about(c, "the note is gone from", &note->on));
	ok = read_note(&text, &a, c, &note->on, &note->new_, err);
	if (ok <= 0 || gm_oid_is_zero(&note->old))
		return ok;
	while (gm_str_line(&line, &text))
		if (line.len)
			gm_map_set(&lines, line, c);
	ok = read_note(&text, &a, c, &note->on, &note->old, err);
	if (ok <= 0)
		return ok;
	while (gm_str_line(&line, &text))
		if (line.len && !gm_map_get(&lines, line))
			return no(c, about(c, "a line is gone from the note on",
					   &note->on));
	return 1;
}

static int compare(struct checker *c, const struct gm_oid *old,
		   const struct gm_oid *new_, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_notes_changes changes;
	int ok = 1;

	if (gm_notes_diff(&changes, &a, c->r, old, new_, err) < 0)
		return judge(c, err);
	for (size_t i = 0; ok > 0 && i < changes.n; i++)
		ok = compare_note(c, &changes.items[i], err);
	return ok;
}

static int check_commit(struct checker *c, const struct gm_oid *oid,
			struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const struct gm_oid none = { { 0 } };
	struct gm_commit commit;
	int ok = 1;

	if (gm_commit_read(&commit, &a, c->r, oid, err) < 0)
		return judge(c, err);
	if (!commit.n_parents && c->exists)
		return no(c, "it begins a second history");
	if (!commit.n_parents)
		return compare(c, &none, oid, err);
	for (size_t i = 0; ok > 0 && i < commit.n_parents; i++)
		ok = compare(c, &commit.parents[i], oid, err);
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
