#include "check/judge.h"

#include <string.h>

#include <stdarg.h>

#include "base/buf.h"

void gm_judge_start(struct gm_judge *j, struct gm_result *result,
		    struct gm_arena *a, struct gm_arena *scratch,
		    const struct gm_repo *r, const struct gm_context *cx)
{
	*j = (struct gm_judge){
		.arena = a,
		.scratch = scratch,
		.repo = r,
		.cx = cx,
		.result = result,
		.metadata = true,
		.landed = gm_map(a),
		.pending = gm_map(a),
		.highest = gm_alloc_n(a, cx->roots.n, sizeof(*j->highest)),
	};
}

void gm_judge_blame(const struct gm_judged_commit *c,
		    struct gm_finding *finding)
{
	finding->commit = c->hex;
	finding->subject = c->subject;
}

static void add_person(struct gm_judge *j, struct gm_strings *out,
		       const char *name)
{
	if (!name || !*name)
		return;
	for (size_t i = 0; i < out->n; i++)
		if (!strcmp(out->items[i], name))
			return;
	*GM_PUSH(j->arena, out) = gm_strdup(j->arena, name);
}

void gm_judge_people(struct gm_judge *j, struct gm_strings *out,
		     const struct gm_commit *c)
{
	add_person(j, out, c->author.email);
	add_person(j, out, c->author.name);
	add_person(j, out, c->committer.email);
	add_person(j, out, c->committer.name);
}

struct gm_finding *gm_judge_find(struct gm_judge *j,
				 const struct gm_judged_commit *c,
				 enum gm_rule rule, struct gm_str path,
				 const char *fmt, ...)
{
	struct gm_buf text = gm_buf(j->arena);
	struct gm_finding *found;
	va_list args;

	va_start(args, fmt);
	gm_buf_vprintf(&text, fmt, args);
	va_end(args);
	found = gm_find(&j->result->findings, rule, "%s", text.ptr);
	gm_judge_blame(c, found);
	if (path.len)
		found->path = gm_str(gm_str_dup(j->arena, path));
	return found;
}
