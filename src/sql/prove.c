#include "sql/prove.h"

#include <string.h>

#include "sql/read.h"

bool gm_is_one(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

#define ONE_OF(name, list) gm_is_one(name, list, GM_COUNT(list))

static struct gm_value constant(const PgQuery__AConst *c)
{
	if (c->isnull)
		return GM_VALUE(NULL);
	switch (c->val_case) {
	case PG_QUERY__A__CONST__VAL_IVAL:
		return gm_value_number(c->ival->ival);
	case PG_QUERY__A__CONST__VAL_FVAL:
		return gm_value_parse(c->fval->fval);
	case PG_QUERY__A__CONST__VAL_BOOLVAL:
		return gm_value_bool(c->boolval->boolval);
	case PG_QUERY__A__CONST__VAL_SVAL:
		return gm_value_text(c->sval->sval, false);
	default:
		return GM_VALUE(SOME);
	}
}

static struct gm_value column(const struct gm_facts *facts,
			      const PgQuery__ColumnRef *ref)
{
	const char *name = gm_names_last(ref->fields, ref->n_fields);
	const struct gm_col *col = facts->self;

	if (facts->value && ref->n_fields == 1 && !strcmp(name, "value"))
		return *facts->value;
	if (!col || strcmp(col->name, name) != 0)
		col = gm_scope_any_col(facts->rel, name);
	return col && !col->maybe ? col->value : GM_VALUE(ANY);
}

/* Operators that never give NULL for what is not. */
static bool gives(const char *op)
{
	static const char *const names[] = {
		"+",  "-",   "*",  "/",   "%",   "^",    "||", "~",  "~*",
		"!~", "!~*", "~~", "~~*", "!~~", "!~~*", "&",  "|",  "<<",
		">>", "@>",  "<@", "&&",  "?",   "?|",   "?&", "^@",
	};

	return ONE_OF(op, names);
}

static bool is_builtin(const PgQuery__AExpr *e)
{
	const char *schema = gm_names_schema(e->name, e->n_name);

	return (!schema || !strcmp(schema, "pg_catalog")) &&
	       gm_builtin_operator(gm_names_last(e->name, e->n_name));
}

static struct gm_value operate(const struct gm_facts *facts,
			       const PgQuery__AExpr *e)
{
	static const char *const orders[] = { "<", "<=", ">", ">=" };
	const char *op = gm_names_last(e->name, e->n_name);
	struct gm_value a = gm_value_number(0), b = gm_prove(facts, e->rexpr);

	if (!is_builtin(e))
		return GM_VALUE(ANY);
	if (e->lexpr)
		a = gm_prove(facts, e->lexpr);
	if (!strcmp(op, "="))
		return gm_value_equal(a, b);
	if (!strcmp(op, "<>"))
		return gm_value_not(gm_value_equal(a, b));
	if (ONE_OF(op, orders))
		return gm_value_order(op, a, b);
	/* Of arrays and the like || is not strict. */
	if (strcmp(op, "||") != 0 && (gm_value_null(a) || gm_value_null(b)))
		return GM_VALUE(NULL);
	if (!gm_value_given(a) || !gm_value_given(b) || !gives(op))
		return GM_VALUE(ANY);
	return gm_value_compute(op, a, b);
}

/* x IN (...), x = ANY (ARRAY[...]) */
static struct gm_value among(const struct gm_facts *facts, struct gm_value x,
			     PgQuery__Node *const *items, size_t n)
{
	struct gm_value sum = gm_value_bool(false);

	for (size_t i = 0; i < n; i++) {
		struct gm_value v =
			gm_value_equal(x, gm_prove(facts, items[i]));

		if (gm_value_true(v))
			return v;
		if (gm_value_null(v) && sum.kind == GM_VALUE_BOOL)
			sum = v;
		else if (!gm_value_null(v) && v.kind != GM_VALUE_BOOL)
			sum = GM_VALUE(ANY);
	}
	return sum;
}

/* The items of an array that is written out, below any casts. */
static const PgQuery__AArrayExpr *array_of(const PgQuery__Node *node)
{
	while (node && node->node_case == GM_NODE(TYPE_CAST))
		node = node->type_cast->arg;
	return node && node->node_case == GM_NODE(A_ARRAY_EXPR)
		       ? node->a_array_expr
		       : NULL;
}

static struct gm_value any_all(const struct gm_facts *facts,
			       const PgQuery__AExpr *e, bool any)
{
	const PgQuery__AArrayExpr *array = array_of(e->rexpr);
	struct gm_value x = gm_prove(facts, e->lexpr);
	const char *op = gm_names_last(e->name, e->n_name);

	if (!array || !array->n_elements || !is_builtin(e))
		return GM_VALUE(ANY);
	if (gm_value_null(x))
		return x;
	if (any && !strcmp(op, "="))
		return among(facts, x, array->elements, array->n_elements);
	if (!any && !strcmp(op, "<>"))
		return gm_value_not(
			among(facts, x, array->elements, array->n_elements));
	return GM_VALUE(ANY);
}

static struct gm_value between(const struct gm_facts *facts,
			       const PgQuery__AExpr *e)
{
	struct gm_value x = gm_prove(facts, e->lexpr);
	const PgQuery__List *list = e->rexpr->list;

	if (e->rexpr->node_case != GM_NODE(LIST) || list->n_items != 2)
		return GM_VALUE(ANY);
	return gm_value_and(
		gm_value_order(">=", x, gm_prove(facts, list->items[0])),
		gm_value_order("<=", x, gm_prove(facts, list->items[1])));
}

static struct gm_value distinct(const struct gm_facts *facts,
				const PgQuery__AExpr *e)
{
	struct gm_value a = gm_prove(facts, e->lexpr);
	struct gm_value b = gm_prove(facts, e->rexpr);

	if (a.kind == GM_VALUE_ANY || b.kind == GM_VALUE_ANY)
		return GM_VALUE(ANY);
	if (gm_value_null(a) || gm_value_null(b))
		return gm_value_bool(gm_value_null(a) != gm_value_null(b));
	return gm_value_not(gm_value_equal(a, b));
}

static struct gm_value nullif(const struct gm_facts *facts,
			      const PgQuery__AExpr *e)
{
	struct gm_value a = gm_prove(facts, e->lexpr);
	struct gm_value same = gm_value_equal(a, gm_prove(facts, e->rexpr));

	if (gm_value_null(a) || gm_value_true(same))
		return GM_VALUE(NULL);
	return gm_value_false(same) || gm_value_null(same) ? a : GM_VALUE(ANY);
}

static struct gm_value expression(const struct gm_facts *facts,
				  const PgQuery__AExpr *e)
{
	struct gm_value v;

	/* An operator of the file's own may have the same name. */
	if (facts->scope->made_operator)
		return GM_VALUE(ANY);
	switch (e->kind) {
	case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
		return operate(facts, e);
	case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
		return any_all(facts, e, true);
	case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
		return any_all(facts, e, false);
	case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
		return distinct(facts, e);
	case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
		return gm_value_not(distinct(facts, e));
	case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
		return nullif(facts, e);
	case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
		if (e->rexpr->node_case != GM_NODE(LIST))
			return GM_VALUE(ANY);
		v = among(facts, gm_prove(facts, e->lexpr),
			  e->rexpr->list->items, e->rexpr->list->n_items);
		return *gm_names_last(e->name, e->n_name) == '<'
			       ? gm_value_not(v)
			       : v;
	case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
	case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
	case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
		return operate(facts, e);
	case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
		return between(facts, e);
	case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
		return gm_value_not(between(facts, e));
	default:
		return GM_VALUE(ANY);
	}
}

static struct gm_value logic(const struct gm_facts *facts,
			     const PgQuery__BoolExpr *e)
{
	bool or = e->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR;
	struct gm_value sum = gm_value_bool(true);

	if (e->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR)
		return gm_value_not(gm_prove(facts, e->args[0]));
	/* a OR b is NOT (NOT a AND NOT b). */
	for (size_t i = 0; i < e->n_args; i++) {
		struct gm_value v = gm_prove(facts, e->args[i]);

		sum = gm_value_and(sum, or ? gm_value_not(v) : v);
	}
	return or ? gm_value_not(sum) : sum;
}

static struct gm_value null_test(const struct gm_facts *facts,
				 const PgQuery__NullTest *t)
{
	struct gm_value v = gm_prove(facts, t->arg);
	bool is = t->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL;

	/* A row of NULLs is neither. */
	if (v.kind == GM_VALUE_ANY ||
	    (v.kind == GM_VALUE_TEXT && v.loose && *v.text == '(') ||
	    (t->arg && t->arg->node_case == GM_NODE(ROW_EXPR)))
		return GM_VALUE(ANY);
	return gm_value_bool(is == gm_value_null(v));
}

static struct gm_value boolean_test(const struct gm_facts *facts,
				    const PgQuery__BooleanTest *t)
{
	struct gm_value v = gm_prove(facts, t->arg);

	if (!gm_value_null(v) && v.kind != GM_VALUE_BOOL)
		return GM_VALUE(ANY);
	switch (t->booltesttype) {
	case PG_QUERY__BOOL_TEST_TYPE__IS_TRUE:
		return gm_value_bool(gm_value_true(v));
	case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE:
		return gm_value_bool(!gm_value_true(v));
	case PG_QUERY__BOOL_TEST_TYPE__IS_FALSE:
		return gm_value_bool(gm_value_false(v));
	case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE:
		return gm_value_bool(!gm_value_false(v));
	case PG_QUERY__BOOL_TEST_TYPE__IS_UNKNOWN:
		return gm_value_bool(gm_value_null(v));
	case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN:
		return gm_value_bool(!gm_value_null(v));
	default:
		return GM_VALUE(ANY);
	}
}

/* The first that is not NULL, or any one of them. */
static struct gm_value first_given(const struct gm_facts *facts,
				   PgQuery__Node *const *items, size_t n,
				   bool in_order)
{
	bool open = false;

	for (size_t i = 0; i < n; i++) {
		struct gm_value v = gm_prove(facts, items[i]);

		if (gm_value_given(v))
			return in_order && !open ? v : GM_VALUE(SOME);
		open |= v.kind == GM_VALUE_ANY;
	}
	return open ? GM_VALUE(ANY) : GM_VALUE(NULL);
}

static struct gm_value choose(const struct gm_facts *facts,
			      const PgQuery__CaseExpr *c)
{
	struct gm_value sum = GM_VALUE(NULL), arg = GM_VALUE(ANY);
	bool some = false;

	if (c->arg)
		arg = gm_prove(facts, c->arg);
	for (size_t i = 0; i < c->n_args; i++) {
		const PgQuery__CaseWhen *when = c->args[i]->case_when;
		struct gm_value test = gm_prove(facts, when->expr), v;

		if (c->arg)
			test = gm_value_equal(arg, test);
		if (gm_value_null(test) || gm_value_false(test))
			continue;
		v = gm_prove(facts, when->result);
		sum = some ? gm_value_or_else(sum, v) : v;
		some = true;
		if (gm_value_true(test))
			return sum;
	}
	if (c->defresult)
		arg = gm_prove(facts, c->defresult);
	else
		arg = GM_VALUE(NULL);
	return some ? gm_value_or_else(sum, arg) : arg;
}

static struct gm_value cast(const struct gm_facts *facts,
			    const PgQuery__TypeCast *c)
{
	struct gm_value v = gm_prove(facts, c->arg);
	const char *type = gm_type_name(facts->scratch, c->type_name);

	/* A domain of the file's own may refuse it. */
	if (gm_scope_domain(
		    facts->scope, NULL,
		    gm_names_last(c->type_name->names, c->type_name->n_names)))
		return GM_VALUE(ANY);
	/* What is cut to a length is another text. */
	if (v.kind == GM_VALUE_TEXT && strchr(type, '('))
		return GM_VALUE(SOME);
	return gm_value_as(facts->scratch, v, type);
}

struct gm_value gm_prove(const struct gm_facts *facts,
			 const PgQuery__Node *node)
{
	if (!node)
		return GM_VALUE(ANY);
	switch (node->node_case) {
	case GM_NODE(A_CONST):
		return constant(node->a_const);
	case GM_NODE(TYPE_CAST):
		return cast(facts, node->type_cast);
	case GM_NODE(COLUMN_REF):
		return column(facts, node->column_ref);
	case GM_NODE(A_EXPR):
		return expression(facts, node->a_expr);
	case GM_NODE(BOOL_EXPR):
		return logic(facts, node->bool_expr);
	case GM_NODE(NULL_TEST):
		return null_test(facts, node->null_test);
	case GM_NODE(BOOLEAN_TEST):
		return boolean_test(facts, node->boolean_test);
	case GM_NODE(COALESCE_EXPR):
		return first_given(facts, node->coalesce_expr->args,
				   node->coalesce_expr->n_args, true);
	case GM_NODE(MIN_MAX_EXPR):
		return first_given(facts, node->min_max_expr->args,
				   node->min_max_expr->n_args, false);
	case GM_NODE(CASE_EXPR):
		return choose(facts, node->case_expr);
	case GM_NODE(FUNC_CALL):
		return gm_prove_call(facts, node->func_call);
	case GM_NODE(SQLVALUE_FUNCTION):
		return node->sqlvalue_function->op ==
				       PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA
			       ? GM_VALUE(ANY)
			       : GM_VALUE(SOME);
	case GM_NODE(A_ARRAY_EXPR):
	case GM_NODE(ROW_EXPR):
		return GM_VALUE(SOME);
	default:
		return GM_VALUE(ANY);
	}
}

/* An enum of the file's own? */
static bool has_labels(const struct gm_facts *facts, const char *type)
{
	const char *dot = strchr(type, '.');
	const char *schema =
		dot ? gm_strndup(facts->scratch, type, (size_t)(dot - type))
		    : NULL;
	const struct gm_thing *thing =
		gm_scope_thing(facts->scope, GM_OBJECT(TYPE), schema,
			       dot ? dot + 1 : type, NULL);

	return thing && thing->labels;
}

struct gm_value gm_prove_as(const struct gm_facts *facts,
			    const PgQuery__Node *node, const char *type)
{
	struct gm_value v = gm_prove(facts, node);

	if (v.kind == GM_VALUE_TEXT && has_labels(facts, type))
		return gm_value_text(v.text, false);
	return gm_value_as(facts->scratch, v, type);
}

bool gm_proves(const struct gm_facts *facts, const PgQuery__Node *check)
{
	struct gm_value v = gm_prove(facts, check);

	return gm_value_true(v) || gm_value_null(v);
}

bool gm_spend(const struct gm_facts *facts, size_t n)
{
	if (n > *facts->budget)
		return false;
	*facts->budget -= n;
	return true;
}

void gm_keep_check(struct gm_arena *a, struct gm_checks *list,
		   const PgQuery__Node *check)
{
	if (list->n == GM_SCOPE_MAX_CHECKS)
		list->more = true;
	else
		*GM_PUSH(a, list) = gm_node_pack(a, check);
}

bool gm_proves_all(const struct gm_facts *facts, const struct gm_checks *list)
{
	bool holds = !list->more;

	for (size_t i = 0; holds && i < list->n; i++) {
		const PgQuery__Node *check = NULL;

		if (gm_spend(facts, list->items[i].len))
			check = gm_node_unpack(facts->scratch, list->items[i]);
		holds = check && gm_proves(facts, check);
	}
	return holds;
}
