/* sql/read: functions and operators. */
#include "sql/read.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static const char *const builtins[] = {
#define GM_BUILTIN(name) name,
#include "sql/builtins.def"
#undef GM_BUILTIN
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *)b);
}

bool gm_builtin_reads(const char *name)
{
	return bsearch(name, builtins, GM_COUNT(builtins), sizeof(*builtins),
		       compare) != NULL;
}

bool gm_builtin_operator(const char *name)
{
	static const char *const names[] = {
		"!!",  "!~",  "!~*", "!~~", "!~~*", "#",   "##",  "#-",   "#>",
		"#>>", "%",   "&",   "&&",  "&<",   "&<|", "&>",  "*",    "*<",
		"*<=", "*<>", "*=",  "*>",  "*>=",  "+",   "-",   "->",   "->>",
		"-|-", "/",   "<",   "<->", "<<",   "<<=", "<<|", "<=",   "<>",
		"<@",  "<^",  "=",   ">",   ">=",   ">>",  ">>=", ">^",   "?",
		"?#",  "?&",  "?-",  "?-|", "?|",   "?||", "@",   "@-@",  "@>",
		"@?",  "@@",  "@@@", "^",   "^@",   "|",   "|&>", "|/",   "|>>",
		"||",  "||/", "~",   "~*",  "~<=~", "~<~", "~=",  "~>=~", "~>~",
		"~~",  "~~*",
	};

	for (size_t i = 0; i < GM_COUNT(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Functions of PostgreSQL's own extensions that only compute. */
static bool extension_computes(const char *name)
{
	static const char *const names[] = {
		"crypt",
		"digest",
		"gen_random_bytes",
		"gen_salt",
		"hmac",
		"lca",
		"ltree2text",
		"nlevel",
		"similarity",
		"subltree",
		"subpath",
		"text2ltree",
		"unaccent",
		"uuid_generate_v1",
		"uuid_generate_v1mc",
		"uuid_generate_v3",
		"uuid_generate_v4",
		"uuid_generate_v5",
		"uuid_nil",
		"uuid_ns_dns",
		"uuid_ns_url",
	};

	for (size_t i = 0; i < GM_COUNT(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static bool is_input(const PgQuery__FunctionParameter *p)
{
	return p->mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT &&
	       p->mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE;
}

/* The types of its arguments, as DROP FUNCTION writes them. */
static const char *param_types(struct gm_sql_reader *r,
			       const PgQuery__CreateFunctionStmt *s)
{
	struct gm_buf out = gm_buf(&r->keep);

	for (size_t i = 0; i < s->n_parameters; i++) {
		const PgQuery__FunctionParameter *p =
			s->parameters[i]->function_parameter;

		if (!is_input(p))
			continue;
		gm_buf_puts(&out, gm_type_name(&r->scratch, p->arg_type));
		gm_buf_putc(&out, ';');
	}
	return out.ptr;
}

static const char *arg_types(struct gm_sql_reader *r,
			     const PgQuery__ObjectWithArgs *o)
{
	struct gm_buf out = gm_buf(&r->scratch);

	for (size_t i = 0; i < o->n_objargs; i++) {
		if (o->objargs[i]->node_case != GM_NODE(TYPE_NAME))
			return "?";
		gm_buf_puts(&out, gm_type_name(&r->scratch,
					       o->objargs[i]->type_name));
		gm_buf_putc(&out, ';');
	}
	return out.ptr;
}

bool gm_owns_function(struct gm_sql_reader *r, const PgQuery__ObjectWithArgs *o)
{
	const struct gm_func *f = gm_scope_func(
		&r->scope, gm_names_schema(o->objname, o->n_objname),
		gm_names_last(o->objname, o->n_objname));

	for (; f; f = f->next)
		if (f->fresh &&
		    (o->args_unspecified || !strcmp(f->types, arg_types(r, o))))
			return true;
	return false;
}

static void add_param(struct gm_sql_reader *r, struct gm_param ***end,
		      const PgQuery__FunctionParameter *p)
{
	struct gm_param *param = gm_alloc(&r->keep, sizeof(*param));

	param->name = gm_strdup(&r->keep, p->name);
	param->type = gm_type_name(&r->keep, p->arg_type);
	**end = param;
	*end = &param->next;
}

static void count_args(struct gm_sql_reader *r, struct gm_func *f,
		       const PgQuery__CreateFunctionStmt *s)
{
	struct gm_param **end = &f->params;

	for (size_t i = 0; i < s->n_parameters; i++) {
		const PgQuery__FunctionParameter *p =
			s->parameters[i]->function_parameter;

		/* CALL names what a procedure gives back as well. */
		if (!is_input(p) && !s->is_procedure)
			continue;
		add_param(r, &end, p);
		if (f->max_args < SIZE_MAX)
			f->max_args++;
		if (p->mode ==
		    PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_VARIADIC) {
			f->max_args = SIZE_MAX;
			f->variadic = true;
		} else if (is_input(p) && !p->defexpr)
			f->min_args++;
	}
}

static void remember_replaced(struct gm_sql_reader *r, struct gm_func *f,
			      bool trigger)
{
	struct gm_replaced *replaced;

	if (r->scope.n_replaced++ >= GM_SCOPE_MAX_TRIGGERS)
		return;
	replaced = gm_alloc(&r->keep, sizeof(*replaced));
	replaced->func = f;
	replaced->trigger = trigger;
	replaced->next = r->scope.replaced;
	r->scope.replaced = replaced;
}

static void run_now(struct gm_sql_reader *r, struct gm_func *f)
{
	enum gm_class least = r->least;

	r->least = GM_CLASS_CONTRACT;
	r->later++;
	gm_run_function(r, f, 0);
	r->later--;
	r->least = least;
}

/* What an older or a new object calls may have another body now. */
static void take_place(struct gm_sql_reader *r, struct gm_func *f,
		       const PgQuery__CreateFunctionStmt *s)
{
	const PgQuery__TypeName *type = s->return_type;
	const char *name =
		type ? gm_names_last(type->names, type->n_names) : "";
	/* No column has rows or nothing for a value. */
	bool plain = type && !type->setof && strcmp(name, "void") != 0;

	if (!strcmp(name, "trigger"))
		remember_replaced(r, f, true);
	else if (!strcmp(name, "event_trigger"))
		/* An older one fires at this very statement. */
		run_now(r, f);
	else if (plain)
		remember_replaced(r, f, false);
}

/* Does something that was made above call it by this name? */
static bool is_awaited(struct gm_sql_reader *r, const char *name, bool replace)
{
	struct gm_func *f = gm_scope_maybe_func(&r->scope, NULL, name);

	for (; f && replace; f = gm_scope_next_func(f, NULL))
		if (f->proved)
			gm_raise(r, GM_CLASS_CONTRACT, 0,
				 "replaces function %s, which the default of a"
				 " new column depends on",
				 name);
	f = gm_scope_maybe_func(&r->scope, NULL, name);

	for (; f; f = gm_scope_next_func(f, NULL))
		if (f->referenced)
			return true;
	return gm_map_get(&r->scope.unseen, gm_str(name)) != NULL;
}

void gm_define_function(struct gm_sql_reader *r,
			const PgQuery__CreateFunctionStmt *s)
{
	const char *name = gm_names(&r->keep, s->funcname, s->n_funcname);
	const char *last = gm_names_last(s->funcname, s->n_funcname);
	bool awaited = is_awaited(r, last, s->replace);
	struct gm_func *f;

	gm_raise(r, GM_CLASS_EXPAND, 0, "%s %s %s",
		 s->replace ? "creates or replaces" : "creates",
		 s->is_procedure ? "procedure" : "function", name);
	r->scope.hooked |= s->replace;
	f = gm_scope_define(&r->scope,
			    gm_names_schema(s->funcname, s->n_funcname), last);
	if (f->max_args < SIZE_MAX) {
		f->text = gm_str(gm_str_dup(&r->keep, r->piece));
		f->name = name;
		f->types = param_types(r, s);
		f->fresh = !s->replace && !f->maybe;
		count_args(r, f, s);
	}
	if (s->replace)
		take_place(r, f, s);
	if (awaited)
		run_now(r, f);
}

/* SELECT set_config(name, value, is_local) */
static void set_config(struct gm_sql_reader *r, const PgQuery__FuncCall *call)
{
	const char *name = NULL, *value = NULL;

	if (call->n_args == 3) {
		name = gm_node_string(call->args[0]);
		value = gm_node_string(call->args[1]);
	}
	if (!name)
		gm_raise(r, GM_CLASS_OPAQUE, call->location,
			 "sets a parameter whose name is computed");
	else if (gm_str_ieq(gm_str(name), GM_STR("search_path"))) {
		/* Whether it runs, and for how long, is not certain. */
		gm_set_parameter(r, name, NULL, false, call->location);
		gm_set_shadow(r, value);
	} else
		gm_set_parameter(r, name, value, false, call->location);
}

/* Built-in functions that do something. */
static bool call_special(struct gm_sql_reader *r, const PgQuery__FuncCall *call,
			 const char *name)
{
	if (!strcmp(name, "setval"))
		gm_raise(r, GM_CLASS_BACKFILL, call->location,
			 "sets a sequence");
	else if (!strcmp(name, "nextval"))
		gm_raise(r, GM_CLASS_BACKFILL, call->location,
			 "advances a sequence");
	else if (!strcmp(name, "set_config"))
		set_config(r, call);
	else
		return false;
	return true;
}

static bool resolves(const struct gm_sql_reader *r, const struct gm_func *f,
		     const char *schema, const char *name)
{
	const struct gm_func *g = gm_scope_func(&r->scope, schema, name);

	while (g && g != f)
		g = g->next;
	return g && !f->maybe;
}

/* Run all that the call may mean; is it certain to be one of them? */
static bool run_own(struct gm_sql_reader *r, const PgQuery__FuncCall *call,
		    const char *schema, const char *name)
{
	struct gm_func *f = gm_scope_maybe_func(&r->scope, schema, name);
	bool found = false;

	for (; f; f = gm_scope_next_func(f, schema)) {
		if (call->n_args < f->min_args && !call->func_variadic)
			continue;
		if (call->n_args > f->max_args)
			continue;
		gm_run_function(r, f, call->location);
		found |= resolves(r, f, schema, name) &&
			 gm_call_fits(r, call, f);
	}
	return found;
}

/* When it is defined below, what calls it later calls that. */
static void remember_unseen(struct gm_sql_reader *r, const char *name)
{
	if (!gm_map_get(&r->scope.unseen, gm_str(name)))
		gm_map_set(&r->scope.unseen, gm_str(gm_strdup(&r->keep, name)),
			   r);
}

void gm_call(struct gm_sql_reader *r, const PgQuery__FuncCall *call)
{
	const char *schema = gm_names_schema(call->funcname, call->n_funcname);
	const char *name = gm_names_last(call->funcname, call->n_funcname);
	bool system = !schema || !strcmp(schema, "pg_catalog");
	bool found = run_own(r, call, schema, name);

	if (system && (call_special(r, call, name) || gm_builtin_reads(name)) &&
	    (schema || !r->scope.shadowed))
		return;
	if (found)
		return;
	if (r->later)
		remember_unseen(r, name);
	if (r->lenient)
		return;
	if ((!schema || !strcmp(schema, "public") ||
	     !strcmp(schema, "extensions")) &&
	    extension_computes(name))
		return;
	gm_raise(r, GM_CLASS_OPAQUE, call->location,
		 "calls %s(), which is neither known to be harmless nor defined"
		 " here",
		 gm_names(&r->scratch, call->funcname, call->n_funcname));
}

void gm_call_operator(struct gm_sql_reader *r, PgQuery__Node *const *names,
		      size_t n, int location)
{
	const char *schema = gm_names_schema(names, n);
	const char *name = gm_names_last(names, n);

	if (!n || r->lenient ||
	    ((schema ? !strcmp(schema, "pg_catalog") : !r->scope.shadowed) &&
	     gm_builtin_operator(name) &&
	     !gm_map_get(&r->scope.operators, gm_str(name))))
		return;
	gm_raise(r, GM_CLASS_OPAQUE, location,
		 "uses the operator %s, whose function is not known", name);
}

bool gm_call_named(struct gm_sql_reader *r, PgQuery__Node *const *names,
		   size_t n, size_t n_args, int location)
{
	const char *schema = gm_names_schema(names, n);
	const char *name = gm_names_last(names, n);
	struct gm_func *f = gm_scope_maybe_func(&r->scope, schema, name);
	enum gm_class least = r->least;
	bool found = false;

	r->least = GM_CLASS_CONTRACT;
	r->later++;
	for (; f; f = gm_scope_next_func(f, schema)) {
		if (n_args < f->min_args)
			continue;
		if (n_args > f->max_args && n_args < SIZE_MAX)
			continue;
		gm_run_function(r, f, location);
		found |= resolves(r, f, schema, name);
	}
	r->later--;
	r->least = least;
	if (!found)
		remember_unseen(r, name);
	return found || ((!schema || !strcmp(schema, "pg_catalog")) &&
			 gm_builtin_reads(name));
}
