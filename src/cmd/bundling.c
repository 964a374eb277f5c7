#include "cmd/bundling.h"

#include <string.h>

#include "approval/evidence.h"
#include "base/buf.h"
#include "base/clock.h"

static void add_part(struct gm_bundling *w, const char *name,
		     struct gm_str content)
{
	struct gm_bundle_part *p = GM_PUSH(w->cx->arena, &w->b.parts);

	p->name = name;
	p->content = content;
}

static int add_files(struct gm_bundling *w, struct gm_err *err)
{
	const struct gm_migration *m = w->o->set->items[w->at];

	for (size_t i = 0; i < m->n_files; i++) {
		struct gm_bundle_file *f = GM_PUSH(w->cx->arena, &w->b.files);

		f->role = m->files[i].role;
		f->path = m->files[i].path;
		if (gm_blob_read(&f->content, w->cx->arena, w->cx->repo,
				 &m->files[i].oid, GM_MIGRATION_MAX, err) < 0)
			return gm_fail_at(
				err, gm_str_dup(w->cx->arena, f->path), 0, 0);
	}
	return 0;
}

/* A file of the policy's commit, where it has it. */
static int add_enforced(struct gm_bundling *w, const char *path,
			const char *name, struct gm_err *err)
{
	struct gm_commit commit;
	struct gm_entry entry;
	struct gm_str text;
	int found;

	if (gm_commit_read(&commit, w->cx->arena, w->cx->repo,
			   &w->review.policy_commit, err) < 0)
		return -1;
	found = gm_tree_find(&entry, w->cx->arena, w->cx->repo, &commit.tree,
			     gm_str(path), err);
	if (found <= 0)
		return found;
	if (gm_blob_read(&text, w->cx->arena, w->cx->repo, &entry.oid,
			 GM_BUNDLE_PART_MAX, err) < 0)
		return gm_fail_at(err, path, 0, 0);
	add_part(w, name, text);
	return 0;
}

static int add_keys(struct gm_bundling *w, struct gm_err *err)
{
	struct gm_arena *a = w->cx->arena;
	struct gm_files files = { 0 };
	struct gm_commit commit;

	if (gm_commit_read(&commit, a, w->cx->repo, &w->review.policy_commit,
			   err) < 0 ||
	    gm_tree_files(&files, a, w->cx->repo, &commit.tree,
			  gm_str(GM_KEYS_DIR), GM_SIGNERS_KEYS, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		const char *path = gm_str_dup(a, files.items[i].path);
		const char *name = strrchr(path, '/') + 1;

		if (add_enforced(w, path,
				 gm_printf(a, GM_BUNDLE_KEY "%s", name),
				 err) < 0)
			return -1;
	}
	return 0;
}

/* Of each environment the newest that counts, of whatever migration. */
static int add_evidence(struct gm_bundling *w, struct gm_buf *lines,
			const char *stage, struct gm_err *err)
{
	struct gm_evidence_about about = { .ref = w->review.ref,
					   .stage = stage };
	struct gm_evidences list = { 0 };

	if (gm_approvals_evidence(&list, w->review.approvals, &about, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct gm_record *r = list.items[i].record;
		bool seen = !list.items[i].counts;

		for (size_t k = 0; k < i && !seen; k++)
			seen = list.items[k].counts &&
			       !strcmp(list.items[k].record->env, r->env);
		if (seen)
			continue;
		gm_buf_str(lines, r->line);
		gm_buf_putc(lines, '\n');
	}
	return 0;
}

static int add_records(struct gm_bundling *w, const struct gm_oid *on,
		       struct gm_err *err)
{
	static const char *const refs[] = { GM_APPROVALS_REF,
					    GM_OVERRIDES_REF };
	struct gm_buf lines = gm_buf(w->cx->arena);

	for (size_t i = 0; i < GM_COUNT(refs); i++) {
		const struct gm_records *found;

		if (gm_approvals_records(&found, w->review.approvals, refs[i],
					 on, err) < 0)
			return -1;
		if (found->n_bad)
			return gm_bad_line_fail(&found->bad[0],
						GM_NOTHING_COUNTS, err);
		for (size_t k = 0; k < found->n; k++) {
			gm_buf_str(&lines, found->items[k].line);
			gm_buf_putc(&lines, '\n');
		}
	}
	if (add_evidence(w, &lines, "checkpoint", err) < 0 ||
	    add_evidence(w, &lines, "restore", err) < 0)
		return -1;
	if (lines.len)
		add_part(w, GM_BUNDLE_RECORDS, gm_buf_view(&lines));
	return 0;
}

static int add_enforced_parts(struct gm_bundling *w, struct gm_err *err)
{
	struct gm_review_item item;

	if (!w->reviewed) {
		w->b.project = w->o->project;
		w->b.ref = w->o->branch ? w->o->branch : "refs/heads/main";
		return 0;
	}
	w->b.project = w->review.policy.project;
	w->b.ref = w->review.ref;
	if (gm_review_migration(&item, w->cx->arena, w->cx->repo, &w->review,
				w->o, w->at, err) < 0 ||
	    add_enforced(w, GM_POLICY_PATH, GM_BUNDLE_POLICY, err) < 0 ||
	    add_enforced(w, GM_SIGNERS_PATH, GM_BUNDLE_SIGNERS, err) < 0 ||
	    add_keys(w, err) < 0 || add_records(w, &item.on, err) < 0)
		return -1;
	w->b.authors = item.subject.authors;
	return 0;
}

/* The one that must be applied before it. */
static const char *before(const struct gm_overview *o, size_t at)
{
	while (at--)
		if (!o->set->items[at]->repeatable &&
		    !o->set->items[at]->baseline && o->items[at].path.len)
			return o->items[at].id;
	return NULL;
}

int gm_bundling_open(struct gm_bundling *out, struct gm_ctx *cx,
		     const struct gm_overview *o, const char *ref,
		     struct gm_err *err)
{
	const struct gm_review_from from = { .ref = ref, .now = gm_now() };
	struct gm_oid tip;
	int found;

	*out = (struct gm_bundling){ .cx = cx, .o = o };
	found = gm_review_open(&out->review, cx->arena, cx->repo, &from, err);
	if (found <= 0)
		return found;
	out->reviewed = true;
	if (gm_rev_commit(&tip, cx->repo, o->head, err) < 0)
		return -1;
	return gm_review_people(&out->review, cx->arena, cx->repo, &tip, err);
}

int gm_bundling_make(struct gm_bundle *out, struct gm_bundling *w, size_t at,
		     struct gm_err *err)
{
	const struct gm_migration *m = w->o->set->items[at];

	w->at = at;
	w->b = (struct gm_bundle){ 0 };
	if (!w->o->items[at].digest || !w->o->items[at].path.len)
		return gm_fail(err, GM_EINPUT,
			       "a file of '%s' cannot be read, or it has no up"
			       " SQL",
			       m->id);
	w->b.id = m->id;
	w->b.digest = w->o->items[at].digest;
	w->b.revision = w->o->head;
	w->b.repeatable = m->repeatable;
	w->b.meta = m->meta;
	if (!m->repeatable)
		w->b.after = before(w->o, at);
	if (add_enforced_parts(w, err) < 0 || add_files(w, err) < 0)
		return -1;
	*out = w->b;
	return 0;
}
