#include "sql/run.h"

#include <string.h>

#include "base/base.h"
#include "sql/deparse.h"
#include "sql/locks.h"
#include "sql/split.h"

/* Values of enums that are looked for; more are taken as used. */
#define MAX_LABELS 100

/* Files are UTF-8, and so is what is written of them. */
static bool is_utf8(const PgQuery__VariableSetStmt *s)
{
	static const char *const names[] = { "utf8", "utf-8", "unicode" };
	const char *value = s->n_args ? gm_node_string(s->args[0]) : NULL;

	for (size_t i = 0; value && i < GM_COUNT(names); i++)
		if (gm_str_ieq(gm_str(value), gm_str(names[i])))
			return true;
	return false;
}

static void read_setting(struct gm_run_reader *r,
			 const PgQuery__VariableSetStmt *s)
{
	r->now->setting = gm_strdup(r->arena, s->name);
	if (!s->is_local)
		r->now->mode = GM_RUN_SESSION;
	if (s->kind != PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE ||
	    !gm_str_ieq(gm_str(s->name), GM_STR("client_encoding")) ||
	    is_utf8(s))
		return;
	r->now->mode = GM_RUN_NEVER;
	r->now->why = "the file is UTF-8, whatever it says";
}

static void read_piece(struct gm_run_reader *r, struct gm_arena *scratch,
		       const struct gm_piece *piece)
{
	struct gm_run_stmt *s = GM_PUSH(r->arena, r->out);
	struct gm_tree tree;

	r->now = s;
	*s = (struct gm_run_stmt){ .offset = piece->at,
				   .len = piece->len,
				   .tag = "?",
				   .object = { "", "" },
				   .table = { "", "" },
				   .label = "",
				   .setting = "" };
	if (piece->kind == GM_PIECE_META || piece->cut) {
		s->mode = GM_RUN_NEVER;
		s->why = "it holds a command of psql, which only psql runs";
		return;
	}
	gm_tree_parse(&tree, scratch,
		      gm_str_sub(r->text, piece->at, piece->at + piece->len));
	if (tree.error || tree.n != 1) {
		s->lock = GM_RUN_LOCK_ALL;
		return;
	}
	s->tag = gm_strdup(r->arena, gm_command_tag(tree.items[0]->stmt));
	if (tree.items[0]->stmt->node_case == GM_NODE(VARIABLE_SET_STMT))
		read_setting(r, tree.items[0]->stmt->variable_set_stmt);
	else
		gm_run_stmt_read(r, tree.items[0]->stmt);
}

static bool holds(struct gm_str text, const char *word)
{
	return *word && memmem(text.ptr, text.len, word, strlen(word));
}

/*
 * A new value of an enum cannot be used before it is committed.  Where the
 * text below does not name it, that does not matter.
 */
static void settle_enums(struct gm_run_reader *r)
{
	size_t looked = 0;

	for (size_t i = 0; i < r->out->n; i++) {
		struct gm_run_stmt *s = &r->out->items[i];
		struct gm_str below =
			gm_str_sub(r->text, s->offset + s->len, r->text.len);

		if (!*s->label || s->mode != GM_RUN_INSIDE ||
		    (looked++ < MAX_LABELS && !holds(below, s->label)))
			continue;
		s->mode = GM_RUN_ALONE;
		s->probe = GM_PROBE_ENUM;
		s->why = "what follows uses the new value, which must be"
			 " committed first";
	}
}

/* BEGIN first and COMMIT last are the engine's own; others are not run. */
static void settle_transaction(struct gm_run_file *f)
{
	bool around = f->n > 1 && f->items[0].mode == GM_RUN_BEGIN &&
		      f->items[f->n - 1].mode == GM_RUN_COMMIT;

	for (size_t i = 0; i < f->n; i++)
		if ((f->items[i].mode == GM_RUN_BEGIN && (!around || i)) ||
		    (f->items[i].mode == GM_RUN_COMMIT &&
		     (!around || i + 1 < f->n)))
			f->items[i].mode = GM_RUN_NEVER;
}

static bool word_is(struct gm_str *rest, const char *word)
{
	size_t len = strlen(word);

	*rest = gm_str_trim(*rest);
	if (rest->len < len ||
	    !gm_str_ieq(gm_str_sub(*rest, 0, len), gm_str(word)) ||
	    (rest->len > len && rest->ptr[len] != ' ' &&
	     rest->ptr[len] != '\t'))
		return false;
	*rest = gm_str_trim(gm_str_sub(*rest, len, rest->len));
	return true;
}

/* Ours, and what other tools write for "no transaction". */
static void read_comment(struct gm_run_reader *r, struct gm_str text)
{
	struct gm_str rest = gm_str_trim(gm_str_sub(text, 2, text.len));
	struct gm_str other = rest;

	if (word_is(&rest, "migrate:")) {
		if (word_is(&rest, "steps") && rest.len)
			r->out->steps = true;
		else if (word_is(&rest, "whole") && rest.len)
			r->out->whole = gm_str_dup(r->arena, rest);
		return;
	}
	if (gm_str_ieq(other, GM_STR("no-transaction")) ||
	    gm_str_ieq(other, GM_STR("+goose NO TRANSACTION")) ||
	    gm_str_ieq(other, GM_STR("atlas:txmode none")) ||
	    gm_str_ieq(other, GM_STR("disable-ddl-transaction")))
		r->out->loose = true;
}

static void read_comments(struct gm_run_reader *r)
{
	size_t at = 0;

	for (;;) {
		struct gm_token t = gm_lex(r->text, &at);

		if (t.kind == GM_TOKEN_END || t.kind == GM_TOKEN_BROKEN)
			return;
		if (t.kind == GM_TOKEN_COMMENT)
			read_comment(r, gm_token_text(r->text, t));
	}
}

/* Lines and columns, in one pass. */
static void place_all(struct gm_run_file *f, struct gm_str text)
{
	size_t line = 1, start = 0, at = 0;

	for (size_t i = 0; i < f->n; i++) {
		for (; at < f->items[i].offset; at++)
			if (text.ptr[at] == '\n') {
				line++;
				start = at + 1;
			}
		f->items[i].line = line;
		f->items[i].column = f->items[i].offset - start + 1;
	}
}

int gm_run_read(struct gm_run_file *out, struct gm_arena *a, struct gm_str text,
		struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_run_file file = { 0 };
	struct gm_run_reader r = { .arena = a, .text = text, .out = &file };
	struct gm_splitter split = { .text = text };
	struct gm_piece piece;

	if (text.len > GM_SQL_MAX)
		return gm_fail(err, GM_ELIMIT,
			       "the SQL is larger than %zu bytes", GM_SQL_MAX);
	for (;;) {
		struct gm_arena_mark mark = gm_arena_mark(&scratch);

		gm_split_next(&piece, &split);
		if (piece.kind == GM_PIECE_END)
			break;
		if (file.n == GM_SQL_MAX_STATEMENTS)
			return gm_fail(err, GM_ELIMIT,
				       "the SQL has more than %d statements",
				       GM_SQL_MAX_STATEMENTS);
		read_piece(&r, &scratch, &piece);
		gm_arena_reset(&scratch, mark);
	}
	place_all(&file, text);
	settle_enums(&r);
	settle_transaction(&file);
	read_comments(&r);
	*out = file;
	return 0;
}

const char *gm_run_index_on(struct gm_arena *a, struct gm_str sql,
			    const struct gm_run_name *on)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_tree tree;
	PgQuery__IndexStmt *s;

	gm_tree_parse(&tree, &scratch, sql);
	if (tree.error || tree.n != 1 ||
	    tree.items[0]->stmt->node_case != GM_NODE(INDEX_STMT))
		return NULL;
	s = tree.items[0]->stmt->index_stmt;
	s->concurrent = s->if_not_exists = false;
	s->idxname = gm_strdup(&scratch, "");
	s->table_space = gm_strdup(&scratch, "");
	s->relation->inh = true;
	s->relation->schemaname = gm_strdup(&scratch, on->schema);
	s->relation->relname = gm_strdup(&scratch, on->name);
	return gm_tree_text(a, tree.items[0]);
}
