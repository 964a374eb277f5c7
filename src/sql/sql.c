#include "sql/sql.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sql/read.h"
#include "sql/split.h"

const char *gm_class_name(enum gm_class c)
{
	static const char *const names[] = { "neutral", "expand", "backfill",
					     "contract", "opaque" };

	return names[c];
}

struct gm_spot gm_sql_spot(const struct gm_sql_stmt *s)
{
	return (struct gm_spot){ s->offset, s->line, s->column };
}

bool gm_class_destructive(enum gm_class c)
{
	return c >= GM_CLASS_CONTRACT;
}

/* Where the file is read, besides what all handlers share. */
struct file_state {
	struct gm_sql_reader *r;
	struct gm_splitter split;
	struct gm_str text;
	size_t counted, line, line_at; /* lines up to an offset */
	bool variables;                /* psql variables were set */
	int conditions;                /* open \if */
	bool cut; /* the last statement waits for its meta-command */
};

/* gm_str_where without counting from the start each time. */
static void place(struct file_state *f, struct gm_sql_stmt *s)
{
	while (f->counted < s->offset) {
		if (f->text.ptr[f->counted++] == '\n') {
			f->line++;
			f->line_at = f->counted;
		}
	}
	s->line = f->line;
	s->column = s->offset - f->line_at + 1;
}

/* "-- migrate: allow <rule> <reason>" */
static void read_allow(struct gm_sql_reader *r, struct gm_str comment)
{
	static const char *const words[] = { "migrate:", "allow", NULL };
	struct gm_str word, rest = gm_str_sub(comment, 2, comment.len);

	for (size_t i = 0; words[i]; i++) {
		rest = gm_str_trim(rest);
		if (!gm_str_split(&word, &rest, ' ') ||
		    !gm_str_is(word, words[i]))
			return;
	}
	rest = gm_str_trim(rest);
	if (!gm_str_split(&word, &rest, ' '))
		return;
	rest = gm_str_trim(rest);
	for (int i = 0; i < GM_RULE_COUNT; i++) {
		const struct gm_rule_info *info = gm_rule_info((enum gm_rule)i);
		struct gm_sql_hazard *h;

		if (!(info->flags & GM_RULE_HAZARD) ||
		    !gm_str_is(word, info->name) || !rest.len)
			continue;
		h = GM_PUSH(&r->scratch, &r->allowed);
		h->rule = (enum gm_rule)i;
		h->allowed = gm_str_dup(r->arena, rest);
	}
}

/* Between these two: blanks and exactly one line break? */
static bool adjacent(struct gm_str text, size_t from, size_t to)
{
	size_t lines = 0;

	for (size_t i = from; i < to; i++) {
		char c = text.ptr[i];

		if (c == '\n')
			lines++;
		else if (c != ' ' && c != '\t' && c != '\r')
			return false;
	}
	return lines == 1;
}

/* The comments on the lines directly above the statement. */
static void read_allowed(struct file_state *f, const struct gm_piece *piece)
{
	struct gm_sql_reader *r = f->r;
	struct {
		struct gm_token *items;
		size_t n, cap;
	} found = { 0 };
	size_t at = piece->lead, below = piece->at;

	r->allowed = (struct gm_sql_hazards){ 0 };
	while (at < piece->at) {
		struct gm_token t = gm_lex(f->text, &at);

		if (t.kind == GM_TOKEN_COMMENT && t.at < piece->at)
			*GM_PUSH(&r->scratch, &found) = t;
	}
	while (found.n) {
		struct gm_token t = found.items[--found.n];

		if (!adjacent(f->text, t.at + t.len, below))
			break;
		read_allow(r, gm_token_text(f->text, t));
		below = t.at;
	}
}

void gm_hazard(struct gm_sql_reader *r, enum gm_rule rule, const char *why)
{
	struct gm_sql_hazard *h;

	for (size_t i = 0; i < r->now.hazards.n; i++)
		if (r->now.hazards.items[i].rule == rule)
			return;
	h = GM_PUSH(r->arena, &r->now.hazards);
	h->rule = rule;
	h->why = gm_strdup(r->arena, why);
	for (size_t i = 0; i < r->allowed.n; i++)
		if (r->allowed.items[i].rule == rule)
			h->allowed = r->allowed.items[i].allowed;
}

static void point(struct gm_sql_reader *r, int location)
{
	size_t at = location > 0 ? (size_t)location : 0;

	if (!r->source.exact) {
		r->now.at = r->source.base;
		r->now.width = r->source.width;
		return;
	}
	if (at >= r->source.text.len)
		at = r->source.text.len ? r->source.text.len - 1 : 0;
	r->now.at = r->source.base + at;
	r->now.width = gm_token_width(r->source.text, at);
}

static bool names(struct gm_str text, struct gm_token t, const char *name)
{
	struct gm_str token = gm_token_text(text, t);

	if (t.kind == GM_TOKEN_NAME && token.ptr[0] == '"')
		token = gm_str_sub(token, 1, token.len - 1);
	else if (t.kind != GM_TOKEN_WORD)
		return false;
	return gm_str_ieq(token, gm_str(name));
}

int gm_locate(struct gm_sql_reader *r, const char *name, int from)
{
	size_t at = from > 0 ? (size_t)from : 0;
	struct gm_token t;

	if (!r->source.exact || r->places >= GM_SQL_MAX_PLACES)
		return from;
	r->places++;
	do {
		t = gm_lex_skip(r->source.text, &at);
		if (names(r->source.text, t, name))
			return (int)t.at;
	} while (t.kind != GM_TOKEN_END && t.kind != GM_TOKEN_BROKEN);
	return from;
}

GM_PRINTF(4, 0)
static void raise(struct gm_sql_reader *r, enum gm_class c, int location,
		  const char *fmt, va_list args)
{
	char text[512];
	int len;

	if (c < r->least || (r->now.why && c <= r->now.class_))
		return;
	len = vsnprintf(text, sizeof(text), fmt, args);
	if (len >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	r->now.class_ = c;
	r->now.why = r->source.within ? gm_printf(r->arena, "%s (%s)", text,
						  r->source.within)
				      : gm_strdup(r->arena, text);
	point(r, location);
}

void gm_raise(struct gm_sql_reader *r, enum gm_class c, int location,
	      const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	raise(r, c, location, fmt, args);
	va_end(args);
}

void gm_raise_unless(struct gm_sql_reader *r, bool own, int location,
		     const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	raise(r, own ? GM_CLASS_EXPAND : GM_CLASS_CONTRACT, location, fmt,
	      args);
	va_end(args);
}

static void start(struct file_state *f, const struct gm_piece *piece)
{
	struct gm_sql_reader *r = f->r;
	struct gm_str text =
		gm_str_sub(f->text, piece->at, piece->at + piece->len);

	r->source = (struct gm_source){ .text = text,
					.base = piece->at,
					.exact = true };
	r->now = (struct gm_sql_stmt){ .offset = piece->at,
				       .len = piece->len,
				       .tag = "?" };
	r->piece = text;
	r->data = false;
	r->least = GM_CLASS_NEUTRAL;
	r->lenient = false;
	r->depth = r->places = 0;
	place(f, &r->now);
	read_allowed(f, piece);
}

static int finish(struct file_state *f, struct gm_err *err)
{
	struct gm_sql_reader *r = f->r;

	if (!r->now.why)
		gm_raise(r, GM_CLASS_NEUTRAL, 0,
			 "changes neither schema nor data");
	if (r->out->n == GM_SQL_MAX_STATEMENTS) {
		gm_fail(err, GM_ELIMIT, "the SQL has more than %d statements",
			GM_SQL_MAX_STATEMENTS);
		return gm_hint(err, "Split the migration into several.");
	}
	*GM_PUSH(r->arena, r->out) = r->now;
	return 0;
}

/* The lines after COPY ... FROM STDIN are data, if psql reads the file. */
static void skip_data(struct file_state *f, bool ended)
{
	enum gm_split_data answer = GM_SPLIT_DATA_ENDLESS;

	if (ended)
		answer = gm_split_data(&f->split);
	if (answer == GM_SPLIT_DATA_ENDLESS)
		gm_raise(f->r, GM_CLASS_OPAQUE, 0,
			 "reads data that have no end: there is no line with"
			 " \\. alone");
	else if (answer == GM_SPLIT_DATA_BEHIND)
		gm_raise(f->r, GM_CLASS_OPAQUE, 0,
			 "has more text between COPY and its data");
	else if (f->conditions > 0)
		gm_raise(f->r, GM_CLASS_OPAQUE, 0,
			 "may or may not read the lines below as data: it"
			 " stands inside \\if");
}

static int read_statement(struct file_state *f, const struct gm_piece *piece,
			  struct gm_err *err)
{
	struct gm_sql_reader *r = f->r;
	struct gm_tree tree;

	start(f, piece);
	gm_tree_parse(&tree, &r->scratch, r->source.text);
	if (tree.error) {
		gm_raise(r, GM_CLASS_OPAQUE, (int)tree.error_at,
			 "cannot be read: %s", tree.error);
	} else if (tree.n != 1) {
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "cannot be read as one statement");
	} else {
		r->now.tag = gm_command_tag(tree.items[0]->stmt);
		gm_classify(r, tree.items[0]->stmt);
	}
	if (piece->variable && f->variables)
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "holds a psql variable that this file sets");
	if (r->data)
		skip_data(f, piece->ended);
	f->cut = piece->cut;
	return finish(f, err);
}

static int read_meta(struct file_state *f, const struct gm_piece *piece,
		     struct gm_err *err)
{
	struct gm_sql_reader *r = f->r;
	struct gm_psql meta;

	start(f, piece);
	gm_psql_read(&meta, &r->scratch, r->source.text);
	r->now.tag = gm_strdup(r->arena, meta.tag);
	gm_raise(r, meta.class_, 0, "%s", meta.why);
	if (f->cut && !meta.sends)
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "stands in the middle of a statement");
	f->cut = false;
	f->variables |= meta.sets_variables;
	f->conditions += meta.condition;
	if (f->conditions < 0)
		f->conditions = 0;
	r->scope.maybe = f->conditions > 0;
	if (meta.query.len) {
		r->source.exact = false;
		r->source.width = gm_token_width(r->source.text, 0);
		r->depth++;
		gm_classify_text(r, meta.query);
		r->depth--;
	}
	if (meta.data)
		skip_data(f, true);
	return finish(f, err);
}

/* Does anything come behind a statement that might undo what it did? */
static bool last_change(const struct gm_sql_file *file, size_t statement)
{
	for (size_t i = statement + 1; i < file->n; i++)
		if (file->items[i].class_ != GM_CLASS_NEUTRAL)
			return false;
	return true;
}

/* A view took the place of a renamed table: that was no contract. */
static void settle_renames(struct gm_sql_reader *r)
{
	for (size_t i = 0; i < r->renamed.n; i++) {
		const struct gm_renamed *renamed = &r->renamed.items[i];
		struct gm_sql_stmt *s = &r->out->items[renamed->statement];
		if (!renamed->good || !last_change(r->out, renamed->view) ||
		    (r->alone && !renamed->open) ||
		    s->class_ != GM_CLASS_CONTRACT)
			continue;
		s->class_ = GM_CLASS_EXPAND;
		s->why = gm_printf(r->arena,
				   "renames %s to %s, with a view of the old"
				   " name",
				   renamed->old, renamed->name);
	}
}

static int read_all(struct file_state *f, struct gm_err *err)
{
	struct gm_piece piece;

	for (;;) {
		struct gm_arena_mark mark = gm_arena_mark(&f->r->scratch);
		int failed;

		gm_split_next(&piece, &f->split);
		if (piece.kind == GM_PIECE_END)
			return 0;
		failed = piece.kind == GM_PIECE_META
				 ? read_meta(f, &piece, err)
				 : read_statement(f, &piece, err);
		gm_arena_reset(&f->r->scratch, mark);
		if (failed < 0)
			return -1;
	}
}

static void reader_done(struct gm_sql_reader *r)
{
	gm_arena_done(&r->scratch);
	gm_arena_done(&r->keep);
}

int gm_sql_read(struct gm_sql_file *out, struct gm_arena *a, struct gm_str text,
		const struct gm_sql_options *options, struct gm_err *err)
{
	struct gm_sql_file found = { 0 };
	GM_AUTO(reader_done)
	struct gm_sql_reader r = { .arena = a,
				   .out = &found,
				   .budget = GM_SQL_BUDGET,
				   .alone = options && options->alone };
	struct file_state f = {
		.r = &r, .split = { .text = text }, .text = text, .line = 1
	};

	/* No class depends on the server's version so far. */
	(void)options;
	if (text.len > GM_SQL_MAX) {
		gm_fail(err, GM_ELIMIT, "the SQL is larger than %zu bytes",
			GM_SQL_MAX);
		return gm_hint(err, "Split the migration into several.");
	}
	gm_scope_init(&r.scope, &r.keep);
	if (read_all(&f, err) < 0)
		return -1;
	settle_renames(&r);
	for (size_t i = 0; i < found.n; i++)
		if (found.items[i].class_ > found.class_)
			found.class_ = found.items[i].class_;
	*out = found;
	return 0;
}
