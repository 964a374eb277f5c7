/* git migrate status: what has landed, what waits, what is open. */
#include "check/overview.h"
#include "cmd/cmd.h"
#include "approval/landed.h"
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
		gm_report_status_json(&out, &o);
	else
		gm_report_status(&out, &o, cx->color);
	fwrite(out.ptr, 1, out.len, cx->out);
	if (o.n && !o.records)
		gm_cmd_note(cx,
			    "no record here says what has landed; in a clone,"
			    " fetch it: git fetch <remote> '%s:%s'",
			    GM_LANDED_REF, GM_LANDED_REF);
	return 0;
}

const struct gm_cmd gm_cmd_status = {
	.name = "status",
	.summary = "sum up what has landed and what is open",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
