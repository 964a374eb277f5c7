#include "cmd/rollouts.h"

#include <string.h>

#include "base/map.h"
#include "cmd/bundling.h"
#include "cmd/pick.h"

enum kind { EXPAND, BACKFILL, CONTRACT };

struct reader {
	struct gm_ctx *cx;
	const struct gm_overview *o;
	const struct gm_policy_flux *flux;
	struct gm_overview_detail *details; /* item NULL: not read yet */
	struct gm_bundling *bundling;       /* NULL: nobody runs bundles */
	size_t *owner; /* of each: the index of the rollout it belongs to */
	struct gm_err *err;
};

/* What was declared, else what the SQL is. */
static enum kind kind_of(const struct gm_overview_item *item)
{
	const char *phase =
		item->phase ? item->phase : gm_class_name(item->class_);

	if (!strcmp(phase, "backfill"))
		return BACKFILL;
	if (!strcmp(phase, "contract") || !strcmp(phase, "opaque"))
		return CONTRACT;
	return EXPAND;
}

static int detail(const struct gm_overview_detail **out, struct reader *r,
		  size_t at)
{
	struct gm_overview_detail *d = &r->details[at];

	if (!d->item && gm_overview_detail(d, r->cx->arena, r->cx->repo, r->o,
					   at, r->err) < 0)
		return -1;
	*out = d;
	return 0;
}

static bool is_table(const struct gm_sql_object *o)
{
	return o->kind == GM_SQL_TABLE || o->kind == GM_SQL_COLUMN ||
	       o->kind == GM_SQL_INDEX;
}

static bool same_table(const struct gm_sql_object *one,
		       const struct gm_sql_object *two)
{
	struct gm_sql_object a = *one, b = *two;

	if (!is_table(one) || !is_table(two))
		return false;
	a.kind = b.kind = GM_SQL_TABLE;
	a.column = b.column = "";
	return gm_sql_same_object(&a, &b);
}

static bool share_table(const struct gm_sql_stmt *a,
			const struct gm_sql_stmt *b)
{
	for (size_t i = 0; i < a->objects.n; i++)
		for (size_t k = 0; k < b->objects.n; k++)
			if (same_table(&a->objects.items[i],
				       &b->objects.items[k]))
				return true;
	return false;
}

static bool share(const struct gm_sql_file *a, const struct gm_sql_file *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (share_table(&a->items[i], &b->items[k]))
				return true;
	return false;
}

static int own_backfill(struct reader *r, size_t at)
{
	const struct gm_overview_detail *it, *other;

	if (detail(&it, r, at) < 0)
		return -1;
	for (size_t i = at; i-- > 0;) {
		if (kind_of(&r->o->items[i]) != EXPAND)
			continue;
		if (detail(&other, r, i) < 0)
			return -1;
		if (!share(&it->sql, &other->sql))
			continue;
		r->owner[at] = i;
		break;
	}
	return 0;
}

/* Of several contracts of one expand, the first is in its rollout. */
static void own_contract(struct reader *r, size_t at)
{
	const char *names = r->o->items[at].contracts;

	for (size_t i = 0; names && i < r->o->n; i++) {
		if (strcmp(r->o->items[i].id, names) != 0 ||
		    kind_of(&r->o->items[i]) != EXPAND)
			continue;
		for (size_t k = 0; k < at; k++)
			if (k != i && r->owner[k] == i &&
			    kind_of(&r->o->items[k]) == CONTRACT)
				return;
		r->owner[at] = i;
	}
}

static int find_owners(struct reader *r)
{
	for (size_t i = 0; i < r->o->n; i++) {
		r->owner[i] = i;
		if (kind_of(&r->o->items[i]) == CONTRACT)
			own_contract(r, i);
		else if (kind_of(&r->o->items[i]) == BACKFILL &&
			 own_backfill(r, i) < 0)
			return -1;
	}
	return 0;
}

/* The text of the file of that role; none: ptr NULL. */
static int read_role(struct gm_str *out, struct reader *r,
		     const struct gm_overview_detail *d, const char *role)
{
	*out = GM_STR_NONE;
	for (size_t i = 0; i < d->n_files; i++) {
		struct gm_oid oid;

		if (strcmp(d->files[i].role, role) != 0)
			continue;
		if (!gm_oid_parse(&oid, gm_str(d->files[i].blob)))
			GM_BUG("no object name");
		if (gm_blob_read(out, r->cx->arena, r->cx->repo, &oid,
				 GM_SQL_MAX, r->err) < 0)
			return gm_fail_in(r->err, "%.*s",
					  (int)d->files[i].path.len,
					  d->files[i].path.ptr);
		return 0;
	}
	return 0;
}

static int read_bundle(struct gm_fileset *out, struct reader *r, size_t at)
{
	struct gm_bundle_parts parts = { 0 };
	struct gm_bundle b;

	if (gm_bundling_make(&b, r->bundling, at, r->err) < 0)
		return -1;
	/* That of any commit that has it will do, so that it does not change
	   with each. */
	if (r->o->items[at].changed)
		b.revision = r->o->items[at].changed;
	gm_bundle_list(&parts, r->cx->arena, &b);
	for (size_t i = 0; i < parts.n; i++)
		gm_fileset_add(out, r->cx->arena, parts.items[i].name,
			       parts.items[i].content);
	return 0;
}

static int read_member(struct gm_member *out, struct reader *r, size_t at)
{
	const struct gm_overview_item *item = &r->o->items[at];
	const struct gm_overview_detail *d;

	if (!item->digest || !item->path.len) {
		gm_fail(r->err, GM_EINPUT, "migration '%s' cannot be read: %s",
			item->id,
			item->unread ? item->unread : "it has no up SQL");
		return gm_hint(r->err, "'git migrate check --all' says more.");
	}
	if (detail(&d, r, at) < 0)
		return -1;
	*out = (struct gm_member){
		.id = item->id,
		.path = gm_str_dup(r->cx->arena, item->path),
		.digest = item->digest,
		.phase = item->phase,
		.class_ = gm_class_name(item->class_),
	};
	if (read_role(&out->up, r, d, "up") < 0 ||
	    read_role(&out->down, r, d, "down") < 0 ||
	    read_role(&out->verify, r, d, "verify") < 0)
		return -1;
	return r->bundling ? read_bundle(&out->bundle, r, at) : 0;
}

static int make(struct gm_rollout *out, struct reader *r, size_t owner)
{
	const struct gm_overview_item *item = &r->o->items[owner];
	struct gm_rollout made = { .id = item->id, .window = item->window };

	if (gm_short_name(&made.name, r->cx->arena, r->flux, item->id, r->err) <
	    0)
		return -1;
	if (item->flag && strncmp(item->flag, "none", 4) != 0)
		made.flag = item->flag;
	for (size_t i = 0; i < r->o->n; i++) {
		enum kind kind = kind_of(&r->o->items[i]);
		struct gm_member *m;

		if (r->owner[i] != owner)
			continue;
		m = kind == BACKFILL ? GM_PUSH(r->cx->arena, &made.backfills)
				     : gm_alloc(r->cx->arena, sizeof(*m));
		if (read_member(m, r, i) < 0)
			return -1;
		if (kind == EXPAND)
			made.expand = m;
		else if (kind == CONTRACT)
			made.contract = m;
	}
	*out = made;
	return 0;
}

static int same_name(const char *one, const char *two, const char *name,
		     struct gm_err *err)
{
	gm_fail(err, GM_EINPUT,
		"R2: the objects of '%s' and '%s' would have the same names",
		one, two);
	return gm_hint(err,
		       "Both are called '%s': give one another name in the"
		       " policy: flux: {names: {\"%s\": \"m0042\"}}.",
		       name, two);
}

/*
 * No two rollouts may share names, also with those that are not asked for:
 * one would take the other's place.
 */
static int check_names(struct reader *r, const bool *want)
{
	struct gm_map seen = gm_map(r->cx->arena);

	for (size_t i = 0; i < r->o->n; i++) {
		struct gm_err ignored = GM_ERR_INIT;
		const char *name;
		size_t *other;

		if (r->owner[i] != i ||
		    gm_short_name(&name, r->cx->arena, r->flux,
				  r->o->items[i].id, &ignored) < 0)
			continue;
		other = gm_map_get(&seen, gm_str(name));
		if (other && (want[i] || want[*other]))
			return same_name(r->o->items[*other].id,
					 r->o->items[i].id, name, r->err);
		other = gm_alloc(r->cx->arena, sizeof(*other));
		*other = i;
		gm_map_set(&seen, gm_str(name), other);
	}
	return 0;
}

static int wanted(bool *want, struct reader *r, const struct gm_strings *ids)
{
	for (size_t i = 0; !ids->n && i < r->o->n; i++)
		want[r->owner[i]] = true;
	for (size_t i = 0; i < ids->n; i++) {
		size_t at = 0;

		if (gm_pick(&at, r->cx->arena, r->o, ids->items[i], r->err) < 0)
			return -1;
		want[r->owner[at]] = true;
	}
	return 0;
}

int gm_cmd_owners(size_t **out, struct gm_ctx *cx, const struct gm_overview *o,
		  struct gm_err *err)
{
	struct reader r = {
		.cx = cx,
		.o = o,
		.details = gm_alloc_n(cx->arena, o->n, sizeof(*r.details)),
		.owner = gm_alloc_n(cx->arena, o->n, sizeof(*r.owner)),
		.err = err,
	};

	*out = r.owner;
	return find_owners(&r);
}

int gm_cmd_rollouts(struct gm_rollouts *out, struct gm_ctx *cx,
		    const struct gm_overview *o,
		    const struct gm_policy_flux *flux,
		    const struct gm_strings *ids, struct gm_err *err)
{
	struct reader r = {
		.cx = cx,
		.o = o,
		.flux = flux,
		.details = gm_alloc_n(cx->arena, o->n, sizeof(*r.details)),
		.owner = gm_alloc_n(cx->arena, o->n, sizeof(*r.owner)),
		.err = err,
	};
	bool *want = gm_alloc_n(cx->arena, o->n, sizeof(*want));
	struct gm_rollouts made = { 0 };
	struct gm_bundling bundling;

	if (flux->by_tool) {
		if (gm_bundling_open(&bundling, cx, o, NULL, err) < 0)
			return -1;
		r.bundling = &bundling;
	}
	if (find_owners(&r) < 0 || wanted(want, &r, ids) < 0 ||
	    check_names(&r, want) < 0)
		return -1;
	for (size_t i = 0; i < o->n; i++) {
		struct gm_rollout rollout;

		if (!want[i])
			continue;
		if (make(&rollout, &r, i) < 0)
			return -1;
		*GM_PUSH(cx->arena, &made) = rollout;
	}
	*out = made;
	return 0;
}
