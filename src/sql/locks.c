/* sql/locks: what a statement locks, and whether it runs alone. */
#include "sql/locks.h"

#include <string.h>

#include "sql/lex.h"

static bool same(const struct gm_run_name *one, const struct gm_run_name *two)
{
	return !strcmp(one->name, two->name) &&
	       (!*one->schema || !*two->schema ||
		!strcmp(one->schema, two->schema));
}

static bool listed(const struct gm_run_names *list,
		   const struct gm_run_name *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (same(&list->items[i], name))
			return true;
	return false;
}

static struct gm_run_name name_of(struct gm_run_reader *r, const char *schema,
				  const char *name)
{
	return (struct gm_run_name){
		gm_strdup(r->arena, schema ? schema : ""),
		gm_strdup(r->arena, name ? name : ""),
	};
}

static struct gm_run_name name_in(struct gm_run_reader *r,
				  PgQuery__Node *const *names, size_t n)
{
	return name_of(r, gm_names_schema(names, n), gm_names_last(names, n));
}

static void made(struct gm_run_reader *r, const PgQuery__RangeVar *rel)
{
	if (rel)
		*GM_PUSH(r->arena, &r->made) =
			name_of(r, rel->schemaname, rel->relname);
}

/* The statement takes this lock; nobody waits for what is new. */
static void takes_named(struct gm_run_reader *r, enum gm_run_lock lock,
			const char *schema, const char *name)
{
	struct gm_run_name n = name_of(r, schema, name);

	if (!*n.name || listed(&r->made, &n))
		return;
	if (lock > r->now->lock)
		r->now->lock = lock;
	if (!listed(&r->now->targets, &n))
		*GM_PUSH(r->arena, &r->now->targets) = n;
}

static void takes(struct gm_run_reader *r, enum gm_run_lock lock,
		  const PgQuery__RangeVar *rel)
{
	if (rel)
		takes_named(r, lock, rel->schemaname, rel->relname);
}

static void alone(struct gm_run_reader *r, enum gm_run_probe probe)
{
	r->now->mode = GM_RUN_ALONE;
	r->now->probe = probe;
	r->now->why = "it runs in no transaction";
}

static void object(struct gm_run_reader *r, const char *schema,
		   const char *name)
{
	r->now->object = name_of(r, schema, name);
}

#define SUBSCRIPTION(name)                                                     \
	PG_QUERY__ALTER_SUBSCRIPTION_TYPE__ALTER_SUBSCRIPTION_##name
#define AT(name) PG_QUERY__ALTER_TABLE_TYPE__AT_##name

static enum gm_run_lock lock_of_constraint(const PgQuery__Constraint *c)
{
	return c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN
		       ? GM_RUN_LOCK_WRITES
		       : GM_RUN_LOCK_ALL;
}

static enum gm_run_lock lock_of_command(const PgQuery__AlterTableCmd *c)
{
	switch (c->subtype) {
	case AT(SetStatistics):
	case AT(SetOptions):
	case AT(ResetOptions):
	case AT(ValidateConstraint):
	case AT(ClusterOn):
	case AT(DropCluster):
	case AT(SetRelOptions):
	case AT(ResetRelOptions):
	case AT(DetachPartitionFinalize):
		return GM_RUN_LOCK_LONG;
	case AT(DetachPartition):
		return c->def->partition_cmd->concurrent ? GM_RUN_LOCK_LONG
							 : GM_RUN_LOCK_ALL;
	case AT(EnableTrig):
	case AT(EnableTrigAll):
	case AT(EnableTrigUser):
	case AT(EnableAlwaysTrig):
	case AT(EnableReplicaTrig):
	case AT(DisableTrig):
	case AT(DisableTrigAll):
	case AT(DisableTrigUser):
		return GM_RUN_LOCK_WRITES;
	case AT(AddConstraint):
		return lock_of_constraint(c->def->constraint);
	default:
		return GM_RUN_LOCK_ALL;
	}
}

static void partition(struct gm_run_reader *r, const PgQuery__AlterTableStmt *s,
		      const PgQuery__AlterTableCmd *c)
{
	const PgQuery__RangeVar *part = c->def->partition_cmd->name;

	takes(r,
	      c->subtype == AT(AttachPartition) ? GM_RUN_LOCK_ALL
						: lock_of_command(c),
	      part);
	if (c->subtype != AT(DetachPartition) ||
	    !c->def->partition_cmd->concurrent)
		return;
	alone(r, GM_PROBE_DETACH);
	object(r, part->schemaname, part->relname);
	r->now->table =
		name_of(r, s->relation->schemaname, s->relation->relname);
}

/* What columns and tables may hold in their definitions. */
static void references(struct gm_run_reader *r, PgQuery__Node *const *items,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const PgQuery__Node *item = items[i];

		if (item->node_case == GM_NODE(CONSTRAINT) &&
		    item->constraint->contype ==
			    PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN)
			takes(r, GM_RUN_LOCK_WRITES, item->constraint->pktable);
		else if (item->node_case == GM_NODE(COLUMN_DEF))
			references(r, item->column_def->constraints,
				   item->column_def->n_constraints);
	}
}

static void alter_table(struct gm_run_reader *r,
			const PgQuery__AlterTableStmt *s)
{
	r->now->bare |= s->missing_ok;
	for (size_t i = 0; i < s->n_cmds; i++) {
		const PgQuery__AlterTableCmd *c = s->cmds[i]->alter_table_cmd;

		takes(r, lock_of_command(c), s->relation);
		if (c->missing_ok)
			r->now->bare = true;
		if (c->subtype == AT(AttachPartition) ||
		    c->subtype == AT(DetachPartition) ||
		    c->subtype == AT(DetachPartitionFinalize))
			partition(r, s, c);
		else if (c->def)
			references(r, &c->def, 1);
		if (c->subtype == AT(AlterColumnType) ||
		    c->subtype == AT(SetLogged) ||
		    c->subtype == AT(SetUnLogged) ||
		    c->subtype == AT(SetTableSpace) ||
		    c->subtype == AT(SetAccessMethod))
			r->now->space = true;
	}
}

static void create_table(struct gm_run_reader *r, const PgQuery__CreateStmt *s)
{
	for (size_t i = 0; i < s->n_inh_relations; i++)
		if (s->inh_relations[i]->node_case == GM_NODE(RANGE_VAR))
			takes(r,
			      s->partbound ? GM_RUN_LOCK_ALL : GM_RUN_LOCK_LONG,
			      s->inh_relations[i]->range_var);
	references(r, s->table_elts, s->n_table_elts);
	r->now->bare = s->if_not_exists;
	if (!s->if_not_exists)
		made(r, s->relation);
}

static void create_index(struct gm_run_reader *r, const PgQuery__IndexStmt *s)
{
	takes(r, s->concurrent ? GM_RUN_LOCK_LONG : GM_RUN_LOCK_WRITES,
	      s->relation);
	r->now->space = r->now->targets.n > 0;
	r->now->bare = s->if_not_exists;
	r->now->unique = s->unique;
	object(r, s->relation->schemaname, s->idxname);
	r->now->table =
		name_of(r, s->relation->schemaname, s->relation->relname);
	if (!s->concurrent)
		return;
	alone(r, *s->idxname ? GM_PROBE_INDEX : GM_PROBE_NONE);
	if (!*s->idxname) {
		r->now->mode = GM_RUN_NEVER;
		r->now->why = "an index that is built concurrently needs a"
			      " name, so that one that was cut off can be"
			      " found";
	}
}

static bool is_relation(int type)
{
	return type == GM_OBJECT(TABLE) || type == GM_OBJECT(VIEW) ||
	       type == GM_OBJECT(MATVIEW) || type == GM_OBJECT(INDEX) ||
	       type == GM_OBJECT(SEQUENCE) || type == GM_OBJECT(FOREIGN_TABLE);
}

static void drop_on_table(struct gm_run_reader *r, const PgQuery__List *list)
{
	if (list->n_items < 2)
		return;
	takes_named(r, GM_RUN_LOCK_ALL,
		    list->n_items > 2
			    ? gm_node_string(list->items[list->n_items - 3])
			    : NULL,
		    gm_node_string(list->items[list->n_items - 2]));
}

static void drop(struct gm_run_reader *r, const PgQuery__DropStmt *s)
{
	r->now->bare = s->missing_ok;
	for (size_t i = 0; i < s->n_objects; i++) {
		const PgQuery__Node *o = s->objects[i];
		const PgQuery__List *list;

		if (o->node_case != GM_NODE(LIST))
			continue;
		list = o->list;
		if (s->remove_type == GM_OBJECT(TRIGGER) ||
		    s->remove_type == GM_OBJECT(POLICY) ||
		    s->remove_type == GM_OBJECT(RULE)) {
			drop_on_table(r, list);
			continue;
		}
		if (!is_relation((int)s->remove_type))
			continue;
		takes_named(r,
			    s->concurrent ? GM_RUN_LOCK_LONG : GM_RUN_LOCK_ALL,
			    gm_names_schema(list->items, list->n_items),
			    gm_names_last(list->items, list->n_items));
		if (!s->concurrent)
			continue;
		alone(r, GM_PROBE_DROP_INDEX);
		r->now->object = name_in(r, list->items, list->n_items);
	}
}

static bool option_on(PgQuery__Node *const *items, size_t n, const char *name)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const PgQuery__DefElem *o = gm_option(items, n, name);
	const char *value = o ? gm_option_text(&a, o) : "";

	return o && strcmp(value, "false") && strcmp(value, "off") &&
	       strcmp(value, "0");
}

static void reindex(struct gm_run_reader *r, const PgQuery__ReindexStmt *s)
{
	bool concurrently = option_on(s->params, s->n_params, "concurrently");
	enum gm_run_lock lock =
		concurrently ? GM_RUN_LOCK_LONG : GM_RUN_LOCK_ALL;

	takes(r, lock, s->relation);
	r->now->space = true;
	if (s->relation)
		object(r, s->relation->schemaname, s->relation->relname);
	else
		r->now->lock = lock;
	if (s->kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_SCHEMA)
		object(r, s->name, NULL);
	if (concurrently || !s->relation)
		alone(r, GM_PROBE_REINDEX);
}

static void vacuum(struct gm_run_reader *r, const PgQuery__VacuumStmt *s)
{
	bool full = option_on(s->options, s->n_options, "full");

	for (size_t i = 0; i < s->n_rels; i++)
		takes(r, full ? GM_RUN_LOCK_ALL : GM_RUN_LOCK_LONG,
		      s->rels[i]->vacuum_relation->relation);
	if (!s->n_rels)
		r->now->lock = full ? GM_RUN_LOCK_ALL : GM_RUN_LOCK_LONG;
	r->now->space = full;
	if (s->is_vacuumcmd)
		alone(r, GM_PROBE_AGAIN);
}

static void alter_database(struct gm_run_reader *r,
			   const PgQuery__AlterDatabaseStmt *s)
{
	if (gm_option(s->options, s->n_options, "tablespace"))
		alone(r, GM_PROBE_AGAIN);
}

static void alter_subscription(struct gm_run_reader *r,
			       const PgQuery__AlterSubscriptionStmt *s)
{
	bool publications = s->kind == SUBSCRIPTION(SET_PUBLICATION) ||
			    s->kind == SUBSCRIPTION(ADD_PUBLICATION) ||
			    s->kind == SUBSCRIPTION(DROP_PUBLICATION);

	if (s->kind == SUBSCRIPTION(REFRESH) ||
	    (publications && (!gm_option(s->options, s->n_options, "refresh") ||
			      option_on(s->options, s->n_options, "refresh"))))
		alone(r, GM_PROBE_AGAIN);
}

/* COMMIT or ROLLBACK, where a statement of PL/pgSQL can begin. */
static bool ends_transactions(struct gm_str body)
{
	static const char *const before[] = { ";",    "begin", "then",
					      "else", "loop",  ">" };
	struct gm_token last = { 0 }, t;
	size_t at = 0;

	while (t = gm_lex_skip(body, &at), t.kind != GM_TOKEN_END) {
		bool first = !last.len;

		for (size_t i = 0; i < GM_COUNT(before) && !first; i++)
			first = gm_token_is(body, last, before[i]);
		if (first && (gm_token_is(body, t, "commit") ||
			      gm_token_is(body, t, "rollback")))
			return true;
		last = t;
	}
	return false;
}

static void run_do(struct gm_run_reader *r, const PgQuery__DoStmt *s)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const PgQuery__DefElem *body = gm_option(s->args, s->n_args, "as");

	/* Nobody can know what code does when it ends transactions. */
	r->now->probe = GM_PROBE_NONE;
	if (!body || !ends_transactions(gm_str(gm_option_text(&a, body))))
		return;
	alone(r, GM_PROBE_NONE);
	r->now->why = "it ends transactions itself";
}

static void cluster(struct gm_run_reader *r, const PgQuery__ClusterStmt *s)
{
	takes(r, GM_RUN_LOCK_ALL, s->relation);
	r->now->space = true;
	if (s->relation)
		return;
	r->now->lock = GM_RUN_LOCK_ALL;
	alone(r, GM_PROBE_AGAIN);
}

static void named(struct gm_run_reader *r, const char *catalog,
		  const char *name, bool drops)
{
	alone(r, GM_PROBE_NAME);
	r->now->catalog = catalog;
	r->now->drops = drops;
	object(r, NULL, name);
}

static void alter_enum(struct gm_run_reader *r, const PgQuery__AlterEnumStmt *s)
{
	struct gm_run_name type = name_in(r, s->type_name, s->n_type_name);

	if (*s->old_val || listed(&r->types, &type))
		return;
	r->now->object = type;
	r->now->label = gm_strdup(r->arena, s->new_val);
	r->now->bare = s->skip_if_new_val_exists;
}

static void transaction(struct gm_run_reader *r,
			const PgQuery__TransactionStmt *s)
{
	switch (s->kind) {
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
		r->now->mode = s->n_options ? GM_RUN_NEVER : GM_RUN_BEGIN;
		break;
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
		r->now->mode = s->chain ? GM_RUN_NEVER : GM_RUN_COMMIT;
		break;
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
		return;
	default:
		r->now->mode = GM_RUN_NEVER;
	}
	r->now->why = "transactions are begun and ended by the engine";
}

/* Statements whose lock hangs on one relation. */
static bool run_simple(struct gm_run_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(INSERT_STMT):
		takes(r, GM_RUN_LOCK_ROWS, n->insert_stmt->relation);
		return true;
	case GM_NODE(UPDATE_STMT):
		takes(r, GM_RUN_LOCK_ROWS, n->update_stmt->relation);
		return true;
	case GM_NODE(DELETE_STMT):
		takes(r, GM_RUN_LOCK_ROWS, n->delete_stmt->relation);
		return true;
	case GM_NODE(MERGE_STMT):
		takes(r, GM_RUN_LOCK_ROWS, n->merge_stmt->relation);
		return true;
	case GM_NODE(CREATE_TRIG_STMT):
		takes(r, GM_RUN_LOCK_WRITES, n->create_trig_stmt->relation);
		return true;
	case GM_NODE(RULE_STMT):
		takes(r, GM_RUN_LOCK_ALL, n->rule_stmt->relation);
		return true;
	case GM_NODE(CREATE_POLICY_STMT):
		takes(r, GM_RUN_LOCK_ALL, n->create_policy_stmt->table);
		return true;
	case GM_NODE(ALTER_POLICY_STMT):
		takes(r, GM_RUN_LOCK_ALL, n->alter_policy_stmt->table);
		return true;
	case GM_NODE(RENAME_STMT):
		takes(r, GM_RUN_LOCK_ALL, n->rename_stmt->relation);
		return true;
	case GM_NODE(ALTER_OBJECT_SCHEMA_STMT):
		takes(r, GM_RUN_LOCK_ALL,
		      n->alter_object_schema_stmt->relation);
		return true;
	case GM_NODE(REFRESH_MAT_VIEW_STMT):
		/* Nobody but who refreshes writes one. */
		takes(r,
		      n->refresh_mat_view_stmt->concurrent ? GM_RUN_LOCK_LONG
							   : GM_RUN_LOCK_ALL,
		      n->refresh_mat_view_stmt->relation);
		r->now->space = true;
		return true;
	case GM_NODE(VIEW_STMT):
		if (n->view_stmt->replace)
			takes(r, GM_RUN_LOCK_ALL, n->view_stmt->view);
		return true;
	default:
		return false;
	}
}

static void relations(struct gm_run_reader *r, PgQuery__Node *const *items,
		      size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (items[i]->node_case == GM_NODE(RANGE_VAR))
			takes(r, GM_RUN_LOCK_ALL, items[i]->range_var);
}

static bool run_table(struct gm_run_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(ALTER_TABLE_STMT):
		alter_table(r, n->alter_table_stmt);
		return true;
	case GM_NODE(CREATE_STMT):
		create_table(r, n->create_stmt);
		return true;
	case GM_NODE(CREATE_TABLE_AS_STMT):
		if (!n->create_table_as_stmt->if_not_exists)
			made(r, n->create_table_as_stmt->into->rel);
		return true;
	case GM_NODE(CREATE_ENUM_STMT):
		*GM_PUSH(r->arena, &r->types) =
			name_in(r, n->create_enum_stmt->type_name,
				n->create_enum_stmt->n_type_name);
		return true;
	case GM_NODE(INDEX_STMT):
		create_index(r, n->index_stmt);
		return true;
	case GM_NODE(DROP_STMT):
		drop(r, n->drop_stmt);
		return true;
	case GM_NODE(TRUNCATE_STMT):
		relations(r, n->truncate_stmt->relations,
			  n->truncate_stmt->n_relations);
		return true;
	case GM_NODE(LOCK_STMT):
		relations(r, n->lock_stmt->relations,
			  n->lock_stmt->n_relations);
		return true;
	default:
		return false;
	}
}

static bool run_alone(struct gm_run_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(REINDEX_STMT):
		reindex(r, n->reindex_stmt);
		return true;
	case GM_NODE(VACUUM_STMT):
		vacuum(r, n->vacuum_stmt);
		return true;
	case GM_NODE(CLUSTER_STMT):
		cluster(r, n->cluster_stmt);
		return true;
	case GM_NODE(ALTER_DATABASE_STMT):
		alter_database(r, n->alter_database_stmt);
		return true;
	case GM_NODE(ALTER_SUBSCRIPTION_STMT):
		alter_subscription(r, n->alter_subscription_stmt);
		return true;
	case GM_NODE(DO_STMT):
		run_do(r, n->do_stmt);
		return true;
	case GM_NODE(CALL_STMT):
		r->now->probe = GM_PROBE_NONE;
		return true;
	case GM_NODE(ALTER_SYSTEM_STMT):
		alone(r, GM_PROBE_AGAIN);
		return true;
	case GM_NODE(CREATEDB_STMT):
		named(r, "pg_database", n->createdb_stmt->dbname, false);
		return true;
	case GM_NODE(DROPDB_STMT):
		named(r, "pg_database", n->dropdb_stmt->dbname, true);
		return true;
	case GM_NODE(CREATE_TABLE_SPACE_STMT):
		named(r, "pg_tablespace",
		      n->create_table_space_stmt->tablespacename, false);
		return true;
	case GM_NODE(DROP_TABLE_SPACE_STMT):
		named(r, "pg_tablespace",
		      n->drop_table_space_stmt->tablespacename, true);
		return true;
	case GM_NODE(CREATE_SUBSCRIPTION_STMT):
		named(r, "pg_subscription",
		      n->create_subscription_stmt->subname, false);
		return true;
	case GM_NODE(DROP_SUBSCRIPTION_STMT):
		named(r, "pg_subscription", n->drop_subscription_stmt->subname,
		      true);
		return true;
	default:
		return false;
	}
}

static void run_copy(struct gm_run_reader *r, const PgQuery__CopyStmt *s)
{
	takes(r, s->is_from ? GM_RUN_LOCK_ROWS : GM_RUN_LOCK_NONE, s->relation);
	if (*s->filename)
		return;
	r->now->mode = GM_RUN_NEVER;
	r->now->why = s->is_from
			      ? "COPY FROM STDIN reads data that only psql has"
			      : "COPY TO STDOUT has nowhere to go";
}

void gm_run_stmt_read(struct gm_run_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(TRANSACTION_STMT):
		transaction(r, n->transaction_stmt);
		return;
	case GM_NODE(ALTER_ENUM_STMT):
		alter_enum(r, n->alter_enum_stmt);
		return;
	case GM_NODE(COPY_STMT):
		run_copy(r, n->copy_stmt);
		return;
	case GM_NODE(LISTEN_STMT):
	case GM_NODE(UNLISTEN_STMT):
	case GM_NODE(DISCARD_STMT):
		r->now->mode = GM_RUN_NEVER;
		r->now->why = "the session belongs to the engine";
		return;
	default:
		if (!run_table(r, n) && !run_simple(r, n))
			run_alone(r, n);
	}
}
