/*
 * approval/exhibit: what evidence rests on, kept whole.
 *
 * A record of evidence names a content by its SHA-256.  The content itself is
 * kept in refs/notes/migrate/exhibits, as the note on the "object" whose name
 * is the first 40 hex digits of that hash: so it is found without a search,
 * proves itself, travels with the other records, and git shows it:
 *
 *	git notes --ref=migrate/exhibits show <40 hex digits>
 *
 * Nobody signs an exhibit: who signs the record signs its hash.
 */
#ifndef GM_APPROVAL_EXHIBIT_H
#define GM_APPROVAL_EXHIBIT_H

#include "approval/approvals.h"

#define GM_EXHIBITS_REF "refs/notes/migrate/exhibits"
/* A larger one is not kept. */
#define GM_EXHIBIT_MAX ((size_t)1 << 20)

/*
 * Keep a content; `sha256` is what a record says of it.  GM_EINPUT for what is
 * no UTF-8 or holds a NUL, GM_ELIMIT for what is too large.  An empty one needs
 * no keeping.
 */
GM_MUST_CHECK
int gm_exhibit_keep(char sha256[GM_SHA256_HEX + 1], struct gm_repo *r,
		    struct gm_str content, struct gm_err *err);

/*
 * The content of that hash: 1; 0 when it is nowhere.  With `remotes`, what was
 * fetched counts as well.  What has another hash than its name says is passed
 * over.
 */
GM_MUST_CHECK
int gm_exhibit_read(struct gm_str *out, struct gm_arena *a,
		    const struct gm_repo *r, bool remotes, const char *sha256,
		    struct gm_err *err);

/*
 * What a push adds to the exhibits, from `old` (zero: none) to `new_`: fills
 * `bad` with what is not called after its own hash, or too large.
 */
GM_MUST_CHECK
int gm_exhibits_added(struct gm_records *bad, struct gm_arena *a,
		      const struct gm_repo *r, const struct gm_oid *old,
		      const struct gm_oid *new_, struct gm_err *err);

#endif
