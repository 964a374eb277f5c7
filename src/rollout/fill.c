#include "rollout/fill.h"

#include <string.h>

struct filler {
	struct gm_arena *arena;
	const char *name;
	const struct gm_fill *fill;
	const struct gm_fill_row *row; /* NULL: not in a list */
	struct gm_err *err;
};

static int fail(struct filler *f, const struct gm_yaml *at, const char *what,
		struct gm_str word)
{
	gm_fail(f->err, GM_EINPUT, "%s '%.*s'", what, (int)word.len, word.ptr);
	return gm_fail_at(f->err, f->name, at->line, at->column);
}

static const struct gm_tmpl_var *find(const struct gm_tmpl_var *vars,
				      struct gm_str name)
{
	for (; vars && vars->name; vars++)
		if (gm_str_is(name, vars->name))
			return vars;
	return NULL;
}

/* The value of a name, which must be known. */
static int value_of(const char **out, struct filler *f,
		    const struct gm_yaml *at, struct gm_str name)
{
	const struct gm_tmpl_var *var =
		f->row ? find(f->row->vars, name) : NULL;

	if (!var)
		var = find(f->fill->vars, name);
	if (!var)
		return fail(f, at, "the template asks for an unknown value",
			    name);
	*out = var->value;
	return 0;
}

/* Take "text{{name}}" off `rest`; `name` without a pointer: there is none. */
static int take(struct gm_str *text, struct gm_str *name, struct filler *f,
		const struct gm_yaml *at, struct gm_str *rest)
{
	size_t open = 0, close;

	*name = GM_STR_NONE;
	while (open + 1 < rest->len &&
	       (rest->ptr[open] != '{' || rest->ptr[open + 1] != '{'))
		open++;
	if (open + 1 >= rest->len) {
		*text = *rest;
		*rest = gm_str_sub(*rest, rest->len, rest->len);
		return 0;
	}
	for (close = open + 2; close + 1 < rest->len; close++)
		if (rest->ptr[close] == '}' && rest->ptr[close + 1] == '}')
			break;
	if (close + 1 >= rest->len)
		return fail(f, at, "'{{' without '}}' in", at->text);
	*text = gm_str_sub(*rest, 0, open);
	*name = gm_str_trim(gm_str_sub(*rest, open + 2, close));
	*rest = gm_str_sub(*rest, close + 2, rest->len);
	return 0;
}

static bool is_bool(struct gm_str s)
{
	return gm_str_is(s, "true") || gm_str_is(s, "false");
}

static bool is_int(struct gm_str s)
{
	uint64_t value;

	return gm_str_uint(&value, s) && (s.len == 1 || s.ptr[0] != '0');
}

static int set_style(struct gm_yaml *n, struct filler *f,
		     const struct gm_yaml *t, bool filled)
{
	const char *tag = t->tag;

	if (tag && strcmp(tag, "!bool") != 0 && strcmp(tag, "!int") != 0)
		return fail(f, t, "no tag of templates:", gm_str(tag));
	if (tag && !(tag[1] == 'b' ? is_bool(n->text) : is_int(n->text)))
		return fail(f, t,
			    tag[1] == 'b' ? "no true or false:"
					  : "no whole number:",
			    n->text);
	/* What a value was put into is a string unless a tag says otherwise. */
	n->style = tag || (t->style == GM_YAML_PLAIN && !filled)
			   ? GM_YAML_PLAIN
			   : GM_YAML_QUOTED;
	return 0;
}

static int fill_scalar(struct gm_yaml **out, struct filler *f,
		       const struct gm_yaml *t)
{
	struct gm_yaml *n = gm_alloc(f->arena, sizeof(*n));
	struct gm_buf text = gm_buf(f->arena);
	struct gm_str rest = t->text;
	bool filled = false;

	*n = *t;
	n->tag = NULL;
	while (rest.len) {
		struct gm_str part, name;
		const char *value;

		if (take(&part, &name, f, t, &rest) < 0)
			return -1;
		gm_buf_str(&text, part);
		if (!name.ptr)
			continue;
		if (value_of(&value, f, t, name) < 0)
			return -1;
		filled = true;
		if (!value && !text.len && !rest.len)
			return 0;
		gm_buf_puts(&text, value ? value : "");
	}
	n->text = gm_buf_view(&text);
	if (set_style(n, f, t, filled) < 0)
		return -1;
	*out = n;
	return 0;
}

static int fill_node(struct gm_yaml **out, struct filler *f,
		     const struct gm_yaml *t);

static int fill_each(struct gm_yaml *list, struct filler *f,
		     const struct gm_yaml *t, struct gm_str name)
{
	const struct gm_fill_list *l = f->fill->lists;
	struct filler inner = *f;

	while (l && l->name && !gm_str_is(name, l->name))
		l++;
	if (!l || !l->name)
		return fail(f, t, "the template asks for an unknown list",
			    name);
	if (t->n != 1)
		return fail(f, t, "there is to be one item to repeat for",
			    name);
	for (size_t i = 0; i < l->n; i++) {
		struct gm_yaml *item = NULL;

		inner.row = &l->rows[i];
		if (fill_node(&item, &inner, t->items[0]) < 0)
			return -1;
		if (item)
			gm_yaml_push(f->arena, list, item);
	}
	return 0;
}

static int fill_list(struct gm_yaml **out, struct filler *f,
		     const struct gm_yaml *t)
{
	struct gm_str each = GM_STR("!each:"), tag = gm_str(t->tag);
	struct gm_yaml *list = gm_yaml_list(f->arena);

	if (gm_str_starts(tag, each)) {
		if (fill_each(list, f, t, gm_str_sub(tag, each.len, tag.len)) <
		    0)
			return -1;
		*out = list->n ? list : NULL;
		return 0;
	}
	for (size_t i = 0; i < t->n; i++) {
		struct gm_yaml *item = NULL;

		if (fill_node(&item, f, t->items[i]) < 0)
			return -1;
		if (item)
			gm_yaml_push(f->arena, list, item);
	}
	*out = list;
	return 0;
}

static int fill_map(struct gm_yaml **out, struct filler *f,
		    const struct gm_yaml *t)
{
	struct gm_yaml *map = gm_yaml_map(f->arena);

	for (size_t i = 0; i < t->n; i++) {
		struct gm_yaml *key = NULL, *value = NULL;

		if (fill_scalar(&key, f, t->keys[i]) < 0 ||
		    fill_node(&value, f, t->items[i]) < 0)
			return -1;
		if (key && value)
			gm_yaml_set(f->arena, map,
				    gm_str_dup(f->arena, key->text), value);
	}
	*out = map;
	return 0;
}

static int fill_node(struct gm_yaml **out, struct filler *f,
		     const struct gm_yaml *t)
{
	struct gm_str cond = GM_STR("!if:"), tag = gm_str(t->tag);
	const char *value;

	*out = NULL;
	if (t->kind == GM_YAML_SCALAR)
		return fill_scalar(out, f, t);
	if (gm_str_starts(tag, cond)) {
		if (value_of(&value, f, t, gm_str_sub(tag, cond.len, tag.len)) <
		    0)
			return -1;
		if (!value || !*value)
			return 0;
	} else if (tag.len && !(t->kind == GM_YAML_LIST &&
				gm_str_starts(tag, GM_STR("!each:")))) {
		return fail(f, t, "no tag of templates:", tag);
	}
	return t->kind == GM_YAML_MAP ? fill_map(out, f, t)
				      : fill_list(out, f, t);
}

int gm_fill(struct gm_yaml **out, struct gm_arena *a, const char *name,
	    const struct gm_yaml *template_, const struct gm_fill *fill,
	    struct gm_err *err)
{
	struct filler f = {
		.arena = a, .name = name, .fill = fill, .err = err
	};
	struct gm_yaml *filled;

	if (fill_node(&filled, &f, template_) < 0)
		return -1;
	*out = filled;
	return 0;
}
