/*
 * approval/openpgp: just enough of RFC 4880 to know whose key is whose.
 *
 * gpgv does the cryptography; this finds the keys in an exported keyring, so
 * that no key can belong to two people (threat 52), and sees that a signature
 * is one and nothing else (threat 55).
 */
#ifndef GM_APPROVAL_OPENPGP_H
#define GM_APPROVAL_OPENPGP_H

#include "base/err.h"
#include "base/str.h"

struct gm_openpgp_keys {
	struct gm_openpgp_key {
		const char *fingerprint;   /* upper-case hex */
		struct gm_strings subkeys; /* their fingerprints */
		struct gm_str packets;     /* with its user ids and subkeys */
	} * items;
	size_t n, cap;
};

/*
 * Take the armor of one or more PUBLIC KEY BLOCKs off, checking their CRC-24
 * where there is one, and split the packets by primary key.  Secret keys, keys
 * of other versions than 4, RSA and DSA keys below 2048 bits, unknown or
 * truncated packets, text outside of the blocks and more than GM_OPENPGP_MAX
 * keys are refused with GM_EINPUT and, where it is known, the line.
 */
#define GM_OPENPGP_MAX 64
GM_MUST_CHECK
int gm_openpgp_read(struct gm_openpgp_keys *out, struct gm_arena *a,
		    struct gm_str text, struct gm_err *err);

/*
 * Is this one detached signature of version 4, without armor, and nothing
 * else?  False with `*why` in words.
 */
bool gm_openpgp_is_signature(const char **why, struct gm_str blob);

#endif
