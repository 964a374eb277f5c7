/* git migrate baseline: take over a database that something else migrated. */
#include <string.h>

#include "base/escape.h"
#include "cmd/units.h"
#include "db/baseline.h"
#include "report/jsonval.h"

struct args {
	const char *db, *env, *to, *from, *why, *wait, *format, *rev;
	bool dry_run;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING(0, "db", struct args, db, "uri",
		      "the database; else migrate.<env>.url, else libpq's"
		      " environment"),
	GM_OPT_STRING(0, "env", struct args, env, "env",
		      "the environment it is"),
	GM_OPT_STRING(0, "to", struct args, to, "id",
		      "the last migration that the database has"),
	GM_OPT_STRING(0, "from", struct args, from, "tool",
		      "go by the ledger of this tool"),
	GM_OPT_STRING('m', "message", struct args, why, "why",
		      "what is written beside it"),
	GM_OPT_FLAG('n', "dry-run", struct args, dry_run,
		    "only say what would be taken"),
	GM_OPT_STRING(0, "wait", struct args, wait, "time",
		      "how long to wait for an apply that runs: 5m"),
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_OPERAND("rev", struct args, rev, "the commit to take: HEAD"),
	GM_OPT_END,
};

static json_t *list(struct gm_arena *a, const struct gm_strings *ids)
{
	json_t *out = json_array();

	for (size_t i = 0; i < ids->n; i++)
		gm_json_push(out, gm_json_text(a, ids->items[i]));
	return out;
}

static void print_json(struct gm_buf *out, const struct args *args,
		       const struct gm_baseline_result *r)
{
	struct gm_arena *a = out->arena;
	json_t *root = json_object();

	gm_json_set(root, "version", json_integer(1));
	gm_json_set(root, "database", gm_json_text(a, r->database));
	gm_json_set(root, "dry_run", json_boolean(args->dry_run));
	gm_json_set(root, "from",
		    gm_json_text(a, r->from ? r->from->tool : NULL));
	gm_json_set(root, "taken", list(a, &r->taken));
	gm_json_set(root, "before", list(a, &r->before));
	gm_json_set(root, "refused", gm_json_text(a, r->refused));
	gm_json_finish(out, root);
}

static void print_human(struct gm_buf *out, const struct args *args,
			const struct gm_baseline_result *r)
{
	struct gm_arena *a = out->arena;

	if (r->refused) {
		gm_buf_printf(out, "refused: %s\n",
			      gm_escaped(a, gm_str(r->refused)));
		gm_buf_printf(out, "    hint: %s\n",
			      gm_escaped(a, gm_str(r->hint)));
		return;
	}
	if (r->from)
		gm_buf_printf(out, "by the ledger of %s, %s:\n", r->from->tool,
			      gm_escaped(a, gm_str(r->from->table)));
	for (size_t i = 0; i < r->taken.n; i++)
		gm_buf_printf(out, "%s %s\n",
			      args->dry_run ? "would take" : "took",
			      gm_escaped(a, gm_str(r->taken.items[i])));
	gm_buf_printf(out, "%s: %zu taken as applied, %zu before\n",
		      gm_escaped(a, gm_str(r->database)), r->taken.n,
		      r->before.n);
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_baseline_options o = { .env = args->env,
					 .to = args->to,
					 .tool = args->from,
					 .why = args->why,
					 .dry_run = args->dry_run,
					 .wait_ms = gm_apply_defaults.wait_ms };
	struct gm_buf out = gm_buf(cx->arena);
	struct gm_baseline_result result;
	struct gm_overview all;
	struct gm_units units;
	int answer;

	if (args->to && args->from)
		return gm_fail(err, GM_EUSAGE,
			       "--to and --from exclude each other");
	if (gm_overview_read(&all, cx->arena, cx->repo, args->rev, err) < 0 ||
	    gm_units_read(&units, cx, &all, err) < 0 ||
	    gm_units_duration(&o.wait_ms, "wait", args->wait, err) < 0 ||
	    gm_units_uri(&o.uri, cx, args->db, args->env, err) < 0)
		return -1;
	answer = gm_baseline(&result, cx->arena, units.items, units.n, &o, err);
	if (answer < 0)
		return -1;
	if (gm_str_is(gm_str(args->format), "json"))
		print_json(&out, args, &result);
	else
		print_human(&out, args, &result);
	fwrite(out.ptr, 1, out.len, cx->out);
	return answer;
}

const struct gm_cmd gm_cmd_baseline = {
	.name = "baseline",
	.summary = "take over a database that something else migrated",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
