/* git migrate record: sign what was seen of a stage. */
#include <string.h>

#include "approval/exhibit.h"
#include "base/child.h"
#include "base/escape.h"
#include "base/file.h"
#include "cmd/attest.h"
#include "cmd/pick.h"
#include "rollout/cnpg.h"
#include "rollout/rehearsed.h"
#include "rollout/stages.h"

struct args {
	struct gm_seal_args seal;
	const char *env;
	const char *stage;
	const char *result;
	const char *percent;
	const char *file;
	const char *kubectl;
	const char *drill;
	bool run;
	const char *id;
	struct gm_strings command;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING(0, "env", struct args, env, "env",
		      "the environment it was seen in"),
	GM_OPT_WORD(0, "stage", struct args, stage, "stage", GM_STAGES,
		    "the stage it is about"),
	GM_OPT_WORD(0, "result", struct args, result, "result", "pass fail",
		    "what came of it"),
	GM_OPT_STRING(0, "percent", struct args, percent, "n",
		      "of a flag: for how many of the users it is on"),
	GM_OPT_STRING(0, "file", struct args, file, "file",
		      "keep this file as what it rests on"),
	GM_OPT_FLAG(0, "run", struct args, run,
		    "run the command, keep what it prints and how it ends"),
	GM_OPT_STRING(0, "from-kubectl", struct args, kubectl, "file",
		      "backups, as 'kubectl get -o json' prints them"),
	GM_OPT_STRING(0, "drill", struct args, drill, "file",
		      "a rehearsal, as 'drill --format=json' prints it"),
	GM_SEAL_OPTIONS("a remark, which is signed as well"),
	GM_OPT_REQUIRED("id", struct args, id, "the migration"),
	GM_OPT_OPERANDS("command", struct args, command,
			"with --run: the program and its words"),
	GM_OPT_END,
};

static int one_source(const struct args *args, struct gm_err *err)
{
	int n = args->run + !!args->file + !!args->kubectl + !!args->drill;

	if (n > 1)
		return gm_fail(err, GM_EUSAGE,
			       "--file, --run, --from-kubectl and --drill"
			       " exclude each other");
	if (args->run && !args->command.n) {
		gm_fail(err, GM_EUSAGE, "--run needs a command");
		return gm_hint(err, "Put it last: --run -- kubectl get pods.");
	}
	if (!args->run && args->command.n)
		return gm_fail(err, GM_EUSAGE, "what is '%s' for?",
			       args->command.items[0]);
	if (!args->result && !args->run && !args->kubectl && !args->drill) {
		gm_fail(err, GM_EUSAGE, "did it pass or fail?");
		return gm_hint(err, "Say it: --result=pass, or --result=fail.");
	}
	return 0;
}

static int check_usage(const struct args *args, struct gm_err *err)
{
	if (!args->env) {
		gm_fail(err, GM_EUSAGE, "in which environment was it seen?");
		return gm_hint(err, "Name one of the policy: --env staging.");
	}
	if (!args->stage && !args->kubectl && !args->drill) {
		gm_fail(err, GM_EUSAGE, "which stage is it about?");
		return gm_hint(err, "The stages are: %s.", GM_STAGES);
	}
	if (args->percent &&
	    (!args->stage || strcmp(args->stage, "enable") != 0))
		return gm_fail(err, GM_EUSAGE,
			       "--percent belongs to --stage=enable");
	return one_source(args, err);
}

/* "enable" is for everybody; for some it is "enable-5". */
static int read_stage(const char **out, struct gm_arena *a,
		      const struct args *args, struct gm_err *err)
{
	uint64_t n;

	*out = args->stage;
	if (!args->percent)
		return 0;
	if (!gm_str_uint(&n, gm_str(args->percent)) || n < 1 || n > 100) {
		gm_fail(err, GM_EUSAGE, "'%s' is no percentage", args->percent);
		return gm_hint(err, "Give a whole number from 1 to 100.");
	}
	if (n < 100)
		*out = gm_printf(a, "enable-%d", (int)n);
	return 0;
}

/* --- where it comes from --- */

static const char *words(struct gm_arena *a, const struct gm_strings *list)
{
	struct gm_buf out = gm_buf(a);

	for (size_t i = 0; i < list->n; i++)
		gm_buf_printf(&out, "%s%s", i ? " " : "",
			      gm_shell_word(a, list->items[i]));
	return out.ptr;
}

static int run_command(struct gm_attest *f, struct gm_ctx *cx,
		       const struct args *args, struct gm_err *err)
{
	struct gm_strings argv = { 0 };
	struct gm_child child = { .both = true, .max_output = GM_EXHIBIT_MAX };
	int status;

	for (size_t i = 0; i < args->command.n; i++)
		*GM_PUSH(cx->arena, &argv) = args->command.items[i];
	*GM_PUSH(cx->arena, &argv) = NULL;
	child.argv = argv.items;
	fflush(cx->out);
	status = gm_child_run(&f->exhibit, cx->arena, &child, err);
	if (status < 0)
		return -1;
	f->result = status ? "fail" : "pass";
	f->why = gm_printf(cx->arena, "%s: exit status %d",
			   words(cx->arena, &args->command), status);
	return 0;
}

static int read_file(struct gm_str *out, struct gm_ctx *cx, const char *path,
		     struct gm_err *err)
{
	int got = strcmp(path, "-")
			  ? gm_file_read(out, cx->arena, path, GM_EXHIBIT_MAX,
					 err)
			  : gm_fd_read(out, cx->arena, 0, GM_EXHIBIT_MAX, err);

	return got < 0 ? gm_fail_in(err, "%s", path) : 0;
}

static int read_kubectl(struct gm_attest *f, const struct gm_seal *s,
			const struct args *args, struct gm_err *err)
{
	const struct gm_policy *p = &s->review.policy;
	struct gm_cnpg_of of = { 0 };
	struct gm_cnpg got;

	for (size_t i = 0; i < p->n_environments; i++)
		if (!strcmp(p->environments[i].name, args->env)) {
			of.namespace_ = p->environments[i].namespace_;
			of.cluster = p->environments[i].cluster;
		}
	if (read_file(&f->exhibit, s->cx, args->kubectl, err) < 0 ||
	    gm_cnpg_read(&got, s->cx->arena, args->kubectl, f->exhibit, &of,
			 err) < 0)
		return -1;
	if (!f->stage)
		f->stage = "checkpoint";
	f->result = got.good ? "pass" : "fail";
	f->why = got.why;
	return 0;
}

static int read_drill(struct gm_attest *f, const struct gm_seal *s,
		      const struct args *args,
		      const struct gm_review_item *item, struct gm_err *err)
{
	struct gm_rehearsed got;

	if (read_file(&f->exhibit, s->cx, args->drill, err) < 0 ||
	    gm_rehearsed_read(&got, s->cx->arena, args->drill, f->exhibit,
			      item->id, err) < 0)
		return -1;
	if (strcmp(got.digest, item->subject.digest) != 0) {
		gm_fail(err, GM_EINPUT,
			"'%s' has changed since it was rehearsed", item->id);
		gm_fail_at(err, args->drill, 0, 0);
		return gm_hint(err, "Rehearse it again: git migrate drill"
				    " --format=json.");
	}
	if (!f->stage)
		f->stage = "restore";
	f->result = got.good ? "pass" : "fail";
	f->why = got.why;
	return 0;
}

static int find_out(struct gm_attest *f, const struct gm_seal *s,
		    const struct args *args, const struct gm_review_item *item,
		    struct gm_err *err)
{
	int done = 0;

	if (read_stage(&f->stage, s->cx->arena, args, err) < 0)
		return -1;
	if (args->run)
		done = run_command(f, s->cx, args, err);
	else if (args->kubectl)
		done = read_kubectl(f, s, args, err);
	else if (args->drill)
		done = read_drill(f, s, args, item, err);
	else if (args->file)
		done = read_file(&f->exhibit, s->cx, args->file, err);
	if (done < 0)
		return -1;
	if (f->result && args->result && strcmp(f->result, args->result) != 0) {
		gm_fail(err, GM_EINPUT, "--result says '%s', but %s",
			args->result, f->why);
		return gm_hint(err, "Leave --result out: it follows from"
				    " that.");
	}
	if (!f->result)
		f->result = args->result;
	return 0;
}

/* --- the record --- */

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_attest f = { .env = args->env };
	struct gm_review_item item;
	struct gm_overview o;
	struct gm_seal s;
	size_t at = 0;

	if (check_usage(args, err) < 0 ||
	    gm_seal_open(&s, cx, &args->seal, GM_EVIDENCE_REF, err) < 0 ||
	    gm_seal_env(&s, args->env, err) < 0 ||
	    gm_overview_read_by(&o, cx->arena, cx->repo, args->seal.at,
				&s.review.policy, err) < 0 ||
	    gm_pick(&at, cx->arena, &o, args->id, err) < 0 ||
	    gm_review_migration(&item, cx->arena, cx->repo, &s.review, &o, at,
				err) < 0 ||
	    find_out(&f, &s, args, &item, err) < 0)
		return -1;
	return gm_attest(&s, &item, &f, err);
}

const struct gm_cmd gm_cmd_record = {
	.name = "record",
	.summary = "sign what was seen of a stage",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
