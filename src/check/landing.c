/* What has landed may not change, vanish, or be slipped in before. */
#include <string.h>

#include "check/judge.h"

static struct gm_migration_file *copy_files(struct gm_judge *j,
					    const struct gm_migration *m)
{
	struct gm_migration_file *files =
		gm_alloc_n(j->arena, m->n_files, sizeof(*files));

	for (size_t i = 0; i < m->n_files; i++) {
		files[i] = m->files[i];
		files[i].path = gm_str(gm_str_dup(j->arena, m->files[i].path));
	}
	return files;
}

static const struct gm_landed_unit **highest(const struct gm_judge *j,
					     const struct gm_root *root)
{
	return &j->highest[root - j->cx->roots.items];
}

static void raise(struct gm_judge *j, const struct gm_landed_unit *unit)
{
	const struct gm_landed_unit **top = highest(j, unit->root);

	if (unit->repeatable || unit->baseline)
		return;
	if (!*top || gm_layout_cmp(unit->root->layout, unit->version,
				   (*top)->version) > 0)
		*top = unit;
}

void gm_landing_add(struct gm_judge *j, const struct gm_migration *m,
		    enum gm_phase phase, int64_t at, int64_t until)
{
	struct gm_str key = gm_judge_key(j->arena, m->root, gm_str(m->id));
	struct gm_landed_unit *unit = gm_map_get(&j->landed, key);
	const struct gm_migration_file *up = gm_migration_file(m, GM_ROLE_UP);

	if (!unit) {
		unit = gm_alloc(j->arena, sizeof(*unit));
		unit->root = m->root;
		unit->id = gm_strdup(j->arena, m->id);
		unit->version = gm_str(gm_str_dup(j->arena, m->version));
		unit->phase = phase;
		unit->at = at;
		unit->until = until;
		gm_map_set(&j->landed, key, unit);
	}
	unit->repeatable = m->repeatable;
	unit->baseline = m->baseline;
	unit->reported = false;
	unit->up_path = up ? gm_str_dup(j->arena, up->path) : "";
	unit->files = copy_files(j, m);
	unit->n_files = m->n_files;
	unit->sql_read = false;
	unit->touches = NULL;
	raise(j, unit);
}

void gm_landing_remove(struct gm_judge *j, const struct gm_root *root,
		       const char *id)
{
	struct gm_str key = gm_judge_key(j->scratch, root, gm_str(id));
	const struct gm_landed_unit **top = highest(j, root);
	struct gm_landed_unit *gone = gm_map_get(&j->landed, key);
	struct gm_str other;
	void *unit;

	gm_map_del(&j->landed, key);
	gm_map_del(&j->pending, key);
	if (!gone || *top != gone)
		return;
	*top = NULL;
	for (size_t at = 0; gm_map_next(&j->landed, &at, &other, &unit);)
		if (((struct gm_landed_unit *)unit)->root == root)
			raise(j, unit);
}

int gm_landing_load(struct gm_judge *j, const struct gm_oid *base,
		    struct gm_err *err)
{
	struct gm_set set = { 0 };
	struct gm_commit c;

	if (j->loaded)
		return 0;
	j->loaded = true;
	if (gm_oid_is_zero(base))
		return 0;
	if (gm_commit_read(&c, j->scratch, j->repo, base, err) < 0 ||
	    gm_set_read(&set, j->scratch, j->repo, &c.tree, &j->cx->roots,
			err) < 0)
		return -1;
	for (size_t i = 0; i < set.n; i++)
		gm_landing_add(j, set.items[i], GM_PHASE_NONE, 0, 0);
	return 0;
}

/* The first file in which both differ; NULL when they are the same. */
static const char *difference(struct gm_judge *j, struct gm_str *path,
			      const struct gm_landed_unit *then,
			      const struct gm_migration *now_)
{
	for (size_t i = 0; i < then->n_files || i < now_->n_files; i++) {
		const struct gm_migration_file *old =
			i < then->n_files ? &then->files[i] : NULL;
		const struct gm_migration_file *new_ =
			i < now_->n_files ? &now_->files[i] : NULL;

		if (new_)
			*path = new_->path;
		if (!old)
			return "has a new file";
		if (!new_) {
			*path = old->path;
			return "has lost a file";
		}
		if (!gm_str_eq(old->path, new_->path))
			return gm_printf(j->arena, "no longer has '%.*s'",
					 (int)old->path.len, old->path.ptr);
		if (!gm_oid_eq(&old->oid, &new_->oid))
			return "has changed";
	}
	return NULL;
}

bool gm_landed_fixed(const struct gm_judge *j,
		     const struct gm_landed_unit *unit)
{
	return !unit->repeatable &&
	       j->cx->policy.severity[GM_RULE_EDITED_LANDED] == GM_SEV_ERROR;
}

static void judge_edit(struct gm_judge *j, const struct gm_judged_commit *c,
		       struct gm_landed_unit *then,
		       const struct gm_migration *now_)
{
	struct gm_str path = GM_STR_NONE;
	const char *what;
	struct gm_finding *found;

	if (then->repeatable)
		return;
	what = difference(j, &path, then, now_);
	if (!what)
		return;
	found = gm_judge_find(j, c, GM_RULE_EDITED_LANDED, path,
			      "landed migration '%s' %s", then->id, what);
	found->hint = "Databases have run it as it was: leave it, and write a"
		      " new migration with 'git migrate new'.";
	then->reported = true;
}

static void judge_gone(struct gm_judge *j, const struct gm_judged_commit *c,
		       struct gm_landed_unit *then)
{
	struct gm_finding *found =
		gm_judge_find(j, c, GM_RULE_DELETED_LANDED,
			      then->n_files ? then->files[0].path : GM_STR_NONE,
			      "landed migration '%s' is gone", then->id);

	found->hint = "Databases have run it: keep it, and undo its effect"
		      " with a new migration.";
	then->reported = true;
}

void gm_judge_order(struct gm_judge *j, const struct gm_migration *m)
{
	const struct gm_pending_unit *p = gm_map_get(
		&j->pending, gm_judge_key(j->scratch, m->root, gm_str(m->id)));
	const struct gm_landed_unit *last = *highest(j, m->root);
	struct gm_judged_commit c = { 0 };
	struct gm_finding *found;
	struct gm_str path;
	int order;

	if (!p || p->settled || p->last.elsewhere || m->repeatable ||
	    m->baseline || !last)
		return;
	order = gm_layout_cmp(m->root->layout, m->version, last->version);
	if (order > 0)
		return;
	c.hex = p->last.commit;
	c.subject = p->last.subject;
	path = m->n_files ? m->files[0].path : GM_STR_NONE;
	found = gm_judge_find(j, &c, GM_RULE_OUT_OF_ORDER, path,
			      order ? "'%s' sorts before '%s', which has landed"
				    : "'%s' has the version of '%s', which has"
				      " landed",
			      m->id, last->id);
	gm_find_hint(&j->result->findings, found,
		     "Rename it with a version after %.*s.",
		     (int)last->version.len, last->version.ptr);
}

void gm_judge_landed(struct gm_judge *j, const struct gm_judged_commit *c,
		     const struct gm_root *root, const char *id,
		     const struct gm_migration *now_)
{
	struct gm_landed_unit *then = gm_map_get(
		&j->landed, gm_judge_key(j->scratch, root, gm_str(id)));
	bool has_up = now_ && gm_migration_file(now_, GM_ROLE_UP);

	if (!then)
		return;
	if (!now_ || (*then->up_path && !has_up))
		judge_gone(j, c, then);
	else
		judge_edit(j, c, then, now_);
}

/* It is as it landed: whoever pushes now is not to blame for it. */
static bool as_landed(struct gm_judge *j, const struct gm_migration *m)
{
	struct gm_str key = gm_judge_key(j->scratch, m->root, gm_str(m->id));
	struct gm_landed_unit *then = gm_map_get(&j->landed, key);
	struct gm_str path;

	return then && !difference(j, &path, then, m);
}

void gm_judge_duplicates(struct gm_judge *j, const struct gm_judged_commit *tip,
			 const struct gm_set *set)
{
	for (size_t i = 0; i < set->duplicates.n; i++) {
		const struct gm_duplicate *d = &set->duplicates.items[i];
		const struct gm_migration *fresh =
			as_landed(j, d->two) ? d->one : d->two;

		if (as_landed(j, fresh))
			continue;
		gm_judge_find(j, tip, GM_RULE_OUT_OF_ORDER,
			      fresh->n_files ? fresh->files[0].path
					     : GM_STR_NONE,
			      "%s", d->words)
			->hint = "Give each migration an id and a version of"
				 " its own.";
	}
}
