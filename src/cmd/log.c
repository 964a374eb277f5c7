/* git migrate log: the migrations in order. */
#include "check/overview.h"
#include "cmd/cmd.h"
#include "report/overview.h"

struct args {
	const char *format;
	const char *rev;
};

static const struct gm_opt opts[] = {
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_OPERAND("rev", struct args, rev, "the commit to look at: HEAD"),
	GM_OPT_END,
};

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_buf out = gm_buf(cx->arena);
	struct gm_overview o;

	if (gm_overview_read(&o, cx->arena, cx->repo, args->rev, err) < 0)
		return -1;
	if (gm_str_is(gm_str(args->format), "json"))
		gm_report_log_json(&out, &o);
	else if (o.n)
		gm_report_log(&out, &o, cx->color);
	else
		gm_cmd_note(cx, "there are no migrations");
	fwrite(out.ptr, 1, out.len, cx->out);
	return 0;
}

const struct gm_cmd gm_cmd_log = {
	.name = "log",
	.summary = "list the migrations in order",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
