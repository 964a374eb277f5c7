#include "cmd/delivery.h"

#include <string.h>

#include "base/escape.h"
#include "base/file.h"
#include "cmd/chain.h"
#include "git/batch.h"
#include "git/ref.h"
#include "rollout/lint.h"

/* The branch that a commit goes to; nobody may have it checked out. */
static int find_branch(struct gm_delivery *d, struct gm_err *err)
{
	const char *name = d->commit, *head;

	if (strncmp(name, "refs/", 5) != 0)
		name = gm_printf(d->cx->arena, "refs/heads/%s", name);
	if (!gm_ref_valid(gm_str(name)) ||
	    strncmp(name, "refs/heads/", 11) != 0) {
		gm_fail(err, GM_EINPUT, "'%s' is no branch", d->commit);
		return gm_hint(err, "Name one, such as 'flux'.");
	}
	if (gm_ref_head(&head, d->cx->arena, d->cx->repo, err) < 0)
		return -1;
	if (head && !strcmp(head, name) && !gm_repo_is_bare(d->cx->repo)) {
		gm_fail(err, GM_EINPUT, "'%s' is checked out", name);
		return gm_hint(err,
			       "Its files would not follow. Write them with -o"
			       " %s and commit, or name another branch.",
			       gm_repo_worktree(d->cx->repo));
	}
	d->ref = name;
	return 0;
}

int gm_delivery_find(struct gm_delivery *d, struct gm_err *err)
{
	/* An empty name, from a variable that is not set, is no root. */
	if (!d->dir == !d->commit || (d->dir && !*d->dir)) {
		gm_fail(err, GM_EUSAGE,
			"it is not said where the manifests go");
		return gm_hint(err, "Give either -o <dir> or --commit"
				    " <branch>.");
	}
	return d->commit ? find_branch(d, err) : 0;
}

int gm_delivery_open(struct gm_delivery *d, struct gm_err *err)
{
	struct gm_commit tip;
	int found;

	d->update = (struct gm_update){ 0 };
	d->place = (struct gm_place){ .dir = d->dir, .repo = d->cx->repo };
	if (!d->ref)
		return gm_dir_lock(d->dir, err);
	d->tip = (struct gm_oid){ 0 };
	found = gm_ref_get(&d->tip, d->cx->repo, d->ref, err);
	if (found <= 0)
		return found;
	if (gm_commit_read(&tip, d->cx->arena, d->cx->repo, &d->tip, err) < 0)
		return -1;
	d->place.tree = tip.tree;
	return 0;
}

int gm_delivery_circle(struct gm_delivery *d, struct gm_err *err)
{
	const struct gm_manifests_options options = {
		/* An apiVersion; annotations begin like it. */
		.holding = "kustomize.toolkit.fluxcd.io/v"
	};
	struct gm_place after = d->place;
	struct gm_manifests m;
	const struct gm_yaml *waits;
	const struct gm_doc *at;
	const char *circle;

	gm_update_sort(&d->update);
	after.pending = &d->update;
	if (gm_manifests_read(&m, d->cx->arena, &after, &options, err) < 0)
		return -1;
	gm_lint_circle(&at, &circle, &m);
	if (!circle || !strstr(circle, "gm-"))
		return 0;
	gm_fail(err, GM_EINPUT, "R20: they would wait for each other: %s",
		circle);
	waits = gm_yaml_at(at->node, "spec/dependsOn");
	gm_fail_at(err, at->path, waits->line, waits->column);
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

int gm_delivery_refused(struct gm_delivery *d)
{
	struct gm_ctx *cx = d->cx;
	bool foreign = false, edited = false;

	for (size_t i = 0; i < d->update.refused.n; i++) {
		const struct gm_update_refusal *r = &d->update.refused.items[i];

		fprintf(cx->err, "error: %s: %s\n",
			gm_escape_path(cx->arena, gm_str(r->path)),
			r->foreign ? "is not ours" : "was changed by hand");
		print_diff(cx, r->diff);
		foreign |= r->foreign;
		edited |= !r->foreign;
	}
	if (foreign)
		fputs("hint: A rollout has its directory for itself: move away"
		      " what others put there, or what a run left that was cut"
		      " off.\n",
		      cx->err);
	if (edited)
		fputs("hint: Make the change in the policy or in a template, or"
		      " write over it with --force.\n",
		      cx->err);
	fputs("nothing was written\n", cx->err);
	return 1;
}

static int commit(struct gm_oid *out, struct gm_delivery *d, const char *text,
		  struct gm_err *err)
{
	struct gm_ctx *cx = d->cx;
	bool born = !gm_oid_is_zero(&d->tip);
	struct gm_commit c = { .parents = &d->tip, .n_parents = born };

	if (gm_batch_begin(cx->repo, err) < 0 ||
	    gm_update_tree(&c.tree, cx->arena, &d->update, &d->place, err) <
		    0 ||
	    gm_chain_committer(&c.committer, cx, err) < 0)
		return -1;
	c.author = c.committer;
	c.message = gm_str(text);
	if (gm_commit_write(out, cx->repo, &c, err) < 0 ||
	    gm_batch_end(cx->repo, err) < 0)
		return -1;
	return gm_ref_swap(cx->repo, d->ref, &d->tip, out, d->log, err);
}

int gm_delivery_write(struct gm_delivery *d, const char *message,
		      const char *said, struct gm_err *err)
{
	struct gm_ctx *cx = d->cx;
	struct gm_oid made;

	if (!d->update.n) {
		fputs(said, cx->out);
		fputs("nothing to change\n", cx->out);
		return 0;
	}
	if (!d->ref && gm_update_write(&d->update, &d->place, err) < 0)
		return -1;
	if (d->ref && commit(&made, d, message, err) < 0)
		return -1;
	fputs(said, cx->out);
	fprintf(cx->out, "%zu file%s changed", d->update.n,
		d->update.n == 1 ? "" : "s");
	if (d->ref)
		fprintf(cx->out, ": %.12s on %s", gm_oid_hex(cx->arena, &made),
			d->ref);
	fputc('\n', cx->out);
	return 0;
}
