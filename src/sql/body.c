/* sql/read: function bodies and DO. */
#include "sql/read.h"

#include <string.h>

/* BEGIN ATOMIC ... END, or RETURN. */
static void run_statements(struct gm_sql_reader *r, const PgQuery__Node *body)
{
	if (body->node_case != GM_NODE(LIST)) {
		gm_classify(r, body);
		return;
	}
	for (size_t i = 0; i < body->list->n_items; i++)
		run_statements(r, body->list->items[i]);
}

const char *gm_body_text(const PgQuery__DefElem *as)
{
	if (!as || !as->arg)
		return NULL;
	if (as->arg->node_case == GM_NODE(LIST))
		return as->arg->list->n_items == 1
			       ? gm_node_string(as->arg->list->items[0])
			       : NULL;
	return gm_node_string(as->arg);
}

static void run_body(struct gm_sql_reader *r, const struct gm_func *func,
		     const PgQuery__CreateFunctionStmt *s)
{
	const PgQuery__DefElem *language =
		gm_option(s->options, s->n_options, "language");
	const char *name =
		language ? gm_option_text(&r->scratch, language) : "sql";
	const char *text =
		gm_body_text(gm_option(s->options, s->n_options, "as"));

	for (size_t i = 0; i < s->n_parameters; i++)
		gm_run_node(r, s->parameters[i]->function_parameter->defexpr);
	if (s->sql_body)
		run_statements(r, s->sql_body);
	else if (text && gm_str_ieq(gm_str(name), GM_STR("sql")))
		gm_classify_text(r, gm_str(text));
	else if (text && !strcmp(name, "plpgsql"))
		gm_run_plpgsql(r, func->text, gm_str(text));
	else
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "calls %s(), which is written in %s", func->name,
			 name);
}

/* Does CREATE FUNCTION ... SET search_path rule its body? */
static bool sets_path(struct gm_sql_reader *r,
		      const PgQuery__CreateFunctionStmt *s)
{
	bool found = false;

	for (size_t i = 0; i < s->n_options; i++) {
		const PgQuery__DefElem *o = s->options[i]->def_elem;

		if (strcmp(o->defname, "set") != 0 || !o->arg ||
		    o->arg->node_case != GM_NODE(VARIABLE_SET_STMT) ||
		    strcmp(o->arg->variable_set_stmt->name, "search_path") != 0)
			continue;
		gm_set_shadow_by(r, o->arg->variable_set_stmt);
		found = true;
	}
	return found;
}

static void run_parsed(struct gm_sql_reader *r, struct gm_func *func,
		       const PgQuery__CreateFunctionStmt *s)
{
	struct gm_scope outer = r->scope;
	bool path = sets_path(r, s);

	r->scope.maybe++;
	if (path) {
		r->scope.path = NULL;
		r->scope.temp_last = true;
	}
	run_body(r, func, s);
	r->scope.maybe--;
	if (path) {
		r->scope.path = outer.path;
		r->scope.session = outer.session;
		r->scope.temp_last = outer.temp_last;
		r->scope.shadowed = outer.shadowed;
	}
}

void gm_run_function(struct gm_sql_reader *r, struct gm_func *func,
		     int location)
{
	struct gm_arena_mark mark = gm_arena_mark(&r->scratch);
	struct gm_source outer = r->source;
	size_t at = location > 0 ? (size_t)location : 0;
	struct gm_tree tree;

	func->referenced |= r->later > 0;
	if (func->running)
		return;
	if (r->depth >= GM_SQL_MAX_BODIES || func->text.len > r->budget) {
		gm_raise(r, GM_CLASS_OPAQUE, location,
			 "runs more code than can be read");
		return;
	}
	r->budget -= func->text.len;
	if (outer.exact) {
		r->source.base += at < outer.text.len ? at : 0;
		r->source.width = gm_token_width(outer.text, at);
	}
	r->source.exact = false;
	r->source.within = gm_printf(&r->scratch, "in function %s", func->name);
	r->depth++;
	func->running = true;
	gm_tree_parse(&tree, &r->scratch, func->text);
	if (tree.n == 1 &&
	    tree.items[0]->stmt->node_case == GM_NODE(CREATE_FUNCTION_STMT))
		run_parsed(r, func, tree.items[0]->stmt->create_function_stmt);
	else
		gm_raise(r, GM_CLASS_OPAQUE, 0, "calls %s(), which is not read",
			 func->name);
	func->running = false;
	r->depth--;
	r->source = outer;
	gm_arena_reset(&r->scratch, mark);
}

/*
 * Where the body of a DO stands: known to the byte when it is in dollar
 * quotes.
 */
static void enter_string(struct gm_sql_reader *r, const PgQuery__DefElem *as,
			 struct gm_str text)
{
	struct gm_str rest = gm_str_sub(r->source.text, (size_t)as->location,
					r->source.text.len);
	size_t tag = 1;

	if (!r->source.exact)
		return;
	r->source.base += (size_t)as->location;
	r->source.width = gm_token_width(rest, 0);
	r->source.exact = false;
	if (!rest.len || rest.ptr[0] != '$')
		return;
	while (tag < rest.len && rest.ptr[tag] != '$')
		tag++;
	tag++;
	if (tag + text.len > rest.len ||
	    !gm_str_eq(gm_str_sub(rest, tag, tag + text.len), text))
		return;
	r->source.exact = true;
	r->source.base += tag;
	r->source.text = text;
}

void gm_run_do(struct gm_sql_reader *r, const PgQuery__DoStmt *s)
{
	const PgQuery__DefElem *as = gm_option(s->args, s->n_args, "as");
	const PgQuery__DefElem *language =
		gm_option(s->args, s->n_args, "language");
	const char *name =
		language ? gm_option_text(&r->scratch, language) : "plpgsql";
	const char *text = gm_body_text(as);
	struct gm_source outer = r->source;

	if (!text || as->location < 0) {
		gm_raise(r, GM_CLASS_OPAQUE, 0, "has no body");
		return;
	}
	enter_string(r, as, gm_str(text));
	r->depth++;
	if (!strcmp(name, "plpgsql"))
		gm_run_plpgsql(r, r->piece, gm_str(text));
	else if (!strcmp(name, "sql"))
		gm_classify_text(r, gm_str(text));
	else
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "runs a block in %s, which is not read", name);
	r->depth--;
	r->source = outer;
	gm_raise(r, GM_CLASS_NEUTRAL, 0, "runs a block that only reads");
}
