#include "base/tmpl.h"

#include "base/buf.h"
#include "base/near.h"

/* Deeper nesting than this is a mistake. */
#define MAX_DEPTH 16

struct filler {
	struct gm_buf out;
	const char *name;
	struct gm_str text;
	const struct gm_tmpl_var *vars;
	size_t opened[MAX_DEPTH]; /* where each open `{{#if` stands */
	size_t depth;
	size_t hidden; /* the depth of the first empty one, 0: none */
	struct gm_err *err;
};

/* Fail with the place of byte `at`. */
static int fail_at(struct filler *f, size_t at)
{
	size_t line, column;

	gm_str_where(f->text, at, &line, &column);
	return gm_fail_at(f->err, f->name, line, column);
}

/* The value of a name that stands at byte `at`, or NULL after an error. */
static const char *value_of(struct filler *f, struct gm_str name, size_t at)
{
	struct gm_strings names = { 0 };
	const char *near;

	for (const struct gm_tmpl_var *v = f->vars; v->name; v++) {
		if (gm_str_is(name, v->name))
			return v->value ? v->value : "";
		*GM_PUSH(f->out.arena, &names) = v->name;
	}
	gm_fail(f->err, GM_EINPUT, "unknown name '%.*s' in a template",
		(int)name.len, name.ptr);
	near = gm_near(name, names.items, names.n);
	if (near)
		gm_hint(f->err, "Did you mean '%s'?", near);
	fail_at(f, at);
	return NULL;
}

/* The text between braces at the front of `s`; false when none closes. */
static bool braced(struct gm_str *inner, struct gm_str s)
{
	for (size_t i = 2; i + 1 < s.len && s.ptr[i] != '\n'; i++) {
		if (s.ptr[i] == '}' && s.ptr[i + 1] == '}') {
			*inner = gm_str_sub(s, 2, i);
			return true;
		}
	}
	return false;
}

static int open_section(struct filler *f, struct gm_str name, size_t at)
{
	const char *value = value_of(f, name, at);

	if (!value)
		return -1;
	if (f->depth == MAX_DEPTH) {
		gm_fail(f->err, GM_EINPUT, "'{{#if}}' nested too deeply");
		return fail_at(f, at);
	}
	f->opened[f->depth++] = at;
	if (!*value && !f->hidden)
		f->hidden = f->depth;
	return 0;
}

static int close_section(struct filler *f, size_t at)
{
	if (!f->depth) {
		gm_fail(f->err, GM_EINPUT, "'{{/if}}' without an '{{#if}}'");
		return fail_at(f, at);
	}
	if (f->hidden == f->depth)
		f->hidden = 0;
	f->depth--;
	return 0;
}

/* A line that is a mark and nothing else: 1 when it was, 0, or -1. */
static int take_mark(struct filler *f, struct gm_str line)
{
	struct gm_str mark = gm_str_trim(line), inner;
	size_t at = (size_t)(mark.ptr - f->text.ptr);

	if (!gm_str_starts(mark, GM_STR("{{")) || !braced(&inner, mark) ||
	    inner.len + 4 != mark.len)
		return 0;
	if (gm_str_is(inner, "/if"))
		return close_section(f, at) < 0 ? -1 : 1;
	if (!gm_str_starts(inner, GM_STR("#if ")))
		return 0;
	inner = gm_str_sub(inner, 4, inner.len);
	return open_section(f, inner, at) < 0 ? -1 : 1;
}

static int misplaced_mark(struct filler *f, struct gm_str mark, size_t at)
{
	if (gm_str_is(mark, "/if") || gm_str_starts(mark, GM_STR("#if ")))
		gm_fail(f->err, GM_EINPUT,
			"'{{%.*s}}' must stand alone on its line",
			(int)mark.len, mark.ptr);
	else
		gm_fail(f->err, GM_EINPUT,
			"unknown mark '{{%.*s}}' in a template", (int)mark.len,
			mark.ptr);
	return fail_at(f, at);
}

/* Add a line with its names replaced; also a hidden one is checked. */
static int fill_line(struct filler *f, struct gm_str line)
{
	struct gm_str inner;
	size_t from = 0;

	for (size_t i = 0; i + 1 < line.len; i++) {
		size_t at = (size_t)(line.ptr - f->text.ptr) + i;
		const char *value;

		if (line.ptr[i] != '{' || line.ptr[i + 1] != '{')
			continue;
		if (!braced(&inner, gm_str_sub(line, i, line.len))) {
			gm_fail(f->err, GM_EINPUT, "'{{' without '}}'");
			return fail_at(f, at);
		}
		if (inner.len && (inner.ptr[0] == '#' || inner.ptr[0] == '/'))
			return misplaced_mark(f, inner, at);
		value = value_of(f, inner, at);
		if (!value)
			return -1;
		if (!f->hidden) {
			gm_buf_str(&f->out, gm_str_sub(line, from, i));
			gm_buf_puts(&f->out, value);
		}
		from = i + inner.len + 4;
		i = from - 1;
	}
	if (!f->hidden)
		gm_buf_str(&f->out, gm_str_sub(line, from, line.len));
	return 0;
}

int gm_tmpl_fill(struct gm_str *out, struct gm_arena *a, const char *name,
		 struct gm_str text, const struct gm_tmpl_var *vars,
		 struct gm_err *err)
{
	struct filler f = { gm_buf(a), name, text, vars, .err = err };

	for (size_t at = 0; at < text.len;) {
		size_t end = at +
			     gm_str_find(gm_str_sub(text, at, text.len), '\n') +
			     1;
		struct gm_str line = gm_str_sub(text, at, end);
		int mark = take_mark(&f, line);

		if (mark < 0 || (!mark && fill_line(&f, line) < 0))
			return -1;
		at += line.len;
	}
	if (f.depth) {
		gm_fail(err, GM_EINPUT, "'{{#if}}' without an '{{/if}}'");
		return fail_at(&f, f.opened[f.depth - 1]);
	}
	*out = gm_buf_view(&f.out);
	return 0;
}
