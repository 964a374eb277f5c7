#include "report/drill.h"

#include <string.h>

#include "base/escape.h"
#include "report/apply.h"
#include "report/jsonval.h"
#include "report/text.h"

/* Lines of a list that are shown; the JSON has them all. */
#define MOST_LINES 12
/* Bytes of a definition, likewise. */
#define LONG 160
/* ROW EXCLUSIVE: what writers take themselves.  Readers' are not shown. */
#define SHOWN_LOCK 3

static const char *shown(struct gm_arena *a, const char *text)
{
	return gm_escaped(a, gm_str(text));
}

/* What the server says in several lines, in one. */
static const char *in_one(struct gm_arena *a, const char *text)
{
	struct gm_buf b = gm_buf(a);

	for (; *text; text++) {
		if (*text == '\n')
			gm_buf_puts(&b, "; ");
		else
			gm_buf_putc(&b, *text);
	}
	return shown(a, b.ptr);
}

static const char *duration(struct gm_arena *a, int64_t us)
{
	if (us < 10000)
		return gm_printf(a, "%lld.%lld ms", (long long)(us / 1000),
				 (long long)(us / 100 % 10));
	return gm_report_ms(a, us / 1000);
}

static const char *bytes(struct gm_arena *a, int64_t n)
{
	if (n < 1024)
		return gm_printf(a, "%lld bytes", (long long)n);
	if (n < (int64_t)10 << 20)
		return gm_printf(a, "%lld kB", (long long)(n >> 10));
	return gm_printf(a, "%lld MB", (long long)(n >> 20));
}

/* --- for people --- */

static void add_more(struct gm_buf *out, size_t n, size_t shown_n)
{
	if (n > shown_n)
		gm_buf_printf(out, "        and %zu more\n", n - shown_n);
}

static void add_list(struct gm_buf *out, const char *before,
		     const struct gm_strings *list)
{
	for (size_t i = 0; i < list->n && i < MOST_LINES; i++)
		gm_buf_printf(out, "        %s%s\n", before,
			      shown(out->arena, list->items[i]));
	add_more(out, list->n, MOST_LINES);
}

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Of a long definition, what stands around the place `at`. */
static const char *around(struct gm_arena *a, const char *text, size_t at)
{
	size_t len = strlen(text);
	size_t from = at > LONG / 3 ? at - LONG / 3 : 0;
	size_t to = from + LONG < len ? from + LONG : len;

	while (from < at && continues(text[from]))
		from++;
	while (to < len && continues(text[to]))
		to++;
	return gm_printf(a, "%s%s%s", from ? "..." : "",
			 shown(a, gm_strndup(a, text + from, to - from)),
			 to < len ? "..." : "");
}

static void add_change(struct gm_buf *out, const char *from, const char *to)
{
	struct gm_arena *a = out->arena;
	size_t at = 0;

	while (from[at] && from[at] == to[at])
		at++;
	if (strlen(from) <= LONG && strlen(to) <= LONG)
		at = 0;
	gm_buf_printf(out, "            from %s\n            to   %s\n",
		      around(a, from, at), around(a, to, at));
}

static void add_changes(struct gm_buf *out, const struct gm_changes *c)
{
	struct gm_arena *a = out->arena;

	for (size_t i = 0; i < c->n && i < MOST_LINES; i++) {
		const struct gm_change *one = &c->items[i];

		gm_buf_printf(out, "        %s %s\n", gm_change_word(one),
			      shown(a, gm_change_name(a, one)));
		if (one->before && one->after)
			add_change(out, one->before->definition,
				   one->after->definition);
	}
	add_more(out, c->n, MOST_LINES);
}

/* The strongest on each relation. */
static void add_locks(struct gm_buf *out, const struct gm_seen *s)
{
	struct gm_arena *a = out->arena;

	for (size_t i = 0; i < s->locks.n; i++) {
		const struct gm_seen_lock *l = &s->locks.items[i];
		bool best = l->strength >= SHOWN_LOCK;

		for (size_t k = 0; k < s->locks.n; k++) {
			const struct gm_seen_lock *other = &s->locks.items[k];

			if (!strcmp(other->relation, l->relation) &&
			    other->strength > l->strength)
				best = false;
		}
		if (best)
			gm_buf_printf(out, "        %s on %s for %s%s\n",
				      l->mode, shown(a, l->relation),
				      duration(a, l->held_us),
				      l->strength >= GM_LOCK_STOPS_ALL
					      ? ": stops everybody"
				      : l->strength >= GM_LOCK_STOPS_WRITES
					      ? ": stops writers"
					      : "");
	}
}

static const char *times(struct gm_arena *a, int64_t n)
{
	return n == 1 ? "" : gm_printf(a, ", %lld times", (long long)n);
}

static void add_statement(struct gm_buf *out, const struct gm_drill_stmt *s)
{
	const struct gm_seen *seen = &s->seen;
	struct gm_arena *a = out->arena;

	gm_buf_printf(out, "      %zu:%zu  %s (%s), %s, %s of WAL\n", s->line,
		      s->column, shown(a, s->tag), gm_class_name(s->class_),
		      duration(a, seen->us), bytes(a, seen->wal));
	add_locks(out, seen);
	add_list(out, "wrote anew ", &seen->rewritten);
	for (size_t i = 0; i < seen->scans.n && i < MOST_LINES; i++)
		gm_buf_printf(out, "        read all of %s%s, %lld rows\n",
			      shown(a, seen->scans.items[i].relation),
			      times(a, seen->scans.items[i].scans),
			      (long long)seen->scans.items[i].rows);
	add_list(out, "dropped ", &seen->dropped);
	add_list(out, "renamed ", &seen->renamed);
	add_list(out, "changed ", &seen->retyped);
	add_list(out, "not valid: ", &seen->invalid);
	add_list(out, "DEFECT of the reading: ", &s->defects);
}

/* A statement of which there is nothing to tell is not shown. */
static bool tells(const struct gm_drill_stmt *s)
{
	const struct gm_seen *seen = &s->seen;

	for (size_t i = 0; i < seen->locks.n; i++)
		if (seen->locks.items[i].strength >= SHOWN_LOCK)
			return true;
	return seen->rewritten.n || seen->scans.n || seen->dropped.n ||
	       seen->renamed.n || seen->retyped.n || seen->invalid.n ||
	       s->defects.n;
}

static void add_check(struct gm_buf *out, const struct gm_drilled *d,
		      enum gm_drill_what what)
{
	const struct gm_drill_check *c = &d->checks[what];
	struct gm_arena *a = out->arena;

	gm_buf_printf(out, "    %-9s %-7s", gm_drill_what_name(what),
		      gm_drill_answer_name(c->answer));
	if (c->answer != GM_DRILL_SKIPPED)
		gm_buf_printf(out, " %s", duration(a, c->us));
	if (what == GM_DRILL_DOWN && c->answer == GM_DRILL_YES)
		gm_buf_puts(out, ", nothing is lost");
	if (what == GM_DRILL_RESTORE && c->answer == GM_DRILL_YES)
		gm_buf_printf(out, ", open again after %s, %lld rows are back",
			      gm_report_ms(a, d->rto_ms), (long long)d->rows);
	if (what == GM_DRILL_APPLY && c->answer == GM_DRILL_YES)
		gm_buf_printf(out, ", %s of WAL", bytes(a, d->wal));
	if (*c->why) {
		gm_buf_puts(out, c->answer == GM_DRILL_SKIPPED ? " " : ", ");
		if (*c->path && c->line)
			gm_buf_printf(out, "%s:%zu:%zu: ",
				      gm_escape_path(a, gm_str(c->path)),
				      c->line, c->column);
		gm_buf_puts(out, in_one(a, c->why));
	}
	gm_buf_putc(out, '\n');
	if (*c->hint && c->answer == GM_DRILL_NO)
		gm_buf_printf(out, "        hint: %s\n", in_one(a, c->hint));
	add_changes(out, &c->changes);
	add_list(out, "", &c->rows);
}

static void add_fill(struct gm_buf *out, const struct gm_drilled *d)
{
	struct gm_arena *a = out->arena;
	size_t said = 0;

	gm_buf_printf(out, "    rows      %lld in ", (long long)d->rows);
	gm_report_count(out, d->tables, "table");
	gm_buf_putc(out, '\n');
	for (size_t i = 0; i < d->fill.n; i++) {
		const struct gm_filled *f = &d->fill.items[i];

		if (!f->why || said++ >= MOST_LINES)
			continue;
		gm_buf_printf(out, "        only %lld in %s: %s\n",
			      (long long)f->rows, shown(a, f->table),
			      in_one(a, f->why));
	}
	add_more(out, said, MOST_LINES);
}

static void add_migration(struct gm_buf *out, const struct gm_drilled *d)
{
	struct gm_arena *a = out->arena;

	gm_buf_printf(out, "%s: %s, in %s\n", shown(a, d->unit->id),
		      d->no ? "no" : "yes", gm_report_ms(a, d->ms));
	add_fill(out, d);
	for (int i = 0; i < GM_DRILL_CHECKS; i++) {
		add_check(out, d, i);
		for (size_t k = 0; i == GM_DRILL_APPLY && k < d->n_stmts; k++)
			if (tells(&d->stmts[k]))
				add_statement(out, &d->stmts[k]);
	}
}

/* What of many would be looked for far above. */
static void add_table(struct gm_buf *out, const struct gm_drill *d)
{
	struct gm_arena *a = out->arena;
	int width = (int)strlen("migration");

	for (size_t i = 0; i < d->n; i++) {
		int len = (int)strlen(shown(a, d->items[i].unit->id));

		width = len > width ? len : width;
	}
	gm_buf_printf(out, "\n%-*s", width, "migration");
	for (int i = 0; i < GM_DRILL_CHECKS; i++)
		gm_buf_printf(out, "  %-8s", gm_drill_what_name(i));
	gm_buf_puts(out, "  RTO      time\n");
	for (size_t i = 0; i < d->n; i++) {
		const struct gm_drilled *one = &d->items[i];

		gm_buf_printf(out, "%-*s", width, shown(a, one->unit->id));
		for (int k = 0; k < GM_DRILL_CHECKS; k++) {
			enum gm_drill_answer how = one->checks[k].answer;

			gm_buf_printf(out, "  %-8s",
				      how == GM_DRILL_SKIPPED
					      ? "-"
					      : gm_drill_answer_name(how));
		}
		gm_buf_printf(out, "  %-7s  %s%s\n",
			      gm_report_ms(a, one->rto_ms),
			      gm_report_ms(a, one->ms),
			      one->defects ? "  defect" : "");
	}
	gm_buf_putc(out, '\n');
}

static int64_t longest_rto(const struct gm_drill *d)
{
	int64_t most = 0;

	for (size_t i = 0; i < d->n; i++)
		if (d->items[i].rto_ms > most)
			most = d->items[i].rto_ms;
	return most;
}

void gm_report_drill(struct gm_buf *out, const struct gm_drill *d)
{
	struct gm_arena *a = out->arena;
	size_t no = 0, defects = 0;

	for (size_t i = 0; i < d->made_up.n; i++)
		gm_buf_printf(out, "made for the drill: %s\n",
			      shown(a, d->made_up.items[i]));
	for (size_t i = 0; i < d->notes.n; i++)
		gm_buf_printf(out, "note: %s\n", shown(a, d->notes.items[i]));
	for (size_t i = 0; i < d->n; i++) {
		add_migration(out, &d->items[i]);
		no += d->items[i].no;
		defects += d->items[i].defects;
	}
	if (d->n > 1)
		add_table(out, d);
	gm_report_count(out, d->n, "migration");
	gm_buf_printf(out, " rehearsed on PostgreSQL %d.%d, %zu failed; ",
		      d->version / 10000, d->version % 10000, no);
	if (defects) {
		gm_report_count(out, defects, "defect");
		gm_buf_puts(out, " of the reading; ");
	}
	gm_buf_printf(out, "RTO %s\n", gm_report_ms(a, longest_rto(d)));
}

/* --- for machines --- */

static json_t *strings_json(struct gm_arena *a, const struct gm_strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		gm_json_push(array, gm_json_text(a, list->items[i]));
	return array;
}

static json_t *changes_json(struct gm_arena *a, const struct gm_changes *c)
{
	json_t *array = json_array();

	for (size_t i = 0; i < c->n; i++) {
		const struct gm_change *one = &c->items[i];
		json_t *o = json_object();

		gm_json_set(o, "change", gm_json_text(a, gm_change_word(one)));
		gm_json_set(o, "object",
			    gm_json_text(a, gm_change_name(a, one)));
		gm_json_set(o, "before",
			    gm_json_text(a, one->before
						    ? one->before->definition
						    : NULL));
		gm_json_set(o, "after",
			    gm_json_text(a, one->after ? one->after->definition
						       : NULL));
		gm_json_push(array, o);
	}
	return array;
}

static json_t *check_json(struct gm_arena *a, const struct gm_drill_check *c)
{
	json_t *o = json_object();

	gm_json_set(o, "answer",
		    gm_json_text(a, gm_drill_answer_name(c->answer)));
	gm_json_set(o, "us", json_integer(c->us));
	gm_json_set(o, "message", gm_json_nonempty(a, gm_str(c->why)));
	gm_json_set(o, "hint", gm_json_nonempty(a, gm_str(c->hint)));
	gm_json_set(o, "path", gm_json_nonempty(a, gm_str(c->path)));
	gm_json_set(o, "line", gm_json_nonzero(c->line));
	gm_json_set(o, "column", gm_json_nonzero(c->column));
	gm_json_set(o, "objects", changes_json(a, &c->changes));
	gm_json_set(o, "rows", strings_json(a, &c->rows));
	return o;
}

static json_t *locks_json(struct gm_arena *a, const struct gm_seen *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->locks.n; i++) {
		const struct gm_seen_lock *l = &s->locks.items[i];
		json_t *o = json_object();

		gm_json_set(o, "relation", gm_json_text(a, l->relation));
		gm_json_set(o, "mode", gm_json_text(a, l->mode));
		gm_json_set(o, "us", json_integer(l->held_us));
		gm_json_push(array, o);
	}
	return array;
}

static json_t *scans_json(struct gm_arena *a, const struct gm_seen *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->scans.n; i++) {
		json_t *o = json_object();

		gm_json_set(o, "relation",
			    gm_json_text(a, s->scans.items[i].relation));
		gm_json_set(o, "scans", json_integer(s->scans.items[i].scans));
		gm_json_set(o, "rows", json_integer(s->scans.items[i].rows));
		gm_json_push(array, o);
	}
	return array;
}

static json_t *statement_json(struct gm_arena *a, const struct gm_drill_stmt *s)
{
	const struct gm_seen *seen = &s->seen;
	json_t *o = json_object();
	const struct {
		const char *key;
		const struct gm_strings *list;
	} lists[] = {
		{ "rewritten", &seen->rewritten },
		{ "rebuilt", &seen->rebuilt },
		{ "dropped", &seen->dropped },
		{ "renamed", &seen->renamed },
		{ "retyped", &seen->retyped },
		{ "narrowed", &seen->narrowed },
		{ "added", &seen->added },
		{ "invalid", &seen->invalid },
		{ "defects", &s->defects },
	};

	gm_json_set(o, "line", gm_json_size(s->line));
	gm_json_set(o, "column", gm_json_size(s->column));
	gm_json_set(o, "tag", gm_json_text(a, s->tag));
	gm_json_set(o, "class", gm_json_text(a, gm_class_name(s->class_)));
	gm_json_set(o, "us", json_integer(seen->us));
	gm_json_set(o, "rows", json_integer((json_int_t)seen->affected));
	gm_json_set(o, "wal", json_integer(seen->wal));
	gm_json_set(o, "locks", locks_json(a, seen));
	gm_json_set(o, "scans", scans_json(a, seen));
	for (size_t i = 0; i < GM_COUNT(lists); i++)
		gm_json_set(o, lists[i].key, strings_json(a, lists[i].list));
	return o;
}

static json_t *fill_json(struct gm_arena *a, const struct gm_fill *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < f->n; i++) {
		json_t *o = json_object();

		gm_json_set(o, "table", gm_json_text(a, f->items[i].table));
		gm_json_set(o, "rows", json_integer(f->items[i].rows));
		gm_json_set(o, "message", gm_json_text(a, f->items[i].why));
		gm_json_push(array, o);
	}
	return array;
}

/* "up_again" */
static const char *key_of(struct gm_arena *a, enum gm_drill_what what)
{
	char *key = gm_strdup(a, gm_drill_what_name(what));

	for (char *c = key; *c; c++)
		if (*c == ' ')
			*c = '_';
	return key;
}

static json_t *migration_json(struct gm_arena *a, const struct gm_drilled *d)
{
	json_t *o = json_object(), *checks = json_object();
	json_t *stmts = json_array();

	gm_json_set(o, "id", gm_json_text(a, d->unit->id));
	gm_json_set(o, "path", gm_json_text(a, d->unit->path));
	if (d->unit->digest)
		gm_json_set(o, "digest", gm_json_text(a, d->unit->digest));
	gm_json_set(o, "verdict", gm_json_text(a, d->no ? "fail" : "pass"));
	for (int i = 0; i < GM_DRILL_CHECKS; i++)
		gm_json_set(checks, key_of(a, i), check_json(a, &d->checks[i]));
	gm_json_set(o, "checks", checks);
	for (size_t i = 0; i < d->n_stmts; i++)
		gm_json_push(stmts, statement_json(a, &d->stmts[i]));
	gm_json_set(o, "statements", stmts);
	gm_json_set(o, "objects", changes_json(a, &d->changes));
	gm_json_set(o, "lossless",
		    d->checks[GM_DRILL_DOWN].answer == GM_DRILL_SKIPPED
			    ? json_null()
			    : json_boolean(d->checks[GM_DRILL_DOWN].answer ==
					   GM_DRILL_YES));
	gm_json_set(o, "idempotent",
		    d->checks[GM_DRILL_AGAIN].answer == GM_DRILL_SKIPPED
			    ? json_null()
			    : json_boolean(d->checks[GM_DRILL_AGAIN].answer ==
					   GM_DRILL_YES));
	gm_json_set(o, "tables", fill_json(a, &d->fill));
	gm_json_set(o, "rows", json_integer(d->rows));
	gm_json_set(o, "wal", json_integer(d->wal));
	gm_json_set(o, "restore_point", gm_json_text(a, d->point));
	gm_json_set(o, "lsn", gm_json_text(a, d->lsn));
	gm_json_set(o, "backup_ms", json_integer(d->backup_ms));
	gm_json_set(o, "rto_ms", json_integer(d->rto_ms));
	gm_json_set(o, "ms", json_integer(d->ms));
	return o;
}

void gm_report_drill_json(struct gm_buf *out, const struct gm_drill *d)
{
	json_t *root = json_object(), *all = json_array();
	struct gm_arena *a = out->arena;
	bool no = false;

	for (size_t i = 0; i < d->n; i++) {
		no = no || d->items[i].no;
		gm_json_push(all, migration_json(a, &d->items[i]));
	}
	gm_json_set(root, "version", json_integer(1));
	gm_json_set(root, "verdict", gm_json_text(a, no ? "fail" : "pass"));
	gm_json_set(root, "postgres",
		    gm_json_text(a, gm_printf(a, "%d.%d", d->version / 10000,
					      d->version % 10000)));
	gm_json_set(root, "migrations", all);
	gm_json_set(root, "made_up", strings_json(a, &d->made_up));
	gm_json_set(root, "notes", strings_json(a, &d->notes));
	gm_json_set(root, "replayed", gm_json_size(d->replayed));
	gm_json_set(root, "start_ms", json_integer(d->start_ms));
	gm_json_set(root, "replay_ms", json_integer(d->replay_ms));
	gm_json_set(root, "rto_ms", json_integer(longest_rto(d)));
	gm_json_finish(out, root);
}
