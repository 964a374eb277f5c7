/*
 * sql/read: what runs later and elsewhere: defaults, checks, policies, views,
 * triggers, and what older objects call that was replaced.
 */
#include "sql/read.h"

#include <string.h>

void gm_run_later(struct gm_sql_reader *r, const ProtobufCMessage *m)
{
	enum gm_class least = r->least;
	bool lenient = r->lenient;

	if (!m)
		return;
	r->least = GM_CLASS_CONTRACT;
	r->lenient = true;
	r->later++;
	gm_run(r, m);
	r->later--;
	r->least = least;
	r->lenient = lenient;
}

void gm_judge_later(struct gm_sql_reader *r, const ProtobufCMessage *m,
		    struct gm_later *out)
{
	struct gm_sql_stmt now = r->now;
	enum gm_class least = r->least;
	bool lenient = r->lenient;

	if (!m)
		return;
	r->now.class_ = GM_CLASS_NEUTRAL;
	r->now.why = NULL;
	r->lenient = false;
	r->scope.maybe++;
	r->later++;
	gm_run(r, m);
	r->later--;
	r->scope.maybe--;
	if (r->now.why && (!out->why || (int)r->now.class_ > out->class_))
		*out = (struct gm_later){ (int)r->now.class_, r->now.why };
	if (out->why &&
	    (!r->scope.worst.why || out->class_ > r->scope.worst.class_))
		r->scope.worst = *out;
	r->now = now;
	r->least = least;
	r->lenient = lenient;
}

void gm_judge_rows(struct gm_sql_reader *r, struct gm_rel *rel,
		   const ProtobufCMessage *m, int location)
{
	struct gm_later now = { 0 };

	gm_judge_later(r, m, &now);
	if (!now.why)
		return;
	if (!rel->writes.why || now.class_ > rel->writes.class_)
		rel->writes = now;
	/* For the rows that are there it runs at once. */
	if (rel->written || rel->linked)
		gm_raise(r, (enum gm_class)now.class_, location,
			 "checks or fills rows with what %s", now.why);
}

void gm_link_foreign(struct gm_sql_reader *r, const PgQuery__Constraint *c)
{
	bool acts = *c->fk_del_action && *c->fk_upd_action &&
		    (!strchr("ar", *c->fk_del_action) ||
		     !strchr("ar", *c->fk_upd_action));

	if (c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN && acts)
		gm_scope_touch(&r->scope, c->pktable)->acts = true;
}

static bool visit_system(void *ctx, const ProtobufCMessage *m)
{
	bool *found = ctx;

	if (m->descriptor == &pg_query__range_var__descriptor)
		*found |= gm_is_system((const PgQuery__RangeVar *)m);
	return true;
}

void gm_judge_view(struct gm_sql_reader *r, struct gm_rel *rel,
		   const PgQuery__Node *query)
{
	bool system = false;

	gm_judge_later(r, gm_node_message(query), &rel->reads);
	gm_tree_walk(gm_node_message(query), visit_system, &system);
	if (system)
		rel->writes =
			(struct gm_later){ GM_CLASS_OPAQUE,
					   "is a view of the system's tables" };
	rel->linked = true;
}

void gm_read_view(struct gm_sql_reader *r, const PgQuery__RangeVar *rel)
{
	const struct gm_rel *found = gm_scope_maybe_rel(&r->scope, rel);
	bool all = !gm_scope_rel(&r->scope, rel);

	for (; found; found = all ? found->same : NULL)
		if (found->reads.why)
			gm_raise(r, (enum gm_class)found->reads.class_,
				 rel->location, "reads view %s, which %s",
				 gm_rel_name(&r->scratch, rel),
				 found->reads.why);
	if (!r->later)
		gm_run_replaced(r, rel, false);
}

void gm_use_type(struct gm_sql_reader *r, const PgQuery__TypeName *type)
{
	const struct gm_domain *d = gm_scope_domain(
		&r->scope, gm_names_schema(type->names, type->n_names),
		gm_names_last(type->names, type->n_names));

	if (d && d->casts.why && !r->lenient)
		gm_raise(r, (enum gm_class)d->casts.class_, type->location,
			 "makes a value of domain %s, which %s",
			 gm_names(&r->scratch, type->names, type->n_names),
			 d->casts.why);
}

/* Neither of the two ever goes back. */
static size_t changes(const struct gm_sql_reader *r)
{
	return r->scope.changes + r->scope.hooked + 1;
}

/* Many statements fire the same: a body is read again when it may differ. */
static void judge_function(struct gm_sql_reader *r, struct gm_func *f,
			   int location)
{
	struct gm_sql_stmt now = r->now;
	enum gm_class least = r->least;

	r->now.class_ = GM_CLASS_NEUTRAL;
	r->now.why = NULL;
	r->now.objects = (struct gm_sql_objects){ 0 };
	r->least = GM_CLASS_NEUTRAL;
	gm_run_function(r, f, location);
	f->known = (struct gm_later){ (int)r->now.class_, r->now.why };
	f->objects = r->now.objects;
	f->judged = changes(r);
	r->now = now;
	r->least = least;
}

static void run_again(struct gm_sql_reader *r, struct gm_func *f, int location)
{
	if (r->depth || r->later || r->lenient) {
		gm_run_function(r, f, location);
		return;
	}
	if (f->judged != changes(r))
		judge_function(r, f, location);
	if (f->known.why)
		gm_raise(r, (enum gm_class)f->known.class_, location, "%s",
			 f->known.why);
	gm_touch_all(r, &f->objects);
}

void gm_run_replaced(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		     bool writes)
{
	const struct gm_replaced *f = r->scope.replaced;
	const struct gm_rel *found = gm_scope_rel(&r->scope, rel);
	enum gm_class least = r->least;

	if (!f || (found && gm_scope_filled(&r->scope, rel) &&
		   !found->triggers && !found->inherits))
		return;
	if (r->scope.n_replaced > GM_SCOPE_MAX_TRIGGERS)
		gm_raise(r, GM_CLASS_OPAQUE, rel->location,
			 "may run more functions than can be read");
	r->least = GM_CLASS_CONTRACT;
	for (; f; f = f->next)
		if (writes || !f->trigger)
			run_again(r, f->func, rel->location);
	r->least = least;
}

/* Trigger functions that come with PostgreSQL. */
static bool is_harmless_trigger(const struct gm_trig *t)
{
	static const char *const names[] = {
		"moddatetime",
		"suppress_redundant_updates_trigger",
		"tsvector_update_trigger",
		"tsvector_update_trigger_column",
	};

	for (size_t i = 0; i < GM_COUNT(names); i++)
		if (!strcmp(t->func, names[i]))
			return true;
	return false;
}

/* Of a trigger made here it is known that it fires, on whatever table. */
static void fire(struct gm_sql_reader *r, const struct gm_trig *t, int location,
		 bool inserts)
{
	struct gm_func *f = gm_scope_maybe_func(&r->scope, t->schema, t->func);

	if (!f && (t->inserts || !inserts) && !is_harmless_trigger(t))
		gm_raise(r, GM_CLASS_OPAQUE, location,
			 "fires a trigger that calls %s(), which is not defined"
			 " here",
			 t->func);
	for (; f; f = gm_scope_next_func(f, t->schema))
		if (!f->min_args)
			run_again(r, f, location);
}

static void fire_all(struct gm_sql_reader *r, const struct gm_rel *rel,
		     int location, bool inserts)
{
	const struct gm_trig *t = rel->triggers;

	if (rel->n_triggers > GM_SCOPE_MAX_TRIGGERS)
		gm_raise(r, GM_CLASS_OPAQUE, location,
			 "runs more triggers than can be read");
	if (rel->writes.why)
		gm_raise(r, (enum gm_class)rel->writes.class_, location,
			 "writes rows of what %s", rel->writes.why);
	for (; t; t = t->next)
		fire(r, t, location, inserts);
}

/* Those of other tables, which this one leads to. */
static void fire_linked(struct gm_sql_reader *r, int location, bool inserts)
{
	const struct gm_trig *t = r->scope.triggers;

	if (r->scope.n_triggers > GM_SCOPE_MAX_NAMESAKES)
		gm_raise(r, GM_CLASS_OPAQUE, location,
			 "may run more triggers than can be read");
	for (; t; t = t->all)
		fire(r, t, location, inserts);
}

void gm_run_triggers(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		     bool inserts)
{
	const struct gm_rel *found = gm_scope_maybe_rel(&r->scope, rel);
	bool all = !gm_scope_rel(&r->scope, rel);

	if (r->scope.blind)
		gm_raise(r, GM_CLASS_OPAQUE, rel->location,
			 "may fire a trigger made above, of which schema or"
			 " function are not known");
	if (r->scope.casts)
		gm_raise(r, GM_CLASS_OPAQUE, rel->location,
			 "may use a cast made above, whose function is not in"
			 " view");
	for (; found; found = all ? found->same : NULL) {
		fire_all(r, found, rel->location, inserts);
		if (found->linked && r->scope.worst.why)
			gm_raise(r, (enum gm_class)r->scope.worst.class_,
				 rel->location,
				 "writes rows of what may be several tables, of"
				 " which one %s",
				 r->scope.worst.why);
		if (found->linked || (found->acts && !inserts))
			fire_linked(r, rel->location, inserts);
	}
	gm_run_replaced(r, rel, true);
}
