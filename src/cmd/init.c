/* git migrate init: set a repository up. */
#include <string.h>

#include "cmd/init.h"
#include "policy/value.h"

static const struct gm_opt opts[] = {
	GM_OPT_FLAG(0, "server", struct gm_init_args, server,
		    "set up the server's repository"),
	GM_OPT_FLAG(0, "transactions", struct gm_init_args, transactions,
		    "with --server: the hook reference-transaction, too"),
	GM_OPT_STRING(0, "policy-ref", struct gm_init_args, policy_ref, "ref",
		      "with --server: the branch that holds the policy"),
	GM_OPT_STRING(0, "project", struct gm_init_args, project, "name",
		      "the project's name: that of origin or of the directory"),
	GM_OPT_END,
};

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct gm_init_args *args = argp;

	const char *why =
		args->project ? gm_value_project(gm_str(args->project)) : NULL;

	if (why)
		return gm_fail(err, GM_EUSAGE,
			       "'%s' is no name of a project: %s",
			       args->project, why);
	if (args->server)
		return gm_init_server(cx, args, err);
	if (args->policy_ref || args->transactions)
		return gm_fail(err, GM_EUSAGE, "--%s is for --server only",
			       args->policy_ref ? "policy-ref"
						: "transactions");
	if (gm_repo_is_bare(cx->repo)) {
		gm_fail(err, GM_EUSAGE, "this repository is bare");
		return gm_hint(err, "On a server, run 'git migrate init"
				    " --server'.");
	}
	return gm_init_clone(cx, args, err);
}

const struct gm_cmd gm_cmd_init = {
	.name = "init",
	.summary = "set up a repository: policy, signers, hooks",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct gm_init_args),
	.run = run,
};
