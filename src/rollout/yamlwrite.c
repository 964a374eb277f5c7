/* Trees into YAML, always in the same way. */
#include <string.h>
#include <yaml.h>

#include "rollout/yaml.h"

struct writer {
	yaml_emitter_t emitter;
	struct gm_buf *out;
};

static int put(void *data, unsigned char *bytes, size_t n)
{
	gm_buf_add(data, (const char *)bytes, n);
	return 1;
}

static bool emit(struct writer *w, yaml_event_t *event)
{
	return yaml_emitter_emit(&w->emitter, event);
}

/* Words that YAML 1.1 or 1.2 takes for something else than a string. */
static bool is_special(struct gm_str s)
{
	static const char *const words[] = { "true", "false", "yes", "no",
					     "on",   "off",   "y",   "n",
					     "null", "~" };

	for (size_t i = 0; i < GM_COUNT(words); i++)
		if (gm_str_ieq(s, gm_str(words[i])))
			return true;
	return false;
}

/* May a key stand without quotes? */
static bool is_plain_key(struct gm_str s)
{
	bool letter = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool is_letter =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		letter |= is_letter;
		if (!is_letter && !(c >= '0' && c <= '9') &&
		    !(i > 0 && strchr("._/-", c)))
			return false;
	}
	/* A digit first could make a number of it ("5e10"). */
	return letter && !(s.ptr[0] >= '0' && s.ptr[0] <= '9') &&
	       !is_special(s);
}

/* Text of lines that a literal block can hold as it is. */
static bool is_block(struct gm_str s)
{
	bool lines = false;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == '\n') {
			lines = true;
			if (i && strchr(" \t", s.ptr[i - 1]))
				return false;
		} else if (c < ' ' || c >= 0x7f) {
			return false;
		}
	}
	return lines && s.ptr[0] != ' ' && s.ptr[0] != '\n' &&
	       s.ptr[s.len - 1] == '\n';
}

static bool write_scalar(struct writer *w, struct gm_str text,
			 yaml_scalar_style_t style)
{
	yaml_event_t event;

	if (!yaml_scalar_event_initialize(
		    &event, NULL, NULL,
		    (const yaml_char_t *)(text.len ? text.ptr : ""),
		    (int)text.len, 1, 1, style))
		return false;
	return emit(w, &event);
}

static bool write_node(struct writer *w, const struct gm_yaml *n);

static bool write_map(struct writer *w, const struct gm_yaml *n)
{
	yaml_event_t event;
	yaml_mapping_style_t style =
		n->n ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE;

	if (!yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
						 style) ||
	    !emit(w, &event))
		return false;
	for (size_t i = 0; i < n->n; i++) {
		struct gm_str key = n->keys[i]->text;

		if (!write_scalar(w, key,
				  is_plain_key(key)
					  ? YAML_PLAIN_SCALAR_STYLE
					  : YAML_DOUBLE_QUOTED_SCALAR_STYLE) ||
		    !write_node(w, n->items[i]))
			return false;
	}
	return yaml_mapping_end_event_initialize(&event) && emit(w, &event);
}

static bool write_list(struct writer *w, const struct gm_yaml *n)
{
	yaml_event_t event;
	yaml_sequence_style_t style =
		n->n ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE;

	if (!yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
						  style) ||
	    !emit(w, &event))
		return false;
	for (size_t i = 0; i < n->n; i++)
		if (!write_node(w, n->items[i]))
			return false;
	return yaml_sequence_end_event_initialize(&event) && emit(w, &event);
}

static bool write_node(struct writer *w, const struct gm_yaml *n)
{
	if (n->kind == GM_YAML_MAP)
		return write_map(w, n);
	if (n->kind == GM_YAML_LIST)
		return write_list(w, n);
	if (n->style == GM_YAML_PLAIN)
		return write_scalar(w, n->text, YAML_PLAIN_SCALAR_STYLE);
	return write_scalar(w, n->text,
			    is_block(n->text)
				    ? YAML_LITERAL_SCALAR_STYLE
				    : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

static bool write_document(struct writer *w, const struct gm_yaml *doc)
{
	yaml_event_t event;

	return yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) &&
	       emit(w, &event) &&
	       yaml_document_start_event_initialize(&event, NULL, NULL, NULL,
						    1) &&
	       emit(w, &event) && write_node(w, doc) &&
	       yaml_document_end_event_initialize(&event, 1) &&
	       emit(w, &event) && yaml_stream_end_event_initialize(&event) &&
	       emit(w, &event);
}

int gm_yaml_write(struct gm_buf *out, const struct gm_yaml *doc,
		  struct gm_err *err)
{
	struct writer w = { .out = out };
	bool done;

	if (!yaml_emitter_initialize(&w.emitter))
		return gm_fail(err, GM_EIO, "out of memory");
	yaml_emitter_set_output(&w.emitter, put, out);
	yaml_emitter_set_unicode(&w.emitter, 1);
	yaml_emitter_set_indent(&w.emitter, 2);
	yaml_emitter_set_width(&w.emitter, -1);
	done = write_document(&w, doc);
	if (!done)
		gm_fail(err, GM_EIO, "cannot write YAML: %s",
			w.emitter.problem ? w.emitter.problem
					  : "out of memory");
	yaml_emitter_delete(&w.emitter);
	return done ? 0 : -1;
}
