#include "check/stray.h"

#include "git/trailer.h"
#include "git/walk.h"

/* A longer value is not shown. */
#define VALUE_MAX 200
/* Reverts of reverts of reverts ... */
#define HOPS_MAX 16
/* What git revert writes. */
#define REVERTS GM_STR("This reverts commit ")

/* The value of "key: value", also of an indented one; empty: it is none. */
static struct gm_str value_of(struct gm_str line, const char *key)
{
	struct gm_str word = gm_str(key);

	line = gm_str_trim(line);
	if (!gm_str_ieq(gm_str_sub(line, 0, word.len), word) ||
	    !gm_str_starts(gm_str_sub(line, word.len, line.len), GM_STR(":")))
		return GM_STR_NONE;
	return gm_str_trim(gm_str_sub(line, word.len + 1, line.len));
}

/* Where the trailers begin: a line, or SIZE_MAX. */
static size_t trailers_at(struct gm_judge *j, struct gm_str message)
{
	struct gm_trailers trailers = { 0 };

	gm_trailers_parse(&trailers, j->scratch, message);
	return trailers.n ? trailers.items[0].line : SIZE_MAX;
}

/* The commit that a message says it reverts. */
static bool reverted(struct gm_oid *out, struct gm_str message)
{
	struct gm_str line;

	while (gm_str_line(&line, &message))
		if (gm_str_starts(line, REVERTS) &&
		    gm_oid_parse(out, gm_str_sub(line, REVERTS.len,
						 REVERTS.len + GM_OID_HEX)))
			return true;
	return false;
}

/*
 * The commit that this one brings back, since it reverts what reverted it; the
 * next older one each time.  Only what is before it is shown to who wrote it.
 */
static bool original(struct gm_commit *out, struct gm_judge *j,
		     const struct gm_judged_commit *c, struct gm_str key,
		     struct gm_trailers *trailers)
{
	const struct gm_oid *tip = c->hex                ? &c->commit.oid
				   : c->commit.n_parents ? &c->commit.parents[0]
							 : NULL;
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid oid;

	*out = c->commit;
	for (int hop = 1; tip && hop <= HOPS_MAX; hop++) {
		if (!reverted(&oid, out->message) ||
		    gm_is_ancestor(j->repo, &oid, tip, &err) <= 0 ||
		    gm_commit_read(out, j->scratch, j->repo, &oid, &err) < 0)
			return false;
		*trailers = (struct gm_trailers){ 0 };
		gm_trailers_parse(trailers, j->scratch, out->message);
		for (size_t i = 0; i < trailers->n && hop % 2 == 0; i++)
			if (gm_str_ieq(trailers->items[i].key, key))
				return true;
	}
	return false;
}

static bool is_ours(struct gm_str key)
{
	return gm_str_ieq(gm_str_sub(key, 0, 9), GM_STR("Migration")) ||
	       gm_str_ieq(gm_str_sub(key, 0, 9), GM_STR("Rollback-")) ||
	       gm_str_ieq(key, GM_STR("Feature-Flag"));
}

/* `git revert` leaves out the trailers, and so does reverting that. */
static void hint_reverted(struct gm_judge *j, const struct gm_judged_commit *c,
			  const char *key, struct gm_finding *finding)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_trailers trailers;
	struct gm_commit from;

	if (!original(&from, j, c, gm_str(key), &trailers))
		return;
	gm_find_hint(f, finding,
		     "This brings commit %.12s back, whose message had it, and"
		     " no revert copies trailers: put its trailers at the end"
		     " of this message as well, git commit --amend.",
		     gm_oid_hex(j->scratch, &from.oid));
	/* Once is enough. */
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].commit == c->hex && f->items[i].notes.n &&
		    gm_str_starts(gm_str(f->items[i].notes.items[0]),
				  GM_STR("copy: ")))
			return;
	for (size_t i = 0; i < trailers.n; i++) {
		const struct gm_trailer *t = &trailers.items[i];

		if (is_ours(t->key) && t->value.len <= VALUE_MAX)
			gm_find_note(f, finding, "copy: %.*s: %.*s",
				     (int)t->key.len, t->key.ptr,
				     (int)t->value.len, t->value.ptr);
	}
}

void gm_stray_hint(struct gm_judge *j, const struct gm_judged_commit *c,
		   struct gm_str path, const char *key,
		   struct gm_finding *finding)
{
	struct gm_str rest = c->commit.message, line, value;
	size_t end = trailers_at(j, rest);

	for (size_t number = 1; gm_str_line(&line, &rest) && number < end;
	     number++) {
		value = value_of(line, key);
		if (!value.len || value.len > VALUE_MAX)
			continue;
		gm_find_hint(&j->result->findings, finding,
			     "'%s: %.*s' stands in line %zu of the message,"
			     " outside of its last paragraph, where trailers"
			     " are read; a squash may have moved it. Put"
			     " '-- %s: %.*s' at the top of %.*s.",
			     key, (int)value.len, value.ptr, number, key,
			     (int)value.len, value.ptr, (int)path.len,
			     path.ptr);
		return;
	}
	hint_reverted(j, c, key, finding);
}
