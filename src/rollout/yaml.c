#include "rollout/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/map.h"

/* --- reading --- */

struct reader {
	struct gm_arena *arena;
	const char *name;
	yaml_document_t *doc;
	struct gm_yaml **seen; /* by node; NULL: not yet */
	char *open;            /* by node: being read right now */
	size_t nodes;          /* of all documents */
	struct gm_err *err;
};

static int fail_at(struct reader *r, const yaml_mark_t *mark, const char *what)
{
	gm_fail(r->err, GM_EINPUT, "%s", what);
	return gm_fail_at(r->err, r->name, mark->line + 1, mark->column + 1);
}

static int read_node(struct gm_yaml **out, struct reader *r, int id, int depth);

/* Tags of our own; the standard ones say nothing the style does not. */
static const char *own_tag(struct gm_arena *a, const yaml_char_t *tag)
{
	const char *text = (const char *)tag;

	if (!text || text[0] != '!' || !text[1])
		return NULL;
	return gm_strdup(a, text);
}

static int read_list(struct gm_yaml *n, struct reader *r,
		     const yaml_node_t *node, int depth)
{
	const yaml_node_item_t *item = node->data.sequence.items.start;

	n->kind = GM_YAML_LIST;
	for (; item < node->data.sequence.items.top; item++) {
		struct gm_yaml *value;

		if (read_node(&value, r, *item, depth + 1) < 0)
			return -1;
		gm_yaml_push(r->arena, n, value);
	}
	return 0;
}

static int read_pair(struct gm_yaml *n, struct reader *r, struct gm_map *known,
		     const yaml_node_pair_t *pair, int depth)
{
	const yaml_node_t *at = yaml_document_get_node(r->doc, pair->key);
	struct gm_yaml *key, *value;

	if (read_node(&key, r, pair->key, depth + 1) < 0 ||
	    read_node(&value, r, pair->value, depth + 1) < 0)
		return -1;
	if (key->kind != GM_YAML_SCALAR)
		return fail_at(r, &at->start_mark, "a key that is no word");
	if (gm_map_get(known, key->text))
		return fail_at(r, &at->start_mark,
			       gm_printf(r->arena,
					 "the key '%.*s' stands twice",
					 (int)key->text.len, key->text.ptr));
	gm_map_set(known, key->text, key);
	gm_grow(r->arena, (void **)&n->keys, n->n, &n->cap_keys,
		sizeof(struct gm_yaml *));
	n->keys[n->n] = key;
	*GM_PUSH(r->arena, n) = value;
	return 0;
}

static int read_map(struct gm_yaml *n, struct reader *r,
		    const yaml_node_t *node, int depth)
{
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	struct gm_map known = gm_map(r->arena);

	n->kind = GM_YAML_MAP;
	for (; pair < node->data.mapping.pairs.top; pair++)
		if (read_pair(n, r, &known, pair, depth) < 0)
			return -1;
	return 0;
}

static void read_scalar(struct gm_yaml *n, struct reader *r,
			const yaml_node_t *node)
{
	n->kind = GM_YAML_SCALAR;
	n->style = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE
			   ? GM_YAML_PLAIN
			   : GM_YAML_QUOTED;
	n->text.len = node->data.scalar.length;
	n->text.ptr = gm_strndup(
		r->arena, (const char *)node->data.scalar.value, n->text.len);
}

static int read_node(struct gm_yaml **out, struct reader *r, int id, int depth)
{
	const yaml_node_t *node = yaml_document_get_node(r->doc, id);
	struct gm_yaml *n = r->seen[id];
	int rc = 0;

	*out = n;
	if (r->open[id])
		return fail_at(r, &node->start_mark,
			       "an alias inside of its own anchor");
	if (n)
		return 0;
	if (depth > GM_YAML_DEPTH || ++r->nodes > GM_YAML_NODES)
		return fail_at(r, &node->start_mark,
			       depth > GM_YAML_DEPTH ? "nested too deeply"
						     : "too many values");
	n = gm_alloc(r->arena, sizeof(*n));
	n->line = node->start_mark.line + 1;
	n->column = node->start_mark.column + 1;
	n->tag = own_tag(r->arena, node->tag);
	r->open[id] = 1;
	if (node->type == YAML_SCALAR_NODE)
		read_scalar(n, r, node);
	else if (node->type == YAML_SEQUENCE_NODE)
		rc = read_list(n, r, node, depth);
	else
		rc = read_map(n, r, node, depth);
	r->open[id] = 0;
	r->seen[id] = n;
	*out = n;
	return rc;
}

/* One document; an empty one gives none. */
static int read_document(struct gm_yaml_docs *out, struct reader *r)
{
	size_t n = (size_t)(r->doc->nodes.top - r->doc->nodes.start);
	struct gm_yaml *root;

	if (!n)
		return 0;
	r->seen = gm_alloc_n(r->arena, n + 1, sizeof(struct gm_yaml *));
	r->open = gm_alloc(r->arena, n + 1);
	if (read_node(&root, r, 1, 1) < 0)
		return -1;
	/* "---" and a comment: a plain scalar without text. */
	if (root->kind != GM_YAML_SCALAR || root->text.len)
		*GM_PUSH(r->arena, out) = root;
	return 0;
}

static int syntax_error(const struct reader *r, const yaml_parser_t *p)
{
	gm_fail(r->err, GM_EINPUT, "not valid YAML: %s",
		p->problem ? p->problem : "out of memory");
	return gm_fail_at(r->err, r->name, p->problem_mark.line + 1,
			  p->problem_mark.column + 1);
}

int gm_yaml_read(struct gm_yaml_docs *out, struct gm_arena *a, const char *name,
		 struct gm_str text, struct gm_err *err)
{
	GM_AUTO(yaml_parser_delete) yaml_parser_t parser;
	struct reader r = { .arena = a, .name = name, .err = err };
	struct gm_yaml_docs docs = { 0 };

	if (!yaml_parser_initialize(&parser))
		return gm_fail(err, GM_EIO, "out of memory");
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&parser, (const unsigned char *)(text.len ? text.ptr : ""),
		text.len);
	for (;;) {
		GM_AUTO(yaml_document_delete) yaml_document_t doc;
		bool end;

		memset(&doc, 0, sizeof(doc));
		if (!yaml_parser_load(&parser, &doc))
			return syntax_error(&r, &parser);
		end = !yaml_document_get_root_node(&doc);
		r.doc = &doc;
		if (!end && read_document(&docs, &r) < 0)
			return -1;
		if (end)
			break;
	}
	*out = docs;
	return 0;
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
