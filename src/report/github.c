#include "base/escape.h"
#include "report/text.h"
#include "report/writers.h"

/*
 * Workflow commands end at a line feed and are told from text by "::" at the
 * start of a line; what is escaped here can do neither.
 */
static void escape(struct gm_buf *out, struct gm_str s, bool property)
{
	struct gm_str safe = gm_str(gm_escaped(out->arena, s));

	for (size_t i = 0; i < safe.len; i++) {
		char c = safe.ptr[i];

		if (c == '%' || (property && (c == ':' || c == ',')))
			gm_buf_printf(out, "%%%02X", (unsigned char)c);
		else
			gm_buf_putc(out, c);
	}
}

static void property(struct gm_buf *out, const char *name, struct gm_str value)
{
	gm_buf_printf(out, "%s=", name);
	escape(out, value, true);
	gm_buf_putc(out, ',');
}

static void number(struct gm_buf *out, const char *name, size_t n)
{
	if (n)
		gm_buf_printf(out, "%s=%zu,", name, n);
}

static void line(struct gm_buf *out, const char *label, const char *text)
{
	if (!text)
		return;
	gm_buf_printf(out, "%%0A%s", label);
	escape(out, gm_str(text), false);
}

static void command(struct gm_buf *out, const struct gm_finding *f)
{
	gm_buf_printf(out, "::%s ", gm_severity_name(f->severity));
	if (f->path.len) {
		property(out, "file", f->path);
		number(out, "line", f->line);
		number(out, "col", gm_report_column(f));
		number(out, "endColumn", gm_report_end_column(f));
	}
	gm_buf_printf(out, "title=%s::", gm_rule_info(f->rule)->name);
	escape(out, gm_str(f->message), false);
	line(out, "commit ", f->commit);
	for (size_t i = 0; i < f->notes.n; i++)
		line(out, "", f->notes.items[i]);
	line(out, "hint: ", f->hint);
	gm_buf_putc(out, '\n');
}

void gm_report_github(struct gm_buf *out, const struct gm_result *result,
		      const struct gm_report_options *options)
{
	(void)options;
	for (size_t i = 0; i < result->findings.n; i++)
		command(out, &result->findings.items[i]);
}
