#include "report/text.h"

#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"

const char *gm_report_place(struct gm_arena *a, const struct gm_finding *f)
{
	const char *path = gm_escape_path(a, f->path);

	if (!f->path.len)
		return f->ref ? gm_escaped(a, gm_str(f->ref)) : "";
	if (!f->line)
		return path;
	if (!f->column)
		return gm_printf(a, "%s:%zu", path, f->line);
	return gm_printf(a, "%s:%zu:%zu", path, f->line, f->column);
}

void gm_report_commit(struct gm_buf *out, const struct gm_finding *f)
{
	gm_buf_puts(out, "commit ");
	gm_escape(out, gm_str_sub(gm_str(f->commit), 0, 8));
	if (f->subject) {
		gm_buf_puts(out, " \"");
		gm_escape(out, gm_str(f->subject));
		gm_buf_putc(out, '"');
	}
}

void gm_report_finding_text(struct gm_buf *out, const struct gm_finding *f)
{
	const char *place = gm_report_place(out->arena, f);

	gm_buf_printf(out, "%s%s%s: ", place, *place ? ": " : "",
		      gm_severity_name(f->severity));
	gm_escape(out, gm_str(f->message));
	gm_buf_printf(out, " [%s]\n", gm_rule_info(f->rule)->name);
	if (f->commit) {
		gm_report_commit(out, f);
		gm_buf_putc(out, '\n');
	}
	for (size_t i = 0; i < f->notes.n; i++) {
		gm_escape(out, gm_str(f->notes.items[i]));
		gm_buf_putc(out, '\n');
	}
	if (f->hint) {
		gm_buf_puts(out, "hint: ");
		gm_escape(out, gm_str(f->hint));
		gm_buf_putc(out, '\n');
	}
}

/* A column in bytes as one in characters. */
static size_t in_characters(struct gm_str line, size_t column)
{
	size_t at = 0, n = 1;

	if (!column || column - 1 > line.len)
		return column;
	while (at + 1 < column) {
		gm_utf8_next(line, &at);
		n++;
	}
	return n;
}

size_t gm_report_column(const struct gm_finding *f)
{
	return in_characters(f->source, f->column);
}

size_t gm_report_end_column(const struct gm_finding *f)
{
	size_t end = f->column + (f->width ? f->width : 1);

	if (!f->column)
		return 0;
	/* What is underlined may go on in the next line. */
	if (f->source.len && end > f->source.len + 1)
		end = f->source.len + 1;
	if (end <= f->column)
		end = f->column + 1;
	return in_characters(f->source, end);
}

void gm_report_count(struct gm_buf *out, size_t n, const char *what)
{
	gm_buf_printf(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}
