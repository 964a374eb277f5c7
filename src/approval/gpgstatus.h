/*
 * approval/gpgstatus: what gpgv says of a signature.
 *
 * GnuPG, doc/DETAILS.  gpgv exits 0 and prints VALIDSIG for expired and
 * revoked keys too (threats, fact 1), so only one exact sequence of lines is
 * good: NEWSIG, GOODSIG and VALIDSIG once each, and nothing that takes it
 * back.
 */
#ifndef GM_APPROVAL_GPGSTATUS_H
#define GM_APPROVAL_GPGSTATUS_H

#include "base/str.h"

struct gm_gpgstatus {
	const char *fingerprint; /* of the primary key, upper-case hex */
	int64_t time;            /* of the signature, seconds */
};

/* What is said of a key that would be good again once it is extended. */
#define GM_GPG_KEY_EXPIRED "its key has expired"

/*
 * Read all that --status-fd printed.  True when it says one good signature, in
 * binary mode (class 00), with SHA-256, SHA-384 or SHA-512, made at most
 * `skew` seconds after `now`.  False with `*why` in words otherwise.
 */
bool gm_gpgstatus_read(struct gm_gpgstatus *out, const char **why,
		       struct gm_arena *a, struct gm_str status, int64_t now,
		       int64_t skew);

#endif
