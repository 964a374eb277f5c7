/* sql/read: new functions, triggers, policies, types, roles and the like. */
#include "sql/read.h"

#include <string.h>

/* What a function takes that converts between encodings. */
#define CONVERSION_ARGS 5
/* PostgreSQL's own number for it. */
#define FIRES_ON_INSERT 4

static void add_trigger(struct gm_sql_reader *r,
			const PgQuery__CreateTrigStmt *s)
{
	struct gm_rel *rel = gm_scope_touch(&r->scope, s->relation);
	struct gm_trig *trig = gm_alloc(&r->keep, sizeof(*trig));
	const char *schema = gm_names_schema(s->funcname, s->n_funcname);

	trig->schema = schema ? gm_strdup(&r->keep, schema) : NULL;
	trig->func =
		gm_strdup(&r->keep, gm_names_last(s->funcname, s->n_funcname));
	trig->inserts = s->events & FIRES_ON_INSERT;
	if (++rel->n_triggers <= GM_SCOPE_MAX_TRIGGERS) {
		trig->next = rel->triggers;
		rel->triggers = trig;
	}
	if (++r->scope.n_triggers <= GM_SCOPE_MAX_NAMESAKES) {
		trig->all = r->scope.triggers;
		r->scope.triggers = trig;
	}
}

static void create_trigger(struct gm_sql_reader *r,
			   const PgQuery__CreateTrigStmt *s)
{
	const char *schema = gm_scope_schema(&r->scope, s->relation->schemaname,
					     s->relation->relname);

	gm_raise(r, GM_CLASS_EXPAND, s->relation->location,
		 "creates trigger %s on %s", s->trigname,
		 gm_rel_name(&r->scratch, s->relation));
	if (!schema || (s->n_funcname < 2 && !r->scope.path))
		r->scope.blind = true;
	gm_run_later(r, gm_node_message(s->when_clause));
	gm_judge_later(r, gm_node_message(s->when_clause),
		       &gm_scope_touch(&r->scope, s->relation)->writes);
	add_trigger(r, s);
	if (s->replace)
		r->scope.hooked = true;
	else
		gm_scope_make(&r->scope, GM_OBJECT(TRIGGER), schema,
			      s->trigname, s->relation->relname);
}

/* It fires at the statements below. */
static void create_event_trigger(struct gm_sql_reader *r,
				 const PgQuery__CreateEventTrigStmt *s)
{
	gm_raise(r, GM_CLASS_EXPAND, 0, "creates event trigger %s",
		 s->trigname);
	if (!gm_call_named(r, s->funcname, s->n_funcname, SIZE_MAX, 0))
		r->events = true;
	gm_scope_make(&r->scope, GM_OBJECT(EVENT_TRIGGER), "", s->trigname,
		      NULL);
}

static void create_rule(struct gm_sql_reader *r, const PgQuery__RuleStmt *s)
{
	bool own = gm_scope_created(&r->scope, s->relation);
	enum gm_class least = r->least;
	struct gm_rel *rel;

	gm_raise_unless(r, own, s->relation->location,
			"creates rule %s, which rewrites queries on %s",
			s->rulename, gm_rel_name(&r->scratch, s->relation));
	if (!s->replace)
		gm_scope_make(&r->scope, GM_OBJECT(RULE),
			      gm_scope_schema(&r->scope,
					      s->relation->schemaname,
					      s->relation->relname),
			      s->rulename, s->relation->relname);
	/* Its actions run with the statements it rewrites. */
	r->least = GM_CLASS_CONTRACT;
	r->later++;
	gm_run_node(r, s->where_clause);
	for (size_t i = 0; i < s->n_actions; i++)
		gm_run_node(r, s->actions[i]);
	r->later--;
	r->least = least;
	/* One on SELECT makes it a view. */
	rel = gm_scope_touch(&r->scope, s->relation);
	rel->linked = true;
	rel->table = false;
	r->scope.changes++;
}

static void create_policy(struct gm_sql_reader *r,
			  const PgQuery__CreatePolicyStmt *s)
{
	const char *table = gm_rel_name(&r->scratch, s->table);

	if (s->permissive)
		gm_raise(r, GM_CLASS_EXPAND, s->table->location,
			 "creates policy %s on %s", s->policy_name, table);
	else
		gm_raise_unless(r, gm_scope_created(&r->scope, s->table),
				s->table->location,
				"creates restrictive policy %s, which hides"
				" rows of %s",
				s->policy_name, table);
	gm_run_later(r, &s->base);
	gm_scope_make(&r->scope, GM_OBJECT(POLICY),
		      gm_scope_schema(&r->scope, s->table->schemaname,
				      s->table->relname),
		      s->policy_name, s->table->relname);
}

/* A new thing with a name that may have a schema. */
static struct gm_thing *create_named(struct gm_sql_reader *r, int kind,
				     PgQuery__Node *const *names, size_t n,
				     bool certain)
{
	gm_raise(r, GM_CLASS_EXPAND, 0, "creates %s %s", gm_object_word(kind),
		 gm_names(&r->scratch, names, n));
	if (!certain)
		return gm_alloc(&r->scratch, sizeof(struct gm_thing));
	return gm_scope_make(&r->scope, kind, gm_names_schema(names, n),
			     gm_names_last(names, n), NULL);
}

/* One that has no schema. */
static void create_plain(struct gm_sql_reader *r, int kind, const char *name,
			 bool certain)
{
	gm_raise(r, GM_CLASS_EXPAND, 0, "creates %s %s", gm_object_word(kind),
		 name);
	if (certain)
		gm_scope_make(&r->scope, kind, "", name, NULL);
}

static void create_domain(struct gm_sql_reader *r,
			  const PgQuery__CreateDomainStmt *s)
{
	struct gm_domain *domain = gm_scope_make_domain(
		&r->scope, gm_names_schema(s->domainname, s->n_domainname),
		gm_names_last(s->domainname, s->n_domainname));

	create_named(r, GM_OBJECT(TYPE), s->domainname, s->n_domainname, true);
	gm_describe_domain(r, domain, s);
	gm_run_later(r, &s->base);
	gm_judge_later(r, &s->base, &domain->casts);
}

/* Are all functions in view that the options of a definition name? */
static bool call_options(struct gm_sql_reader *r, PgQuery__Node *const *options,
			 size_t n)
{
	static const char *const types[] = { "leftarg", "rightarg",
					     "stype",   "mstype",
					     "subtype", "like",
					     "element", "multirange_type_name",
					     "basetype" };
	bool seen = true;

	for (size_t i = 0; i < n; i++) {
		const PgQuery__DefElem *o = options[i]->def_elem;
		const PgQuery__Node *arg = o->arg;
		bool found, type = false;

		if (!arg || arg->node_case != GM_NODE(TYPE_NAME))
			continue;
		found = gm_call_named(r, arg->type_name->names,
				      arg->type_name->n_names, SIZE_MAX, 0);
		for (size_t j = 0; j < GM_COUNT(types); j++)
			type |= !strcmp(o->defname, types[j]);
		seen &= found || type;
	}
	return seen;
}

/* Functions that operators, aggregates and types are made of. */
static void define(struct gm_sql_reader *r, const PgQuery__DefineStmt *s)
{
	bool function = s->kind == GM_OBJECT(AGGREGATE);
	bool operator_ = s->kind == GM_OBJECT(OPERATOR);
	const char *name = gm_names_last(s->defnames, s->n_defnames);

	create_named(r, (int)s->kind, s->defnames, s->n_defnames,
		     !function && !operator_ && !s->if_not_exists &&
			     !s->replace);
	r->scope.made_operator |= operator_;
	if (call_options(r, s->definition, s->n_definition))
		return;
	if (function)
		gm_scope_hide_func(&r->scope, name);
	else if (operator_)
		gm_map_set(&r->scope.operators,
			   gm_str(gm_strdup(&r->keep, name)), r);
}

static void create_operator_class(struct gm_sql_reader *r,
				  const PgQuery__CreateOpClassStmt *s)
{
	gm_raise(r, GM_CLASS_EXPAND, 0, "creates operator class %s",
		 gm_names(&r->scratch, s->opclassname, s->n_opclassname));
	gm_call_items(r, s->items, s->n_items);
}

void gm_call_items(struct gm_sql_reader *r, PgQuery__Node *const *items,
		   size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const PgQuery__ObjectWithArgs *name =
			items[i]->create_op_class_item->name;

		if (name)
			gm_call_named(r, name->objname, name->n_objname,
				      SIZE_MAX, 0);
	}
}

static bool define_type(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	const PgQuery__RangeVar *rel;

	switch (n->node_case) {
	case GM_NODE(CREATE_ENUM_STMT):
		create_named(r, GM_OBJECT(TYPE), n->create_enum_stmt->type_name,
			     n->create_enum_stmt->n_type_name, true)
			->labels = true;
		return true;
	case GM_NODE(CREATE_RANGE_STMT):
		create_named(r, GM_OBJECT(TYPE),
			     n->create_range_stmt->type_name,
			     n->create_range_stmt->n_type_name, true);
		call_options(r, n->create_range_stmt->params,
			     n->create_range_stmt->n_params);
		return true;
	case GM_NODE(COMPOSITE_TYPE_STMT):
		rel = n->composite_type_stmt->typevar;
		gm_raise(r, GM_CLASS_EXPAND, rel->location, "creates type %s",
			 gm_rel_name(&r->scratch, rel));
		gm_scope_make(&r->scope, GM_OBJECT(TYPE),
			      *rel->schemaname ? rel->schemaname : NULL,
			      rel->relname, NULL);
		/* ALTER TYPE ... ADD ATTRIBUTE is an ALTER TABLE. */
		gm_scope_create(&r->scope, rel, true);
		return true;
	case GM_NODE(CREATE_DOMAIN_STMT):
		create_domain(r, n->create_domain_stmt);
		return true;
	case GM_NODE(DEFINE_STMT):
		define(r, n->define_stmt);
		return true;
	default:
		return false;
	}
}

static void call_handlers(struct gm_sql_reader *r, PgQuery__Node *const *names,
			  size_t n)
{
	if (n)
		gm_call_named(r, names, n, SIZE_MAX, 0);
}

static void call_fdw(struct gm_sql_reader *r, const PgQuery__CreateFdwStmt *s)
{
	for (size_t i = 0; i < s->n_func_options; i++) {
		const PgQuery__Node *arg = s->func_options[i]->def_elem->arg;

		if (arg && arg->node_case == GM_NODE(LIST))
			call_handlers(r, arg->list->items, arg->list->n_items);
	}
}

static bool define_global(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(CREATE_ROLE_STMT):
		create_plain(r, GM_OBJECT(ROLE), n->create_role_stmt->role,
			     true);
		return true;
	case GM_NODE(CREATEDB_STMT):
		create_plain(r, GM_OBJECT(DATABASE), n->createdb_stmt->dbname,
			     true);
		return true;
	case GM_NODE(CREATE_TABLE_SPACE_STMT):
		create_plain(r, GM_OBJECT(TABLESPACE),
			     n->create_table_space_stmt->tablespacename, true);
		return true;
	case GM_NODE(CREATE_EXTENSION_STMT):
		create_plain(r, GM_OBJECT(EXTENSION),
			     n->create_extension_stmt->extname,
			     !n->create_extension_stmt->if_not_exists);
		return true;
	case GM_NODE(CREATE_PLANG_STMT):
		create_plain(r, GM_OBJECT(LANGUAGE),
			     n->create_plang_stmt->plname, false);
		call_handlers(r, n->create_plang_stmt->plhandler,
			      n->create_plang_stmt->n_plhandler);
		call_handlers(r, n->create_plang_stmt->plinline,
			      n->create_plang_stmt->n_plinline);
		call_handlers(r, n->create_plang_stmt->plvalidator,
			      n->create_plang_stmt->n_plvalidator);
		return true;
	case GM_NODE(CREATE_AM_STMT):
		create_plain(r, GM_OBJECT(ACCESS_METHOD),
			     n->create_am_stmt->amname, false);
		call_handlers(r, n->create_am_stmt->handler_name,
			      n->create_am_stmt->n_handler_name);
		return true;
	case GM_NODE(CREATE_FDW_STMT):
		create_plain(r, GM_OBJECT(FDW), n->create_fdw_stmt->fdwname,
			     true);
		call_fdw(r, n->create_fdw_stmt);
		return true;
	case GM_NODE(CREATE_FOREIGN_SERVER_STMT):
		create_plain(r, GM_OBJECT(FOREIGN_SERVER),
			     n->create_foreign_server_stmt->servername,
			     !n->create_foreign_server_stmt->if_not_exists);
		return true;
	case GM_NODE(CREATE_USER_MAPPING_STMT):
		gm_raise(r, GM_CLASS_EXPAND, 0,
			 "creates a user mapping for server %s",
			 n->create_user_mapping_stmt->servername);
		return true;
	case GM_NODE(CREATE_PUBLICATION_STMT):
		create_plain(r, GM_OBJECT(PUBLICATION),
			     n->create_publication_stmt->pubname, true);
		return true;
	case GM_NODE(CREATE_SUBSCRIPTION_STMT):
		create_plain(r, GM_OBJECT(SUBSCRIPTION),
			     n->create_subscription_stmt->subname, true);
		return true;
	default:
		return false;
	}
}

static void create_statistics(struct gm_sql_reader *r,
			      const PgQuery__CreateStatsStmt *s)
{
	create_named(r, GM_OBJECT(STATISTIC_EXT), s->defnames, s->n_defnames,
		     !s->if_not_exists && s->n_defnames);
	gm_run_later(r, &s->base);
}

static void create_cast(struct gm_sql_reader *r,
			const PgQuery__CreateCastStmt *s)
{
	gm_raise(r, GM_CLASS_EXPAND, 0, "creates a cast from %s to %s",
		 gm_type_name(&r->scratch, s->sourcetype),
		 gm_type_name(&r->scratch, s->targettype));
	if (s->func && !gm_call_named(r, s->func->objname, s->func->n_objname,
				      SIZE_MAX, 0))
		r->scope.casts = true;
}

static void create_transform(struct gm_sql_reader *r,
			     const PgQuery__CreateTransformStmt *s)
{
	const PgQuery__ObjectWithArgs *const funcs[] = { s->fromsql, s->tosql };

	gm_raise(r, GM_CLASS_EXPAND, 0, "creates a transform");
	for (size_t i = 0; i < GM_COUNT(funcs); i++)
		if (funcs[i])
			gm_call_named(r, funcs[i]->objname, funcs[i]->n_objname,
				      funcs[i]->n_objargs, 0);
}

bool gm_classify_define(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(CREATE_FUNCTION_STMT):
		gm_define_function(r, n->create_function_stmt);
		return true;
	case GM_NODE(CREATE_TRIG_STMT):
		create_trigger(r, n->create_trig_stmt);
		return true;
	case GM_NODE(CREATE_EVENT_TRIG_STMT):
		create_event_trigger(r, n->create_event_trig_stmt);
		return true;
	case GM_NODE(RULE_STMT):
		create_rule(r, n->rule_stmt);
		return true;
	case GM_NODE(CREATE_POLICY_STMT):
		create_policy(r, n->create_policy_stmt);
		return true;
	case GM_NODE(CREATE_CAST_STMT):
		create_cast(r, n->create_cast_stmt);
		return true;
	case GM_NODE(CREATE_OP_CLASS_STMT):
		create_operator_class(r, n->create_op_class_stmt);
		return true;
	case GM_NODE(CREATE_OP_FAMILY_STMT):
		gm_raise(r, GM_CLASS_EXPAND, 0, "creates an operator family");
		return true;
	case GM_NODE(CREATE_CONVERSION_STMT):
		gm_raise(r, GM_CLASS_EXPAND, 0, "creates a conversion");
		gm_call_named(r, n->create_conversion_stmt->func_name,
			      n->create_conversion_stmt->n_func_name,
			      CONVERSION_ARGS, 0);
		return true;
	case GM_NODE(CREATE_TRANSFORM_STMT):
		create_transform(r, n->create_transform_stmt);
		return true;
	case GM_NODE(CREATE_STATS_STMT):
		create_statistics(r, n->create_stats_stmt);
		return true;
	default:
		return define_type(r, n) || define_global(r, n);
	}
}
