/* Both ends of a push, and what no single commit of it shows. */
#include "check/judge.h"

static const struct gm_ended *listed(struct gm_judge *j,
				     const struct gm_ended_list *list,
				     const struct gm_root *root,
				     struct gm_str named)
{
	return gm_map_get(&list->by_key, gm_judge_key(j->scratch, root, named));
}

/* Neither landed nor brought by a commit that was judged. */
static bool unseen(const struct gm_judge *j, const struct gm_ended *ended)
{
	struct gm_str key =
		gm_judge_key(j->scratch, ended->root, gm_str(ended->id));

	return !gm_map_get(&j->landed, key) && !gm_map_get(&j->pending, key);
}

static int judge_unseen(struct gm_judge *j, struct gm_judged_commit *tip,
			const struct gm_ended_list *ended, struct gm_err *err)
{
	struct gm_changes rest = { 0 };
	size_t units = 0;

	for (size_t i = 0; i < tip->changes.n; i++) {
		const struct gm_change *change = &tip->changes.items[i];
		struct gm_unit_path unit;
		const struct gm_root *root =
			gm_roots_match(&unit, &j->cx->roots, change->path);

		if (root && (!unseen(j, listed(j, ended, root, unit.id)) ||
			     change->new_mode == GM_MODE_NONE))
			continue;
		units += root != NULL;
		*GM_PUSH(j->scratch, &rest) = *change;
	}
	if (!units)
		return 0;
	tip->changes = rest;
	/* The tip itself has been counted. */
	j->result->commits--;
	return gm_judge_commit(j, tip, err);
}

/* Listed under its own name, it is there and has not landed. */
static bool is_new(struct gm_judge *j, const struct gm_ended_list *list,
		   const struct gm_ended *ended)
{
	struct gm_str key =
		gm_judge_key(j->scratch, ended->root, gm_str(ended->id));

	return ended->now_ && gm_migration_file(ended->now_, GM_ROLE_UP) &&
	       gm_map_get(&list->by_key, key) == ended &&
	       !gm_map_get(&j->landed, key);
}

/* The migration that one changed path belongs to. */
static int end_one(struct gm_judge *j, struct gm_judged_commit *tip,
		   struct gm_ended_list *out, const struct gm_root *root,
		   struct gm_str id, struct gm_str path, struct gm_err *err)
{
	struct gm_ended *ended;
	struct gm_landed_unit *then;
	struct gm_migration *m;

	if (listed(j, out, root, id))
		return 0;
	if (gm_judge_read(&m, j, tip, root, id, path, err) < 0)
		return -1;
	ended = gm_alloc(j->scratch, sizeof(*ended));
	ended->root = root;
	ended->id = m ? m->id : gm_str_dup(j->scratch, id);
	ended->now_ = m;
	*GM_PUSH(j->scratch, out) = ended;
	gm_map_set(&out->by_key, gm_judge_key(j->scratch, root, id), ended);
	then = gm_map_get(&j->landed,
			  gm_judge_key(j->scratch, root, gm_str(ended->id)));
	if (then && !then->reported)
		gm_judge_landed(j, tip, root, ended->id, m);
	return 0;
}

/* What only shows when all that comes is known. */
static int judge_new(struct gm_judge *j, const struct gm_ended_list *ended,
		     struct gm_err *err)
{
	struct gm_migration **fresh =
		gm_alloc_n(j->scratch, ended->n, sizeof(*fresh));
	size_t n = 0;

	for (size_t i = 0; i < ended->n; i++)
		if (is_new(j, ended, ended->items[i]))
			fresh[n++] = ended->items[i]->now_;
	for (size_t i = 0; i < n; i++) {
		gm_judge_order(j, fresh[i]);
		if (gm_judge_windows(j, fresh[i], fresh, n, err) < 0)
			return -1;
	}
	return 0;
}

int gm_judge_end(struct gm_judge *j, struct gm_judged_commit *tip,
		 struct gm_ended_list *out, struct gm_err *err)
{
	*out = (struct gm_ended_list){ .by_key = gm_map(j->scratch) };
	for (size_t i = 0; i < tip->changes.n; i++) {
		struct gm_str path = tip->changes.items[i].path;
		struct gm_unit_path unit;
		const struct gm_root *root =
			gm_roots_match(&unit, &j->cx->roots, path);

		if (root && end_one(j, tip, out, root, unit.id, path, err) < 0)
			return -1;
	}
	if (judge_unseen(j, tip, out, err) < 0)
		return -1;
	return judge_new(j, out, err);
}
