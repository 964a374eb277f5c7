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
	bool up;            /* its up SQL is new or changed */
	bool judged;        /* `declared` is filled in */
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
 * neutral, which is the app.  Judges the names and modes of what lies in a
 * migrations directory on the way.
 */
void gm_parts_sort(struct gm_parts *parts, struct gm_judge *j,
		   const struct gm_judged_commit *c);

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
