#include "rollout/edit.h"

#include <string.h>

/* --- places in the text --- */

static size_t line_start(struct gm_str s, size_t line)
{
	size_t at = 0;

	for (size_t n = 1; n < line && at < s.len; at++)
		n += s.ptr[at] == '\n';
	return at;
}

/* Behind the line that `at` is in. */
static size_t line_end(struct gm_str s, size_t at)
{
	while (at < s.len && s.ptr[at] != '\n')
		at++;
	return at < s.len ? at + 1 : at;
}

/* Where a node begins; columns are characters. */
static size_t begin_of(struct gm_str s, const struct gm_yaml *n)
{
	size_t at = line_start(s, n->line);

	for (size_t column = 1; column < n->column && at < s.len; column++) {
		at++;
		while (at < s.len && ((unsigned char)s.ptr[at] & 0xc0) == 0x80)
			at++;
	}
	return at;
}

static size_t quote_end(struct gm_str s, size_t at)
{
	char quote = s.ptr[at++];

	for (; at < s.len; at++) {
		if (quote == '"' && s.ptr[at] == '\\')
			at++;
		else if (s.ptr[at] == quote && quote == '\'' &&
			 at + 1 < s.len && s.ptr[at + 1] == '\'')
			at++;
		else if (s.ptr[at] == quote)
			return at + 1;
	}
	return s.len;
}

/* Behind the bracket that closes the one at `at`. */
static size_t bracket_end(struct gm_str s, size_t at)
{
	int depth = 0;

	while (at < s.len) {
		char c = s.ptr[at];

		if (c == '"' || c == '\'') {
			at = quote_end(s, at);
			continue;
		}
		depth += (c == '[' || c == '{') - (c == ']' || c == '}');
		at++;
		if (!depth)
			break;
	}
	return at;
}

static size_t plain_end(struct gm_str s, size_t at, bool flow)
{
	size_t end = at;

	for (; end < s.len && s.ptr[end] != '\n'; end++)
		if ((flow && strchr(",]}", s.ptr[end])) ||
		    (s.ptr[end] == '#' && s.ptr[end - 1] == ' '))
			break;
	while (end > at && s.ptr[end - 1] == ' ')
		end--;
	return end;
}

static bool in_brackets(struct gm_str s, const struct gm_yaml *n)
{
	size_t at = begin_of(s, n);

	return at < s.len && (s.ptr[at] == '[' || s.ptr[at] == '{');
}

/* Behind a scalar, or a list or mapping in brackets. */
static size_t end_of(struct gm_str s, const struct gm_yaml *n, bool flow)
{
	size_t at = begin_of(s, n);

	if (at >= s.len)
		return s.len;
	if (s.ptr[at] == '"' || s.ptr[at] == '\'')
		return quote_end(s, at);
	if (n->kind == GM_YAML_SCALAR)
		return plain_end(s, at, flow);
	return bracket_end(s, at);
}

static bool is_blank(struct gm_str line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] == '#')
			return true;
		else if (!strchr(" \r\n", line.ptr[i]))
			return false;
	return true;
}

/*
 * Behind the last line of what begins in the line at `at` and is written in
 * lines, all of them further in than `indent`; a list may be just as far in
 * as the key it belongs to.
 */
static size_t block_end(struct gm_str s, size_t at, size_t indent, bool list)
{
	size_t end = line_end(s, at);

	for (size_t next = end; next < s.len;) {
		size_t in = 0, after = line_end(s, next);
		struct gm_str line = gm_str_sub(s, next, after);

		next = after;
		if (is_blank(line))
			continue;
		while (in < line.len && line.ptr[in] == ' ')
			in++;
		if (in < indent ||
		    (in == indent &&
		     !(list && in < line.len && line.ptr[in] == '-' &&
		       strchr(" \r\n", line.ptr[in + 1]))))
			break;
		end = after;
	}
	return end;
}

/* --- doing it --- */

static int by_hand(const struct gm_edit *e, const struct gm_yaml *at,
		   struct gm_err *err)
{
	gm_fail(err, GM_EINPUT,
		"this cannot be changed without more than this"
		" being changed");
	gm_fail_at(err, e->path, at->line, at->column);
	return gm_hint(err, "Change it by hand, and do this again.");
}

static int all_text(struct gm_buf *out, const struct gm_yaml_docs *docs,
		    struct gm_err *err)
{
	for (size_t i = 0; i < docs->n; i++)
		if (gm_yaml_write(out, docs->items[i], err) < 0)
			return -1;
	return 0;
}

/* Put `with` in the place of a span; the trees have been changed already. */
static int splice(struct gm_edit *e, const struct gm_yaml *at, size_t from,
		  size_t to, const char *with, struct gm_err *err)
{
	struct gm_buf text = gm_buf(e->arena), want = gm_buf(e->arena);
	struct gm_buf got = gm_buf(e->arena);
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_yaml_docs docs = { 0 };

	if (from > to || to > e->text.len)
		return by_hand(e, at, err);
	gm_buf_str(&text, gm_str_sub(e->text, 0, from));
	gm_buf_puts(&text, with);
	gm_buf_str(&text, gm_str_sub(e->text, to, e->text.len));
	if (gm_yaml_read(&docs, e->arena, e->path, gm_buf_view(&text),
			 &ignored) < 0)
		return by_hand(e, at, err);
	if (all_text(&want, &e->docs, err) < 0 ||
	    all_text(&got, &docs, err) < 0)
		return -1;
	if (!gm_str_eq(gm_buf_view(&want), gm_buf_view(&got)))
		return by_hand(e, at, err);
	e->text = gm_buf_view(&text);
	e->docs = docs;
	return 0;
}

int gm_edit_open(struct gm_edit *out, struct gm_arena *a, const char *path,
		 struct gm_str text, struct gm_err *err)
{
	*out = (struct gm_edit){ .arena = a, .path = path, .text = text };
	return gm_yaml_read(&out->docs, a, path, text, err);
}

static const char *in_quotes(struct gm_arena *a, const char *text)
{
	struct gm_buf out = gm_buf(a);

	gm_buf_putc(&out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			gm_buf_putc(&out, '\\');
		gm_buf_putc(&out, *text);
	}
	gm_buf_putc(&out, '"');
	return out.ptr;
}

int gm_edit_set(struct gm_edit *e, struct gm_yaml *scalar, const char *to,
		struct gm_err *err)
{
	size_t from = begin_of(e->text, scalar);
	size_t end;

	if (scalar->kind != GM_YAML_SCALAR)
		return by_hand(e, scalar, err);
	end = end_of(e->text, scalar, false);
	/* Outside of brackets a comma is a part of it. */
	if (!gm_str_eq(gm_str_sub(e->text, from, end), scalar->text) &&
	    scalar->style == GM_YAML_PLAIN)
		end = end_of(e->text, scalar, true);
	scalar->text = gm_str(to);
	scalar->style = GM_YAML_QUOTED;
	return splice(e, scalar, from, end, in_quotes(e->arena, to), err);
}

static const char *scalar_text(struct gm_arena *a, const struct gm_yaml *scalar)
{
	const char *text = gm_yaml_text(a, scalar);

	return scalar->style == GM_YAML_QUOTED ? in_quotes(a, text) : text;
}

/* "x", or {name: "x", count: 0} */
static const char *flow_text(struct gm_arena *a, const struct gm_yaml *item)
{
	struct gm_buf out = gm_buf(a);

	if (item->kind == GM_YAML_SCALAR)
		return scalar_text(a, item);
	gm_buf_putc(&out, '{');
	for (size_t i = 0; i < item->n; i++)
		gm_buf_printf(&out, "%s%s: %s", i ? ", " : "",
			      gm_yaml_text(a, item->keys[i]),
			      scalar_text(a, item->items[i]));
	gm_buf_putc(&out, '}');
	return out.ptr;
}

static const char *blanks(struct gm_arena *a, size_t n)
{
	return gm_printf(a, "%*s", (int)n, "");
}

/* A new line has to begin behind the end of another. */
static const char *own_line(const struct gm_edit *e, size_t at,
			    const char *line)
{
	bool open = at && e->text.ptr[at - 1] != '\n';

	return gm_printf(e->arena, "%s%s\n", open ? "\n" : "", line);
}

static int push_first(struct gm_edit *e, const struct gm_yaml *list,
		      const char *item, struct gm_err *err)
{
	size_t at = begin_of(e->text, list) + 1;

	return splice(e, list, at, at, item, err);
}

static int push_last(struct gm_edit *e, const struct gm_yaml *list,
		     const char *item, struct gm_err *err)
{
	/* The new one is in the tree already. */
	const struct gm_yaml *last = list->items[list->n - 2];
	size_t at;

	if (in_brackets(e->text, list)) {
		at = end_of(e->text, last, true);
		return splice(e, last, at, at,
			      gm_printf(e->arena, ", %s", item), err);
	}
	at = block_end(e->text, begin_of(e->text, last), list->column, false);
	return splice(
		e, last, at, at,
		own_line(e, at,
			 gm_printf(e->arena, "%s- %s",
				   blanks(e->arena, list->column - 1), item)),
		err);
}

/* The key with its first item, behind all other keys of the mapping. */
static int push_key(struct gm_edit *e, const struct gm_yaml *map,
		    const char *key, const char *item, struct gm_err *err)
{
	const char *text = gm_printf(e->arena, "%s: [%s]", key, item);
	const struct gm_yaml *name, *value;
	size_t at, in;

	if (map->n < 2)
		return by_hand(e, map, err);
	name = map->keys[map->n - 2];
	value = map->items[map->n - 2];
	if (in_brackets(e->text, map)) {
		at = end_of(e->text, value, true);
		return splice(e, map, at, at, gm_printf(e->arena, ", %s", text),
			      err);
	}
	in = name->column - 1;
	at = block_end(e->text, begin_of(e->text, name), in, true);
	if (in_brackets(e->text, value))
		at = line_end(e->text, end_of(e->text, value, true));
	return splice(e, map, at, at,
		      own_line(e, at,
			       gm_printf(e->arena, "%s%s", blanks(e->arena, in),
					 text)),
		      err);
}

int gm_edit_push(struct gm_edit *e, struct gm_yaml *map, const char *key,
		 const struct gm_yaml *item, struct gm_err *err)
{
	struct gm_yaml *list = gm_yaml_get(map, key), *copy;
	const char *text = flow_text(e->arena, item);
	bool is_new = !list;

	if (list && list->kind != GM_YAML_LIST)
		return by_hand(e, list, err);
	if (is_new) {
		list = gm_yaml_list(e->arena);
		gm_yaml_set(e->arena, map, key, list);
	}
	copy = gm_alloc(e->arena, sizeof(*copy));
	*copy = *item;
	gm_yaml_push(e->arena, list, copy);
	if (is_new)
		return push_key(e, map, key, text, err);
	return list->n == 1 ? push_first(e, list, text, err)
			    : push_last(e, list, text, err);
}

static size_t find_key(const struct gm_yaml *map, const char *key)
{
	size_t i = 0;

	while (i < map->n && !gm_str_is(map->keys[i]->text, key))
		i++;
	return i;
}

/* The key and all below it. */
static int take_key(struct gm_edit *e, struct gm_yaml *map, const char *key,
		    struct gm_err *err)
{
	size_t i = find_key(map, key), from, to;
	const struct gm_yaml *name = map->keys[i], *value = map->items[i];
	struct gm_str s = e->text;

	if (map->n < 2)
		return by_hand(e, name, err);
	if (in_brackets(s, map)) {
		from = i ? end_of(s, map->items[i - 1], true)
			 : begin_of(s, name);
		to = i ? end_of(s, value, true) : begin_of(s, map->keys[1]);
	} else {
		from = line_start(s, name->line);
		to = in_brackets(s, value)
			     ? line_end(s, end_of(s, value, true))
			     : block_end(s, from, name->column - 1, true);
	}
	gm_yaml_set(e->arena, map, key, NULL);
	return splice(e, name, from, to, "", err);
}

int gm_edit_take(struct gm_edit *e, struct gm_yaml *map, const char *key,
		 size_t index, struct gm_err *err)
{
	struct gm_yaml *list = gm_yaml_get(map, key);
	const struct gm_yaml *item;
	struct gm_str s = e->text;
	size_t from, to;

	if (list->n == 1)
		return take_key(e, map, key, err);
	item = list->items[index];
	if (in_brackets(s, list)) {
		from = index ? end_of(s, list->items[index - 1], true)
			     : begin_of(s, item);
		to = index ? end_of(s, item, true)
			   : begin_of(s, list->items[1]);
	} else {
		from = line_start(s, item->line);
		to = block_end(s, from, list->column, false);
	}
	for (size_t i = index; i + 1 < list->n; i++)
		list->items[i] = list->items[i + 1];
	list->n--;
	return splice(e, item, from, to, "", err);
}

int gm_edit_empty(struct gm_edit *e, struct gm_yaml *map, const char *key,
		  struct gm_err *err)
{
	size_t i = find_key(map, key), from, to;
	struct gm_yaml *name = map->keys[i], *list = map->items[i];
	struct gm_str s = e->text;
	bool flow = in_brackets(s, list);
	const char *with = "[]";

	if (flow) {
		from = begin_of(s, list);
		to = bracket_end(s, from);
	} else {
		size_t line = line_start(s, name->line);

		/* What stands behind the key in its line is a comment. */
		from = begin_of(s, name) + name->text.len;
		from += gm_str_find(gm_str_sub(s, from, s.len), ':') + 1;
		with = gm_printf(
			e->arena, " []%s",
			gm_str_dup(e->arena,
				   gm_str_sub(s, from, line_end(s, line))));
		to = block_end(s, line, name->column - 1, true);
	}
	list->n = 0;
	return splice(e, name, from, to, with, err);
}
