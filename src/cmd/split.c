/* git migrate split: make commits of their own of migrations. */
#include "check/split.h"
#include "base/escape.h"
#include "cmd/chain.h"
#include "cmd/cmd.h"
#include "cmd/template.h"
#include "git/ref.h"

struct args {
	const char *commit;
};

static const struct gm_opt opts[] = {
	GM_OPT_OPERAND("commit", struct args, commit,
		       "the commit to split: HEAD"),
	GM_OPT_END,
};

static int read_words(struct gm_split_words *words, struct gm_ctx *cx,
		      struct gm_err *err)
{
	if (gm_cmd_template(&words->migration, &words->migration_from, cx,
			    "commit/migration.txt", err) < 0 ||
	    gm_cmd_template(&words->policy, &words->policy_from, cx,
			    "commit/policy.txt", err) < 0)
		return -1;
	return 0;
}

static void print(struct gm_ctx *cx, const struct gm_split *s,
		  const struct gm_chain *chain)
{
	for (size_t i = 0; i < GM_SPLIT_KINDS; i++) {
		const struct gm_split_part *part = &s->parts[i];
		struct gm_str rest = gm_str(part->message), line;

		if (!part->changes.n || !gm_str_line(&line, &rest))
			continue;
		fprintf(cx->out, "%.12s %s\n",
			gm_oid_hex(cx->arena, &part->commit),
			gm_escaped(cx->arena, line));
	}
	if (chain->later.n)
		fprintf(cx->out, "and %zu later commit%s made again on top\n",
			chain->later.n, chain->later.n == 1 ? "" : "s");
	fputs("To undo it: git reset --soft ORIG_HEAD\n", cx->out);
	if (s->parts[GM_SPLIT_CONTRACT].changes.n)
		gm_cmd_note(cx, "do not push the contract yet: first the app,"
				" then the rollback window, then the contract");
	if (chain->signed_)
		gm_cmd_note(cx,
			    "%zu of the old commits had a signature; the"
			    " new ones have none",
			    chain->signed_);
	if (chain->pushed)
		gm_cmd_note(cx,
			    "HEAD was on '%s' already; to push what took"
			    " its place needs --force-with-lease",
			    chain->pushed);
}

/* The files may not change, neither in the commits nor in the work tree. */
static int move_head(struct gm_ctx *cx, const struct gm_chain *chain,
		     const struct gm_oid *tip, struct gm_err *err)
{
	struct gm_commit was, is;

	if (gm_commit_read(&was, cx->arena, cx->repo, &chain->head, err) < 0 ||
	    gm_commit_read(&is, cx->arena, cx->repo, tip, err) < 0)
		return -1;
	if (!gm_oid_eq(&was.tree, &is.tree))
		return gm_fail(err, GM_EGIT,
			       "the new commits do not give the files of HEAD;"
			       " nothing was changed");
	return gm_chain_move(cx, chain, tip, err);
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	const char *rev = args->commit ? args->commit : "HEAD";
	struct gm_split_words words;
	struct gm_person committer;
	struct gm_context context;
	struct gm_chain chain;
	struct gm_split split;
	struct gm_oid tip;
	int mixed;

	if (gm_chain_read(&chain, cx, rev, err) < 0 ||
	    gm_context_local(&context, cx->arena, cx->repo, &chain.commit,
			     err) < 0)
		return -1;
	mixed = gm_split_plan(&split, cx->arena, cx->repo, &context,
			      &chain.commit, err);
	if (mixed < 0)
		return -1;
	if (!mixed) {
		fprintf(cx->err, "%.12s is not mixed: nothing to split\n",
			gm_oid_hex(cx->arena, &chain.commit));
		return 1;
	}
	if (gm_chain_committer(&committer, cx, err) < 0 ||
	    read_words(&words, cx, err) < 0 ||
	    gm_split_word(&split, cx->arena, &words, err) < 0 ||
	    gm_split_write(&split, &tip, cx->repo, cx->arena, &committer,
			   &chain.later, err) < 0 ||
	    move_head(cx, &chain, &tip, err) < 0)
		return -1;
	print(cx, &split, &chain);
	return 0;
}

const struct gm_cmd gm_cmd_split = {
	.name = "split",
	.summary = "turn a mixed commit into a migration and an app commit",
	.needs = GM_NEEDS_REPO | GM_NEEDS_WORKTREE,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
