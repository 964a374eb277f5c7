#include "report/inspect.h"

#include <string.h>

#include "base/escape.h"
#include "report/jsonval.h"
#include "report/text.h"

static const char *shown(struct gm_arena *a, const char *text)
{
	return gm_escaped(a, gm_str(text));
}

static bool wants_finish(const struct gm_inspect_item *item)
{
	return item->row && item->row->state == GM_LEDGER_FAILED;
}

/* --- for people --- */

static void add_half(struct gm_buf *out, const struct gm_inspect_item *item)
{
	struct gm_arena *a = out->arena;

	gm_buf_printf(out, "    %s  %s since %s", shown(a, item->id),
		      gm_ledger_state_name(item->row->state),
		      item->row->started_at);
	if (*item->row->note)
		gm_buf_printf(out, ": %s", shown(a, item->row->note));
	gm_buf_putc(out, '\n');
	for (size_t i = 0; i < item->steps.n; i++) {
		const struct gm_ledger_step *s = &item->steps.items[i];

		gm_buf_printf(
			out, "        step %lld of %lld, line %lld: %s %s",
			(long long)s->ordinal, (long long)item->row->steps,
			(long long)s->line, shown(a, s->tag), s->state);
		if (*s->outcome)
			gm_buf_printf(out, ": %s", shown(a, s->outcome));
		gm_buf_putc(out, '\n');
	}
	for (size_t i = 0; i < item->found.n; i++)
		gm_buf_printf(out, "        %s\n",
			      shown(a, item->found.items[i]));
	gm_buf_printf(out, "        finish it with 'git migrate apply%s'\n",
		      wants_finish(item) ? " --resume" : "");
}

static void add_item(struct gm_buf *out, const struct gm_inspect_item *item)
{
	static const char *const words[] = {
		[GM_FOREIGN_NONE] = "",
		[GM_FOREIGN_APPLIED] = "  applied by another tool",
		[GM_FOREIGN_FAILED] = "  failed in another tool",
		[GM_FOREIGN_REVERTED] = "  reverted in another tool",
	};
	struct gm_arena *a = out->arena;

	switch (item->state) {
	case GM_INSPECT_HALF:
		add_half(out, item);
		return;
	case GM_INSPECT_CHANGED:
		gm_buf_printf(out, "    %s  applied %s\n", shown(a, item->id),
			      item->row->finished_at);
		return;
	case GM_INSPECT_STRANGER:
		gm_buf_printf(out, "    %s  %s\n", shown(a, item->id),
			      gm_ledger_state_name(item->row->state));
		return;
	default:
		gm_buf_printf(out, "    %s%s\n", shown(a, item->id),
			      words[item->theirs]);
	}
}

static void add_list(struct gm_buf *out, const struct gm_inspect *i,
		     enum gm_inspect_state state, const char *title)
{
	if (!i->count[state])
		return;
	gm_buf_printf(out, "\n%s:\n", title);
	for (size_t k = 0; k < i->n; k++)
		if (i->items[k].state == state)
			add_item(out, &i->items[k]);
}

static void add_drift(struct gm_buf *out, const struct gm_inspect *i)
{
	struct gm_arena *a = out->arena;

	if (!i->present || (i->drift_known && !i->drift.n))
		return;
	if (!i->drift_known) {
		if (i->ledger.n)
			gm_buf_puts(out, "\nWhat else changed is not known: the"
					 " catalog was not written down behind"
					 " the last migration\n");
		return;
	}
	gm_buf_puts(out, "\nChanged since the last apply, by something"
			 " else:\n");
	for (size_t k = 0; k < i->drift.n; k++)
		gm_buf_printf(out, "    %s  %s\n",
			      shown(a, gm_change_name(a, &i->drift.items[k])),
			      gm_change_word(&i->drift.items[k]));
}

static void add_foreign(struct gm_buf *out, const struct gm_inspect *i)
{
	struct gm_arena *a = out->arena;

	if (!i->foreign.n)
		return;
	gm_buf_puts(out, "\nLedgers of other tools:\n");
	for (size_t k = 0; k < i->foreign.n; k++) {
		const struct gm_foreign *f = &i->foreign.items[k];
		const struct gm_foreign_row *last =
			f->n ? &f->items[f->n - 1] : NULL;

		gm_buf_printf(out, "    %s  %s: ", f->tool, shown(a, f->table));
		if (!last)
			gm_buf_puts(out, "nothing applied\n");
		else
			gm_buf_printf(out, "%s %s%s\n",
				      f->through ? "up to" : "last",
				      shown(a, last->version),
				      last->state == GM_FOREIGN_FAILED
					      ? ", which failed or is not"
						" finished"
					      : "");
	}
}

void gm_report_inspect(struct gm_buf *out, const struct gm_inspect *i)
{
	gm_buf_printf(out, "\nDatabase %s: ", shown(out->arena, i->database));
	if (!i->present)
		gm_buf_puts(out, "no ledger yet; ");
	gm_buf_printf(out, "%zu applied, %zu pending, %zu half-done\n",
		      i->count[GM_INSPECT_APPLIED],
		      i->count[GM_INSPECT_PENDING], i->count[GM_INSPECT_HALF]);
	add_list(out, i, GM_INSPECT_HALF, "Half-done");
	add_list(out, i, GM_INSPECT_PENDING, "Pending in the database");
	add_list(out, i, GM_INSPECT_CHANGED,
		 "Changed here since they were applied");
	add_list(out, i, GM_INSPECT_STRANGER,
		 "In the database, but not in this revision");
	add_drift(out, i);
	add_foreign(out, i);
}

/* --- for machines --- */

static json_t *step_json(struct gm_arena *a, const struct gm_ledger_step *s)
{
	json_t *one = json_object();

	gm_json_set(one, "ordinal", json_integer(s->ordinal));
	gm_json_set(one, "line", json_integer(s->line));
	gm_json_set(one, "kind", gm_json_text(a, s->kind));
	gm_json_set(one, "tag", gm_json_text(a, s->tag));
	gm_json_set(one, "state", gm_json_text(a, s->state));
	gm_json_set(one, "outcome", gm_json_nonempty(a, gm_str(s->outcome)));
	return one;
}

static json_t *row_json(struct gm_arena *a, const struct gm_ledger_row *row)
{
	json_t *one;

	if (!row)
		return json_null();
	one = json_object();
	gm_json_set(one, "state",
		    gm_json_text(a, gm_ledger_state_name(row->state)));
	gm_json_set(one, "digest", gm_json_text(a, row->digest));
	gm_json_set(one, "phase", gm_json_text(a, row->phase));
	gm_json_set(one, "class", gm_json_text(a, row->class_));
	gm_json_set(one, "env", gm_json_nonempty(a, gm_str(row->env)));
	gm_json_set(one, "revision",
		    gm_json_nonempty(a, gm_str(row->revision)));
	gm_json_set(one, "applied_by", gm_json_text(a, row->applied_by));
	gm_json_set(one, "started_at", gm_json_text(a, row->started_at));
	gm_json_set(one, "finished_at",
		    gm_json_nonempty(a, gm_str(row->finished_at)));
	gm_json_set(one, "checkpoint",
		    gm_json_nonempty(a, gm_str(row->checkpoint)));
	gm_json_set(one, "note", gm_json_nonempty(a, gm_str(row->note)));
	return one;
}

static json_t *item_json(struct gm_arena *a, const struct gm_inspect_item *item)
{
	json_t *one = json_object(), *steps = json_array();
	json_t *found = json_array();

	for (size_t i = 0; i < item->steps.n; i++)
		gm_json_push(steps, step_json(a, &item->steps.items[i]));
	for (size_t i = 0; i < item->found.n; i++)
		gm_json_push(found, gm_json_text(a, item->found.items[i]));
	gm_json_set(one, "id", gm_json_text(a, item->id));
	gm_json_set(one, "state",
		    gm_json_text(a, gm_inspect_state_name(item->state)));
	gm_json_set(one, "ledger", row_json(a, item->row));
	gm_json_set(one, "steps", steps);
	gm_json_set(one, "catalog", found);
	return one;
}

static json_t *drift_json(struct gm_arena *a, const struct gm_inspect *i)
{
	json_t *list;

	if (!i->drift_known)
		return json_null();
	list = json_array();
	for (size_t k = 0; k < i->drift.n; k++) {
		const struct gm_change *c = &i->drift.items[k];
		json_t *one = json_object();

		gm_json_set(one, "object",
			    gm_json_text(a, gm_change_name(a, c)));
		gm_json_set(one, "change", gm_json_text(a, gm_change_word(c)));
		gm_json_push(list, one);
	}
	return list;
}

static json_t *foreign_json(struct gm_arena *a, const struct gm_foreign *f)
{
	static const char *const words[] = { "none", "applied", "failed",
					     "reverted" };
	json_t *one = json_object(), *rows = json_array();

	for (size_t i = 0; i < f->n; i++) {
		const struct gm_foreign_row *row = &f->items[i];
		json_t *r = json_object();

		gm_json_set(r, "version", gm_json_text(a, row->version));
		gm_json_set(r, "state", gm_json_text(a, words[row->state]));
		gm_json_set(r, "at", gm_json_nonempty(a, gm_str(row->at)));
		gm_json_push(rows, r);
	}
	gm_json_set(one, "tool", gm_json_text(a, f->tool));
	gm_json_set(one, "table", gm_json_text(a, f->table));
	gm_json_set(one, "rows", rows);
	return one;
}

static bool is_clean(const struct gm_inspect *i)
{
	return !i->count[GM_INSPECT_HALF] && !i->count[GM_INSPECT_CHANGED] &&
	       !i->count[GM_INSPECT_STRANGER] && !i->drift.n;
}

void gm_report_inspect_json(struct gm_buf *out, struct gm_str status,
			    const struct gm_inspect *i)
{
	struct gm_arena *a = out->arena;
	json_t *root = json_loadb(status.ptr, status.len, 0, NULL);
	json_t *db = json_object(), *items = json_array();
	json_t *foreign = json_array(), *states = json_object();

	if (!root)
		GM_BUG("what was written as JSON is none");
	for (size_t k = 0; k < i->n; k++)
		gm_json_push(items, item_json(a, &i->items[k]));
	for (size_t k = 0; k < i->foreign.n; k++)
		gm_json_push(foreign, foreign_json(a, &i->foreign.items[k]));
	for (size_t k = 0; k < GM_INSPECT_STATES; k++)
		gm_json_set(states,
			    gm_inspect_state_name((enum gm_inspect_state)k),
			    gm_json_size(i->count[k]));
	gm_json_set(db, "name", gm_json_text(a, i->database));
	gm_json_set(db, "ledger",
		    i->present ? json_integer(i->version) : json_null());
	gm_json_set(db, "clean", json_boolean(is_clean(i)));
	gm_json_set(db, "states", states);
	gm_json_set(db, "migrations", items);
	gm_json_set(db, "drift", drift_json(a, i));
	gm_json_set(db, "foreign", foreign);
	gm_json_set(root, "database", db);
	gm_json_finish(out, root);
}
