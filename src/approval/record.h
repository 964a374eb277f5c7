/*
 * approval/record: one signed line in a notes ref (design section 7).
 *
 *	gm1 approve project=shop path=migrations/2026.../up.sql
 *	digest=sha256:... phase=contract class=contract ref=refs/heads/main
 *	env=* role=dba signer=ann@example.com at=2026-11-21T10:00:00Z
 *	until=2026-12-05T10:00:00Z nonce=... sig=ssh:<base64>
 *
 * One space between the parts; values percent-encoded; every field of its
 * kind exactly once and in this order; `why`, the last before `sig`, may be
 * left out.  What decodes encodes to the same bytes.
 *
 * A rejection's target is its own digest.  Phase and class "policy" go
 * together, and only with approvals, rejections and revocations.  Role, env
 * and stage are names as in the policy; times lie between 1970 and 9999.
 */
#ifndef GM_APPROVAL_RECORD_H
#define GM_APPROVAL_RECORD_H

#include "base/digest.h"
#include "base/err.h"
#include "git/oid.h"

/* A longer line is no record. */
#define GM_RECORD_MAX ((size_t)8 << 10)
/* `until` of what never expires: 9999-12-31T23:59:59Z. */
#define GM_RECORD_FOREVER INT64_C(253402300799)

enum gm_record_kind {
	GM_RECORD_APPROVE,
	GM_RECORD_REJECT,   /* target: the digest it dominates */
	GM_RECORD_REVOKE,   /* target: the id of the record it takes back */
	GM_RECORD_EVIDENCE, /* stage, result, sha256 */
	GM_RECORD_OVERRIDE, /* ticket, risk, recovery, follow_up */
	GM_RECORD_CLOSE,    /* target: the id of the override whose follow-up
			       is done */
	GM_RECORD_LANDED,   /* unsigned; the server's own */
	GM_RECORD_KINDS
};

enum gm_sig_kind { GM_SIG_NONE, GM_SIG_SSH, GM_SIG_GPG };

struct gm_record {
	enum gm_record_kind kind;
	const char *project;
	const char *path;   /* of the up SQL, or GM_POLICY_PATH */
	const char *digest; /* "sha256:<64 hex digits>" */
	const char *phase;  /* none expand backfill contract policy */
	const char *class_; /* neutral expand backfill contract opaque policy */
	const char *ref;    /* full name */
	const char *env;    /* a name, or "*" */
	const char *role;
	const char *signer; /* a principal */
	int64_t at, until;  /* seconds; until >= at */
	const char *nonce;  /* 32 lower-case hex digits */
	const char *target; /* NULL where the kind has none; so below */
	const char *stage, *result, *sha256; /* result: pass fail */
	const char *ticket, *risk, *recovery, *follow_up;
	const char *why; /* NULL: not said */
	enum gm_sig_kind sig_kind;
	struct gm_str sig; /* the signature's bytes, decoded */

	/* Set by gm_record_decode. */
	struct gm_str line;         /* the whole of it */
	struct gm_str payload;      /* what is signed: before " sig=" */
	char id[GM_SHA256_HEX + 1]; /* SHA-256 of the line */
	struct gm_oid on;           /* set by who read it: the object it
				       hangs on */
};

/* "approve", "reject", ... */
const char *gm_record_kind_name(enum gm_record_kind kind);

/*
 * The notes ref a kind belongs to, "refs/notes/migrate/approvals" and so on,
 * and the SSH namespace it is signed in ("approval@git-migrate"; NULL for
 * GM_RECORD_LANDED).
 */
const char *gm_record_ref(enum gm_record_kind kind);
const char *gm_record_namespace(enum gm_record_kind kind);

#define GM_APPROVALS_REF "refs/notes/migrate/approvals"
#define GM_EVIDENCE_REF "refs/notes/migrate/evidence"
#define GM_OVERRIDES_REF "refs/notes/migrate/overrides"
#define GM_LANDED_REF "refs/notes/migrate/landed"

/* Fill in a nonce of 128 random bits from the kernel. */
GM_MUST_CHECK
int gm_record_nonce(struct gm_record *r, struct gm_arena *a,
		    struct gm_err *err);

/*
 * What is to be signed: the line before " sig=".  Fails with GM_EINPUT, naming
 * the field, when the record could not be read back.
 */
GM_MUST_CHECK
int gm_record_payload(const char **out, struct gm_arena *a,
		      const struct gm_record *r, struct gm_err *err);

/* The whole line; fails as gm_record_payload, and past GM_RECORD_MAX. */
GM_MUST_CHECK
int gm_record_encode(const char **out, struct gm_arena *a,
		     const struct gm_record *r, struct gm_err *err);

/*
 * Read one line, strictly; slices of `out` point into the arena.  False, with
 * `*why` in words ("the field 'env' is missing"), when it is anything else
 * than what gm_record_encode would write for it: signed kinds have a
 * signature, GM_RECORD_LANDED has none.
 */
bool gm_record_decode(struct gm_record *out, const char **why,
		      struct gm_arena *a, struct gm_str line);

#endif
