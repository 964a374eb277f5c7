/* git migrate new: scaffold a migration. */
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/near.h"
#include "cmd/cmd.h"
#include "cmd/newfiles.h"
#include "cmd/newplace.h"
#include "migration/scaffold.h"

struct args {
	const char *phase;
	const char *contracts;
	const char *window;
	const char *owner;
	const char *flag;
	const char *name;
};

static const struct gm_opt opts[] = {
	GM_OPT_WORD(0, "phase", struct args, phase, "phase",
		    "expand backfill contract",
		    "what it does to the schema: expand"),
	GM_OPT_STRING(0, "contracts", struct args, contracts, "id",
		      "the expand that this contract closes"),
	GM_OPT_STRING(0, "window", struct args, window, "duration",
		      "the rollback window: the policy's minimum"),
	GM_OPT_STRING(0, "owner", struct args, owner, "who",
		      "who decides during the window: you"),
	GM_OPT_STRING(0, "flag", struct args, flag, "name",
		      "the feature flag of the new code"),
	GM_OPT_REQUIRED("name", struct args, name, "what it does, in words"),
	GM_OPT_END,
};

static bool printable(const char *s)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static int judge_args(const struct args *args, struct gm_err *err)
{
	bool contract = gm_str_is(gm_str(args->phase), "contract");

	if (contract && !(args->contracts && *args->contracts)) {
		gm_fail(err, GM_EUSAGE,
			"a contract has to say which expand it closes");
		return gm_hint(err, "Add --contracts=<id>; 'git migrate log'"
				    " lists the ids.");
	}
	if (args->contracts && args->phase && !contract)
		return gm_fail(err, GM_EUSAGE,
			       "--contracts is for --phase=contract only");
	if (!printable(args->contracts) || !printable(args->owner) ||
	    !printable(args->flag))
		return gm_fail(err, GM_EUSAGE,
			       "a value holds a control character");
	return 0;
}

/* "Ann Lee <ann@example.com>" of the configuration, or NULL. */
static int find_owner(const char **out, struct gm_ctx *cx, struct gm_err *err)
{
	const char *name, *email;

	if (gm_config_get(&name, cx->arena, cx->repo, "user.name", err) < 0 ||
	    gm_config_get(&email, cx->arena, cx->repo, "user.email", err) < 0)
		return -1;
	*out = name && email ? gm_printf(cx->arena, "%s <%s>", name, email)
			     : NULL;
	return 0;
}

static int settle_window(struct gm_newmeta *meta, struct gm_ctx *cx,
			 const char *given, int64_t minimum, struct gm_err *err)
{
	int64_t window;

	if (!given) {
		if (minimum)
			meta->window = gm_duration_format(cx->arena, minimum);
		return 0;
	}
	if (!gm_duration_parse(&window, gm_str(given))) {
		gm_fail(err, GM_EUSAGE, "'%s' is no duration", given);
		return gm_hint(err, "Write it like 90m, 24h or 7d.");
	}
	if (window < minimum)
		return gm_fail(err, GM_EUSAGE,
			       "%s is shorter than the policy's minimum, %s",
			       given, gm_duration_format(cx->arena, minimum));
	meta->window = given;
	return 0;
}

/* What there is to say of the migration: given, or by default. */
static int settle_meta(struct gm_newmeta *meta, struct gm_ctx *cx,
		       const struct args *args, const struct gm_policy *policy,
		       struct gm_err *err)
{
	meta->phase = args->phase       ? args->phase
		      : args->contracts ? "contract"
					: "expand";
	meta->contracts = args->contracts;
	meta->flag = args->flag;
	if (!strcmp(meta->phase, "backfill")) {
		meta->window = args->window;
		meta->owner = args->owner;
		return args->window
			       ? settle_window(meta, cx, args->window, 0, err)
			       : 0;
	}
	if (settle_window(meta, cx, args->window, policy->window_minimum, err) <
	    0)
		return -1;
	meta->owner = args->owner;
	if (!meta->owner && find_owner(&meta->owner, cx, err) < 0)
		return -1;
	if (!meta->owner && policy->owner_required) {
		gm_fail(err, GM_EINPUT, "it is not known who you are");
		return gm_hint(err, "Add --owner='Name <e-mail>', or set"
				    " user.name and user.email.");
	}
	if (!meta->flag && policy->flag_required &&
	    !strcmp(meta->phase, "expand"))
		gm_cmd_note(cx, "the policy asks for a feature flag: add"
				" '-- Feature-Flag: NAME' (or 'none: why')"
				" below the phase");
	return 0;
}

/* A slip of the finger is told before it is pushed. */
static void note_unknown(struct gm_ctx *cx, const struct gm_newplace *place,
			 const char *id)
{
	const struct gm_strings *ids = &place->ids;
	const char *near;

	for (size_t i = 0; i < ids->n; i++)
		if (!strcmp(ids->items[i], id))
			return;
	near = gm_near(gm_str(id), ids->items, ids->n);
	gm_cmd_note(cx, "there is no migration '%s' in '%s'%s%s%s", id,
		    *place->dir ? place->dir : ".",
		    near ? "; did you mean '" : "", near ? near : "",
		    near ? "'?" : "");
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_newplace place;
	struct gm_newmeta meta = { 0 };
	struct gm_strings paths = { 0 };

	meta.name = gm_scaffold_name(cx->arena, args->name);
	if (judge_args(args, err) < 0)
		return -1;
	if (!*meta.name || strlen(meta.name) > 100) {
		gm_fail(err, GM_EUSAGE, "'%s' gives no file name", args->name);
		return gm_hint(err, "Say in one to ten words what it does,"
				    " such as add_phone.");
	}
	if (gm_newplace_find(&place, cx, err) < 0 ||
	    settle_meta(&meta, cx, args, &place.policy, err) < 0 ||
	    gm_newfiles_write(&paths, &meta, cx, &place, err) < 0)
		return -1;
	for (size_t i = 0; i < paths.n; i++)
		fprintf(cx->out, "%s\n",
			gm_escape_path(cx->arena, gm_str(paths.items[i])));
	if (meta.contracts)
		note_unknown(cx, &place, meta.contracts);
	return 0;
}

const struct gm_cmd gm_cmd_new = {
	.name = "new",
	.summary = "scaffold a migration",
	.needs = GM_NEEDS_REPO | GM_NEEDS_WORKTREE,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
