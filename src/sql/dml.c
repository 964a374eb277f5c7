/* sql/read: queries, and the statements that run other statements. */
#include "sql/read.h"

#include <string.h>

enum write { WRITE_INSERT, WRITE_CHANGE, WRITE_TAKE };

/* Tables of the system are changed by DDL, not by hand. */
bool gm_is_system(const PgQuery__RangeVar *rel)
{
	if (*rel->schemaname)
		return !strcmp(rel->schemaname, "pg_catalog") ||
		       !strcmp(rel->schemaname, "information_schema") ||
		       !strcmp(rel->schemaname, "pg_toast");
	return !strncmp(rel->relname, "pg_", 3);
}

static void note_rows(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		      enum write how)
{
	struct gm_rel *found = gm_scope_rel(&r->scope, rel);

	if (found)
		found->written = true;
	if (found && !r->scope.maybe && !r->later)
		found->has_rows = how != WRITE_TAKE;
}

/* Rows of that table are written, or go. */
static void write_rows(struct gm_sql_reader *r, const PgQuery__RangeVar *rel,
		       const char *verb, enum write how)
{
	enum gm_class c = GM_CLASS_BACKFILL;

	gm_touch_table(r, rel);
	/* An older table may refer to a new one, and lose rows with it. */
	if (how == WRITE_TAKE &&
	    (!gm_scope_filled(&r->scope, rel) || r->scope.hooked))
		c = GM_CLASS_CONTRACT;
	if (gm_is_system(rel))
		c = GM_CLASS_OPAQUE;
	gm_raise(r, c, rel->location, "%s %s", verb,
		 gm_rel_name(&r->scratch, rel));
	note_rows(r, rel, how);
	gm_run_triggers(r, rel, how == WRITE_INSERT);
}

static void insert(struct gm_sql_reader *r, const PgQuery__InsertStmt *s)
{
	/* ON CONFLICT may update instead. */
	write_rows(r, s->relation, "inserts rows into",
		   s->on_conflict_clause ? WRITE_CHANGE : WRITE_INSERT);
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
		   deletes ? WRITE_TAKE : WRITE_CHANGE);
}

/* SELECT ... INTO makes a table. */
static void select_into(struct gm_sql_reader *r,
			const PgQuery__IntoClause *into)
{
	struct gm_rel *rel;

	if (!into->rel)
		return;
	gm_raise(r, GM_CLASS_EXPAND, into->rel->location, "creates table %s",
		 gm_rel_name(&r->scratch, into->rel));
	gm_touch_table(r, into->rel);
	rel = gm_scope_create(&r->scope, into->rel, true);
	rel->table = rel->written = true;
}

static void run_expr(struct gm_sql_reader *r, const PgQuery__AExpr *e)
{
	if (e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP ||
	    e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY ||
	    e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL)
		gm_call_operator(r, e->name, e->n_name, e->location);
	else if (r->scope.operators.n && !r->lenient)
		/* IN, LIKE, BETWEEN, ... look for their operators by name. */
		gm_raise(r, GM_CLASS_OPAQUE, e->location,
			 "may use an operator made above, whose function is"
			 " not in view");
}

/* x.f may be the column f of x, or the function f called with x. */
static void run_field(struct gm_sql_reader *r, const char *name, int location)
{
	struct gm_func *f = NULL;

	if (name)
		f = gm_scope_maybe_func(&r->scope, NULL, name);
	for (; f; f = gm_scope_next_func(f, NULL))
		if (f->min_args <= 1 && f->max_args)
			gm_run_function(r, f, location);
}

static void run_fields(struct gm_sql_reader *r, PgQuery__Node *const *items,
		       size_t n, int location)
{
	for (size_t i = 0; i < n; i++)
		run_field(r, gm_node_string(items[i]), location);
}

static void run_cast(struct gm_sql_reader *r, const PgQuery__TypeCast *c)
{
	if (r->scope.casts && !r->lenient)
		gm_raise(r, GM_CLASS_OPAQUE, c->location,
			 "may use a cast made above, whose function is not in"
			 " view");
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
		const PgQuery__ColumnRef *c = (const PgQuery__ColumnRef *)m;

		if (c->n_fields > 1)
			run_fields(r, c->fields + 1, c->n_fields - 1,
				   c->location);
	} else if (d == &pg_query__a__indirection__descriptor) {
		const PgQuery__AIndirection *i =
			(const PgQuery__AIndirection *)m;

		run_fields(r, i->indirection, i->n_indirection, 0);
	} else if (d == &pg_query__type_cast__descriptor) {
		run_cast(r, (const PgQuery__TypeCast *)m);
	} else if (d == &pg_query__type_name__descriptor) {
		gm_use_type(r, (const PgQuery__TypeName *)m);
	} else if (d == &pg_query__constraint__descriptor) {
		gm_link_foreign(r, (const PgQuery__Constraint *)m);
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
		gm_read_view(r, (const PgQuery__RangeVar *)m);
	else if (d == &pg_query__into_clause__descriptor)
		select_into(r, (const PgQuery__IntoClause *)m);
	else if (d == &pg_query__insert_stmt__descriptor)
		insert(r, (const PgQuery__InsertStmt *)m);
	else if (d == &pg_query__update_stmt__descriptor)
		write_rows(r, ((const PgQuery__UpdateStmt *)m)->relation,
			   "updates rows of", WRITE_CHANGE);
	else if (d == &pg_query__delete_stmt__descriptor)
		write_rows(r, ((const PgQuery__DeleteStmt *)m)->relation,
			   "deletes rows of", WRITE_TAKE);
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
	write_rows(r, s->relation, "copies rows into", WRITE_INSERT);
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
		gm_read_view(r, s->relation);
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

/* The planner runs functions that do not change from row to row. */
static bool visit_planned(void *ctx, const ProtobufCMessage *m)
{
	visit_expr(ctx, m);
	return true;
}

static void plan(struct gm_sql_reader *r, const PgQuery__Node *query)
{
	enum gm_class least = r->least;
	bool lenient = r->lenient;

	r->least = GM_CLASS_CONTRACT;
	r->lenient = true;
	gm_tree_walk(gm_node_message(query), visit_planned, r);
	r->least = least;
	r->lenient = lenient;
}

static void explain(struct gm_sql_reader *r, const PgQuery__ExplainStmt *s)
{
	if (!analyzes(r, s)) {
		plan(r, s->query);
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

		write_rows(r, rel, "removes all rows of", WRITE_TAKE);
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
