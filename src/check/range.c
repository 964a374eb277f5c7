#include "check/range.h"

#include "check/consent.h"
#include "check/judge.h"
#include "check/outside.h"
#include "check/policychange.h"
#include "git/walk.h"

static int read_commit(struct gm_judge *j, struct gm_judged_commit *out,
		       const struct gm_oid *oid, struct gm_err *err)
{
	*out = (struct gm_judged_commit){ 0 };
	return gm_commit_read(&out->commit, j->scratch, j->repo, oid, err);
}

/* Findings outlive the commit: its name and subject must, too. */
static void name_commit(struct gm_judge *j, struct gm_judged_commit *c)
{
	c->hex = gm_oid_hex(j->arena, &c->commit.oid);
	c->subject = gm_commit_subject(j->arena, &c->commit);
}

/*
 * Judge one commit of a range.  `*touched` becomes true when it may have
 * changed a migrations directory.
 */
static int judge_one(struct gm_judge *j, const struct gm_oid *oid,
		     const struct gm_range *range, bool *touched,
		     struct gm_err *err)
{
	struct gm_judged_commit c;
	int touches;

	if (read_commit(j, &c, oid, err) < 0)
		return -1;
	touches = gm_judge_touches(j, &c.commit, err);
	if (touches < 0)
		return -1;
	if (touches || gm_judge_speaks(&c.commit)) {
		name_commit(j, &c);
		if (gm_landing_load(j, &range->base, err) < 0)
			return -1;
	}
	if (touches) {
		*touched = true;
		if (gm_diff_commit(&c.changes, j->scratch, j->repo, &c.commit,
				   err) < 0)
			return -1;
	}
	if (range->policy_ref && gm_judge_policy_commit(j, &c.commit, err) < 0)
		return -1;
	return gm_judge_commit(j, &c, err);
}

/* Attributes further down are for migrations that are there, too. */
static bool attributes_within(const struct gm_judge *j,
			      const struct gm_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		if (gm_str_ends(changes->items[i].path,
				GM_STR("/.gitattributes")) &&
		    gm_roots_hold(&j->cx->roots, changes->items[i].path))
			return true;
	return false;
}

/* `first`: the findings before it are of another range. */
static int judge_end(struct gm_judge *j, const struct gm_range *range,
		     bool all_attributes, size_t first, struct gm_err *err)
{
	struct gm_ended_list ended = { 0 };
	struct gm_oid base_tree = { { 0 } };
	struct gm_judged_commit tip;
	struct gm_set set = { 0 };
	struct gm_commit base;

	if (read_commit(j, &tip, &range->tip, err) < 0)
		return -1;
	name_commit(j, &tip);
	if (!gm_oid_is_zero(&range->base)) {
		if (gm_commit_read(&base, j->scratch, j->repo, &range->base,
				   err) < 0)
			return -1;
		base_tree = base.tree;
	}
	if (gm_landing_load(j, &range->base, err) < 0 ||
	    gm_diff_trees(&tip.changes, j->scratch, j->repo, &base_tree,
			  &tip.commit.tree, err) < 0)
		return -1;
	/* Before the end is judged, which leaves only what is new to it. */
	all_attributes |= attributes_within(j, &tip.changes);
	if (gm_judge_end(j, &tip, &ended, err) < 0 ||
	    gm_set_read(&set, j->scratch, j->repo, &tip.commit.tree,
			&j->cx->roots, err) < 0)
		return -1;
	gm_judge_duplicates(j, &tip, &set);
	if (gm_judge_tree(j, &tip, &set, all_attributes, err) < 0)
		return -1;
	if (!range->consent)
		return 0;
	if (gm_judge_consent(j, range->consent, &tip, &ended, err) < 0)
		return -1;
	return gm_judge_overrides(j, range->consent, &tip, &ended, first, err);
}

/* A .gitattributes file on the way to a directory, from the root down. */
static int attributes_differ(struct gm_judge *j, const struct gm_oid *one,
			     const struct gm_oid *two, struct gm_str root,
			     struct gm_err *err)
{
	size_t end = 0;

	for (;;) {
		struct gm_str dir = gm_str_sub(root, 0, end);
		const char *path =
			gm_printf(j->scratch, "%.*s%s.gitattributes",
				  (int)dir.len, dir.ptr, dir.len ? "/" : "");
		int same = gm_judge_same_entry(j, one, two, gm_str(path), err);

		if (same <= 0)
			return same < 0 ? -1 : 1;
		if (end >= root.len)
			return 0;
		end += end > 0;
		end += gm_str_find(gm_str_sub(root, end, root.len), '/');
	}
}

/*
 * Do both ends differ in what decides how migrations are deployed?  Tells
 * about the directories themselves, and about the attributes of what is there.
 */
static int ends_differ(struct gm_judge *j, const struct gm_range *range,
		       bool *trees, bool *attributes, struct gm_err *err)
{
	const struct gm_roots *roots = &j->cx->roots;
	struct gm_commit tip, base;

	*trees = *attributes = gm_oid_is_zero(&range->base);
	if (*trees)
		return 0;
	if (gm_commit_read(&tip, j->scratch, j->repo, &range->tip, err) < 0 ||
	    gm_commit_read(&base, j->scratch, j->repo, &range->base, err) < 0)
		return -1;
	for (size_t i = 0; i < roots->n; i++) {
		struct gm_str path = roots->items[i].path;
		int same = gm_judge_same_entry(j, &tip.tree, &base.tree, path,
					       err);
		int differ = same < 0
				     ? -1
				     : attributes_differ(j, &tip.tree,
							 &base.tree, path, err);

		if (differ < 0)
			return -1;
		*trees |= !same;
		*attributes |= differ;
	}
	return 0;
}

static int judge_way(struct gm_judge *j, const struct gm_range *range,
		     struct gm_err *err)
{
	struct gm_judged_commit tip;

	if (read_commit(j, &tip, &range->tip, err) < 0)
		return -1;
	name_commit(j, &tip);
	return gm_judge_way(j, &tip, err);
}

/* What comes where no migrations are looked for. */
static int judge_outside(struct gm_judge *j, const struct gm_range *range,
			 struct gm_err *err)
{
	struct gm_oid none = { { 0 } };
	struct gm_judged_commit tip, base;

	if (read_commit(j, &tip, &range->tip, err) < 0)
		return -1;
	if (gm_oid_is_zero(&range->base))
		return gm_judge_outside_trees(j, &none, &tip.commit.tree, err);
	if (read_commit(j, &base, &range->base, err) < 0)
		return -1;
	return gm_judge_outside_trees(j, &base.commit.tree, &tip.commit.tree,
				      err);
}

int gm_check_range(struct gm_result *result, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_context *cx,
		   const struct gm_range *range, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_judge j;
	size_t hidden = !gm_oid_is_zero(&range->base);
	size_t first = result->findings.n;
	struct gm_oids commits = { 0 };
	struct gm_arena_mark mark;
	bool touched = false;
	bool trees, attributes;

	gm_judge_start(&j, result, a, &scratch, r, cx);
	j.ref = range->ref;
	j.now = range->now;
	if (gm_walk(&commits, a, r, &range->tip, &range->base, hidden,
		    range->max_commits, err) < 0)
		return -1;
	mark = gm_arena_mark(&scratch);
	for (size_t i = 0; i < commits.n; i++) {
		if (judge_one(&j, &commits.items[i], range, &touched, err) < 0)
			return gm_fail_in(err, "commit %.12s",
					  gm_oid_hex(a, &commits.items[i]));
		gm_arena_reset(&scratch, mark);
	}
	if (ends_differ(&j, range, &trees, &attributes, err) < 0 ||
	    judge_way(&j, range, err) < 0)
		return -1;
	if ((touched || trees || attributes) &&
	    judge_end(&j, range, attributes, first, err) < 0)
		return -1;
	if (judge_outside(&j, range, err) < 0)
		return -1;
	if (!range->policy_ref)
		return 0;
	return gm_judge_policy_range(&j, range->consent, &range->base,
				     &range->tip, err);
}

/* --- a commit that is yet to be made --- */

/* A longer line of commits is judged when it is pushed, not by a hook. */
#define BEFORE_MAX 10000

static bool needs_before(const struct gm_judge *j,
			 const struct gm_judged_commit *c)
{
	for (size_t i = 0; i < c->changes.n; i++)
		if (gm_roots_hold(&j->cx->roots, c->changes.items[i].path))
			return true;
	return gm_judge_speaks(&c->commit);
}

/* The commits that came with one of the parents, and with none before it. */
static int walk_before(struct gm_oids *out, struct gm_judge *j,
		       const struct gm_staged *staged, size_t parent,
		       struct gm_err *err)
{
	struct gm_oids hide = { 0 };

	if (!gm_oid_is_zero(&staged->base))
		*GM_PUSH(j->arena, &hide) = staged->base;
	for (size_t i = 0; i < parent; i++)
		*GM_PUSH(j->arena, &hide) = staged->parents.items[i];
	if (!gm_walk(out, j->arena, j->repo, &staged->parents.items[parent],
		     hide.items, hide.n, BEFORE_MAX, err))
		return 0;
	if (err->code != GM_ELIMIT)
		return -1;
	*err = (struct gm_err)GM_ERR_INIT;
	*out = (struct gm_oids){ 0 };
	return 0;
}

/*
 * Learn what the commits before it said of their migrations, as the server
 * will, which judges all of them together.  What is wrong with those is not
 * the fault of this one.
 */
static int judge_before(struct gm_judge *j, const struct gm_staged *staged,
			struct gm_err *err)
{
	const struct gm_range range = { .base = staged->base };
	struct gm_result *result = j->result;
	struct gm_result ignored = {
		.findings = gm_findings(j->arena, j->cx->policy.severity)
	};
	struct gm_arena_mark mark = gm_arena_mark(j->scratch);
	bool metadata = j->metadata, touched;
	int ret = 0;

	j->result = &ignored;
	j->metadata = true;
	for (size_t p = 0; p < staged->parents.n && !ret; p++) {
		struct gm_oids commits = { 0 };

		ret = walk_before(&commits, j, staged, p, err);
		for (size_t i = 0; i < commits.n && !ret; i++) {
			ret = judge_one(j, &commits.items[i], &range, &touched,
					err);
			gm_arena_reset(j->scratch, mark);
		}
	}
	j->result = result;
	j->metadata = metadata;
	return ret;
}

/*
 * What shows when all that comes is known, of those migrations that this very
 * commit brings.
 */
static int judge_new(struct gm_judge *j, const struct gm_set *set,
		     struct gm_err *err)
{
	struct gm_migration **fresh =
		gm_alloc_n(j->scratch, set->n, sizeof(*fresh));
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct gm_migration *m = set->items[i];
		struct gm_str key =
			gm_judge_key(j->scratch, m->root, gm_str(m->id));

		if (gm_map_get(&j->pending, key) &&
		    !gm_map_get(&j->landed, key))
			fresh[n++] = m;
	}
	for (size_t i = 0; i < n; i++) {
		const struct gm_pending_unit *p = gm_map_get(
			&j->pending, gm_judge_key(j->scratch, fresh[i]->root,
						  gm_str(fresh[i]->id)));

		if (p->last.commit)
			continue;
		gm_judge_order(j, fresh[i]);
		if (gm_judge_windows(j, fresh[i], fresh, n, err) < 0)
			return -1;
	}
	return 0;
}

int gm_check_staged(struct gm_result *result, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_context *cx,
		    const struct gm_staged *staged, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_judge j;
	struct gm_judged_commit c = {
		.commit = {
			.tree = staged->tree,
			.parents = staged->parents.items,
			.n_parents = staged->parents.n,
			.message = staged->message,
		},
	};
	struct gm_set set = { 0 };

	gm_judge_start(&j, result, a, &scratch, r, cx);
	j.now = staged->now;
	j.metadata = staged->has_message;
	j.unsure = gm_oid_is_zero(&staged->base);
	if (gm_landing_load(&j, &staged->base, err) < 0 ||
	    gm_diff_commit(&c.changes, &scratch, r, &c.commit, err) < 0 ||
	    (needs_before(&j, &c) && judge_before(&j, staged, err) < 0) ||
	    gm_judge_commit(&j, &c, err) < 0 ||
	    gm_set_read(&set, &scratch, r, &staged->tree, &cx->roots, err) < 0)
		return -1;
	/* The index is no commit: it is not counted as one. */
	result->commits--;
	if (judge_new(&j, &set, err) < 0 || gm_judge_way(&j, &c, err) < 0 ||
	    gm_judge_outside(&j, &c.changes, err) < 0)
		return -1;
	return gm_judge_tree(&j, &c, &set, false, err);
}
