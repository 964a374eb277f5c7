/* sql/read: the objects that a statement is about. */
#include "sql/read.h"

#include <string.h>

/* The same few come again and again in a body. */
#define RECENT 16

bool gm_sql_same_object(const struct gm_sql_object *a,
			const struct gm_sql_object *b)
{
	return a->kind == b->kind && !strcmp(a->name, b->name) &&
	       !strcmp(a->column, b->column) &&
	       (!*a->schema || !*b->schema || !strcmp(a->schema, b->schema));
}

static const char *text(const char *s)
{
	return s ? s : "";
}

static bool is_listed(const struct gm_sql_objects *list,
		      const struct gm_sql_object *o)
{
	for (size_t i = list->n; i && i + RECENT > list->n; i--)
		if (gm_sql_same_object(&list->items[i - 1], o) &&
		    !strcmp(list->items[i - 1].schema, o->schema))
			return true;
	return false;
}

static void touch(struct gm_sql_reader *r, enum gm_sql_kind kind,
		  const char *schema, const char *name, const char *column)
{
	struct gm_sql_object o = { kind, text(schema), text(name),
				   text(column) };

	if (!*o.name || is_listed(&r->now.objects, &o))
		return;
	o.schema = gm_strdup(r->arena, o.schema);
	o.name = gm_strdup(r->arena, o.name);
	o.column = gm_strdup(r->arena, o.column);
	*GM_PUSH(r->arena, &r->now.objects) = o;
}

void gm_touch_all(struct gm_sql_reader *r, const struct gm_sql_objects *list)
{
	r->now.objects.more |= list->more;
	for (size_t i = 0; i < list->n; i++)
		touch(r, list->items[i].kind, list->items[i].schema,
		      list->items[i].name, list->items[i].column);
}

void gm_touch_table(struct gm_sql_reader *r, const PgQuery__RangeVar *rel)
{
	if (rel)
		touch(r, GM_SQL_TABLE, rel->schemaname, rel->relname, NULL);
}

static void touch_column(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
			 const char *column)
{
	if (rel && *text(column))
		touch(r, GM_SQL_COLUMN, rel->schemaname, rel->relname, column);
}

static void touch_columns(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
			  PgQuery__Node *const *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		touch_column(r, rel, gm_node_string(items[i]));
}

static void touch_names(struct gm_sql_reader *r, enum gm_sql_kind kind,
			PgQuery__Node *const *items, size_t n)
{
	touch(r, kind, gm_names_schema(items, n), gm_names_last(items, n),
	      NULL);
}

/* An index, and the table it is on if this file made it. */
static void touch_index(struct gm_sql_reader *r, const char *schema,
			const char *name)
{
	const struct gm_rel *rel = gm_scope_rel_named(&r->scope, schema, name);

	touch(r, GM_SQL_INDEX, schema, name, NULL);
	if (rel && rel->of)
		touch(r, GM_SQL_TABLE, rel->of_schema, rel->of, NULL);
}

static enum gm_sql_kind kind_of(int type)
{
	switch (type) {
	case GM_OBJECT(TABLE):
	case GM_OBJECT(VIEW):
	case GM_OBJECT(MATVIEW):
	case GM_OBJECT(SEQUENCE):
	case GM_OBJECT(FOREIGN_TABLE):
		return GM_SQL_TABLE;
	case GM_OBJECT(INDEX):
		return GM_SQL_INDEX;
	case GM_OBJECT(TYPE):
	case GM_OBJECT(DOMAIN):
		return GM_SQL_TYPE;
	case GM_OBJECT(FUNCTION):
	case GM_OBJECT(PROCEDURE):
	case GM_OBJECT(ROUTINE):
	case GM_OBJECT(AGGREGATE):
		return GM_SQL_FUNCTION;
	case GM_OBJECT(SCHEMA):
		return GM_SQL_SCHEMA;
	default:
		return GM_SQL_OTHER;
	}
}

static void touch_relation(struct gm_sql_reader *r, int type,
			   const PgQuery__RangeVar *rel)
{
	enum gm_sql_kind kind = kind_of(type);

	if (kind == GM_SQL_INDEX)
		touch_index(r, rel->schemaname, rel->relname);
	else
		touch(r, kind == GM_SQL_OTHER ? GM_SQL_TABLE : kind,
		      rel->schemaname, rel->relname, NULL);
}

/* [schema,] name, or of what hangs on a table: [schema,] table, name. */
static void touch_list(struct gm_sql_reader *r, int type,
		       PgQuery__Node *const *items, size_t n)
{
	bool on_table = type == GM_OBJECT(TRIGGER) || type == GM_OBJECT(RULE) ||
			type == GM_OBJECT(POLICY) ||
			type == GM_OBJECT(TABCONSTRAINT);
	enum gm_sql_kind kind = kind_of(type);

	if (kind == GM_SQL_INDEX)
		touch_index(r, gm_names_schema(items, n),
			    gm_names_last(items, n));
	else if (!on_table)
		touch_names(r, kind, items, n);
	if (!on_table || n < 2)
		return;
	touch_names(r, GM_SQL_TABLE, items, n - 1);
	touch(r, GM_SQL_OTHER, NULL, gm_names_last(items, n), NULL);
}

static void touch_object(struct gm_sql_reader *r, int type,
			 const PgQuery__Node *o)
{
	if (!o)
		return;
	switch (o->node_case) {
	case GM_NODE(RANGE_VAR):
		touch_relation(r, type, o->range_var);
		break;
	case GM_NODE(LIST):
		touch_list(r, type, o->list->items, o->list->n_items);
		break;
	case GM_NODE(TYPE_NAME):
		touch_names(r, GM_SQL_TYPE, o->type_name->names,
			    o->type_name->n_names);
		break;
	case GM_NODE(OBJECT_WITH_ARGS):
		touch_names(r, kind_of(type), o->object_with_args->objname,
			    o->object_with_args->n_objname);
		break;
	case GM_NODE(STRING):
		touch(r, kind_of(type), NULL, o->string->sval, NULL);
		break;
	case GM_NODE(ROLE_SPEC):
		touch(r, GM_SQL_OTHER, NULL, o->role_spec->rolename, NULL);
		break;
	default:
		break;
	}
}

static void touch_objects(struct gm_sql_reader *r, int type,
			  PgQuery__Node *const *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		touch_object(r, type, items[i]);
}

/* What goes along is not said. */
static void cascade(struct gm_sql_reader *r, PgQuery__DropBehavior behavior)
{
	r->now.objects.more |=
		behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
}

static void alter_command(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
			  const PgQuery__AlterTableCmd *c)
{
	const PgQuery__Node *def = c->def;

	switch (c->subtype) {
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
		touch_column(r, rel, def->column_def->colname);
		break;
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression:
		touch_column(r, rel, c->name);
		break;
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
		touch(r, GM_SQL_OTHER, NULL, def->constraint->conname, NULL);
		touch_columns(r, rel, def->constraint->keys,
			      def->constraint->n_keys);
		touch_columns(r, rel, def->constraint->fk_attrs,
			      def->constraint->n_fk_attrs);
		break;
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartitionFinalize:
		gm_touch_table(r, def->partition_cmd->name);
		break;
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit:
		gm_touch_table(r, def->range_var);
		break;
	default:
		touch(r, GM_SQL_OTHER, NULL, c->name, NULL);
	}
}

static void alter_table(struct gm_sql_reader *r,
			const PgQuery__AlterTableStmt *s)
{
	int type = (int)s->objtype;

	if (type == GM_OBJECT(TYPE))
		touch(r, GM_SQL_TYPE, s->relation->schemaname,
		      s->relation->relname, NULL);
	else
		touch_relation(r, type, s->relation);
	for (size_t i = 0; i < s->n_cmds; i++) {
		cascade(r, s->cmds[i]->alter_table_cmd->behavior);
		alter_command(r, s->relation, s->cmds[i]->alter_table_cmd);
	}
}

static void rename_(struct gm_sql_reader *r, const PgQuery__RenameStmt *s)
{
	int type = (int)s->rename_type;
	PgQuery__RangeVar as = { 0 };

	cascade(r, s->behavior);
	switch (type) {
	case GM_OBJECT(COLUMN):
	case GM_OBJECT(ATTRIBUTE):
		touch_relation(r, (int)s->relation_type, s->relation);
		touch_column(r, s->relation, s->subname);
		touch_column(r, s->relation, s->newname);
		return;
	case GM_OBJECT(TABCONSTRAINT):
	case GM_OBJECT(TRIGGER):
	case GM_OBJECT(RULE):
	case GM_OBJECT(POLICY):
		gm_touch_table(r, s->relation);
		touch(r, GM_SQL_OTHER, NULL, s->subname, NULL);
		touch(r, GM_SQL_OTHER, NULL, s->newname, NULL);
		return;
	default:
		break;
	}
	touch_object(r, type, s->object);
	if (s->relation) {
		touch_relation(r, type, s->relation);
		as.schemaname = s->relation->schemaname;
		as.relname = s->newname;
		touch_relation(r, type, &as);
	} else {
		if (!s->object)
			touch(r, kind_of(type), NULL, s->subname, NULL);
		touch(r, kind_of(type), NULL, s->newname, NULL);
	}
}

static void create_index(struct gm_sql_reader *r, const PgQuery__IndexStmt *s)
{
	touch(r, GM_SQL_INDEX, s->relation->schemaname, s->idxname, NULL);
	gm_touch_table(r, s->relation);
	for (size_t i = 0; i < s->n_index_params; i++)
		touch_column(r, s->relation,
			     s->index_params[i]->index_elem->name);
}

/* What is made or changed on a table and has a name of its own. */
static void touch_on(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		     const char *name)
{
	gm_touch_table(r, rel);
	touch(r, GM_SQL_OTHER, NULL, name, NULL);
}

static bool touch_made(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(CREATE_STMT):
		gm_touch_table(r, n->create_stmt->relation);
		return true;
	case GM_NODE(CREATE_FOREIGN_TABLE_STMT):
		gm_touch_table(
			r, n->create_foreign_table_stmt->base_stmt->relation);
		return true;
	case GM_NODE(CREATE_TABLE_AS_STMT):
		gm_touch_table(r, n->create_table_as_stmt->into->rel);
		return true;
	case GM_NODE(VIEW_STMT):
		gm_touch_table(r, n->view_stmt->view);
		return true;
	case GM_NODE(CREATE_SEQ_STMT):
		gm_touch_table(r, n->create_seq_stmt->sequence);
		return true;
	case GM_NODE(INDEX_STMT):
		create_index(r, n->index_stmt);
		return true;
	case GM_NODE(CREATE_SCHEMA_STMT):
		touch(r, GM_SQL_SCHEMA, NULL, n->create_schema_stmt->schemaname,
		      NULL);
		return true;
	case GM_NODE(CREATE_TRIG_STMT):
		touch_on(r, n->create_trig_stmt->relation,
			 n->create_trig_stmt->trigname);
		return true;
	case GM_NODE(RULE_STMT):
		touch_on(r, n->rule_stmt->relation, n->rule_stmt->rulename);
		return true;
	case GM_NODE(CREATE_POLICY_STMT):
		touch_on(r, n->create_policy_stmt->table,
			 n->create_policy_stmt->policy_name);
		return true;
	default:
		return false;
	}
}

static bool touch_defined(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(CREATE_FUNCTION_STMT):
		touch_names(r, GM_SQL_FUNCTION,
			    n->create_function_stmt->funcname,
			    n->create_function_stmt->n_funcname);
		return true;
	case GM_NODE(DEFINE_STMT):
		touch_names(r, kind_of((int)n->define_stmt->kind),
			    n->define_stmt->defnames,
			    n->define_stmt->n_defnames);
		return true;
	case GM_NODE(CREATE_ENUM_STMT):
		touch_names(r, GM_SQL_TYPE, n->create_enum_stmt->type_name,
			    n->create_enum_stmt->n_type_name);
		return true;
	case GM_NODE(CREATE_RANGE_STMT):
		touch_names(r, GM_SQL_TYPE, n->create_range_stmt->type_name,
			    n->create_range_stmt->n_type_name);
		return true;
	case GM_NODE(COMPOSITE_TYPE_STMT):
		touch(r, GM_SQL_TYPE,
		      n->composite_type_stmt->typevar->schemaname,
		      n->composite_type_stmt->typevar->relname, NULL);
		return true;
	case GM_NODE(CREATE_DOMAIN_STMT):
		touch_names(r, GM_SQL_TYPE, n->create_domain_stmt->domainname,
			    n->create_domain_stmt->n_domainname);
		return true;
	case GM_NODE(CREATE_EXTENSION_STMT):
		touch(r, GM_SQL_OTHER, NULL, n->create_extension_stmt->extname,
		      NULL);
		return true;
	case GM_NODE(CREATE_ROLE_STMT):
		touch(r, GM_SQL_OTHER, NULL, n->create_role_stmt->role, NULL);
		return true;
	case GM_NODE(CREATE_EVENT_TRIG_STMT):
		touch(r, GM_SQL_OTHER, NULL,
		      n->create_event_trig_stmt->trigname, NULL);
		return true;
	case GM_NODE(CREATE_PUBLICATION_STMT):
		touch(r, GM_SQL_OTHER, NULL,
		      n->create_publication_stmt->pubname, NULL);
		return true;
	default:
		return false;
	}
}

static void touch_moved(struct gm_sql_reader *r,
			const PgQuery__AlterObjectSchemaStmt *s)
{
	int type = (int)s->object_type;
	PgQuery__RangeVar as = { 0 };

	touch_object(r, type, s->object);
	if (!s->relation)
		return;
	touch_relation(r, type, s->relation);
	as.schemaname = s->newschema;
	as.relname = s->relation->relname;
	touch_relation(r, type, &as);
}

static bool touch_changed(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(ALTER_TABLE_STMT):
		alter_table(r, n->alter_table_stmt);
		return true;
	case GM_NODE(RENAME_STMT):
		rename_(r, n->rename_stmt);
		return true;
	case GM_NODE(ALTER_OBJECT_SCHEMA_STMT):
		touch_moved(r, n->alter_object_schema_stmt);
		return true;
	case GM_NODE(ALTER_OWNER_STMT):
		if (n->alter_owner_stmt->relation)
			gm_touch_table(r, n->alter_owner_stmt->relation);
		touch_object(r, (int)n->alter_owner_stmt->object_type,
			     n->alter_owner_stmt->object);
		return true;
	case GM_NODE(ALTER_SEQ_STMT):
		gm_touch_table(r, n->alter_seq_stmt->sequence);
		return true;
	case GM_NODE(ALTER_ENUM_STMT):
		touch_names(r, GM_SQL_TYPE, n->alter_enum_stmt->type_name,
			    n->alter_enum_stmt->n_type_name);
		return true;
	case GM_NODE(ALTER_TYPE_STMT):
		touch_names(r, GM_SQL_TYPE, n->alter_type_stmt->type_name,
			    n->alter_type_stmt->n_type_name);
		return true;
	case GM_NODE(ALTER_DOMAIN_STMT):
		cascade(r, n->alter_domain_stmt->behavior);
		touch_names(r, GM_SQL_TYPE, n->alter_domain_stmt->type_name,
			    n->alter_domain_stmt->n_type_name);
		return true;
	case GM_NODE(ALTER_FUNCTION_STMT):
		touch_names(r, GM_SQL_FUNCTION,
			    n->alter_function_stmt->func->objname,
			    n->alter_function_stmt->func->n_objname);
		return true;
	case GM_NODE(ALTER_POLICY_STMT):
		touch_on(r, n->alter_policy_stmt->table,
			 n->alter_policy_stmt->policy_name);
		return true;
	default:
		return false;
	}
}

/* ON ALL TABLES IN SCHEMA names schemas. */
static void grant(struct gm_sql_reader *r, const PgQuery__GrantStmt *s)
{
	bool all = s->targtype ==
		   PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_ALL_IN_SCHEMA;

	cascade(r, s->behavior);
	touch_objects(r, all ? GM_OBJECT(SCHEMA) : (int)s->objtype, s->objects,
		      s->n_objects);
}

void gm_touch(struct gm_sql_reader *r, const PgQuery__Node *stmt)
{
	if (touch_made(r, stmt) || touch_defined(r, stmt) ||
	    touch_changed(r, stmt))
		return;
	switch (stmt->node_case) {
	case GM_NODE(DROP_STMT):
		cascade(r, stmt->drop_stmt->behavior);
		touch_objects(r, (int)stmt->drop_stmt->remove_type,
			      stmt->drop_stmt->objects,
			      stmt->drop_stmt->n_objects);
		break;
	case GM_NODE(DROP_ROLE_STMT):
		touch_objects(r, GM_OBJECT(ROLE), stmt->drop_role_stmt->roles,
			      stmt->drop_role_stmt->n_roles);
		break;
	case GM_NODE(GRANT_STMT):
		grant(r, stmt->grant_stmt);
		break;
	case GM_NODE(TRUNCATE_STMT):
		cascade(r, stmt->truncate_stmt->behavior);
		break;
	default:
		break;
	}
}
