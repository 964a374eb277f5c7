#include "db/cell.h"

#include <string.h>

#include "base/buf.h"

static struct gm_str cell(const struct gm_rows *r, size_t row, size_t column)
{
	if (row >= r->n || column >= r->columns)
		GM_BUG("there is no such cell");
	return r->cells[row * r->columns + column];
}

const char *gm_cell(const struct gm_rows *r, size_t row, size_t column)
{
	const char *text = cell(r, row, column).ptr;

	return text ? text : "";
}

bool gm_cell_null(const struct gm_rows *r, size_t row, size_t column)
{
	return !cell(r, row, column).ptr;
}

bool gm_cell_bool(const struct gm_rows *r, size_t row, size_t column)
{
	return gm_str_is(gm_str(gm_cell(r, row, column)), "t");
}

int64_t gm_cell_int(const struct gm_rows *r, size_t row, size_t column)
{
	const char *text = gm_cell(r, row, column);
	bool minus = *text == '-';
	uint64_t value;

	if (!gm_str_uint(&value, gm_str(text + minus)) || value > INT64_MAX)
		return 0;
	return minus ? -(int64_t)value : (int64_t)value;
}

/* `quote` around, and each one inside of it twice. */
static void quoted(struct gm_buf *b, const char *text, char quote)
{
	gm_buf_putc(b, quote);
	for (; *text; text++) {
		if (*text == quote)
			gm_buf_putc(b, quote);
		gm_buf_putc(b, *text);
	}
	gm_buf_putc(b, quote);
}

const char *gm_sql_ident(struct gm_arena *a, const char *name)
{
	struct gm_buf b = gm_buf(a);

	quoted(&b, name, '"');
	return b.ptr;
}

const char *gm_sql_ident2(struct gm_arena *a, const char *schema,
			  const char *name)
{
	struct gm_buf b = gm_buf(a);

	quoted(&b, schema, '"');
	gm_buf_putc(&b, '.');
	quoted(&b, name, '"');
	return b.ptr;
}

const char *gm_sql_literal(struct gm_arena *a, const char *text)
{
	struct gm_buf b = gm_buf(a);

	if (!strchr(text, '\\')) {
		quoted(&b, text, '\'');
		return b.ptr;
	}
	gm_buf_puts(&b, "E'");
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			gm_buf_putc(&b, *text);
		gm_buf_putc(&b, *text);
	}
	gm_buf_putc(&b, '\'');
	return b.ptr;
}

void gm_array_parse(struct gm_strings *out, struct gm_arena *a,
		    const char *text)
{
	while ((*text == '{' || *text == ',') && text[1] != '}') {
		struct gm_buf b = gm_buf(a);
		bool quoted = *++text == '"';

		text += quoted;
		while (*text &&
		       (quoted ? *text != '"' : *text != ',' && *text != '}')) {
			if (*text == '\\' && text[1])
				text++;
			gm_buf_putc(&b, *text++);
		}
		text += quoted && *text;
		if (quoted || strcmp(b.ptr, "NULL"))
			*GM_PUSH(a, out) = b.ptr;
	}
}
