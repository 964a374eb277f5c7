/*
 * sql/read: columns that were added to older tables, and what old code, which
 * does not know them, leaves in them: their defaults.
 */
#include "sql/read.h"

#include <string.h>

#include "sql/prove.h"

#define CONSTR(name) PG_QUERY__CONSTR_TYPE__CONSTR_##name

static bool is_named(const PgQuery__FuncCall *call, const char *const *names,
		     size_t n)
{
	const char *name = gm_names_last(call->funcname, call->n_funcname);
	const char *schema = gm_names_schema(call->funcname, call->n_funcname);

	if (schema && strcmp(schema, "pg_catalog") != 0 &&
	    strcmp(schema, "public") != 0 && strcmp(schema, "extensions") != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

bool gm_gives_distinct(const struct gm_sql_reader *r, const PgQuery__Node *node)
{
	static const char *const names[] = {
		"nextval",          "gen_random_uuid",    "uuid_generate_v1",
		"uuid_generate_v4", "uuid_generate_v1mc", "uuidv4",
		"uuidv7",
	};
	const PgQuery__FuncCall *call;

	while (node && node->node_case == GM_NODE(TYPE_CAST))
		node = node->type_cast->arg;
	if (!node || node->node_case != GM_NODE(FUNC_CALL))
		return false;
	call = node->func_call;
	return is_named(call, names, GM_COUNT(names)) &&
	       !gm_scope_maybe_func(
		       &r->scope, NULL,
		       gm_names_last(call->funcname, call->n_funcname));
}

static bool is_serial(const PgQuery__TypeName *type)
{
	static const char *const names[] = { "serial",      "serial4",
					     "bigserial",   "serial8",
					     "smallserial", "serial2" };
	const char *name =
		type ? gm_names_last(type->names, type->n_names) : "";

	for (size_t i = 0; type && type->n_names == 1 && i < GM_COUNT(names);
	     i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static struct gm_domain *domain_of(const struct gm_sql_reader *r,
				   const PgQuery__TypeName *type)
{
	if (!type || !type->n_names || type->n_array_bounds)
		return NULL;
	return gm_scope_domain(&r->scope,
			       gm_names_schema(type->names, type->n_names),
			       gm_names_last(type->names, type->n_names));
}

static struct gm_facts facts_of(struct gm_sql_reader *r,
				const PgQuery__RangeVar *rel)
{
	return (struct gm_facts){ .scope = &r->scope,
				  .rel = gm_scope_rel(&r->scope, rel),
				  .scratch = &r->scratch,
				  .budget = &r->budget };
}

static struct gm_value kept(struct gm_sql_reader *r, struct gm_value v)
{
	if (v.text)
		v.text = gm_strdup(&r->keep, v.text);
	return v;
}

struct gm_value gm_default_value(struct gm_sql_reader *r,
				 const PgQuery__RangeVar *rel,
				 const PgQuery__Node *expr, const char *type)
{
	struct gm_facts facts = facts_of(r, rel);

	return kept(r, gm_prove_as(&facts, expr, type));
}

/* The type behind a domain, and behind that one. */
static const char *base_type(const struct gm_domain *d, const char *type)
{
	for (; d; d = d->of)
		type = d->base;
	return type;
}

static void describe_one(struct gm_sql_reader *r, struct gm_col *col,
			 const PgQuery__RangeVar *rel,
			 const PgQuery__Constraint *c)
{
	switch (c->contype) {
	case CONSTR(NOTNULL):
	case CONSTR(PRIMARY):
		col->not_null = true;
		break;
	case CONSTR(DEFAULT):
		col->value = gm_default_value(
			r, rel, c->raw_expr, base_type(col->domain, col->type));
		col->distinct = gm_value_given(col->value) &&
				gm_gives_distinct(r, c->raw_expr);
		break;
	case CONSTR(IDENTITY):
		col->value = GM_VALUE(SOME);
		col->not_null = col->distinct = true;
		break;
	case CONSTR(GENERATED):
		/* The columns it reads are not NULL by their defaults. */
		col->value = gm_default_value(r, rel, c->raw_expr, col->type);
		if (gm_value_given(col->value))
			col->value = GM_VALUE(SOME);
		break;
	default:
		break;
	}
}

void gm_describe(struct gm_sql_reader *r, struct gm_col *col,
		 const PgQuery__RangeVar *rel, const PgQuery__ColumnDef *def)
{
	col->type = gm_type_name(&r->keep, def->type_name);
	col->domain = domain_of(r, def->type_name);
	if (is_serial(def->type_name)) {
		col->value = GM_VALUE(SOME);
		col->not_null = col->distinct = true;
	} else if (col->domain) {
		col->value = col->domain->value;
	}
	for (size_t i = 0; i < def->n_constraints; i++)
		describe_one(r, col, rel, def->constraints[i]->constraint);
	/* Another collation may take other texts for equal. */
	if (def->coll_clause && col->value.kind == GM_VALUE_TEXT)
		col->value.loose = true;
}

/* Does the domain take what old code leaves in the column? */
static bool domain_takes(struct gm_sql_reader *r, const struct gm_domain *d,
			 struct gm_value value)
{
	struct gm_facts facts = { .scope = &r->scope,
				  .value = &value,
				  .scratch = &r->scratch,
				  .budget = &r->budget };

	for (; d; d = d->of)
		if ((d->not_null && !gm_value_given(value)) ||
		    !gm_proves_all(&facts, &d->checks))
			return false;
	return true;
}

void gm_use_domain(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		   struct gm_col *col, int location)
{
	if (!col->domain)
		return;
	for (struct gm_domain *d = col->domain; d; d = d->of)
		d->used = true;
	if (!domain_takes(r, col->domain, col->value))
		gm_raise(r, GM_CLASS_CONTRACT, location,
			 "gives %s.%s a domain whose NOT NULL or check the"
			 " inserts of old code may fail",
			 gm_rel_name(&r->scratch, rel), col->name);
}

void gm_type_added(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		   struct gm_col *col, const PgQuery__TypeName *type,
		   int location)
{
	const struct gm_rel *entry = gm_scope_rel(&r->scope, rel);
	struct gm_facts facts = facts_of(r, rel);

	col->type = gm_type_name(&r->keep, type);
	col->domain = domain_of(r, type);
	col->value = gm_value_as(&r->keep, kept(r, col->value),
				 base_type(col->domain, col->type));
	gm_use_domain(r, rel, col, location);
	if (entry && !gm_proves_all(&facts, &entry->checks))
		gm_raise(r, GM_CLASS_CONTRACT, location,
			 "gives the new column %s.%s a type for which a check"
			 " may fail",
			 gm_rel_name(&r->scratch, rel), col->name);
}

/* What is wrong with old code's leaving this in the column; or NULL. */
static const char *trouble(struct gm_sql_reader *r,
			   const PgQuery__RangeVar *rel,
			   const struct gm_col *col)
{
	const struct gm_rel *entry = gm_scope_rel(&r->scope, rel);
	struct gm_facts facts = facts_of(r, rel);

	if (col->not_null && !gm_value_given(col->value))
		return "is NOT NULL, so inserts of old code fail";
	if (col->unique && col->value.kind != GM_VALUE_NULL && !col->distinct)
		return "is unique, so inserts of old code collide";
	if (col->refers && col->value.kind != GM_VALUE_NULL)
		return "refers to a row that may not be there";
	if ((entry && !gm_proves_all(&facts, &entry->checks)) ||
	    !domain_takes(r, col->domain, col->value))
		return "has a check, which inserts of old code may fail";
	return NULL;
}

void gm_default_changed(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
			struct gm_col *col, const PgQuery__Node *def,
			int location)
{
	struct gm_facts facts = facts_of(r, rel);
	const char *wrong;

	col->distinct = false;
	col->value = GM_VALUE(NULL);
	if (def)
		col->value = gm_default_value(
			r, rel, def, base_type(col->domain, col->type));
	if (gm_value_given(col->value))
		col->distinct = gm_gives_distinct(r, def);
	wrong = trouble(r, rel, col);
	if (def && gm_value_refused(gm_prove(&facts, def),
				    base_type(col->domain, col->type)))
		wrong = "cannot hold it";
	if (wrong)
		gm_raise(r, GM_CLASS_CONTRACT, location,
			 "changes the default of the new column %s.%s, which"
			 " %s",
			 gm_rel_name(&r->scratch, rel), col->name, wrong);
}

void gm_check_added(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		    const PgQuery__Constraint *c, const struct gm_col *self)
{
	struct gm_rel *entry = gm_scope_touch(&r->scope, rel);
	const char *table = gm_rel_name(&r->scratch, rel);
	struct gm_facts facts = facts_of(r, rel);

	facts.self = self;
	gm_keep_check(&r->keep, &entry->checks, c->raw_expr);
	if (gm_proves(&facts, c->raw_expr))
		gm_raise(r, GM_CLASS_EXPAND, c->location,
			 "adds a check on new columns of %s", table);
	else
		gm_raise(r, GM_CLASS_CONTRACT, c->location,
			 "adds a check on new columns of %s, which inserts of"
			 " old code may fail",
			 table);
}

static bool is_constant(struct gm_value v)
{
	return v.kind == GM_VALUE_NULL || v.kind == GM_VALUE_BOOL ||
	       v.kind == GM_VALUE_NUMBER || v.kind == GM_VALUE_TEXT;
}

void gm_foreign_key_added(struct gm_sql_reader *r, const PgQuery__Constraint *c,
			  const struct gm_rel *entry, const char *table,
			  const struct gm_strings *names)
{
	const struct gm_rel *to = gm_scope_rel(&r->scope, c->pktable);
	bool empty = gm_scope_created(&r->scope, c->pktable) &&
		     !(to && to->has_rows);
	size_t left = 0, given = 0;
	bool fixed = true;

	for (size_t i = 0; i < names->n; i++) {
		struct gm_col *col = gm_scope_any_col(entry, names->items[i]);

		if (!col || col->value.kind == GM_VALUE_NULL)
			left++;
		else
			given++;
		/* One row that is there proves nothing of the next value. */
		fixed &= !col || is_constant(col->value);
		if (col)
			col->refers = true;
	}
	/* Where one is NULL nothing is looked for, unless MATCH FULL. */
	if (!given || (left && *c->fk_matchtype != 'f'))
		return;
	if (empty || left || !fixed || c->skip_validation)
		gm_raise(r, GM_CLASS_CONTRACT, c->location,
			 "adds a foreign key on %s, whose default refers to a"
			 " row that may not be there",
			 table);
}

/* What CREATE DOMAIN says, also of the domain it is made of. */
void gm_describe_domain(struct gm_sql_reader *r, struct gm_domain *d,
			const PgQuery__CreateDomainStmt *s)
{
	struct gm_facts facts = { .scope = &r->scope,
				  .scratch = &r->scratch,
				  .budget = &r->budget };

	d->base = gm_type_name(&r->keep, s->type_name);
	d->of = domain_of(r, s->type_name);
	if (d->of)
		d->value = d->of->value;
	for (size_t i = 0; i < s->n_constraints; i++) {
		const PgQuery__Constraint *c = s->constraints[i]->constraint;

		if (c->contype == CONSTR(NOTNULL))
			d->not_null = true;
		else if (c->contype == CONSTR(CHECK))
			gm_keep_check(&r->keep, &d->checks, c->raw_expr);
		else if (c->contype == CONSTR(DEFAULT))
			d->value = kept(r, gm_prove_as(&facts, c->raw_expr,
						       base_type(d, "")));
	}
}

void gm_alter_domain(struct gm_sql_reader *r, struct gm_domain *d,
		     const PgQuery__AlterDomainStmt *s)
{
	struct gm_facts facts = { .scope = &r->scope,
				  .scratch = &r->scratch,
				  .budget = &r->budget };

	switch (*s->subtype) {
	case 'T':
		d->value = GM_VALUE(NULL);
		if (s->def)
			d->value = kept(r, gm_prove_as(&facts, s->def,
						       base_type(d, "")));
		break;
	case 'O':
		d->not_null = true;
		break;
	case 'C':
		if (s->def->constraint->contype == CONSTR(CHECK))
			gm_keep_check(&r->keep, &d->checks,
				      s->def->constraint->raw_expr);
		break;
	default:
		/* What is dropped may have been dropped in a branch. */
		break;
	}
}
