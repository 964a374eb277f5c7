/* sql/prove: what functions give. */
#include "sql/prove.h"

#include <string.h>

#include "sql/read.h"

#define ONE_OF(name, list) gm_is_one(name, list, GM_COUNT(list))

/* Functions that give NULL for NULL and never else. */
static bool is_strict(const char *name)
{
	static const char *const names[] = {
		"abs",
		"btrim",
		"cardinality",
		"ceil",
		"ceiling",
		"char_length",
		"character_length",
		"date_trunc",
		"decode",
		"encode",
		"floor",
		"json_typeof",
		"jsonb_typeof",
		"length",
		"lower",
		"lpad",
		"ltrim",
		"make_date",
		"make_interval",
		"md5",
		"nextval",
		"octet_length",
		"position",
		"regexp_replace",
		"repeat",
		"replace",
		"reverse",
		"round",
		"rpad",
		"rtrim",
		"sha256",
		"starts_with",
		"strpos",
		"timezone",
		"to_timestamp",
		"to_tsvector",
		"trunc",
		"upper",
	};

	return ONE_OF(name, names);
}

/* Functions that give NULL for NULL, but perhaps else as well. */
static bool is_half_strict(const char *name)
{
	static const char *const names[] = {
		"array_length",      "array_lower",
		"array_ndims",       "array_upper",
		"date_part",         "extract",
		"json_array_length", "jsonb_array_length",
		"regexp_like",       "regexp_match",
		"split_part",        "substr",
		"substring",         "to_char",
	};

	return ONE_OF(name, names);
}

/* Functions that never give NULL, whatever they are called with. */
static bool is_total(const char *name)
{
	static const char *const names[] = {
		"clock_timestamp",       "concat",
		"gen_random_uuid",       "json_build_array",
		"json_build_object",     "jsonb_build_array",
		"jsonb_build_object",    "now",
		"num_nonnulls",          "num_nulls",
		"pg_current_xact_id",    "random",
		"statement_timestamp",   "timeofday",
		"transaction_timestamp", "txid_current",
		"uuid_generate_v1",      "uuid_generate_v1mc",
		"uuid_generate_v4",
	};

	return ONE_OF(name, names);
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static struct gm_value changed_case(const struct gm_facts *facts, const char *s,
				    bool up)
{
	char *out = gm_strdup(facts->scratch, s);

	for (char *p = out; *p; p++) {
		if (up && *p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		else if (!up && *p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	return gm_value_text(out, false);
}

static struct gm_value of_text(const struct gm_facts *facts, const char *name,
			       struct gm_value arg)
{
	static const char *const lengths[] = { "length", "char_length",
					       "character_length",
					       "octet_length" };
	size_t blanks;

	if (arg.kind != GM_VALUE_TEXT)
		return GM_VALUE(SOME);
	blanks = strspn(arg.text, " \t\n\r");
	if (!strcmp(name, "json_typeof") || !strcmp(name, "jsonb_typeof"))
		return arg.text[blanks] == '{' ? gm_value_text("object", false)
		       : arg.text[blanks] == '[' ? gm_value_text("array", false)
						 : GM_VALUE(SOME);
	if (arg.loose || !is_ascii(arg.text))
		return GM_VALUE(SOME);
	if (ONE_OF(name, lengths))
		return gm_value_number((double)strlen(arg.text));
	if (!strcmp(name, "lower") || !strcmp(name, "upper"))
		return changed_case(facts, arg.text, *name == 'u');
	return GM_VALUE(SOME);
}

/* Where functions of PostgreSQL and its own extensions are. */
static bool is_usual(const char *schema)
{
	return !schema || !strcmp(schema, "pg_catalog") ||
	       !strcmp(schema, "public") || !strcmp(schema, "extensions");
}

/* The one expression that a function in SQL gives, or NULL. */
static const PgQuery__Node *result_of(struct gm_arena *scratch,
				      const PgQuery__CreateFunctionStmt *s)
{
	const PgQuery__DefElem *language =
		gm_option(s->options, s->n_options, "language");
	const char *text =
		gm_body_text(gm_option(s->options, s->n_options, "as"));
	const PgQuery__SelectStmt *q;
	struct gm_tree tree;

	if (s->sql_body)
		return s->sql_body->node_case == GM_NODE(RETURN_STMT)
			       ? s->sql_body->return_stmt->returnval
			       : NULL;
	if (!text || !language ||
	    !gm_str_ieq(gm_str(gm_option_text(scratch, language)),
			GM_STR("sql")))
		return NULL;
	gm_tree_parse(&tree, scratch, gm_str(text));
	if (tree.n != 1 ||
	    tree.items[0]->stmt->node_case != GM_NODE(SELECT_STMT))
		return NULL;
	q = tree.items[0]->stmt->select_stmt;
	if (q->n_target_list != 1 || q->n_from_clause || q->where_clause ||
	    q->having_clause || q->n_group_clause || q->limit_count ||
	    q->limit_offset || q->larg || q->into_clause)
		return NULL;
	return q->target_list[0]->res_target->val;
}

/* Does this function never give NULL, whatever it is called with? */
static bool is_given(const struct gm_facts *facts, struct gm_func *f)
{
	struct gm_facts inside = { .scope = facts->scope,
				   .scratch = facts->scratch,
				   .budget = facts->budget };
	const PgQuery__CreateFunctionStmt *s;
	const PgQuery__Node *result;
	struct gm_tree tree;
	bool given;

	if (f->running || !f->text.len || !gm_spend(facts, f->text.len))
		return false;
	gm_tree_parse(&tree, facts->scratch, f->text);
	if (tree.n != 1 ||
	    tree.items[0]->stmt->node_case != GM_NODE(CREATE_FUNCTION_STMT))
		return false;
	s = tree.items[0]->stmt->create_function_stmt;
	/* A strict one gives NULL for NULL; one of rows perhaps none. */
	if (gm_option(s->options, s->n_options, "strict") ||
	    (s->return_type && s->return_type->setof))
		return false;
	f->running = true;
	result = result_of(facts->scratch, s);
	given = result && gm_value_given(gm_prove(&inside, result));
	f->running = false;
	return given;
}

/* One of the file's own: certain only when all of the name are. */
static struct gm_value own(const struct gm_facts *facts,
			   const PgQuery__FuncCall *call, const char *schema,
			   const char *name)
{
	struct gm_func *f = gm_scope_maybe_func(facts->scope, NULL, name);
	bool found = false;

	for (; f; f = gm_scope_next_func(f, NULL)) {
		const struct gm_func *g =
			gm_scope_func(facts->scope, schema, name);

		while (g && g != f)
			g = g->next;
		if (!is_given(facts, f))
			return GM_VALUE(ANY);
		found |= g && !f->maybe && call->n_args >= f->min_args &&
			 call->n_args <= f->max_args;
	}
	f = gm_scope_maybe_func(facts->scope, NULL, name);
	for (; f && found; f = gm_scope_next_func(f, NULL))
		f->proved = true;
	return found ? GM_VALUE(SOME) : GM_VALUE(ANY);
}

struct gm_value gm_prove_call(const struct gm_facts *facts,
			      const PgQuery__FuncCall *call)
{
	const char *name = gm_names_last(call->funcname, call->n_funcname);
	const char *schema = gm_names_schema(call->funcname, call->n_funcname);
	struct gm_value first = GM_VALUE(SOME);
	bool given = true;

	if (call->agg_filter || call->over || call->func_variadic)
		return GM_VALUE(ANY);
	if (gm_scope_maybe_func(facts->scope, NULL, name))
		return own(facts, call, schema, name);
	if (is_total(name) && is_usual(schema))
		return GM_VALUE(SOME);
	if (schema && strcmp(schema, "pg_catalog") != 0)
		return GM_VALUE(ANY);
	for (size_t i = 0; i < call->n_args; i++) {
		struct gm_value v = gm_prove(facts, call->args[i]);

		if (gm_value_null(v) &&
		    (is_strict(name) || is_half_strict(name)))
			return v;
		given &= gm_value_given(v);
		if (!i)
			first = v;
	}
	if (!given || !is_strict(name))
		return GM_VALUE(ANY);
	return call->n_args == 1 ? of_text(facts, name, first) : GM_VALUE(SOME);
}
