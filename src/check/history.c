/* The whole history, as a line of landings. */
#include "check/judge.h"
#include "check/lineage.h"
#include "check/outside.h"
#include "check/range.h"

struct history {
	struct gm_judge *judge;
	struct gm_lineage lineage;
};

static void history_done(struct history *h)
{
	gm_lineage_done(&h->lineage);
}

/* Read and judge one commit; `*c` stays for the end of its landing. */
static int judge_one(struct history *h, const struct gm_node *n,
		     struct gm_judged_commit *c, bool *touched,
		     struct gm_err *err)
{
	struct gm_judge *j = h->judge;
	bool touching = gm_lineage_touches(&h->lineage, n);

	*c = (struct gm_judged_commit){ 0 };
	if (!touching && !n->speaks) {
		j->result->commits++;
		return 0;
	}
	if (gm_commit_read(&c->commit, j->scratch, j->repo, &n->oid, err) < 0)
		return -1;
	*touched |= touching;
	c->hex = gm_oid_hex(j->arena, &c->commit.oid);
	c->subject = gm_commit_subject(j->arena, &c->commit);
	if (touching && n->changes && n->n_parents < 2)
		c->changes = *n->changes;
	else if (touching && gm_diff_commit(&c->changes, j->scratch, j->repo,
					    &c->commit, err) < 0)
		return -1;
	return gm_judge_commit(j, c, err);
}

/* From now on this migration has landed; or is gone. */
static void land(struct history *h, const struct gm_ended *ended, int64_t time)
{
	struct gm_judge *j = h->judge;
	const struct gm_pending_unit *p =
		gm_pending_named(j, ended->root, ended->id);

	if (ended->now_)
		gm_landing_add(j, ended->now_,
			       p ? p->meta.phase : GM_PHASE_NONE, time,
			       time + (p ? p->meta.window : 0));
	else
		gm_landing_remove(j, ended->root, ended->id);
}

/* A landing of several commits: its tip against what was there before. */
static int read_ends(struct history *h, const struct gm_node *top,
		     struct gm_judged_commit *tip, struct gm_err *err)
{
	struct gm_judge *j = h->judge;
	struct gm_commit first = { 0 };

	*tip = (struct gm_judged_commit){ 0 };
	if (gm_commit_read(&tip->commit, j->scratch, j->repo, &top->oid, err) <
	    0)
		return -1;
	tip->hex = gm_oid_hex(j->arena, &top->oid);
	tip->subject = gm_commit_subject(j->arena, &tip->commit);
	if (top->changes) {
		tip->changes = *top->changes;
		return 0;
	}
	if (top->n_parents && gm_commit_read(&first, j->scratch, j->repo,
					     &top->parents[0], err) < 0)
		return -1;
	return gm_diff_trees(&tip->changes, j->scratch, j->repo, &first.tree,
			     &tip->commit.tree, err);
}

static int judge_end(struct history *h, const struct gm_node *top,
		     struct gm_judged_commit *tip, struct gm_err *err)
{
	struct gm_judge *j = h->judge;
	struct gm_ended_list ended = { 0 };

	if (gm_judge_end(j, tip, &ended, err) < 0)
		return -1;
	for (size_t i = 0; i < ended.n; i++)
		land(h, ended.items[i], top->time);
	return 0;
}

static int judge_landing(struct history *h, struct gm_node *top,
			 struct gm_err *err)
{
	struct gm_judge *j = h->judge;
	struct gm_nodes commits = { 0 };
	struct gm_judged_commit c = { 0 };
	struct gm_arena_mark mark;
	bool touched = false;

	if (gm_lineage_take(&commits, j->scratch, &h->lineage, top, err) < 0)
		return -1;
	j->now = top->time;
	mark = gm_arena_mark(j->scratch);
	for (size_t i = 0; i < commits.n; i++) {
		gm_arena_reset(j->scratch, mark);
		if (judge_one(h, commits.items[i], &c, &touched, err) < 0)
			return gm_fail_in(
				err, "commit %.12s",
				gm_oid_hex(j->scratch, &commits.items[i]->oid));
	}
	if (!touched)
		return 0;
	/* A lone ordinary commit has been compared with its parent already. */
	if ((commits.n > 1 || top->n_parents > 1) &&
	    read_ends(h, top, &c, err) < 0)
		return -1;
	return judge_end(h, top, &c, err);
}

static int judge_last_tree(struct history *h, const struct gm_oid *oid,
			   struct gm_err *err)
{
	struct gm_judge *j = h->judge;
	struct gm_judged_commit tip = { 0 };
	struct gm_oid none = { { 0 } };
	struct gm_set set = { 0 };

	if (gm_commit_read(&tip.commit, j->scratch, j->repo, oid, err) < 0 ||
	    gm_set_read(&set, j->scratch, j->repo, &tip.commit.tree,
			&j->cx->roots, err) < 0)
		return -1;
	tip.hex = gm_oid_hex(j->arena, oid);
	tip.subject = gm_commit_subject(j->arena, &tip.commit);
	gm_judge_duplicates(j, &tip, &set);
	if (gm_judge_way(j, &tip, err) < 0 ||
	    gm_judge_outside_trees(j, &none, &tip.commit.tree, err) < 0)
		return -1;
	return gm_judge_tree(j, &tip, &set, true, err);
}

int gm_check_history(struct gm_result *result, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_context *cx,
		     const struct gm_oid *tip, int64_t now, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	GM_AUTO(history_done) struct history h = { 0 };
	const struct gm_nodes *line = &h.lineage.line;
	struct gm_judge judge;
	struct gm_arena_mark mark;

	gm_judge_start(&judge, result, a, &scratch, r, cx);
	judge.now = now;
	h.judge = &judge;
	if (gm_lineage_read(&h.lineage, a, r, &cx->roots, tip, err) < 0)
		return -1;
	mark = gm_arena_mark(&scratch);
	for (size_t i = line->n; i-- > 0;) {
		if (judge_landing(&h, line->items[i], err) < 0)
			return -1;
		gm_arena_reset(&scratch, mark);
	}
	return judge_last_tree(&h, tip, err);
}
