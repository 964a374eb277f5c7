/* git migrate gate: go or no-go. */
#include "report/gate.h"
#include "cmd/gating.h"
#include "cmd/pick.h"

struct args {
	const char *env;
	const char *stage;
	const char *at;
	const char *ref;
	const char *remote;
	const char *format;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING(0, "env", struct args, env, "env", "the environment"),
	GM_OPT_WORD(0, "stage", struct args, stage, "stage", GM_STEPS,
		    "the stage that is to come: by default its own phase"),
	GM_OPT_STRING(0, "at", struct args, at, "rev",
		      "look at this commit instead of HEAD"),
	GM_OPT_STRING(0, "ref", struct args, ref, "ref",
		      "the protected ref it is on"),
	GM_OPT_STRING(0, "remote", struct args, remote, "remote",
		      "whose policy it is"),
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_REQUIRED("id", struct args, id, "the migration"),
	GM_OPT_END,
};

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_gating q = { .cx = cx,
			       .at = args->at,
			       .ref = args->ref,
			       .remote = args->remote };
	struct gm_buf out = gm_buf(cx->arena);
	struct gm_gate gate;
	size_t at = 0;

	if (!args->env) {
		gm_fail(err, GM_EUSAGE, "in which environment?");
		return gm_hint(err, "Name one of the policy: --env staging.");
	}
	if (gm_gating_open(&q, err) < 0 ||
	    gm_pick(&at, cx->arena, &q.overview, args->id, err) < 0 ||
	    gm_gating_ask(&gate, &q, at, args->env, args->stage, err) < 0)
		return -1;
	if (gm_str_is(gm_str(args->format), "json"))
		gm_report_gate_json(&out, &gate);
	else
		gm_report_gate(&out, &gate);
	fwrite(out.ptr, 1, out.len, cx->out);
	return gate.go ? 0 : 1;
}

const struct gm_cmd gm_cmd_gate = {
	.name = "gate",
	.summary = "say whether a stage may go ahead",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
