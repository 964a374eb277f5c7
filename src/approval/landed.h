/*
 * approval/landed: what the server has taken, and when.
 *
 * refs/notes/migrate/landed is written by the server's post-receive only; a
 * push may not touch it.  One line a migration and protected ref, on the blob
 * of the up SQL (design section 7):
 *
 *	gm1 landed project=shop path=migrations/2026.../up.sql
 *	digest=sha256:... phase=expand class=expand ref=refs/heads/main env=*
 *	role=server signer=server at=2026-11-21T10:00:00Z
 *	until=2026-11-22T10:00:00Z nonce=...
 *
 * `at` is when it landed, `until` when its rollback window ends (the same as
 * `at` when it has none).
 */
#ifndef GM_APPROVAL_LANDED_H
#define GM_APPROVAL_LANDED_H

#include "approval/record.h"
#include "git/notes.h"
#include "migration/set.h"

struct gm_landed {
	const char *project;
	const char *path; /* of the up SQL */
	const char *digest;
	const char *phase; /* "none" when not declared */
	const char *class_;
	const char *ref;
	int64_t at, until;
	const char *nonce; /* 32 hex digits; NULL: made when written */
	struct gm_oid on;  /* the blob it hangs on; set by gm_landed_read */
};

struct gm_landed_list {
	struct gm_landed *items;
	size_t n, cap;
};

/*
 * All landed records of the repository, sorted by path, ref and time; none when
 * the ref does not exist.
 * A line that does not read back to itself byte for byte fails with GM_EINPUT:
 * only the server writes here, so it means damage.
 */
GM_MUST_CHECK
int gm_landed_read(struct gm_landed_list *out, struct gm_arena *a,
		   const struct gm_repo *r, struct gm_err *err);

/* Those on one blob of up SQL: the other notes are not read. */
GM_MUST_CHECK
int gm_landed_on(struct gm_landed_list *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *on,
		 struct gm_err *err);

/* The same of the notes commit `tip` of `ref`; added to `out`, not sorted. */
GM_MUST_CHECK
int gm_landed_at(struct gm_landed_list *out, struct gm_arena *a,
		 const struct gm_repo *r, const char *ref,
		 const struct gm_oid *tip, const struct gm_oid *on,
		 struct gm_err *err);

/*
 * The first line that a push to the ref adds, from `old` (zero: none) to
 * `new_`, and that is no record of this project: 1 with `*on` and `*why`; 0
 * when there is none.
 */
GM_MUST_CHECK
int gm_landed_added(struct gm_oid *on, const char **why, struct gm_arena *a,
		    const struct gm_repo *r, const char *project,
		    const struct gm_oid *old, const struct gm_oid *new_,
		    struct gm_err *err);

/* The earliest record of a path on a ref, or NULL; `list` sorted as read. */
const struct gm_landed *gm_landed_find(const struct gm_landed_list *list,
				       const char *path, const char *ref);

/*
 * Append records, the i-th on the blob on[i] of the up SQL; one commit for
 * all.  Those without a nonce get one from the kernel.  Fails with GM_EINPUT
 * when a record could not be read back (approval/record.h); the others are
 * written all the same, so that one does not keep them out for ever.
 */
GM_MUST_CHECK
int gm_landed_append(struct gm_repo *r, const struct gm_landed *items,
		     const struct gm_oid *on, size_t n, struct gm_err *err);

#endif
