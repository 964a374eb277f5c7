#include "report/review.h"

#include <string.h>

#include "base/clock.h"
#include "base/escape.h"

#define RESET "\033[m"
#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"

struct writer {
	struct gm_buf *out;
	const struct gm_reviewed *all; /* NULL: one item alone */
	bool color;
};

static void styled(const struct writer *w, const char *how, const char *text)
{
	if (w->color && how)
		gm_buf_puts(w->out, how);
	gm_buf_puts(w->out, text);
	if (w->color && how)
		gm_buf_puts(w->out, RESET);
}

static const char *shown(const struct writer *w, const char *text)
{
	return gm_escaped(w->out->arena, gm_str(text));
}

static const char *state_color(enum gm_review_state s)
{
	switch (s) {
	case GM_REVIEW_APPROVED:
		return GREEN;
	case GM_REVIEW_MISSING:
		return YELLOW;
	case GM_REVIEW_REJECTED:
	case GM_REVIEW_BAD:
		return RED;
	case GM_REVIEW_LANDED:
	case GM_REVIEW_NOT_NEEDED:
		return NULL;
	}
	GM_BUG("no such state");
}

static const char *vote_color(enum gm_vote_state s)
{
	if (s == GM_VOTE_COUNTS)
		return GREEN;
	return s == GM_VOTE_BAD || s == GM_VOTE_REJECTS ? RED : NULL;
}

static void write_vote(const struct writer *w, const struct gm_vote *v)
{
	const struct gm_record *r = v->record;
	struct gm_arena *a = w->out->arena;

	gm_buf_printf(w->out, "    %.16s %s by %s as %s, %s: ", r->id,
		      gm_record_kind_name(r->kind), shown(w, r->signer),
		      shown(w, r->role), gm_time_format(a, r->at));
	styled(w, vote_color(v->state),
	       v->why ? shown(w, v->why) : gm_vote_name(v->state));
	if (v->state == GM_VOTE_COUNTS && r->until < GM_RECORD_FOREVER)
		gm_buf_printf(w->out, ", until %s",
			      gm_time_format(a, r->until));
	if (w->all && gm_map_get(&w->all->unpushed, gm_str(r->id)))
		gm_buf_puts(w->out, " (not pushed)");
	gm_buf_putc(w->out, '\n');
	if (r->why)
		gm_buf_printf(w->out, "        \"%s\"\n", shown(w, r->why));
}

static void write_ticket(const struct writer *w,
			 const struct gm_review_ticket *t)
{
	gm_buf_printf(w->out, "    override '%s': %s\n", shown(w, t->name),
		      t->tally.approved
			      ? gm_printf(w->out->arena,
					  "in force until %s for commits with"
					  " 'Break-Glass: %s'",
					  gm_time_format(w->out->arena,
							 t->tally.until),
					  shown(w, t->name))
			      : "not in force");
	for (size_t i = 0; i < t->tally.n; i++)
		if (t->tally.votes[i].record->kind == GM_RECORD_OVERRIDE)
			write_vote(w, &t->tally.votes[i]);
}

static void write_records(const struct writer *w,
			  const struct gm_review_item *i)
{
	for (size_t k = 0; k < i->tally.n; k++)
		write_vote(w, &i->tally.votes[k]);
	for (size_t k = 0; k < i->tickets.n; k++)
		write_ticket(w, &i->tickets.items[k]);
	for (size_t k = 0; k < i->bad.n_bad; k++)
		gm_buf_printf(w->out, "    %s\n",
			      shown(w, gm_bad_line_words(w->out->arena,
							 &i->bad.bad[k])));
}

void gm_report_records(struct gm_buf *out, const struct gm_review_item *item,
		       bool color)
{
	const struct writer w = { out, NULL, color };

	write_records(&w, item);
}

static const char *principals(const struct writer *w,
			      const struct gm_strings *list)
{
	struct gm_buf b = gm_buf(w->out->arena);

	for (size_t i = 0; i < list->n; i++)
		gm_buf_printf(&b, "%s%s", i ? ", " : "", list->items[i]);
	return list->n ? shown(w, b.ptr) : "nobody else has this role";
}

static const char *approve_command(const struct writer *w,
				   const struct gm_review_item *item)
{
	struct gm_arena *a = w->out->arena;
	const char *options = w->all->options ? w->all->options : "";

	if (!item->id)
		return gm_printf(a, "git migrate approve --policy%s%s",
				 w->all->at ? " " : "",
				 w->all->at ? gm_shell_word(a, w->all->at)
					    : "");
	return gm_printf(a, "git migrate approve %s%s",
			 gm_shell_word(a, shown(w, item->id)), options);
}

static void write_missing(const struct writer *w,
			  const struct gm_review_item *item)
{
	const struct gm_review *review = w->all->review;
	const struct gm_tally *t = &item->tally;
	struct gm_arena *a = w->out->arena;

	if (item->state == GM_REVIEW_REJECTED) {
		gm_buf_printf(w->out,
			      "    It can be taken back by %s or an admin:"
			      " git migrate approve --revoke %.16s\n",
			      shown(w, t->rejected_by->signer),
			      t->rejected_by->id);
		return;
	}
	if (item->state != GM_REVIEW_MISSING)
		return;
	for (size_t i = 0; i < t->n_missing; i++)
		gm_buf_printf(w->out, "    missing %d %s of: %s\n",
			      t->missing[i].count, shown(w, t->missing[i].role),
			      principals(w, t->missing[i].principals));
	gm_buf_printf(
		w->out, "    to approve: %s%s\n", approve_command(w, item),
		review->remote ? gm_printf(a, " && git push %s %s",
					   gm_shell_word(a, review->remote),
					   GM_APPROVALS_REF)
			       : "");
}

static void write_item(const struct writer *w, const struct gm_review_item *i)
{
	struct gm_arena *a = w->out->arena;

	styled(w, BOLD, i->id ? shown(w, i->id) : GM_POLICY_PATH);
	gm_buf_puts(w->out, ": ");
	styled(w, state_color(i->state), shown(w, gm_review_words(a, i)));
	if (i->state == GM_REVIEW_APPROVED &&
	    i->tally.until < GM_RECORD_FOREVER)
		gm_buf_printf(w->out, " until %s",
			      gm_time_format(a, i->tally.until));
	gm_buf_putc(w->out, '\n');
	gm_buf_printf(
		w->out, "    %s, %s (class %s), for %s%s%s\n",
		gm_escape_path(a, gm_str(i->subject.path)), i->subject.phase,
		i->subject.class_, shown(w, i->subject.ref),
		strcmp(i->subject.env, "*") ? " in " : "",
		strcmp(i->subject.env, "*") ? shown(w, i->subject.env) : "");
	gm_buf_printf(w->out, "    %s\n", i->subject.digest);
	write_records(w, i);
	write_missing(w, i);
}

static void write_follow_up(const struct writer *w,
			    const struct gm_follow_up *f)
{
	struct gm_arena *a = w->out->arena;
	const struct gm_record *r = f->override;

	gm_buf_printf(w->out, "    %.16s '%s' by %s, %s %s: %s\n", r->id,
		      shown(w, r->ticket), shown(w, r->signer),
		      f->landed_at ? "landed" : "to run in",
		      f->landed_at ? gm_time_format(a, f->landed_at)
				   : shown(w, r->env),
		      shown(w, r->follow_up));
	gm_buf_printf(w->out,
		      "        when it is done: git migrate break-glass --close"
		      " %.16s\n",
		      r->id);
}

void gm_report_follow_ups(struct gm_buf *out, const struct gm_follow_ups *open,
			  bool color)
{
	const struct writer w = { out, NULL, color };

	for (size_t i = 0; i < open->n; i++)
		write_follow_up(&w, &open->items[i]);
}

void gm_report_review(struct gm_buf *out, const struct gm_reviewed *all,
		      bool color)
{
	const struct writer w = { out, all, color };

	for (size_t i = 0; i < all->n; i++)
		write_item(&w, &all->items[i]);
	if (!all->open.n)
		return;
	styled(&w, BOLD, "Open follow-ups:");
	gm_buf_putc(out, '\n');
	gm_report_follow_ups(out, &all->open, color);
}
