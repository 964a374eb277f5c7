/* git migrate hook: what the scripts in hooks/ call. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/hooks.h"

struct args {
	const char *name;
	struct gm_strings rest;
};

static const struct gm_opt opts[] = {
	GM_OPT_REQUIRED("name", struct args, name, "the hook git is running"),
	GM_OPT_OPERANDS("args", struct args, rest, "what git gave the hook"),
	GM_OPT_END,
};

static const struct hook {
	const char *name;
	size_t min, max; /* how many arguments git gives it */
	int (*run)(struct gm_ctx *cx, const struct gm_strings *args,
		   struct gm_err *err);
} hooks[] = {
	{ "pre-receive", 0, 0, gm_hook_pre_receive },
	{ "update", 3, 3, gm_hook_update },
	{ "post-receive", 0, 0, gm_hook_post_receive },
	{ "reference-transaction", 1, 1, gm_hook_reference_transaction },
	{ "pre-commit", 0, 0, gm_hook_pre_commit },
	{ "prepare-commit-msg", 1, 3, gm_hook_prepare_commit_msg },
	{ "commit-msg", 1, 1, gm_hook_commit_msg },
	{ "pre-push", 2, 2, gm_hook_pre_push },
};

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;

	for (size_t i = 0; i < GM_COUNT(hooks); i++) {
		const struct hook *h = &hooks[i];

		if (strcmp(h->name, args->name))
			continue;
		if (args->rest.n < h->min || args->rest.n > h->max) {
			gm_fail(err, GM_EUSAGE,
				"hook '%s' got %zu arguments from git, which"
				" is not what it is given",
				h->name, args->rest.n);
			return gm_hint(err, "Call it with \"$@\".");
		}
		return h->run(cx, &args->rest, err);
	}
	gm_fail(err, GM_EUSAGE, "there is no hook '%s' here", args->name);
	return gm_hint(err, "The hooks are pre-receive, update, post-receive,"
			    " reference-transaction, pre-commit, "
			    "prepare-commit-msg, commit-msg and"
			    " pre-push.");
}

const struct gm_cmd gm_cmd_hook = {
	.name = "hook",
	.summary = "run one of git's hooks; called by the scripts in hooks/",
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
