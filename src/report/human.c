#include "base/escape.h"
#include "base/utf8.h"
#include "report/text.h"
#include "report/writers.h"

#define RESET "\033[m"
#define BOLD "\033[1m"
#define RED "\033[1;31m"
#define MAGENTA "\033[1;35m"
#define GREEN "\033[1;32m"
#define CYAN "\033[36m"

/* Bytes of a source line shown before and behind the place. */
#define BEFORE 60
#define BEHIND 100
/* The widest name of a class. */
#define CLASS_WIDTH 8

struct screen {
	struct gm_buf *out;
	struct gm_arena *arena;
	bool color;
};

static void styled(const struct screen *s, const char *how, const char *text)
{
	if (s->color)
		gm_buf_puts(s->out, how);
	gm_buf_puts(s->out, text);
	if (s->color)
		gm_buf_puts(s->out, RESET);
}

static void repeat(struct gm_buf *out, char c, size_t n)
{
	while (n--)
		gm_buf_putc(out, c);
}

static const char *severity_style(enum gm_severity severity)
{
	return severity == GM_SEV_ERROR ? RED : MAGENTA;
}

static void headline(const struct screen *s, const struct gm_finding *f)
{
	const char *place = gm_report_place(s->arena, f);

	if (*place)
		styled(s, BOLD, gm_printf(s->arena, "%s: ", place));
	styled(s, severity_style(f->severity),
	       gm_printf(s->arena, "%s: ", gm_severity_name(f->severity)));
	styled(s, BOLD, gm_escaped(s->arena, gm_str(f->message)));
	gm_buf_printf(s->out, " [%s]\n", gm_rule_info(f->rule)->name);
}

/* Back to the start of the character that byte `at` belongs to. */
static size_t character(struct gm_str s, size_t at)
{
	size_t back = 0;

	while (at - back && back < 3 && at < s.len &&
	       ((unsigned char)s.ptr[at - back] & 0xc0) == 0x80)
		back++;
	return at - back;
}

/* The part of a long line around the place; moves `*column` along. */
static struct gm_str window(const struct screen *s, struct gm_str line,
			    size_t *column)
{
	size_t at = *column - 1, from = 0, to = line.len;

	if (at > BEFORE && line.len > BEFORE + BEHIND)
		from = character(line, at - BEFORE);
	if (to - at > BEHIND)
		to = character(line, at + BEHIND);
	if (from)
		gm_buf_puts(s->out, "...");
	*column -= from;
	return gm_str_sub(line, from, to);
}

/* The line without its CR, and below it what is meant, underlined. */
static void source_line(const struct screen *s, const struct gm_finding *f)
{
	struct gm_str line = f->source;
	size_t column = f->column, end, before, shift;
	const char *gutter = gm_printf(s->arena, "%5zu | ", f->line);
	struct gm_buf ignored = gm_buf(s->arena);

	if (gm_str_ends(line, GM_STR("\r")))
		line.len--;
	if (!line.len || !column || column > line.len + 1)
		return;
	gm_buf_puts(s->out, gutter);
	before = s->out->len;
	line = window(s, line, &column);
	shift = s->out->len - before;
	end = column + (f->width ? f->width : 1);
	if (end > line.len + 1)
		end = line.len + 1;
	gm_escape_source(&ignored, line, &end);
	gm_escape_source(s->out, line, &column);
	gm_buf_putc(s->out, '\n');
	for (const char *c = gutter; *c; c++)
		gm_buf_putc(s->out, *c == '|' ? '|' : ' ');
	repeat(s->out, ' ', shift + column - 1);
	if (s->color)
		gm_buf_puts(s->out, GREEN);
	gm_buf_putc(s->out, '^');
	if (end > column + 1)
		repeat(s->out, '~', end - column - 1);
	if (s->color)
		gm_buf_puts(s->out, RESET);
	gm_buf_putc(s->out, '\n');
}

static void finding(const struct screen *s, const struct gm_finding *f)
{
	headline(s, f);
	source_line(s, f);
	if (f->commit) {
		gm_buf_puts(s->out, "  ");
		gm_report_commit(s->out, f);
		gm_buf_putc(s->out, '\n');
	}
	for (size_t i = 0; i < f->notes.n; i++) {
		gm_buf_puts(s->out, "  ");
		gm_escape(s->out, gm_str(f->notes.items[i]));
		gm_buf_putc(s->out, '\n');
	}
	if (f->hint) {
		gm_buf_puts(s->out, "  ");
		styled(s, CYAN, "hint: ");
		gm_escape(s->out, gm_str(f->hint));
		gm_buf_putc(s->out, '\n');
	}
}

/* At most `max` findings of that severity; returns how many there were. */
static size_t some(const struct screen *s, const struct gm_findings *list,
		   enum gm_severity severity, size_t max)
{
	size_t shown = 0;

	for (size_t i = 0; i < list->n && shown < max; i++) {
		if (list->items[i].severity != severity)
			continue;
		finding(s, &list->items[i]);
		shown++;
	}
	return shown;
}

/*
 * When not all are shown, errors go first: a report that ends in "refused"
 * must not show warnings alone.
 */
static void findings(const struct screen *s, const struct gm_findings *list,
		     size_t max)
{
	size_t shown = list->n;

	if (max && list->n > max) {
		shown = some(s, list, GM_SEV_ERROR, max);
		shown += some(s, list, GM_SEV_WARNING, max - shown);
	} else {
		for (size_t i = 0; i < list->n; i++)
			finding(s, &list->items[i]);
	}
	if (list->n - shown + list->dropped)
		gm_buf_printf(s->out, "... and %zu more\n",
			      list->n - shown + list->dropped);
}

static void closing(const struct screen *s, const struct gm_result *result,
		    bool quiet)
{
	const struct gm_findings *list = &result->findings;
	struct gm_buf *out = s->out;

	if (quiet && !list->errors && !list->warnings)
		return;
	if (list->errors) {
		gm_report_count(out, list->errors, "error");
		gm_buf_puts(out, list->warnings ? ", " : "");
	}
	if (list->warnings)
		gm_report_count(out, list->warnings, "warning");
	if (!list->errors && !list->warnings)
		gm_buf_puts(out, "no findings");
	gm_buf_puts(out, " in ");
	if (result->commits)
		gm_report_count(out, result->commits, "commit");
	else if (result->objects)
		gm_report_count(out, result->objects, "object");
	else
		gm_report_count(out, result->n, "migration");
	gm_buf_puts(out, ": ");
	styled(s, list->errors ? RED : GREEN,
	       list->errors ? "refused" : "passed");
	gm_buf_putc(out, '\n');
}

/* "path:3:1" of a statement. */
static const char *place_of(const struct screen *s, const struct gm_judged *m,
			    const struct gm_sql_stmt *stmt)
{
	return gm_printf(s->arena, "%s:%zu:%zu",
			 gm_escape_path(s->arena, m->path), stmt->line,
			 stmt->column);
}

static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static size_t wider(size_t width, const char *text)
{
	size_t n = width_of(text);

	return n > width ? n : width;
}

static void cell(const struct screen *s, const char *text, size_t width)
{
	size_t n = width_of(text);

	gm_buf_puts(s->out, text);
	repeat(s->out, ' ', n < width ? width - n + 2 : 2);
}

static void row(const struct screen *s, const struct gm_judged *m,
		const struct gm_sql_stmt *stmt, size_t place, size_t tag)
{
	const char *why = stmt->why ? stmt->why : "";

	cell(s, place_of(s, m, stmt), place);
	cell(s, gm_class_name(stmt->class_), CLASS_WIDTH);
	if (*why) {
		cell(s, stmt->tag, tag);
		gm_escape(s->out, gm_str(why));
	} else {
		gm_buf_puts(s->out, stmt->tag);
	}
	gm_buf_putc(s->out, '\n');
}

static void table(const struct screen *s, const struct gm_result *result)
{
	size_t place = 0, tag = 0;

	for (size_t i = 0; i < result->n; i++) {
		const struct gm_judged *m = &result->items[i];

		for (size_t k = 0; k < m->sql.n; k++) {
			place = wider(place, place_of(s, m, &m->sql.items[k]));
			tag = wider(tag, m->sql.items[k].tag);
		}
	}
	for (size_t i = 0; i < result->n; i++)
		for (size_t k = 0; k < result->items[i].sql.n; k++)
			row(s, &result->items[i],
			    &result->items[i].sql.items[k], place, tag);
}

/* What a comment in the SQL silenced, and the reason it gave. */
static void allowed(const struct screen *s, const struct gm_judged *m)
{
	for (size_t i = 0; i < m->sql.n; i++) {
		const struct gm_sql_stmt *stmt = &m->sql.items[i];

		for (size_t k = 0; k < stmt->hazards.n; k++) {
			const struct gm_sql_hazard *h = &stmt->hazards.items[k];

			if (!h->allowed)
				continue;
			styled(s, BOLD,
			       gm_printf(s->arena,
					 "%s: ", place_of(s, m, stmt)));
			gm_buf_printf(s->out, "note: %s is allowed here: ",
				      gm_rule_info(h->rule)->name);
			gm_escape(s->out, gm_str(h->allowed));
			gm_buf_putc(s->out, '\n');
		}
	}
}

static void prefixed(struct gm_buf *out, struct gm_str text, const char *prefix)
{
	struct gm_str line;

	while (gm_str_line(&line, &text)) {
		gm_buf_puts(out, prefix);
		gm_buf_str(out, line);
		gm_buf_putc(out, '\n');
	}
}

void gm_report_human(struct gm_buf *out, const struct gm_result *result,
		     const struct gm_report_options *options)
{
	struct gm_buf text = gm_buf(out->arena);
	const struct screen s = { &text, out->arena, options->color };

	if (!options->quiet) {
		if (!result->commits)
			table(&s, result);
		for (size_t i = 0; i < result->n; i++)
			allowed(&s, &result->items[i]);
	}
	findings(&s, &result->findings, options->max_human);
	closing(&s, result, options->quiet);
	if (options->line_prefix)
		prefixed(out, gm_buf_view(&text), options->line_prefix);
	else
		gm_buf_str(out, gm_buf_view(&text));
}
