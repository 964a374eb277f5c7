/* sql/read: which handler a statement belongs to. */
#include "sql/read.h"

#include "sql/split.h"

/* Statements that change neither schema nor data, and what to say of them. */
static const char *harmless(const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(VARIABLE_SHOW_STMT):
		return "shows a parameter";
	case GM_NODE(COMMENT_STMT):
		return "sets a comment";
	case GM_NODE(SEC_LABEL_STMT):
		return "sets a security label";
	case GM_NODE(VACUUM_STMT):
		return n->vacuum_stmt->is_vacuumcmd ? "vacuums"
						    : "collects statistics";
	case GM_NODE(REINDEX_STMT):
		return "rebuilds indexes";
	case GM_NODE(CLUSTER_STMT):
		return "rewrites a table in the order of an index";
	case GM_NODE(CHECK_POINT_STMT):
		return "writes a checkpoint";
	case GM_NODE(LISTEN_STMT):
	case GM_NODE(UNLISTEN_STMT):
	case GM_NODE(NOTIFY_STMT):
		return "deals with notifications";
	case GM_NODE(LOCK_STMT):
		return "locks tables";
	case GM_NODE(CONSTRAINTS_SET_STMT):
		return "sets when constraints are checked";
	case GM_NODE(FETCH_STMT):
	case GM_NODE(CLOSE_PORTAL_STMT):
		return "uses a cursor";
	case GM_NODE(DEALLOCATE_STMT):
		return "forgets a prepared statement";
	case GM_NODE(ALTER_STATS_STMT):
	case GM_NODE(ALTER_TABLE_SPACE_OPTIONS_STMT):
		return "tunes the planner";
	case GM_NODE(ALTER_COLLATION_STMT):
	case GM_NODE(ALTER_DATABASE_REFRESH_COLL_STMT):
		return "refreshes a collation's version";
	default:
		return NULL;
	}
}

/* Statements that run in no transaction. */
static bool runs_alone(const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(VACUUM_STMT):
		return n->vacuum_stmt->is_vacuumcmd;
	case GM_NODE(INDEX_STMT):
		return n->index_stmt->concurrent;
	case GM_NODE(DROP_STMT):
		return n->drop_stmt->concurrent;
	case GM_NODE(REINDEX_STMT):
		return gm_option(n->reindex_stmt->params,
				 n->reindex_stmt->n_params,
				 "concurrently") != NULL;
	case GM_NODE(ALTER_SYSTEM_STMT):
	case GM_NODE(CREATEDB_STMT):
	case GM_NODE(DROPDB_STMT):
	case GM_NODE(CREATE_TABLE_SPACE_STMT):
	case GM_NODE(DROP_TABLE_SPACE_STMT):
		return true;
	default:
		return false;
	}
}

static bool classify_session(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	const char *why = harmless(n);

	if (why) {
		gm_raise(r, GM_CLASS_NEUTRAL, 0, "%s", why);
		return true;
	}
	switch (n->node_case) {
	case GM_NODE(VARIABLE_SET_STMT):
		gm_classify_set(r, n->variable_set_stmt);
		return true;
	case GM_NODE(TRANSACTION_STMT):
		gm_classify_transaction(r, n->transaction_stmt);
		return true;
	case GM_NODE(DISCARD_STMT):
		gm_raise(r, GM_CLASS_NEUTRAL, 0, "discards session state");
		gm_rolled_back(r);
		return true;
	case GM_NODE(REFRESH_MAT_VIEW_STMT):
		gm_raise(r, GM_CLASS_NEUTRAL, 0,
			 "refreshes a materialized view");
		gm_run(r, &n->refresh_mat_view_stmt->relation->base);
		return true;
	case GM_NODE(LOAD_STMT):
		gm_raise(r, GM_CLASS_OPAQUE, 0, "loads the library %s",
			 n->load_stmt->filename);
		return true;
	case GM_NODE(ALTER_TABLE_STMT):
		gm_classify_alter(r, n->alter_table_stmt);
		return true;
	default:
		return false;
	}
}

void gm_classify(struct gm_sql_reader *r, const PgQuery__Node *stmt)
{
	bool events = r->events;

	if (!stmt || stmt->node_case == GM_NODE(_NOT_SET)) {
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "is a kind of statement that is not known");
		return;
	}
	gm_touch(r, stmt);
	if (runs_alone(stmt))
		r->alone = true;
	if (!classify_session(r, stmt) && !gm_classify_dml(r, stmt) &&
	    !gm_classify_create(r, stmt) && !gm_classify_define(r, stmt) &&
	    !gm_classify_drop(r, stmt) && !gm_classify_change(r, stmt) &&
	    !gm_classify_rename(r, stmt) && !gm_classify_grant(r, stmt))
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "is a kind of statement that is not known");
	if (events && r->now.class_ >= GM_CLASS_EXPAND)
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "may fire an event trigger made above, whose function"
			 " is not in view");
}

/* One statement of a body; what it leaves in `scratch` goes. */
static void classify_piece(struct gm_sql_reader *r, struct gm_str text)
{
	struct gm_arena_mark mark = gm_arena_mark(&r->scratch);
	struct gm_str outer = r->piece;
	struct gm_tree tree;

	r->piece = text;
	gm_tree_parse(&tree, &r->scratch, text);
	if (tree.error)
		gm_raise(r, GM_CLASS_OPAQUE, (int)tree.error_at,
			 "cannot be read: %s", tree.error);
	for (size_t i = 0; i < tree.n; i++)
		gm_classify(r, tree.items[i]->stmt);
	r->piece = outer;
	gm_arena_reset(&r->scratch, mark);
}

void gm_classify_text(struct gm_sql_reader *r, struct gm_str text)
{
	struct gm_splitter split = { .text = text, .no_psql = true };
	struct gm_source outer = r->source;
	struct gm_piece piece;

	if (text.len > r->budget || r->depth > GM_SQL_MAX_BODIES) {
		r->budget = 0;
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "runs more code than can be read");
		return;
	}
	r->budget -= text.len;
	for (;;) {
		gm_split_next(&piece, &split);
		if (piece.kind == GM_PIECE_END)
			break;
		r->source.text =
			gm_str_sub(text, piece.at, piece.at + piece.len);
		if (outer.exact)
			r->source.base = outer.base + piece.at;
		classify_piece(r, r->source.text);
	}
	r->source = outer;
}
