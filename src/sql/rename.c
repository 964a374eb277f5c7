/* sql/read: other names, schemas and owners. */
#include "sql/read.h"

#include <string.h>

static int namespace_of(int kind)
{
	return kind == GM_OBJECT(DOMAIN) ? GM_OBJECT(TYPE) : kind;
}

/* Another name for something that is not a relation; was it made here? */
static bool move_thing(struct gm_sql_reader *r, int kind, const char *schema,
		       const char *name, const char *of, const char *to_schema,
		       const char *to)
{
	kind = namespace_of(kind);
	if (!gm_scope_thing(&r->scope, kind, schema, name, of))
		return false;
	gm_scope_unmake(&r->scope, kind, schema, name, of);
	gm_scope_make(&r->scope, kind, to_schema ? to_schema : schema, to, of);
	return true;
}

/* The names of the object a statement is about, with their count. */
static size_t names_of(PgQuery__Node *const **items,
		       const PgQuery__Node *object)
{
	if (!object)
		return 0;
	switch (object->node_case) {
	case GM_NODE(LIST):
		*items = object->list->items;
		return object->list->n_items;
	case GM_NODE(TYPE_NAME):
		*items = object->type_name->names;
		return object->type_name->n_names;
	case GM_NODE(OBJECT_WITH_ARGS):
		*items = object->object_with_args->objname;
		return object->object_with_args->n_objname;
	default:
		return 0;
	}
}

static bool rename_object(struct gm_sql_reader *r, int kind,
			  const PgQuery__Node *object, const char *to_schema,
			  const char *to, const char **shown)
{
	PgQuery__Node *const *items = NULL;
	size_t n = names_of(&items, object);
	const char *name = gm_names_last(items, n);

	*shown = gm_names(&r->scratch, items, n);
	if (!n)
		return false;
	if (object->node_case == GM_NODE(OBJECT_WITH_ARGS)) {
		bool own = gm_owns_function(r, object->object_with_args);

		/* Which of them is not worth knowing. */
		gm_scope_undefine(&r->scope, gm_names_schema(items, n), name);
		gm_scope_hide_func(&r->scope, to ? to : name);
		return own;
	}
	gm_scope_rename_domain(&r->scope, gm_names_schema(items, n), name,
			       to ? to : name);
	return move_thing(r, kind, gm_names_schema(items, n), name, NULL,
			  to_schema, to ? to : name);
}

static void rename_column(struct gm_sql_reader *r, const PgQuery__RenameStmt *s)
{
	struct gm_rel *rel = gm_scope_rel(&r->scope, s->relation);
	struct gm_col *col = gm_scope_col(rel, s->subname);
	bool own = gm_scope_created(&r->scope, s->relation) || col;

	if (col)
		col->name = gm_strdup(&r->keep, s->newname);
	gm_raise_unless(
		r, own, s->relation->location, "renames column %s.%s to %s",
		gm_rel_name(&r->scratch, s->relation), s->subname, s->newname);
}

/* The contract may be made good by a view of the old name. */
static void remember(struct gm_sql_reader *r, const PgQuery__RenameStmt *s)
{
	const char *schema = *s->relation->schemaname ? s->relation->schemaname
						      : r->scope.path;
	struct gm_renamed *renamed;

	if (r->renamed.n == GM_SCOPE_MAX_RENAMED)
		return;
	if (r->depth || r->scope.maybe || !schema || s->missing_ok ||
	    s->rename_type != GM_OBJECT(TABLE))
		return;
	renamed = GM_PUSH(&r->keep, &r->renamed);
	renamed->statement = r->out->n;
	renamed->unit = r->scope.units;
	renamed->open = r->scope.open;
	renamed->schema = gm_strdup(&r->keep, schema);
	renamed->old = gm_strdup(&r->keep, s->relation->relname);
	renamed->name = gm_strdup(&r->keep, s->newname);
}

static void rename_relation(struct gm_sql_reader *r,
			    const PgQuery__RenameStmt *s)
{
	bool own = gm_scope_created(&r->scope, s->relation);

	if (!own)
		remember(r, s);
	gm_scope_rename(&r->scope, s->relation, NULL,
			gm_strdup(&r->keep, s->newname));
	gm_raise_unless(r, own, s->relation->location, "renames %s %s to %s",
			gm_object_word((int)s->rename_type),
			gm_rel_name(&r->scratch, s->relation), s->newname);
}

static void rename_any(struct gm_sql_reader *r, const PgQuery__RenameStmt *s)
{
	int kind = (int)s->rename_type;
	const char *shown = s->subname;
	bool own;

	switch (kind) {
	case GM_OBJECT(COLUMN):
	case GM_OBJECT(ATTRIBUTE):
		rename_column(r, s);
		return;
	case GM_OBJECT(TABLE):
	case GM_OBJECT(VIEW):
	case GM_OBJECT(MATVIEW):
	case GM_OBJECT(INDEX):
	case GM_OBJECT(SEQUENCE):
	case GM_OBJECT(FOREIGN_TABLE):
		rename_relation(r, s);
		return;
	case GM_OBJECT(TABCONSTRAINT):
	case GM_OBJECT(TRIGGER):
	case GM_OBJECT(RULE):
	case GM_OBJECT(POLICY):
		own = move_thing(r, kind,
				 gm_scope_schema(&r->scope,
						 s->relation->schemaname,
						 s->relation->relname),
				 s->subname, s->relation->relname, NULL,
				 s->newname) ||
		      gm_scope_created(&r->scope, s->relation);
		break;
	default:
		if (s->object)
			own = rename_object(r, kind, s->object, NULL,
					    s->newname, &shown);
		else
			own = move_thing(r, kind, "", s->subname, NULL, NULL,
					 s->newname);
	}
	gm_raise_unless(r, own, 0, "renames %s %s to %s", gm_object_word(kind),
			shown, s->newname);
}

static void set_schema(struct gm_sql_reader *r,
		       const PgQuery__AlterObjectSchemaStmt *s)
{
	const char *schema = gm_strdup(&r->keep, s->newschema);
	const char *shown = "";
	bool own;

	if (s->relation) {
		shown = gm_rel_name(&r->scratch, s->relation);
		own = gm_scope_created(&r->scope, s->relation);
		gm_scope_rename(&r->scope, s->relation, schema, NULL);
	} else {
		own = rename_object(r, (int)s->object_type, s->object, schema,
				    NULL, &shown);
	}
	/* Not all that is in the schema is new any more. */
	if (!own)
		gm_scope_unmake(&r->scope, GM_OBJECT(SCHEMA), "", schema, NULL);
	gm_raise_unless(r, own, s->relation ? s->relation->location : 0,
			"moves %s %s to schema %s",
			gm_object_word((int)s->object_type), shown, schema);
}

bool gm_classify_rename(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(RENAME_STMT):
		rename_any(r, n->rename_stmt);
		return true;
	case GM_NODE(ALTER_OBJECT_SCHEMA_STMT):
		set_schema(r, n->alter_object_schema_stmt);
		return true;
	case GM_NODE(ALTER_OWNER_STMT):
		gm_raise(r, GM_CLASS_EXPAND, 0, "gives %s another owner",
			 gm_object_word((int)n->alter_owner_stmt->object_type));
		return true;
	case GM_NODE(ALTER_OBJECT_DEPENDS_STMT):
		/* To drop the extension drops what was there before as well. */
		gm_scope_unmake(&r->scope, GM_OBJECT(EXTENSION), "",
				n->alter_object_depends_stmt->extname->sval,
				NULL);
		gm_raise(r, GM_CLASS_EXPAND, 0,
			 "lets %s depend on an extension",
			 gm_object_word((int)n->alter_object_depends_stmt
						->object_type));
		return true;
	default:
		return false;
	}
}
