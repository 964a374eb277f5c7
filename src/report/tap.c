#include "base/escape.h"
#include "report/cases.h"
#include "report/jsonval.h"
#include "report/writers.h"

/* A description on one line; `#` would start a directive. */
static void describe(struct gm_buf *out, const char *text)
{
	struct gm_str s = gm_str(gm_escaped(out->arena, gm_str(text)));

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '#')
			gm_buf_putc(out, '\\');
		gm_buf_putc(out, s.ptr[i]);
	}
}

/* JSON strings are YAML strings as well. */
static void pair(struct gm_buf *out, const char *key, struct gm_str value)
{
	if (!value.len)
		return;
	gm_buf_printf(out, "      %s: ", key);
	gm_json_quote(out, value);
	gm_buf_putc(out, '\n');
}

static void number(struct gm_buf *out, const char *key, size_t n)
{
	if (n)
		gm_buf_printf(out, "      %s: %zu\n", key, n);
}

/* One string: the reader of prove stumbles over lists of strings. */
static void notes(struct gm_buf *out, const struct gm_strings *list)
{
	struct gm_buf all = gm_buf(out->arena);

	for (size_t i = 0; i < list->n; i++)
		gm_buf_printf(&all, "%s%s", i ? "\n" : "", list->items[i]);
	pair(out, "notes", gm_buf_view(&all));
}

static void finding(struct gm_buf *out, const struct gm_finding *f)
{
	gm_buf_printf(out, "    - rule: %s\n", gm_rule_info(f->rule)->name);
	gm_buf_printf(out, "      severity: %s\n",
		      gm_severity_name(f->severity));
	pair(out, "message", gm_str(f->message));
	pair(out, "commit", gm_str(f->commit));
	pair(out, "ref", gm_str(f->ref));
	pair(out, "file", f->path);
	number(out, "line", f->line);
	number(out, "column", f->column);
	notes(out, &f->notes);
	pair(out, "hint", gm_str(f->hint));
}

static void test(struct gm_buf *out, size_t number_, const struct gm_case *c)
{
	gm_buf_printf(out, "%sok %zu - ", c->errors ? "not " : "", number_);
	describe(out, gm_report_case_name(c));
	gm_buf_printf(out, " (%s)\n", gm_report_case_kind(c));
	if (!c->findings.n)
		return;
	gm_buf_puts(out, "  ---\n  findings:\n");
	for (size_t i = 0; i < c->findings.n; i++)
		finding(out, c->findings.items[i]);
	gm_buf_puts(out, "  ...\n");
}

void gm_report_tap(struct gm_buf *out, const struct gm_result *result,
		   const struct gm_report_options *options)
{
	struct gm_cases cases = gm_report_cases(out->arena, result);

	(void)options;
	gm_buf_puts(out, "TAP version 13\n");
	if (!cases.n) {
		gm_buf_puts(out, "1..0 # SKIP no migrations to judge\n");
		return;
	}
	gm_buf_printf(out, "1..%zu\n", cases.n);
	for (size_t i = 0; i < cases.n; i++)
		test(out, i + 1, &cases.items[i]);
}
