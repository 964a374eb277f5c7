#include "policy/node.h"

#include <stdio.h>
#include <yaml.h>

#include "base/utf8.h"

struct source {
	struct gm_arena *arena;
	yaml_parser_t *parser;
	const char *name;
	struct gm_str text;
	struct gm_err *err;
};

/* What is kept of an event. */
struct step {
	yaml_event_type_t type;
	struct gm_node node;
};

/*
 * libyaml counts columns in characters, we in bytes.  Lines are the same for
 * both: only LF and CR LF get past scan().
 */
int gm_node_at(struct gm_err *err, const char *name, struct gm_str text,
	       const struct gm_node *n)
{
	struct gm_str line = { 0 }, rest = text;
	size_t at = 0;

	for (size_t i = 0; i <= n->line; i++)
		if (!gm_str_line(&line, &rest))
			line = GM_STR_NONE;
	for (size_t i = 0; i < n->column && at < line.len; i++)
		gm_utf8_next(line, &at);
	return gm_fail_at(err, name, n->line + 1, at + 1);
}

static int fail(struct source *s, const struct gm_node *at, const char *what,
		const char *hint)
{
	gm_fail(s->err, GM_EPOLICY, "%s", what);
	gm_node_at(s->err, s->name, s->text, at);
	return gm_hint(s->err, "%s", hint);
}

/* Why this character may not stand in a policy; NULL when it may. */
static const char *unwanted(uint32_t c, struct gm_str text, size_t after)
{
	if (c == UINT32_MAX)
		return "this byte is not UTF-8";
	if (c == 0)
		return "a NUL byte";
	if (c == '\r' && (after >= text.len || text.ptr[after] != '\n'))
		return "a carriage return that ends no line";
	if (c == '\r' || c == '\n' || c == '\t')
		return NULL;
	if (c < ' ' || c == 0x7f)
		return "a control character";
	if (gm_utf8_deceives(c))
		return "a character that cannot be seen";
	return NULL;
}

/* The first unwanted character of `text`: why, which, and where. */
static const char *find_unwanted(struct gm_str text, uint32_t *c, size_t *start)
{
	const char *why = NULL;
	size_t at = 0;

	while (at < text.len && !why) {
		*start = at;
		*c = gm_utf8_next(text, &at);
		why = unwanted(*c, text, at);
	}
	return why;
}

static int scan(struct source *s)
{
	size_t start = 0, line, column;
	uint32_t c = 0;
	const char *why = find_unwanted(s->text, &c, &start);

	if (!why)
		return 0;
	gm_str_where(s->text, start, &line, &column);
	if (c == UINT32_MAX)
		gm_fail(s->err, GM_EPOLICY, "%s: 0x%02X", why,
			(unsigned char)s->text.ptr[start]);
	else
		gm_fail(s->err, GM_EPOLICY, "%s: U+%04X", why, (unsigned)c);
	gm_fail_at(s->err, s->name, line, column);
	return gm_hint(s->err, "Remove it; a policy is plain UTF-8 text.");
}

static int syntax_error(struct source *s)
{
	const yaml_parser_t *p = s->parser;
	struct gm_node at = { .line = p->problem_mark.line,
			      .column = p->problem_mark.column };

	gm_fail(s->err, GM_EPOLICY, "not valid YAML: %s",
		p->problem ? p->problem : "out of memory");
	gm_node_at(s->err, s->name, s->text, &at);
	return gm_hint(
		s->err,
		"Check indentation, colons, quotes and brackets here and "
		"on the line above.");
}

static int refuse(struct source *s, const struct gm_node *at,
		  const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		return fail(s, at, "anchors are not allowed",
			    "Remove the anchor; write the value out wherever "
			    "it is needed.");
	if (tag)
		return fail(s, at, "tags are not allowed",
			    "Remove the tag; the schema knows every type.");
	return 0;
}

/* Escapes in quotes can bring back what scan() keeps out. */
static int scan_value(struct source *s, const struct gm_node *n)
{
	size_t start;
	uint32_t c;
	const char *why = find_unwanted(n->text, &c, &start);

	if (!why)
		return 0;
	gm_fail(s->err, GM_EPOLICY, "%s in quotes: U+%04X", why, (unsigned)c);
	gm_node_at(s->err, s->name, s->text, n);
	return gm_hint(s->err, "Remove that escape.");
}

static int look(struct step *out, struct source *s, const yaml_event_t *event)
{
	struct gm_node *n = &out->node;

	*out = (struct step){ .type = event->type };
	n->line = event->start_mark.line;
	n->column = event->start_mark.column;
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return fail(s, n, "aliases are not allowed",
			    "Write the value out instead.");
	case YAML_DOCUMENT_START_EVENT:
		if (!event->data.document_start.version_directive &&
		    event->data.document_start.tag_directives.start ==
			    event->data.document_start.tag_directives.end)
			return 0;
		return fail(s, n, "directives are not allowed",
			    "Remove the lines that start with %.");
	case YAML_SCALAR_EVENT:
		n->kind = GM_NODE_SCALAR;
		n->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		n->text.len = event->data.scalar.length;
		n->text.ptr = gm_strndup(s->arena,
					 (const char *)event->data.scalar.value,
					 n->text.len);
		if (scan_value(s, n) < 0)
			return -1;
		return refuse(s, n, event->data.scalar.anchor,
			      event->data.scalar.tag);
	case YAML_SEQUENCE_START_EVENT:
		n->kind = GM_NODE_LIST;
		return refuse(s, n, event->data.sequence_start.anchor,
			      event->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		n->kind = GM_NODE_MAP;
		return refuse(s, n, event->data.mapping_start.anchor,
			      event->data.mapping_start.tag);
	default:
		return 0;
	}
}

static int next(struct step *out, struct source *s)
{
	yaml_event_t event;
	int rc;

	if (!yaml_parser_parse(s->parser, &event))
		return syntax_error(s);
	rc = look(out, s, &event);
	yaml_event_delete(&event);
	return rc;
}

static int check_key(struct source *s, const struct gm_node *map,
		     const struct gm_node *key)
{
	if (key->kind != GM_NODE_SCALAR)
		return fail(s, key, "a key must be a word",
			    "Write \"key: value\".");
	if (key->plain && gm_str_is(key->text, "<<"))
		return fail(s, key, "merge keys are not allowed",
			    "Write the keys out instead.");
	for (size_t i = 0; i < map->n; i++) {
		if (!gm_str_eq(map->keys[i].text, key->text))
			continue;
		gm_fail(s->err, GM_EPOLICY, "duplicate key '%.*s'",
			(int)key->text.len, key->text.ptr);
		gm_node_at(s->err, s->name, s->text, key);
		return gm_hint(s->err,
			       "Keep one of the two; the other is on line %zu.",
			       map->keys[i].line + 1);
	}
	return 0;
}

static bool ends(const struct step *step)
{
	return step->type == YAML_SEQUENCE_END_EVENT ||
	       step->type == YAML_MAPPING_END_EVENT;
}

static int build(struct gm_node *out, struct source *s, struct step *first,
		 int depth);

/* One entry of `out`, whose first event is `step`. */
static int build_entry(struct gm_node *out, struct source *s, struct step *step,
		       int depth)
{
	struct gm_node value;

	if (out->n >= GM_NODE_ENTRIES)
		return fail(s, &step->node, "too many entries",
			    "A list or mapping has at most 1000 entries.");
	if (out->kind == GM_NODE_MAP) {
		if (check_key(s, out, &step->node) < 0)
			return -1;
		gm_grow(s->arena, (void **)&out->keys, out->n, &out->cap_keys,
			sizeof(*out->keys));
		out->keys[out->n] = step->node;
		if (next(step, s) < 0)
			return -1;
	}
	if (build(&value, s, step, depth + 1) < 0)
		return -1;
	*GM_PUSH(s->arena, out) = value;
	return 0;
}

static int build(struct gm_node *out, struct source *s, struct step *first,
		 int depth)
{
	struct step step;

	*out = first->node;
	if (out->kind == GM_NODE_SCALAR)
		return 0;
	if (depth > GM_NODE_DEPTH)
		return fail(s, out, "nested too deeply",
			    "No part of a policy needs more than 8 levels.");
	for (;;) {
		if (next(&step, s) < 0)
			return -1;
		if (ends(&step))
			return 0;
		if (build_entry(out, s, &step, depth) < 0)
			return -1;
	}
}

static int read_stream(struct gm_node *out, struct source *s)
{
	struct step step;

	if (next(&step, s) < 0) /* the start of the stream */
		return -1;
	if (next(&step, s) < 0)
		return -1;
	if (step.type == YAML_STREAM_END_EVENT) {
		step.node.line = step.node.column = 0;
		return fail(s, &step.node, "the policy is empty",
			    "Start it with \"version: 1\" and \"project: "
			    "<name>\".");
	}
	if (next(&step, s) < 0 || build(out, s, &step, 1) < 0)
		return -1;
	if (next(&step, s) < 0) /* the end of the document */
		return -1;
	if (next(&step, s) < 0)
		return -1;
	if (step.type != YAML_STREAM_END_EVENT)
		return fail(s, &step.node, "a second document",
			    "Remove \"---\" and what follows; a policy is one "
			    "document.");
	return 0;
}

int gm_node_read(struct gm_node *out, struct gm_arena *a, const char *name,
		 struct gm_str text, struct gm_err *err)
{
	struct source s = {
		.arena = a, .name = name, .text = text, .err = err
	};
	GM_AUTO(yaml_parser_delete) yaml_parser_t parser;
	struct gm_node root;

	if (!yaml_parser_initialize(&parser))
		return gm_fail(err, GM_EPOLICY, "out of memory");
	s.parser = &parser;
	if (scan(&s) < 0)
		return -1;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr,
				     text.len);
	if (read_stream(&root, &s) < 0)
		return -1;
	*out = root;
	return 0;
}
