#include "base/escape.h"
#include "report/cases.h"
#include "report/text.h"
#include "report/writers.h"

/* Text from outside: harmless on a terminal, then harmless in XML. */
static void attribute(struct gm_buf *out, const char *name, const char *value)
{
	gm_buf_printf(out, " %s=\"", name);
	gm_escape_xml(out, gm_str(gm_escaped(out->arena, gm_str(value))));
	gm_buf_putc(out, '"');
}

static void lines(struct gm_buf *out, const struct gm_case *c,
		  enum gm_severity severity)
{
	struct gm_buf text = gm_buf(out->arena);

	for (size_t i = 0; i < c->findings.n; i++)
		if (c->findings.items[i]->severity == severity)
			gm_report_finding_text(&text, c->findings.items[i]);
	gm_escape_xml(out, gm_buf_view(&text));
}

static const struct gm_finding *first_error(const struct gm_case *c)
{
	for (size_t i = 0; i < c->findings.n; i++)
		if (c->findings.items[i]->severity == GM_SEV_ERROR)
			return c->findings.items[i];
	return NULL;
}

static void test(struct gm_buf *out, const struct gm_case *c)
{
	const struct gm_finding *error = first_error(c);

	gm_buf_puts(out, "    <testcase");
	attribute(out, "classname",
		  gm_printf(out->arena, "git-migrate.%s",
			    gm_report_case_kind(c)));
	attribute(out, "name", gm_report_case_name(c));
	gm_buf_puts(out, c->findings.n ? ">\n" : "/>\n");
	if (!c->findings.n)
		return;
	if (error) {
		gm_buf_puts(out, "      <failure");
		attribute(out, "type", gm_rule_info(error->rule)->name);
		attribute(out, "message", error->message);
		gm_buf_putc(out, '>');
		lines(out, c, GM_SEV_ERROR);
		gm_buf_puts(out, "</failure>\n");
	}
	if (c->errors < c->findings.n) {
		gm_buf_puts(out, "      <system-out>");
		lines(out, c, GM_SEV_WARNING);
		gm_buf_puts(out, "</system-out>\n");
	}
	gm_buf_puts(out, "    </testcase>\n");
}

void gm_report_junit(struct gm_buf *out, const struct gm_result *result,
		     const struct gm_report_options *options)
{
	struct gm_cases cases = gm_report_cases(out->arena, result);

	(void)options;
	gm_buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	gm_buf_printf(out,
		      "<testsuites tests=\"%zu\" failures=\"%zu\">\n"
		      "  <testsuite name=\"git-migrate\" tests=\"%zu\" "
		      "failures=\"%zu\" errors=\"0\" skipped=\"0\">\n",
		      cases.n, cases.failed, cases.n, cases.failed);
	for (size_t i = 0; i < cases.n; i++)
		test(out, &cases.items[i]);
	gm_buf_puts(out, "  </testsuite>\n</testsuites>\n");
}
