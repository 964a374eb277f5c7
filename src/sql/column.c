/* sql/read: columns, constraints and indexes of tables that exist. */
#include "sql/read.h"

#include <string.h>

#include "base/buf.h"

#define CONSTR(name) PG_QUERY__CONSTR_TYPE__CONSTR_##name

/* Does an expression read columns that were there before? */
struct expr {
	const struct gm_rel *rel;
	const struct gm_col *self; /* a column that is being added, or NULL */
	bool old;
};

static bool visit_expr(void *ctx, const ProtobufCMessage *m)
{
	const PgQuery__ColumnRef *c = (const PgQuery__ColumnRef *)m;
	struct expr *e = ctx;
	const char *name;

	if (m->descriptor != &pg_query__column_ref__descriptor)
		return true;
	name = gm_names_last(c->fields, c->n_fields);
	e->old |= !(e->self && !strcmp(name, e->self->name)) &&
		  !gm_scope_col(e->rel, name);
	return true;
}

/* The functions of DEFAULT are run for the rows that are there. */
static void run_defaults(struct gm_sql_reader *r, const PgQuery__ColumnDef *def)
{
	enum gm_class least = r->least;
	bool lenient = r->lenient;

	r->least = GM_CLASS_CONTRACT;
	r->later++;
	for (size_t i = 0; i < def->n_constraints; i++) {
		const PgQuery__Constraint *c = def->constraints[i]->constraint;

		r->lenient = lenient || c->contype != CONSTR(DEFAULT);
		gm_run_node(r, c->raw_expr);
	}
	r->later--;
	r->least = least;
	r->lenient = lenient;
}

static void add_to_old(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		       const struct gm_col *col, const PgQuery__ColumnDef *def)
{
	const char *table = gm_rel_name(&r->scratch, rel);

	if (col->not_null && !gm_value_given(col->value))
		gm_raise(r, GM_CLASS_CONTRACT, def->location,
			 "adds column %s.%s, which is NOT NULL and has no"
			 " default%s, so inserts of old code fail",
			 table, col->name,
			 col->value.kind == GM_VALUE_NULL
				 ? ""
				 : " that is certainly not NULL");
	else
		gm_raise(r, GM_CLASS_EXPAND, def->location, "adds column %s.%s",
			 table, col->name);
}

void gm_add_column(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		   const PgQuery__ColumnDef *def, bool if_not_exists)
{
	struct gm_rel *entry = gm_scope_touch(&r->scope, rel);
	struct gm_col *col;

	col = gm_scope_add_col(&r->scope, entry, def->colname);
	gm_describe(r, col, rel, def);
	if (gm_scope_created(&r->scope, rel)) {
		gm_raise(r, GM_CLASS_EXPAND, def->location, "adds column %s.%s",
			 gm_rel_name(&r->scratch, rel), col->name);
		gm_run_later(r, &def->base);
		gm_judge_rows(r, entry, &def->base, def->location);
	} else {
		/* Its default may be that of a new sequence or function. */
		r->scope.hooked |= def->n_constraints > 0;
		add_to_old(r, rel, col, def);
		gm_use_type(r, def->type_name);
		gm_judge_later(r, &def->base, &entry->writes);
		gm_use_domain(r, rel, col, def->location);
		for (size_t i = 0; i < def->n_constraints; i++)
			gm_add_constraint_of(
				r, rel, def->constraints[i]->constraint, col);
		run_defaults(r, def);
	}
	/* It may have been there, with another shape. */
	col->maybe = if_not_exists || r->scope.maybe;
}

/*
 * Rows that old code inserts get these columns by default.  Can two of them
 * be equal in all of the columns?
 */
static bool may_collide(const struct gm_rel *entry, const char *const *names,
			size_t n, bool nulls_equal)
{
	for (size_t i = 0; i < n; i++) {
		const struct gm_col *col = gm_scope_col(entry, names[i]);

		if (col && (col->distinct ||
			    (col->value.kind == GM_VALUE_NULL && !nulls_equal)))
			return false;
	}
	return true;
}

static bool all_new(const struct gm_rel *entry, const char *const *names,
		    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!gm_scope_col(entry, names[i]))
			return false;
	return n > 0;
}

static void judge_unique(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
			 const char *what, int location,
			 const struct gm_strings *names, bool nulls_equal)
{
	const struct gm_rel *entry = gm_scope_rel(&r->scope, rel);
	const char *table = gm_rel_name(&r->scratch, rel);

	if (!all_new(entry, names->items, names->n))
		gm_raise(r, GM_CLASS_CONTRACT, location,
			 "adds a %s on %s, whose rows existed before", what,
			 table);
	else if (may_collide(entry, names->items, names->n, nulls_equal))
		gm_raise(r, GM_CLASS_CONTRACT, location,
			 "adds a %s on %s, which old code fills with equal"
			 " values",
			 what, table);
	else
		gm_raise(r, GM_CLASS_EXPAND, location,
			 "adds a %s on new columns of %s", what, table);
	for (size_t i = 0; i < names->n; i++) {
		struct gm_col *col = gm_scope_any_col(entry, names->items[i]);

		if (col)
			col->unique = true;
	}
}

static struct gm_strings strings_of(struct gm_sql_reader *r,
				    PgQuery__Node *const *items, size_t n)
{
	struct gm_strings out = { 0 };

	for (size_t i = 0; i < n; i++)
		*GM_PUSH(&r->scratch, &out) = gm_names_last(&items[i], 1);
	return out;
}

/* UNIQUE or PRIMARY KEY; `self` is the column it stands behind, or NULL. */
static void add_key(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		    const PgQuery__Constraint *c, struct gm_col *self)
{
	bool primary = c->contype == CONSTR(PRIMARY);
	const char *what = primary ? "primary key" : "unique constraint";
	struct gm_strings names = strings_of(r, c->keys, c->n_keys);
	struct gm_rel *entry = gm_scope_touch(&r->scope, rel);
	const struct gm_rel *index;

	if (*c->indexname) {
		index = gm_scope_rel_named(&r->scope, rel->schemaname,
					   c->indexname);
		gm_raise_unless(
			r, index && index->created && index->unique && !primary,
			c->location, "turns index %s into a %s of %s",
			c->indexname, what, gm_rel_name(&r->scratch, rel));
		return;
	}
	if (self)
		*GM_PUSH(&r->scratch, &names) = self->name;
	judge_unique(r, rel, what, c->location, &names, c->nulls_not_distinct);
	for (size_t i = 0; primary && i < names.n; i++) {
		struct gm_col *col = gm_scope_col(entry, names.items[i]);

		if (col && !gm_value_given(col->value))
			gm_raise(r, GM_CLASS_CONTRACT, c->location,
				 "adds a primary key on %s, whose column %s"
				 " may be NULL by default",
				 gm_rel_name(&r->scratch, rel), col->name);
		if (col)
			col->not_null = true;
	}
	gm_hazard(r, GM_RULE_INDEX_NOT_CONCURRENT,
		  "builds the index of a constraint under a lock that blocks"
		  " reads and writes");
}

static void add_check(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		      const PgQuery__Constraint *c, const struct gm_col *self)
{
	struct expr e = { .rel = gm_scope_rel(&r->scope, rel), .self = self };

	if (!c->raw_expr)
		return;
	gm_tree_walk(&c->raw_expr->base, visit_expr, &e);
	if (e.old || (!self && !e.rel))
		gm_raise(r, GM_CLASS_CONTRACT, c->location,
			 "adds a check on %s, whose rows existed before",
			 gm_rel_name(&r->scratch, rel));
	else
		gm_check_added(r, rel, c, self);
}

static void add_foreign_key(struct gm_sql_reader *r,
			    const PgQuery__RangeVar *rel,
			    const PgQuery__Constraint *c,
			    const struct gm_col *self)
{
	struct gm_strings names = strings_of(r, c->fk_attrs, c->n_fk_attrs);
	const struct gm_rel *entry = gm_scope_rel(&r->scope, rel);
	const char *table = gm_rel_name(&r->scratch, rel);
	bool own = self || all_new(entry, names.items, names.n);

	if (self)
		*GM_PUSH(&r->scratch, &names) = self->name;
	gm_link_foreign(r, c);
	gm_foreign_key_added(r, c, entry, table, &names);
	gm_raise_unless(r, own, c->location, "adds a foreign key on %s%s",
			table, own ? "" : ", whose rows existed before");
}

void gm_add_constraint_of(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
			  const PgQuery__Constraint *c, struct gm_col *self)
{
	switch (c->contype) {
	case CONSTR(CHECK):
		add_check(r, rel, c, self);
		break;
	case CONSTR(PRIMARY):
	case CONSTR(UNIQUE):
		add_key(r, rel, c, self);
		break;
	case CONSTR(FOREIGN):
		add_foreign_key(r, rel, c, self);
		break;
	case CONSTR(EXCLUSION):
		gm_raise(r, GM_CLASS_CONTRACT, c->location,
			 "adds an exclusion constraint on %s, whose rows"
			 " existed before",
			 gm_rel_name(&r->scratch, rel));
		break;
	default:
		/* Of a column: judged with its definition. */
		if (!self)
			gm_raise(r, GM_CLASS_CONTRACT, c->location,
				 "adds a constraint on %s",
				 gm_rel_name(&r->scratch, rel));
	}
}

void gm_add_constraint(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		       const PgQuery__Constraint *c)
{
	const char *schema =
		gm_scope_schema(&r->scope, rel->schemaname, rel->relname);

	if (gm_scope_created(&r->scope, rel))
		gm_raise(r, GM_CLASS_EXPAND, c->location,
			 "adds a constraint on %s, which this migration made",
			 gm_rel_name(&r->scratch, rel));
	else
		gm_add_constraint_of(r, rel, c, NULL);
	gm_run_later(r, &c->base);
	gm_judge_rows(r, gm_scope_touch(&r->scope, rel),
		      gm_node_message(c->raw_expr), c->location);
	if (*c->conname)
		gm_scope_make(&r->scope, GM_OBJECT(TABCONSTRAINT), schema,
			      c->conname, rel->relname);
}

/* The columns of an index; an expression counts by the columns it reads. */
static struct gm_strings index_columns(struct gm_sql_reader *r,
				       const PgQuery__IndexStmt *s)
{
	const struct gm_rel *entry = gm_scope_rel(&r->scope, s->relation);
	struct gm_strings names = { 0 };

	for (size_t i = 0; i < s->n_index_params; i++) {
		const PgQuery__IndexElem *elem = s->index_params[i]->index_elem;
		struct expr e = { .rel = entry };

		if (elem->expr)
			gm_tree_walk(&elem->expr->base, visit_expr, &e);
		/* No column is called that: it was there before. */
		*GM_PUSH(&r->scratch, &names) = !elem->expr ? elem->name
						: e.old     ? ""
							    : NULL;
		if (!names.items[names.n - 1])
			names.n--;
	}
	return names;
}

void gm_create_index(struct gm_sql_reader *r, const PgQuery__IndexStmt *s)
{
	const char *table = gm_rel_name(&r->scratch, s->relation);
	struct gm_strings names = index_columns(r, s);
	struct gm_rel *entry;

	if (gm_scope_created(&r->scope, s->relation)) {
		gm_raise(r, GM_CLASS_EXPAND, s->relation->location,
			 "creates an index on %s, which this migration made",
			 table);
	} else {
		if (s->unique)
			judge_unique(r, s->relation, "unique index",
				     s->relation->location, &names,
				     s->nulls_not_distinct);
		else
			gm_raise(r, GM_CLASS_EXPAND, s->relation->location,
				 "creates an index on %s", table);
		/* ON ONLY builds nothing. */
		if (!s->concurrent && s->relation->inh)
			gm_hazard(r, GM_RULE_INDEX_NOT_CONCURRENT,
				  "builds an index under a lock that blocks"
				  " writes");
	}
	gm_run_later(r, &s->base);
	if (!*s->idxname)
		return;
	entry = gm_scope_create_named(&r->scope,
				      gm_scope_schema(&r->scope,
						      s->relation->schemaname,
						      s->relation->relname),
				      s->idxname, !s->if_not_exists);
	entry->unique = s->unique;
	entry->of_schema = gm_strdup(&r->keep, s->relation->schemaname);
	entry->of = gm_strdup(&r->keep, s->relation->relname);
}

/* "pg_catalog.varchar(10)" in parts. */
struct type {
	char name[64];
	int mods[2];
	int n;
};

static bool parse_type(struct type *out, const char *text)
{
	struct gm_str part, rest = gm_str(text);
	uint64_t value;

	if (gm_str_starts(rest, GM_STR("pg_catalog.")))
		rest = gm_str_sub(rest, 11, rest.len);
	*out = (struct type){ 0 };
	if (!gm_str_split(&part, &rest, '(') || part.len >= sizeof(out->name))
		return false;
	memcpy(out->name, part.ptr, part.len);
	if (rest.len && rest.ptr[rest.len - 1] == ')')
		rest.len--;
	while (gm_str_split(&part, &rest, ',')) {
		if (out->n == 2 || !gm_str_uint(&value, part) ||
		    value > INT32_MAX)
			return false;
		out->mods[out->n++] = (int)value;
	}
	return true;
}

bool gm_type_widens(const char *from, const char *to)
{
	static const char *const lengths[] = { "varchar",   "varbit",
					       "timestamp", "timestamptz",
					       "time",      "timetz" };
	struct type a, b;

	if (!parse_type(&a, from) || !parse_type(&b, to))
		return false;
	if (!strcmp(from, to) && strcmp(from, "?"))
		return true;
	if (!strcmp(a.name, "varchar") && !strcmp(b.name, "text"))
		return true;
	if (!strcmp(a.name, "text") && !strcmp(b.name, "varchar"))
		return b.n == 0;
	if (!strcmp(a.name, "cidr") && !strcmp(b.name, "inet"))
		return true;
	if (strcmp(a.name, b.name))
		return false;
	for (size_t i = 0; i < GM_COUNT(lengths); i++)
		if (!strcmp(a.name, lengths[i]))
			return b.n == 0 || (a.n && b.mods[0] >= a.mods[0]);
	if (!strcmp(a.name, "numeric"))
		return b.n == 0 || (a.n && b.mods[0] >= a.mods[0] &&
				    b.mods[1] == a.mods[1]);
	return false;
}
