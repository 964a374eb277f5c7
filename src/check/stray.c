#include "check/stray.h"

#include "git/trailer.h"

/* A longer value is not shown. */
#define VALUE_MAX 200

/* The value of "key: value", also of an indented one; empty: it is none. */
static struct gm_str value_of(struct gm_str line, const char *key)
{
	struct gm_str word = gm_str(key);

	line = gm_str_trim(line);
	if (!gm_str_ieq(gm_str_sub(line, 0, word.len), word) ||
	    !gm_str_starts(gm_str_sub(line, word.len, line.len), GM_STR(":")))
		return GM_STR_NONE;
	return gm_str_trim(gm_str_sub(line, word.len + 1, line.len));
}

/* Where the trailers begin: a line, or SIZE_MAX. */
static size_t trailers_at(struct gm_judge *j, struct gm_str message)
{
	struct gm_trailers trailers = { 0 };

	gm_trailers_parse(&trailers, j->scratch, message);
	return trailers.n ? trailers.items[0].line : SIZE_MAX;
}

void gm_stray_hint(struct gm_judge *j, const struct gm_judged_commit *c,
		   struct gm_str path, const char *key,
		   struct gm_finding *finding)
{
	struct gm_str rest = c->commit.message, line, value;
	size_t end = trailers_at(j, rest);

	for (size_t number = 1; gm_str_line(&line, &rest) && number < end;
	     number++) {
		value = value_of(line, key);
		if (!value.len || value.len > VALUE_MAX)
			continue;
		gm_find_hint(&j->result->findings, finding,
			     "'%s: %.*s' stands in line %zu of the message,"
			     " outside of its last paragraph, where trailers"
			     " are read; a squash may have moved it. Put"
			     " '-- %s: %.*s' at the top of %.*s.",
			     key, (int)value.len, value.ptr, number, key,
			     (int)value.len, value.ptr, (int)path.len,
			     path.ptr);
		return;
	}
}
