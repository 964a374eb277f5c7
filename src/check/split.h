/*
 * check/split: turn a commit that mixes migrations and app changes into
 * commits that do not.
 *
 * The order is what a rollout needs: a change of the policy, then migrations
 * that add, then the app, then migrations that take away.  Together the new
 * commits give the same tree, byte for byte.
 */
#ifndef GM_CHECK_SPLIT_H
#define GM_CHECK_SPLIT_H

#include "check/context.h"
#include "git/object.h"

enum gm_split_kind {
	GM_SPLIT_POLICY,   /* .migrate/ */
	GM_SPLIT_ADD,      /* migrations of phase expand and backfill */
	GM_SPLIT_APP,      /* everything else */
	GM_SPLIT_CONTRACT, /* contract and opaque ones */
	GM_SPLIT_KINDS
};

struct gm_split_part {
	struct gm_files changes;
	struct gm_strings ids; /* of its migrations */
	const char *phase;     /* of all its migrations, or "" */
	bool fresh;            /* it brings at least one new migration */
	const char *message;
	struct gm_oid commit; /* once it is written */
};

struct gm_split {
	struct gm_commit commit;                    /* what is split */
	struct gm_split_part parts[GM_SPLIT_KINDS]; /* without changes: not
						       there */
	size_t n;                                   /* how many are there */
};

/* The templates of messages; the app commit keeps the old one. */
struct gm_split_words {
	struct gm_str migration; /* verb, what, ids, subject */
	struct gm_str policy;    /* subject */
	/* What to call them in errors. */
	const char *migration_from, *policy_from;
};

/*
 * Sort the changes of `commit`.  Returns 1 when there are at least two parts
 * to make of it, 0 when it is not mixed: paths that the policy calls neutral
 * make no app change.  Fails for a merge.
 */
GM_MUST_CHECK
int gm_split_plan(struct gm_split *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_context *cx,
		  const struct gm_oid *commit, struct gm_err *err);

/*
 * Word the messages.  Each trailer goes where it belongs: what describes a
 * migration to its commit, the app commit gets `Migration-Requires` for the
 * migrations before it; who signed off or helped is named in all of them.
 */
GM_MUST_CHECK
int gm_split_word(struct gm_split *s, struct gm_arena *a,
		  const struct gm_split_words *words, struct gm_err *err);

/*
 * Write the commits, and again on top of them the `later` ones (oldest first),
 * with the same trees, messages and authors.  `*tip` is the new end.  Refuses
 * (GM_EGIT) when a tree would not come out the same.  No ref is moved.
 */
GM_MUST_CHECK
int gm_split_write(struct gm_split *s, struct gm_oid *tip, struct gm_repo *r,
		   struct gm_arena *a, const struct gm_person *committer,
		   const struct gm_oids *later, struct gm_err *err);

#endif
