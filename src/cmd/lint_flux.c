/* git migrate lint-flux: manifests of anybody against the rules R1 to R22. */
#include <string.h>

#include "check/result.h"
#include "cmd/cmd.h"
#include "git/repo.h"
#include "report/report.h"
#include "rollout/lint.h"

struct args {
	const char *format;
	const char *since;
	struct gm_strings exclude;
	const char *dir;
};

static const struct gm_opt opts[] = {
	GM_OPT_WORD(0, "format", struct args, format, "format",
		    GM_REPORT_FORMATS, "how to print the findings"),
	GM_OPT_STRING(0, "since", struct args, since, "rev",
		      "also what has changed since that commit"),
	GM_OPT_LIST(0, "exclude", struct args, exclude, "pattern",
		    "leave these files out; may be given more than once"),
	GM_OPT_REQUIRED("dir", struct args, dir,
			"root of the tree of manifests"),
	GM_OPT_END,
};

/* The directory as it was in a commit of the repository it is in. */
static int open_old(struct gm_place *out, struct gm_ctx *cx,
		    const struct args *args, struct gm_err *err)
{
	const char *top, *real;
	struct gm_commit commit;
	struct gm_entry entry;
	struct gm_oid oid;
	int found;

	if (gm_repo_open(&cx->repo, args->dir, GM_REPO_DISCOVER, err) < 0 ||
	    gm_rev_commit(&oid, cx->repo, args->since, err) < 0 ||
	    gm_commit_read(&commit, cx->arena, cx->repo, &oid, err) < 0)
		return -1;
	top = gm_repo_worktree(cx->repo);
	real = gm_place_real(cx->arena, args->dir);
	if (!top || !real || strncmp(real, top, strlen(top)) != 0)
		return gm_fail(err, GM_EINPUT,
			       "'%s' is not in the work tree of a repository",
			       args->dir);
	real += strlen(top);
	found = gm_tree_find(&entry, cx->arena, cx->repo, &commit.tree,
			     gm_str(*real ? real + 1 : real), err);
	if (found < 0)
		return -1;
	*out = (struct gm_place){ .repo = cx->repo };
	if (found)
		out->tree = entry.oid;
	return 0;
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_report_options report = { .color = cx->color };
	struct gm_result result = { .findings = gm_findings(cx->arena, NULL) };
	const struct gm_place place = { .dir = args->dir };
	struct gm_buf text = gm_buf(cx->arena);
	const struct gm_manifests_options options = { &args->exclude, NULL };
	struct gm_manifests now, before;
	struct gm_place old;

	if (!gm_place_real(cx->arena, args->dir)) {
		gm_fail(err, GM_ENOT_FOUND, "there is no directory '%s'",
			args->dir);
		return gm_hint(err, "Name the root of a tree of manifests.");
	}
	if (gm_manifests_read(&now, cx->arena, &place, &options, err) < 0)
		return -1;
	result.objects = now.docs.n;
	gm_lint(&result.findings, &now);
	if (args->since &&
	    (open_old(&old, cx, args, err) < 0 ||
	     gm_manifests_read(&before, cx->arena, &old, &options, err) < 0 ||
	     gm_lint_since(&result.findings, &now, &before, err) < 0))
		return -1;
	gm_report_write(&text, args->format, &result, &report);
	fwrite(text.ptr, 1, text.len, cx->out);
	return result.findings.errors > 0;
}

const struct gm_cmd gm_cmd_lint_flux = {
	.name = "lint-flux",
	.summary = "check manifests for Flux against the rules R1 to R22",
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
