#include "policy/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/near.h"
#include "policy/value.h"

/* The most words a suggestion chooses from or lists. */
#define WORDS_MAX 256

int gm_read_fail(struct gm_reader *r, const struct gm_node *n, const char *fmt,
		 ...)
{
	char what[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	gm_fail(r->err, GM_EPOLICY, "%s", what);
	return gm_node_at(r->err, r->name, r->text, n);
}

int gm_read_suggest(struct gm_reader *r, struct gm_str word, const char *what,
		    const char *const *words, size_t n)
{
	const char *near = gm_near(word, words, n);
	struct gm_buf all = gm_buf(r->arena);

	if (near)
		return gm_hint(r->err, "Did you mean '%s'?", near);
	for (size_t i = 0; i < n; i++)
		gm_buf_printf(&all, "%s%s", i ? ", " : "", words[i]);
	return gm_hint(r->err, "%s: %s.", what, n ? all.ptr : "none");
}

const struct gm_node *gm_read_place(const struct gm_reader *r,
				    const void *value)
{
	for (size_t i = 0; i < r->places.n; i++)
		if (r->places.items[i].value == value)
			return r->places.items[i].node;
	return NULL;
}

/* The address of the value, noted with its place. */
static void *target(struct gm_reader *r, const struct gm_field *f,
		    const struct gm_node *n, void *base)
{
	void *at = (char *)base + f->at;

	if (!r->builtin)
		*GM_PUSH(r->arena, &r->places) =
			(struct gm_place){ .value = at, .node = n };
	return at;
}

static int expect(struct gm_reader *r, const struct gm_field *f,
		  const struct gm_node *n, enum gm_node_kind kind)
{
	static const char *const kinds[] = {
		[GM_NODE_SCALAR] = "a single value",
		[GM_NODE_LIST] = "a list",
		[GM_NODE_MAP] = "a mapping",
	};

	if (n->kind == kind)
		return 0;
	if (n->kind == GM_NODE_SCALAR && n->plain && !n->text.len)
		gm_read_fail(r, n, "'%s' has no value", f->key);
	else
		gm_read_fail(r, n, "'%s' must be %s, not %s", f->key,
			     kinds[kind], kinds[n->kind]);
	return gm_hint(r->err, "Write it like this: \"%s: %s\".", f->key,
		       f->like);
}

/* A scalar that is there. */
static int expect_scalar(struct gm_reader *r, const struct gm_field *f,
			 const struct gm_node *n)
{
	if (expect(r, f, n, GM_NODE_SCALAR) < 0)
		return -1;
	if (n->text.len)
		return 0;
	gm_read_fail(r, n, "'%s' has no value", f->key);
	return gm_hint(r->err, "Write it like this: \"%s: %s\".", f->key,
		       f->like);
}

/* Past this much of a wrong value nobody reads on. */
static int shown(struct gm_str s)
{
	return s.len < 80 ? (int)s.len : 80;
}

static int bad_value(struct gm_reader *r, const struct gm_field *f,
		     const struct gm_node *n, const char *why)
{
	gm_read_fail(r, n, "'%s' cannot be '%.*s': %s", f->key, shown(n->text),
		     n->text.ptr, why);
	return gm_hint(r->err, "Write it like this: \"%s: %s\".", f->key,
		       f->like);
}

int gm_read_int(struct gm_reader *r, const struct gm_field *f,
		const struct gm_node *n, void *base)
{
	uint64_t value;

	if (expect_scalar(r, f, n) < 0)
		return -1;
	if (!n->plain)
		return bad_value(r, f, n, "a number has no quotes");
	if (!gm_str_uint(&value, n->text) ||
	    (n->text.len > 1 && n->text.ptr[0] == '0'))
		return bad_value(r, f, n, "not a whole decimal number");
	if (value < (uint64_t)f->min || value > (uint64_t)f->max) {
		gm_read_fail(r, n, "'%s' is out of range: %.*s", f->key,
			     shown(n->text), n->text.ptr);
		return gm_hint(r->err, "It must be from %lld to %lld.",
			       (long long)f->min, (long long)f->max);
	}
	if (f->size == sizeof(int))
		*(int *)target(r, f, n, base) = (int)value;
	else
		*(int64_t *)target(r, f, n, base) = (int64_t)value;
	return 0;
}

int gm_read_bool(struct gm_reader *r, const struct gm_field *f,
		 const struct gm_node *n, void *base)
{
	if (expect_scalar(r, f, n) < 0)
		return -1;
	if (!n->plain ||
	    (!gm_str_is(n->text, "true") && !gm_str_is(n->text, "false")))
		return bad_value(r, f, n, "only true and false are booleans");
	*(bool *)target(r, f, n, base) = gm_str_is(n->text, "true");
	return 0;
}

/* Split blank-separated words; returns how many there are. */
static size_t split_words(const char **out, struct gm_arena *a,
			  const char *words)
{
	struct gm_str rest = gm_str(words), word;
	size_t n = 0;

	while (n < WORDS_MAX && gm_str_split(&word, &rest, ' '))
		out[n++] = gm_str_dup(a, word);
	return n;
}

/* The index of the scalar among the words of the field, or -1. */
static int choose(struct gm_reader *r, const struct gm_field *f,
		  const struct gm_node *n)
{
	const char *words[WORDS_MAX];
	size_t count = split_words(words, r->arena, f->words);

	if (expect_scalar(r, f, n) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (gm_str_is(n->text, words[i]))
			return (int)i;
	gm_read_fail(r, n, "'%s' cannot be '%.*s'", f->key, shown(n->text),
		     n->text.ptr);
	return gm_read_suggest(r, n->text, "It may be one of", words, count);
}

int gm_read_either(struct gm_reader *r, const struct gm_field *f,
		   const struct gm_node *n, void *base)
{
	int which = choose(r, f, n);

	if (which < 0)
		return -1;
	*(bool *)target(r, f, n, base) = which > 0;
	return 0;
}

int gm_read_choice(struct gm_reader *r, const struct gm_field *f,
		   const struct gm_node *n, void *base)
{
	int which = choose(r, f, n);

	if (which < 0)
		return -1;
	*(unsigned *)target(r, f, n, base) = (unsigned)which;
	return 0;
}

int gm_read_word(struct gm_reader *r, const struct gm_field *f,
		 const struct gm_node *n, void *base)
{
	if (choose(r, f, n) < 0)
		return -1;
	*(const char **)target(r, f, n, base) = gm_str_dup(r->arena, n->text);
	return 0;
}

int gm_read_duration(struct gm_reader *r, const struct gm_field *f,
		     const struct gm_node *n, void *base)
{
	int64_t seconds;

	if (expect_scalar(r, f, n) < 0)
		return -1;
	if (!gm_duration_parse(&seconds, n->text))
		return bad_value(r, f, n,
				 "not a whole number with one of s m h d w, "
				 "from 1s to ten years");
	*(int64_t *)target(r, f, n, base) = seconds;
	return 0;
}

/* The checked text of a scalar, or NULL. */
static const char *text_of(struct gm_reader *r, const struct gm_field *f,
			   const struct gm_node *n)
{
	const char *why;

	if (expect_scalar(r, f, n) < 0)
		return NULL;
	if (n->plain && gm_value_ambiguous(n->text)) {
		gm_read_fail(r, n,
			     "'%s' must be text, and %.*s may be read as "
			     "something else",
			     f->key, shown(n->text), n->text.ptr);
		gm_hint(r->err, "Put it in quotes: \"%.*s\".", shown(n->text),
			n->text.ptr);
		return NULL;
	}
	why = f->check(n->text);
	if (why) {
		bad_value(r, f, n, why);
		return NULL;
	}
	return gm_str_dup(r->arena, n->text);
}

int gm_read_text(struct gm_reader *r, const struct gm_field *f,
		 const struct gm_node *n, void *base)
{
	const char *text = text_of(r, f, n);

	if (!text)
		return -1;
	*(const char **)target(r, f, n, base) = text;
	return 0;
}

static int expect_entries(struct gm_reader *r, const struct gm_field *f,
			  const struct gm_node *n, enum gm_node_kind kind)
{
	if (expect(r, f, n, kind) < 0)
		return -1;
	if (n->n >= (size_t)f->min)
		return 0;
	gm_read_fail(r, n, "'%s' is empty", f->key);
	return gm_hint(r->err, "Write it like this: \"%s: %s\".", f->key,
		       f->like);
}

int gm_read_texts(struct gm_reader *r, const struct gm_field *f,
		  const struct gm_node *n, void *base)
{
	struct gm_strings list = { 0 };

	if (expect_entries(r, f, n, GM_NODE_LIST) < 0)
		return -1;
	for (size_t i = 0; i < n->n; i++) {
		const struct gm_node *item = &n->items[i];
		const char *text = text_of(r, f, item);

		if (!text)
			return -1;
		for (size_t k = 0; k < i; k++) {
			if (!gm_str_ieq(gm_str(list.items[k]), item->text))
				continue;
			gm_read_fail(r, item, "'%s' lists '%.*s' twice", f->key,
				     shown(item->text), item->text.ptr);
			return gm_hint(r->err,
				       "Remove one; upper and lower case do "
				       "not tell them apart.");
		}
		*GM_PUSH(r->arena, &list) = text;
	}
	*(struct gm_strings *)target(r, f, n, base) = list;
	return 0;
}

static int read_field(struct gm_reader *r, const struct gm_field *f,
		      const struct gm_node *n, void *base)
{
	if (f->none && n->kind == GM_NODE_SCALAR && n->plain &&
	    gm_str_is(n->text, f->none))
		return 0;
	return f->read(r, f, n, base);
}

/* The defaults are ours: one that cannot be read is a bug. */
static void read_default(struct gm_reader *r, const struct gm_field *f,
			 void *base)
{
	struct gm_node *n = gm_alloc(r->arena, sizeof(*n));
	struct gm_err err = GM_ERR_INIT;
	struct gm_reader inner = {
		.arena = r->arena,
		.name = f->key,
		.text = gm_str(f->otherwise),
		.err = &err,
		.builtin = true,
	};

	if (gm_node_read(n, r->arena, f->key, inner.text, &err) < 0 ||
	    f->read(&inner, f, n, base) < 0)
		GM_BUG(err.msg);
}

static int unknown_key(struct gm_reader *r, const struct gm_field *fields,
		       const struct gm_node *key)
{
	const char *words[WORDS_MAX];
	size_t n = 0;

	for (; n < WORDS_MAX && fields[n].key; n++)
		words[n] = fields[n].key;
	gm_read_fail(r, key, "unknown key '%.*s'", shown(key->text),
		     key->text.ptr);
	return gm_read_suggest(r, key->text, "The keys here are", words, n);
}

static const struct gm_node *value_at(const struct gm_node *map,
				      const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (gm_str_is(map->keys[i].text, key))
			return &map->items[i];
	return NULL;
}

static const struct gm_field *find_field(const struct gm_field *fields,
					 struct gm_str key)
{
	for (const struct gm_field *f = fields; f->key; f++)
		if (gm_str_is(key, f->key))
			return f;
	return NULL;
}

/* In the order of the file, so that its first mistake is the one reported. */
static int read_present(struct gm_reader *r, const struct gm_field *fields,
			const struct gm_node *n, void *inner)
{
	for (size_t i = 0; i < n->n; i++) {
		const struct gm_field *f = find_field(fields, n->keys[i].text);

		if (!f)
			return unknown_key(r, fields, &n->keys[i]);
		if (read_field(r, f, &n->items[i], inner) < 0)
			return -1;
	}
	return 0;
}

int gm_read_struct(struct gm_reader *r, const struct gm_field *f,
		   const struct gm_node *n, void *base)
{
	void *inner = (char *)base + f->at;

	if (expect(r, f, n, GM_NODE_MAP) < 0 ||
	    read_present(r, f->fields, n, inner) < 0)
		return -1;
	for (const struct gm_field *in = f->fields; in->key; in++) {
		if (value_at(n, in->key))
			continue;
		if (in->required) {
			gm_read_fail(r, n, "'%s' is missing", in->key);
			return gm_hint(r->err, "Add it, like this: \"%s: %s\".",
				       in->key, in->like);
		}
		if (in->otherwise)
			read_default(r, in, inner);
	}
	return 0;
}

/* A zeroed array of n->n elements, in its place. */
static char *make_array(struct gm_reader *r, const struct gm_field *f,
			const struct gm_node *n, void *base)
{
	char *items = gm_alloc_n(r->arena, n->n, f->size);

	*(void **)target(r, f, n, base) = items;
	*(size_t *)(void *)((char *)base + f->count_at) = n->n;
	return items;
}

int gm_read_list(struct gm_reader *r, const struct gm_field *f,
		 const struct gm_node *n, void *base)
{
	char *items;

	if (expect_entries(r, f, n, GM_NODE_LIST) < 0)
		return -1;
	items = make_array(r, f, n, base);
	for (size_t i = 0; i < n->n; i++)
		if (read_field(r, f->value, &n->items[i], items + i * f->size) <
		    0)
			return -1;
	return 0;
}

int gm_read_named(struct gm_reader *r, const struct gm_field *f,
		  const struct gm_node *n, void *base)
{
	char *items;

	if (expect_entries(r, f, n, GM_NODE_MAP) < 0)
		return -1;
	items = make_array(r, f, n, base);
	for (size_t i = 0; i < n->n; i++) {
		char *item = items + i * f->size;

		if (f->name->read(r, f->name, &n->keys[i], item) < 0 ||
		    read_field(r, f->value, &n->items[i], item) < 0)
			return -1;
	}
	return 0;
}
