#include "report/review_json.h"

#include "base/clock.h"

static json_t *text(struct gm_arena *a, const char *s)
{
	return gm_json_text(a, s);
}

/* No time, for what never ends. */
static json_t *time_of(struct gm_arena *a, int64_t t)
{
	if (!t || t >= GM_RECORD_FOREVER)
		return json_null();
	return text(a, gm_time_format(a, t));
}

static json_t *strings(struct gm_arena *a, const struct gm_strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		gm_json_push(array, text(a, list->items[i]));
	return array;
}

static json_t *vote(struct gm_arena *a, const struct gm_reviewed *all,
		    const struct gm_vote *v)
{
	const struct gm_record *r = v->record;
	json_t *o = json_object();

	gm_json_set(o, "id", text(a, r->id));
	gm_json_set(o, "kind", text(a, gm_record_kind_name(r->kind)));
	gm_json_set(o, "signer", text(a, r->signer));
	gm_json_set(o, "role", text(a, r->role));
	gm_json_set(o, "at", time_of(a, r->at));
	gm_json_set(o, "until", time_of(a, r->until));
	gm_json_set(o, "target", text(a, r->target));
	gm_json_set(o, "message", text(a, r->why));
	gm_json_set(o, "state", text(a, gm_vote_name(v->state)));
	gm_json_set(o, "why", text(a, v->why));
	if (all)
		gm_json_set(o, "pushed",
			    json_boolean(!gm_map_get(&all->unpushed,
						     gm_str(r->id))));
	return o;
}

static json_t *votes(struct gm_arena *a, const struct gm_reviewed *all,
		     const struct gm_tally *t)
{
	json_t *array = json_array();

	for (size_t i = 0; i < t->n; i++)
		gm_json_push(array, vote(a, all, &t->votes[i]));
	return array;
}

static json_t *missing(struct gm_arena *a, const struct gm_tally *t)
{
	json_t *array = json_array();

	for (size_t i = 0; i < t->n_missing; i++) {
		json_t *o = json_object();

		gm_json_set(o, "role", text(a, t->missing[i].role));
		gm_json_set(o, "count",
			    gm_json_size((size_t)t->missing[i].count));
		gm_json_set(o, "principals",
			    strings(a, t->missing[i].principals));
		gm_json_push(array, o);
	}
	return array;
}

static json_t *tickets(struct gm_arena *a, const struct gm_reviewed *all,
		       const struct gm_review_item *item)
{
	json_t *array = json_array();

	for (size_t i = 0; i < item->tickets.n; i++) {
		const struct gm_review_ticket *t = &item->tickets.items[i];
		json_t *o = json_object();

		gm_json_set(o, "ticket", text(a, t->name));
		gm_json_set(o, "in_force", json_boolean(t->tally.approved));
		gm_json_set(o, "until", time_of(a, t->tally.until));
		gm_json_set(o, "records", votes(a, all, &t->tally));
		gm_json_push(array, o);
	}
	return array;
}

static json_t *bad_lines(struct gm_arena *a, const struct gm_records *bad)
{
	json_t *array = json_array();

	for (size_t i = 0; i < bad->n_bad; i++) {
		json_t *o = json_object();

		gm_json_set(o, "ref", text(a, bad->bad[i].ref));
		gm_json_set(o, "on", text(a, gm_oid_hex(a, &bad->bad[i].on)));
		gm_json_set(o, "line", gm_json_size(bad->bad[i].line));
		gm_json_set(o, "why", text(a, bad->bad[i].why));
		gm_json_push(array, o);
	}
	return array;
}

static bool passes(const struct gm_review_item *item)
{
	return item->state == GM_REVIEW_LANDED ||
	       item->state == GM_REVIEW_NOT_NEEDED ||
	       item->state == GM_REVIEW_APPROVED;
}

json_t *gm_json_review(struct gm_arena *a, const struct gm_reviewed *all,
		       const struct gm_review_item *item)
{
	const struct gm_record *no = item->tally.rejected_by;
	json_t *o = json_object();

	gm_json_set(o, "id", text(a, item->id));
	gm_json_set(o, "path", text(a, item->subject.path));
	gm_json_set(o, "digest", text(a, item->subject.digest));
	gm_json_set(o, "phase", text(a, item->subject.phase));
	gm_json_set(o, "class", text(a, item->subject.class_));
	gm_json_set(o, "env", text(a, item->subject.env));
	gm_json_set(o, "kind", text(a, item->kind));
	gm_json_set(o, "state", text(a, gm_review_state_name(item->state)));
	gm_json_set(o, "approved", json_boolean(passes(item)));
	gm_json_set(o, "until", time_of(a, item->tally.until));
	gm_json_set(o, "have", gm_json_size((size_t)item->have));
	gm_json_set(o, "want", gm_json_size((size_t)item->want));
	gm_json_set(o, "missing", missing(a, &item->tally));
	gm_json_set(o, "rejected_by", text(a, no ? no->signer : NULL));
	gm_json_set(o, "records", votes(a, all, &item->tally));
	gm_json_set(o, "overrides", tickets(a, all, item));
	gm_json_set(o, "bad", bad_lines(a, &item->bad));
	return o;
}

static json_t *follow_up(struct gm_arena *a, const struct gm_follow_up *f)
{
	json_t *o = json_object();

	gm_json_set(o, "id", text(a, f->override->id));
	gm_json_set(o, "ticket", text(a, f->override->ticket));
	gm_json_set(o, "signer", text(a, f->override->signer));
	gm_json_set(o, "path", text(a, f->override->path));
	gm_json_set(o, "env", text(a, f->override->env));
	gm_json_set(o, "landed", time_of(a, f->landed_at));
	gm_json_set(o, "follow_up", text(a, f->override->follow_up));
	return o;
}

json_t *gm_json_follow_ups(struct gm_arena *a, const struct gm_follow_ups *open)
{
	json_t *array = json_array();

	for (size_t i = 0; i < open->n; i++)
		gm_json_push(array, follow_up(a, &open->items[i]));
	return array;
}

void gm_report_review_json(struct gm_buf *out, const struct gm_reviewed *all)
{
	struct gm_arena *a = out->arena;
	json_t *root = json_object(), *migrations = json_array();
	json_t *policy = json_null();
	bool approved = true;

	for (size_t i = 0; i < all->n; i++) {
		approved &= passes(&all->items[i]);
		if (all->items[i].id)
			gm_json_push(migrations,
				     gm_json_review(a, all, &all->items[i]));
		else
			policy = gm_json_review(a, all, &all->items[i]);
	}
	gm_json_set(root, "version", gm_json_size(1));
	gm_json_set(root, "project", text(a, all->review->policy.project));
	gm_json_set(root, "ref", text(a, all->review->ref));
	gm_json_set(root, "policy_of", text(a, all->review->where));
	gm_json_set(root, "approved", json_boolean(approved));
	gm_json_set(root, "migrations", migrations);
	gm_json_set(root, "policy", policy);
	gm_json_set(root, "follow_ups", gm_json_follow_ups(a, &all->open));
	gm_json_finish(out, root);
}
