/*
 * approval/verify: is a record's signature good, here and now?
 *
 * Through `ssh-keygen -Y verify` and gpgv, by absolute path, without a shell,
 * in an empty environment, without temporary files: what they read lies in
 * memory, as /dev/fd/N.  Which key it is we know before we ask, from the
 * envelope and our own list; the programs only say whether the bytes fit.
 */
#ifndef GM_APPROVAL_VERIFY_H
#define GM_APPROVAL_VERIFY_H

#include "approval/signers.h"

/* The programs, and how long one of them may take. */
struct gm_verifier {
	const char *ssh_keygen; /* absolute */
	const char *gpgv;
	int64_t timeout_ms;
};

/*
 * Where they are: migrate.sshKeygen and migrate.gpgv, or /usr/bin.  A program
 * is checked when the first signature needs it: a regular file of root or of
 * ourselves that nobody else may write.
 */
GM_MUST_CHECK
int gm_verifier_read(struct gm_verifier *out, struct gm_arena *a,
		     const struct gm_repo *r, struct gm_err *err);

struct gm_proof {
	bool good;
	const struct gm_key *key; /* NULL: none of ours */
	const char *why;          /* it is not good; NULL when it is */
};

/* A signature may be this many seconds ahead of our clock. */
#define GM_CLOCK_SKEW 300

/*
 * Verify n records; proofs[i] is about records[i].  Good is one whose key
 * belongs to the principal it names, may sign in its namespace, is valid at
 * `now`, and whose signature fits.  As many programs run at once as there are
 * processors.  Fails with GM_EPROGRAM when a program is missing, may be
 * written by others, hangs or crashes.
 */
GM_MUST_CHECK
int gm_verify(struct gm_proof *proofs, struct gm_arena *a,
	      const struct gm_verifier *v, const struct gm_signers *signers,
	      const struct gm_record *const *records, size_t n, int64_t now,
	      struct gm_err *err);

#endif
