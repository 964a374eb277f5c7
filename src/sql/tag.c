/* sql/read: command tags, as PostgreSQL prints them. */
#include "sql/read.h"

#include <string.h>

static const char *const words[] = {
	[GM_OBJECT(ACCESS_METHOD)] = "access method",
	[GM_OBJECT(AGGREGATE)] = "aggregate",
	[GM_OBJECT(ATTRIBUTE)] = "type",
	[GM_OBJECT(CAST)] = "cast",
	[GM_OBJECT(COLUMN)] = "column",
	[GM_OBJECT(COLLATION)] = "collation",
	[GM_OBJECT(CONVERSION)] = "conversion",
	[GM_OBJECT(DATABASE)] = "database",
	[GM_OBJECT(DOMAIN)] = "domain",
	[GM_OBJECT(DOMCONSTRAINT)] = "domain",
	[GM_OBJECT(EVENT_TRIGGER)] = "event trigger",
	[GM_OBJECT(EXTENSION)] = "extension",
	[GM_OBJECT(FDW)] = "foreign data wrapper",
	[GM_OBJECT(FOREIGN_SERVER)] = "server",
	[GM_OBJECT(FOREIGN_TABLE)] = "foreign table",
	[GM_OBJECT(FUNCTION)] = "function",
	[GM_OBJECT(INDEX)] = "index",
	[GM_OBJECT(LANGUAGE)] = "language",
	[GM_OBJECT(LARGEOBJECT)] = "large object",
	[GM_OBJECT(MATVIEW)] = "materialized view",
	[GM_OBJECT(OPCLASS)] = "operator class",
	[GM_OBJECT(OPERATOR)] = "operator",
	[GM_OBJECT(OPFAMILY)] = "operator family",
	[GM_OBJECT(POLICY)] = "policy",
	[GM_OBJECT(PROCEDURE)] = "procedure",
	[GM_OBJECT(PUBLICATION)] = "publication",
	[GM_OBJECT(ROLE)] = "role",
	[GM_OBJECT(ROUTINE)] = "routine",
	[GM_OBJECT(RULE)] = "rule",
	[GM_OBJECT(SCHEMA)] = "schema",
	[GM_OBJECT(SEQUENCE)] = "sequence",
	[GM_OBJECT(SUBSCRIPTION)] = "subscription",
	[GM_OBJECT(STATISTIC_EXT)] = "statistics",
	[GM_OBJECT(TABCONSTRAINT)] = "constraint",
	[GM_OBJECT(TABLE)] = "table",
	[GM_OBJECT(TABLESPACE)] = "tablespace",
	[GM_OBJECT(TRANSFORM)] = "transform",
	[GM_OBJECT(TRIGGER)] = "trigger",
	[GM_OBJECT(TSCONFIGURATION)] = "text search configuration",
	[GM_OBJECT(TSDICTIONARY)] = "text search dictionary",
	[GM_OBJECT(TSPARSER)] = "text search parser",
	[GM_OBJECT(TSTEMPLATE)] = "text search template",
	[GM_OBJECT(TYPE)] = "type",
	[GM_OBJECT(USER_MAPPING)] = "user mapping",
	[GM_OBJECT(VIEW)] = "view",
};

const char *gm_object_word(int type)
{
	const char *word = NULL;

	if (type >= 0 && (size_t)type < GM_COUNT(words))
		word = words[type];
	return word ? word : "object";
}

/* The same words in capitals behind a verb, as constants. */
#define TAGS(VERB)                                                             \
	[GM_OBJECT(ACCESS_METHOD)] = VERB " ACCESS METHOD",                    \
	[GM_OBJECT(AGGREGATE)] = VERB " AGGREGATE",                            \
	[GM_OBJECT(ATTRIBUTE)] = VERB " TYPE",                                 \
	[GM_OBJECT(CAST)] = VERB " CAST", [GM_OBJECT(COLUMN)] = VERB " TABLE", \
	[GM_OBJECT(COLLATION)] = VERB " COLLATION",                            \
	[GM_OBJECT(CONVERSION)] = VERB " CONVERSION",                          \
	[GM_OBJECT(DATABASE)] = VERB " DATABASE",                              \
	[GM_OBJECT(DOMAIN)] = VERB " DOMAIN",                                  \
	[GM_OBJECT(DOMCONSTRAINT)] = VERB " DOMAIN",                           \
	[GM_OBJECT(EVENT_TRIGGER)] = VERB " EVENT TRIGGER",                    \
	[GM_OBJECT(EXTENSION)] = VERB " EXTENSION",                            \
	[GM_OBJECT(FDW)] = VERB " FOREIGN DATA WRAPPER",                       \
	[GM_OBJECT(FOREIGN_SERVER)] = VERB " SERVER",                          \
	[GM_OBJECT(FOREIGN_TABLE)] = VERB " FOREIGN TABLE",                    \
	[GM_OBJECT(FUNCTION)] = VERB " FUNCTION",                              \
	[GM_OBJECT(INDEX)] = VERB " INDEX",                                    \
	[GM_OBJECT(LANGUAGE)] = VERB " LANGUAGE",                              \
	[GM_OBJECT(LARGEOBJECT)] = VERB " LARGE OBJECT",                       \
	[GM_OBJECT(MATVIEW)] = VERB " MATERIALIZED VIEW",                      \
	[GM_OBJECT(OPCLASS)] = VERB " OPERATOR CLASS",                         \
	[GM_OBJECT(OPERATOR)] = VERB " OPERATOR",                              \
	[GM_OBJECT(OPFAMILY)] = VERB " OPERATOR FAMILY",                       \
	[GM_OBJECT(POLICY)] = VERB " POLICY",                                  \
	[GM_OBJECT(PROCEDURE)] = VERB " PROCEDURE",                            \
	[GM_OBJECT(PUBLICATION)] = VERB " PUBLICATION",                        \
	[GM_OBJECT(ROLE)] = VERB " ROLE",                                      \
	[GM_OBJECT(ROUTINE)] = VERB " ROUTINE",                                \
	[GM_OBJECT(RULE)] = VERB " RULE",                                      \
	[GM_OBJECT(SCHEMA)] = VERB " SCHEMA",                                  \
	[GM_OBJECT(SEQUENCE)] = VERB " SEQUENCE",                              \
	[GM_OBJECT(SUBSCRIPTION)] = VERB " SUBSCRIPTION",                      \
	[GM_OBJECT(STATISTIC_EXT)] = VERB " STATISTICS",                       \
	[GM_OBJECT(TABCONSTRAINT)] = VERB " TABLE",                            \
	[GM_OBJECT(TABLE)] = VERB " TABLE",                                    \
	[GM_OBJECT(TABLESPACE)] = VERB " TABLESPACE",                          \
	[GM_OBJECT(TRANSFORM)] = VERB " TRANSFORM",                            \
	[GM_OBJECT(TRIGGER)] = VERB " TRIGGER",                                \
	[GM_OBJECT(TSCONFIGURATION)] = VERB " TEXT SEARCH CONFIGURATION",      \
	[GM_OBJECT(TSDICTIONARY)] = VERB " TEXT SEARCH DICTIONARY",            \
	[GM_OBJECT(TSPARSER)] = VERB " TEXT SEARCH PARSER",                    \
	[GM_OBJECT(TSTEMPLATE)] = VERB " TEXT SEARCH TEMPLATE",                \
	[GM_OBJECT(TYPE)] = VERB " TYPE",                                      \
	[GM_OBJECT(USER_MAPPING)] = VERB " USER MAPPING",                      \
	[GM_OBJECT(VIEW)] = VERB " VIEW"

static const char *of(const char *const *tags, size_t n, int type,
		      const char *other)
{
	if (type >= 0 && (size_t)type < n && tags[type])
		return tags[type];
	return other;
}

static const char *altered(int type)
{
	static const char *const tags[] = { TAGS("ALTER") };

	return of(tags, GM_COUNT(tags), type, "ALTER");
}

static const char *dropped(int type)
{
	static const char *const tags[] = { TAGS("DROP") };

	return of(tags, GM_COUNT(tags), type, "DROP");
}

static const char *created(int type)
{
	static const char *const tags[] = { TAGS("CREATE") };

	return of(tags, GM_COUNT(tags), type, "CREATE");
}

static const char *transaction(const PgQuery__TransactionStmt *s)
{
	static const char *const tags[] = {
		"?",
		"BEGIN",
		"START TRANSACTION",
		"COMMIT",
		"ROLLBACK",
		"SAVEPOINT",
		"RELEASE",
		"ROLLBACK",
		"PREPARE TRANSACTION",
		"COMMIT PREPARED",
		"ROLLBACK PREPARED",
	};

	return of(tags, GM_COUNT(tags), (int)s->kind, "?");
}

static const char *renamed(const PgQuery__RenameStmt *s)
{
	if (s->rename_type == GM_OBJECT(COLUMN))
		return altered((int)s->relation_type);
	return altered((int)s->rename_type);
}

static const char *set(const PgQuery__VariableSetStmt *s)
{
	if (s->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET ||
	    s->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL)
		return "RESET";
	return "SET";
}

static const char *discarded(const PgQuery__DiscardStmt *s)
{
	static const char *const tags[] = { "DISCARD", "DISCARD ALL",
					    "DISCARD PLANS",
					    "DISCARD SEQUENCES",
					    "DISCARD TEMP" };

	return of(tags, GM_COUNT(tags), (int)s->target, "DISCARD");
}

static const char *table_as(const PgQuery__CreateTableAsStmt *s)
{
	if (s->objtype == GM_OBJECT(MATVIEW))
		return "CREATE MATERIALIZED VIEW";
	return s->is_select_into ? "SELECT INTO" : "CREATE TABLE AS";
}

static bool deallocates_all(const PgQuery__DeallocateStmt *s)
{
	return !*s->name;
}

/* Kinds whose tag depends on what the statement says. */
static const char *detailed(const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(SELECT_STMT):
		return n->select_stmt->into_clause ? "SELECT INTO" : "SELECT";
	case GM_NODE(TRANSACTION_STMT):
		return transaction(n->transaction_stmt);
	case GM_NODE(ALTER_TABLE_STMT):
		return altered((int)n->alter_table_stmt->objtype);
	case GM_NODE(RENAME_STMT):
		return renamed(n->rename_stmt);
	case GM_NODE(ALTER_OBJECT_SCHEMA_STMT):
		return altered((int)n->alter_object_schema_stmt->object_type);
	case GM_NODE(ALTER_OWNER_STMT):
		return altered((int)n->alter_owner_stmt->object_type);
	case GM_NODE(ALTER_OBJECT_DEPENDS_STMT):
		return altered((int)n->alter_object_depends_stmt->object_type);
	case GM_NODE(ALTER_FUNCTION_STMT):
		return altered((int)n->alter_function_stmt->objtype);
	case GM_NODE(ALTER_TABLE_MOVE_ALL_STMT):
		return altered((int)n->alter_table_move_all_stmt->objtype);
	case GM_NODE(DROP_STMT):
		return dropped((int)n->drop_stmt->remove_type);
	case GM_NODE(DEFINE_STMT):
		return created((int)n->define_stmt->kind);
	case GM_NODE(CREATE_TABLE_AS_STMT):
		return table_as(n->create_table_as_stmt);
	case GM_NODE(CREATE_FUNCTION_STMT):
		return n->create_function_stmt->is_procedure
			       ? "CREATE PROCEDURE"
			       : "CREATE FUNCTION";
	case GM_NODE(GRANT_STMT):
		return n->grant_stmt->is_grant ? "GRANT" : "REVOKE";
	case GM_NODE(GRANT_ROLE_STMT):
		return n->grant_role_stmt->is_grant ? "GRANT ROLE"
						    : "REVOKE ROLE";
	case GM_NODE(VARIABLE_SET_STMT):
		return set(n->variable_set_stmt);
	case GM_NODE(DISCARD_STMT):
		return discarded(n->discard_stmt);
	case GM_NODE(VACUUM_STMT):
		return n->vacuum_stmt->is_vacuumcmd ? "VACUUM" : "ANALYZE";
	case GM_NODE(FETCH_STMT):
		return n->fetch_stmt->ismove ? "MOVE" : "FETCH";
	case GM_NODE(DEALLOCATE_STMT):
		return deallocates_all(n->deallocate_stmt) ? "DEALLOCATE ALL"
							   : "DEALLOCATE";
	default:
		return NULL;
	}
}

/* Kinds with one tag. */
static const char *const plain[] = {
	[GM_NODE(INSERT_STMT)] = "INSERT",
	[GM_NODE(UPDATE_STMT)] = "UPDATE",
	[GM_NODE(DELETE_STMT)] = "DELETE",
	[GM_NODE(MERGE_STMT)] = "MERGE",
	[GM_NODE(COPY_STMT)] = "COPY",
	[GM_NODE(CALL_STMT)] = "CALL",
	[GM_NODE(DO_STMT)] = "DO",
	[GM_NODE(EXPLAIN_STMT)] = "EXPLAIN",
	[GM_NODE(PREPARE_STMT)] = "PREPARE",
	[GM_NODE(EXECUTE_STMT)] = "EXECUTE",
	[GM_NODE(DECLARE_CURSOR_STMT)] = "DECLARE CURSOR",
	[GM_NODE(CLOSE_PORTAL_STMT)] = "CLOSE CURSOR",
	[GM_NODE(TRUNCATE_STMT)] = "TRUNCATE TABLE",
	[GM_NODE(LOCK_STMT)] = "LOCK TABLE",
	[GM_NODE(COMMENT_STMT)] = "COMMENT",
	[GM_NODE(SEC_LABEL_STMT)] = "SECURITY LABEL",
	[GM_NODE(VARIABLE_SHOW_STMT)] = "SHOW",
	[GM_NODE(CONSTRAINTS_SET_STMT)] = "SET CONSTRAINTS",
	[GM_NODE(CLUSTER_STMT)] = "CLUSTER",
	[GM_NODE(REINDEX_STMT)] = "REINDEX",
	[GM_NODE(CHECK_POINT_STMT)] = "CHECKPOINT",
	[GM_NODE(REFRESH_MAT_VIEW_STMT)] = "REFRESH MATERIALIZED VIEW",
	[GM_NODE(LISTEN_STMT)] = "LISTEN",
	[GM_NODE(UNLISTEN_STMT)] = "UNLISTEN",
	[GM_NODE(NOTIFY_STMT)] = "NOTIFY",
	[GM_NODE(LOAD_STMT)] = "LOAD",
	[GM_NODE(CREATE_STMT)] = "CREATE TABLE",
	[GM_NODE(CREATE_FOREIGN_TABLE_STMT)] = "CREATE FOREIGN TABLE",
	[GM_NODE(IMPORT_FOREIGN_SCHEMA_STMT)] = "IMPORT FOREIGN SCHEMA",
	[GM_NODE(INDEX_STMT)] = "CREATE INDEX",
	[GM_NODE(VIEW_STMT)] = "CREATE VIEW",
	[GM_NODE(CREATE_SEQ_STMT)] = "CREATE SEQUENCE",
	[GM_NODE(CREATE_SCHEMA_STMT)] = "CREATE SCHEMA",
	[GM_NODE(CREATE_EXTENSION_STMT)] = "CREATE EXTENSION",
	[GM_NODE(CREATE_TRIG_STMT)] = "CREATE TRIGGER",
	[GM_NODE(CREATE_EVENT_TRIG_STMT)] = "CREATE EVENT TRIGGER",
	[GM_NODE(RULE_STMT)] = "CREATE RULE",
	[GM_NODE(CREATE_POLICY_STMT)] = "CREATE POLICY",
	[GM_NODE(CREATE_ENUM_STMT)] = "CREATE TYPE",
	[GM_NODE(COMPOSITE_TYPE_STMT)] = "CREATE TYPE",
	[GM_NODE(CREATE_RANGE_STMT)] = "CREATE TYPE",
	[GM_NODE(CREATE_DOMAIN_STMT)] = "CREATE DOMAIN",
	[GM_NODE(CREATE_ROLE_STMT)] = "CREATE ROLE",
	[GM_NODE(CREATEDB_STMT)] = "CREATE DATABASE",
	[GM_NODE(CREATE_TABLE_SPACE_STMT)] = "CREATE TABLESPACE",
	[GM_NODE(CREATE_CAST_STMT)] = "CREATE CAST",
	[GM_NODE(CREATE_CONVERSION_STMT)] = "CREATE CONVERSION",
	[GM_NODE(CREATE_OP_CLASS_STMT)] = "CREATE OPERATOR CLASS",
	[GM_NODE(CREATE_OP_FAMILY_STMT)] = "CREATE OPERATOR FAMILY",
	[GM_NODE(CREATE_PLANG_STMT)] = "CREATE LANGUAGE",
	[GM_NODE(CREATE_TRANSFORM_STMT)] = "CREATE TRANSFORM",
	[GM_NODE(CREATE_AM_STMT)] = "CREATE ACCESS METHOD",
	[GM_NODE(CREATE_FDW_STMT)] = "CREATE FOREIGN DATA WRAPPER",
	[GM_NODE(CREATE_FOREIGN_SERVER_STMT)] = "CREATE SERVER",
	[GM_NODE(CREATE_USER_MAPPING_STMT)] = "CREATE USER MAPPING",
	[GM_NODE(CREATE_PUBLICATION_STMT)] = "CREATE PUBLICATION",
	[GM_NODE(CREATE_SUBSCRIPTION_STMT)] = "CREATE SUBSCRIPTION",
	[GM_NODE(CREATE_STATS_STMT)] = "CREATE STATISTICS",
	[GM_NODE(ALTER_SEQ_STMT)] = "ALTER SEQUENCE",
	[GM_NODE(ALTER_ENUM_STMT)] = "ALTER TYPE",
	[GM_NODE(ALTER_TYPE_STMT)] = "ALTER TYPE",
	[GM_NODE(ALTER_DOMAIN_STMT)] = "ALTER DOMAIN",
	[GM_NODE(ALTER_ROLE_STMT)] = "ALTER ROLE",
	[GM_NODE(ALTER_ROLE_SET_STMT)] = "ALTER ROLE",
	[GM_NODE(ALTER_DATABASE_STMT)] = "ALTER DATABASE",
	[GM_NODE(ALTER_DATABASE_SET_STMT)] = "ALTER DATABASE",
	[GM_NODE(ALTER_DATABASE_REFRESH_COLL_STMT)] = "ALTER DATABASE",
	[GM_NODE(ALTER_SYSTEM_STMT)] = "ALTER SYSTEM",
	[GM_NODE(ALTER_EXTENSION_STMT)] = "ALTER EXTENSION",
	[GM_NODE(ALTER_EXTENSION_CONTENTS_STMT)] = "ALTER EXTENSION",
	[GM_NODE(ALTER_POLICY_STMT)] = "ALTER POLICY",
	[GM_NODE(ALTER_PUBLICATION_STMT)] = "ALTER PUBLICATION",
	[GM_NODE(ALTER_SUBSCRIPTION_STMT)] = "ALTER SUBSCRIPTION",
	[GM_NODE(ALTER_OPERATOR_STMT)] = "ALTER OPERATOR",
	[GM_NODE(ALTER_OP_FAMILY_STMT)] = "ALTER OPERATOR FAMILY",
	[GM_NODE(ALTER_STATS_STMT)] = "ALTER STATISTICS",
	[GM_NODE(ALTER_COLLATION_STMT)] = "ALTER COLLATION",
	[GM_NODE(ALTER_EVENT_TRIG_STMT)] = "ALTER EVENT TRIGGER",
	[GM_NODE(ALTER_TSDICTIONARY_STMT)] = "ALTER TEXT SEARCH DICTIONARY",
	[GM_NODE(ALTER_TSCONFIGURATION_STMT)] =
		"ALTER TEXT SEARCH CONFIGURATION",
	[GM_NODE(ALTER_FDW_STMT)] = "ALTER FOREIGN DATA WRAPPER",
	[GM_NODE(ALTER_FOREIGN_SERVER_STMT)] = "ALTER SERVER",
	[GM_NODE(ALTER_USER_MAPPING_STMT)] = "ALTER USER MAPPING",
	[GM_NODE(ALTER_TABLE_SPACE_OPTIONS_STMT)] = "ALTER TABLESPACE",
	[GM_NODE(ALTER_DEFAULT_PRIVILEGES_STMT)] = "ALTER DEFAULT PRIVILEGES",
	[GM_NODE(DROPDB_STMT)] = "DROP DATABASE",
	[GM_NODE(DROP_ROLE_STMT)] = "DROP ROLE",
	[GM_NODE(DROP_TABLE_SPACE_STMT)] = "DROP TABLESPACE",
	[GM_NODE(DROP_USER_MAPPING_STMT)] = "DROP USER MAPPING",
	[GM_NODE(DROP_SUBSCRIPTION_STMT)] = "DROP SUBSCRIPTION",
	[GM_NODE(DROP_OWNED_STMT)] = "DROP OWNED",
	[GM_NODE(REASSIGN_OWNED_STMT)] = "REASSIGN OWNED",
};

const char *gm_command_tag(const PgQuery__Node *stmt)
{
	const char *tag;

	if (!stmt)
		return "?";
	tag = detailed(stmt);
	if (tag)
		return tag;
	return of(plain, GM_COUNT(plain), (int)stmt->node_case, "?");
}
