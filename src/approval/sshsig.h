/*
 * approval/sshsig: the envelope of an SSH signature.
 *
 * OpenSSH, PROTOCOL.sshsig and PROTOCOL.u2f.  Read strictly, because
 * `ssh-keygen -Y verify` takes trailing bytes and does not look at the flags
 * of a security key (threats 57, 63).
 */
#ifndef GM_APPROVAL_SSHSIG_H
#define GM_APPROVAL_SSHSIG_H

#include "base/err.h"
#include "base/str.h"

struct gm_sshsig {
	struct gm_str key;      /* public key, wire format */
	struct gm_str key_type; /* "ssh-ed25519", ... */
	struct gm_str namespace_;
	struct gm_str hash; /* "sha256" or "sha512" */
	struct gm_str sig_type;
	bool security_key; /* an sk-... key */
	bool touched;      /* its user-presence flag; true for others */
};

/*
 * Read a public key in wire format, strictly: a known type, all of its parts,
 * nothing behind them.  False, with `*why` in words, for anything else:
 * certificates, DSA, RSA below 2048 bits.
 */
bool gm_sshkey_read(struct gm_str *type, const char **why, struct gm_str blob);

/*
 * Read the blob (what stands in the armor, decoded): magic, version 1, no
 * reserved bytes, nothing behind it, a signature type that fits the key (RSA
 * never with SHA-1; no certificates).  False, with `*why` in words, for
 * anything else.  Members are slices of `blob`.
 */
bool gm_sshsig_read(struct gm_sshsig *out, const char **why,
		    struct gm_str blob);

/*
 * Into and out of the armor that ssh-keygen reads and writes; what comes out
 * goes in again as the same bytes.
 */
const char *gm_sshsig_armor(struct gm_arena *a, struct gm_str blob);
bool gm_sshsig_dearmor(struct gm_str *blob, struct gm_arena *a,
		       struct gm_str armor);

#endif
