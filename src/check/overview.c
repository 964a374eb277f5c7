#include "check/overview.h"

#include <string.h>

#include "approval/landed.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/utf8.h"
#include "check/touches.h"
#include "git/ref.h"
#include "migration/history.h"

const char *gm_overview_state_name(enum gm_overview_state s)
{
	switch (s) {
	case GM_STATE_PENDING:
		return "pending";
	case GM_STATE_UPSTREAM:
		return "upstream";
	case GM_STATE_LANDED:
		return "landed";
	}
	GM_BUG("no such state");
}

static bool phase_is(const struct gm_overview_item *item, const char *phase)
{
	return item->phase && !strcmp(item->phase, phase);
}

bool gm_overview_contract(const struct gm_overview_item *item)
{
	return phase_is(item, "contract") ||
	       (!item->phase && gm_class_destructive(item->class_));
}

bool gm_overview_expand(const struct gm_overview_item *item)
{
	return phase_is(item, "expand") ||
	       (!item->phase && item->class_ == GM_CLASS_EXPAND);
}

static bool is_file(const struct gm_migration_file *file)
{
	return file->mode == GM_MODE_FILE || file->mode == GM_MODE_EXEC;
}

/*
 * The SQL of one file.  What cannot be read has the highest class and a
 * reason: a list must not fail because one file in it is odd.
 */
static int read_sql(struct gm_sql_file *sql, struct gm_str *text,
		    const char **unread, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_migration_file *up,
		    int postgres, struct gm_err *err)
{
	struct gm_sql_options options = { .postgres = postgres };
	struct gm_err why = GM_ERR_INIT;

	*sql = (struct gm_sql_file){ .class_ = GM_CLASS_OPAQUE };
	*text = GM_STR_NONE;
	*unread = NULL;
	if (!is_file(up)) {
		*unread = "it is not a file";
		return 0;
	}
	if (gm_blob_read(text, a, r, &up->oid, GM_SQL_MAX, &why) < 0) {
		if (why.code != GM_ELIMIT) {
			*err = why;
			return -1;
		}
		*unread = gm_strdup(a, why.msg);
		return 0;
	}
	if (memchr(text->ptr, 0, text->len))
		*unread = "it holds NUL bytes";
	else if (!gm_utf8_valid(*text, NULL))
		*unread = "it is not UTF-8";
	else if (gm_sql_read(sql, a, *text, &options, &why) < 0)
		*unread = gm_strdup(a, why.msg);
	if (*unread)
		*sql = (struct gm_sql_file){ .class_ = GM_CLASS_OPAQUE };
	return 0;
}

static int fill_class(struct gm_overview_item *item, struct gm_arena *a,
		      const struct gm_repo *r, const struct gm_migration *m,
		      int postgres, struct gm_err *err)
{
	const struct gm_migration_file *up = gm_migration_file(m, GM_ROLE_UP);
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_sql_file sql;
	struct gm_str text;
	const char *unread;

	if (!up)
		return 0;
	item->path = up->path;
	if (read_sql(&sql, &text, &unread, &scratch, r, up, postgres, err) < 0)
		return -1;
	item->class_ = sql.class_;
	item->unread = unread ? gm_strdup(a, unread) : NULL;
	return 0;
}

/* The digest, where all files can be read that it is made of. */
static int fill_digest(struct gm_overview_item *item, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_migration *m,
		       struct gm_err *err)
{
	for (size_t i = 0; i < m->n_files; i++) {
		uint64_t size;

		if (!is_file(&m->files[i]))
			return 0;
		if (gm_object_size(&size, r, &m->files[i].oid, err) < 0)
			return -1;
		if (size > GM_MIGRATION_MAX)
			return 0;
	}
	return gm_migration_digest(&item->digest, a, r, m, err);
}

static int fill_item(struct gm_overview_item *item, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_migration *m,
		     const struct gm_origin *origin, int postgres,
		     struct gm_err *err)
{
	item->id = m->id;
	item->phase = gm_phase_name(m->meta.phase);
	item->window = m->meta.window;
	item->owner = m->meta.owner;
	item->flag = m->meta.flag;
	item->contracts = m->meta.contracts;
	item->break_glass = m->meta.break_glass;
	if (!gm_oid_is_zero(&origin->introduced))
		item->introduced = gm_oid_hex(a, &origin->introduced);
	if (!gm_oid_is_zero(&origin->changed))
		item->changed = gm_oid_hex(a, &origin->changed);
	item->author = origin->author;
	item->when = origin->when;
	if (fill_class(item, a, r, m, postgres, err) < 0)
		return -1;
	return fill_digest(item, a, r, m, err);
}

/*
 * The record on the branch looked at, else the latest on any: a window must
 * not look shorter than it is.
 */
static const struct gm_landed *record_of(const struct gm_landed_list *list,
					 struct gm_str path, const char *branch)
{
	const struct gm_landed *best = NULL;

	for (size_t i = 0; i < list->n; i++) {
		const struct gm_landed *l = &list->items[i];

		if (!gm_str_is(path, l->path))
			continue;
		if (!best) {
			best = l;
			continue;
		}
		if (branch && !strcmp(best->ref, branch)) {
			if (!strcmp(l->ref, branch) && l->at < best->at)
				best = l;
		} else if ((branch && !strcmp(l->ref, branch)) ||
			   l->at > best->at) {
			best = l;
		}
	}
	return best;
}

/* The migrations of the upstream branch, when there is one. */
static int read_upstream(struct gm_set *out, struct gm_arena *a,
			 const struct gm_repo *r, const struct gm_roots *roots,
			 struct gm_err *err)
{
	const char *name;
	struct gm_commit commit;
	struct gm_oid oid;
	int found;

	if (gm_ref_upstream(&name, a, r, err) < 0)
		return -1;
	if (!name)
		return 0;
	found = gm_ref_get(&oid, r, name, err);
	if (found <= 0)
		return found;
	if (gm_commit_read(&commit, a, r, &oid, err) < 0)
		return -1;
	return gm_set_read(out, a, r, &commit.tree, roots, err);
}

static int fill_landed(struct gm_overview *o, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_roots *roots,
		       struct gm_err *err)
{
	struct gm_landed_list list = { 0 };
	struct gm_set upstream = { 0 };

	if (gm_landed_read(&list, a, r, err) < 0 ||
	    (o->branch && read_upstream(&upstream, a, r, roots, err) < 0))
		return -1;
	o->records = list.n > 0;
	for (size_t i = 0; i < o->n; i++) {
		struct gm_overview_item *item = &o->items[i];
		const struct gm_landed *l =
			record_of(&list, item->path, o->branch);

		if (l) {
			item->state = GM_STATE_LANDED;
			item->landed_at = l->at;
			item->landed_until = l->until;
			item->landed_ref = l->ref;
			item->landed_digest = l->digest;
		} else if (upstream.n &&
			   gm_map_get(&upstream.by_id, gm_str(item->id))) {
			item->state = GM_STATE_UPSTREAM;
		}
	}
	return 0;
}

static const struct gm_overview_item *find(const struct gm_overview *o,
					   const char *id)
{
	for (size_t i = 0; i < o->n; i++)
		if (!strcmp(o->items[i].id, id))
			return &o->items[i];
	return NULL;
}

static int64_t end_of(const struct gm_overview_item *item, int64_t minimum)
{
	int64_t least = item->landed_at + minimum;

	return item->landed_until > least ? item->landed_until : least;
}

/* When may each contract land?  As check/contract.c judges it. */
static void fill_contracts(struct gm_overview *o, struct gm_arena *a,
			   const struct gm_policy *policy)
{
	for (size_t i = 0; i < o->n; i++) {
		struct gm_overview_item *item = &o->items[i];
		const struct gm_overview_item *expand;

		if (!gm_overview_contract(item))
			continue;
		if (!item->contracts) {
			item->blocked = "it names no expand";
			continue;
		}
		if (gm_contracts_none(item->contracts)) {
			if (gm_policy_approval(policy, "contract"))
				item->allowed_at = o->now;
			else
				item->blocked = "it closes no expand, and"
						" nobody has to approve"
						" contracts";
			continue;
		}
		expand = find(o, item->contracts);
		if (!expand) {
			item->blocked = gm_printf(a, "there is no '%s'",
						  item->contracts);
		} else if (expand->state == GM_STATE_PENDING) {
			item->blocked = gm_printf(a, "'%s' has not landed",
						  item->contracts);
		} else if (expand->state == GM_STATE_UPSTREAM) {
			item->blocked =
				gm_printf(a, "it is not known when '%s' landed",
					  item->contracts);
		} else {
			item->allowed_at =
				end_of(expand, policy->window_minimum);
		}
	}
}

/*
 * What holds a contract back whatever it names, as check/windows.c judges it:
 * number `k` is about the same things, and its window is open.
 */
static int hold_back(const struct gm_overview *o, const struct gm_repo *r,
		     const struct gm_sql_file *contract,
		     struct gm_overview_item *item, size_t k, int64_t minimum,
		     struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	const struct gm_overview_item *other = &o->items[k];
	struct gm_touches touches = gm_touches(&scratch);
	int64_t end = end_of(other, minimum);
	struct gm_sql_file sql;
	struct gm_str text;
	const char *unread, *what;

	if (other->state != GM_STATE_LANDED || end <= o->now ||
	    end <= item->allowed_at || gm_overview_contract(other))
		return 0;
	if (read_sql(&sql, &text, &unread, &scratch, r,
		     gm_migration_file(o->set->items[k], GM_ROLE_UP),
		     o->postgres, err) < 0)
		return -1;
	touches.all = unread != NULL;
	gm_touches_add(&touches, &sql);
	if (gm_touches_clash(&what, &scratch, &touches, contract))
		item->allowed_at = end;
	return 0;
}

static int fill_holds(struct gm_overview *o, const struct gm_repo *r,
		      int64_t minimum, struct gm_err *err)
{
	for (size_t i = 0; i < o->n; i++) {
		GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
		struct gm_overview_item *item = &o->items[i];
		struct gm_sql_file sql;
		struct gm_str text;
		const char *unread;

		if (!gm_overview_contract(item) || item->blocked ||
		    !item->path.len || item->state == GM_STATE_LANDED)
			continue;
		if (read_sql(&sql, &text, &unread, &scratch, r,
			     gm_migration_file(o->set->items[i], GM_ROLE_UP),
			     o->postgres, err) < 0)
			return -1;
		for (size_t k = 0; k < o->n; k++)
			if (hold_back(o, r, &sql, item, k, minimum, err) < 0)
				return -1;
	}
	return 0;
}

/* The commit to look at: 1, or 0 when HEAD is unborn. */
static int find_commit(struct gm_oid *out, struct gm_overview *o,
		       struct gm_arena *a, const struct gm_repo *r,
		       const char *rev, struct gm_err *err)
{
	if (rev)
		return gm_rev_commit(out, r, rev, err) < 0 ? -1 : 1;
	if (gm_ref_head(&o->branch, a, r, err) < 0)
		return -1;
	if (!o->branch)
		return gm_rev_commit(out, r, "HEAD", err) < 0 ? -1 : 1;
	return gm_ref_get(out, r, o->branch, err);
}

/* The commit's own policy, unless another is given. */
static int read_context(struct gm_context *cx, struct gm_arena *a,
			const struct gm_repo *r, const struct gm_oid *tip,
			const struct gm_policy *policy, struct gm_err *err)
{
	struct gm_oid none = { { 0 } };

	if (!policy)
		return gm_context_local(cx, a, r, tip, err);
	cx->policy = *policy;
	return gm_context_roots_between(&cx->roots, a, r, policy, &none, tip,
					err);
}

static int fill(struct gm_overview *o, struct gm_arena *a,
		const struct gm_repo *r, const struct gm_oid *tip,
		const struct gm_policy *policy, struct gm_err *err)
{
	struct gm_set *set = gm_alloc(a, sizeof(*set));
	struct gm_context cx = { 0 };
	struct gm_origin *origins;
	struct gm_commit commit;

	if (read_context(&cx, a, r, tip, policy, err) < 0 ||
	    gm_commit_read(&commit, a, r, tip, err) < 0 ||
	    gm_set_read(set, a, r, &commit.tree, &cx.roots, err) < 0 ||
	    gm_history_read(&origins, a, r, tip, &cx.roots, set, err) < 0)
		return -1;
	o->head = gm_oid_hex(a, tip);
	o->project = cx.policy.project;
	o->postgres = cx.policy.postgres;
	o->default_policy = cx.policy.is_default;
	o->set = set;
	o->n = set->n;
	o->items = gm_alloc_n(a, set->n, sizeof(*o->items));
	for (size_t i = 0; i < set->n; i++)
		if (fill_item(&o->items[i], a, r, set->items[i], &origins[i],
			      cx.policy.postgres, err) < 0)
			return gm_fail_in(err, "migration '%s'",
					  set->items[i]->id);
	if (fill_landed(o, a, r, &cx.roots, err) < 0)
		return -1;
	fill_contracts(o, a, &cx.policy);
	return fill_holds(o, r, cx.policy.window_minimum, err);
}

int gm_overview_read_by(struct gm_overview *out, struct gm_arena *a,
			const struct gm_repo *r, const char *rev,
			const struct gm_policy *policy, struct gm_err *err)
{
	struct gm_overview o = { .now = gm_now() };
	struct gm_oid tip;
	int found = find_commit(&tip, &o, a, r, rev, err);

	if (found < 0 || (found && fill(&o, a, r, &tip, policy, err) < 0))
		return -1;
	*out = o;
	return 0;
}

int gm_overview_read(struct gm_overview *out, struct gm_arena *a,
		     const struct gm_repo *r, const char *rev,
		     struct gm_err *err)
{
	return gm_overview_read_by(out, a, r, rev, NULL, err);
}

static int fill_file(struct gm_overview_file *out, struct gm_arena *a,
		     const struct gm_repo *r,
		     const struct gm_migration_file *file, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_err why = GM_ERR_INIT;
	char hex[GM_SHA256_HEX + 1] = "";
	struct gm_str text;

	out->role = gm_role_name(file->role);
	out->path = file->path;
	out->blob = gm_oid_hex(a, &file->oid);
	out->sha256 = "";
	if (!is_file(file))
		return 0;
	if (gm_blob_read(&text, &scratch, r, &file->oid, GM_MIGRATION_MAX,
			 &why) < 0) {
		if (why.code == GM_ELIMIT)
			return 0;
		*err = why;
		return -1;
	}
	gm_sha256_hex(hex, text);
	out->sha256 = gm_strdup(a, hex);
	return 0;
}

int gm_overview_detail(struct gm_overview_detail *out, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_overview *all,
		       size_t at, struct gm_err *err)
{
	const struct gm_migration *m = all->set->items[at];
	const struct gm_migration_file *up = gm_migration_file(m, GM_ROLE_UP);
	struct gm_overview_detail d = { .item = &all->items[at],
					.n_files = m->n_files };
	const char *unread;

	d.files = gm_alloc_n(a, m->n_files, sizeof(*d.files));
	for (size_t i = 0; i < m->n_files; i++)
		if (fill_file(&d.files[i], a, r, &m->files[i], err) < 0)
			return -1;
	if (up && read_sql(&d.sql, &d.text, &unread, a, r, up, all->postgres,
			   err) < 0)
		return -1;
	*out = d;
	return 0;
}
