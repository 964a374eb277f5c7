/*
 * sql/read: PL/pgSQL.
 *
 * libpg_query gives these bodies as JSON, in which the SQL is text.  Branches
 * and loops count as run, but what they make is not certain to be there.
 */
#include "sql/read.h"

#include <string.h>

#include <jansson.h>
#include <pg_query.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "base/buf.h"

/* How far behind its line's begin a statement is looked for, in bytes. */
#define NEAR 4096

struct block {
	struct gm_sql_reader *r;
	struct gm_source body;     /* the body's text */
	const char *stmt;          /* the kind of statement that is read */
	size_t line;               /* of the body, 1-based; 0: unknown */
	size_t seen_line, seen_at; /* the last line that was looked for */
	unsigned left;             /* a RETURN or EXIT came before */
};

static bool is_stmt(const struct block *b, const char *kind)
{
	return !strcmp(b->stmt, kind);
}

static PgQueryPlpgsqlParseResult parse(const char *statement)
{
	PgQueryPlpgsqlParseResult parsed;

#ifdef __SANITIZE_ADDRESS__
	/* The library forgets a byte when a body does not parse. */
	__lsan_disable();
#endif
	parsed = pg_query_parse_plpgsql(statement);
#ifdef __SANITIZE_ADDRESS__
	__lsan_enable();
#endif
	return parsed;
}

static void close_parsed(PgQueryPlpgsqlParseResult *p)
{
	/*
	 * What the parser printed comes as an error made of string constants,
	 * which must not be freed.
	 */
	if (!p->error || (p->error->filename && *p->error->filename))
		pg_query_free_plpgsql_parse_result(*p);
}

static void close_json(json_t **json)
{
	json_decref(*json);
}

/* The offset of the current line; lines mostly come in order. */
static size_t line_offset(struct block *b)
{
	struct gm_str text = b->body.text;

	if (b->line < b->seen_line || !b->seen_line) {
		b->seen_line = 1;
		b->seen_at = 0;
	}
	while (b->seen_line < b->line && b->seen_at < text.len)
		b->seen_line += text.ptr[b->seen_at++] == '\n';
	return b->seen_at;
}

/* Locations count in `sql`, which stands on or after the current line. */
static void locate(struct block *b, struct gm_str sql, size_t prefix)
{
	struct gm_source *s = &b->r->source;
	size_t len = sql.len - prefix, at;
	const char *found, *gap;
	struct gm_str rest;

	*s = b->body;
	if (!b->body.exact)
		return;
	at = line_offset(b);
	rest = gm_str_sub(b->body.text, at, at + len + NEAR);
	/* INTO and its target are blanked out. */
	gap = memmem(sql.ptr + prefix, len, "     ", 5);
	if (gap)
		len = (size_t)(gap - (sql.ptr + prefix));
	found = len ? memmem(rest.ptr, rest.len, sql.ptr + prefix, len) : NULL;
	if (found)
		at += (size_t)(found - rest.ptr);
	s->base += at;
	s->text = sql;
	if (found && s->base >= prefix) {
		s->base -= prefix;
		return;
	}
	s->exact = false;
	while (rest.len && strchr(" \t\r\n", rest.ptr[0])) {
		rest = gm_str_sub(rest, 1, rest.len);
		s->base++;
	}
	s->width = gm_token_width(rest, 0);
}

static void run_statement(struct block *b, struct gm_str sql)
{
	/* The parser writes SELECT in place of PERFORM. */
	locate(b, sql, is_stmt(b, "perform") ? strlen("SELECT ") : 0);
	gm_classify_text(b->r, sql);
	b->r->source = b->body;
}

/* An expression, read as the one column of a query. */
static const PgQuery__Node *parse_expr(struct block *b, const char *text)
{
	struct gm_sql_reader *r = b->r;
	struct gm_str sql = gm_str(gm_printf(&r->scratch, "SELECT %s", text));
	struct gm_tree tree;

	locate(b, sql, strlen("SELECT "));
	gm_tree_parse(&tree, &r->scratch, sql);
	if (tree.n == 1 &&
	    tree.items[0]->stmt->node_case == GM_NODE(SELECT_STMT))
		return tree.items[0]->stmt;
	gm_raise(r, GM_CLASS_OPAQUE, (int)tree.error_at, "cannot be read: %s",
		 tree.error ? tree.error : "an expression was expected");
	return NULL;
}

static void run_expr(struct block *b, const char *text)
{
	struct gm_sql_reader *r = b->r;
	struct gm_arena_mark mark = gm_arena_mark(&r->scratch);
	const PgQuery__Node *query = parse_expr(b, text);

	gm_run_node(r, query);
	r->source = b->body;
	gm_arena_reset(&r->scratch, mark);
}

/* target := expression; the target holds no `=` outside of brackets. */
static void run_assignment(struct block *b, const char *text)
{
	struct gm_str all = gm_str(text);
	size_t at = 0, depth = 0, target = 0;
	bool index = false;

	for (;;) {
		struct gm_token t = gm_lex_skip(all, &at);

		/* PL/pgSQL writes := and = alike. */
		if (t.kind != GM_TOKEN_END && !gm_token_is(all, t, "=") &&
		    !gm_token_is(all, t, ":"))
			target = t.at + t.len;

		if (t.kind == GM_TOKEN_END) {
			run_expr(b, text);
			return;
		}
		depth += t.kind == GM_TOKEN_OPEN;
		depth -= t.kind == GM_TOKEN_CLOSE && depth;
		if (!depth && gm_token_is(all, t, "="))
			break;
		index |= t.kind == GM_TOKEN_OPEN;
	}
	/* What is in the brackets of the target is computed, too. */
	if (index)
		run_expr(b, gm_strndup(&b->r->scratch, text, target));
	run_expr(b, text + at);
}

/* A string constant, or several of them joined with ||; NULL: computed. */
static const char *constant_text(struct gm_arena *a, const PgQuery__Node *node)
{
	const PgQuery__AExpr *e;
	const char *left, *right;

	if (!node || node->node_case != GM_NODE(A_EXPR))
		return gm_node_string(node);
	e = node->a_expr;
	if (e->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || e->n_name != 1 ||
	    strcmp(gm_names_last(e->name, 1), "||") != 0)
		return NULL;
	left = constant_text(a, e->lexpr);
	right = left ? constant_text(a, e->rexpr) : NULL;
	return right ? gm_printf(a, "%s%s", left, right) : NULL;
}

/* EXECUTE: a constant is read, all else is not. */
static void run_dynamic(struct block *b, const char *text)
{
	struct gm_sql_reader *r = b->r;
	struct gm_arena_mark mark = gm_arena_mark(&r->scratch);
	const PgQuery__Node *query = parse_expr(b, text);
	const PgQuery__SelectStmt *s = query ? query->select_stmt : NULL;
	const char *sql = NULL;

	gm_run_node(r, query);
	if (s && s->n_target_list == 1 && !s->n_from_clause &&
	    !s->where_clause && !s->larg &&
	    s->target_list[0]->node_case == GM_NODE(RES_TARGET))
		sql = constant_text(&r->scratch,
				    s->target_list[0]->res_target->val);
	if (sql) {
		r->source.exact = false;
		r->source.width = 1;
		r->source.within = "in EXECUTE";
		gm_classify_text(r, gm_str(sql));
	} else if (query) {
		gm_raise(r, GM_CLASS_OPAQUE, (int)strlen("SELECT "),
			 "runs SQL that is put together while it runs");
	}
	r->source = b->body;
	gm_arena_reset(&r->scratch, mark);
}

static void run_sql(struct block *b, const char *role, const char *text)
{
	bool dynamic = !strcmp(role, "dynquery") ||
		       (!strcmp(role, "query") &&
			(is_stmt(b, "dynexecute") || is_stmt(b, "dynfors")));
	bool whole = !strcmp(role, "sqlstmt") || !strcmp(role, "query") ||
		     !strcmp(role, "cursor_explicit_expr") ||
		     (!strcmp(role, "expr") &&
		      (is_stmt(b, "perform") || is_stmt(b, "call")));

	if (dynamic)
		run_dynamic(b, text);
	else if (whole)
		run_statement(b, gm_str(text));
	else if (is_stmt(b, "assign"))
		run_assignment(b, text);
	else
		run_expr(b, text);
}

static void walk(struct block *b, const char *role, json_t *value);

static void walk_fields(struct block *b, const char *role, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		/* A list's items and the wrapping of nodes keep the role. */
		bool wraps = !strncmp(key, "PLpgSQL_", 8);

		walk(b, wraps ? role : key, value);
	}
}

/* What is inside may not run, or run again. */
static bool is_conditional(const char *kind, json_t *fields)
{
	static const char *const kinds[] = { "if",    "case",    "loop",
					     "while", "fori",    "fors",
					     "forc",  "dynfors", "foreach_a" };

	for (size_t i = 0; i < GM_COUNT(kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return !strcmp(kind, "block") && json_object_get(fields, "exceptions");
}

static bool is_known(const char *kind)
{
	static const char *const kinds[] = {
		"assert",       "assign",   "block",  "call",
		"case",         "close",    "commit", "dynexecute",
		"dynfors",      "execsql",  "exit",   "fetch",
		"foreach_a",    "forc",     "fori",   "fors",
		"getdiag",      "if",       "loop",   "open",
		"perform",      "raise",    "return", "return_next",
		"return_query", "rollback", "while",
	};

	for (size_t i = 0; i < GM_COUNT(kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

static void walk_statement(struct block *b, const char *kind, json_t *fields)
{
	const char *outer = b->stmt;
	json_t *line = json_object_get(fields, "lineno");
	bool conditional = is_conditional(kind, fields);

	b->stmt = kind;
	if (json_is_integer(line))
		b->line = (size_t)json_integer_value(line);
	if (!is_known(kind))
		gm_raise(b->r, GM_CLASS_OPAQUE, 0,
			 "holds a kind of statement that is not known: %s",
			 kind);
	if (!strcmp(kind, "rollback"))
		gm_rolled_back(b->r);
	else if (!strcmp(kind, "commit"))
		gm_scope_end(&b->r->scope);
	b->r->scope.maybe += conditional;
	walk_fields(b, "", fields);
	b->r->scope.maybe -= conditional;
	/* The parser adds a RETURN without a line at the end. */
	if ((!strcmp(kind, "return") && line) || !strcmp(kind, "exit")) {
		b->left++;
		b->r->scope.maybe++;
	}
	b->stmt = outer;
}

static void walk(struct block *b, const char *role, json_t *value)
{
	const char *text;
	json_t *item;
	size_t i;

	if (json_is_array(value)) {
		for (i = 0; i < json_array_size(value); i++)
			walk(b, role, json_array_get(value, i));
		return;
	}
	if (!json_is_object(value))
		return;
	if (json_object_size(value) == 1) {
		const char *key = json_object_iter_key(json_object_iter(value));

		item = json_object_get(value, key);
		if (!strcmp(key, "PLpgSQL_expr")) {
			text = json_string_value(
				json_object_get(item, "query"));
			run_sql(b, role, text ? text : "");
			return;
		}
		if (!strncmp(key, "PLpgSQL_stmt_", 13)) {
			walk_statement(b, key + 13, item);
			return;
		}
	}
	walk_fields(b, role, value);
}

void gm_run_plpgsql(struct gm_sql_reader *r, struct gm_str statement,
		    struct gm_str body)
{
	GM_AUTO(close_parsed) PgQueryPlpgsqlParseResult parsed = { 0 };
	GM_AUTO(close_json) json_t *json = NULL;
	struct block b = { .r = r, .body = r->source, .stmt = "" };
	size_t first = 0;

	if (statement.len > r->budget || r->depth > GM_SQL_MAX_BODIES ||
	    gm_lex_unfit(statement, GM_SQL_MAX_DEPTH, NULL)) {
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "runs more code than can be read");
		return;
	}
	r->budget -= statement.len;
	b.body.text = body;
	parsed = parse(gm_str_dup(&r->scratch, statement));
	if (parsed.error) {
		gm_raise(r, GM_CLASS_OPAQUE, (int)gm_lex_skip(body, &first).at,
			 "cannot be read: %s", parsed.error->message);
		return;
	}
	json = json_loads(parsed.plpgsql_funcs, 0, NULL);
	if (!json_is_array(json) || json_array_size(json) != 1) {
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "cannot be read: its body is nested too deeply");
		return;
	}
	walk(&b, "", json);
	r->scope.maybe -= b.left;
	r->source = b.body;
}
