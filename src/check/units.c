/* Migrations by directory and id, and how a commit's tree has them. */
#include <string.h>

#include "check/judge.h"

/* From so many changes on, one reading of all migrations is cheaper. */
#define MANY 32

struct gm_str gm_judge_key(struct gm_arena *a, const struct gm_root *root,
			   struct gm_str id)
{
	size_t len = root->path.len + 1 + id.len;
	char *key = gm_alloc(a, len);

	if (root->path.len)
		memcpy(key, root->path.ptr, root->path.len);
	/* No path holds a NUL: two different pairs never make one key. */
	if (id.len)
		memcpy(key + root->path.len + 1, id.ptr, id.len);
	return (struct gm_str){ key, len };
}

static void *named(const struct gm_judge *j, const struct gm_map *map,
		   const struct gm_root *root, const char *id)
{
	const struct gm_roots *roots = &j->cx->roots;
	void *unit = root ? gm_map_get(map, gm_judge_key(j->scratch, root,
							 gm_str(id)))
			  : NULL;

	for (size_t i = 0; i < roots->n && !unit; i++)
		unit = gm_map_get(
			map,
			gm_judge_key(j->scratch, &roots->items[i], gm_str(id)));
	return unit;
}

struct gm_landed_unit *gm_landed_named(const struct gm_judge *j,
				       const struct gm_root *root,
				       const char *id)
{
	return named(j, &j->landed, root, id);
}

struct gm_pending_unit *gm_pending_named(const struct gm_judge *j,
					 const struct gm_root *root,
					 const char *id)
{
	struct gm_pending_unit *p = named(j, &j->pending, root, id);

	return p && !p->gone ? p : NULL;
}

/* What was read: a migration, or that there is none. */
struct unit {
	struct gm_migration *migration;
};

static void keep(struct gm_judge *j, struct gm_judged_commit *c,
		 struct gm_str key, struct gm_migration *m)
{
	struct unit *unit = gm_alloc(j->scratch, sizeof(*unit));

	unit->migration = m;
	gm_map_set(&c->units, key, unit);
}

/* By the id of each, and by the ids in the paths of its files. */
static void keep_all(struct gm_judge *j, struct gm_judged_commit *c,
		     const struct gm_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		struct gm_migration *m = set->items[i];

		keep(j, c, gm_judge_key(j->scratch, m->root, gm_str(m->id)), m);
		for (size_t f = 0; f < m->n_files; f++) {
			struct gm_unit_path unit;

			if (gm_roots_match(&unit, &j->cx->roots,
					   m->files[f].path) &&
			    !gm_str_is(unit.id, m->id))
				keep(j, c,
				     gm_judge_key(j->scratch, m->root, unit.id),
				     m);
		}
	}
}

int gm_judge_read(struct gm_migration **out, struct gm_judge *j,
		  struct gm_judged_commit *c, const struct gm_root *root,
		  struct gm_str id, struct gm_str path, struct gm_err *err)
{
	struct gm_str key = gm_judge_key(j->scratch, root, id);
	struct gm_set set = { 0 };
	const struct unit *unit;

	if (!c->units.arena)
		c->units = gm_map(j->scratch);
	unit = gm_map_get(&c->units, key);
	if (!unit && !c->all_read && c->changes.n > MANY) {
		if (gm_set_read(&set, j->scratch, j->repo, &c->commit.tree,
				&j->cx->roots, err) < 0)
			return -1;
		keep_all(j, c, &set);
		c->all_read = true;
		unit = gm_map_get(&c->units, key);
	}
	if (unit || c->all_read) {
		*out = unit ? unit->migration : NULL;
		return 0;
	}
	if (gm_set_read_one(out, j->scratch, j->repo, &c->commit.tree, root, id,
			    path, err) < 0)
		return -1;
	keep(j, c, key, *out);
	return 0;
}
