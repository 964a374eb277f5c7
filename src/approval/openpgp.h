/*
 * approval/openpgp: just enough of RFC 4880 to know whose key is whose.
 *
 * gpgv does the cryptography; this finds the primary keys in an exported
 * keyring, so that no key can belong to two people (threat 52).
 */
#ifndef GM_APPROVAL_OPENPGP_H
#define GM_APPROVAL_OPENPGP_H

#include "base/err.h"
#include "base/str.h"

struct gm_openpgp_keys {
	struct gm_openpgp_key {
		const char *fingerprint; /* upper-case hex */
		struct gm_str packets;   /* with its user ids and subkeys */
	} * items;
	size_t n, cap;
};

/*
 * Take the armor of one or more PUBLIC KEY BLOCKs off, checking their CRC-24,
 * and split the packets by primary key.  Secret keys, keys older than version
 * 4, unknown or truncated packets and more than GM_OPENPGP_MAX keys are
 * refused with GM_EINPUT.
 */
#define GM_OPENPGP_MAX 64
GM_MUST_CHECK
int gm_openpgp_read(struct gm_openpgp_keys *out, struct gm_arena *a,
		    struct gm_str text, struct gm_err *err);

#endif
