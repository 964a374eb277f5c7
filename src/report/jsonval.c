#include "report/jsonval.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/utf8.h"

static json_t *made(json_t *value)
{
	if (!value)
		GM_BUG("no memory for JSON");
	return value;
}

json_t *gm_json_str(struct gm_arena *a, struct gm_str s)
{
	if (!gm_utf8_valid(s, NULL))
		s = gm_str(gm_escaped(a, s));
	return made(json_stringn(s.len ? s.ptr : "", s.len));
}

json_t *gm_json_text(struct gm_arena *a, const char *s)
{
	return s ? gm_json_str(a, gm_str(s)) : json_null();
}

json_t *gm_json_nonempty(struct gm_arena *a, struct gm_str s)
{
	return s.len ? gm_json_str(a, s) : json_null();
}

json_t *gm_json_size(size_t n)
{
	return made(json_integer((json_int_t)n));
}

json_t *gm_json_nonzero(size_t n)
{
	return n ? gm_json_size(n) : json_null();
}

void gm_json_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		GM_BUG("no memory for JSON");
}

void gm_json_push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		GM_BUG("no memory for JSON");
}

static void dump(struct gm_buf *out, json_t *value, size_t flags)
{
	char *text = json_dumps(value, flags | JSON_ENSURE_ASCII);

	if (!text)
		GM_BUG("no memory for JSON");
	gm_buf_puts(out, text);
	free(text);
	json_decref(value);
}

void gm_json_finish(struct gm_buf *out, json_t *root)
{
	dump(out, root, JSON_INDENT(2));
	gm_buf_putc(out, '\n');
}

void gm_json_quote(struct gm_buf *out, struct gm_str s)
{
	dump(out, gm_json_str(out->arena, s), JSON_ENCODE_ANY);
}
