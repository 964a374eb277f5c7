#include "check/parts.h"

static struct gm_touched *touch(struct gm_judge *j, struct gm_parts *parts,
				const struct gm_root *root,
				const struct gm_unit_path *unit,
				struct gm_str path)
{
	struct gm_str key = gm_judge_key(j->scratch, root, unit->id);
	struct gm_touched *t = gm_map_get(&parts->by_key, key);

	if (t)
		return t;
	t = gm_alloc(j->scratch, sizeof(*t));
	t->unit = *unit;
	t->root = root;
	t->path = path;
	*GM_PUSH(j->scratch, parts) = t;
	gm_map_set(&parts->by_key, key, t);
	return t;
}

/* What version control keeps a directory with. */
static bool is_keeper(struct gm_str path)
{
	return gm_str_ends(path, GM_STR("/.gitkeep")) ||
	       gm_str_ends(path, GM_STR("/.keep")) ||
	       gm_str_ends(path, GM_STR("/.gitignore"));
}

/*
 * A file in a migrations directory that is no migration: does it belong to
 * them all the same?  One that would be taken for a migration by a careless
 * reader or another tool does, and is refused unless it goes away.
 */
static bool belongs(struct gm_judge *j, const struct gm_judged_commit *c,
		    const struct gm_root *root, const struct gm_change *change)
{
	struct gm_str path = change->path;
	const char *why;

	if (root->path.len)
		path = gm_str_sub(path, root->path.len + 1, path.len);
	why = gm_layout_near_miss(root->layout, j->arena, path);
	if (why && change->new_mode != GM_MODE_NONE)
		gm_find_hint(
			&j->result->findings,
			gm_judge_find(j, c, GM_RULE_UNSAFE_PATH, change->path,
				      "this file is not read as a migration:"
				      " %s",
				      why),
			"Name it as the layout '%s' asks, or move it out of the"
			" migrations directory.",
			root->layout->name);
	return why || is_keeper(change->path);
}

/* Judge a file that is no migration by the directories it lies in. */
static bool judge_stray(struct gm_judge *j, const struct gm_judged_commit *c,
			const struct gm_change *change)
{
	bool stray = false;

	for (size_t i = 0; i < j->cx->roots.n; i++) {
		const struct gm_roots one = { .items = &j->cx->roots.items[i],
					      .n = 1,
					      .cap = 1 };

		if (gm_roots_hold(&one, change->path))
			stray |= belongs(j, c, one.items, change);
	}
	return stray;
}

/* Is there other text than before?  A changed permission is none. */
static bool brings_text(const struct gm_change *change)
{
	return change->new_mode != GM_MODE_NONE &&
	       !(gm_oid_eq(&change->old_oid, &change->new_oid) &&
		 (change->new_mode == GM_MODE_FILE ||
		  change->new_mode == GM_MODE_EXEC) &&
		 (change->old_mode == GM_MODE_FILE ||
		  change->old_mode == GM_MODE_EXEC));
}

static bool points_away(unsigned mode)
{
	return mode == GM_MODE_LINK || mode == GM_MODE_GITLINK;
}

bool gm_parts_neutral(const struct gm_policy *policy,
		      const struct gm_change *change)
{
	return gm_policy_neutral(policy, change->path) &&
	       !points_away(change->old_mode) && !points_away(change->new_mode);
}

/* What a change does to the files of its migration. */
static void note(struct gm_touched *t, const struct gm_change *change,
		 enum gm_role role)
{
	t->stays |= change->new_mode != GM_MODE_NONE;
	if (role == GM_ROLE_VERIFY)
		t->verify |= brings_text(change);
	if (role != GM_ROLE_UP)
		return;
	if (change->new_mode == GM_MODE_NONE)
		t->old_up = change->old_oid;
	if (!brings_text(change))
		return;
	t->up = true;
	t->new_up = change->new_oid;
}

void gm_parts_sort(struct gm_parts *parts, struct gm_judge *j,
		   const struct gm_judged_commit *c)
{
	parts->by_key = gm_map(j->scratch);
	for (size_t i = 0; i < c->changes.n; i++) {
		const struct gm_change *change = &c->changes.items[i];
		const struct gm_root *root;
		struct gm_unit_path unit;
		struct gm_touched *t;

		root = gm_roots_match(&unit, &j->cx->roots, change->path);
		if (root) {
			gm_judge_path(j, c, change);
			t = touch(j, parts, root, &unit, change->path);
			note(t, change, unit.role);
			continue;
		}
		if (gm_roots_hold(&j->cx->roots, change->path)) {
			gm_judge_path(j, c, change);
			if (judge_stray(j, c, change))
				continue;
		}
		if (!gm_str_starts(change->path, GM_STR(GM_POLICY_DIR)) &&
		    !gm_parts_neutral(&j->cx->policy, change))
			*GM_PUSH(j->scratch, &parts->app) =
				gm_str_dup(j->scratch, change->path);
	}
}

const struct gm_touched *gm_parts_source(const struct gm_parts *parts,
					 const struct gm_touched *t)
{
	for (size_t i = 0; i < parts->n && t->up; i++) {
		const struct gm_touched *from = parts->items[i];

		if (!from->up && !gm_oid_is_zero(&from->old_up) &&
		    from->root == t->root &&
		    gm_unit_moved(&from->unit, &from->old_up, &t->unit,
				  &t->new_up))
			return from;
	}
	return NULL;
}

bool gm_parts_have(const struct gm_parts *parts, const char *id)
{
	for (size_t i = 0; i < parts->n; i++)
		if (gm_str_is(parts->items[i]->unit.id, id))
			return true;
	return false;
}
