/*
 * approval/tickets: the tickets that the commits of a ref name.
 *
 * An override takes effect for a push of which a commit names its ticket with
 * the trailer `Break-Glass`, or whose own SQL does.  So one whose ticket nobody
 * has named was never used.
 */
#ifndef GM_APPROVAL_TICKETS_H
#define GM_APPROVAL_TICKETS_H

#include "base/map.h"
#include "git/object.h"

/* Of a longer history nothing is read. */
#define GM_TICKETS_COMMITS 20000

/*
 * All that the trailers of the commits name that `tip` is or descends from;
 * keys of a map whose values say nothing.  GM_ELIMIT past GM_TICKETS_COMMITS.
 */
GM_MUST_CHECK
int gm_tickets_read(struct gm_map *out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *tip,
		    struct gm_err *err);

/* Does the blob `up`, as up SQL, name that one at its top?  1, 0, -1. */
GM_MUST_CHECK
int gm_tickets_of_sql(const struct gm_repo *r, const struct gm_oid *up,
		      const char *ticket, struct gm_err *err);

#endif
