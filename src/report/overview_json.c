#include <stdlib.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/utf8.h"
#include "report/overview.h"
#include "report/review_json.h"

/* JSON holds only UTF-8: other bytes are shown escaped. */
static json_t *slice(struct gm_arena *a, struct gm_str s)
{
	if (!gm_utf8_valid(s, NULL))
		s = gm_str(gm_escaped(a, s));
	return json_stringn(s.ptr ? s.ptr : "", s.len);
}

static json_t *text(struct gm_arena *a, const char *s)
{
	return s ? slice(a, gm_str(s)) : json_null();
}

static json_t *number(size_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *time_of(struct gm_arena *a, int64_t t)
{
	return t ? text(a, gm_time_format(a, t)) : json_null();
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		GM_BUG("out of memory");
}

static void push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		GM_BUG("out of memory");
}

static void finish(struct gm_buf *out, json_t *root)
{
	char *dump = json_dumps(root, JSON_INDENT(2));

	if (!dump)
		GM_BUG("out of memory");
	gm_buf_puts(out, dump);
	gm_buf_putc(out, '\n');
	free(dump);
	json_decref(root);
}

static json_t *landed(struct gm_arena *a, const struct gm_overview_item *i)
{
	json_t *o;

	if (i->state != GM_STATE_LANDED)
		return json_null();
	o = json_object();
	set(o, "at", time_of(a, i->landed_at));
	set(o, "until", time_of(a, i->landed_until));
	set(o, "ref", text(a, i->landed_ref));
	set(o, "digest", text(a, i->landed_digest));
	return o;
}

static json_t *introduced(struct gm_arena *a, const struct gm_overview_item *i)
{
	json_t *o;

	if (!i->introduced)
		return json_null();
	o = json_object();
	set(o, "commit", text(a, i->introduced));
	set(o, "author", text(a, i->author));
	set(o, "at", text(a, gm_time_format(a, i->when)));
	return o;
}

/* How far it is; who signed what stands in what `verify` and `show` print. */
static json_t *approval(struct gm_arena *a, const struct gm_review_item *i)
{
	json_t *o;

	if (!i)
		return json_null();
	o = json_object();
	set(o, "state", text(a, gm_review_state_name(i->state)));
	set(o, "have", number((size_t)i->have));
	set(o, "want", number((size_t)i->want));
	set(o, "words", text(a, gm_review_words(a, i)));
	return o;
}

static json_t *migration(struct gm_arena *a, const struct gm_overview_item *i)
{
	json_t *o = json_object();

	set(o, "id", text(a, i->id));
	set(o, "phase", text(a, i->phase));
	set(o, "class", text(a, gm_class_name(i->class_)));
	set(o, "digest", text(a, i->digest));
	set(o, "path", slice(a, i->path));
	set(o, "window",
	    i->window ? text(a, gm_duration_format(a, i->window))
		      : json_null());
	set(o, "owner", text(a, i->owner));
	set(o, "flag", text(a, i->flag));
	set(o, "contracts", text(a, i->contracts));
	set(o, "break_glass", text(a, i->break_glass));
	set(o, "introduced", introduced(a, i));
	set(o, "changed", text(a, i->changed));
	set(o, "state", text(a, gm_overview_state_name(i->state)));
	set(o, "landed", landed(a, i));
	if (gm_overview_contract(i)) {
		set(o, "allowed_at", time_of(a, i->allowed_at));
		set(o, "blocked", text(a, i->blocked));
	}
	if (i->unread)
		set(o, "unread", text(a, i->unread));
	set(o, "approval", approval(a, i->review));
	return o;
}

static json_t *start(struct gm_arena *a, const struct gm_overview *o)
{
	json_t *root = json_object();

	set(root, "version", json_integer(1));
	set(root, "project", text(a, o->project));
	set(root, "branch", text(a, o->branch));
	set(root, "head", text(a, o->head));
	return root;
}

void gm_report_log_json(struct gm_buf *out, const struct gm_overview *o)
{
	json_t *root = start(out->arena, o), *list = json_array();

	for (size_t i = 0; i < o->n; i++)
		push(list, migration(out->arena, &o->items[i]));
	set(root, "migrations", list);
	finish(out, root);
}

static json_t *statement(struct gm_arena *a, const struct gm_sql_stmt *stmt)
{
	json_t *o = json_object(), *hazards = json_array();

	for (size_t i = 0; i < stmt->hazards.n; i++)
		push(hazards,
		     text(a, gm_rule_info(stmt->hazards.items[i].rule)->name));
	set(o, "line", number(stmt->line));
	set(o, "column", number(stmt->column));
	set(o, "class", text(a, gm_class_name(stmt->class_)));
	set(o, "tag", text(a, stmt->tag));
	set(o, "why", text(a, stmt->why));
	set(o, "hazards", hazards);
	return o;
}

void gm_report_show_json(struct gm_buf *out, const struct gm_overview_detail *d,
			 bool sql)
{
	struct gm_arena *a = out->arena;
	json_t *root = migration(a, d->item);
	json_t *files = json_array(), *statements = json_array();

	for (size_t i = 0; i < d->n_files; i++) {
		json_t *file = json_object();

		set(file, "role", text(a, d->files[i].role));
		set(file, "path", slice(a, d->files[i].path));
		set(file, "blob", text(a, d->files[i].blob));
		set(file, "sha256",
		    *d->files[i].sha256 ? text(a, d->files[i].sha256)
					: json_null());
		push(files, file);
	}
	for (size_t i = 0; i < d->sql.n; i++)
		push(statements, statement(a, &d->sql.items[i]));
	set(root, "version", json_integer(1));
	if (d->item->review)
		set(root, "approval", gm_json_review(a, NULL, d->item->review));
	set(root, "files", files);
	set(root, "statements", statements);
	if (sql)
		set(root, "sql", slice(a, d->text));
	finish(out, root);
}

static json_t *window(struct gm_arena *a, const struct gm_overview_item *i)
{
	json_t *o = json_object();

	set(o, "id", text(a, i->id));
	set(o, "landed", time_of(a, i->landed_at));
	set(o, "until", time_of(a, i->landed_until));
	set(o, "owner", text(a, i->owner));
	set(o, "flag", text(a, i->flag));
	return o;
}

static json_t *contract(struct gm_arena *a, const struct gm_overview *o,
			const struct gm_overview_item *i)
{
	json_t *c = json_object();

	set(c, "id", text(a, i->id));
	set(c, "contracts", text(a, i->contracts));
	set(c, "allowed", json_boolean(!i->blocked && i->allowed_at <= o->now));
	set(c, "allowed_at", time_of(a, i->allowed_at));
	set(c, "blocked", text(a, i->blocked));
	return c;
}

static json_t *pending_approval(struct gm_arena *a,
				const struct gm_overview_item *i)
{
	json_t *o = approval(a, i->review);

	set(o, "id", text(a, i->id));
	return o;
}

void gm_report_status_json(struct gm_buf *out, const struct gm_overview *o)
{
	struct gm_arena *a = out->arena;
	json_t *root = start(a, o), *states = json_object();
	json_t *pending = json_array(), *windows = json_array();
	json_t *contracts = json_array(), *approvals = json_array();
	size_t n[GM_STATE_LANDED + 1] = { 0 };

	for (size_t i = 0; i < o->n; i++) {
		const struct gm_overview_item *item = &o->items[i];

		n[item->state]++;
		if (item->review)
			push(approvals, pending_approval(a, item));
		if (item->state == GM_STATE_PENDING)
			push(pending, text(a, item->id));
		if (item->state == GM_STATE_LANDED &&
		    item->landed_until > o->now)
			push(windows, window(a, item));
		if (item->state == GM_STATE_PENDING &&
		    gm_overview_contract(item))
			push(contracts, contract(a, o, item));
	}
	for (int s = GM_STATE_PENDING; s <= GM_STATE_LANDED; s++)
		set(states, gm_overview_state_name((enum gm_overview_state)s),
		    number(n[s]));
	set(root, "migrations", number(o->n));
	set(root, "states", states);
	set(root, "pending", pending);
	set(root, "windows", windows);
	set(root, "contracts", contracts);
	set(root, "approvals", approvals);
	set(root, "follow_ups",
	    o->open ? gm_json_follow_ups(a, o->open) : json_null());
	finish(out, root);
}
