/* git migrate check: judge commits as the server would. */
#include <string.h>

#include "base/clock.h"
#include "check/range.h"
#include "cmd/cmd.h"
#include "cmd/judge.h"
#include "report/report.h"

struct args {
	bool staged;
	bool all;
	const char *format;
	const char *range;
};

static const struct gm_opt opts[] = {
	GM_OPT_FLAG(0, "staged", struct args, staged,
		    "judge what is staged, as one commit on top of HEAD"),
	GM_OPT_FLAG('a', "all", struct args, all,
		    "judge the whole history of HEAD or of <range>'s end"),
	GM_OPT_WORD(0, "format", struct args, format, "format",
		    GM_REPORT_FORMATS, "how to print the findings"),
	GM_OPT_OPERAND("range", struct args, range,
		       "commits to judge; default: those not yet landed"),
	GM_OPT_END,
};

static int usage(struct gm_err *err, const char *what)
{
	return gm_fail(err, GM_EUSAGE, "%s", what);
}

static int judge(struct gm_ctx *cx, const struct args *args,
		 struct gm_result *result, struct gm_err *err)
{
	if (args->staged)
		return gm_cmd_check_staged(cx, result, NULL, false, err);
	if (args->all)
		return gm_cmd_check_all(cx, result, args->range, err);
	return gm_cmd_check_range(cx, result, args->range, err);
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_report_options options = { .color = cx->color };
	struct gm_result result = {
		.findings = gm_findings(cx->arena, NULL),
		.digests = args->format && !strcmp(args->format, "json"),
	};
	struct gm_buf text = gm_buf(cx->arena);

	if (args->staged && args->all)
		return usage(err, "--staged and --all exclude each other");
	if (args->staged && args->range)
		return usage(err, "--staged takes no range");
	if (judge(cx, args, &result, err) < 0)
		return -1;
	if (!gm_report_write(&text, args->format, &result, &options))
		GM_BUG("the option table knows a format the report does not");
	fwrite(text.ptr, 1, text.len, cx->out);
	return result.findings.errors > 0;
}

const struct gm_cmd gm_cmd_check = {
	.name = "check",
	.summary = "judge commits as the server would",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
