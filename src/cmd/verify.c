/* git migrate verify: who approved what, and what is still missing. */
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "cmd/cmd.h"
#include "cmd/pick.h"
#include "report/review.h"

struct args {
	const char *at;
	const char *ref;
	const char *env;
	const char *remote;
	const char *format;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING(0, "at", struct args, at, "rev",
		      "look at this commit instead of HEAD"),
	GM_OPT_STRING(0, "ref", struct args, ref, "ref",
		      "the protected ref it is for"),
	GM_OPT_STRING(0, "env", struct args, env, "env",
		      "what is asked for running it there"),
	GM_OPT_STRING(0, "remote", struct args, remote, "remote",
		      "whose policy it is"),
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_OPERAND("id", struct args, id, "the migration: all of them"),
	GM_OPT_END,
};

static int open_review(struct gm_review *out, struct gm_ctx *cx,
		       const struct args *args, struct gm_err *err)
{
	const struct gm_review_from from = {
		.remote = args->remote,
		.ref = args->ref,
		.now = gm_now(),
	};
	int found = gm_review_open(out, cx->arena, cx->repo, &from, err);

	if (found)
		return found < 0 ? -1 : 0;
	gm_fail(err, GM_ENOT_FOUND, "there is no %s to verify by",
		GM_POLICY_PATH);
	return gm_hint(err, "'git migrate init' writes one; 'git fetch' brings"
			    " the one of the server.");
}

/* What to say in commands so that they speak of the same. */
static const char *options_of(struct gm_ctx *cx, const struct args *args)
{
	struct gm_buf b = gm_buf(cx->arena);

	if (args->at)
		gm_buf_printf(&b, " --at %s",
			      gm_shell_word(cx->arena, args->at));
	if (args->ref)
		gm_buf_printf(&b, " --ref %s",
			      gm_shell_word(cx->arena, args->ref));
	if (args->env)
		gm_buf_printf(&b, " --env %s",
			      gm_shell_word(cx->arena, args->env));
	return b.ptr;
}

static int add_migration(struct gm_reviewed *all, struct gm_ctx *cx,
			 const struct args *args, const struct gm_overview *o,
			 size_t at, struct gm_err *err)
{
	struct gm_review_item item;

	/* Of the kind that no layout makes, and nothing to hang a note on. */
	if (!o->items[at].path.len && !args->id)
		return 0;
	if (gm_review_migration(&item, cx->arena, cx->repo, all->review, o, at,
				err) < 0)
		return -1;
	if (args->env)
		item.subject.env = args->env;
	*GM_PUSH(cx->arena, all) = item;
	return 0;
}

static int add_migrations(struct gm_reviewed *all, struct gm_ctx *cx,
			  const struct args *args, struct gm_err *err)
{
	struct gm_overview o;
	size_t at = 0;

	if (gm_overview_read_by(&o, cx->arena, cx->repo, args->at,
				&all->review->policy, err) < 0)
		return -1;
	if (args->id) {
		if (gm_pick(&at, cx->arena, &o, args->id, err) < 0)
			return -1;
		return add_migration(all, cx, args, &o, at, err);
	}
	for (; at < o.n; at++)
		if (add_migration(all, cx, args, &o, at, err) < 0)
			return -1;
	return 0;
}

/* A change of what is enforced, where the policy asks for its approval. */
static int add_policy(struct gm_reviewed *all, struct gm_ctx *cx,
		      const struct args *args, const struct gm_oid *tip,
		      struct gm_err *err)
{
	struct gm_err why = GM_ERR_INIT;
	struct gm_review_item item;

	if (args->id || args->env)
		return 0;
	if (gm_review_policy(&item, cx->arena, cx->repo, all->review, tip,
			     &why) < 0) {
		if (why.code == GM_ENOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	if (!item.landed)
		*GM_PUSH(cx->arena, all) = item;
	return 0;
}

static int read_all(struct gm_reviewed *all, struct gm_review *review,
		    struct gm_ctx *cx, const struct args *args,
		    struct gm_err *err)
{
	struct gm_oid tip;

	all->review = review;
	all->unpushed = gm_map(cx->arena);
	all->at = args->at;
	all->options = options_of(cx, args);
	if (gm_rev_commit(&tip, cx->repo, args->at ? args->at : "HEAD", err) <
		    0 ||
	    gm_review_people(review, cx->arena, cx->repo, &tip, err) < 0 ||
	    add_migrations(all, cx, args, err) < 0 ||
	    add_policy(all, cx, args, &tip, err) < 0 ||
	    gm_review_prepare(cx->arena, review, all->items, all->n, err) < 0)
		return -1;
	for (size_t i = 0; i < all->n; i++)
		if (gm_review_judge(&all->items[i], cx->arena, review, err) < 0)
			return -1;
	if (gm_review_unpushed(&all->unpushed, cx->arena, cx->repo, review,
			       GM_APPROVALS_REF, err) < 0 ||
	    gm_review_unpushed(&all->unpushed, cx->arena, cx->repo, review,
			       GM_OVERRIDES_REF, err) < 0)
		return -1;
	return gm_approvals_follow_ups(&all->open, review->approvals,
				       review->ref, &review->landed, err);
}

/* The answer: 0 all is there, 1 not so, -1 some line is no record. */
static int conclude(const struct gm_reviewed *all, struct gm_err *err)
{
	int answer = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct gm_review_item *item = &all->items[i];

		if (item->state == GM_REVIEW_BAD)
			return gm_bad_line_fail(item->bad.bad,
						GM_NOTHING_COUNTS, err);
		answer |= item->state == GM_REVIEW_MISSING ||
			  item->state == GM_REVIEW_REJECTED;
	}
	return answer;
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_buf out = gm_buf(cx->arena);
	struct gm_reviewed all = { 0 };
	struct gm_review review;

	if (open_review(&review, cx, args, err) < 0 ||
	    read_all(&all, &review, cx, args, err) < 0)
		return -1;
	if (gm_str_is(gm_str(args->format), "json"))
		gm_report_review_json(&out, &all);
	else
		gm_report_review(&out, &all, cx->color);
	fwrite(out.ptr, 1, out.len, cx->out);
	return conclude(&all, err);
}

const struct gm_cmd gm_cmd_verify = {
	.name = "verify",
	.summary = "check the approvals, and say what is missing",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
