/* git migrate bundle: one migration, as a Job in a cluster mounts it. */
#include "base/escape.h"
#include "cmd/bundling.h"
#include "cmd/pick.h"

struct args {
	const char *output, *at, *ref, *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING('o', "output", struct args, output, "dir",
		      "the directory to write"),
	GM_OPT_STRING(0, "at", struct args, at, "rev",
		      "take it from this commit instead of HEAD"),
	GM_OPT_STRING(0, "ref", struct args, ref, "ref",
		      "the protected ref whose approvals count"),
	GM_OPT_REQUIRED("id", struct args, id, "the migration"),
	GM_OPT_END,
};

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_bundling w;
	struct gm_overview o;
	struct gm_bundle b;
	size_t at = 0;

	if (!args->output || !*args->output)
		return gm_fail(err, GM_EUSAGE,
			       "say with -o where the bundle is to be");
	if (gm_overview_read(&o, cx->arena, cx->repo, args->at, err) < 0 ||
	    gm_pick(&at, cx->arena, &o, args->id, err) < 0 ||
	    gm_bundling_open(&w, cx, &o, args->ref, err) < 0 ||
	    gm_bundling_make(&b, &w, at, err) < 0 ||
	    gm_bundle_write(args->output, &b, err) < 0)
		return -1;
	fprintf(cx->out, "%s: %s %s\n",
		gm_escape_path(cx->arena, gm_str(args->output)),
		gm_escaped(cx->arena, gm_str(b.id)), b.digest);
	return 0;
}

const struct gm_cmd gm_cmd_bundle = {
	.name = "bundle",
	.summary = "write one migration with its records into a directory",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
