/* sql/read: new tables, views, sequences and schemas. */
#include "sql/read.h"

#include <string.h>

static void add_columns(struct gm_sql_reader *r, struct gm_rel *rel,
			PgQuery__Node *const *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct gm_col *col;

		if (items[i]->node_case != GM_NODE(COLUMN_DEF))
			continue;
		col = gm_scope_add_col(&r->scope, rel,
				       items[i]->column_def->colname);
		col->value = GM_VALUE(ANY);
		col->type =
			gm_type_name(&r->keep, items[i]->column_def->type_name);
	}
}

/* With its transaction a table goes, and its name is that of an older one. */
static bool lasts(PgQuery__OnCommitAction action)
{
	return action != PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_DROP;
}

/* A partition may be given rows of its parent, which are not its own. */
static bool is_part_of_older(const struct gm_sql_reader *r,
			     const PgQuery__CreateStmt *s)
{
	for (size_t i = 0; s->partbound && i < s->n_inh_relations; i++)
		if (s->inh_relations[i]->node_case != GM_NODE(RANGE_VAR) ||
		    !gm_scope_created(&r->scope,
				      s->inh_relations[i]->range_var))
			return true;
	return false;
}

/* It has the defaults and checks of another. */
static void copy_likes(struct gm_rel *rel, const struct gm_rel *other)
{
	if (other && other->writes.why)
		rel->writes = other->writes;
	rel->inherits |= !other || !other->created || other->inherits;
}

/* What is written to a part is written to the whole, and the other way. */
static void link_parents(struct gm_sql_reader *r, struct gm_rel *rel,
			 const PgQuery__CreateStmt *s)
{
	for (size_t i = 0; i < s->n_inh_relations; i++) {
		const PgQuery__RangeVar *parent =
			s->inh_relations[i]->range_var;
		const struct gm_rel *found =
			gm_scope_maybe_rel(&r->scope, parent);

		gm_scope_touch(&r->scope, parent)->linked = true;
		rel->linked = true;
		copy_likes(rel, found);
	}
}

static void link_likes(struct gm_sql_reader *r, struct gm_rel *rel,
		       const PgQuery__CreateStmt *s)
{
	for (size_t i = 0; i < s->n_table_elts; i++)
		if (s->table_elts[i]->node_case == GM_NODE(TABLE_LIKE_CLAUSE))
			copy_likes(
				rel,
				gm_scope_maybe_rel(
					&r->scope,
					s->table_elts[i]
						->table_like_clause->relation));
}

static void create_table(struct gm_sql_reader *r, const PgQuery__CreateStmt *s,
			 bool foreign)
{
	struct gm_rel *rel;

	gm_raise(r, GM_CLASS_EXPAND, s->relation->location, "creates %s %s",
		 foreign ? "foreign table" : "table",
		 gm_rel_name(&r->scratch, s->relation));
	rel = gm_scope_create(&r->scope, s->relation,
			      !s->if_not_exists && lasts(s->oncommit) &&
				      !is_part_of_older(r, s));
	rel->table = !foreign;
	/* Its rows are elsewhere, also where it is part of another table. */
	r->scope.hooked |= foreign;
	if (rel->created)
		add_columns(r, rel, s->table_elts, s->n_table_elts);
	link_parents(r, rel, s);
	link_likes(r, rel, s);
	gm_run_later(r, &s->base);
	gm_judge_later(r, &s->base, &rel->writes);
	/* Bounds are computed at once. */
	if (s->partbound)
		gm_run(r, &s->partbound->base);
}

static void create_as(struct gm_sql_reader *r,
		      const PgQuery__CreateTableAsStmt *s)
{
	const PgQuery__RangeVar *rel = s->into->rel;
	bool view = s->objtype == GM_OBJECT(MATVIEW);
	struct gm_rel *made;

	gm_raise(r, GM_CLASS_EXPAND, rel->location, "creates %s %s",
		 view ? "materialized view" : "table",
		 gm_rel_name(&r->scratch, rel));
	/* CREATE TABLE ... AS EXECUTE is not a query. */
	r->later += view;
	gm_classify(r, s->query);
	r->later -= view;
	made = gm_scope_create(&r->scope, rel,
			       !s->if_not_exists && lasts(s->into->on_commit));
	made->table = !view;
	made->written = true;
}

/* SELECT * FROM one table and nothing else; yields the table. */
static const PgQuery__RangeVar *whole_table(const PgQuery__Node *query)
{
	const PgQuery__SelectStmt *s;
	const PgQuery__Node *val;

	if (!query || query->node_case != GM_NODE(SELECT_STMT))
		return NULL;
	s = query->select_stmt;
	if (s->n_distinct_clause || s->into_clause || s->n_target_list != 1 ||
	    s->n_from_clause != 1 || s->where_clause || s->n_group_clause ||
	    s->having_clause || s->n_window_clause || s->n_values_lists ||
	    s->n_sort_clause || s->limit_offset || s->limit_count ||
	    s->n_locking_clause || s->with_clause || s->larg)
		return NULL;
	if (s->from_clause[0]->node_case != GM_NODE(RANGE_VAR) ||
	    !s->from_clause[0]->range_var->inh ||
	    s->target_list[0]->node_case != GM_NODE(RES_TARGET))
		return NULL;
	val = s->target_list[0]->res_target->val;
	if (!val || val->node_case != GM_NODE(COLUMN_REF) ||
	    val->column_ref->n_fields != 1 ||
	    val->column_ref->fields[0]->node_case != GM_NODE(A_STAR))
		return NULL;
	return s->from_clause[0]->range_var;
}

static bool is_named(const struct gm_sql_reader *r,
		     const PgQuery__RangeVar *rel, const char *schema,
		     const char *name)
{
	const char *own = *rel->schemaname ? rel->schemaname : r->scope.path;

	return own && schema && !strcmp(own, schema) &&
	       !strcmp(rel->relname, name) && *rel->relpersistence != 't';
}

/* Does this view take the place of a table that was renamed? */
static bool replaces_renamed(struct gm_sql_reader *r,
			     const PgQuery__ViewStmt *s)
{
	const PgQuery__RangeVar *of = whole_table(s->query);
	bool plain = of && !s->n_aliases && !s->n_options && !r->scope.maybe &&
		     !r->depth;
	bool found = false;

	for (size_t i = 0; i < r->renamed.n; i++) {
		struct gm_renamed *renamed = &r->renamed.items[i];

		if (!is_named(r, s->view, renamed->schema, renamed->old))
			continue;
		renamed->view = r->out->n;
		renamed->good = plain && renamed->unit == r->scope.units &&
				is_named(r, of, renamed->schema, renamed->name);
		found |= renamed->good;
	}
	return found;
}

static void create_view(struct gm_sql_reader *r, const PgQuery__ViewStmt *s)
{
	bool stands_in = replaces_renamed(r, s);
	struct gm_rel *rel;

	gm_raise(r, GM_CLASS_EXPAND, s->view->location, "%s view %s",
		 s->replace ? "creates or replaces" : "creates",
		 gm_rel_name(&r->scratch, s->view));
	if (s->replace) {
		r->scope.hooked |= !gm_scope_created(&r->scope, s->view);
		rel = gm_scope_touch(&r->scope, s->view);
	} else {
		rel = gm_scope_create(&r->scope, s->view, true);
	}
	gm_judge_view(r, rel, s->query);
	/* Old code takes it for the table: it is not ours to change. */
	if (stands_in)
		rel->created = false;
}

static void create_schema(struct gm_sql_reader *r,
			  const PgQuery__CreateSchemaStmt *s)
{
	const char *name = s->schemaname, *path = r->scope.path;

	if (!*name && s->authrole)
		name = s->authrole->rolename;
	gm_raise(r, GM_CLASS_EXPAND, 0, "creates schema %s", name);
	if (!s->if_not_exists && *name)
		gm_scope_make(&r->scope, GM_OBJECT(SCHEMA), "", name, NULL);
	/* What is created with it goes there. */
	r->scope.path = *name ? gm_strdup(&r->keep, name) : NULL;
	for (size_t i = 0; i < s->n_schema_elts; i++)
		gm_classify(r, s->schema_elts[i]);
	r->scope.path = path;
}

bool gm_classify_create(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(CREATE_STMT):
		create_table(r, n->create_stmt, false);
		return true;
	case GM_NODE(CREATE_FOREIGN_TABLE_STMT):
		create_table(r, n->create_foreign_table_stmt->base_stmt, true);
		return true;
	case GM_NODE(IMPORT_FOREIGN_SCHEMA_STMT):
		gm_raise(r, GM_CLASS_EXPAND, 0,
			 "creates the foreign tables of %s",
			 n->import_foreign_schema_stmt->server_name);
		return true;
	case GM_NODE(CREATE_TABLE_AS_STMT):
		create_as(r, n->create_table_as_stmt);
		return true;
	case GM_NODE(VIEW_STMT):
		create_view(r, n->view_stmt);
		return true;
	case GM_NODE(CREATE_SEQ_STMT):
		gm_raise(
			r, GM_CLASS_EXPAND,
			n->create_seq_stmt->sequence->location,
			"creates sequence %s",
			gm_rel_name(&r->scratch, n->create_seq_stmt->sequence));
		gm_scope_create(&r->scope, n->create_seq_stmt->sequence,
				!n->create_seq_stmt->if_not_exists);
		return true;
	case GM_NODE(INDEX_STMT):
		gm_create_index(r, n->index_stmt);
		return true;
	case GM_NODE(CREATE_SCHEMA_STMT):
		create_schema(r, n->create_schema_stmt);
		return true;
	default:
		return false;
	}
}
