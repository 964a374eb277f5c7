/*
 * sql/read: does a call mean a function that was defined here, or one of the
 * same name that is not in view?
 *
 * Where the type of an argument can be seen it must be that of the parameter,
 * or one that becomes it without loss.  Of columns, variables and the like
 * nothing can be seen, and a string without a type becomes what is asked for.
 */
#include "sql/read.h"

#include <string.h>

/* Types by how they become each other without being asked to. */
static const struct rank {
	const char *name;
	int family, rank;
} ranks[] = {
	{ "int2", 1, 1 },        { "int4", 1, 2 },   { "int8", 1, 3 },
	{ "numeric", 1, 4 },     { "float4", 1, 5 }, { "float8", 1, 6 },
	{ "name", 2, 1 },        { "bpchar", 2, 2 }, { "varchar", 2, 3 },
	{ "text", 2, 3 },        { "date", 3, 1 },   { "timestamp", 3, 2 },
	{ "timestamptz", 3, 3 },
};

static const struct rank *rank_of(struct gm_str type)
{
	for (size_t i = 0; i < GM_COUNT(ranks); i++)
		if (gm_str_is(type, ranks[i].name))
			return &ranks[i];
	return NULL;
}

/* Without pg_catalog and the length in brackets. */
static struct gm_str bare(const char *type)
{
	struct gm_str s = gm_str(type);
	size_t open = gm_str_find(s, '(');

	if (gm_str_starts(s, GM_STR("pg_catalog."))) {
		s = gm_str_sub(s, strlen("pg_catalog."), s.len);
		open = gm_str_find(s, '(');
	}
	return gm_str_sub(s, 0, open);
}

static bool is_array(const char *type)
{
	return gm_str_ends(gm_str(type), GM_STR("[]"));
}

static struct gm_str without_schema(struct gm_str type)
{
	size_t dot = gm_str_find(type, '.');

	return dot < type.len ? gm_str_sub(type, dot + 1, type.len) : type;
}

/* With a schema or, by the path, without. */
static bool same_type(struct gm_str a, struct gm_str b)
{
	struct gm_str x = without_schema(a), y = without_schema(b);

	return gm_str_eq(a, b) ||
	       (gm_str_eq(x, y) && (x.len == a.len || y.len == b.len));
}

static bool becomes(const char *from, const char *to)
{
	const struct rank *a, *b;

	if (is_array(from) != is_array(to))
		return false;
	if (same_type(bare(from), bare(to)))
		return true;
	a = rank_of(bare(from));
	b = rank_of(bare(to));
	return a && b && !is_array(from) && a->family == b->family &&
	       a->rank <= b->rank;
}

static const char *const_type(const PgQuery__AConst *c)
{
	if (c->isnull)
		return NULL;
	switch (c->val_case) {
	case PG_QUERY__A__CONST__VAL_IVAL:
		return "int4";
	case PG_QUERY__A__CONST__VAL_FVAL:
		return strpbrk(c->fval->fval, ".eE") ? "numeric" : "int8";
	case PG_QUERY__A__CONST__VAL_BOOLVAL:
		return "bool";
	case PG_QUERY__A__CONST__VAL_BSVAL:
		return "bit";
	default:
		return NULL;
	}
}

/* A comparison gives a boolean; a sign leaves the type of a number. */
static const char *expr_type(struct gm_sql_reader *r, const PgQuery__AExpr *e);

/* NULL: it cannot be seen. */
static const char *arg_type(struct gm_sql_reader *r, const PgQuery__Node *n)
{
	if (!n)
		return NULL;
	switch (n->node_case) {
	case GM_NODE(A_CONST):
		return const_type(n->a_const);
	case GM_NODE(TYPE_CAST):
		return gm_type_name(&r->scratch, n->type_cast->type_name);
	case GM_NODE(BOOL_EXPR):
	case GM_NODE(NULL_TEST):
	case GM_NODE(BOOLEAN_TEST):
		return "bool";
	case GM_NODE(A_EXPR):
		return expr_type(r, n->a_expr);
	case GM_NODE(A_ARRAY_EXPR):
		return "?[]";
	default:
		return NULL;
	}
}

static const char *expr_type(struct gm_sql_reader *r, const PgQuery__AExpr *e)
{
	static const char *const tests[] = { "=", "<>", "<", "<=", ">", ">=" };
	const char *name = gm_names_last(e->name, e->n_name);

	if (e->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP)
		return e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF
			       ? NULL
			       : "bool";
	for (size_t i = 0; i < GM_COUNT(tests); i++)
		if (!strcmp(name, tests[i]))
			return "bool";
	return !e->lexpr && !strcmp(name, "-") ? arg_type(r, e->rexpr) : NULL;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789+-.eE \t\n") == strlen(text);
}

static bool fits(struct gm_sql_reader *r, const PgQuery__Node *arg,
		 const char *type)
{
	const char *from = arg_type(r, arg), *text = gm_node_string(arg);
	const struct rank *rank = rank_of(bare(type));

	/* A string is no number unless it looks like one. */
	if (text && rank && rank->family == 1)
		return is_number(text);
	if (!from)
		return true;
	/* Of an array only that it is one can be seen. */
	return !strcmp(from, "?[]") ? is_array(type) : becomes(from, type);
}

/* The type that the argument at `i`, or of that name, has to be. */
static const char *param_type(struct gm_sql_reader *r, const struct gm_func *f,
			      size_t i, const char *name, bool spread)
{
	const struct gm_param *p = f->params;
	struct gm_str type;

	while (p && (name ? strcmp(p->name, name) != 0 : i > 0) &&
	       (name || p->next)) {
		p = p->next;
		i -= !name;
	}
	if (!p)
		return NULL;
	if (name || !spread || !f->variadic || p->next || !is_array(p->type))
		return p->type;
	type = gm_str(p->type);
	return gm_str_dup(&r->scratch, gm_str_sub(type, 0, type.len - 2));
}

bool gm_call_fits(struct gm_sql_reader *r, const PgQuery__FuncCall *call,
		  const struct gm_func *f)
{
	for (size_t i = 0; i < call->n_args; i++) {
		const PgQuery__Node *arg = call->args[i];
		const char *name = NULL, *type;

		if (arg->node_case == GM_NODE(NAMED_ARG_EXPR)) {
			name = arg->named_arg_expr->name;
			arg = arg->named_arg_expr->arg;
		}
		type = param_type(r, f, i, name, !call->func_variadic);
		if (!type || !fits(r, arg, type))
			return false;
	}
	return true;
}
