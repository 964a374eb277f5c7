/* sql/read: ALTER TABLE, and what shares its form. */
#include "sql/read.h"

#include <string.h>

#define AT(name) PG_QUERY__ALTER_TABLE_TYPE__AT_##name

struct alter {
	struct gm_sql_reader *r;
	const PgQuery__AlterTableStmt *s;
	const char *table; /* for people */
	int at;            /* of its name */
	bool own;          /* this migration made it */
};

/* The name of the column or constraint that a command is about. */
static int place(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	return gm_locate(a->r, c->name, a->at);
}

static struct gm_col *find_col(struct alter *a, const char *name)
{
	return gm_scope_col(gm_scope_rel(&a->r->scope, a->s->relation), name);
}

static void drop_column(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	struct gm_rel *rel = gm_scope_rel(&a->r->scope, a->s->relation);
	bool own = a->own || find_col(a, c->name);
	bool cascade = c->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;

	if (rel)
		gm_scope_drop_col(&a->r->scope, rel, c->name);
	gm_raise_unless(a->r, own && !(cascade && a->r->scope.hooked),
			place(a, c), "drops %s %s.%s",
			a->s->objtype == GM_OBJECT(TYPE) ? "attribute"
							 : "column",
			a->table, c->name);
}

static void drop_constraint(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	const PgQuery__RangeVar *rel = a->s->relation;
	const char *schema =
		gm_scope_schema(&a->r->scope, rel->schemaname, rel->relname);
	bool own = gm_scope_thing(&a->r->scope, GM_OBJECT(TABCONSTRAINT),
				  schema, c->name, rel->relname);

	gm_scope_unmake(&a->r->scope, GM_OBJECT(TABCONSTRAINT), schema, c->name,
			rel->relname);
	gm_raise_unless(a->r, a->own || own, place(a, c),
			"drops constraint %s of %s", c->name, a->table);
}

/* Also one that may have been there before. */
static struct gm_col *find_any(struct alter *a, const char *name)
{
	return gm_scope_any_col(gm_scope_rel(&a->r->scope, a->s->relation),
				name);
}

/* DROP DEFAULT, also in the form of SET DEFAULT NULL. */
static void drop_default(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	struct gm_col *col = find_any(a, c->name);

	if (col && !a->own)
		gm_default_changed(a->r, a->s->relation, col, NULL,
				   place(a, c));
	gm_raise_unless(a->r, a->own || find_col(a, c->name), place(a, c),
			"drops the default of %s.%s", a->table, c->name);
}

static void set_default(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	struct gm_col *col = find_any(a, c->name);
	struct gm_rel *rel = gm_scope_touch(&a->r->scope, a->s->relation);

	if (gm_default_value(a->r, a->s->relation, c->def, "?").kind ==
	    GM_VALUE_NULL) {
		drop_default(a, c);
		return;
	}
	if (col && !a->own)
		gm_default_changed(a->r, a->s->relation, col, c->def,
				   place(a, c));
	a->r->scope.hooked |= !a->own && !col;
	gm_raise(a->r, GM_CLASS_EXPAND, place(a, c),
		 "sets the default of %s.%s", a->table, c->name);
	gm_run_later(a->r, gm_node_message(c->def));
	gm_judge_later(a->r, gm_node_message(c->def), &rel->writes);
}

static void set_not_null(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	struct gm_col *any = find_any(a, c->name), *col = find_col(a, c->name);

	if (any)
		any->not_null = true;
	gm_raise_unless(a->r, a->own || (col && gm_value_given(col->value)),
			place(a, c), "sets %s.%s NOT NULL", a->table, c->name);
}

static void drop_not_null(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	struct gm_col *col = find_col(a, c->name);

	if (col)
		col->not_null = false;
	gm_raise(a->r, GM_CLASS_EXPAND, place(a, c), "lets %s.%s be NULL",
		 a->table, c->name);
}

static void alter_type(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	const PgQuery__ColumnDef *def = c->def->column_def;
	struct gm_col *col = find_col(a, c->name);
	const char *type = gm_type_name(&a->r->keep, def->type_name);
	struct gm_rel *rel = gm_scope_touch(&a->r->scope, a->s->relation);
	struct gm_col *known = gm_scope_known(&a->r->scope, rel, c->name);
	bool widens = !def->raw_default && !def->coll_clause &&
		      gm_type_widens(known->type, type);

	gm_run_node(a->r, def->raw_default);
	gm_use_type(a->r, def->type_name);
	if (find_any(a, c->name) && !a->own)
		gm_type_added(a->r, a->s->relation, find_any(a, c->name),
			      def->type_name, place(a, c));
	known->type = a->r->scope.maybe ? "?" : type;
	gm_raise_unless(a->r, a->own || col || widens, place(a, c),
			"changes the type of %s.%s", a->table, c->name);
}

/* GENERATED ... AS IDENTITY: added, or changed option by option. */
static void identity(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	const PgQuery__Node *def = c->def;
	bool own = a->own || find_col(a, c->name);
	bool narrows = false;

	if (def->node_case == GM_NODE(CONSTRAINT)) {
		narrows = *def->constraint->generated_when == 'a';
	} else {
		for (size_t i = 0; i < def->list->n_items; i++) {
			const PgQuery__DefElem *o =
				def->list->items[i]->def_elem;

			if (!strcmp(o->defname, "restart"))
				gm_raise(a->r, GM_CLASS_BACKFILL, place(a, c),
					 "restarts the identity of %s.%s",
					 a->table, c->name);
			else if (strcmp(o->defname, "generated") || !o->arg ||
				 o->arg->node_case != GM_NODE(INTEGER) ||
				 o->arg->integer->ival == 'a')
				narrows = true;
		}
	}
	if (narrows)
		gm_raise_unless(a->r, own, place(a, c),
				"narrows the identity of %s.%s", a->table,
				c->name);
	else
		gm_raise(a->r, GM_CLASS_EXPAND, place(a, c),
			 "sets the identity of %s.%s", a->table, c->name);
}

/* An older table becomes part of a new one: its rows are not new. */
static void adopt(struct gm_sql_reader *r, const PgQuery__RangeVar *parent,
		  const PgQuery__RangeVar *child)
{
	struct gm_rel *rel = gm_scope_touch(&r->scope, parent);

	/* What is written to one is written to the other. */
	gm_scope_touch(&r->scope, child)->linked = rel->linked = true;
	if (gm_scope_created(&r->scope, child))
		return;
	rel->created = rel->table = false;
	r->scope.changes++;
	/* The child has these columns, and had them before. */
	for (struct gm_col *col = rel->cols; col; col = col->next)
		col->maybe = true;
}

static void partition(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	const PgQuery__RangeVar *part = c->def->partition_cmd->name;
	const char *name = gm_rel_name(&a->r->scratch, part);

	if (c->subtype == AT(AttachPartition)) {
		gm_raise(a->r, GM_CLASS_EXPAND, a->at, "attaches %s to %s",
			 name, a->table);
		adopt(a->r, a->s->relation, part);
		if (c->def->partition_cmd->bound)
			gm_run(a->r, &c->def->partition_cmd->bound->base);
		return;
	}
	if (c->def->partition_cmd->concurrent)
		a->r->alone = true;
	gm_raise_unless(a->r, a->own || gm_scope_created(&a->r->scope, part),
			a->at, "detaches %s from %s", name, a->table);
}

static bool alter_column(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	switch (c->subtype) {
	case AT(AddColumn):
		gm_add_column(a->r, a->s->relation, c->def->column_def,
			      c->missing_ok);
		return true;
	case AT(DropColumn):
		drop_column(a, c);
		return true;
	case AT(ColumnDefault):
		if (c->def)
			set_default(a, c);
		else
			drop_default(a, c);
		return true;
	case AT(DropNotNull):
		drop_not_null(a, c);
		return true;
	case AT(SetNotNull):
		set_not_null(a, c);
		return true;
	case AT(AlterColumnType):
		alter_type(a, c);
		return true;
	case AT(AddIdentity):
	case AT(SetIdentity):
		identity(a, c);
		return true;
	case AT(DropIdentity):
		drop_default(a, c);
		return true;
	case AT(DropExpression):
		gm_raise_unless(a->r, a->own || find_col(a, c->name), a->at,
				"stops computing %s.%s", a->table, c->name);
		return true;
	case AT(SetStatistics):
	case AT(SetOptions):
	case AT(ResetOptions):
	case AT(SetStorage):
	case AT(SetCompression):
		gm_raise(a->r, GM_CLASS_NEUTRAL, a->at,
			 "tunes how columns of %s are stored", a->table);
		return true;
	default:
		return false;
	}
}

static bool alter_constraint(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	switch (c->subtype) {
	case AT(AddConstraint):
		gm_add_constraint(a->r, a->s->relation, c->def->constraint);
		return true;
	case AT(DropConstraint):
		drop_constraint(a, c);
		return true;
	case AT(ValidateConstraint):
		gm_raise(a->r, GM_CLASS_NEUTRAL, a->at,
			 "validates constraint %s of %s", c->name, a->table);
		return true;
	case AT(AlterConstraint):
		gm_raise_unless(a->r, a->own, a->at,
				"changes when a constraint of %s is checked",
				a->table);
		return true;
	case AT(AttachPartition):
	case AT(DetachPartition):
	case AT(DetachPartitionFinalize):
		partition(a, c);
		return true;
	case AT(AddInherit):
		gm_raise(a->r, GM_CLASS_EXPAND, a->at,
			 "lets %s inherit from %s", a->table,
			 gm_rel_name(&a->r->scratch, c->def->range_var));
		adopt(a->r, c->def->range_var, a->s->relation);
		return true;
	case AT(DropInherit):
		gm_raise_unless(a->r, a->own, a->at, "takes %s out of %s",
				a->table,
				gm_rel_name(&a->r->scratch, c->def->range_var));
		return true;
	default:
		return false;
	}
}

/* Triggers and rules are on or off; row security as well. */
static bool alter_behaviour(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	switch (c->subtype) {
	case AT(EnableTrig):
	case AT(EnableAlwaysTrig):
	case AT(EnableTrigAll):
	case AT(EnableTrigUser):
		gm_raise(a->r, GM_CLASS_EXPAND, a->at, "enables triggers on %s",
			 a->table);
		return true;
	case AT(DisableTrig):
	case AT(DisableTrigAll):
	case AT(DisableTrigUser):
	case AT(EnableReplicaTrig):
		gm_raise_unless(a->r, a->own, a->at, "disables triggers on %s",
				a->table);
		return true;
	case AT(EnableRule):
	case AT(EnableAlwaysRule):
	case AT(EnableReplicaRule):
	case AT(DisableRule):
		gm_raise_unless(a->r, a->own, a->at,
				"turns a rule on %s on or off", a->table);
		return true;
	case AT(EnableRowSecurity):
	case AT(ForceRowSecurity):
		gm_raise_unless(a->r, a->own, a->at,
				"turns on row level security of %s, which"
				" hides rows",
				a->table);
		return true;
	case AT(DisableRowSecurity):
	case AT(NoForceRowSecurity):
		gm_raise_unless(a->r, a->own, a->at,
				"takes row level security away from %s",
				a->table);
		return true;
	case AT(ReplicaIdentity):
		gm_raise_unless(a->r, a->own, a->at,
				"changes what replicas are told of rows of"
				" %s",
				a->table);
		return true;
	default:
		return false;
	}
}

static bool alter_storage(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	switch (c->subtype) {
	case AT(SetRelOptions):
	case AT(ResetRelOptions):
		if (a->s->objtype == GM_OBJECT(VIEW))
			gm_raise_unless(a->r, a->own, a->at,
					"changes the options of view %s",
					a->table);
		else
			gm_raise(a->r, GM_CLASS_NEUTRAL, a->at,
				 "sets storage parameters of %s", a->table);
		return true;
	case AT(ClusterOn):
	case AT(DropCluster):
		gm_raise(a->r, GM_CLASS_NEUTRAL, a->at,
			 "sets the index that CLUSTER uses on %s", a->table);
		return true;
	case AT(SetLogged):
		gm_raise(a->r, GM_CLASS_EXPAND, a->at, "makes %s logged",
			 a->table);
		return true;
	case AT(SetUnLogged):
		gm_raise_unless(a->r, a->own, a->at,
				"makes %s unlogged: its rows do not survive a"
				" crash",
				a->table);
		return true;
	case AT(SetAccessMethod):
	case AT(SetTableSpace):
		gm_raise(a->r, GM_CLASS_EXPAND, a->at, "moves the rows of %s",
			 a->table);
		return true;
	case AT(ChangeOwner):
		gm_raise(a->r, GM_CLASS_EXPAND, a->at, "gives %s another owner",
			 a->table);
		return true;
	default:
		return false;
	}
}

/* PostgreSQL drops first, whatever the order in the statement. */
static bool comes_first(const PgQuery__AlterTableCmd *c)
{
	switch (c->subtype) {
	case AT(DropColumn):
	case AT(DropConstraint):
	case AT(DropNotNull):
	case AT(DropExpression):
	case AT(DropIdentity):
		return true;
	case AT(ColumnDefault):
		return !c->def;
	default:
		return false;
	}
}

static void alter_one(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	if (!alter_column(a, c) && !alter_constraint(a, c) &&
	    !alter_behaviour(a, c) && !alter_storage(a, c))
		gm_raise_unless(a->r, a->own, a->at,
				"changes %s in a way that may take something"
				" away",
				a->table);
}

void gm_classify_alter(struct gm_sql_reader *r,
		       const PgQuery__AlterTableStmt *s)
{
	struct alter a = { .r = r,
			   .s = s,
			   .table = gm_rel_name(&r->scratch, s->relation),
			   .at = s->relation->location,
			   .own = gm_scope_created(&r->scope, s->relation) };

	for (int later = 0; later < 2; later++)
		for (size_t i = 0; i < s->n_cmds; i++) {
			const PgQuery__AlterTableCmd *c =
				s->cmds[i]->alter_table_cmd;

			if (comes_first(c) != (later == 1))
				alter_one(&a, c);
		}
}
