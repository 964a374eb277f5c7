#include "git/push.h"

#include "base/map.h"

#include <string.h>

struct reader {
	struct gm_push push;
	struct gm_arena *a;
	struct gm_map refs; /* those that came already */
	size_t line;
};

static int refused(struct reader *r, struct gm_err *err, const char *why)
{
	gm_fail(err, GM_EINPUT, "the push is malformed: %s", why);
	return gm_fail_at(err, "standard input", r->line, 0);
}

static int add(struct reader *r, struct gm_str ref, const struct gm_oid *old,
	       const struct gm_oid *new_, struct gm_err *err)
{
	struct gm_push_update *u;
	const char *name;

	if (r->push.n >= GM_PUSH_MAX_REFS)
		return gm_fail(err, GM_ELIMIT,
			       "the push updates more than %d refs",
			       GM_PUSH_MAX_REFS);
	if (!gm_ref_valid(ref))
		return refused(r, err, "not a ref name");
	if (gm_oid_is_zero(old) && gm_oid_is_zero(new_))
		return refused(r, err, "neither an old nor a new value");
	name = gm_str_dup(r->a, ref);
	if (gm_map_get(&r->refs, ref))
		return refused(r, err, "a ref comes twice");
	gm_map_set(&r->refs, gm_str(name), r);
	u = GM_PUSH(r->a, &r->push);
	u->ref = name;
	u->old_oid = *old;
	u->new_oid = *new_;
	return 0;
}

/* "<old> SP <new> SP <ref>" */
static int read_server(struct reader *r, struct gm_str line, struct gm_err *err)
{
	const size_t second = GM_OID_HEX + 1, third = 2 * second;
	struct gm_oid old, new_;

	if (line.len <= third || line.ptr[GM_OID_HEX] != ' ' ||
	    line.ptr[third - 1] != ' ' ||
	    !gm_oid_parse(&old, gm_str_sub(line, 0, GM_OID_HEX)) ||
	    !gm_oid_parse(&new_, gm_str_sub(line, second, third - 1)))
		return refused(r, err, "not \"<old> <new> <ref>\"");
	return add(r, gm_str_sub(line, third, line.len), &old, &new_, err);
}

/* Take the last word of `*line` off it, with the blank before it. */
static struct gm_str last_word(struct gm_str *line)
{
	const char *blank =
		line->len ? memrchr(line->ptr, ' ', line->len) : NULL;
	size_t at = blank ? (size_t)(blank - line->ptr) : 0;
	struct gm_str word = gm_str_sub(*line, at + (blank != NULL), line->len);

	*line = gm_str_sub(*line, 0, at);
	return word;
}

/* "<local ref> SP <local oid> SP <remote ref> SP <remote oid>"; the first may
 * be any revision with blanks of its own. */
static int read_client(struct reader *r, struct gm_str line, struct gm_err *err)
{
	struct gm_oid old, new_;
	struct gm_str rest = line;
	struct gm_str old_hex = last_word(&rest), ref = last_word(&rest);
	struct gm_str new_hex = last_word(&rest);

	if (!rest.len || !gm_oid_parse(&old, old_hex) ||
	    !gm_oid_parse(&new_, new_hex))
		return refused(r, err,
			       "not \"<local ref> <local oid> <remote ref> "
			       "<remote oid>\"");
	return add(r, ref, &old, &new_, err);
}

static int parse(struct gm_push *out, struct gm_arena *a, struct gm_str input,
		 int (*read)(struct reader *, struct gm_str, struct gm_err *),
		 struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct reader r = { .a = a, .refs = gm_map(&scratch) };
	struct gm_str line, rest = input;

	if (input.len > GM_PUSH_MAX_INPUT)
		return gm_fail(err, GM_ELIMIT,
			       "the list of refs is longer than %zu bytes",
			       GM_PUSH_MAX_INPUT);
	while (gm_str_line(&line, &rest)) {
		r.line++;
		if (read(&r, line, err) < 0)
			return -1;
	}
	if (input.len && input.ptr[input.len - 1] != '\n')
		return refused(&r, err, "its last line has no end");
	*out = r.push;
	return 0;
}

int gm_push_parse(struct gm_push *out, struct gm_arena *a, struct gm_str input,
		  struct gm_err *err)
{
	if (!input.len) {
		gm_fail(err, GM_EINPUT, "the push is malformed: it is empty");
		return gm_fail_at(err, "standard input", 1, 0);
	}
	return parse(out, a, input, read_server, err);
}

int gm_push_parse_client(struct gm_push *out, struct gm_arena *a,
			 struct gm_str input, struct gm_err *err)
{
	return parse(out, a, input, read_client, err);
}
