/* sql/read: what a migration drops. */
#include "sql/read.h"

#include <string.h>

struct name {
	const char *schema, *name;
	const char *shown; /* with all parts */
};

static struct name name_of(struct gm_sql_reader *r, PgQuery__Node *const *items,
			   size_t n)
{
	return (struct name){ gm_names_schema(items, n),
			      gm_names_last(items, n),
			      gm_names(&r->scratch, items, n) };
}

/* The last part of a dotted name, for finding its place. */
static const char *last_part(const char *shown)
{
	const char *dot = strrchr(shown, '.');

	return dot ? dot + 1 : shown;
}

static bool drop_relation(struct gm_sql_reader *r, const struct name *name)
{
	PgQuery__RangeVar rel = { 0 };
	char *schema = gm_strdup(&r->scratch, name->schema ? name->schema : "");
	char *relname = gm_strdup(&r->scratch, name->name);
	bool own;

	rel.schemaname = schema;
	rel.relname = relname;
	own = gm_scope_created(&r->scope, &rel);
	gm_scope_drop(&r->scope, name->schema, name->name);
	return own;
}

static bool drop_thing(struct gm_sql_reader *r, int kind, const char *schema,
		       const char *name, const char *of)
{
	bool own = gm_scope_thing(&r->scope, kind, schema, name, of) != NULL;

	gm_scope_unmake(&r->scope, kind, schema, name, of);
	return own;
}

static bool is_relation(int type)
{
	return type == GM_OBJECT(TABLE) || type == GM_OBJECT(VIEW) ||
	       type == GM_OBJECT(MATVIEW) || type == GM_OBJECT(INDEX) ||
	       type == GM_OBJECT(SEQUENCE) || type == GM_OBJECT(FOREIGN_TABLE);
}

static bool is_routine(int type)
{
	return type == GM_OBJECT(FUNCTION) || type == GM_OBJECT(PROCEDURE) ||
	       type == GM_OBJECT(ROUTINE);
}

/* [schema,] table, name */
static bool drop_of_table(struct gm_sql_reader *r, int type,
			  const PgQuery__List *list)
{
	size_t n = list->n_items;
	const char *table;

	if (n < 2)
		return false;
	table = gm_node_string(list->items[n - 2]);
	return drop_thing(r, type,
			  gm_scope_schema(&r->scope,
					  gm_names_schema(list->items, n - 1),
					  table),
			  gm_names_last(list->items, n), table);
}

static bool drop_list(struct gm_sql_reader *r, int type,
		      const PgQuery__List *list, const char **shown)
{
	struct name name = name_of(r, list->items, list->n_items);

	*shown = name.shown;
	if (is_relation(type))
		return drop_relation(r, &name);
	if (type == GM_OBJECT(TRIGGER) || type == GM_OBJECT(RULE) ||
	    type == GM_OBJECT(POLICY))
		return drop_of_table(r, type, list);
	if (type == GM_OBJECT(CAST) || type == GM_OBJECT(OPCLASS) ||
	    type == GM_OBJECT(OPFAMILY) || type == GM_OBJECT(TRANSFORM)) {
		*shown = "";
		return false;
	}
	return drop_thing(r, type, name.schema, name.name, NULL);
}

/* Drop one object; says whether this migration made it. */
static bool drop_one(struct gm_sql_reader *r, int type,
		     const PgQuery__Node *object, const char **shown)
{
	struct name name;
	bool own;

	switch (object->node_case) {
	case GM_NODE(LIST):
		return drop_list(r, type, object->list, shown);
	case GM_NODE(STRING):
		*shown = object->string->sval;
		return drop_thing(r, type, "", *shown, NULL);
	case GM_NODE(TYPE_NAME):
		name = name_of(r, object->type_name->names,
			       object->type_name->n_names);
		*shown = name.shown;
		drop_relation(r, &name);
		return drop_thing(r, GM_OBJECT(TYPE), name.schema, name.name,
				  NULL);
	case GM_NODE(OBJECT_WITH_ARGS):
		name = name_of(r, object->object_with_args->objname,
			       object->object_with_args->n_objname);
		*shown = name.shown;
		if (!is_routine(type))
			return false;
		own = gm_owns_function(r, object->object_with_args);
		gm_scope_undefine(&r->scope, name.schema, name.name);
		return own;
	default:
		*shown = "";
		return false;
	}
}

static void drop(struct gm_sql_reader *r, const PgQuery__DropStmt *s)
{
	int type = (int)s->remove_type;
	bool cascade = s->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;

	for (size_t i = 0; i < s->n_objects; i++) {
		const char *shown = "";
		bool own = drop_one(r, type, s->objects[i], &shown);

		gm_raise_unless(r, own && !(cascade && r->scope.hooked),
				gm_locate(r, last_part(shown), 0),
				"drops %s %s%s%s", gm_object_word(type), shown,
				cascade ? " and what depends on it" : "",
				own ? ", which this migration made" : "");
	}
}

static void drop_roles(struct gm_sql_reader *r, const PgQuery__DropRoleStmt *s)
{
	for (size_t i = 0; i < s->n_roles; i++) {
		const char *name = s->roles[i]->role_spec->rolename;

		gm_raise_unless(r,
				drop_thing(r, GM_OBJECT(ROLE), "", name, NULL),
				s->roles[i]->role_spec->location,
				"drops role %s", name);
	}
}

static void drop_plain(struct gm_sql_reader *r, int kind, const char *name)
{
	gm_raise_unless(r, drop_thing(r, kind, "", name, NULL), 0,
			"drops %s %s", gm_object_word(kind), name);
}

bool gm_classify_drop(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(DROP_STMT):
		drop(r, n->drop_stmt);
		return true;
	case GM_NODE(DROP_ROLE_STMT):
		drop_roles(r, n->drop_role_stmt);
		return true;
	case GM_NODE(DROPDB_STMT):
		drop_plain(r, GM_OBJECT(DATABASE), n->dropdb_stmt->dbname);
		return true;
	case GM_NODE(DROP_TABLE_SPACE_STMT):
		drop_plain(r, GM_OBJECT(TABLESPACE),
			   n->drop_table_space_stmt->tablespacename);
		return true;
	case GM_NODE(DROP_SUBSCRIPTION_STMT):
		drop_plain(r, GM_OBJECT(SUBSCRIPTION),
			   n->drop_subscription_stmt->subname);
		return true;
	case GM_NODE(DROP_USER_MAPPING_STMT):
		gm_raise(r, GM_CLASS_CONTRACT, 0,
			 "drops a user mapping of server %s",
			 n->drop_user_mapping_stmt->servername);
		return true;
	case GM_NODE(DROP_OWNED_STMT):
		gm_raise(r, GM_CLASS_CONTRACT, 0,
			 "drops all that some roles own, and their"
			 " privileges");
		return true;
	case GM_NODE(REASSIGN_OWNED_STMT):
		gm_raise(r, GM_CLASS_CONTRACT, 0,
			 "takes all that some roles own away from them");
		return true;
	default:
		return false;
	}
}
