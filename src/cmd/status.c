/* git migrate status: what has landed, what waits, what is open. */
#include "approval/landed.h"
#include "cmd/listing.h"
#include "report/overview.h"

static int run(struct gm_ctx *cx, const void *args, struct gm_err *err)
{
	static const struct gm_listing_writer writer = {
		gm_report_status, gm_report_status_json
	};
	struct gm_overview o;
	int json = gm_listing_print(&o, cx, args, &writer, err);

	if (json < 0)
		return -1;
	if (o.n && !o.records && !json)
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
	.opts = gm_listing_opts,
	.args_size = sizeof(struct gm_listing_args),
	.run = run,
};
