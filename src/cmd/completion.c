/* git migrate completion: the script that lets a shell complete commands. */
#include "base/embed.h"
#include "cmd/cmd.h"

struct args {
	const char *shell;
};

static const struct gm_opt opts[] = {
	GM_OPT_REQUIRED("shell", struct args, shell, "bash, zsh or fish"),
	GM_OPT_END,
};

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };
	const struct args *args = argp;

	for (size_t i = 0; i < GM_COUNT(shells); i++) {
		struct gm_str text;

		if (!gm_str_is(gm_str(args->shell), shells[i]))
			continue;
		text = gm_embed(
			gm_printf(cx->arena, "completion/%s", shells[i]));
		fwrite(text.ptr, 1, text.len, cx->out);
		return 0;
	}
	gm_fail(err, GM_EUSAGE, "no completion for shell '%s'", args->shell);
	return gm_hint(err, "There is one for bash, zsh and fish.");
}

const struct gm_cmd gm_cmd_completion = {
	.name = "completion",
	.summary = "print the completion script of a shell",
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
