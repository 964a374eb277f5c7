#include "rollout/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/map.h"

/* --- reading --- */

/* What an anchor stands for, in one document. */
struct anchor {
	struct gm_yaml *node; /* NULL: being read right now */
	size_t nodes;         /* it is that many, written out */
	int height;           /* and that deep */
};

struct reader {
	struct gm_arena *arena;
	const char *name;
	yaml_parser_t parser;
	struct gm_map anchors; /* by name; the last of a name counts */
	size_t nodes;          /* of all documents, aliases written out */
	int height;            /* of what was read last */
	struct gm_err *err;
};

static int fail_at(struct reader *r, const yaml_mark_t *mark, const char *what)
{
	gm_fail(r->err, GM_EINPUT, "%s", what);
	return gm_fail_at(r->err, r->name, mark->line + 1, mark->column + 1);
}

static int next(yaml_event_t *out, struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const char *why;

	if (yaml_parser_parse(&r->parser, out))
		return 0;
	why = p->problem ? p->problem : "out of memory";
	return fail_at(r, &p->problem_mark,
		       gm_printf(r->arena, "not valid YAML: %s", why));
}

static int read_node(struct gm_yaml **out, struct reader *r,
		     const yaml_event_t *event, int depth);

/* Tags of our own; the standard ones say nothing the style does not. */
static const char *own_tag(struct gm_arena *a, const yaml_char_t *tag)
{
	const char *text = (const char *)tag;

	if (!text || text[0] != '!' || !text[1])
		return NULL;
	return gm_strdup(a, text);
}

static int read_list(struct gm_yaml *n, struct reader *r, int depth)
{
	int height = 0;

	n->kind = GM_YAML_LIST;
	for (;;) {
		GM_AUTO(yaml_event_delete) yaml_event_t event = { 0 };
		struct gm_yaml *value;

		if (next(&event, r) < 0)
			return -1;
		if (event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (read_node(&value, r, &event, depth + 1) < 0)
			return -1;
		gm_yaml_push(r->arena, n, value);
		if (height < r->height)
			height = r->height;
	}
	r->height = height + 1;
	return 0;
}

static void add_pair(struct gm_yaml *n, struct reader *r, struct gm_yaml *key,
		     struct gm_yaml *value)
{
	gm_grow(r->arena, (void **)&n->keys, n->n, &n->cap_keys,
		sizeof(struct gm_yaml *));
	n->keys[n->n] = key;
	*GM_PUSH(r->arena, n) = value;
}

/* The value of the key `event`, and the key into the mapping. */
static int read_pair(struct gm_yaml *n, struct reader *r, struct gm_map *known,
		     const yaml_event_t *event, int depth)
{
	GM_AUTO(yaml_event_delete) yaml_event_t after = { 0 };
	struct gm_yaml *key, *value;

	if (read_node(&key, r, event, depth + 1) < 0)
		return -1;
	if (key->kind != GM_YAML_SCALAR)
		return fail_at(r, &event->start_mark, "a key that is no word");
	if (gm_map_get(known, key->text))
		return fail_at(r, &event->start_mark,
			       gm_printf(r->arena,
					 "the key '%.*s' stands twice",
					 (int)key->text.len, key->text.ptr));
	if (next(&after, r) < 0 || read_node(&value, r, &after, depth + 1) < 0)
		return -1;
	gm_map_set(known, key->text, key);
	add_pair(n, r, key, value);
	return 0;
}

static int count(struct reader *r, const yaml_mark_t *mark, size_t n)
{
	r->nodes += n;
	return r->nodes > GM_YAML_NODES ? fail_at(r, mark, "too many values")
					: 0;
}

/* What `from` has and `n` has not. */
static int merge(struct gm_yaml *n, struct reader *r, struct gm_map *known,
		 const struct gm_yaml *from, const yaml_mark_t *mark)
{
	if (from->kind != GM_YAML_MAP)
		return fail_at(r, mark, "'<<' without a mapping to take in");
	for (size_t i = 0; i < from->n; i++) {
		if (count(r, mark, 1) < 0)
			return -1;
		if (gm_map_get(known, from->keys[i]->text))
			continue;
		gm_map_set(known, from->keys[i]->text, from->keys[i]);
		add_pair(n, r, from->keys[i], from->items[i]);
	}
	return 0;
}

/* "<<: *base": its keys are those of this mapping, too. */
static int take_in(struct gm_yaml *n, struct reader *r, struct gm_map *known,
		   const yaml_mark_t *mark)
{
	const struct gm_yaml *key = gm_map_get(known, GM_STR("<<"));
	struct gm_yaml *from;

	if (!key || key->style != GM_YAML_PLAIN)
		return 0;
	from = gm_yaml_get(n, "<<");
	gm_yaml_set(r->arena, n, "<<", NULL);
	if (from->kind != GM_YAML_LIST)
		return merge(n, r, known, from, mark);
	for (size_t i = 0; i < from->n; i++)
		if (merge(n, r, known, from->items[i], mark) < 0)
			return -1;
	return 0;
}

static int read_map(struct gm_yaml *n, struct reader *r,
		    const yaml_mark_t *mark, int depth)
{
	struct gm_map known = gm_map(r->arena);
	int height = 0;

	n->kind = GM_YAML_MAP;
	for (;;) {
		GM_AUTO(yaml_event_delete) yaml_event_t event = { 0 };

		if (next(&event, r) < 0)
			return -1;
		if (event.type == YAML_MAPPING_END_EVENT)
			break;
		if (read_pair(n, r, &known, &event, depth) < 0)
			return -1;
		if (height < r->height)
			height = r->height;
	}
	r->height = height + 1;
	return take_in(n, r, &known, mark);
}

static void read_scalar(struct gm_yaml *n, struct reader *r,
			const yaml_event_t *event)
{
	n->kind = GM_YAML_SCALAR;
	n->style = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE
			   ? GM_YAML_PLAIN
			   : GM_YAML_QUOTED;
	n->text.len = event->data.scalar.length;
	n->text.ptr = gm_strndup(
		r->arena, (const char *)event->data.scalar.value, n->text.len);
	r->height = 1;
}

static int read_alias(struct gm_yaml **out, struct reader *r,
		      const yaml_event_t *event, int depth)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *a = gm_map_get(&r->anchors, gm_str(name));

	if (!a)
		return fail_at(r, &event->start_mark,
			       "an alias without an anchor before it");
	if (!a->node)
		return fail_at(r, &event->start_mark,
			       "an alias inside of its own anchor");
	if (depth - 1 + a->height > GM_YAML_DEPTH)
		return fail_at(r, &event->start_mark, "nested too deeply");
	r->height = a->height;
	*out = a->node;
	return count(r, &event->start_mark, a->nodes);
}

/* An anchor that is open until its node is read; NULL: there is none. */
static struct anchor *open_anchor(struct reader *r, const yaml_char_t *name)
{
	struct anchor *a;

	if (!name)
		return NULL;
	a = gm_alloc(r->arena, sizeof(*a));
	a->nodes = r->nodes;
	gm_map_set(&r->anchors, gm_str(gm_strdup(r->arena, (const char *)name)),
		   a);
	return a;
}

static int read_new(struct gm_yaml *n, struct reader *r,
		    const yaml_event_t *event, int depth)
{
	if (event->type == YAML_SEQUENCE_START_EVENT) {
		n->tag = own_tag(r->arena, event->data.sequence_start.tag);
		return read_list(n, r, depth);
	}
	if (event->type == YAML_MAPPING_START_EVENT) {
		n->tag = own_tag(r->arena, event->data.mapping_start.tag);
		return read_map(n, r, &event->start_mark, depth);
	}
	n->tag = own_tag(r->arena, event->data.scalar.tag);
	read_scalar(n, r, event);
	return 0;
}

static int read_node(struct gm_yaml **out, struct reader *r,
		     const yaml_event_t *event, int depth)
{
	struct anchor *anchor;
	struct gm_yaml *n;

	if (event->type == YAML_ALIAS_EVENT)
		return read_alias(out, r, event, depth);
	if (depth > GM_YAML_DEPTH)
		return fail_at(r, &event->start_mark, "nested too deeply");
	anchor = open_anchor(r, event->type == YAML_SEQUENCE_START_EVENT
					? event->data.sequence_start.anchor
				: event->type == YAML_MAPPING_START_EVENT
					? event->data.mapping_start.anchor
					: event->data.scalar.anchor);
	if (count(r, &event->start_mark, 1) < 0)
		return -1;
	n = gm_alloc(r->arena, sizeof(*n));
	n->line = event->start_mark.line + 1;
	n->column = event->start_mark.column + 1;
	if (read_new(n, r, event, depth) < 0)
		return -1;
	if (anchor)
		*anchor = (struct anchor){ n, r->nodes - anchor->nodes,
					   r->height };
	*out = n;
	return 0;
}

/* One document, up to its end; an empty one gives none. */
static int read_document(struct gm_yaml_docs *out, struct reader *r)
{
	GM_AUTO(yaml_event_delete) yaml_event_t first = { 0 }, last = { 0 };
	struct gm_yaml *root;

	r->anchors = gm_map(r->arena);
	if (next(&first, r) < 0 || read_node(&root, r, &first, 1) < 0 ||
	    next(&last, r) < 0)
		return -1;
	/* "---" and a comment: a plain scalar without text. */
	if (root->kind != GM_YAML_SCALAR || root->text.len)
		*GM_PUSH(r->arena, out) = root;
	return 0;
}

int gm_yaml_read(struct gm_yaml_docs *out, struct gm_arena *a, const char *name,
		 struct gm_str text, struct gm_err *err)
{
	struct reader r = { .arena = a, .name = name, .err = err };
	struct gm_yaml_docs docs = { 0 };
	bool end = false;
	int rc = 0;

	if (!yaml_parser_initialize(&r.parser))
		return gm_fail(err, GM_EIO, "out of memory");
	/* With the encoding set, libyaml takes the mark for a word. */
	if (gm_str_starts(text, GM_STR("\xef\xbb\xbf")))
		text = gm_str_sub(text, 3, text.len);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&r.parser, (const unsigned char *)(text.len ? text.ptr : ""),
		text.len);
	while (!rc && !end) {
		GM_AUTO(yaml_event_delete) yaml_event_t event = { 0 };

		rc = next(&event, &r);
		end = event.type == YAML_STREAM_END_EVENT;
		if (!rc && event.type == YAML_DOCUMENT_START_EVENT)
			rc = read_document(&docs, &r);
	}
	yaml_parser_delete(&r.parser);
	if (!rc)
		*out = docs;
	return rc;
}

/* --- looking --- */

static size_t find(const struct gm_yaml *map, struct gm_str key)
{
	size_t i = 0;

	while (i < map->n && !gm_str_eq(map->keys[i]->text, key))
		i++;
	return i;
}

static struct gm_yaml *get(const struct gm_yaml *map, struct gm_str key)
{
	size_t i;

	if (!map || map->kind != GM_YAML_MAP)
		return NULL;
	i = find(map, key);
	return i < map->n ? map->items[i] : NULL;
}

bool gm_yaml_named(const char *path)
{
	return gm_str_ends(gm_str(path), GM_STR(".yaml")) ||
	       gm_str_ends(gm_str(path), GM_STR(".yml"));
}

struct gm_yaml *gm_yaml_get(const struct gm_yaml *map, const char *key)
{
	return get(map, gm_str(key));
}

struct gm_yaml *gm_yaml_at(const struct gm_yaml *map, const char *path)
{
	struct gm_str rest = gm_str(path), part;
	struct gm_yaml *n = NULL;

	while (gm_str_split(&part, &rest, '/')) {
		n = get(map, part);
		map = n;
	}
	return n;
}

const char *gm_yaml_text(struct gm_arena *a, const struct gm_yaml *n)
{
	return n && n->kind == GM_YAML_SCALAR ? gm_str_dup(a, n->text) : NULL;
}

bool gm_yaml_true(const struct gm_yaml *n)
{
	/* What sigs.k8s.io/yaml takes for true: YAML 1.1's words. */
	static const char *const words[] = { "true", "yes", "on", "y" };

	if (!n || n->kind != GM_YAML_SCALAR || n->style != GM_YAML_PLAIN)
		return false;
	for (size_t i = 0; i < GM_COUNT(words); i++)
		if (gm_str_ieq(n->text, gm_str(words[i])))
			return true;
	return false;
}

/* --- making --- */

static struct gm_yaml *make(struct gm_arena *a, enum gm_yaml_kind kind)
{
	struct gm_yaml *n = gm_alloc(a, sizeof(*n));

	n->kind = kind;
	return n;
}

struct gm_yaml *gm_yaml_string(struct gm_arena *a, const char *text)
{
	struct gm_yaml *n = make(a, GM_YAML_SCALAR);

	n->text = gm_str(gm_strdup(a, text));
	return n;
}

struct gm_yaml *gm_yaml_word(struct gm_arena *a, const char *text)
{
	struct gm_yaml *n = gm_yaml_string(a, text);

	n->style = GM_YAML_PLAIN;
	return n;
}

struct gm_yaml *gm_yaml_list(struct gm_arena *a)
{
	return make(a, GM_YAML_LIST);
}

struct gm_yaml *gm_yaml_map(struct gm_arena *a)
{
	return make(a, GM_YAML_MAP);
}

void gm_yaml_push(struct gm_arena *a, struct gm_yaml *list,
		  struct gm_yaml *value)
{
	*GM_PUSH(a, list) = value;
}

void gm_yaml_set(struct gm_arena *a, struct gm_yaml *map, const char *key,
		 struct gm_yaml *value)
{
	size_t i = find(map, gm_str(key));

	if (i < map->n && value) {
		map->items[i] = value;
	} else if (i < map->n) {
		map->n--;
		for (; i < map->n; i++) {
			map->keys[i] = map->keys[i + 1];
			map->items[i] = map->items[i + 1];
		}
	} else if (value) {
		gm_grow(a, (void **)&map->keys, map->n, &map->cap_keys,
			sizeof(struct gm_yaml *));
		map->keys[map->n] = gm_yaml_word(a, key);
		*GM_PUSH(a, map) = value;
	}
}
