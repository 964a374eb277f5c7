#include "sql/batch.h"

#include <string.h>

#include "base/buf.h"
#include "sql/deparse.h"

#define KIND(name) PG_QUERY__A__EXPR__KIND__##name

/* One statement while it is looked at. */
struct look {
	struct gm_arena *arena;
	struct gm_batch *out;
	const PgQuery__RangeVar *target; /* the table that is walked */
	const PgQuery__RangeVar *into;   /* where INSERT writes, or NULL */
	size_t rels, others;   /* relations by name; those that are `target` */
	size_t intos;          /* those that are `into` */
	size_t params, placed; /* $1 and $2; those in a comparison */
	bool strange;          /* $3, or a range of several columns */
	bool windows, ctes, updates;
	const PgQuery__ColumnRef *column;
	struct gm_run_names tables; /* all, by what they are called */
	struct gm_strings as;
	struct gm_strings with; /* names of WITH queries */
};

static void refuse(struct look *l, const char *why, const char *hint)
{
	if (l->out->refused)
		return;
	l->out->refused = why;
	l->out->hint = hint;
}

#define HINT_PLACE                                                             \
	"Write $1 and $2 where the range of the key goes, as in"               \
	" 'id BETWEEN $1 AND $2', or '-- migrate: whole <reason>' above it."

static const char *called(const PgQuery__RangeVar *rel)
{
	return rel->alias ? rel->alias->aliasname : rel->relname;
}

static bool same_table(const PgQuery__RangeVar *a, const PgQuery__RangeVar *b)
{
	return !strcmp(a->relname, b->relname) &&
	       (!*a->schemaname || !*b->schemaname ||
		!strcmp(a->schemaname, b->schemaname));
}

static struct gm_run_name function_name(struct gm_arena *a,
					const PgQuery__FuncCall *f)
{
	const char *schema = gm_names_schema(f->funcname, f->n_funcname);

	return (struct gm_run_name){
		gm_strdup(a, schema ? schema : ""),
		gm_strdup(a, gm_names_last(f->funcname, f->n_funcname)),
	};
}

static const PgQuery__Node *uncast(const PgQuery__Node *n)
{
	while (n && n->node_case == GM_NODE(TYPE_CAST))
		n = n->type_cast->arg;
	return n;
}

static int param_number(const PgQuery__Node *n)
{
	n = uncast(n);
	return n && n->node_case == GM_NODE(PARAM_REF) ? n->param_ref->number
						       : 0;
}

/* Is it a comparison of a column with $1 or $2?  How many of them. */
static size_t range_params(const PgQuery__AExpr *e,
			   const PgQuery__ColumnRef **column)
{
	const PgQuery__Node *l = e->lexpr, *r = e->rexpr;
	const char *op = gm_names_last(e->name, e->n_name);

	if (e->kind == KIND(AEXPR_BETWEEN) && l &&
	    l->node_case == GM_NODE(COLUMN_REF) && r &&
	    r->node_case == GM_NODE(LIST) && r->list->n_items == 2 &&
	    param_number(r->list->items[0]) == 1 &&
	    param_number(r->list->items[1]) == 2) {
		*column = l->column_ref;
		return 2;
	}
	if (e->kind != KIND(AEXPR_OP) || !l || !r || !strchr("<>", *op) ||
	    (op[1] && strcmp(op + 1, "=")))
		return 0;
	if (param_number(l)) {
		const PgQuery__Node *swap = l;

		l = r;
		r = swap;
		op = *op == '<' ? ">" : "<";
	}
	if (l->node_case != GM_NODE(COLUMN_REF) ||
	    param_number(r) != (*op == '>' ? 1 : 2))
		return 0;
	*column = l->column_ref;
	return 1;
}

static bool same_column(const PgQuery__ColumnRef *a,
			const PgQuery__ColumnRef *b)
{
	return gm_tree_same(&a->base, &b->base);
}

static void look_range(struct look *l, const PgQuery__AExpr *e)
{
	const PgQuery__ColumnRef *column = NULL;
	size_t n = range_params(e, &column);

	if (!n)
		return;
	if (l->column && !same_column(l->column, column))
		l->strange = true;
	l->column = column;
	l->placed += n;
}

static void look_rel(struct look *l, const PgQuery__RangeVar *rel)
{
	l->rels++;
	if (l->target && same_table(rel, l->target))
		l->others++;
	if (l->into && same_table(rel, l->into))
		l->intos++;
	*GM_PUSH(l->arena, &l->tables) = (struct gm_run_name){
		gm_strdup(l->arena, rel->schemaname),
		gm_strdup(l->arena, rel->relname),
	};
	*GM_PUSH(l->arena, &l->as) = gm_strdup(l->arena, called(rel));
}

static bool visit(void *ctx, const ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	struct look *l = ctx;

	if (d == &pg_query__range_var__descriptor) {
		look_rel(l, (const PgQuery__RangeVar *)m);
	} else if (d == &pg_query__param_ref__descriptor) {
		int32_t number = ((const PgQuery__ParamRef *)m)->number;

		l->params++;
		if (number < 1 || number > 2)
			l->strange = true;
	} else if (d == &pg_query__a__expr__descriptor) {
		look_range(l, (const PgQuery__AExpr *)m);
	} else if (d == &pg_query__func_call__descriptor) {
		const PgQuery__FuncCall *f = (const PgQuery__FuncCall *)m;

		*GM_PUSH(l->arena, &l->out->calls) = function_name(l->arena, f);
		l->windows |= f->over != NULL;
	} else if (d == &pg_query__common_table_expr__descriptor) {
		*GM_PUSH(l->arena, &l->with) = gm_strdup(
			l->arena,
			((const PgQuery__CommonTableExpr *)m)->ctename);
		l->ctes = true;
	}
	return true;
}

/* The functions of a SELECT itself, not of the queries inside of it. */
static bool visit_rows(void *ctx, const ProtobufCMessage *m)
{
	struct look *l = ctx;

	if (m->descriptor == &pg_query__func_call__descriptor) {
		const PgQuery__FuncCall *f = (const PgQuery__FuncCall *)m;

		*GM_PUSH(l->arena, &l->out->rows) = function_name(l->arena, f);
		if (f->agg_star || f->agg_distinct || f->agg_within_group ||
		    f->agg_filter || f->n_agg_order || f->over)
			refuse(l, "it computes over many rows at once",
			       HINT_PLACE);
	}
	return m->descriptor != &pg_query__sub_link__descriptor;
}

static void walk_nodes(struct look *l, PgQuery__Node *const *items, size_t n,
		       bool (*what)(void *, const ProtobufCMessage *))
{
	for (size_t i = 0; i < n; i++)
		gm_tree_walk(gm_node_message(items[i]), what, l);
}

static void look_returning(struct look *l, size_t returning,
			   const PgQuery__WithClause *with)
{
	if (returning)
		refuse(l, "it returns rows to nobody", "Leave RETURNING out.");
	if (with)
		refuse(l,
		       "it has a WITH clause, which may count or change"
		       " rows of other ranges",
		       HINT_PLACE);
}

static void look_where(struct look *l, const PgQuery__Node *where)
{
	if (where && where->node_case == GM_NODE(CURRENT_OF_EXPR))
		refuse(l, "it writes the row of a cursor",
		       "Write a condition instead.");
}

static void look_update(struct look *l, const PgQuery__UpdateStmt *s)
{
	l->target = s->relation;
	l->updates = !s->n_returning_list && !s->with_clause;
	look_returning(l, s->n_returning_list, s->with_clause);
	look_where(l, s->where_clause);
	for (size_t i = 0; i < s->n_target_list; i++)
		*GM_PUSH(l->arena, &l->out->sets) = gm_strdup(
			l->arena, s->target_list[i]->res_target->name);
}

static void look_delete(struct look *l, const PgQuery__DeleteStmt *s)
{
	l->target = s->relation;
	look_returning(l, s->n_returning_list, s->with_clause);
	look_where(l, s->where_clause);
}

static void look_select(struct look *l, const PgQuery__SelectStmt *s)
{
	if (s->op != PG_QUERY__SET_OPERATION__SETOP_NONE || s->n_values_lists ||
	    s->n_from_clause != 1 ||
	    s->from_clause[0]->node_case != GM_NODE(RANGE_VAR)) {
		refuse(l, "its rows do not come from one table", HINT_PLACE);
		return;
	}
	l->target = s->from_clause[0]->range_var;
	look_returning(l, 0, s->with_clause);
	if (s->n_distinct_clause || s->n_group_clause || s->having_clause ||
	    s->n_window_clause)
		refuse(l, "it groups rows, which may stand in different ranges",
		       HINT_PLACE);
	if (s->limit_count || s->limit_offset)
		refuse(l,
		       "it counts rows (LIMIT, OFFSET), which each range"
		       " would do anew",
		       HINT_PLACE);
	walk_nodes(l, s->target_list, s->n_target_list, visit_rows);
}

static void look_insert(struct look *l, const PgQuery__InsertStmt *s)
{
	l->into = s->relation;
	look_returning(l, s->n_returning_list, s->with_clause);
	if (s->on_conflict_clause &&
	    s->on_conflict_clause->action !=
		    PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_NOTHING)
		refuse(l,
		       "which row ON CONFLICT DO UPDATE leaves depends on"
		       " the order of the rows",
		       HINT_PLACE);
	if (!s->select_stmt) {
		refuse(l, "it inserts one row", HINT_PLACE);
		return;
	}
	look_select(l, s->select_stmt->select_stmt);
}

/* The statement itself: which table, and may it be cut at all? */
static void look_kind(struct look *l, const PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(UPDATE_STMT):
		look_update(l, n->update_stmt);
		return;
	case GM_NODE(DELETE_STMT):
		look_delete(l, n->delete_stmt);
		return;
	case GM_NODE(INSERT_STMT):
		look_insert(l, n->insert_stmt);
		return;
	default:
		refuse(l,
		       "only UPDATE, DELETE and INSERT ... SELECT can be done "
		       "in"
		       " batches",
		       "Move it to a migration of its own, or write"
		       " '-- migrate: whole <reason>' above it.");
	}
}

static bool is_with(const struct look *l, const char *name)
{
	for (size_t i = 0; i < l->with.n; i++)
		if (!strcmp(l->with.items[i], name))
			return true;
	return false;
}

/* The table that `column` is of: by its qualifier, or the only one. */
static bool find_table(struct look *l)
{
	const char *of =
		gm_names_schema(l->column->fields, l->column->n_fields);
	bool found = false;

	for (size_t i = 0; i < l->tables.n; i++) {
		const struct gm_run_name *t = &l->tables.items[i];

		if (is_with(l, t->name) || (of && strcmp(of, l->as.items[i])))
			continue;
		if (found && (strcmp(t->name, l->out->table.name) ||
			      strcmp(t->schema, l->out->table.schema)))
			return false;
		l->out->table = *t;
		l->out->as = l->as.items[i];
		found = true;
	}
	return found;
}

static bool is_rel(const struct gm_run_name *one, const struct gm_run_name *two)
{
	return !strcmp(one->name, two->name) &&
	       (!*one->schema || !*two->schema ||
		!strcmp(one->schema, two->schema));
}

/* What is named beside the table that is walked and the one that is written. */
static void settle_reads(struct look *l)
{
	struct gm_batch *b = l->out;

	if (l->into)
		b->into = (struct gm_run_name){
			gm_strdup(l->arena, l->into->schemaname),
			gm_strdup(l->arena, l->into->relname),
		};
	for (size_t i = 0; i < l->tables.n; i++) {
		const struct gm_run_name *t = &l->tables.items[i];

		if (!is_rel(t, &b->table) && !is_rel(t, &b->into) &&
		    !is_with(l, t->name))
			*GM_PUSH(l->arena, &b->reads) = *t;
	}
}

static void settle_placed(struct look *l)
{
	struct gm_batch *b = l->out;

	/* What the author placed, the author answers for. */
	b->refused = b->hint = NULL;
	b->calls = b->rows = (struct gm_run_names){ 0 };
	if (l->strange || l->placed != l->params || l->placed < 2 ||
	    !l->column) {
		refuse(l,
		       "$1 and $2 must each be compared with the same column",
		       "Write 'id BETWEEN $1 AND $2', or 'id > $1 AND id <="
		       " $2'.");
		return;
	}
	b->column = gm_strdup(l->arena, gm_names_last(l->column->fields,
						      l->column->n_fields));
	if (!find_table(l))
		refuse(l,
		       "it is not clear which table's column is compared"
		       " with $1 and $2",
		       "Write the table in front of the column.");
}

static void settle_plain(struct look *l)
{
	struct gm_batch *b = l->out;

	if (b->refused || !l->target)
		return;
	if (l->others > 1)
		refuse(l,
		       "it reads the table that it walks a second time, so"
		       " that a range may depend on others",
		       HINT_PLACE);
	if (l->intos > 1)
		refuse(l,
		       "it reads the table that it writes, so that a range may"
		       " depend on others",
		       HINT_PLACE);
	if (l->windows || l->ctes)
		refuse(l, "it computes over many rows at once", HINT_PLACE);
	b->table = (struct gm_run_name){
		gm_strdup(l->arena, l->target->schemaname),
		gm_strdup(l->arena, l->target->relname),
	};
	b->as = gm_strdup(l->arena, called(l->target));
}

void gm_batch_read(struct gm_batch *out, struct gm_arena *a, struct gm_str sql)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct look l = { .arena = a, .out = out };
	struct gm_tree tree;

	*out = (struct gm_batch){ .sql = sql, .into = { "", "" } };
	gm_tree_parse(&tree, &scratch, sql);
	if (tree.error || tree.n != 1) {
		refuse(&l, "it cannot be read", NULL);
		return;
	}
	look_kind(&l, tree.items[0]->stmt);
	gm_tree_walk(gm_node_message(tree.items[0]->stmt), visit, &l);
	if (l.params)
		settle_placed(&l);
	else
		settle_plain(&l);
	if (out->refused || !l.tables.n)
		return;
	settle_reads(&l);
	out->updates = l.updates && !strcmp(out->as, called(l.target)) &&
		       !strcmp(out->table.name, l.target->relname);
}

/* --- the statement for one range --- */

static void set_operator(struct gm_arena *a, PgQuery__AExpr *e, bool lower)
{
	e->name[e->n_name - 1]->string->sval =
		gm_strdup(a, lower ? ">=" : "<=");
}

/* Trees are unpacked into memory of ours. */
static void *writable(const void *p)
{
	void *same;

	memcpy(&same, &p, sizeof(same));
	return same;
}

static bool close_range(void *ctx, const ProtobufCMessage *m)
{
	const PgQuery__ColumnRef *column;
	PgQuery__AExpr *e;

	if (m->descriptor != &pg_query__a__expr__descriptor)
		return true;
	e = writable(m);
	if (range_params(e, &column) != 1)
		return true;
	if (param_number(e->lexpr)) {
		PgQuery__Node *swap = e->lexpr;

		e->lexpr = e->rexpr;
		e->rexpr = swap;
	}
	set_operator(ctx, e, param_number(e->rexpr) == 1);
	return true;
}

static void add_row(struct gm_buf *out, struct gm_arena *a, const char *as,
		    const char *const *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		gm_buf_printf(out, "%s%s.%s", i ? ", " : "",
			      gm_quote_name(a, as),
			      gm_quote_name(a, columns[i]));
}

static void add_params(struct gm_buf *out, size_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		gm_buf_printf(out, "%s$%zu", i ? ", " : "", from + i);
}

/* (as.a, as.b) >= ($1, $2) AND (as.a, as.b) <= ($3, $4), as a tree. */
static PgQuery__Node *range_tree(struct gm_arena *a, const struct gm_batch *b,
				 const char *const *columns, size_t n)
{
	struct gm_buf sql = gm_buf(a);
	struct gm_tree tree;

	gm_buf_puts(&sql, "SELECT 1 WHERE (");
	add_row(&sql, a, b->as, columns, n);
	gm_buf_puts(&sql, ") >= (");
	add_params(&sql, 1, n);
	gm_buf_puts(&sql, ") AND (");
	add_row(&sql, a, b->as, columns, n);
	gm_buf_puts(&sql, ") <= (");
	add_params(&sql, n + 1, n);
	gm_buf_puts(&sql, ")");
	gm_tree_parse(&tree, a, gm_buf_view(&sql));
	return tree.error ? NULL
			  : tree.items[0]->stmt->select_stmt->where_clause;
}

static PgQuery__Node **where_of(PgQuery__Node *n)
{
	switch (n->node_case) {
	case GM_NODE(UPDATE_STMT):
		return &n->update_stmt->where_clause;
	case GM_NODE(DELETE_STMT):
		return &n->delete_stmt->where_clause;
	case GM_NODE(INSERT_STMT):
		return &n->insert_stmt->select_stmt->select_stmt->where_clause;
	default:
		return NULL;
	}
}

/* AND the range, which is an AND itself, to what is there. */
static void add_range(struct gm_arena *a, PgQuery__Node **where,
		      PgQuery__Node *range)
{
	PgQuery__BoolExpr *both = range->bool_expr;
	PgQuery__Node **args;
	size_t n = 0;

	if (*where && (*where)->node_case == GM_NODE(BOOL_EXPR) &&
	    (*where)->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR) {
		PgQuery__BoolExpr *old = (*where)->bool_expr;

		/* The parser makes one list of a AND b AND c. */
		args = gm_alloc_n(a, old->n_args + both->n_args, sizeof(*args));
		for (size_t i = 0; i < old->n_args; i++)
			args[n++] = old->args[i];
	} else {
		args = gm_alloc_n(a, both->n_args + 1, sizeof(*args));
		if (*where)
			args[n++] = *where;
	}
	for (size_t i = 0; i < both->n_args; i++)
		args[n++] = both->args[i];
	both->args = args;
	both->n_args = n;
	*where = range;
}

const char *gm_batch_sql(struct gm_arena *a, const struct gm_batch *b,
			 const char *const *columns, size_t n)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	PgQuery__Node **where, *range;
	struct gm_tree tree;

	gm_tree_parse(&tree, &scratch, b->sql);
	if (b->refused || tree.error || tree.n != 1)
		return NULL;
	if (b->column) {
		gm_tree_walk(gm_node_message(tree.items[0]->stmt), close_range,
			     &scratch);
		return gm_tree_text(a, tree.items[0]);
	}
	where = where_of(tree.items[0]->stmt);
	range = range_tree(&scratch, b, columns, n);
	if (!where || !range)
		return NULL;
	add_range(&scratch, where, range);
	return gm_tree_text(a, tree.items[0]);
}

const char *gm_batch_counted(struct gm_arena *a, const struct gm_batch *b,
			     const char *const *columns, size_t n)
{
	const char *sql = gm_batch_sql(a, b, columns, n);
	struct gm_buf out = gm_buf(a);

	if (!sql || !b->updates)
		return NULL;
	gm_buf_printf(&out, "WITH written (behind) AS (%s RETURNING (", sql);
	add_row(&out, a, b->as, columns, n);
	gm_buf_puts(&out, ") > (");
	add_params(&out, n + 1, n);
	gm_buf_puts(&out, ")) SELECT pg_catalog.count(*),"
			  " pg_catalog.count(*) FILTER (WHERE behind)"
			  " FROM written");
	return out.ptr;
}
