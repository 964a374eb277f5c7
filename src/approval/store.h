/*
 * approval/store: the records that hang on an object, read and written.
 */
#ifndef GM_APPROVAL_STORE_H
#define GM_APPROVAL_STORE_H

#include "approval/record.h"
#include "git/notes.h"

/* A note with more lines is refused. */
#define GM_RECORDS_PER_NOTE 256

struct gm_bad_line {
	const char *ref;
	struct gm_oid on;
	size_t line; /* 0: it is about the whole note */
	const char *why;
	const char *hint; /* what to do about it; set by gm_approvals_added */
};

struct gm_records {
	struct gm_record *items;
	size_t n, cap;
	/* Lines that are no record of their ref.  Whoever asks is to refuse:
	 * one of them could have been a rejection. */
	struct gm_bad_line *bad;
	size_t n_bad, cap_bad;
};

/* "line 3 of the note on <object> in <ref> is no record: <why>" */
const char *gm_bad_line_words(struct gm_arena *a,
			      const struct gm_bad_line *bad);

/*
 * Fail with GM_EINPUT, those words and what is to be done; `hint` says why it
 * matters, without a full stop.
 */
#define GM_NOTHING_COUNTS "Nothing counts beside it"
GM_MUST_CHECK
int gm_bad_line_fail(const struct gm_bad_line *bad, const char *hint,
		     struct gm_err *err);

/*
 * Add the records on `on` in the notes commit `tip` of `ref` to `out`, each
 * line once.  Blank lines are none.  Looks only at the trees on the way to
 * the note, so that it costs the same among ten records and a hundred
 * thousand.
 */
GM_MUST_CHECK
int gm_records_on(struct gm_records *out, struct gm_arena *a,
		  const struct gm_repo *r, const char *ref,
		  const struct gm_oid *tip, const struct gm_oid *on,
		  struct gm_err *err);

/* Add all of them. */
GM_MUST_CHECK
int gm_records_all(struct gm_records *out, struct gm_arena *a,
		   const struct gm_repo *r, const char *ref,
		   const struct gm_oid *tip, struct gm_err *err);

/* Append one to the note on `on` in its kind's ref (git/notes.h). */
GM_MUST_CHECK
int gm_record_append(struct gm_repo *r, const struct gm_oid *on,
		     const struct gm_record *record, struct gm_err *err);

#endif
