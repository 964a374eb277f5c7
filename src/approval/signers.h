/*
 * approval/signers: who may sign, and with which keys.
 *
 * Read from a tree of the repository, the one the policy was read from, never
 * from a work tree:
 *
 *	.migrate/allowed_signers    ssh-keygen(1), ALLOWED SIGNERS
 *	.migrate/keys/<principal>.asc    that person's OpenPGP keys, armored
 *
 * Stricter than ssh-keygen: one literal principal a line (threats 52, 53, 86),
 * written alike everywhere, no cert-authority, times in UTC with a Z, a key at
 * most once in the whole of both, no unknown option.  `namespaces=` may narrow
 * a key to those it names; "*@git-migrate", all of ours, is the one pattern.
 * Without it the key signs all our kinds, too.  In the directory, names that
 * begin with a dot are passed over.
 */
#ifndef GM_APPROVAL_SIGNERS_H
#define GM_APPROVAL_SIGNERS_H

#include "approval/record.h"
#include "git/object.h"

#define GM_SIGNERS_PATH ".migrate/allowed_signers"
#define GM_KEYS_DIR ".migrate/keys"

struct gm_key {
	enum gm_sig_kind kind;
	const char *principal;   /* as gm_value_principal says */
	struct gm_str blob;      /* SSH: the public key in wire format; GPG: the
				    binary keyring, for gpgv */
	const char *fingerprint; /* "SHA256:<base64>"; GPG: of the primary key,
				    in upper-case hex */
	struct gm_strings subkeys;    /* GPG: their fingerprints */
	struct gm_strings namespaces; /* it signs in these only; none: all */
	int64_t after, before;        /* 0: none */
	const char *path;             /* the file it stands in */
	size_t line;
};

struct gm_signers {
	struct gm_key *items;
	size_t n, cap;
};

/* Limits: the size of a file, and how many keys there may be. */
#define GM_SIGNERS_MAX ((size_t)1 << 20)
#define GM_SIGNERS_KEYS 1024

/*
 * approval/signers_tree.c: read both places in the tree of `commit`.  None at
 * all gives an empty list. GM_EPOLICY with path, line and column and a hint for
 * whatever is not as above; links and submodules in their place too.  `where`
 * stands before the path in messages.
 */
GM_MUST_CHECK
int gm_signers_read(struct gm_signers *out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *commit,
		    const char *where, struct gm_err *err);

/* The same from texts, for bundles; adds to `out`. */
GM_MUST_CHECK
int gm_signers_add_ssh(struct gm_signers *out, struct gm_arena *a,
		       const char *name, struct gm_str text,
		       struct gm_err *err);
GM_MUST_CHECK
int gm_signers_add_gpg(struct gm_signers *out, struct gm_arena *a,
		       const char *name, const char *principal,
		       struct gm_str text, struct gm_err *err);

/* The entry of an SSH public key in wire format, or NULL. */
const struct gm_key *gm_signers_ssh(const struct gm_signers *s,
				    struct gm_str blob);

/* Is it theirs?  Records name people in lower case, signers as they like. */
bool gm_key_is_of(const struct gm_key *key, const char *principal);

/* May this key sign in that namespace? */
bool gm_key_signs(const struct gm_key *key, const char *namespace_);

#endif
