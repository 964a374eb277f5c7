/*
 * cmd/seal: from an intention to a signed record in the notes.
 *
 * What the commands that sign have in common: who signs and with what, asking
 * on the terminal, signing, checking the own signature, appending.
 */
#ifndef GM_CMD_SEAL_H
#define GM_CMD_SEAL_H

#include "approval/sign.h"
#include "check/review.h"
#include "cmd/cmd.h"

/* Options that they share. */
struct gm_seal_args {
	const char *role;
	const char *ref;
	const char *at;
	const char *remote;
	const char *why;
	bool yes;
	bool push;
};

/*
 * Their entries in the table of options of a command, the `seal` of whose
 * `struct args` they fill; `why_help` is what --message says.
 */
#define GM_SEAL_OPTIONS(why_help)                                              \
	GM_OPT_STRING(0, "role", struct args, seal.role, "role",               \
		      "sign in this role, where you have several"),            \
		GM_OPT_STRING(0, "ref", struct args, seal.ref, "ref",          \
			      "the protected ref it is for"),                  \
		GM_OPT_STRING(0, "at", struct args, seal.at, "rev",            \
			      "look at this commit instead of HEAD"),          \
		GM_OPT_STRING('m', "message", struct args, seal.why, "why",    \
			      why_help),                                       \
		GM_OPT_FLAG('y', "yes", struct args, seal.yes, "do not ask"),  \
		GM_OPT_FLAG(0, "push", struct args, seal.push,                 \
			    "push the records afterwards"),                    \
		GM_OPT_STRING(0, "remote", struct args, seal.remote, "remote", \
			      "whose policy it is, and where to push")

struct gm_seal {
	struct gm_ctx *cx;
	const struct gm_seal_args *args;
	struct gm_review review;
	struct gm_oid tip; /* the commit that is looked at */
	struct gm_signing signing;
	const char *principal;
};

/*
 * Start: read the policy as the server has it, join the records of `ref` that
 * were fetched, find out who signs.  Fails with what to do when there is no
 * policy, or the key is none of those in force.
 */
GM_MUST_CHECK
int gm_seal_open(struct gm_seal *out, struct gm_ctx *cx,
		 const struct gm_seal_args *args, const char *ref,
		 struct gm_err *err);

/*
 * A record of that kind about the subject, by this signer, now, with a nonce;
 * kind, role and what only some kinds have are for the caller to fill in.
 */
GM_MUST_CHECK
int gm_seal_record(struct gm_record *out, const struct gm_seal *s,
		   enum gm_record_kind kind, const struct gm_subject *subject,
		   struct gm_err *err);

/* What another record is about, for one that speaks of that. */
struct gm_subject gm_seal_about(const struct gm_record *record);

/*
 * The role to sign in: the one asked for with --role, else the only one of
 * those that `need` names (NULL: of all) and the signer has, else the only one
 * of them that `tally` (may be NULL) lacks.
 */
GM_MUST_CHECK
int gm_seal_role(const char **out, const struct gm_seal *s,
		 const struct gm_policy_approval *need,
		 const struct gm_tally *tally, struct gm_err *err);

/* Fails, with a guess, where the policy knows no such environment. */
GM_MUST_CHECK
int gm_seal_env(const struct gm_seal *s, const char *env, struct gm_err *err);

/*
 * Make a migration's subject one of running it in `env`; with NULL it stays
 * one of landing, which fails where it has landed already.
 */
GM_MUST_CHECK
int gm_seal_place(struct gm_review_item *item, const struct gm_seal *s,
		  const char *env, struct gm_err *err);

/* Print the fields and the very line that will be signed. */
GM_MUST_CHECK
int gm_seal_show(const struct gm_seal *s, const struct gm_record *record,
		 struct gm_err *err);

/*
 * Ask on the terminal, unless --yes was given: 1, 0, or -1 when there is
 * none.  Notes when the remote may not have what this is about.
 */
GM_MUST_CHECK
int gm_seal_ask(const struct gm_seal *s, const char *question,
		struct gm_err *err);

/*
 * Sign, verify, append to the note on `on`, and push if that was asked for,
 * evidence with its exhibits; else say how.  The line's id is set in the
 * record.
 */
GM_MUST_CHECK
int gm_seal_close(struct gm_seal *s, struct gm_record *record,
		  const struct gm_oid *on, struct gm_err *err);

/*
 * The one record of `ref` whose id begins with `id`, of 8 hex digits at least.
 */
GM_MUST_CHECK
int gm_seal_find(const struct gm_record **out, const struct gm_seal *s,
		 const char *ref, const char *id, struct gm_err *err);

#endif
