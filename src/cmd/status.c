/* git migrate status: what has landed, what waits, what is open. */
#include <string.h>

#include "approval/landed.h"
#include "cmd/listing.h"
#include "cmd/units.h"
#include "report/inspect.h"
#include "report/overview.h"

struct args {
	struct gm_listing_args listing;
	const char *db;
	const char *env;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING(0, "db", struct args, db, "uri",
		      "compare with this database as well; empty: libpq's"
		      " environment"),
	GM_OPT_STRING(0, "env", struct args, env, "env",
		      "compare with the database of migrate.<env>.url"),
	GM_OPT_WORD(0, "format", struct args, listing.format, "format",
		    "human json", "how to print it"),
	GM_OPT_OPERAND("rev", struct args, listing.rev,
		       "the commit to look at: HEAD"),
	GM_OPT_END,
};

static const struct gm_listing_writer writer = { gm_report_status,
						 gm_report_status_json };

static int find_uri(const char **uri, struct gm_ctx *cx,
		    const struct args *args, struct gm_err *err)
{
	if (gm_units_uri(uri, cx, args->db, args->env, err) < 0)
		return -1;
	if (*uri)
		return 0;
	gm_fail(err, GM_ENOT_FOUND, "migrate.%s.url is not set", args->env);
	return gm_hint(err, "Set it with 'git config', or name the database"
			    " with --db.");
}

static int with_database(struct gm_ctx *cx, const struct args *args,
			 struct gm_err *err)
{
	bool json =
		args->listing.format && !strcmp(args->listing.format, "json");
	struct gm_buf out = gm_buf(cx->arena), status = gm_buf(cx->arena);
	struct gm_inspect found;
	struct gm_overview o;
	struct gm_units units;
	const char *uri;

	if (find_uri(&uri, cx, args, err) < 0 ||
	    gm_overview_read(&o, cx->arena, cx->repo, args->listing.rev, err) <
		    0 ||
	    gm_units_read(&units, cx, &o, err) < 0)
		return -1;
	gm_listing_review(&o, cx);
	if (gm_inspect(&found, cx->arena, uri, units.items, units.n, err) < 0)
		return -1;
	if (json) {
		writer.json(&status, &o);
		gm_report_inspect_json(&out, gm_buf_view(&status), &found);
	} else {
		writer.human(&out, &o, cx->color);
		gm_report_inspect(&out, &found);
	}
	fwrite(out.ptr, 1, out.len, cx->out);
	return 0;
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_overview o;
	int json;

	if (args->db || args->env)
		return with_database(cx, args, err);
	json = gm_listing_print(&o, cx, &args->listing, &writer, err);
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
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
