/* git migrate log: the migrations in order. */
#include "cmd/listing.h"
#include "report/overview.h"

static int run(struct gm_ctx *cx, const void *args, struct gm_err *err)
{
	static const struct gm_listing_writer writer = { gm_report_log,
							 gm_report_log_json };
	struct gm_overview o;
	int json = gm_listing_print(&o, cx, args, &writer, err);

	if (json < 0)
		return -1;
	if (!o.n && !json)
		gm_cmd_note(cx, "there are no migrations");
	return 0;
}

const struct gm_cmd gm_cmd_log = {
	.name = "log",
	.summary = "list the migrations in order",
	.needs = GM_NEEDS_REPO,
	.opts = gm_listing_opts,
	.args_size = sizeof(struct gm_listing_args),
	.run = run,
};
