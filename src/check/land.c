#include "check/land.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "check/judge.h"
#include "git/ref.h"
#include "git/walk.h"
#include "migration/history.h"

struct batch {
	struct gm_landed *items;
	size_t n, cap;
	struct gm_oids on; /* the blob of each */
};

static int class_of(const char **out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_policy *policy,
		    const struct gm_migration_file *up, struct gm_err *err)
{
	const struct gm_sql_options options = { .postgres = policy->postgres };
	struct gm_sql_file sql = { .class_ = GM_CLASS_OPAQUE };
	struct gm_str text = GM_STR_NONE;

	/* What cannot be read, for whatever it is, counts as opaque. */
	if (gm_blob_read(&text, a, r, &up->oid, GM_SQL_MAX, err) < 0 ||
	    (gm_str_find(text, '\0') == text.len && gm_utf8_valid(text, NULL) &&
	     gm_sql_read(&sql, a, text, &options, err) < 0)) {
		if (err->code != GM_ELIMIT)
			return -1;
		*err = (struct gm_err)GM_ERR_INIT;
		sql.class_ = GM_CLASS_OPAQUE;
	}
	*out = gm_class_name(sql.class_);
	return 0;
}

/* The last record of a path on a ref, or NULL. */
static const struct gm_landed *latest(const struct gm_landed_list *list,
				      struct gm_arena *a, struct gm_str path,
				      const char *ref)
{
	const struct gm_landed *l =
		gm_landed_find(list, gm_str_dup(a, path), ref);
	const struct gm_landed *end = list->items + list->n;

	while (l && l + 1 < end && gm_str_is(path, l[1].path) &&
	       !strcmp(l[1].ref, ref))
		l++;
	return l;
}

/* Is the last record of every migration on its very SQL? */
static bool all_recorded(const struct gm_landed_list *list, struct gm_arena *a,
			 const struct gm_set *set, const char *ref)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct gm_migration_file *up =
			gm_migration_file(set->items[i], GM_ROLE_UP);
		const struct gm_landed *l =
			up ? latest(list, a, up->path, ref) : NULL;

		if (up && !(l && gm_oid_eq(&l->on, &up->oid)))
			return false;
	}
	return true;
}

/*
 * Did no commit since `old` change anything of a migration, nor therefore what
 * was said of it?  Where that is not known, no.
 */
static bool untouched(const struct gm_repo *r, const struct gm_policy *policy,
		      const struct gm_roots *roots, const struct gm_oid *old,
		      const struct gm_oid *tip)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const struct gm_context cx = { .policy = *policy, .roots = *roots };
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_result result = { 0 };
	struct gm_oids commits = { 0 };
	struct gm_judge j;

	if (gm_oid_is_zero(old) ||
	    gm_walk(&commits, &a, r, tip, old, 1, 0, &ignored) < 0)
		return false;
	gm_judge_start(&j, &result, &a, &a, r, &cx);
	for (size_t i = 0; i < commits.n; i++) {
		struct gm_commit c;

		if (gm_commit_read(&c, &a, r, &commits.items[i], &ignored) <
			    0 ||
		    gm_judge_touches(&j, &c, &ignored))
			return false;
	}
	return true;
}

static int64_t window_of(const struct gm_policy *policy,
			 const struct gm_meta *meta)
{
	return meta->window > policy->window_minimum ? meta->window
						     : policy->window_minimum;
}

/* What has changed since it was recorded last, or never was. */
static int add_records(struct batch *out, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_policy *policy,
		       const char *ref, const struct gm_landed_list *known,
		       const struct gm_set *set, struct gm_err *err)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct gm_migration *m = set->items[i];
		const struct gm_migration_file *up =
			gm_migration_file(m, GM_ROLE_UP);
		const char *phase = gm_phase_name(m->meta.phase);
		struct gm_landed l = { .project = policy->project,
				       .phase = phase ? phase : "none",
				       .ref = ref,
				       .at = gm_now() };
		const struct gm_landed *last;

		if (!up)
			continue;
		l.path = gm_str_dup(a, up->path);
		if (gm_migration_digest(&l.digest, a, r, m, err) < 0)
			return -1;
		last = latest(known, a, up->path, ref);
		if (last && !strcmp(last->digest, l.digest))
			continue;
		if (class_of(&l.class_, a, r, policy, up, err) < 0)
			return -1;
		l.until = l.at + window_of(policy, &m->meta);
		*GM_PUSH(a, out) = l;
		*GM_PUSH(a, &out->on) = up->oid;
	}
	return 0;
}

int gm_land_since(struct gm_repo *r, const struct gm_policy *policy,
		  const char *ref, const struct gm_oid *old, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_oid tip, none = { { 0 } };
	struct gm_landed_list known = { 0 };
	struct gm_origin *origins;
	struct gm_roots roots = { 0 };
	struct gm_set set = { 0 };
	struct batch batch = { 0 };
	struct gm_commit c;
	int found = gm_ref_get(&tip, r, ref, err);

	if (found <= 0)
		return found;
	if (gm_object_peel(&tip, &(enum gm_object_kind){ 0 }, r, &tip, err) <
		    0 ||
	    gm_commit_read(&c, &a, r, &tip, err) < 0 ||
	    gm_context_roots_between(&roots, &a, r, policy, &none, &tip, err) <
		    0 ||
	    gm_set_read(&set, &a, r, &c.tree, &roots, err) < 0 ||
	    gm_landed_read(&known, &a, r, err) < 0)
		return -1;
	/* The history, which says what was declared, takes longer to read. */
	if (all_recorded(&known, &a, &set, ref) &&
	    untouched(r, policy, &roots, old, &tip))
		return 0;
	if (gm_history_read(&origins, &a, r, &tip, &roots, &set, err) < 0 ||
	    add_records(&batch, &a, r, policy, ref, &known, &set, err) < 0)
		return -1;
	if (!batch.n)
		return 0;
	return gm_landed_append(r, batch.items, batch.on.items, batch.n, err);
}

int gm_land_all(struct gm_repo *r, const struct gm_policy *policy,
		const char *ref, struct gm_err *err)
{
	static const struct gm_oid nothing;

	return gm_land_since(r, policy, ref, &nothing, err);
}
