/*
 * db/regex: texts that a regular expression takes.
 */
#ifndef GM_DB_REGEX_H
#define GM_DB_REGEX_H

#include "base/str.h"

/*
 * A text that PostgreSQL's regular expression `regex` takes, when it is of the
 * plainer kind: classes, groups, alternatives and repetition.  NULL when it is
 * not.  `turn` makes another choice where there is one.  The server has the
 * last word.
 */
const char *gm_regex_sample(struct gm_arena *a, struct gm_str regex,
			    unsigned turn);

#endif
