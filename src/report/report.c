#include "report/report.h"

#include "report/writers.h"

static const struct {
	const char *name;
	void (*write)(struct gm_buf *out, const struct gm_result *result,
		      const struct gm_report_options *options);
} formats[] = {
	{ "human", gm_report_human },   { "json", gm_report_json },
	{ "tap", gm_report_tap },       { "sarif", gm_report_sarif },
	{ "github", gm_report_github }, { "gitlab", gm_report_gitlab },
	{ "junit", gm_report_junit },
};

bool gm_report_write(struct gm_buf *out, const char *format,
		     const struct gm_result *result,
		     const struct gm_report_options *options)
{
	struct gm_str name = gm_str(format ? format : "human");

	for (size_t i = 0; i < GM_COUNT(formats); i++) {
		if (!gm_str_is(name, formats[i].name))
			continue;
		formats[i].write(out, result, options);
		return true;
	}
	return false;
}
