/*
 * check/parts: the changes of a commit, sorted by what they are.
 */
#ifndef GM_CHECK_PARTS_H
#define GM_CHECK_PARTS_H

#include "check/judge.h"

/* One migration that the commit touches. */
struct gm_touched {
	struct gm_unit_path unit;
	const struct gm_root *root;
	struct gm_str path; /* of the first of its changed files */
	bool stays;         /* some file of it is there afterwards */
	bool up;            /* its up SQL is new or changed */
	bool verify;        /* and so its verify SQL */
	bool gone;          /* the commit leaves no up SQL of it */
	bool judged;        /* `declared` is filled in */
	bool settled;       /* a finding says already what is wrong with it:
			       nothing is asked of it as of a new one */
	/* That it landed on another ref long ago, and whether this commit
	   landed there, too. */
	const struct gm_landed *elsewhere;
	bool known;
	struct gm_oid old_up, new_up; /* taken away, brought; else zero */
	struct gm_declared declared;
};

struct gm_parts {
	struct gm_touched **items;
	size_t n, cap;
	struct gm_map by_key;
	struct gm_strings app; /* paths of the application, as they are */
};

/*
 * Sort the changes: migrations, and what is neither migration, policy nor
 * neutral, which is the app; links and submodules are never neutral.  Judges
 * the names and modes of what lies in a migrations directory on the way.
 */
void gm_parts_sort(struct gm_parts *parts, struct gm_judge *j,
		   const struct gm_judged_commit *c);

/*
 * The migration that `t` was until this commit gave it another name; NULL when
 * `t` is no such one.
 */
const struct gm_touched *gm_parts_source(const struct gm_parts *parts,
					 const struct gm_touched *t);

/*
 * May this change come beside a contract?  What stands behind a link or a
 * submodule is not where the policy's pattern says it is, so they may not.
 */
bool gm_parts_neutral(const struct gm_policy *policy,
		      const struct gm_change *change);

/* Does the commit touch the migration of that id? */
bool gm_parts_have(const struct gm_parts *parts, const char *id);

/* check/words.c: does the commit's message fit what the commit holds? */
void gm_judge_words(struct gm_commit_meta *out, struct gm_judge *j,
		    const struct gm_judged_commit *c,
		    const struct gm_parts *parts);

/* check/statements.c: what the SQL of a touched migration does. */
void gm_judge_statements(struct gm_judge *j, const struct gm_judged_commit *c,
			 const struct gm_touched *t,
			 const struct gm_parts *parts);

#endif
