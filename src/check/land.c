#include "check/land.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "check/context.h"
#include "git/ref.h"
#include "migration/history.h"
#include "approval/landed.h"
#include "sql/sql.h"

struct batch {
	struct gm_landed *items;
	size_t n, cap;
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

static bool recorded(const struct gm_landed_list *list, const char *path,
		     const char *ref, const char *digest)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i].path, path) &&
		    !strcmp(list->items[i].ref, ref) &&
		    !strcmp(list->items[i].digest, digest))
			return true;
	return false;
}

/*
 * Does every migration have a record on its very SQL?  Then nothing has landed
 * since, and the history, which says what was declared, need not be read.
 */
static bool all_recorded(const struct gm_landed_list *list,
			 const struct gm_set *set, const char *ref)
{
	size_t found = 0;

	for (size_t i = 0; i < set->n; i++) {
		const struct gm_migration_file *up =
			gm_migration_file(set->items[i], GM_ROLE_UP);
		bool known = !up;

		for (size_t l = 0; l < list->n && !known; l++)
			known = gm_oid_eq(&list->items[l].on, &up->oid) &&
				gm_str_is(up->path, list->items[l].path) &&
				!strcmp(list->items[l].ref, ref);
		found += known;
	}
	return found == set->n;
}

static int64_t window_of(const struct gm_policy *policy,
			 const struct gm_meta *meta)
{
	return meta->window > policy->window_minimum ? meta->window
						     : policy->window_minimum;
}

int gm_land_all(struct gm_repo *r, const struct gm_policy *policy,
		const char *ref, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_oid tip, none = { { 0 } };
	struct gm_landed_list known = { 0 };
	struct gm_oids on = { 0 };
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
	if (all_recorded(&known, &set, ref))
		return 0;
	if (gm_history_read(&origins, &a, r, &tip, &roots, &set, err) < 0)
		return -1;
	for (size_t i = 0; i < set.n; i++) {
		const struct gm_migration *m = set.items[i];
		const struct gm_migration_file *up =
			gm_migration_file(m, GM_ROLE_UP);
		const char *phase = gm_phase_name(m->meta.phase);
		struct gm_landed l = { .project = policy->project,
				       .phase = phase ? phase : "none",
				       .ref = ref,
				       .at = gm_now() };

		if (!up)
			continue;
		l.path = gm_str_dup(&a, up->path);
		if (gm_migration_digest(&l.digest, &a, r, m, err) < 0)
			return -1;
		if (recorded(&known, l.path, ref, l.digest))
			continue;
		if (class_of(&l.class_, &a, r, policy, up, err) < 0)
			return -1;
		l.until = l.at + window_of(policy, &m->meta);
		*GM_PUSH(&a, &batch) = l;
		*GM_PUSH(&a, &on) = up->oid;
	}
	if (!batch.n)
		return 0;
	return gm_landed_append(r, batch.items, on.items, batch.n, err);
}
