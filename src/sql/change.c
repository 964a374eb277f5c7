/* sql/read: the ALTERs that are not ALTER TABLE. */
#include "sql/read.h"

#include <string.h>

static bool owns_named(struct gm_sql_reader *r, int kind,
		       PgQuery__Node *const *names, size_t n)
{
	return gm_scope_thing(&r->scope, kind, gm_names_schema(names, n),
			      gm_names_last(names, n), NULL) != NULL;
}

static bool owns_plain(struct gm_sql_reader *r, int kind, const char *name)
{
	return gm_scope_thing(&r->scope, kind, "", name, NULL) != NULL;
}

/* One option of ALTER SEQUENCE. */
static void sequence_option(struct gm_sql_reader *r, const char *name, bool own,
			    const PgQuery__DefElem *o)
{
	bool lifts = !o->arg || (o->arg->node_case == GM_NODE(BOOLEAN) &&
				 !o->arg->boolean->boolval);

	if (!strcmp(o->defname, "restart"))
		gm_raise(r, GM_CLASS_BACKFILL, o->location,
			 "restarts sequence %s", name);
	else if (!strcmp(o->defname, "cache") || !strcmp(o->defname, "start"))
		gm_raise(r, GM_CLASS_EXPAND, o->location,
			 "changes the %s of sequence %s", o->defname, name);
	else if ((!strcmp(o->defname, "maxvalue") ||
		  !strcmp(o->defname, "minvalue")) &&
		 lifts)
		gm_raise(r, GM_CLASS_EXPAND, o->location,
			 "lifts the %s of sequence %s", o->defname, name);
	else if (!strcmp(o->defname, "as") &&
		 !strcmp(gm_option_text(&r->scratch, o), "pg_catalog.int8"))
		gm_raise(r, GM_CLASS_EXPAND, o->location, "widens sequence %s",
			 name);
	else
		gm_raise_unless(r, own, o->location,
				"changes the %s of sequence %s",
				!strcmp(o->defname, "owned_by") ? "owner column"
								: o->defname,
				name);
}

static void alter_sequence(struct gm_sql_reader *r,
			   const PgQuery__AlterSeqStmt *s)
{
	const char *name = gm_rel_name(&r->scratch, s->sequence);
	/* An older column may take its values from it. */
	bool own = gm_scope_created(&r->scope, s->sequence) && !r->scope.hooked;

	for (size_t i = 0; i < s->n_options; i++)
		sequence_option(r, name, own, s->options[i]->def_elem);
}

static void alter_enum(struct gm_sql_reader *r, const PgQuery__AlterEnumStmt *s)
{
	const char *name = gm_names(&r->scratch, s->type_name, s->n_type_name);

	if (*s->old_val)
		gm_raise_unless(r,
				owns_named(r, GM_OBJECT(TYPE), s->type_name,
					   s->n_type_name),
				0, "renames the value '%s' of type %s",
				s->old_val, name);
	else
		gm_raise(r, GM_CLASS_EXPAND, 0,
			 "adds the value '%s' to type %s", s->new_val, name);
}

static void alter_domain(struct gm_sql_reader *r,
			 const PgQuery__AlterDomainStmt *s)
{
	const char *name = gm_names(&r->scratch, s->type_name, s->n_type_name);
	struct gm_domain *domain = gm_scope_domain(
		&r->scope, gm_names_schema(s->type_name, s->n_type_name),
		gm_names_last(s->type_name, s->n_type_name));
	bool own =
		owns_named(r, GM_OBJECT(TYPE), s->type_name, s->n_type_name) &&
		!(domain && domain->used);

	gm_run_later(r, gm_node_message(s->def));
	if (domain) {
		gm_judge_later(r, gm_node_message(s->def), &domain->casts);
		gm_alter_domain(r, domain, s);
	}
	switch (*s->subtype) {
	case 'T':
		if (domain && domain->used)
			gm_raise(r, GM_CLASS_CONTRACT, 0,
				 "changes the default of domain %s, which new"
				 " columns of older tables have",
				 name);
		else if (s->def && !gm_node_is_null(s->def))
			gm_raise(r, GM_CLASS_EXPAND, 0,
				 "sets the default of domain %s", name);
		else
			gm_raise_unless(r, own, 0,
					"drops the default of domain %s", name);
		break;
	case 'N':
		gm_raise(r, GM_CLASS_EXPAND, 0, "lets domain %s be NULL", name);
		break;
	case 'O':
		gm_raise_unless(r, own, 0, "sets domain %s NOT NULL", name);
		break;
	case 'C':
		gm_raise_unless(r, own, 0, "adds a constraint to domain %s",
				name);
		break;
	case 'X':
		gm_raise_unless(r, own, 0, "drops constraint %s of domain %s",
				s->name, name);
		break;
	case 'V':
		gm_raise(r, GM_CLASS_NEUTRAL, 0,
			 "validates constraint %s of domain %s", s->name, name);
		break;
	default:
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "changes domain %s in a way that is not known", name);
	}
}

static void alter_function(struct gm_sql_reader *r,
			   const PgQuery__AlterFunctionStmt *s)
{
	static const char *const hints[] = { "cost", "rows", "parallel",
					     "support", "leakproof" };
	const char *name =
		gm_names(&r->scratch, s->func->objname, s->func->n_objname);
	bool own = gm_owns_function(r, s->func);

	for (size_t i = 0; i < s->n_actions; i++) {
		const char *what = s->actions[i]->def_elem->defname;
		bool hint = false;

		for (size_t j = 0; j < GM_COUNT(hints); j++)
			hint |= !strcmp(what, hints[j]);
		if (hint)
			gm_raise(r, GM_CLASS_NEUTRAL, 0,
				 "tells the planner about %s", name);
		else
			gm_raise_unless(r, own, 0,
					"changes how %s behaves (%s)", name,
					what);
	}
}

static void alter_publication(struct gm_sql_reader *r,
			      const PgQuery__AlterPublicationStmt *s)
{
	bool adds =
		s->n_pubobjects &&
		s->action == PG_QUERY__ALTER_PUBLICATION_ACTION__AP_AddObjects;

	if (adds)
		gm_raise(r, GM_CLASS_EXPAND, 0, "adds to publication %s",
			 s->pubname);
	else
		gm_raise_unless(
			r, owns_plain(r, GM_OBJECT(PUBLICATION), s->pubname), 0,
			"changes what publication %s sends", s->pubname);
}

static void alter_subscription(struct gm_sql_reader *r,
			       const PgQuery__AlterSubscriptionStmt *s)
{
	const PgQuery__DefElem *enabled =
		gm_option(s->options, s->n_options, "enabled");
	bool own = owns_plain(r, GM_OBJECT(SUBSCRIPTION), s->subname);

	switch (s->kind) {
	case PG_QUERY__ALTER_SUBSCRIPTION_TYPE__ALTER_SUBSCRIPTION_ADD_PUBLICATION:
	case PG_QUERY__ALTER_SUBSCRIPTION_TYPE__ALTER_SUBSCRIPTION_REFRESH:
		gm_raise(r, GM_CLASS_EXPAND, 0, "adds to subscription %s",
			 s->subname);
		break;
	case PG_QUERY__ALTER_SUBSCRIPTION_TYPE__ALTER_SUBSCRIPTION_ENABLED:
		if (enabled &&
		    !strcmp(gm_option_text(&r->scratch, enabled), "true")) {
			gm_raise(r, GM_CLASS_EXPAND, 0,
				 "enables subscription %s", s->subname);
			break;
		}
		__attribute__((fallthrough));
	default:
		gm_raise_unless(r, own, 0,
				"changes what subscription %s receives",
				s->subname);
	}
}

static void alter_extension(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	if (n->node_case == GM_NODE(ALTER_EXTENSION_STMT))
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "runs the update script of extension %s, which is not"
			 " in view",
			 n->alter_extension_stmt->extname);
	else if (n->alter_extension_contents_stmt->action > 0)
		/* Whoever drops the extension now drops that, too. */
		gm_raise(r, GM_CLASS_CONTRACT, 0, "adds to extension %s",
			 n->alter_extension_contents_stmt->extname);
	else
		gm_raise(r, GM_CLASS_CONTRACT, 0,
			 "takes an object out of extension %s",
			 n->alter_extension_contents_stmt->extname);
}

static void alter_policy(struct gm_sql_reader *r,
			 const PgQuery__AlterPolicyStmt *s)
{
	const char *schema = gm_scope_schema(&r->scope, s->table->schemaname,
					     s->table->relname);
	bool own = gm_scope_created(&r->scope, s->table) ||
		   gm_scope_thing(&r->scope, GM_OBJECT(POLICY), schema,
				  s->policy_name, s->table->relname);

	gm_raise_unless(r, own, s->table->location,
			"changes policy %s, which rows of %s are seen",
			s->policy_name, gm_rel_name(&r->scratch, s->table));
	gm_run_later(r, &s->base);
}

static void alter_event_trigger(struct gm_sql_reader *r,
				const PgQuery__AlterEventTrigStmt *s)
{
	bool own = owns_plain(r, GM_OBJECT(EVENT_TRIGGER), s->trigname);

	if (*s->tgenabled == 'O' || *s->tgenabled == 'A') {
		gm_raise(r, GM_CLASS_EXPAND, 0, "enables event trigger %s",
			 s->trigname);
		r->events |= !own;
		return;
	}
	gm_raise_unless(r, own, 0, "disables event trigger %s", s->trigname);
}

static void alter_search(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	const PgQuery__AlterTSConfigurationStmt *c;

	if (n->node_case == GM_NODE(ALTER_TSDICTIONARY_STMT)) {
		const PgQuery__AlterTSDictionaryStmt *d =
			n->alter_tsdictionary_stmt;

		gm_raise_unless(
			r,
			owns_named(r, GM_OBJECT(TSDICTIONARY), d->dictname,
				   d->n_dictname),
			0, "changes text search dictionary %s",
			gm_names(&r->scratch, d->dictname, d->n_dictname));
		return;
	}
	c = n->alter_tsconfiguration_stmt;
	if (c->kind ==
	    PG_QUERY__ALTER_TSCONFIG_TYPE__ALTER_TSCONFIG_ADD_MAPPING)
		gm_raise(r, GM_CLASS_EXPAND, 0,
			 "adds to text search configuration %s",
			 gm_names(&r->scratch, c->cfgname, c->n_cfgname));
	else
		gm_raise_unless(
			r,
			owns_named(r, GM_OBJECT(TSCONFIGURATION), c->cfgname,
				   c->n_cfgname),
			0, "changes text search configuration %s",
			gm_names(&r->scratch, c->cfgname, c->n_cfgname));
}

/* Options of foreign servers and the like may be added, set and dropped. */
static void alter_foreign(struct gm_sql_reader *r, int kind, const char *name)
{
	gm_raise_unless(r, owns_plain(r, kind, name), 0,
			"changes the options of %s %s", gm_object_word(kind),
			name);
}

static bool change_foreign(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(ALTER_FDW_STMT):
		alter_foreign(r, GM_OBJECT(FDW), n->alter_fdw_stmt->fdwname);
		return true;
	case GM_NODE(ALTER_FOREIGN_SERVER_STMT):
		alter_foreign(r, GM_OBJECT(FOREIGN_SERVER),
			      n->alter_foreign_server_stmt->servername);
		return true;
	case GM_NODE(ALTER_USER_MAPPING_STMT):
		gm_raise(r, GM_CLASS_CONTRACT, 0,
			 "changes a user mapping of server %s",
			 n->alter_user_mapping_stmt->servername);
		return true;
	case GM_NODE(ALTER_TABLE_MOVE_ALL_STMT):
		gm_raise(r, GM_CLASS_EXPAND, 0,
			 "moves all of a tablespace to another");
		return true;
	case GM_NODE(ALTER_OPERATOR_STMT):
	case GM_NODE(ALTER_TYPE_STMT):
		gm_raise(r, GM_CLASS_CONTRACT, 0,
			 "changes what an existing type or operator does");
		return true;
	case GM_NODE(ALTER_OP_FAMILY_STMT):
		if (n->alter_op_family_stmt->is_drop)
			gm_raise(r, GM_CLASS_CONTRACT, 0,
				 "drops from an operator family");
		else
			gm_raise(r, GM_CLASS_EXPAND, 0,
				 "adds to an operator family");
		gm_call_items(r, n->alter_op_family_stmt->items,
			      n->alter_op_family_stmt->n_items);
		return true;
	default:
		return false;
	}
}

bool gm_classify_change(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(ALTER_SEQ_STMT):
		alter_sequence(r, n->alter_seq_stmt);
		return true;
	case GM_NODE(ALTER_ENUM_STMT):
		alter_enum(r, n->alter_enum_stmt);
		return true;
	case GM_NODE(ALTER_DOMAIN_STMT):
		alter_domain(r, n->alter_domain_stmt);
		return true;
	case GM_NODE(ALTER_FUNCTION_STMT):
		alter_function(r, n->alter_function_stmt);
		return true;
	case GM_NODE(ALTER_PUBLICATION_STMT):
		alter_publication(r, n->alter_publication_stmt);
		return true;
	case GM_NODE(ALTER_SUBSCRIPTION_STMT):
		alter_subscription(r, n->alter_subscription_stmt);
		return true;
	case GM_NODE(ALTER_EXTENSION_STMT):
	case GM_NODE(ALTER_EXTENSION_CONTENTS_STMT):
		alter_extension(r, n);
		return true;
	case GM_NODE(ALTER_POLICY_STMT):
		alter_policy(r, n->alter_policy_stmt);
		return true;
	case GM_NODE(ALTER_EVENT_TRIG_STMT):
		alter_event_trigger(r, n->alter_event_trig_stmt);
		return true;
	case GM_NODE(ALTER_TSDICTIONARY_STMT):
	case GM_NODE(ALTER_TSCONFIGURATION_STMT):
		alter_search(r, n);
		return true;
	default:
		return change_foreign(r, n);
	}
}
