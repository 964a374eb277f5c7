#include "report/apply.h"

#include "base/clock.h"
#include "base/escape.h"
#include "report/jsonval.h"
#include "report/text.h"

static const char *shown(struct gm_arena *a, const char *text)
{
	return gm_escaped(a, gm_str(text));
}

const char *gm_report_ms(struct gm_arena *a, int64_t ms)
{
	if (ms < 1000)
		return gm_printf(a, "%lld ms", (long long)ms);
	if (ms < 60000)
		return gm_printf(a, "%lld.%lld s", (long long)(ms / 1000),
				 (long long)(ms / 100 % 10));
	return gm_printf(a, "%lld min %lld s", (long long)(ms / 60000),
			 (long long)(ms / 1000 % 60));
}

static const char *state_name(const struct gm_apply_unit *u)
{
	static const char *const names[] = {
		[GM_APPLY_DONE] = "done",       [GM_APPLY_PENDING] = "pending",
		[GM_APPLY_HALF] = "half-done",  [GM_APPLY_APPLIED] = "applied",
		[GM_APPLY_REFUSED] = "refused",
	};

	return names[u->state];
}

static const char *lock_name(enum gm_run_lock lock)
{
	static const char *const names[] = {
		[GM_RUN_LOCK_NONE] = "none",
		[GM_RUN_LOCK_ROWS] = "rows",
		[GM_RUN_LOCK_LONG] = "weak",
		[GM_RUN_LOCK_WRITES] = "writers",
		[GM_RUN_LOCK_ALL] = "everybody",
	};

	return names[lock];
}

/* --- for people --- */

static void add_steps(struct gm_buf *out, const struct gm_apply_unit *u)
{
	struct gm_arena *a = out->arena;

	for (size_t i = 0; i < u->steps.n; i++) {
		const struct gm_step *s = &u->steps.items[i];
		const struct gm_run_stmt *stmt = &u->steps.file.items[s->first];
		enum gm_run_lock lock = stmt->lock;

		if (s->kind == GM_STEP_TRANSACTION)
			lock = gm_steps_lock(&u->steps);
		gm_buf_printf(out, "    line %zu: ", s->line);
		if (s->kind == GM_STEP_TRANSACTION)
			gm_buf_printf(out, "one transaction");
		else
			gm_buf_puts(out, shown(a, s->tag));
		if (s->kind == GM_STEP_BATCHES)
			gm_buf_puts(out, " in batches");
		if (s->kind == GM_STEP_ALONE)
			gm_buf_puts(out, " in no transaction");
		if (lock >= GM_RUN_LOCK_WRITES)
			gm_buf_printf(out, ", blocks %s", lock_name(lock));
		gm_buf_putc(out, '\n');
	}
}

static void add_unit(struct gm_buf *out, const struct gm_report_apply *r,
		     const struct gm_apply_unit *u)
{
	struct gm_arena *a = out->arena;

	if (u->state == GM_APPLY_APPLIED) {
		gm_buf_printf(out, "applied %s (%s) in %s\n", shown(a, u->id),
			      gm_class_name(u->class_), gm_report_ms(a, u->ms));
		return;
	}
	if (!r->options->dry_run ||
	    (u->state != GM_APPLY_PENDING && u->state != GM_APPLY_HALF))
		return;
	gm_buf_printf(out, "would %s %s (%s)\n",
		      u->state == GM_APPLY_HALF ? "finish" : "apply",
		      shown(a, u->id), gm_class_name(u->class_));
	add_steps(out, u);
	for (size_t i = 0; i < u->preflight.n; i++)
		gm_buf_printf(
			out, "    %s: %s\n",
			gm_preflight_level_name(u->preflight.items[i].level),
			shown(a, u->preflight.items[i].what));
}

static void add_refusal(struct gm_buf *out, const struct gm_apply_refusal *r)
{
	struct gm_arena *a = out->arena;

	if (r->path) {
		gm_buf_puts(out, gm_escape_path(a, gm_str(r->path)));
		if (r->line)
			gm_buf_printf(out, ":%zu", r->line);
		if (r->line && r->column)
			gm_buf_printf(out, ":%zu", r->column);
		gm_buf_puts(out, ": ");
	}
	gm_buf_puts(out, "refused: ");
	if (r->id)
		gm_buf_printf(out, "%s: ", shown(a, r->id));
	gm_buf_printf(out, "%s\n", shown(a, r->why));
	if (r->hint && *r->hint)
		gm_buf_printf(out, "    hint: %s\n", shown(a, r->hint));
}

static size_t count(const struct gm_report_apply *r, enum gm_apply_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->units[i].state == state;
	return n;
}

void gm_report_apply(struct gm_buf *out, const struct gm_report_apply *r)
{
	size_t left = count(r, GM_APPLY_PENDING) + count(r, GM_APPLY_HALF);

	for (size_t i = 0; i < r->n; i++)
		add_unit(out, r, &r->units[i]);
	for (size_t i = 0; i < r->result->refused.n; i++)
		add_refusal(out, &r->result->refused.items[i]);
	if (r->answer < 0)
		return;
	if (r->result->database)
		gm_buf_printf(out,
			      "%s: ", shown(out->arena, r->result->database));
	gm_report_count(out, count(r, GM_APPLY_APPLIED), "migration");
	gm_buf_printf(out, " applied, %zu before, %zu pending\n",
		      count(r, GM_APPLY_DONE),
		      left + count(r, GM_APPLY_REFUSED));
}

/* --- for machines --- */

static json_t *steps_json(struct gm_arena *a, const struct gm_apply_unit *u)
{
	json_t *list = json_array();

	for (size_t i = 0; i < u->steps.n; i++) {
		const struct gm_step *s = &u->steps.items[i];
		const struct gm_run_stmt *stmt = &u->steps.file.items[s->first];
		json_t *one = json_object();
		enum gm_run_lock lock = stmt->lock;

		if (s->kind == GM_STEP_TRANSACTION)
			lock = gm_steps_lock(&u->steps);
		gm_json_set(one, "kind",
			    gm_json_text(a, gm_step_kind_name(s->kind)));
		gm_json_set(one, "tag", gm_json_text(a, s->tag));
		gm_json_set(one, "line", gm_json_size(s->line));
		gm_json_set(one, "blocks", gm_json_text(a, lock_name(lock)));
		gm_json_push(list, one);
	}
	return list;
}

static json_t *preflight_json(struct gm_arena *a, const struct gm_preflight *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->n; i++) {
		const struct gm_preflight_item *item = &p->items[i];
		json_t *one = json_object();

		gm_json_set(
			one, "level",
			gm_json_text(a, gm_preflight_level_name(item->level)));
		gm_json_set(one, "check", gm_json_text(a, item->check));
		gm_json_set(one, "message", gm_json_text(a, item->what));
		gm_json_set(one, "hint",
			    gm_json_nonempty(a, gm_str(item->hint)));
		gm_json_push(list, one);
	}
	return list;
}

static json_t *checkpoint_json(struct gm_arena *a,
			       const struct gm_checkpoint *cp)
{
	json_t *one;

	if (!cp->id)
		return json_null();
	one = json_object();
	gm_json_set(one, "name", gm_json_text(a, cp->name));
	gm_json_set(one, "lsn", gm_json_text(a, cp->lsn));
	gm_json_set(one, "archived", json_boolean(cp->archived));
	return one;
}

static json_t *unit_json(struct gm_arena *a, const struct gm_apply_unit *u)
{
	const char *phase = gm_phase_name(u->phase);
	json_t *one = json_object();

	gm_json_set(one, "id", gm_json_text(a, u->id));
	gm_json_set(one, "state", gm_json_text(a, state_name(u)));
	gm_json_set(one, "path", gm_json_text(a, u->path));
	gm_json_set(one, "digest", gm_json_text(a, u->digest));
	gm_json_set(one, "phase", gm_json_text(a, phase));
	if (u->state == GM_APPLY_DONE)
		return one;
	gm_json_set(one, "class", gm_json_text(a, gm_class_name(u->class_)));
	gm_json_set(one, "steps", steps_json(a, u));
	gm_json_set(one, "preflight", preflight_json(a, &u->preflight));
	gm_json_set(one, "checkpoint", checkpoint_json(a, &u->checkpoint));
	gm_json_set(one, "ms", json_integer(u->ms));
	return one;
}

static json_t *refusal_json(struct gm_arena *a,
			    const struct gm_apply_refusal *r)
{
	json_t *one = json_object();

	gm_json_set(one, "id", gm_json_text(a, r->id));
	gm_json_set(one, "path", gm_json_text(a, r->path));
	gm_json_set(one, "line", gm_json_nonzero(r->line));
	gm_json_set(one, "column", gm_json_nonzero(r->column));
	gm_json_set(one, "message", gm_json_text(a, r->why));
	gm_json_set(one, "hint", gm_json_nonempty(a, gm_str(r->hint)));
	return one;
}

static json_t *error_json(struct gm_arena *a, const struct gm_err *err)
{
	json_t *one = json_object();

	gm_json_set(one, "message", gm_json_text(a, err->msg));
	gm_json_set(one, "hint", gm_json_nonempty(a, gm_str(err->hint)));
	gm_json_set(one, "path", gm_json_nonempty(a, gm_str(err->path)));
	gm_json_set(one, "line", gm_json_nonzero(err->line));
	gm_json_set(one, "column", gm_json_nonzero(err->column));
	return one;
}

void gm_report_apply_json(struct gm_buf *out, const struct gm_report_apply *r)
{
	const struct gm_apply_result *result = r->result;
	struct gm_arena *a = out->arena;
	json_t *root = json_object(), *units = json_array();
	json_t *refused = json_array();

	for (size_t i = 0; i < r->n; i++)
		gm_json_push(units, unit_json(a, &r->units[i]));
	for (size_t i = 0; i < result->refused.n; i++)
		gm_json_push(refused,
			     refusal_json(a, &result->refused.items[i]));
	gm_json_set(root, "version", json_integer(1));
	gm_json_set(root, "answer",
		    gm_json_text(a, r->answer < 0   ? "error"
				    : r->answer > 0 ? "refused"
						    : "done"));
	gm_json_set(root, "dry_run", json_boolean(r->options->dry_run));
	gm_json_set(root, "database", gm_json_text(a, result->database));
	gm_json_set(root, "env", gm_json_text(a, r->options->env));
	gm_json_set(root, "applied", gm_json_size(result->applied));
	gm_json_set(root, "preflight", preflight_json(a, &result->preflight));
	gm_json_set(root, "migrations", units);
	gm_json_set(root, "refused", refused);
	gm_json_set(root, "error",
		    r->answer < 0 ? error_json(a, r->err) : json_null());
	gm_json_finish(out, root);
}

/* --- while it runs --- */

static const char *progress(struct gm_arena *a, const struct gm_news *n)
{
	struct gm_buf b = gm_buf(a);

	gm_buf_printf(&b, "%s: step %zu: %lld",
		      n->unit ? shown(a, n->unit->id) : "", n->step,
		      (long long)n->walked);
	if (n->total)
		gm_buf_printf(&b, " of %lld rows (%lld %%)",
			      (long long)n->total,
			      (long long)(n->walked * 100 / n->total));
	else
		gm_buf_puts(&b, " rows");
	gm_buf_printf(&b, ", %lld/s", (long long)n->rate);
	if (n->left_s >= 0)
		gm_buf_printf(&b, ", %s left",
			      n->left_s ? gm_duration_words(a, n->left_s)
					: "nothing");
	return b.ptr;
}

const char *gm_report_news(struct gm_arena *a, const struct gm_news *n)
{
	const char *id = n->unit ? shown(a, n->unit->id) : "";
	const char *colon = n->unit ? ": " : "";
	const char *text = n->text ? shown(a, n->text) : "";

	switch (n->kind) {
	case GM_NEWS_NOTE:
		return gm_printf(a, "note: %s%s%s", id, colon, text);
	case GM_NEWS_WAIT:
		return gm_printf(a, "waiting: another apply runs here: %s",
				 text);
	case GM_NEWS_BLOCKED:
		return gm_printf(a, "blocked: %s%s%s", id, colon, text);
	case GM_NEWS_STEP:
		if (!n->unit || n->unit->steps.n < 2)
			return "";
		return gm_printf(a, "%s: step %zu of %zu: %s", id, n->step,
				 n->unit->steps.n, text);
	case GM_NEWS_PROGRESS:
		return progress(a, n);
	case GM_NEWS_BEGIN:
	case GM_NEWS_DONE:
		return "";
	}
	return "";
}
