/* git migrate show: one migration in full. */
#include "cmd/listing.h"
#include "cmd/pick.h"
#include "report/overview.h"

struct args {
	bool sql;
	const char *format;
	const char *at;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_FLAG(0, "sql", struct args, sql, "print the up SQL as well"),
	GM_OPT_STRING(0, "at", struct args, at, "rev",
		      "look at this commit instead of HEAD"),
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_REQUIRED("id", struct args, id, "the migration"),
	GM_OPT_END,
};

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_buf out = gm_buf(cx->arena);
	struct gm_overview_detail detail;
	struct gm_overview o;
	size_t at = 0;

	if (gm_overview_read(&o, cx->arena, cx->repo, args->at, err) < 0)
		return -1;
	gm_listing_review(&o, cx);
	if (gm_pick(&at, cx->arena, &o, args->id, err) < 0 ||
	    gm_overview_detail(&detail, cx->arena, cx->repo, &o, at, err) < 0)
		return -1;
	if (gm_str_is(gm_str(args->format), "json"))
		gm_report_show_json(&out, &detail, args->sql);
	else
		gm_report_show(&out, &o, &detail, args->sql, cx->color);
	fwrite(out.ptr, 1, out.len, cx->out);
	return 0;
}

const struct gm_cmd gm_cmd_show = {
	.name = "show",
	.summary = "show everything about one migration",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
