#include "report/overview.h"

#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "report/review.h"

#define RESET "\033[m"
#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"

struct style {
	struct gm_buf *out;
	bool color;
};

static void styled(const struct style *s, const char *how, const char *text)
{
	if (s->color && how)
		gm_buf_puts(s->out, how);
	gm_buf_puts(s->out, text);
	if (s->color && how)
		gm_buf_puts(s->out, RESET);
}

/* On the screen; what is shown is valid UTF-8 of simple width. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void padded(const struct style *s, const char *how, const char *text,
		   size_t width)
{
	styled(s, how, text);
	for (size_t at = width_of(text); at < width; at++)
		gm_buf_putc(s->out, ' ');
}

static const char *shown(struct gm_arena *a, const char *text)
{
	return gm_escaped(a, gm_str(text));
}

static const char *phase_color(const struct gm_overview_item *item)
{
	if (gm_overview_contract(item))
		return RED;
	return gm_overview_expand(item) ? GREEN : YELLOW;
}

static const char *short_hex(struct gm_arena *a, const char *hex)
{
	return gm_strndup(a, hex, strnlen(hex, 8));
}

enum column {
	ID,
	PHASE,
	CLASS,
	WINDOW,
	INTRODUCED,
	LANDED,
	APPROVALS,
	OWNER,
	COLUMNS
};

struct row {
	const char *cell[COLUMNS];
};

static struct row row_of(struct gm_arena *a, const struct gm_overview_item *i)
{
	struct row row = { { 0 } };

	row.cell[ID] = shown(a, i->id);
	row.cell[PHASE] = i->phase ? i->phase : "-";
	row.cell[CLASS] = gm_class_name(i->class_);
	row.cell[WINDOW] = i->window ? gm_duration_format(a, i->window) : "-";
	row.cell[INTRODUCED] =
		i->introduced
			? gm_printf(a, "%s %.10s", short_hex(a, i->introduced),
				    gm_time_format(a, i->when))
			: "-";
	row.cell[LANDED] = i->landed_at ? gm_time_format(a, i->landed_at)
					: gm_overview_state_name(i->state);
	row.cell[APPROVALS] =
		i->review ? shown(a, gm_review_words(a, i->review)) : "-";
	row.cell[OWNER] = i->owner ? shown(a, i->owner) : "-";
	return row;
}

/* Is there anything to say of approvals? */
static bool has_approvals(const struct gm_overview *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].review &&
		    o->items[i].review->state != GM_REVIEW_NOT_NEEDED)
			return true;
	return false;
}

void gm_report_log(struct gm_buf *out, const struct gm_overview *o, bool color)
{
	static const struct row heading = { {
		[ID] = "ID",
		[PHASE] = "PHASE",
		[CLASS] = "CLASS",
		[WINDOW] = "WINDOW",
		[INTRODUCED] = "INTRODUCED",
		[LANDED] = "LANDED",
		[APPROVALS] = "APPROVALS",
		[OWNER] = "OWNER",
	} };
	const struct style s = { out, color };
	struct row *rows = gm_alloc_n(out->arena, o->n + 1, sizeof(*rows));
	size_t width[COLUMNS] = { 0 };
	bool approvals = has_approvals(o);

	if (!o->n)
		return;
	rows[0] = heading;
	for (size_t i = 0; i < o->n; i++)
		rows[i + 1] = row_of(out->arena, &o->items[i]);
	for (size_t i = 0; i <= o->n; i++)
		for (size_t c = 0; c < OWNER; c++)
			if (width[c] < width_of(rows[i].cell[c]))
				width[c] = width_of(rows[i].cell[c]);
	for (size_t i = 0; i <= o->n; i++) {
		for (size_t c = 0; c < OWNER; c++) {
			const char *how = NULL;

			if (c == APPROVALS && !approvals)
				continue;
			if (!i)
				how = BOLD;
			else if (c == PHASE)
				how = phase_color(&o->items[i - 1]);
			padded(&s, how, rows[i].cell[c], width[c]);
			gm_buf_puts(out, "  ");
		}
		styled(&s, i ? NULL : BOLD, rows[i].cell[OWNER]);
		gm_buf_putc(out, '\n');
	}
}

static void label(const struct style *s, const char *name)
{
	padded(s, BOLD, gm_printf(s->out->arena, "%s:", name), 13);
}

static void field(const struct style *s, const char *name, const char *value)
{
	if (!value)
		return;
	label(s, name);
	gm_buf_printf(s->out, "%s\n", shown(s->out->arena, value));
}

static void show_landed(const struct style *s, const struct gm_overview *o,
			const struct gm_overview_item *i)
{
	struct gm_arena *a = s->out->arena;

	label(s, "Landed");
	if (i->state != GM_STATE_LANDED) {
		gm_buf_puts(s->out, i->state == GM_STATE_UPSTREAM
					    ? "on the upstream branch, time"
					      " not known\n"
					    : "no\n");
		return;
	}
	gm_buf_printf(s->out, "%s on %s\n", gm_time_format(a, i->landed_at),
		      shown(a, i->landed_ref));
	if (i->landed_until > i->landed_at) {
		label(s, "Until");
		gm_buf_printf(s->out, "%s, %s\n",
			      gm_time_format(a, i->landed_until),
			      i->landed_until > o->now ? "the window is open"
						       : "the window is over");
	}
	if (i->digest && strcmp(i->landed_digest, i->digest)) {
		label(s, "Edited");
		styled(s, RED, "it landed with another digest: ");
		gm_buf_printf(s->out, "%s\n", shown(a, i->landed_digest));
	}
}

static void show_allowed(const struct style *s, const struct gm_overview *o,
			 const struct gm_overview_item *i)
{
	if (i->state == GM_STATE_LANDED || !gm_overview_contract(i))
		return;
	label(s, "Allowed");
	if (i->blocked)
		gm_buf_printf(s->out, "no: %s\n",
			      shown(s->out->arena, i->blocked));
	else
		gm_buf_printf(s->out, "%s %s\n",
			      i->allowed_at > o->now ? "from" : "since",
			      gm_time_format(s->out->arena, i->allowed_at));
}

static void show_head(const struct style *s, const struct gm_overview *o,
		      const struct gm_overview_item *i)
{
	struct gm_arena *a = s->out->arena;

	styled(s, BOLD,
	       gm_printf(a, "migration %s", gm_escaped(a, gm_str(i->id))));
	gm_buf_putc(s->out, '\n');
	field(s, "Digest", i->digest);
	label(s, "Phase");
	styled(s, phase_color(i), i->phase ? i->phase : "not declared");
	gm_buf_printf(s->out, " (class %s)\n", gm_class_name(i->class_));
	field(s, "Unread", i->unread);
	field(s, "Window", i->window ? gm_duration_format(a, i->window) : NULL);
	field(s, "Owner", i->owner);
	field(s, "Flag", i->flag);
	field(s, "Contracts", i->contracts);
	field(s, "Break-glass", i->break_glass);
	if (i->introduced) {
		label(s, "Introduced");
		gm_buf_printf(s->out, "%s %s\n", i->introduced,
			      gm_time_format(a, i->when));
		field(s, "Author", i->author);
	}
	if (i->changed && i->introduced && strcmp(i->changed, i->introduced))
		field(s, "Changed in", i->changed);
	show_landed(s, o, i);
	show_allowed(s, o, i);
	if (i->review) {
		field(s, "Approvals", gm_review_words(a, i->review));
		gm_report_records(s->out, i->review, s->color);
	}
}

static void show_hazards(const struct style *s, const struct gm_sql_stmt *stmt)
{
	struct gm_arena *a = s->out->arena;

	for (size_t i = 0; i < stmt->hazards.n; i++) {
		const struct gm_sql_hazard *h = &stmt->hazards.items[i];

		gm_buf_puts(s->out, "        ");
		styled(s, YELLOW, gm_rule_info(h->rule)->name);
		gm_buf_printf(s->out, ": %s", shown(a, h->why));
		if (h->allowed)
			gm_buf_printf(s->out, " (allowed: %s)",
				      shown(a, h->allowed));
		gm_buf_putc(s->out, '\n');
	}
}

static void show_statements(const struct style *s, const struct gm_sql_file *f)
{
	struct gm_arena *a = s->out->arena;

	if (!f->n)
		return;
	styled(s, BOLD, "Statements:");
	gm_buf_putc(s->out, '\n');
	for (size_t i = 0; i < f->n; i++) {
		const struct gm_sql_stmt *stmt = &f->items[i];

		gm_buf_puts(s->out, "    ");
		padded(s, NULL,
		       gm_printf(a, "%zu:%zu", stmt->line, stmt->column), 8);
		padded(s, gm_class_destructive(stmt->class_) ? RED : NULL,
		       gm_class_name(stmt->class_), 9);
		gm_buf_printf(s->out, " %s", shown(a, stmt->tag));
		if (stmt->why && *stmt->why)
			gm_buf_printf(s->out, ": %s", shown(a, stmt->why));
		gm_buf_putc(s->out, '\n');
		show_hazards(s, stmt);
	}
}

void gm_report_show(struct gm_buf *out, const struct gm_overview *o,
		    const struct gm_overview_detail *d, bool sql, bool color)
{
	const struct style s = { out, color };
	struct gm_str rest = d->text, line;

	show_head(&s, o, d->item);
	styled(&s, BOLD, "Files:");
	gm_buf_putc(out, '\n');
	for (size_t i = 0; i < d->n_files; i++) {
		const struct gm_overview_file *f = &d->files[i];

		gm_buf_puts(out, "    ");
		padded(&s, NULL, f->role, 7);
		gm_buf_printf(out, "%s\n", gm_escape_path(out->arena, f->path));
	}
	show_statements(&s, &d->sql);
	if (!sql)
		return;
	styled(&s, BOLD, "SQL:");
	gm_buf_putc(out, '\n');
	while (gm_str_line(&line, &rest)) {
		if (line.len)
			gm_buf_puts(out, "    ");
		gm_escape_source(out, line, NULL);
		gm_buf_putc(out, '\n');
	}
}

struct counts {
	size_t expand, backfill, contract, other;
	size_t landed, upstream, pending;
};

static struct counts count(const struct gm_overview *o)
{
	struct counts n = { 0 };

	for (size_t i = 0; i < o->n; i++) {
		const struct gm_overview_item *item = &o->items[i];

		if (gm_overview_contract(item))
			n.contract++;
		else if (gm_overview_expand(item))
			n.expand++;
		else if (item->phase || item->class_ == GM_CLASS_BACKFILL)
			n.backfill++;
		else
			n.other++;
		n.landed += item->state == GM_STATE_LANDED;
		n.upstream += item->state == GM_STATE_UPSTREAM;
		n.pending += item->state == GM_STATE_PENDING;
	}
	return n;
}

static void status_head(const struct style *s, const struct gm_overview *o)
{
	struct counts n = count(o);
	struct gm_arena *a = s->out->arena;

	if (o->branch)
		gm_buf_printf(s->out, "On %s", shown(a, o->branch));
	else
		gm_buf_puts(s->out, "At");
	if (o->head)
		gm_buf_printf(s->out, "%s %s, project %s\n",
			      o->branch ? " at" : "", short_hex(a, o->head),
			      o->project ? shown(a, o->project) : "-");
	else
		gm_buf_puts(s->out, ", which has no commit yet\n");
	gm_buf_printf(s->out, "%zu migration%s", o->n, o->n == 1 ? "" : "s");
	if (o->n)
		gm_buf_printf(s->out,
			      ": %zu expand, %zu backfill, %zu contract, %zu"
			      " neutral; %zu landed, %zu upstream, %zu pending",
			      n.expand, n.backfill, n.contract, n.other,
			      n.landed, n.upstream, n.pending);
	gm_buf_putc(s->out, '\n');
}

static void section(const struct style *s, bool *open, const char *title)
{
	if (*open)
		return;
	*open = true;
	gm_buf_putc(s->out, '\n');
	styled(s, BOLD, title);
	gm_buf_putc(s->out, '\n');
}

static size_t id_width(const struct gm_overview *o, struct gm_arena *a)
{
	size_t width = 0;

	for (size_t i = 0; i < o->n; i++) {
		size_t w = width_of(shown(a, o->items[i].id));

		if (width < w)
			width = w;
	}
	return width + 2;
}

static bool window_open(const struct gm_overview *o,
			const struct gm_overview_item *i)
{
	return i->state == GM_STATE_LANDED && i->landed_until > o->now;
}

static void status_pending(const struct style *s, const struct gm_overview *o,
			   size_t width)
{
	bool open = false;

	for (size_t i = 0; i < o->n; i++) {
		const struct gm_overview_item *item = &o->items[i];

		if (item->state != GM_STATE_PENDING)
			continue;
		section(s, &open, "Pending:");
		gm_buf_puts(s->out, "    ");
		padded(s, NULL, shown(s->out->arena, item->id), width);
		styled(s, phase_color(item),
		       item->phase ? item->phase : gm_class_name(item->class_));
		gm_buf_putc(s->out, '\n');
	}
}

static void status_windows(const struct style *s, const struct gm_overview *o,
			   size_t width)
{
	struct gm_arena *a = s->out->arena;
	bool open = false;

	for (size_t i = 0; i < o->n; i++) {
		const struct gm_overview_item *item = &o->items[i];

		if (!window_open(o, item))
			continue;
		section(s, &open, "Open rollback windows:");
		gm_buf_puts(s->out, "    ");
		padded(s, NULL, shown(a, item->id), width);
		gm_buf_printf(s->out, "until %s (%s left)  %s\n",
			      gm_time_format(a, item->landed_until),
			      gm_duration_words(a, item->landed_until - o->now),
			      item->owner ? shown(a, item->owner) : "no owner");
	}
}

static void status_contracts(const struct style *s, const struct gm_overview *o,
			     size_t width)
{
	struct gm_arena *a = s->out->arena;
	bool open = false;

	for (size_t i = 0; i < o->n; i++) {
		const struct gm_overview_item *item = &o->items[i];

		if (item->state != GM_STATE_PENDING ||
		    !gm_overview_contract(item))
			continue;
		section(s, &open, "Contracts:");
		gm_buf_puts(s->out, "    ");
		padded(s, NULL, shown(a, item->id), width);
		if (item->blocked)
			gm_buf_printf(s->out, "not allowed: %s\n",
				      shown(a, item->blocked));
		else
			gm_buf_printf(s->out, "allowed %s %s (closes %s)\n",
				      item->allowed_at > o->now ? "from"
								: "since",
				      gm_time_format(a, item->allowed_at),
				      shown(a, item->contracts));
	}
}

static void status_approvals(const struct style *s, const struct gm_overview *o,
			     size_t width)
{
	struct gm_arena *a = s->out->arena;
	bool open = false;

	for (size_t i = 0; i < o->n; i++) {
		const struct gm_overview_item *item = &o->items[i];

		if (!item->review ||
		    item->review->state == GM_REVIEW_NOT_NEEDED)
			continue;
		section(s, &open, "Approvals:");
		gm_buf_puts(s->out, "    ");
		padded(s, NULL, shown(a, item->id), width);
		gm_buf_printf(s->out, "%s\n",
			      shown(a, gm_review_words(a, item->review)));
	}
	open = false;
	if (!o->open || !o->open->n)
		return;
	section(s, &open, "Open follow-ups:");
	gm_report_follow_ups(s->out, o->open, s->color);
}

void gm_report_status(struct gm_buf *out, const struct gm_overview *o,
		      bool color)
{
	const struct style s = { out, color };
	size_t width = id_width(o, out->arena);

	status_head(&s, o);
	status_pending(&s, o, width);
	status_windows(&s, o, width);
	status_contracts(&s, o, width);
	status_approvals(&s, o, width);
}
