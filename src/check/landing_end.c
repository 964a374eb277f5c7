/* Both ends of a push, and what no single commit of it shows. */
#include "check/judge.h"

static const struct gm_ended *listed(struct gm_judge *j,
				     const struct gm_ended_list *list,
				     const struct gm_root *root,
				     struct gm_str named)
{
	return gm_map_get(&list->by_key, gm_judge_key(j->scratch, root, named));
}

/* As the last commit has it that brought this up SQL; NULL: none did. */
static const struct gm_edition *edition_of(const struct gm_pending_unit *p,
					   const struct gm_oid *up)
{
	for (size_t i = p ? p->editions.n : 0; i > 0; i--)
		if (gm_oid_eq(&p->editions.items[i - 1].up, up))
			return &p->editions.items[i - 1];
	return NULL;
}

static bool had(const struct gm_landed_unit *unit, const struct gm_oid *up)
{
	for (size_t i = 0; i < unit->n_files; i++)
		if (unit->files[i].role == GM_ROLE_UP &&
		    gm_oid_eq(&unit->files[i].oid, up))
			return true;
	return false;
}

static const struct gm_migration_file *up_of(const struct gm_ended *ended)
{
	return ended->now_ ? gm_migration_file(ended->now_, GM_ROLE_UP) : NULL;
}

/* Neither landed nor brought, as it is now, by a commit that was judged. */
static bool unseen(const struct gm_judge *j, const struct gm_ended *ended)
{
	struct gm_str key =
		gm_judge_key(j->scratch, ended->root, gm_str(ended->id));
	const struct gm_landed_unit *then = gm_map_get(&j->landed, key);
	const struct gm_pending_unit *p = gm_map_get(&j->pending, key);
	const struct gm_migration_file *up = up_of(ended);

	if (!up)
		return !then && !p;
	if (then && (gm_landed_fixed(j, then) || had(then, &up->oid)))
		return false;
	return ended->changed || !edition_of(p, &up->oid);
}

/*
 * A merge can make another migration of one that landed on another ref: with
 * the same SQL, but another way back.  Its commits were judged as if it had
 * landed.
 */
static int look_again(struct gm_judge *j, struct gm_ended *ended,
		      struct gm_err *err)
{
	struct gm_pending_unit *p =
		gm_map_get(&j->pending, gm_judge_key(j->scratch, ended->root,
						     gm_str(ended->id)));
	const struct gm_migration_file *up = up_of(ended);
	const struct gm_edition *e = up ? edition_of(p, &up->oid) : NULL;
	const struct gm_landed *elsewhere = NULL;
	int readable;

	if (!e || !e->elsewhere)
		return 0;
	readable = gm_judge_readable(j, ended->now_, err);
	if (readable < 0)
		return -1;
	ended->now_->meta = p->meta;
	if (readable &&
	    gm_landing_elsewhere(&elsewhere, j, ended->now_, err) < 0)
		return -1;
	ended->changed = !elsewhere;
	return 0;
}

/* What the tip has not is not there, whatever the last commit made of it. */
static void forget_gone(struct gm_judge *j, const struct gm_ended_list *list)
{
	struct gm_map there = gm_map(j->scratch);
	struct gm_str key;
	void *p;

	for (size_t i = 0; i < list->n; i++) {
		struct gm_ended *e = list->items[i];

		if (up_of(e))
			gm_map_set(&there,
				   gm_judge_key(j->scratch, e->root,
						gm_str(e->id)),
				   e);
	}
	for (size_t at = 0; gm_map_next(&j->pending, &at, &key, &p);)
		((struct gm_pending_unit *)p)->gone = !gm_map_get(&there, key);
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

/*
 * A merge can keep another edition than that of the last commit in the walk:
 * what is there counts.  Its phase does not go back with it, since everybody
 * who reads the history takes the last one that was declared.
 */
static void keep_edition(struct gm_judge *j, const struct gm_judged_commit *tip,
			 const struct gm_ended *ended)
{
	const struct gm_migration_file *up = up_of(ended);
	struct gm_pending_unit *p =
		gm_map_get(&j->pending, gm_judge_key(j->scratch, ended->root,
						     gm_str(ended->id)));
	const struct gm_edition *e = up ? edition_of(p, &up->oid) : NULL;
	const struct gm_sql_stmt *stmt;
	struct gm_finding *found;

	if (!e || e->sql == p->last.sql)
		return;
	p->last = *e;
	stmt = gm_phase_beyond(p->meta.phase, e->sql);
	if (p->settled || !stmt)
		return;
	found = gm_judge_find(j, tip, GM_RULE_PHASE_MISMATCH, up->path,
			      "%s: declared %s, but what the merge keeps %s,"
			      " which is %s",
			      ended->id, gm_phase_name(p->meta.phase),
			      stmt->why, gm_class_name(stmt->class_));
	found->line = stmt->line;
	found->column = stmt->column;
	found->hint = "The phase was declared for another edition of the file:"
		      " declare it anew, at the top of this one.";
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
	for (size_t i = 0; i < out->n; i++)
		if (look_again(j, out->items[i], err) < 0)
			return -1;
	if (judge_unseen(j, tip, out, err) < 0)
		return -1;
	for (size_t i = 0; i < out->n; i++)
		keep_edition(j, tip, out->items[i]);
	forget_gone(j, out);
	return judge_new(j, out, err);
}
