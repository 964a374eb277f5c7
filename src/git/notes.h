/*
 * git/notes: records hung on objects.
 *
 * A strict reader of notes trees of our own, because git and libgit2 answer
 * differently on odd ones (threats.md, fact 9), and an append that cannot lose
 * a line: both stock writers do under concurrency (fact 8).
 */
#ifndef GM_GIT_NOTES_H
#define GM_GIT_NOTES_H

#include "git/object.h"

struct gm_note {
	struct gm_oid on;   /* the annotated object */
	struct gm_oid blob; /* the note's text */
};

struct gm_notes {
	struct gm_note *items; /* sorted by `on` */
	size_t n, cap;
};

/*
 * All notes of a notes commit.  Refuses (GM_EINPUT) any tree git and libgit2
 * could read differently: names that are not lower-case hex, notes and
 * directories beside each other (so one object in two places), modes other
 * than 100644, other entries.
 */
GM_MUST_CHECK
int gm_notes_read(struct gm_notes *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_oid *commit,
		  struct gm_err *err);

/* The note on `on`, by binary search; NULL when there is none. */
const struct gm_note *gm_notes_find(const struct gm_notes *notes,
				    const struct gm_oid *on);

/*
 * The note on one object: 1 and `*blob`, or 0.  Reads and checks only the trees
 * on the way there, as strictly as gm_notes_read.
 */
GM_MUST_CHECK
int gm_notes_find_one(struct gm_oid *blob, struct gm_arena *a,
		      const struct gm_repo *r, const struct gm_oid *commit,
		      const struct gm_oid *on, struct gm_err *err);

struct gm_note_line {
	struct gm_oid on;
	const char *line; /* without LF */
};

/*
 * Append each line to the note of its object on notes ref `ref`, skipping
 * lines that are there already; one commit for all, or none when nothing is
 * new.  Compare-and-swap with retry: lines that others append meanwhile stay.
 * Committer: the repository's identity, or "git-migrate" when none is set.
 */
GM_MUST_CHECK
int gm_notes_append(struct gm_repo *r, const char *ref,
		    const struct gm_note_line *lines, size_t n,
		    const char *message, struct gm_err *err);

/*
 * Hang a text as a whole on `on`, where there is no note yet.  The same text
 * there already is fine; another one is GM_EINPUT.
 */
GM_MUST_CHECK
int gm_notes_put(struct gm_repo *r, const char *ref, const struct gm_oid *on,
		 struct gm_str text, const char *message, struct gm_err *err);

/*
 * Bring what the notes commit `other` has into `ref`: a merge whose notes are
 * the lines of both, or `other` itself where it has all of ours.  Histories
 * that share no commit are not joined: our lines go on top of theirs, since a
 * server takes no second root.  Compare-and-swap with retry.  Returns 1 when
 * the ref moved, 0 when `other` is in its history.
 */
GM_MUST_CHECK
int gm_notes_union(struct gm_repo *r, const char *ref,
		   const struct gm_oid *other, const char *message,
		   struct gm_err *err);

/*
 * The lines that `new_` has and `old` (zero: nothing) has not, each with the
 * object it hangs on; only notes that differ are read.
 */
struct gm_note_lines {
	struct gm_note_line *items;
	size_t n, cap;
};

GM_MUST_CHECK
int gm_notes_added(struct gm_note_lines *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_oid *old,
		   const struct gm_oid *new_, struct gm_err *err);

/*
 * The notes of `new_` that are new, or other than in `old` (zero: nothing);
 * their text is not read.
 */
GM_MUST_CHECK
int gm_notes_new(struct gm_notes *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *old,
		 const struct gm_oid *new_, struct gm_err *err);

/*
 * May a notes ref move from `old` (zero: it is new) to `new_`?  Every commit
 * between them is compared with each of its parents: all lines of all notes
 * must still be there.  Returns 1 when it is a pure append; 0 when not, with
 * `*why` in words; -1 on error.
 */
GM_MUST_CHECK
int gm_notes_is_append(const char **why, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_oid *old,
		       const struct gm_oid *new_, struct gm_err *err);

/* The largest note that is read or written, in bytes; past it, GM_ELIMIT. */
#define GM_NOTE_MAX ((size_t)4 << 20)

#endif
