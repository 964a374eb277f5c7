/*
 * approval/sign: sign a record the way git signs commits here.
 *
 * gpg.format (openpgp or ssh), user.signingKey, gpg.program,
 * gpg.ssh.program, gpg.ssh.defaultKeyCommand: see git-config(1).  A key can be
 * a file, an agent's (key::... or ssh-... literal), or on a security key.
 */
#ifndef GM_APPROVAL_SIGN_H
#define GM_APPROVAL_SIGN_H

#include "approval/signers.h"

struct gm_signing {
	enum gm_sig_kind kind;
	const char *program;
	const char *key;       /* file, literal public key, or what gpg finds
				  the key by */
	bool literal;          /* the private half is the agent's */
	struct gm_str public_; /* SSH: in wire format; empty for GPG */
	int64_t timeout_ms;    /* migrate.signTimeout, 2 minutes */
};

/*
 * How this user signs.  GM_ENOT_FOUND with the commands to run when nothing is
 * set up; GM_EUNSUPPORTED for gpg.format=x509 and certificates.
 */
GM_MUST_CHECK
int gm_signing_read(struct gm_signing *out, struct gm_arena *a,
		    const struct gm_repo *r, struct gm_err *err);

/*
 * The principal that signs: whose key it is in `signers`; where it is not
 * among them, or a GPG key that is not named by its id, user.email.  In lower
 * case, as records have it.
 */
GM_MUST_CHECK
int gm_signing_principal(const char **out, struct gm_arena *a,
			 const struct gm_repo *r, const struct gm_signing *s,
			 const struct gm_signers *signers, struct gm_err *err);

/*
 * Sign the record (all fields but sig set).  The program may ask for a
 * passphrase on the terminal; past the time limit it is ended, and that is
 * GM_EPROGRAM, as is anything but one signature by that key.
 */
GM_MUST_CHECK
int gm_sign(struct gm_record *r, struct gm_arena *a, const struct gm_signing *s,
	    struct gm_err *err);

#endif
