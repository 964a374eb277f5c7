#include "check/split.h"

#include <string.h>

#include "base/utf8.h"
#include "check/parts.h"
#include "git/diff.h"
#include "sql/sql.h"

/* A migration of the commit and the part it goes to. */
struct member {
	struct gm_str id;
	const struct gm_root *root;
	enum gm_split_kind kind;
	const char *phase;
};

struct members {
	struct member *items;
	size_t n, cap;
};

struct planner {
	struct gm_split *out;
	struct gm_arena *arena;
	const struct gm_repo *repo;
	const struct gm_context *cx;
	struct gm_commit_meta words;
	struct members members;
};

/* The class of its SQL; what cannot be read is opaque. */
static int read_class(enum gm_class *out, struct gm_meta *header,
		      struct planner *p, const struct gm_migration_file *up,
		      struct gm_err *err)
{
	const struct gm_sql_options options = {
		.postgres = p->cx->policy.postgres,
	};
	struct gm_findings ignored = gm_findings(p->arena, NULL);
	struct gm_sql_file sql = { 0 };
	struct gm_str text;

	*out = GM_CLASS_OPAQUE;
	if (up->mode != GM_MODE_FILE && up->mode != GM_MODE_EXEC)
		return 0;
	if (gm_blob_read(&text, p->arena, p->repo, &up->oid, GM_SQL_MAX, err) <
	    0)
		return -1;
	if (!gm_utf8_valid(text, NULL) || memchr(text.ptr, 0, text.len))
		return 0;
	if (gm_sql_read(&sql, p->arena, text, &options, err) < 0)
		return -1;
	gm_meta_from_sql(header, p->arena, up->path, text, &ignored);
	*out = sql.class_;
	return 0;
}

/* Before the app, or after it? */
static int settle(struct member *m, struct planner *p, struct gm_str path,
		  struct gm_err *err)
{
	struct gm_findings ignored = gm_findings(p->arena, NULL);
	const struct gm_migration_file *up;
	struct gm_migration *migration;
	struct gm_meta header = { 0 }, meta;
	enum gm_class class_;
	enum gm_phase phase;

	m->kind = GM_SPLIT_ADD;
	m->phase = "";
	if (gm_set_read_one(&migration, p->arena, p->repo, &p->out->commit.tree,
			    m->root, m->id, path, err) < 0)
		return -1;
	up = migration ? gm_migration_file(migration, GM_ROLE_UP) : NULL;
	if (!up)
		return 0;
	if (read_class(&class_, &header, p, up, err) < 0)
		return -1;
	meta = gm_meta_join(p->arena, migration->id, &p->words, &header,
			    up->path, &ignored);
	phase = gm_effective_phase(&meta, class_);
	if (phase == GM_PHASE_CONTRACT || gm_class_destructive(class_))
		m->kind = GM_SPLIT_CONTRACT;
	m->phase = gm_phase_name(phase) ? gm_phase_name(phase) : "";
	return 0;
}

static int find_member(struct member **out, struct planner *p,
		       const struct gm_root *root,
		       const struct gm_unit_path *unit, struct gm_str path,
		       struct gm_err *err)
{
	struct gm_split_part *part;
	struct member *m;

	for (size_t i = 0; i < p->members.n; i++) {
		*out = &p->members.items[i];
		if (gm_str_eq((*out)->id, unit->id) && (*out)->root == root)
			return 0;
	}
	m = GM_PUSH(p->arena, &p->members);
	m->id = unit->id;
	m->root = root;
	if (settle(m, p, path, err) < 0)
		return -1;
	part = &p->out->parts[m->kind];
	if (!part->ids.n)
		part->phase = m->phase;
	else if (strcmp(part->phase, m->phase))
		part->phase = "";
	*GM_PUSH(p->arena, &part->ids) = gm_str_dup(p->arena, m->id);
	*out = m;
	return 0;
}

static void add(struct planner *p, enum gm_split_kind kind,
		const struct gm_change *change)
{
	struct gm_split_part *part = &p->out->parts[kind];
	struct gm_file *file = GM_PUSH(p->arena, &part->changes);

	file->path = change->path;
	file->oid = change->new_oid;
	file->mode = change->new_mode;
}

static int sort_change(struct planner *p, const struct gm_change *change,
		       bool *app, struct gm_err *err)
{
	struct gm_unit_path unit;
	struct member *m;
	const struct gm_root *root;

	if (gm_str_starts(change->path, GM_STR(GM_POLICY_DIR))) {
		add(p, GM_SPLIT_POLICY, change);
		return 0;
	}
	root = gm_roots_match(&unit, &p->cx->roots, change->path);
	if (!root) {
		add(p, GM_SPLIT_APP, change);
		*app |= !gm_parts_neutral(&p->cx->policy, change);
		return 0;
	}
	if (find_member(&m, p, root, &unit, change->path, err) < 0)
		return -1;
	add(p, m->kind, change);
	if (unit.role == GM_ROLE_UP && change->old_mode == GM_MODE_NONE)
		p->out->parts[m->kind].fresh = true;
	return 0;
}

/* Documentation alone is no app: it goes with the first migration. */
static void give_neutral(struct planner *p)
{
	struct gm_split_part *app = &p->out->parts[GM_SPLIT_APP];
	struct gm_split_part *to = &p->out->parts[GM_SPLIT_ADD];

	if (!to->changes.n)
		to = &p->out->parts[GM_SPLIT_CONTRACT];
	if (!to->changes.n)
		return;
	for (size_t i = 0; i < app->changes.n; i++)
		*GM_PUSH(p->arena, &to->changes) = app->changes.items[i];
	app->changes.n = 0;
}

int gm_split_plan(struct gm_split *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_context *cx,
		  const struct gm_oid *commit, struct gm_err *err)
{
	struct gm_findings ignored = gm_findings(a, NULL);
	struct gm_trailers trailers = { 0 };
	struct gm_split plan = { 0 };
	struct planner p = { .out = &plan, .arena = a, .repo = r, .cx = cx };
	struct gm_changes changes = { 0 };
	bool app = false;

	if (gm_commit_read(&plan.commit, a, r, commit, err) < 0)
		return -1;
	if (plan.commit.n_parents > 1) {
		gm_fail(err, GM_EINPUT, "commit %.12s is a merge",
			gm_oid_hex(a, commit));
		return gm_hint(err, "Split the commit that was merged, before"
				    " the merge.");
	}
	if (gm_diff_commit(&changes, a, r, &plan.commit, err) < 0)
		return -1;
	gm_trailers_parse(&trailers, a, plan.commit.message);
	gm_meta_from_trailers(&p.words, a, &trailers, &ignored);
	for (size_t i = 0; i < changes.n; i++)
		if (sort_change(&p, &changes.items[i], &app, err) < 0)
			return -1;
	if (!app)
		give_neutral(&p);
	for (size_t i = 0; i < GM_SPLIT_KINDS; i++)
		plan.n += plan.parts[i].changes.n > 0;
	*out = plan;
	return plan.n > 1;
}

static int write_part(struct gm_split_part *part, struct gm_repo *r,
		      const struct gm_commit *old,
		      const struct gm_person *committer, struct gm_oid *parent,
		      bool root, struct gm_oid *tree, struct gm_err *err)
{
	struct gm_commit c = *old;
	struct gm_oid next;

	if (gm_tree_edit(&next, r, tree, &part->changes, err) < 0)
		return -1;
	c.tree = next;
	c.parents = parent;
	c.n_parents = root ? 0 : 1;
	c.committer = *committer;
	c.message = gm_str(part->message);
	if (gm_commit_write(&part->commit, r, &c, err) < 0)
		return -1;
	*tree = next;
	*parent = part->commit;
	return 0;
}

static int write_later(struct gm_oid *parent, struct gm_repo *r,
		       struct gm_arena *a, const struct gm_oid *oid,
		       const struct gm_person *committer, struct gm_err *err)
{
	struct gm_commit c;

	if (gm_commit_read(&c, a, r, oid, err) < 0)
		return -1;
	c.parents = parent;
	c.n_parents = 1;
	c.committer = *committer;
	return gm_commit_write(parent, r, &c, err);
}

int gm_split_write(struct gm_split *s, struct gm_oid *tip, struct gm_repo *r,
		   struct gm_arena *a, const struct gm_person *committer,
		   const struct gm_oids *later, struct gm_err *err)
{
	struct gm_oid parent = { { 0 } }, tree = { { 0 } };
	bool root = s->commit.n_parents == 0;
	struct gm_commit first;

	if (!root) {
		parent = s->commit.parents[0];
		if (gm_commit_read(&first, a, r, &parent, err) < 0)
			return -1;
		tree = first.tree;
	}
	for (size_t i = 0; i < GM_SPLIT_KINDS; i++) {
		if (!s->parts[i].changes.n)
			continue;
		if (write_part(&s->parts[i], r, &s->commit, committer, &parent,
			       root, &tree, err) < 0)
			return -1;
		root = false;
	}
	if (!gm_oid_eq(&tree, &s->commit.tree))
		return gm_fail(err, GM_EGIT,
			       "the parts do not give the tree of %.12s again;"
			       " nothing was changed",
			       gm_oid_hex(a, &s->commit.oid));
	for (size_t i = 0; i < later->n; i++)
		if (write_later(&parent, r, a, &later->items[i], committer,
				err) < 0)
			return -1;
	*tip = parent;
	return 0;
}
