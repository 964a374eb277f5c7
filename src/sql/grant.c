/* sql/read: privileges, roles, and the settings of roles and databases. */
#include "sql/read.h"

#include <string.h>

static bool owns_object(struct gm_sql_reader *r, int kind,
			const PgQuery__Node *o)
{
	switch (o->node_case) {
	case GM_NODE(RANGE_VAR):
		return gm_scope_created(&r->scope, o->range_var);
	case GM_NODE(OBJECT_WITH_ARGS):
		return gm_owns_function(r, o->object_with_args);
	case GM_NODE(STRING):
		return gm_scope_thing(&r->scope, kind, "", o->string->sval,
				      NULL) != NULL;
	case GM_NODE(LIST):
		return gm_scope_thing(
			       &r->scope, GM_OBJECT(TYPE),
			       gm_names_schema(o->list->items,
					       o->list->n_items),
			       gm_names_last(o->list->items, o->list->n_items),
			       NULL) != NULL;
	default:
		return false;
	}
}

/* What did not exist before has nothing that could be taken away. */
static bool owns_all(struct gm_sql_reader *r, const PgQuery__GrantStmt *s)
{
	int kind = (int)s->objtype;

	if (s->targtype ==
	    PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_ALL_IN_SCHEMA)
		kind = GM_OBJECT(SCHEMA);
	for (size_t i = 0; i < s->n_objects; i++)
		if (!owns_object(r, kind, s->objects[i]))
			return false;
	return s->n_objects > 0;
}

static void grant(struct gm_sql_reader *r, const PgQuery__GrantStmt *s)
{
	if (s->is_grant)
		gm_raise(r, GM_CLASS_EXPAND, 0, "grants privileges on %s",
			 gm_object_word((int)s->objtype));
	else
		gm_raise_unless(r, owns_all(r, s), 0,
				"revokes privileges on %s",
				gm_object_word((int)s->objtype));
}

static void grant_role(struct gm_sql_reader *r, const PgQuery__GrantRoleStmt *s)
{
	bool own = s->n_grantee_roles > 0;

	for (size_t i = 0; i < s->n_grantee_roles; i++)
		own &= gm_scope_thing(&r->scope, GM_OBJECT(ROLE), "",
				      s->grantee_roles[i]->role_spec->rolename,
				      NULL) != NULL;
	if (s->is_grant)
		gm_raise(r, GM_CLASS_EXPAND, 0, "grants a role");
	else
		gm_raise_unless(r, own, 0, "revokes a role");
}

/* Does this option of ALTER ROLE give something? */
static bool role_gives(struct gm_sql_reader *r, const PgQuery__DefElem *o)
{
	static const char *const flags[] = { "superuser",     "createrole",
					     "createdb",      "canlogin",
					     "isreplication", "bypassrls",
					     "inherit" };
	const char *value = gm_option_text(&r->scratch, o);

	for (size_t i = 0; i < GM_COUNT(flags); i++)
		if (!strcmp(o->defname, flags[i]))
			return !strcmp(value, "true");
	if (!strcmp(o->defname, "validUntil"))
		return !strcmp(value, "infinity");
	if (!strcmp(o->defname, "connectionlimit"))
		return !strcmp(value, "-1");
	return false;
}

static void alter_role(struct gm_sql_reader *r, const PgQuery__AlterRoleStmt *s)
{
	const char *name = s->role->rolename;
	bool own = gm_scope_thing(&r->scope, GM_OBJECT(ROLE), "", name, NULL);

	gm_raise(r, GM_CLASS_EXPAND, s->role->location, "changes role %s",
		 name);
	for (size_t i = 0; i < s->n_options; i++) {
		const PgQuery__DefElem *o = s->options[i]->def_elem;

		if (!strcmp(o->defname, "rolemembers") && s->action > 0)
			continue;
		if (!role_gives(r, o))
			gm_raise_unless(r, own, o->location,
					"takes something away from role %s"
					" (%s)",
					name, o->defname);
	}
}

static void alter_database(struct gm_sql_reader *r,
			   const PgQuery__AlterDatabaseStmt *s)
{
	bool own = gm_scope_thing(&r->scope, GM_OBJECT(DATABASE), "", s->dbname,
				  NULL);

	gm_raise(r, GM_CLASS_EXPAND, 0, "changes database %s", s->dbname);
	for (size_t i = 0; i < s->n_options; i++) {
		const PgQuery__DefElem *o = s->options[i]->def_elem;
		const char *value = gm_option_text(&r->scratch, o);
		bool gives = !strcmp(o->defname, "tablespace") ||
			     (!strcmp(o->defname, "allow_connections") &&
			      !strcmp(value, "true")) ||
			     (!strcmp(o->defname, "connection_limit") &&
			      !strcmp(value, "-1"));

		if (!gives)
			gm_raise_unless(r, own, o->location,
					"takes something away from database %s"
					" (%s)",
					s->dbname, o->defname);
	}
}

/* Parameters whose value no application can depend on. */
static bool only_tunes(const char *name)
{
	static const char *const names[] = {
		"application_name",
		"checkpoint_completion_target",
		"checkpoint_timeout",
		"client_min_messages",
		"cpu_index_tuple_cost",
		"cpu_operator_cost",
		"cpu_tuple_cost",
		"deadlock_timeout",
		"default_statistics_target",
		"effective_cache_size",
		"effective_io_concurrency",
		"from_collapse_limit",
		"hash_mem_multiplier",
		"jit",
		"join_collapse_limit",
		"maintenance_io_concurrency",
		"maintenance_work_mem",
		"max_parallel_maintenance_workers",
		"max_parallel_workers",
		"max_parallel_workers_per_gather",
		"max_wal_size",
		"min_wal_size",
		"parallel_setup_cost",
		"parallel_tuple_cost",
		"random_page_cost",
		"seq_page_cost",
		"shared_buffers",
		"temp_buffers",
		"track_activities",
		"track_activity_query_size",
		"track_counts",
		"track_functions",
		"track_io_timing",
		"wal_buffers",
		"wal_compression",
		"work_mem",
	};
	static const char *const groups[] = { "autovacuum_", "auto_explain.",
					      "enable_", "log_",
					      "pg_stat_statements." };

	for (size_t i = 0; i < GM_COUNT(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	for (size_t i = 0; i < GM_COUNT(groups); i++)
		if (!strncmp(name, groups[i], strlen(groups[i])))
			return true;
	return false;
}

/* ALTER ROLE, DATABASE or SYSTEM ... SET */
static void alter_setting(struct gm_sql_reader *r, bool own, const char *of,
			  const PgQuery__VariableSetStmt *s)
{
	bool sets = s->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE;

	if (only_tunes(s->name))
		gm_raise(r, GM_CLASS_EXPAND, 0, "%s %s of %s",
			 sets ? "sets" : "resets", s->name, of);
	else
		gm_raise_unless(r, own, 0,
				"%s %s of %s, for all its sessions to come",
				sets ? "sets" : "resets",
				*s->name ? s->name : "all parameters", of);
}

static void alter_role_setting(struct gm_sql_reader *r,
			       const PgQuery__AlterRoleSetStmt *s)
{
	const char *name = s->role ? s->role->rolename : "";

	alter_setting(r,
		      gm_scope_thing(&r->scope, GM_OBJECT(ROLE), "", name,
				     NULL) != NULL,
		      s->role ? gm_printf(&r->scratch, "role %s", name)
			      : "all roles",
		      s->setstmt);
}

static void alter_database_setting(struct gm_sql_reader *r,
				   const PgQuery__AlterDatabaseSetStmt *s)
{
	alter_setting(r,
		      gm_scope_thing(&r->scope, GM_OBJECT(DATABASE), "",
				     s->dbname, NULL) != NULL,
		      gm_printf(&r->scratch, "database %s", s->dbname),
		      s->setstmt);
}

bool gm_classify_grant(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(GRANT_STMT):
		grant(r, n->grant_stmt);
		return true;
	case GM_NODE(GRANT_ROLE_STMT):
		grant_role(r, n->grant_role_stmt);
		return true;
	case GM_NODE(ALTER_DEFAULT_PRIVILEGES_STMT):
		grant(r, n->alter_default_privileges_stmt->action);
		return true;
	case GM_NODE(ALTER_ROLE_STMT):
		alter_role(r, n->alter_role_stmt);
		return true;
	case GM_NODE(ALTER_ROLE_SET_STMT):
		alter_role_setting(r, n->alter_role_set_stmt);
		return true;
	case GM_NODE(ALTER_DATABASE_STMT):
		alter_database(r, n->alter_database_stmt);
		return true;
	case GM_NODE(ALTER_DATABASE_SET_STMT):
		alter_database_setting(r, n->alter_database_set_stmt);
		return true;
	case GM_NODE(ALTER_SYSTEM_STMT):
		alter_setting(r, false, "the server",
			      n->alter_system_stmt->setstmt);
		return true;
	default:
		return false;
	}
}
