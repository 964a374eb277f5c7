/*
 * cmd/newplace: where the next migration of this clone belongs.
 */
#ifndef GM_CMD_NEWPLACE_H
#define GM_CMD_NEWPLACE_H

#include "cmd/cmd.h"
#include "migration/layout.h"
#include "policy/policy.h"

struct gm_newplace {
	struct gm_policy policy;
	const char *dir;    /* from the root of the work tree; "" is the root */
	const char *layout; /* its name */
	struct gm_strings ids;
	const char *highest; /* id of the last migration; NULL: there is none */
	struct gm_str version; /* of that, or empty */
};

/*
 * The first directory of the policy in the work tree (else in HEAD, else the
 * built-in one), its layout, and the highest version among the files that are
 * committed, staged or just lying there.
 */
GM_MUST_CHECK
int gm_newplace_find(struct gm_newplace *out, struct gm_ctx *cx,
		     struct gm_err *err);

#endif
