/* sql/read: queries, and the statements that run other statements. */
#include "sql/read.h"

#include <string.h>

/* Tables of the system are changed by DDL, not by hand. */
static bool is_system(const PgQuery__RangeVar *rel)
{
	if (*rel->schemaname)
		return !strcmp(rel->schemaname, "pg_catalog") ||
		       !strcmp(rel->schemaname, "information_schema") ||
		       !strcmp(rel->schemaname, "pg_toast");
	return !strncmp(rel->relname, "pg_", 3);
}

/* The triggers that were there before may call what was replaced. */
static void run_replaced(struct gm_sql_reader *r, const PgQuery__RangeVar *rel)
{
	const struct gm_trig *t = r->scope.replaced;
	enum gm_class least = r->least;

	if (!t || gm_scope_created(&r->scope, rel))
		return;
	if (r->scope.n_replaced > GM_SCOPE_MAX_TRIGGERS)
		gm_raise(r, GM_CLASS_OPAQUE, rel->location,
			 "may run more triggers than can be read");
	r->least = GM_CLASS_CONTRACT;
	for (; t; t = t->next)
		gm_run_function(r, t->replaced, rel->location);
	r->least = least;
}

void gm_run_triggers(struct gm_sql_reader *r, const PgQuery__RangeVar *rel)
{
	const struct gm_rel *found = gm_scope_rel(&r->scope, rel);
	const struct gm_trig *t = found ? found->triggers : NULL;

	if (r->scope.blind)
		gm_raise(r, GM_CLASS_OPAQUE, rel->location,
			 "may fire a trigger made above, of which schema or"
			 " function are not known");
	if (t && found->n_triggers > GM_SCOPE_MAX_TRIGGERS)
		gm_raise(r, GM_CLASS_OPAQUE, rel->location,
			 "runs more triggers than can be read");
	for (; t; t = t->next) {
		struct gm_func *f =
			gm_scope_func(&r->scope, t->schema, t->func);

		for (; f; f = f->next)
			gm_run_function(r, f, rel->location);
	}
	run_replaced(r, rel);
}

/* Rows of that table are written; `takes`: or go. */
static void write_rows(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		       const char *verb, bool takes)
{
	enum gm_class c = GM_CLASS_BACKFILL;

	gm_touch_table(r, rel);
	/* An older table may refer to a new one, and lose rows with it. */
	if (takes && (!gm_scope_filled(&r->scope, rel) || r->scope.hooked))
		c = GM_CLASS_CONTRACT;
	if (is_system(rel))
		c = GM_CLASS_OPAQUE;
	gm_raise(r, c, rel->location, "%s %s", verb,
		 gm_rel_name(&r->scratch, rel));
	gm_run_triggers(r, rel);
}

static void merge(struct gm_sql_reader *r, const PgQuery__MergeStmt *s)
{
	bool deletes = false;

	for (size_t i = 0; i < s->n_merge_when_clauses; i++)
		deletes |= s->merge_when_clauses[i]
				   ->merge_when_clause->command_type ==
			   PG_QUERY__CMD_TYPE__CMD_DELETE;
	write_rows(r, s->relation,
		   deletes ? "deletes rows while it merges into"
			   : "merges rows into",
		   deletes);
}

/* SELECT ... INTO makes a table. */
static void select_into(struct gm_sql_reader *r,
			const PgQuery__IntoClause *into)
{
	if (!into->rel)
		return;
	gm_raise(r, GM_CLASS_EXPAND, into->rel->location, "creates table %s",
		 gm_rel_name(&r->scratch, into->rel));
	gm_touch_table(r, into->rel);
	gm_scope_create(&r->scope, into->rel, true)->table = true;
}

static void read_rel(struct gm_sql_reader *r, const PgQuery__RangeVar *rel)
{
	const struct gm_rel *found = gm_scope_rel(&r->scope, rel);

	if (found && found->why)
		gm_raise(r, (enum gm_class)found->reads, rel->location,
			 "reads view %s, which %s",
			 gm_rel_name(&r->scratch, rel), found->why);
}

static void run_expr(struct gm_sql_reader *r, const PgQuery__AExpr *e)
{
	if (e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP ||
	    e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY ||
	    e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL)
		gm_call_operator(r, e->name, e->n_name, e->location);
}

/* x.f may be the column f of x, or the function f called with x. */
static void run_field(struct gm_sql_reader *r, const PgQuery__ColumnRef *ref)
{
	const char *name = gm_names_last(ref->fields, ref->n_fields);
	struct gm_func *f = NULL;

	if (ref->n_fields > 1 && name)
		f = gm_scope_func(&r->scope, NULL, name);
	for (; f; f = f->next)
		if (f->min_args <= 1 && f->max_args)
			gm_run_function(r, f, ref->location);
}

static bool visit_expr(struct gm_sql_reader *r, const ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;

	if (d == &pg_query__func_call__descriptor) {
		gm_call(r, (const PgQuery__FuncCall *)m);
	} else if (d == &pg_query__a__expr__descriptor) {
		run_expr(r, (const PgQuery__AExpr *)m);
	} else if (d == &pg_query__sub_link__descriptor) {
		const PgQuery__SubLink *l = (const PgQuery__SubLink *)m;

		gm_call_operator(r, l->oper_name, l->n_oper_name, l->location);
	} else if (d == &pg_query__sort_by__descriptor) {
		const PgQuery__SortBy *s = (const PgQuery__SortBy *)m;
		gm_call_operator(r, s->use_op, s->n_use_op, s->location);
	} else if (d == &pg_query__column_ref__descriptor) {
		run_field(r, (const PgQuery__ColumnRef *)m);
	} else {
		return false;
	}
	return true;
}

static bool visit(void *ctx, const ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	struct gm_sql_reader *r = ctx;

	if (visit_expr(r, m))
		return true;
	if (d == &pg_query__range_var__descriptor)
		read_rel(r, (const PgQuery__RangeVar *)m);
	else if (d == &pg_query__into_clause__descriptor)
		select_into(r, (const PgQuery__IntoClause *)m);
	else if (d == &pg_query__insert_stmt__descriptor)
		write_rows(r, ((const PgQuery__InsertStmt *)m)->relation,
			   "inserts rows into", false);
	else if (d == &pg_query__update_stmt__descriptor)
		write_rows(r, ((const PgQuery__UpdateStmt *)m)->relation,
			   "updates rows of", false);
	else if (d == &pg_query__delete_stmt__descriptor)
		write_rows(r, ((const PgQuery__DeleteStmt *)m)->relation,
			   "deletes rows of", true);
	else if (d == &pg_query__merge_stmt__descriptor)
		merge(r, (const PgQuery__MergeStmt *)m);
	return true;
}

void gm_run(struct gm_sql_reader *r, const ProtobufCMessage *m)
{
	gm_tree_walk(m, visit, r);
}

void gm_run_node(struct gm_sql_reader *r, const PgQuery__Node *node)
{
	gm_tree_walk(gm_node_message(node), visit, r);
}

static void copy_from(struct gm_sql_reader *r, const PgQuery__CopyStmt *s)
{
	if (!s->relation) {
		gm_raise(r, GM_CLASS_OPAQUE, 0, "copies rows somewhere");
		return;
	}
	write_rows(r, s->relation, "copies rows into", false);
	gm_run_node(r, s->where_clause);
	r->data |= !*s->filename && r->depth == 0;
}

static void copy(struct gm_sql_reader *r, const PgQuery__CopyStmt *s)
{
	int at = s->relation ? s->relation->location : 0;

	if (s->is_program)
		gm_raise(r, GM_CLASS_OPAQUE, at,
			 "runs a program on the server: %s", s->filename);
	if (s->is_from) {
		copy_from(r, s);
		return;
	}
	if (s->relation)
		read_rel(r, s->relation);
	gm_run_node(r, s->query);
	gm_raise(r, GM_CLASS_NEUTRAL, at, "copies rows out");
	if (*s->filename && !s->is_program)
		gm_raise(r, GM_CLASS_OPAQUE, at,
			 "writes the file %s on the server", s->filename);
}

/* An option that is not clearly off is on. */
static bool analyzes(struct gm_sql_reader *r, const PgQuery__ExplainStmt *s)
{
	static const char *const off[] = { "false", "off", "0" };

	for (size_t i = 0; i < s->n_options; i++) {
		const PgQuery__DefElem *o = s->options[i]->def_elem;
		const char *value = gm_option_text(&r->scratch, o);
		bool is_off = false;

		if (strcmp(o->defname, "analyze") != 0)
			continue;
		for (size_t j = 0; j < GM_COUNT(off); j++)
			is_off |= gm_str_ieq(gm_str(value), gm_str(off[j]));
		if (!is_off)
			return true;
	}
	return false;
}

static void explain(struct gm_sql_reader *r, const PgQuery__ExplainStmt *s)
{
	if (!analyzes(r, s)) {
		gm_raise(r, GM_CLASS_NEUTRAL, 0, "explains a statement");
		return;
	}
	gm_classify(r, s->query);
	gm_raise(r, GM_CLASS_NEUTRAL, 0, "explains a statement and runs it");
}

static void prepare(struct gm_sql_reader *r, const PgQuery__PrepareStmt *s)
{
	struct gm_str *text = gm_alloc(&r->keep, sizeof(*text));

	gm_classify(r, s->query);
	/* In a branch it may still be the one that was there before. */
	if (r->scope.maybe) {
		gm_map_del(&r->scope.prepared, gm_str(s->name));
		return;
	}
	*text = gm_str(gm_str_dup(&r->keep, r->piece));
	gm_map_set(&r->scope.prepared, gm_str(gm_strdup(&r->keep, s->name)),
		   text);
}

static void execute(struct gm_sql_reader *r, const PgQuery__ExecuteStmt *s)
{
	const struct gm_str *text =
		gm_map_get(&r->scope.prepared, gm_str(s->name));
	struct gm_source outer = r->source;

	for (size_t i = 0; i < s->n_params; i++)
		gm_run_node(r, s->params[i]);
	if (!text) {
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "runs the prepared statement %s, which is not in"
			 " view",
			 s->name);
		return;
	}
	r->source.exact = false;
	r->source.width = gm_token_width(outer.text, 0);
	r->source.within = "in a prepared statement";
	r->depth++;
	gm_classify_text(r, *text);
	r->depth--;
	r->source = outer;
}

static void truncate_(struct gm_sql_reader *r, const PgQuery__TruncateStmt *s)
{
	bool cascade = s->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;

	for (size_t i = 0; i < s->n_relations; i++) {
		const PgQuery__RangeVar *rel = s->relations[i]->range_var;

		write_rows(r, rel, "removes all rows of", true);
		if (cascade)
			gm_raise(r, GM_CLASS_CONTRACT, rel->location,
				 "removes all rows of %s and of tables that"
				 " refer to it",
				 gm_rel_name(&r->scratch, rel));
	}
}

bool gm_classify_dml(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(SELECT_STMT):
		gm_run_node(r, n);
		gm_raise(r, GM_CLASS_NEUTRAL, 0, "only reads");
		return true;
	case GM_NODE(INSERT_STMT):
	case GM_NODE(UPDATE_STMT):
	case GM_NODE(DELETE_STMT):
	case GM_NODE(MERGE_STMT):
		gm_run_node(r, n);
		return true;
	case GM_NODE(RETURN_STMT):
		gm_run_node(r, n->return_stmt->returnval);
		return true;
	case GM_NODE(DECLARE_CURSOR_STMT):
		gm_classify(r, n->declare_cursor_stmt->query);
		return true;
	case GM_NODE(CALL_STMT):
		gm_run(r, &n->call_stmt->funccall->base);
		return true;
	case GM_NODE(DO_STMT):
		gm_run_do(r, n->do_stmt);
		return true;
	case GM_NODE(COPY_STMT):
		copy(r, n->copy_stmt);
		return true;
	case GM_NODE(EXPLAIN_STMT):
		explain(r, n->explain_stmt);
		return true;
	case GM_NODE(PREPARE_STMT):
		prepare(r, n->prepare_stmt);
		return true;
	case GM_NODE(EXECUTE_STMT):
		execute(r, n->execute_stmt);
		return true;
	case GM_NODE(TRUNCATE_STMT):
		truncate_(r, n->truncate_stmt);
		return true;
	default:
		return false;
	}
}
