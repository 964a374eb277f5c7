#include "check/parts.h"

static struct gm_touched *touch(struct gm_judge *j, struct gm_parts *parts,
				const struct gm_root *root,
				const struct gm_unit_path *unit,
				struct gm_str path)
{
	struct gm_touched *t;

	for (size_t i = 0; i < parts->n; i++)
		if (gm_str_eq(parts->items[i].unit.id, unit->id))
			return &parts->items[i];
	t = GM_PUSH(j->scratch, parts);
	t->unit = *unit;
	t->root = root;
	t->path = path;
	return t;
}

/*
 * A file in a migrations directory that is no migration, but would be taken
 * for one by a careless reader or another tool.
 */
static void judge_stray(struct gm_judge *j, const struct gm_judged_commit *c,
			const struct gm_change *change)
{
	for (size_t i = 0; i < j->cx->roots.n; i++) {
		const struct gm_root *root = &j->cx->roots.items[i];
		struct gm_roots one = { .items = &j->cx->roots.items[i],
					.n = 1,
					.cap = 1 };
		struct gm_str path = change->path;
		struct gm_finding *found;
		const char *why;

		if (!gm_roots_hold(&one, path))
			continue;
		if (root->path.len)
			path = gm_str_sub(path, root->path.len + 1, path.len);
		why = gm_layout_near_miss(root->layout, j->arena, path);
		if (!why)
			continue;
		found = gm_judge_find(j, c, GM_RULE_UNSAFE_PATH, change->path,
				      "this SQL file is not read as a"
				      " migration: %s",
				      why);
		gm_find_hint(&j->result->findings, found,
			     "Name it as the layout '%s' asks, or move it out"
			     " of the migrations directory.",
			     root->layout->name);
	}
}

void gm_parts_sort(struct gm_parts *parts, struct gm_judge *j,
		   const struct gm_judged_commit *c)
{
	for (size_t i = 0; i < c->changes.n; i++) {
		const struct gm_change *change = &c->changes.items[i];
		const struct gm_root *root;
		struct gm_unit_path unit;
		struct gm_touched *t;

		root = gm_roots_match(&unit, &j->cx->roots, change->path);
		if (root) {
			gm_judge_path(j, c, change);
			t = touch(j, parts, root, &unit, change->path);
			if (unit.role == GM_ROLE_UP &&
			    change->new_mode != GM_MODE_NONE)
				t->up = true;
			continue;
		}
		if (change->new_mode != GM_MODE_NONE &&
		    gm_roots_hold(&j->cx->roots, change->path)) {
			gm_judge_path(j, c, change);
			judge_stray(j, c, change);
		}
		if (!gm_str_starts(change->path, GM_STR(GM_POLICY_DIR)) &&
		    !gm_policy_neutral(&j->cx->policy, change->path))
			*GM_PUSH(j->scratch, &parts->app) =
				gm_str_dup(j->scratch, change->path);
	}
}

bool gm_parts_have(const struct gm_parts *parts, const char *id)
{
	for (size_t i = 0; i < parts->n; i++)
		if (gm_str_is(parts->items[i].unit.id, id))
			return true;
	return false;
}
