/* Both ends of a push, and what no single commit of it shows. */
#include "check/judge.h"

static const struct gm_ended *listed(const struct gm_ended_list *list,
				     struct gm_str named)
{
	for (size_t i = 0; i < list->n; i++)
		if (gm_str_eq(list->items[i].named, named))
			return &list->items[i];
	return NULL;
}

/* Neither landed nor brought by a commit that was judged. */
static bool unseen(const struct gm_judge *j, const struct gm_ended *ended)
{
	struct gm_str id = gm_str(ended->id);

	return !gm_map_get(&j->landed, id) && !gm_map_get(&j->pending, id);
}

static int judge_unseen(struct gm_judge *j, struct gm_judged_commit *tip,
			const struct gm_ended_list *ended, struct gm_err *err)
{
	struct gm_changes rest = { 0 };
	size_t units = 0;

	for (size_t i = 0; i < tip->changes.n; i++) {
		struct gm_unit_path unit;
		bool migration =
			gm_roots_match(&unit, &j->cx->roots,
				       tip->changes.items[i].path) != NULL;

		if (migration &&
		    (!unseen(j, listed(ended, unit.id)) ||
		     tip->changes.items[i].new_mode == GM_MODE_NONE))
			continue;
		units += migration;
		*GM_PUSH(j->scratch, &rest) = tip->changes.items[i];
	}
	if (!units)
		return 0;
	tip->changes = rest;
	/* The tip itself has been counted. */
	j->result->commits--;
	return gm_judge_commit(j, tip, err);
}

/* What the tip has there; read already when it was judged as a commit. */
static int read_unit(struct gm_migration **out, struct gm_judge *j,
		     const struct gm_judged_commit *tip, size_t at,
		     const struct gm_root *root, struct gm_str id,
		     struct gm_str path, struct gm_err *err)
{
	if (at < tip->read.n && gm_str_eq(tip->read.items[at].path, path)) {
		*out = tip->read.items[at].migration;
		return 0;
	}
	return gm_set_read_one(out, j->scratch, j->repo, &tip->commit.tree,
			       root, id, path, err);
}

int gm_judge_end(struct gm_judge *j, struct gm_judged_commit *tip,
		 struct gm_ended_list *out, struct gm_err *err)
{
	for (size_t i = 0; i < tip->changes.n; i++) {
		struct gm_str path = tip->changes.items[i].path;
		struct gm_migration *m = NULL;
		const struct gm_root *root;
		struct gm_unit_path unit;
		struct gm_ended *ended;

		root = gm_roots_match(&unit, &j->cx->roots, path);
		if (!root || listed(out, unit.id))
			continue;
		if (read_unit(&m, j, tip, out->n, root, unit.id, path, err) < 0)
			return -1;
		ended = GM_PUSH(j->scratch, out);
		ended->named = unit.id;
		ended->id = m ? m->id : gm_str_dup(j->scratch, unit.id);
		ended->now_ = m;
		if (gm_map_get(&j->landed, gm_str(ended->id)) &&
		    !gm_map_get(&j->reported, gm_str(ended->id)))
			gm_judge_landed(j, tip, ended->id, m);
	}
	return judge_unseen(j, tip, out, err);
}
