/* git migrate emit: manifests for Flux. */
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "check/context.h"
#include "cmd/chain.h"
#include "cmd/cmd.h"
#include "cmd/rollouts.h"
#include "git/ref.h"
#include "rollout/emit.h"
#include "rollout/lint.h"

/* How often a commit is made anew when somebody else was faster. */
#define TRIES 5

struct args {
	const char *at;
	const char *stage;
	struct gm_strings envs;
	const char *out;
	const char *commit;
	const char *lsn;
	bool all, force;
	struct gm_strings ids;
};

static const struct gm_opt opts[] = {
	GM_OPT_FLAG('a', "all", struct args, all, "all migrations there are"),
	GM_OPT_LIST(0, "env", struct args, envs, "env",
		    "for this environment; may be given more than once"),
	GM_OPT_WORD(0, "stage", struct args, stage, "stage", GM_STAGES,
		    "bring the rollout to this stage"),
	GM_OPT_STRING('o', "output", struct args, out, "dir",
		      "write below this directory"),
	GM_OPT_STRING(0, "commit", struct args, commit, "branch",
		      "write as a commit on this branch"),
	GM_OPT_STRING(0, "lsn", struct args, lsn, "lsn",
		      "the place that a restore goes to"),
	GM_OPT_FLAG(0, "force", struct args, force,
		    "also over files that were changed by hand"),
	GM_OPT_STRING(0, "at", struct args, at, "rev",
		      "the migrations of this commit instead of HEAD"),
	GM_OPT_OPERANDS("id", struct args, ids, "the migrations"),
	GM_OPT_END,
};

struct emitter {
	struct gm_ctx *cx;
	const struct args *args;
	struct gm_commit source; /* whose migrations are emitted */
	struct gm_context context;
	struct gm_rollouts rollouts;
	struct gm_templates templates;
	struct gm_place place;
	const char *ref; /* --commit */
	struct gm_oid tip;
	struct gm_update update;
	struct gm_buf said;
};

static int check_args(const struct args *args, struct gm_err *err)
{
	if (!args->all == !args->ids.n) {
		gm_fail(err, GM_EUSAGE, "name migrations, or give --all");
		return gm_hint(err, "'git migrate log' lists them.");
	}
	if (!args->envs.n) {
		gm_fail(err, GM_EUSAGE, "no environment is named");
		return gm_hint(err, "Give one of the policy: --env staging.");
	}
	if (!args->out == !args->commit) {
		gm_fail(err, GM_EUSAGE,
			"it is not said where the manifests go");
		return gm_hint(err, "Give either -o <dir> or --commit"
				    " <branch>.");
	}
	if (args->lsn && !gm_lsn_valid(gm_str(args->lsn))) {
		gm_fail(err, GM_EUSAGE, "'%s' is no place in a write-ahead log",
			args->lsn);
		return gm_hint(err, "Give one such as 0/3000060.");
	}
	return 0;
}

/* The branch that a commit goes to; nobody may have it checked out. */
static int find_branch(struct emitter *e, struct gm_err *err)
{
	const char *name = e->args->commit, *head;

	if (strncmp(name, "refs/", 5) != 0)
		name = gm_printf(e->cx->arena, "refs/heads/%s", name);
	if (!gm_ref_valid(gm_str(name)) ||
	    strncmp(name, "refs/heads/", 11) != 0) {
		gm_fail(err, GM_EINPUT, "'%s' is no branch", e->args->commit);
		return gm_hint(err, "Name one, such as 'flux'.");
	}
	if (gm_ref_head(&head, e->cx->arena, e->cx->repo, err) < 0)
		return -1;
	if (head && !strcmp(head, name) && !gm_repo_is_bare(e->cx->repo)) {
		gm_fail(err, GM_EINPUT, "'%s' is checked out", name);
		return gm_hint(err,
			       "Its files would not follow. Write them with -o"
			       " %s and commit, or name another branch.",
			       gm_repo_worktree(e->cx->repo));
	}
	e->ref = name;
	return 0;
}

/* The place as it is now. */
static int open_place(struct emitter *e, struct gm_err *err)
{
	struct gm_commit tip;
	int found;

	e->update = (struct gm_update){ 0 };
	e->said = gm_buf(e->cx->arena);
	e->place =
		(struct gm_place){ .dir = e->args->out, .repo = e->cx->repo };
	if (!e->ref)
		return 0;
	e->tip = (struct gm_oid){ 0 };
	found = gm_ref_get(&e->tip, e->cx->repo, e->ref, err);
	if (found <= 0)
		return found;
	if (gm_commit_read(&tip, e->cx->arena, e->cx->repo, &e->tip, err) < 0)
		return -1;
	e->place.tree = tip.tree;
	return 0;
}

static int read_source(struct emitter *e, struct gm_err *err)
{
	struct gm_ctx *cx = e->cx;
	struct gm_overview o;
	struct gm_oid tip;

	if (gm_rev_commit(&tip, cx->repo, e->args->at ? e->args->at : "HEAD",
			  err) < 0 ||
	    gm_commit_read(&e->source, cx->arena, cx->repo, &tip, err) < 0 ||
	    gm_context_local(&e->context, cx->arena, cx->repo, &tip, err) < 0 ||
	    gm_overview_read(&o, cx->arena, cx->repo,
			     gm_oid_hex(cx->arena, &tip), err) < 0)
		return -1;
	e->templates = gm_templates(cx->arena, cx->repo, &e->source.tree);
	return gm_cmd_rollouts(&e->rollouts, cx, &o, &e->context.policy.flux,
			       &e->args->ids, err);
}

static void say(struct emitter *e, const struct gm_rollout *r,
		const struct gm_target *t, const struct gm_slots *slots)
{
	gm_buf_printf(&e->said, "%s: %s\n", t->env, r->id);
	for (size_t i = 0; i < slots->n; i++) {
		const struct gm_slot *slot = &slots->items[i];

		if (slot->shown || slot->state == GM_SLOT_REMOVED)
			gm_buf_printf(&e->said, "  %-18s %-10s %s\n", slot->dir,
				      gm_slot_state_name(slot->state),
				      slot->job      ? slot->job
				      : slot->backup ? slot->backup
						     : "");
	}
}

/* What is left out is told once, not for each environment. */
static void tell_missing(struct emitter *e, const struct gm_rollout *r,
			 const struct gm_slots *slots)
{
	for (size_t i = 0; i < slots->missing.n; i++)
		gm_cmd_note(e->cx, "%s: no stage '%s': %s", r->id,
			    gm_stage_name(slots->missing.items[i].stage),
			    slots->missing.items[i].why);
}

static int emit_env(struct emitter *e, const char *env, bool first,
		    struct gm_err *err)
{
	struct gm_arena *a = e->cx->arena;
	const struct gm_emit emit = {
		.place = &e->place,
		.templates = &e->templates,
		.stage = e->args->stage,
		.lsn = e->args->lsn,
		.force = e->args->force,
	};
	const struct gm_place source = { .repo = e->cx->repo,
					 .tree = e->source.tree };
	struct gm_strings names = { 0 };
	struct gm_target t;

	if (gm_target_find(&t, a, &e->context.policy, env, err) < 0 ||
	    gm_emit_discover(&t, a, &e->place, err) < 0 ||
	    (!t.live.len && gm_emit_discover(&t, a, &source, err) < 0))
		return -1;
	for (size_t i = 0; i < e->rollouts.n; i++) {
		const struct gm_rollout *r = &e->rollouts.items[i];
		struct gm_slots slots;

		if (gm_emit(&e->update, &slots, a, r, &t, &emit, err) < 0)
			return gm_fail_in(err, "%s", r->id);
		*GM_PUSH(a, &names) = r->name;
		say(e, r, &t, &slots);
		if (first)
			tell_missing(e, r, &slots);
	}
	return gm_emit_index(&e->update, a, &names, &t, &emit, err);
}

static int plan(struct emitter *e, bool first, struct gm_err *err)
{
	for (size_t i = 0; i < e->args->envs.n; i++)
		if (emit_env(e, e->args->envs.items[i], first && i == 0, err) <
		    0)
			return -1;
	return 0;
}

/*
 * With what the team has there, nothing may wait for itself: Flux would then
 * look at none of it any more.
 */
static int check_circle(struct emitter *e, struct gm_err *err)
{
	const struct gm_manifests_options options = {
		.holding = "kustomize.toolkit.fluxcd.io"
	};
	struct gm_place after = e->place;
	struct gm_manifests m;
	const struct gm_doc *at;
	const char *circle;

	gm_update_sort(&e->update);
	after.pending = &e->update;
	if (gm_manifests_read(&m, e->cx->arena, &after, &options, err) < 0)
		return -1;
	gm_lint_circle(&at, &circle, &m);
	if (!circle || !strstr(circle, "gm-"))
		return 0;
	gm_fail(err, GM_EINPUT, "R20: they would wait for each other: %s",
		circle);
	gm_fail_at(err, at->path, at->node->line, at->node->column);
	return gm_hint(err, "Take one of these dependsOn away, or name others"
			    " in the policy: flux: {database, app}.");
}

static void print_diff(struct gm_ctx *cx, struct gm_str diff)
{
	struct gm_str line;

	while (gm_str_line(&line, &diff)) {
		struct gm_buf text = gm_buf(cx->arena);

		gm_escape_source(&text, line, NULL);
		fprintf(cx->err, "  %s\n", text.ptr);
	}
}

static int print_refused(struct emitter *e)
{
	struct gm_ctx *cx = e->cx;
	bool foreign = false, edited = false;

	for (size_t i = 0; i < e->update.refused.n; i++) {
		const struct gm_update_refusal *r = &e->update.refused.items[i];

		fprintf(cx->err, "error: %s: %s\n",
			gm_escape_path(cx->arena, gm_str(r->path)),
			r->foreign ? "is not ours" : "was changed by hand");
		print_diff(cx, r->diff);
		foreign |= r->foreign;
		edited |= !r->foreign;
	}
	if (foreign)
		fputs("hint: A rollout has its directory for itself: move away"
		      " what others put there.\n",
		      cx->err);
	if (edited)
		fputs("hint: Make the change in the policy or in a template, or"
		      " write over it with --force.\n",
		      cx->err);
	fputs("nothing was written\n", cx->err);
	return 1;
}

static const char *message(struct emitter *e)
{
	struct gm_buf text = gm_buf(e->cx->arena);

	if (e->rollouts.n == 1)
		gm_buf_printf(&text, "Emit %s", e->rollouts.items[0].id);
	else
		gm_buf_printf(&text, "Emit %zu rollouts", e->rollouts.n);
	for (size_t i = 0; i < e->args->envs.n; i++)
		gm_buf_printf(&text, "%s%s", i ? ", " : " for ",
			      e->args->envs.items[i]);
	gm_buf_printf(&text, "\n\n%sFrom commit %s.\n", e->said.ptr,
		      gm_oid_hex(e->cx->arena, &e->source.oid));
	return text.ptr;
}

static int commit(struct emitter *e, struct gm_oid *out, struct gm_err *err)
{
	struct gm_ctx *cx = e->cx;
	bool born = !gm_oid_is_zero(&e->tip);
	struct gm_commit c = { .parents = &e->tip, .n_parents = born };

	if (gm_update_tree(&c.tree, cx->arena, &e->update, &e->place, err) <
		    0 ||
	    gm_chain_committer(&c.committer, cx, err) < 0)
		return -1;
	c.author = c.committer;
	c.message = gm_str(message(e));
	if (gm_commit_write(out, cx->repo, &c, err) < 0)
		return -1;
	return gm_ref_swap(cx->repo, e->ref, &e->tip, out, "migrate emit", err);
}

static int write_down(struct emitter *e, struct gm_err *err)
{
	struct gm_ctx *cx = e->cx;
	struct gm_oid made;

	if (!e->update.n) {
		fputs(e->said.ptr, cx->out);
		fputs("nothing to change\n", cx->out);
		return 0;
	}
	if (!e->ref && gm_update_write(&e->update, &e->place, err) < 0)
		return -1;
	if (e->ref && commit(e, &made, err) < 0)
		return -1;
	fputs(e->said.ptr, cx->out);
	fprintf(cx->out, "%zu file%s changed", e->update.n,
		e->update.n == 1 ? "" : "s");
	if (e->ref)
		fprintf(cx->out, ": %.12s on %s", gm_oid_hex(cx->arena, &made),
			e->ref);
	fputc('\n', cx->out);
	return 0;
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	struct emitter e = { .cx = cx, .args = argp };
	int done = -1;

	if (check_args(e.args, err) < 0 ||
	    (e.args->commit && find_branch(&e, err) < 0) ||
	    read_source(&e, err) < 0)
		return -1;
	for (int i = 0; i < TRIES; i++) {
		if (open_place(&e, err) < 0 || plan(&e, i == 0, err) < 0)
			return -1;
		if (e.update.refused.n)
			return print_refused(&e);
		if (check_circle(&e, err) < 0)
			return -1;
		done = write_down(&e, err);
		if (done == 0 || err->code != GM_ERACE)
			break;
	}
	return done;
}

const struct gm_cmd gm_cmd_emit = {
	.name = "emit",
	.summary = "write the manifests of a rollout for Flux",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};
